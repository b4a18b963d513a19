#include "unpack/bytes.h"
#include "unpack/fat/fat.h"
#include "unpack/pieces.h"
#include "util/cancel.h"

#include <string.h>

/* Walks all directories, and accounts for every entry in them. */

/** More bytes than this no directory has. */
#define DIRECTORY_BYTES (65536u * ASSAY_FAT_ENTRY_BYTES)

enum
{
  AT_ATTRIBUTES = 11,
  AT_CASE = 12,
  AT_CLUSTER_HIGH = 20,
  AT_CLUSTER_LOW = 26,
  AT_SIZE = 28,
};

enum
{
  ATTRIBUTE_LABEL = 0x08,
  ATTRIBUTE_DIRECTORY = 0x10,
  ATTRIBUTE_LONG = 0x0f,
  ATTRIBUTES_KNOWN = 0x3f,
};

#define DELETED 0xe5u

/** Numbers of the entries at the beginning of every directory but the root. */
enum
{
  DOT = 0,
  DOT_DOT,
  DOTS,
};

/**
 * A directory that waits to be read, or is.
 * @node: NULL for the root; @path: with a final `/`, "" for the root
 * @cluster: where it begins; @parent: where the one around it does; 0 for the root
 * @names: all long and short names in it so far, where capitals do not count; NULL until it is read
 * @beginnings: what U-Boot takes for names of entries with a long name, beside those, folded; as @names
 * @name: the long name that is being read, and @parts: where its entries stand; as @names
 * @dots: how many of its first entries were read
 * @ended: an entry that ends the directory was seen
 */
typedef struct
{
  AssayNode *node;
  char *path;
  guint32 cluster;
  guint32 parent;
  GHashTable *names;
  GHashTable *beginnings;
  AssayFatLongName *name;
  GArray *parts;
  guint dots;
  gboolean ended;
} Directory;

static void
directory_free (Directory *directory)
{
  g_free (directory->path);
  g_clear_pointer (&directory->names, g_hash_table_unref);
  g_clear_pointer (&directory->beginnings, g_hash_table_unref);
  g_clear_pointer (&directory->parts, g_array_unref);
  g_free (directory->name);
  g_free (directory);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Directory, directory_free)

/** One entry: its bytes, and where they stand. */
typedef struct
{
  const guint8 *bytes;
  guint64 offset;
} Entry;

/** What a walk through all directories has at hand. @queue: (element-type Directory): those still to be read */
typedef struct
{
  AssayFat *fat;
  GQueue *queue;
  gboolean has_label;
} Walk;

static Directory *
directory_new (AssayNode *node, char *path, guint32 cluster, guint32 parent)
{
  Directory *directory = g_new0 (Directory, 1);
  directory->node = node;
  directory->path = path;
  directory->cluster = cluster;
  directory->parent = parent;
  return directory;
}

static guint32
child_of (const AssayNode *node)
{
  return node == NULL ? ASSAY_SPAN_NO_CHILD : node->index;
}

static guint32
cluster_of (const AssayFat *fat, const guint8 *entry)
{
  guint32 high = fat->layout.bits == 32 ? assay_get_le16 (entry + AT_CLUSTER_HIGH) : 0;
  return high << 16 | assay_get_le16 (entry + AT_CLUSTER_LOW);
}

/** Whose times an entry has. @facts: where they go; @names: what they are called there and as spans. */
typedef struct
{
  guint32 child;
  GArray *facts;
  const char *const *names;
} TimesOwner;

static const char *const entry_times[ASSAY_FAT_TIMES] = { "birthtime", "atime", "mtime" };
static const char *const dot_times[DOTS][ASSAY_FAT_TIMES]
    = { { "dot.birthtime", "dot.atime", "dot.mtime" }, { "dot-dot.birthtime", "dot-dot.atime", "dot-dot.mtime" } };

static void
add_time (AssayFat *fat, const Entry *entry, const TimesOwner *owner, AssayFatTime which)
{
  const char *name = owner->names[which];
  AssayFatRun place = assay_fat_time_place (which);
  guint8 again[ASSAY_FAT_ENTRY_BYTES] = { 0 };
  char *text = assay_fat_time_read (entry->bytes, which);
  gboolean same = FALSE;
  if (text != NULL)
    {
      assay_facts_take (owner->facts, name, text);
      same = assay_fat_time_write (text, which, again)
             && memcmp (again + place.offset, entry->bytes + place.offset, place.length) == 0;
    }
  assay_container_add_span (fat->container, (AssaySpan){ entry->offset + place.offset, place.length, ASSAY_SPAN_HEADER,
                                                         owner->child, same, name, name });
}

