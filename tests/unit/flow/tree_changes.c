#include "tree_changes.h"

#include <string.h>
#include <sys/stat.h>

#define TAR (1u << TREE_TAR)
#define CPIO (1u << TREE_CPIO)
#define ZIP (1u << TREE_ZIP)
#define DIRECTORY (1u << TREE_DIRECTORY)
#define SQUASHFS (1u << TREE_SQUASHFS)
#define ALL (TAR | CPIO | ZIP | DIRECTORY | SQUASHFS)

/* A random entry of a type (0: of any) that the kind holds. */
static TreeEntry *
pick (const Tree *tree, TreeKind kind, GRand *random, guint type)
{
  guint first = (guint)g_rand_int_range (random, 0, (gint32)tree->entries->len);
  for (guint i = 0; i < tree->entries->len; i++)
    {
      TreeEntry *entry = g_ptr_array_index (tree->entries, (first + i) % tree->entries->len);
      if (tree_kind_holds (kind, entry) && (type == 0 || (entry->mode & S_IFMT) == type))
        return entry;
    }
  return NULL;
}

static void
about (TreeAnswer *answer, const TreeEntry *entry, const char *fact)
{
  answer->path = g_strdup (entry->name);
  answer->fact = fact;
}

static gboolean
change_mode (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, 0);
  /* the rights of a link are nowhere but in an archive */
  if (S_ISLNK (entry->mode) && kind != TREE_TAR && kind != TREE_CPIO)
    return FALSE;
  entry->mode ^= 1u << g_rand_int_range (random, 0, 12);
  about (answer, entry, "mode");
  return TRUE;
}

static gboolean
set_user (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  entry->mode |= S_ISUID;
  about (answer, entry, "mode");
  return TRUE;
}

static gboolean
change_owner (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, 0);
  entry->uid ^= 1u << g_rand_int_range (random, 0, 12);
  about (answer, entry, "uid");
  return TRUE;
}

static gboolean
change_group (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, 0);
  entry->gid ^= 1u << g_rand_int_range (random, 0, 12);
  about (answer, entry, "gid");
  return TRUE;
}

static gboolean
change_time (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, 0);
  entry->mtime += 2 * (guint32)g_rand_int_range (random, 1, 1000);
  answer->benign = TRUE;
  return TRUE;
}

static gboolean
change_time_and_mode (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  return change_time (tree, kind, random, answer) && (answer->benign = FALSE, set_user (tree, kind, random, answer));
}

static gboolean
change_order (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  guint place = (guint)g_rand_int_range (random, 0, (gint32)tree->entries->len - 1);
  gpointer first = g_ptr_array_index (tree->entries, place);
  gpointer second = g_ptr_array_index (tree->entries, place + 1);
  if (!tree_kind_holds (kind, first) || !tree_kind_holds (kind, second))
    return FALSE;
  tree->entries->pdata[place] = second;
  tree->entries->pdata[place + 1] = first;
  /* an initramfs is read in order (T7) */
  answer->benign = kind != TREE_CPIO;
  return TRUE;
}

static gboolean
rename_entry (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  answer->path = entry->name;
  answer->missing = TRUE;
  entry->name = g_strconcat (entry->name, ".old", NULL);
  return TRUE;
}

static gboolean
change_link (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  static const char *const targets[] = { "../../../etc/passwd", "/", "app", "tool/", "./tool" };
  TreeEntry *entry = pick (tree, kind, random, S_IFLNK);
  g_free (entry->target);
  entry->target = g_strdup (targets[g_rand_int_range (random, 0, G_N_ELEMENTS (targets))]);
  about (answer, entry, kind == TREE_ZIP ? NULL : "link");
  return TRUE;
}

static gboolean
change_device (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFCHR);
  entry->device[g_rand_int_range (random, 0, 2)] += (guint)g_rand_int_range (random, 1, 100);
  about (answer, entry, "device");
  return TRUE;
}

static gboolean
change_type (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  entry->mode = S_IFLNK | 0777;
  entry->target = g_strdup ("config");
  g_byte_array_set_size (entry->content, 0);
  about (answer, entry, "type");
  return TRUE;
}

static void
expect_bytes (TreeAnswer *answer, const TreeEntry *entry, gsize offset, gsize length)
{
  answer->path = g_strdup (entry->name);
  answer->offset = offset;
  answer->length = length;
}

