#include "account/beside/beside.h"

#include "account/names/device_names.h"
#include "inventory/reader.h"
#include "util/number.h"

#include <string.h>

/*
 * Entries beside a scope that come to have the name of one in it when the archive is unpacked, or set up: without the
 * first part of their names, by a suffix that an installer takes away, or by what ldconfig makes of a library (T2).
 */

/** What installers call files that they put in the place of another one: opkg, dpkg, rpm, pacman, apk. */
static const char *const suffixes[]
    = { "-opkg",   "-opkg.backup", ".apk-new", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-tmp",
        ".pacnew", ".pacorig",     ".pacsave", ".rpmnew",    ".rpmorig",  ".rpmsave" };

/** Directories that systems begin with: who drops the first part of a name does not unpack such an archive. */
static const char *const of_systems[]
    = { "bin", "boot", "dev", "etc",  "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc",
        "rom", "root", "run", "sbin", "srv",  "sys", "tmp",   "usr",   "var",   "www", NULL };

/** An image of docker-save(1) has a directory for each layer, all with these names, and says which is which. */
static const char *const of_layers[] = { "layer.tar", "json", "VERSION", NULL };

/** Entries of a dynamic segment that are looked at, and bytes of a name. */
#define DYNAMIC_MOST 4096u
#define NAME_BYTES 256u

/** @held: set of names in scope; @folded: as a device knows them; @behind: of these without their first parts; @links:
 * of symbolic links of libraries */
typedef struct
{
  AssayWork *work;
  const AssayNode *node;
  const AssayNode *expected;
  GHashTable *held;
  GHashTable *folded;
  GHashTable *behind;
  GHashTable *links;
  GHashTable *link_directories;
  GHashTable *system_directories; /* of file systems in scope */
  GHashTable *files;              /* of the archive, by their names; NULL: not asked for yet */
} Renamed;

static const char *
behind_first (const char *name)
{
  const char *slash = strchr (name, '/');
  return slash == NULL || slash[1] == '\0' ? NULL : slash + 1;
}

/* As ldconfig(8) looks for them. */
static gboolean
is_library_name (const char *name)
{
  const char *last = strrchr (name, '/');
  last = last == NULL ? name : last + 1;
  return (g_str_has_prefix (last, "lib") || g_str_has_prefix (last, "ld-")) && strstr (last, ".so") != NULL;
}

static gboolean
is_system_name (const char *name)
{
  static const char *const systems[]
      = { ".squashfs", ".sfs", ".sb", ".xzm", ".ext2", ".ext3", ".ext4", ".xfs", ".jffs2" };
  for (gsize i = 0; i < G_N_ELEMENTS (systems); i++)
    if (g_str_has_suffix (name, systems[i]))
      return TRUE;
  return FALSE;
}

static void
note_held (Renamed *renamed, const AssayNode *child)
{
  char *name = assay_scope_plain_name (child);
  const char *behind = behind_first (name);
  g_autofree char *first = g_strndup (name, strcspn (name, "/"));
  g_hash_table_add (renamed->folded, assay_account_device_fold (name));
  g_hash_table_add (renamed->held, name);
  if (behind != NULL && !g_strv_contains (of_layers, behind)
      && (renamed->expected != NULL || !g_strv_contains (of_systems, first)))
    g_hash_table_add (renamed->behind, g_strdup (behind));
  if (child->type == ASSAY_NODE_SYMLINK && is_library_name (name))
    {
      char *folded = assay_account_device_fold (name);
      g_hash_table_add (renamed->links, folded);
      g_hash_table_add (renamed->link_directories, g_path_get_dirname (folded));
    }
  if (is_system_name (name))
    g_hash_table_add (renamed->system_directories, g_path_get_dirname (name));
}

static gboolean
has_suffix_of_held (const Renamed *renamed, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (name, suffixes[i]))
      {
        g_autofree char *stem = g_strndup (name, strlen (name) - strlen (suffixes[i]));
        g_autofree char *folded = assay_account_device_fold (stem);
        if (g_hash_table_contains (renamed->held, stem) || g_hash_table_contains (renamed->folded, folded))
          return TRUE;
      }
  return FALSE;
}