/* Times may be written again; all else is compared as it is. */
static void
add_entry_spans (AssayFat *fat, const Entry *entry, const TimesOwner *owner)
{
  guint64 at = 0;
  for (guint i = 0; i <= ASSAY_FAT_TIMES; i++)
    {
      AssayFatRun place = i < ASSAY_FAT_TIMES ? assay_fat_time_place (i) : (AssayFatRun){ ASSAY_FAT_ENTRY_BYTES, 0 };
      assay_container_add_span (fat->container, (AssaySpan){ entry->offset + at, place.offset - at, ASSAY_SPAN_HEADER,
                                                             owner->child, FALSE, "fat entry" });
      if (i < ASSAY_FAT_TIMES)
        add_time (fat, entry, owner, i);
      at = place.offset + place.length;
    }
}

#define ONE_FOR_UBOOT "two names of which U-Boot takes one for the beginning of the other"

/* Without capitals, of whatever code page. */
static char *
fold_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *normal = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL);
  return g_utf8_casefold (normal, -1);
}

/* Two names that are one where capitals do not count lead some reader to the other entry. */
static gboolean
note_name (Directory *directory, const char *name, GError **error)
{
  g_autofree char *folded = fold_name (name);
  if (g_hash_table_contains (directory->beginnings, folded))
    return assay_fat_fail (ONE_FOR_UBOOT, error);
  return g_hash_table_add (directory->names, g_steal_pointer (&folded))
         || assay_fat_fail ("two names that are one where capitals do not count", error);
}

/* U-Boot compares the short name with what is asked for over no more bytes than the longer of that and the long name
 * has (fs/fat/fat.c, fat_itr_resolve), so that each beginning of the short name is a name from there on. */
static gboolean
note_beginnings (Directory *directory, const char *long_name, const char *short_name, GError **error)
{
  gsize length = strlen (short_name);
  for (gsize take = strlen (long_name); take < length; take++)
    {
      g_autofree char *beginning = g_strndup (short_name, take);
      char *folded = fold_name (beginning);
      gboolean own = g_ascii_strcasecmp (beginning, long_name) == 0;
      gboolean known = !own && g_hash_table_contains (directory->names, folded);
      g_hash_table_add (directory->beginnings, folded);
      if (known)
        return assay_fat_fail (ONE_FOR_UBOOT, error);
    }
  return TRUE;
}

/* Each name of one entry once, however many readers have it. */
static gboolean
note_names (Directory *directory, const char *const *names, GError **error)
{
  for (gsize i = 0; names[i] != NULL; i++)
    {
      gboolean known = *names[i] == '\0';
      for (gsize j = 0; j < i; j++)
        known = known || g_ascii_strcasecmp (names[i], names[j]) == 0;
      if (!known && !note_name (directory, names[i], error))
        return FALSE;
    }
  return TRUE;
}

/* The name that the entry goes by; its short one is another name of it, and so is what U-Boot makes of either. */
static char *
read_name (Directory *directory, const Entry *entry, GError **error)
{
  g_autofree char *stored = assay_fat_short_name (entry->bytes, FALSE, error);
  if (stored == NULL)
    return NULL;
  gboolean is_long = directory->parts->len > 0;
  g_autofree char *name = is_long ? assay_fat_long_finish (directory->name, entry->bytes, error) : g_strdup (stored);
  if (name == NULL)
    return NULL;
  g_autofree char *cut = assay_fat_cut_name (entry->bytes);
  g_autofree char *low = assay_fat_low_name (name);
  const char *const names[] = { name, stored, cut, low, NULL };
  if (!note_names (directory, names, error) || (is_long && !note_beginnings (directory, name, stored, error)))
    return NULL;
  return is_long ? g_steal_pointer (&name) : assay_fat_short_name (entry->bytes, TRUE, error);
}

static void
add_name_parts (AssayFat *fat, Directory *directory, const AssayNode *child)
{
  for (guint i = 0; i < directory->parts->len; i++)
    assay_container_add_span (fat->container,
                              (AssaySpan){ g_array_index (directory->parts, guint64, i), ASSAY_FAT_ENTRY_BYTES,
                                           ASSAY_SPAN_HEADER, child->index, FALSE, "fat long name" });
}

