#include "unpack/iso/record.h"

#include "unpack/bytes.h"
#include "util/cancel.h"

#include <string.h>

#define BLOCK ASSAY_ISO_BLOCK_BYTES

/**
 * A directory that waits to be read, or is.
 * @node: NULL for the root of the primary volume; @path: with a final `/`, "" for the root
 * @bytes: of it; 0: its own first record says it (a directory that was moved)
 * @parent: block of the directory around it; @moved: that is the one that its path has, and it stands elsewhere
 * @records: that were read; @moves: entries that stand here only because they were moved
 */
typedef struct
{
  AssayNode *node;
  char *path;
  guint32 block;
  guint32 bytes;
  guint32 parent;
  gboolean moved;
  guint records;
  guint moves;
} Directory;

static void
directory_free (Directory *directory)
{
  g_free (directory->path);
  g_free (directory);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Directory, directory_free)

/**
 * A record that says that its directory was moved to here (RE): what it is can be said when all others were read.
 * @node: @path: @block: of the directory that it stands in; @number: the how-manieth it is there
 * @bytes: the record, which stands at @offset
 */
typedef struct
{
  AssayNode *node;
  char *path;
  guint32 block;
  guint number;
  GBytes *bytes;
  guint64 offset;
} Moved;

static void
moved_clear (gpointer data)
{
  Moved *moved = data;
  g_clear_pointer (&moved->path, g_free);
  g_clear_pointer (&moved->bytes, g_bytes_unref);
}

/**
 * @moved: (element-type Moved): that wait
 * @seen: blocks of directories; @moved_to: block of a directory that was moved, to the block of the one around it by
 * its own record; @moved_from: the same by the record in that one; @moved_entries: the entries that are shown for them
 * @file: whose pieces are being read, and @runs: (element-type AssayIsoRun)
 */
typedef struct
{
  AssayIso *iso;
  AssayIsoVolume *volume;
  GQueue *queue;
  GArray *moved;
  GHashTable *seen;
  GHashTable *moved_to;
  GHashTable *moved_from;
  GHashTable *moved_entries;
  AssayNode *file;
  GArray *runs;
  GByteArray *file_name;
} Walk;

static void
push (Walk *walk, const Directory *like)
{
  Directory *directory = g_memdup2 (like, sizeof *like);
  g_queue_push_tail (walk->queue, directory);
}

static void
add_folder (Walk *walk, const AssayIsoRecord *record, guint32 parent)
{
  AssayIsoFolder folder = { record->block, parent, g_memdup2 (record->name, record->name_bytes), record->name_bytes };
  g_array_append_val (walk->volume->folders, folder);
}

/* The first record of the root says whether there is Rock Ridge. */
static void
note_rock (Walk *walk, const Directory *directory, const AssayIsoRecord *record)
{
  AssayIsoVolume *volume = walk->volume;
  if (!volume->is_joliet && directory->block == volume->root_block)
    volume->is_rock = assay_iso_rock_begins (record->more, record->more_bytes, &volume->skip);
}

/* Whether it leads to the directory itself, or to the one around it. In trees of Joliet libisofs writes itself for
 * both, which is of no consequence: no reader goes up by it. */
static gboolean
leads_right (const Walk *walk, const Directory *directory, const AssayIsoRecord *record)
{
  if (directory->records == 0)
    return record->block == directory->block && record->size == directory->bytes;
  return directory->moved || record->block == directory->parent
         || (walk->volume->is_joliet && record->block == directory->block);
}

/* A directory begins with itself and the one around it. */
static gboolean
take_dot (Walk *walk, Directory *directory, const AssayIsoRecord *record, GError **error)
{
  g_auto (AssayIsoRock) rock = { 0 };
  gboolean self = directory->records == 0;
  if (self)
    note_rock (walk, directory, record);
  if (!assay_iso_record_is (record, self ? 0 : 1) || (record->flags & ~1u) != ASSAY_ISO_FLAG_DIRECTORY
      || !leads_right (walk, directory, record))
    return assay_iso_fail ("a directory that does not begin with itself and the one around it", error);
  if (!assay_iso_record_rock (walk->iso, walk->volume, record, &rock, error))
    return FALSE;
  if (!self && directory->moved && rock.parent_block != directory->parent)
    return assay_iso_fail ("a moved directory that does not say where it came from", error);
  if ((!directory->moved || self) && rock.parent_block != 0)
    return assay_iso_fail ("a directory that says it was moved", error);
  /* Linux has the directory from its own record, and goes by these. */
  if (rock.child_block != 0 || rock.target != NULL || rock.compression != NULL || rock.has_device)
    return assay_iso_fail ("a directory that is another one by its own record", error);
  if (!self && directory->moved)
    g_hash_table_insert (walk->moved_to, GUINT_TO_POINTER (directory->block), GUINT_TO_POINTER (record->block));
  assay_iso_record_state (walk->iso, walk->volume, record, &rock, directory->node, self ? "dot." : "dot-dot.");
  return TRUE;
}