/* Where an address is in the file; 0: nowhere. */
static guint64
offset_of (const GArray *segments, guint64 address)
{
  for (guint i = 0; i < segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (segments, GElf_Phdr, i);
      if (segment->p_type == PT_LOAD && address >= segment->p_vaddr && address - segment->p_vaddr < segment->p_filesz)
        return segment->p_offset + (address - segment->p_vaddr);
    }
  return 0;
}

/* The name by which a library wants to be found (gABI, DT_SONAME). (transfer full) (nullable): it has none, or none
 * that can be read */
static char *
read_soname (AssayBlob *blob)
{
  g_autoptr (AssayElfReader) reader = assay_elf_reader_new (blob, NULL);
  if (reader == NULL || reader->header.e_phnum == 0 || reader->header.e_phnum > ASSAY_ELF_READER_BATCH)
    return NULL;
  g_autoptr (GArray) segments = g_array_new (FALSE, TRUE, sizeof (GElf_Phdr));
  g_array_set_size (segments, reader->header.e_phnum);
  if (!assay_elf_reader_get_segments (reader, reader->header.e_phoff, reader->header.e_phnum,
                                      (GElf_Phdr *)(gpointer)segments->data, NULL))
    return NULL;
  gsize width = reader->bits / 8u;
  guint64 soname = 0;
  guint64 strings = 0;
  for (guint i = 0; i < segments->len; i++)
    {
      const GElf_Phdr *segment = &g_array_index (segments, GElf_Phdr, i);
      for (guint k = 0; segment->p_type == PT_DYNAMIC && k < DYNAMIC_MOST && (k + 1) * 2 * width <= segment->p_filesz;
           k++)
        {
          guint8 entry[16];
          if (!assay_blob_read (blob, segment->p_offset + k * 2 * width, entry, 2 * width, NULL))
            return NULL;
          guint64 tag = assay_number_read (entry, width, reader->big_endian);
          if (tag == DT_NULL)
            break;
          if (tag == DT_SONAME)
            soname = assay_number_read (entry + width, width, reader->big_endian);
          if (tag == DT_STRTAB)
            strings = offset_of (segments, assay_number_read (entry + width, width, reader->big_endian));
        }
    }
  if (soname == 0 || strings == 0 || soname > reader->size || strings > reader->size - soname)
    return NULL;
  gsize length = (gsize)MIN (NAME_BYTES, reader->size - strings - soname);
  char *name = g_malloc0 (length + 1);
  if (!assay_blob_read (blob, strings + soname, name, length, NULL))
    g_clear_pointer (&name, g_free);
  return name;
}

static const AssayNode *
find_file (Renamed *renamed, const char *name)
{
  if (renamed->files == NULL)
    {
      renamed->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      for (guint i = 0; i < renamed->node->children->len; i++)
        {
          AssayNode *child = g_ptr_array_index (renamed->node->children, i);
          if (child->type == ASSAY_NODE_FILE)
            g_hash_table_replace (renamed->files, assay_scope_plain_name (child), child);
        }
    }
  return g_hash_table_lookup (renamed->files, name);
}