/* A file in several pieces. */
static gboolean
add_runs (AssayFat *fat, AssayNode *child, const GArray *runs, guint64 size, GError **error)
{
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayFatRun *run = &g_array_index (runs, AssayFatRun, i);
      if (!assay_pieces_add_stored (fat->container, child, run->offset, MIN (run->length, size - child->size),
                                    "fat piece of a file", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_file (AssayFat *fat, AssayNode *child, const guint8 *entry, GError **error)
{
  g_autoptr (GArray) runs = NULL;
  guint64 size = assay_get_le32 (entry + AT_SIZE);
  guint32 cluster = cluster_of (fat, entry);
  guint64 whole = (size + fat->layout.cluster_bytes - 1) / fat->layout.cluster_bytes * fat->layout.cluster_bytes;
  guint64 length = 0;
  if (size == 0)
    return cluster == 0 ? assay_container_add_payload (fat->container, child, 0, 0, "fat file", error)
                        : assay_fat_fail ("an empty file with a cluster", error);
  if (!assay_fat_read_chain (fat, cluster, whole, &runs, error))
    return FALSE;
  for (guint i = 0; i < runs->len; i++)
    length += g_array_index (runs, AssayFatRun, i).length;
  if (length != whole)
    return assay_fat_fail ("a file that is longer than its chain", error);
  const AssayFatRun *last = &g_array_index (runs, AssayFatRun, runs->len - 1);
  assay_container_add_span (fat->container, (AssaySpan){ last->offset + last->length - (whole - size), whole - size,
                                                         ASSAY_SPAN_SLACK, child->index, FALSE, "fat file slack" });
  if (runs->len == 1)
    return assay_container_add_payload (fat->container, child, last->offset, size, "fat file", error);
  return add_runs (fat, child, runs, size, error);
}

static gboolean
queue_directory (Walk *walk, const Directory *around, AssayNode *child, const Entry *entry, const char *path,
                 GError **error)
{
  if (assay_get_le32 (entry->bytes + AT_SIZE) != 0)
    return assay_fat_fail ("a directory with a size", error);
  g_queue_push_tail (walk->queue, directory_new (child, g_strconcat (path, "/", NULL),
                                                 cluster_of (walk->fat, entry->bytes), around->cluster));
  return TRUE;
}

static void
state_entry (AssayNode *child, const guint8 *entry, gboolean has_long_name)
{
  assay_facts_add (child->facts, "attributes", "0x%02x", entry[AT_ATTRIBUTES]);
  if (has_long_name)
    assay_facts_add_raw (child->facts, "short-name", (const char *)entry, 11);
  if (entry[AT_CASE] != 0)
    assay_facts_add (child->facts, "name-case", "0x%02x", entry[AT_CASE]);
}

static gboolean
take_entry (Walk *walk, Directory *directory, const Entry *entry, GError **error)
{
  AssayFat *fat = walk->fat;
  gboolean is_directory = (entry->bytes[AT_ATTRIBUTES] & ATTRIBUTE_DIRECTORY) != 0;
  g_autofree char *name = read_name (directory, entry, error);
  if (name == NULL)
    return FALSE;
  /* Linux and U-Boot take the upper half with FAT32 alone, GRUB and EDK2 always. */
  if (fat->layout.bits != 32 && assay_get_le16 (entry->bytes + AT_CLUSTER_HIGH) != 0)
    return assay_fat_fail ("a start of which some readers take 16 bits and some 32", error);
  g_autofree char *path = g_strconcat (directory->path, name, NULL);
  AssayNode *child
      = assay_container_add_entry (fat->container, path, strlen (path),
                                   is_directory ? ASSAY_NODE_DIRECTORY : ASSAY_NODE_FILE, ASSAY_NAME_PLAIN, error);
  if (child == NULL)
    return FALSE;
  state_entry (child, entry->bytes, directory->parts->len > 0);
  add_name_parts (fat, directory, child);
  *directory->name = (AssayFatLongName){ 0 };
  g_array_set_size (directory->parts, 0);
  add_entry_spans (fat, entry, &(TimesOwner){ child->index, child->facts, entry_times });
  return is_directory ? queue_directory (walk, directory, child, entry, path, error)
                      : read_file (fat, child, entry->bytes, error);
}

static gboolean
take_label (Walk *walk, const Directory *directory, const Entry *entry, GError **error)
{
  GArray *facts = walk->fat->container->node->own_facts;
  if (directory->node != NULL || walk->has_label || cluster_of (walk->fat, entry->bytes) != 0
      || assay_get_le32 (entry->bytes + AT_SIZE) != 0)
    return assay_fat_fail ("a label in the wrong place, or with content", error);
  walk->has_label = TRUE;
  assay_facts_add_raw (facts, "label", (const char *)entry->bytes, 11);
  add_entry_spans (walk->fat, entry, &(TimesOwner){ ASSAY_SPAN_NO_CHILD, facts, entry_times });
  return TRUE;
}

/* A directory's first entries are itself and the one around it. */
static gboolean
take_dot (AssayFat *fat, Directory *directory, const Entry *entry, GError **error)
{
  static const char *const names[DOTS] = { ".          ", "..         " };
  guint32 wanted = directory->dots == DOT ? directory->cluster : directory->parent;
  if (memcmp (entry->bytes, names[directory->dots], 11) != 0 || (entry->bytes[AT_ATTRIBUTES] & ~ATTRIBUTES_KNOWN) != 0
      || (entry->bytes[AT_ATTRIBUTES] & (ATTRIBUTE_DIRECTORY | ATTRIBUTE_LABEL)) != ATTRIBUTE_DIRECTORY
      || cluster_of (fat, entry->bytes) != wanted || assay_get_le32 (entry->bytes + AT_SIZE) != 0)
    return assay_fat_fail ("a directory that does not begin with itself and the one around it", error);
  add_entry_spans (fat, entry,
                   &(TimesOwner){ directory->node->index, directory->node->facts, dot_times[directory->dots] });
  directory->dots++;
  return TRUE;
}

static void
add_unused (AssayFat *fat, const Directory *directory, const Entry *entry)
{
  assay_container_add_span (fat->container, (AssaySpan){ entry->offset, ASSAY_FAT_ENTRY_BYTES, ASSAY_SPAN_SLACK,
                                                         child_of (directory->node), FALSE, "fat unused entry" });
}

/* What ends a directory, or was deleted. Linux reads on behind the end. */
static gboolean
take_unused (AssayFat *fat, Directory *directory, const Entry *entry, GError **error)
{
  if (directory->parts->len > 0)
    return assay_fat_fail ("a long name of nothing", error);
  if (entry->bytes[0] == 0)
    directory->ended = TRUE;
  add_unused (fat, directory, entry);
  return TRUE;
}

static gboolean
dispatch (Walk *walk, Directory *directory, const Entry *entry, GError **error)
{
  guint attributes = entry->bytes[AT_ATTRIBUTES];
  if (directory->node != NULL && directory->dots < DOTS)
    return take_dot (walk->fat, directory, entry, error);
  if (entry->bytes[0] == 0 || entry->bytes[0] == DELETED)
    return take_unused (walk->fat, directory, entry, error);
  if (directory->ended)
    return assay_fat_fail ("an entry behind the end of a directory", error);
  if ((attributes & ~(guint)ATTRIBUTES_KNOWN) != 0)
    return assay_fat_fail ("an entry with attributes that are not known", error);
  if (attributes == ATTRIBUTE_LONG)
    {
      g_array_append_val (directory->parts, entry->offset);
      return assay_fat_long_add (directory->name, entry->bytes, error);
    }
  if ((attributes & ATTRIBUTE_LABEL) == 0)
    return take_entry (walk, directory, entry, error);
  if ((attributes & (ATTRIBUTE_LONG | ATTRIBUTE_DIRECTORY) & ~(guint)ATTRIBUTE_LABEL) != 0 || directory->parts->len > 0)
    return assay_fat_fail ("a label that is something else too", error);
  return take_label (walk, directory, entry, error);
}

static gboolean
read_run (Walk *walk, Directory *directory, const AssayFatRun *run, GError **error)
{
  g_autofree guint8 *bytes
      = assay_blob_read_bytes (walk->fat->container->node->blob, run->offset, (gsize)run->length, error);
  if (bytes == NULL)
    return FALSE;
  for (guint64 at = 0; at < run->length; at += ASSAY_FAT_ENTRY_BYTES)
    {
      Entry entry = { bytes + at, run->offset + at };
      if (assay_cancelled (error) || !dispatch (walk, directory, &entry, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_directory (Walk *walk, Directory *directory, GError **error)
{
  g_autoptr (GArray) runs = NULL;
  const AssayFatLayout *layout = &walk->fat->layout;
  directory->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  directory->beginnings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  directory->parts = g_array_new (FALSE, FALSE, sizeof (guint64));
  directory->name = g_new0 (AssayFatLongName, 1);
  if (directory->node == NULL && layout->bits != 32)
    {
      AssayFatRun root = { layout->root_offset, layout->root_bytes };
      runs = g_array_new (FALSE, FALSE, sizeof (AssayFatRun));
      g_array_append_val (runs, root);
    }
  else
    {
      guint32 cluster = directory->node == NULL ? layout->root_cluster : directory->cluster;
      if (!assay_fat_read_chain (walk->fat, cluster, MAX (DIRECTORY_BYTES, layout->cluster_bytes), &runs, error))
        return FALSE;
    }
  for (guint i = 0; i < runs->len; i++)
    if (!read_run (walk, directory, &g_array_index (runs, AssayFatRun, i), error))
      return FALSE;
  return directory->parts->len == 0 || assay_fat_fail ("a long name of nothing", error);
}

gboolean
assay_fat_read_tree (AssayFat *fat, GError **error)
{
  g_autoptr (GQueue) queue = g_queue_new ();
  Walk walk = { fat, queue, FALSE };
  gboolean ok = TRUE;
  g_queue_push_tail (queue, directory_new (NULL, g_strdup (""), 0, 0));
  while (ok && !g_queue_is_empty (queue))
    {
      g_autoptr (Directory) directory = g_queue_pop_head (queue);
      ok = read_directory (&walk, directory, error);
    }
  g_queue_clear_full (queue, (GDestroyNotify)directory_free);
  return ok;
}