static void
put_off (Walk *walk, Directory *directory, const AssayIsoRecord *record)
{
  Moved moved = { directory->node,
                  g_strdup (directory->path),
                  directory->block,
                  ++directory->moves,
                  g_bytes_new (record->bytes, record->length),
                  record->offset };
  g_array_append_val (walk->moved, moved);
}

/* Readers without Rock Ridge, and 7-Zip with it, show the directory where it stands, and a file in the place from where
 * it was moved. */
static void
note_place (const Walk *walk, const Moved *moved, const AssayIsoRecord *record, const AssayIsoRock *rock)
{
  AssayNode *shown = g_hash_table_lookup (walk->moved_entries, GUINT_TO_POINTER (record->block));
  g_autofree char *name = assay_iso_record_name (walk->volume, record, rock, NULL);
  g_autofree char *place = name == NULL ? NULL : g_strconcat (moved->path, name, NULL);
  if (shown != NULL && place != NULL)
    assay_facts_add_raw (shown->facts, "moved-to", place, strlen (place));
}

/* An entry that stands here because directories must not be nested so deeply; readers of Rock Ridge show it elsewhere.
 */
static gboolean
take_moved (Walk *walk, const Moved *moved, const AssayIsoRecord *record, const AssayIsoRock *rock, GError **error)
{
  g_autofree char *lead = g_strdup_printf ("moved-%u.", moved->number);
  if (rock->child_block != 0 || g_hash_table_contains (walk->moved_from, GUINT_TO_POINTER (record->block)))
    return assay_iso_fail ("a directory that was moved twice", error);
  add_folder (walk, record, moved->block);
  note_place (walk, moved, record, rock);
  g_hash_table_insert (walk->moved_from, GUINT_TO_POINTER (record->block), GUINT_TO_POINTER (moved->block));
  assay_iso_record_state (walk->iso, walk->volume, record, rock, moved->node, lead);
  return TRUE;
}

static AssayNodeType
type_of (const AssayIsoRecord *record, const AssayIsoRock *rock)
{
  if (rock->has_attributes)
    return assay_iso_rock_type (rock);
  return (record->flags & ASSAY_ISO_FLAG_DIRECTORY) != 0 || rock->child_block != 0 ? ASSAY_NODE_DIRECTORY
                                                                                   : ASSAY_NODE_FILE;
}

static gboolean
check_type (AssayNodeType type, const AssayIsoRecord *record, const AssayIsoRock *rock, GError **error)
{
  gboolean stored = (record->flags & ASSAY_ISO_FLAG_DIRECTORY) != 0;
  gboolean directory = type == ASSAY_NODE_DIRECTORY;
  if (type == ASSAY_NODE_UNKNOWN || directory != (stored || rock->child_block != 0)
      || (stored && rock->child_block != 0)
      || (type != ASSAY_NODE_FILE && (record->flags & ASSAY_ISO_FLAG_CONTINUES) != 0))
    return assay_iso_fail ("an entry of two types, or of none", error);
  if ((type == ASSAY_NODE_SYMLINK) != (rock->target != NULL))
    return assay_iso_fail ("a link without target, or a target of no link", error);
  return type == ASSAY_NODE_FILE || directory || record->size == 0
         || assay_iso_fail ("an entry that is no file and has content", error);
}

static gboolean
queue_directory (Walk *walk, const Directory *around, AssayNode *child, const AssayIsoRecord *record,
                 const AssayIsoRock *rock, const char *path, GError **error)
{
  gboolean moved = rock->child_block != 0;
  guint32 block = moved ? rock->child_block : record->block;
  Directory directory
      = { .node = child, .block = block, .bytes = moved ? 0 : record->size, .parent = around->block, .moved = moved };
  if (!g_hash_table_add (walk->seen, GUINT_TO_POINTER (block)))
    return assay_iso_fail ("a directory that stands in two places", error);
  if (!moved)
    add_folder (walk, record, around->block);
  else
    g_hash_table_insert (walk->moved_entries, GUINT_TO_POINTER (block), child);
  directory.path = g_strconcat (path, "/", NULL);
  push (walk, &directory);
  return TRUE;
}

static gboolean
finish_file (Walk *walk, GError **error)
{
  AssayNode *file = g_steal_pointer (&walk->file);
  return assay_iso_content_add (walk->iso, file, walk->runs, error);
}

/* The next piece of the file. */
static gboolean
take_piece (Walk *walk, const AssayIsoRecord *record, GError **error)
{
  AssayIsoRun run = { (guint64)record->block * BLOCK, record->size };
  g_array_append_val (walk->runs, run);
  return (record->flags & ASSAY_ISO_FLAG_CONTINUES) != 0 || finish_file (walk, error);
}