static gboolean
change_byte (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  gsize offset = (gsize)g_rand_int_range (random, 0, (gint32)entry->content->len);
  entry->content->data[offset] ^= (guint8)g_rand_int_range (random, 1, 256);
  expect_bytes (answer, entry, offset, 1);
  return TRUE;
}

/* Instructions overwritten with zeros, a nop of MIPS, or with 0xff, an erased flash. */
static gboolean
zero_bytes (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  gsize wanted = 4 * (gsize)g_rand_int_range (random, 1, 5);
  gsize length = MIN (entry->content->len, wanted);
  gsize offset = (gsize)g_rand_int_range (random, 0, (gint32)(entry->content->len - length) + 1);
  guint8 fill = g_rand_boolean (random) ? 0 : 0xff;
  gsize first = G_MAXSIZE;
  for (gsize i = offset; i < offset + length; i++)
    {
      if (entry->content->data[i] != fill && first == G_MAXSIZE)
        first = i;
      entry->content->data[i] = fill;
    }
  if (first == G_MAXSIZE)
    return FALSE;
  expect_bytes (answer, entry, first, 1);
  return TRUE;
}

static gboolean
append_bytes (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  static const guint8 zeros[16];
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  g_byte_array_append (entry->content, zeros, (guint)g_rand_int_range (random, 1, sizeof zeros));
  answer->path = g_strdup (entry->name);
  answer->fact = "size";
  return TRUE;
}

static gboolean
cut_bytes (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  g_byte_array_set_size (entry->content, (guint)g_rand_int_range (random, 1, (gint32)entry->content->len));
  about (answer, entry, "size");
  return TRUE;
}

static gboolean
swap_files (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *one = pick (tree, kind, random, S_IFREG);
  TreeEntry *two = pick (tree, kind, random, S_IFREG);
  if (one == two
      || (one->content->len == two->content->len
          && memcmp (one->content->data, two->content->data, one->content->len) == 0))
    return FALSE;
  GByteArray *content = one->content;
  one->content = two->content;
  two->content = content;
  answer->path = g_strdup (one->name);
  return TRUE;
}

static gboolean
remove_entry (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = pick (tree, kind, random, S_IFREG);
  answer->path = g_strdup (entry->name);
  answer->missing = TRUE;
  return g_ptr_array_remove (tree->entries, entry);
}

static gboolean
add_entry (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  static const char *const names[] = { "etc/added", "bin/.hidden", "bin/APP", "etc/config~" };
  TreeEntry *entry = tree_entry_copy (pick (tree, kind, random, g_rand_boolean (random) ? S_IFREG : S_IFLNK));
  g_free (entry->name);
  entry->name = g_strdup (names[g_rand_int_range (random, 0, G_N_ELEMENTS (names))]);
  about (answer, entry, "name");
  g_ptr_array_add (tree->entries, entry);
  return TRUE;
}

/* A second entry of one name, with other content or the same: whoever unpacks the archive keeps one of them. */
static gboolean
duplicate_entry (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer)
{
  TreeEntry *entry = tree_entry_copy (pick (tree, kind, random, S_IFREG));
  if (g_rand_boolean (random))
    entry->content->data[0] ^= 1;
  answer->path = g_strconcat (entry->name, "#2", NULL);
  answer->fact = "duplicate-name";
  g_ptr_array_add (tree->entries, entry);
  return TRUE;
}

const TreeChange tree_changes[] = {
  { "mode", ALL, change_mode },
  { "set-user-ID", ALL, set_user },
  { "owner", ALL & ~ZIP, change_owner },
  { "group", ALL & ~ZIP, change_group },
  { "time", ALL & ~DIRECTORY, change_time },
  { "time and mode", ALL & ~DIRECTORY, change_time_and_mode },
  { "order", TAR | CPIO | ZIP, change_order },
  { "name", ALL, rename_entry },
  { "link target", ALL, change_link },
  { "device", TAR | CPIO | SQUASHFS, change_device },
  { "type", ALL, change_type },
  { "byte", ALL, change_byte },
  { "zeroed", ALL, zero_bytes },
  { "appended", ALL, append_bytes },
  { "cut", ALL, cut_bytes },
  { "swapped", ALL, swap_files },
  { "removed", ALL, remove_entry },
  { "added", ALL, add_entry },
  { "duplicate", TAR | CPIO | ZIP, duplicate_entry },
};
const gsize tree_change_count = G_N_ELEMENTS (tree_changes);