/* The file of the archive that an entry is or leads to in one step. (nullable) */
static const AssayNode *
file_of (Renamed *renamed, const AssayNode *child, const char *name)
{
  if (child->type == ASSAY_NODE_FILE && !assay_scope_is_hard_link (child))
    return child;
  const char *slash = strrchr (name, '/');
  const char *target = assay_node_get_fact (child, "link");
  gboolean beside = child->type == ASSAY_NODE_SYMLINK && target != NULL && strchr (target, '/') == NULL;
  g_autofree char *path = beside ? g_strdup_printf ("%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - name), name, target)
                          : assay_scope_is_hard_link (child) ? assay_scope_plain_target (child, "link")
                                                             : NULL;
  return path == NULL ? NULL : find_file (renamed, path);
}

/* ldconfig(8) makes a link of the name that a library wants, in the directory of that, to whichever has the highest
 * version in its own name; a link is a library too. Of what one leads to elsewhere nobody knows the name. */
static gboolean
is_library_of_held (Renamed *renamed, const AssayNode *child, const char *name)
{
  if (g_hash_table_size (renamed->links) == 0 || !is_library_name (name)
      || assay_beside_is_rebuilt (renamed->work, child, renamed->expected))
    return FALSE;
  const AssayNode *file = file_of (renamed, child, name);
  g_autofree char *soname = file == NULL || file->blob == NULL ? NULL : read_soname (file->blob);
  const char *slash = strrchr (name, '/');
  int directory = slash == NULL ? 0 : (int)(slash + 1 - name);
  g_autofree char *link = g_strdup_printf ("%.*s%s", directory, name, soname == NULL ? "" : soname);
  g_autofree char *folded = assay_account_device_fold (link);
  if (soname != NULL)
    return g_hash_table_contains (renamed->links, folded);
  g_autofree char *inside = g_strdup_printf ("%.*sx", directory, name);
  g_autofree char *known = assay_account_device_fold (inside);
  g_autofree char *own = g_path_get_dirname (known);
  return file == NULL && g_hash_table_contains (renamed->link_directories, own);
}

/* pip lays what is beneath NAME-VERSION.data/purelib of a wheel over the rest (PEP 427), and what is beneath its data
 * over all of the prefix, in which the rest is in one of these directories. */
static gboolean
is_laid_over_held (const Renamed *renamed, const char *name)
{
  static const char *const schemes[] = { ".data/purelib/", ".data/platlib/", "/site-packages/", "/dist-packages/" };
  for (gsize i = 0; strcmp (renamed->node->format, "zip") == 0 && i < G_N_ELEMENTS (schemes); i++)
    {
      const char *found = strstr (name, schemes[i]);
      if (found != NULL && g_hash_table_contains (renamed->held, found + strlen (schemes[i])))
        return TRUE;
    }
  return FALSE;
}

/* A live medium lays all file systems of a directory over each other. */
static gboolean
is_layer_of_held (const Renamed *renamed, const char *name)
{
  g_autofree char *above = g_path_get_dirname (name);
  return strchr (name, '/') != NULL && is_system_name (name)
         && g_hash_table_contains (renamed->system_directories, above);
}

/* What the entry comes to be, by its name alone; NULL: nothing of the scope's. @added: whether that matters only where
 * the rebuild has none of that name, and not where it has another one */
static const char *
find_what (const Renamed *renamed, const char *name, gboolean *added)
{
  const char *behind = behind_first (name);
  gboolean tar = strcmp (renamed->node->format, "tar") == 0;
  *added = TRUE;
  if (tar
      && (g_hash_table_contains (renamed->behind, name)
          || (behind != NULL && g_hash_table_contains (renamed->behind, behind))))
    return "one of the scope without its first part";
  if (is_layer_of_held (renamed, name))
    return "a file system beside one in scope, which may be laid over it";
  *added = FALSE;
  return has_suffix_of_held (renamed, name) || is_laid_over_held (renamed, name)
             ? "one that an installer puts in the place of one in scope"
             : NULL;
}

static void
judge (Renamed *renamed, const AssayNode *child)
{
  gboolean added = FALSE;
  g_autofree char *name = assay_scope_plain_name (child);
  const char *what = find_what (renamed, name, &added);
  gboolean known = what != NULL
                   && (added ? assay_beside_counterpart (renamed->work, child, renamed->expected) != NULL
                             : assay_beside_is_rebuilt (renamed->work, child, renamed->expected));
  if (what != NULL && !known)
    assay_account_add_fact (renamed->work, child, "name", what, NULL, ASSAY_CLASS_UNEXPLAINED, "added");
  else if (is_library_of_held (renamed, child, name))
    assay_account_add_fact (renamed->work, child, "leads-to", "a library to which ldconfig leads a link in scope", NULL,
                            ASSAY_CLASS_UNEXPLAINED, "differs");
}

void
assay_beside_renamed (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (node->children == NULL || node->stream != NULL)
    return;
  g_autoptr (GHashTable) held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) folded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) behind = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) links = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) link_directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) system_directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Renamed renamed = { work, node, expected, held, folded, behind, links, link_directories, system_directories, NULL };
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && assay_beside_is_held (work, child))
        note_held (&renamed, child);
    }
  for (guint i = 0; g_hash_table_size (held) > 0 && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type != ASSAY_NODE_DIRECTORY && !assay_beside_is_held (work, child))
        judge (&renamed, child);
    }
  g_clear_pointer (&renamed.files, g_hash_table_unref);
}