static gboolean
take_further_piece (Walk *walk, const AssayIsoRecord *record, const AssayIsoRock *rock, GError **error)
{
  g_autofree char *lead = g_strdup_printf ("section-%u.", walk->runs->len + 1);
  if (record->name_bytes != walk->file_name->len
      || memcmp (record->name, walk->file_name->data, record->name_bytes) != 0
      || (record->flags & ASSAY_ISO_FLAG_DIRECTORY) != 0)
    return assay_iso_fail ("a file of which the rest is missing", error);
  assay_iso_record_state (walk->iso, walk->volume, record, rock, walk->file, lead);
  return take_piece (walk, record, error);
}

static gboolean
take_file (Walk *walk, AssayNode *child, const AssayIsoRecord *record, GError **error)
{
  walk->file = child;
  g_array_set_size (walk->runs, 0);
  g_byte_array_set_size (walk->file_name, 0);
  g_byte_array_append (walk->file_name, record->name, (guint)record->name_bytes);
  return take_piece (walk, record, error);
}

static gboolean
take_entry (Walk *walk, Directory *directory, const AssayIsoRecord *record, const AssayIsoRock *rock, GError **error)
{
  AssayNodeType type = type_of (record, rock);
  if (rock->parent_block != 0)
    return assay_iso_fail ("an entry that says where it came from", error);
  g_autofree char *name = assay_iso_record_name (walk->volume, record, rock, error);
  if (name == NULL || !check_type (type, record, rock, error))
    return FALSE;
  g_autofree char *path = g_strconcat (directory->path, name, NULL);
  AssayNode *child
      = assay_container_add_grouped (walk->iso->container, walk->volume->group, path, strlen (path), type, error);
  if (child == NULL)
    return FALSE;
  if (!walk->volume->is_joliet)
    assay_facts_add_raw (child->facts, "iso-name", (const char *)record->name, record->name_bytes);
  assay_iso_record_state (walk->iso, walk->volume, record, rock, child, "");
  if (type == ASSAY_NODE_DIRECTORY)
    return queue_directory (walk, directory, child, record, rock, path, error);
  return type != ASSAY_NODE_FILE || take_file (walk, child, record, error);
}

static gboolean
take_record (Walk *walk, Directory *directory, const AssayIsoRecord *record, GError **error)
{
  g_auto (AssayIsoRock) rock = { 0 };
  if (directory->records < 2)
    return take_dot (walk, directory, record, error);
  if (assay_iso_record_is (record, 0) || assay_iso_record_is (record, 1))
    return assay_iso_fail ("a second entry of a directory itself", error);
  if (!assay_iso_record_rock (walk->iso, walk->volume, record, &rock, error))
    return FALSE;
  if (walk->file != NULL)
    return take_further_piece (walk, record, &rock, error);
  if (!rock.moved)
    return take_entry (walk, directory, record, &rock, error);
  if ((record->flags & ASSAY_ISO_FLAG_DIRECTORY) == 0)
    return assay_iso_fail ("a moved directory that is none", error);
  put_off (walk, directory, record);
  return TRUE;
}

/* What nobody else shows is an entry as any other (libisofs calls the place of all moved directories a moved one). */
static gboolean
settle_moved (Walk *walk, const Moved *moved, GError **error)
{
  g_auto (AssayIsoRock) rock = { 0 };
  AssayIsoRecord record;
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (moved->bytes, &length);
  Directory around = { .node = moved->node, .path = moved->path, .block = moved->block };
  if (!assay_iso_record_read (bytes, length, moved->offset, &record, error)
      || !assay_iso_record_rock (walk->iso, walk->volume, &record, &rock, error))
    return FALSE;
  if (g_hash_table_contains (walk->moved_to, GUINT_TO_POINTER (record.block)))
    return take_moved (walk, moved, &record, &rock, error);
  return take_entry (walk, &around, &record, &rock, error);
}

static gboolean
settle_all (Walk *walk, GError **error)
{
  g_autoptr (GArray) moved = g_steal_pointer (&walk->moved);
  walk->moved = g_array_new (FALSE, FALSE, sizeof (Moved));
  g_array_set_clear_func (walk->moved, moved_clear);
  for (guint i = 0; i < moved->len; i++)
    if (assay_cancelled (error) || !settle_moved (walk, &g_array_index (moved, Moved, i), error))
      return FALSE;
  return TRUE;
}

/* Records do not cross blocks; what is left of a block is zeros. */
static gboolean
read_block (Walk *walk, Directory *directory, const guint8 *bytes, guint64 offset, GError **error)
{
  gsize at = 0;
  while (at < BLOCK && bytes[at] != 0)
    {
      AssayIsoRecord record;
      if (assay_cancelled (error) || !assay_iso_record_read (bytes + at, BLOCK - at, offset + at, &record, error)
          || !take_record (walk, directory, &record, error))
        return FALSE;
      directory->records++;
      at += record.length;
    }
  for (gsize i = at; i < BLOCK; i++)
    if (bytes[i] != 0)
      return assay_iso_fail ("something behind the records of a block", error);
  guint32 child = directory->node == NULL ? ASSAY_SPAN_NO_CHILD : directory->node->index;
  assay_container_add_span (walk->iso->container, (AssaySpan){ offset + at, BLOCK - at, ASSAY_SPAN_PADDING, child,
                                                               FALSE, "iso end of a block of records" });
  return TRUE;
}

static gboolean
read_directory (Walk *walk, Directory *directory, GError **error)
{
  AssayIso *iso = walk->iso;
  AssayNode *image = iso->container->node;
  guint8 head[BLOCK];
  guint64 offset = (guint64)directory->block * BLOCK;
  if (!assay_iso_check_run (iso, directory->block, BLOCK, error)
      || !assay_blob_read (image->blob, offset, head, sizeof head, error)
      || (directory->bytes == 0 && !assay_iso_both32 (head + 10, &directory->bytes, error)))
    return FALSE;
  if (directory->bytes == 0 || directory->bytes % BLOCK != 0)
    return assay_iso_fail ("a directory that is no whole blocks", error);
  if (!assay_iso_check_run (iso, directory->block, directory->bytes, error))
    return FALSE;
  for (guint64 done = 0; done < directory->bytes; done += BLOCK)
    if (!assay_blob_read (image->blob, offset + done, head, sizeof head, error)
        || !read_block (walk, directory, head, offset + done, error))
      return FALSE;
  if (directory->records < 2 || walk->file != NULL)
    return assay_iso_fail ("a directory that ends too early", error);
  return TRUE;
}

/* Of each directory that was moved, both records must say so, and the same. */
static gboolean
check_moved (const Walk *walk, GError **error)
{
  GHashTableIter iterator;
  gpointer block = NULL;
  gpointer parent = NULL;
  gpointer other = NULL;
  g_hash_table_iter_init (&iterator, walk->moved_to);
  while (g_hash_table_iter_next (&iterator, &block, &parent))
    if (!g_hash_table_lookup_extended (walk->moved_from, block, NULL, &other) || other != parent)
      return assay_iso_fail ("a moved directory that is not where it says", error);
  return g_hash_table_size (walk->moved_to) == g_hash_table_size (walk->moved_from)
         || assay_iso_fail ("a moved directory that nobody shows", error);
}

static gboolean
walk_all (Walk *walk, GError **error)
{
  AssayIsoVolume *volume = walk->volume;
  const AssayIsoRecord root = { .block = volume->root_block, .name = (const guint8 *)"", .name_bytes = 1 };
  Directory first = { .block = volume->root_block, .bytes = volume->root_bytes, .parent = volume->root_block };
  if (volume->group != NULL)
    {
      first.node
          = assay_container_add_grouped (walk->iso->container, volume->group, NULL, 0, ASSAY_NODE_DIRECTORY, error);
      if (first.node == NULL)
        return FALSE;
    }
  first.path = g_strdup ("");
  add_folder (walk, &root, volume->root_block);
  g_hash_table_add (walk->seen, GUINT_TO_POINTER (volume->root_block));
  push (walk, &first);
  while (!g_queue_is_empty (walk->queue))
    {
      g_autoptr (Directory) directory = g_queue_pop_head (walk->queue);
      if (!read_directory (walk, directory, error))
        return FALSE;
      if (g_queue_is_empty (walk->queue) && !settle_all (walk, error))
        return FALSE;
    }
  return check_moved (walk, error);
}

gboolean
assay_iso_volume_read (AssayIso *iso, AssayIsoVolume *volume, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) moved_to = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) moved_from = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) moved_entries = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (AssayIsoRun));
  g_autoptr (GByteArray) file_name = g_byte_array_new ();
  g_autoptr (GQueue) queue = g_queue_new ();
  GArray *moved = g_array_new (FALSE, FALSE, sizeof (Moved));
  g_array_set_clear_func (moved, moved_clear);
  Walk walk = { .iso = iso,
                .volume = volume,
                .queue = queue,
                .moved = moved,
                .seen = seen,
                .moved_to = moved_to,
                .moved_from = moved_from,
                .moved_entries = moved_entries,
                .runs = runs,
                .file_name = file_name };
  gboolean ok = walk_all (&walk, error);
  g_queue_clear_full (queue, (GDestroyNotify)directory_free);
  g_array_unref (walk.moved);
  return ok && assay_iso_tables_read (iso, volume, error);
}
