#include "unpack/squashfs/squashfs.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <sqfs/block.h>

/*
 * Content of files: whole blocks of their own, and ends in blocks that they share (fragments). Each block is decoded
 * here and must give just the bytes that its place in the file wants, so that none is read that no account has.
 *
 * What several files share is decoded once: any number of names may lead to one inode, any number of inodes to the same
 * blocks, and each file's end to another fragment block than the one before it.
 */

/** Sizes of blocks: the length, and whether it is stored as it is. */
#define BLOCK_LENGTH 0xffffffu
#define BLOCK_PLAIN 0x1000000u

/** Stands for "no fragment". */
#define NO_FRAGMENT G_MAXUINT32

/** Bytes of the image that hold the data blocks of one file, or of several files of equal content. */
typedef struct
{
  guint64 length;
  guint32 child;
} Extent;

/** A file's end, which lies in a block that it shares with others. */
typedef struct
{
  guint32 fragment;
  guint64 offset;
  guint64 length;
} Tail;

struct _AssaySquashfsContent
{
  AssaySquashfs *squashfs;
  GHashTable *extents;  /* start -> Extent */
  GHashTable *contents; /* GBytes: all that says where content lies -> AssayBlob: the content */
  GArray *tails;
  GPtrArray *fragments; /* AssayBlob: what each fragment block decodes to; NULL until one is asked for */
  guint8 *stored;
  guint8 *decoded;
};

void
assay_squashfs_content_free (AssaySquashfsContent *content)
{
  g_clear_pointer (&content->extents, g_hash_table_unref);
  g_clear_pointer (&content->contents, g_hash_table_unref);
  g_clear_pointer (&content->tails, g_array_unref);
  g_clear_pointer (&content->fragments, g_ptr_array_unref);
  g_free (content->stored);
  g_free (content->decoded);
  g_free (content);
}

static void
unref_if_any (gpointer blob)
{
  if (blob != NULL)
    assay_blob_unref (blob);
}

AssaySquashfsContent *
assay_squashfs_content_new (AssaySquashfs *squashfs, GError **error)
{
  g_autoptr (AssaySquashfsContent) content = g_new0 (AssaySquashfsContent, 1);
  gsize block = squashfs->super.block_size;
  content->squashfs = squashfs;
  content->extents = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  content->contents = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                             (GDestroyNotify)assay_blob_unref);
  content->tails = g_array_new (FALSE, FALSE, sizeof (Tail));
  content->fragments = g_ptr_array_new_with_free_func (unref_if_any);
  content->stored = g_try_malloc (block);
  content->decoded = g_try_malloc (block);
  if (content->stored != NULL && content->decoded != NULL)
    return g_steal_pointer (&content);
  assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a squashfs block");
  return NULL;
}

/* Claims the bytes of a file's data blocks. Files of equal content may share them: they count once, for the first. */
static gboolean
claim_blocks (AssaySquashfsContent *content, AssayNode *node, const sqfs_inode_generic_t *inode, GError **error)
{
  AssaySquashfs *squashfs = content->squashfs;
  sqfs_u64 start = 0;
  guint64 length = 0;
  sqfs_inode_get_file_block_start (inode, &start);
  for (gsize i = 0; i < sqfs_inode_get_file_block_count (inode); i++)
    length += inode->extra[i] & BLOCK_LENGTH;
  if (length == 0)
    return TRUE;
  if (start < sizeof squashfs->super || !assay_range_fits (start, length, squashfs->super.inode_table_start))
    return assay_squashfs_fail ("file content outside the data area", error);
  guint64 key = start;
  Extent *known = g_hash_table_lookup (content->extents, &key);
  if (known != NULL)
    return known->length == length || assay_squashfs_fail ("files whose content overlaps", error);
  Extent extent = { length, node->index };
  g_hash_table_insert (content->extents, g_memdup2 (&key, sizeof key), g_memdup2 (&extent, sizeof extent));
  assay_container_add_span (squashfs->container, (AssaySpan){ start, length, ASSAY_SPAN_ENCODED, node->index, FALSE,
                                                              "squashfs file data", NULL });
  return TRUE;
}

/* Decodes the block at @start into at most @room bytes at @out. Linux may hold its length against that of the content
 * (fs/squashfs/block.c, squashfs_read_data; with SQUASHFS_FILE_DIRECT also that of a file's last block), and every
 * packer stores as it is what would become longer. */
static gboolean
read_block (AssaySquashfsContent *content, guint64 start, guint32 size, guint8 *out, gsize room, gsize *out_length,
            GError **error)
{
  AssaySquashfs *squashfs = content->squashfs;
  AssayBlob *blob = squashfs->container->node->blob;
  gsize length = size & BLOCK_LENGTH;
  if (length == 0 || length > squashfs->super.block_size || (size & ~(BLOCK_LENGTH | BLOCK_PLAIN)) != 0)
    return assay_squashfs_fail ("a data block of impossible length", error);
  if (!assay_blob_read (blob, start, content->stored, length, error))
    return FALSE;
  if ((size & BLOCK_PLAIN) == 0)
    return assay_squashfs_decode (squashfs, content->stored, length, out, room, out_length, error)
           && (length <= *out_length || assay_squashfs_fail ("a data block that is longer than its content", error));
  if (length > room)
    return assay_squashfs_fail ("a data block that is longer than its place", error);
  memcpy (out, content->stored, length);
  *out_length = length;
  return TRUE;
}

/* A hole is nowhere stored. All of a file are counted before the first is written. */
static gboolean
charge_holes (AssaySquashfsContent *content, const sqfs_inode_generic_t *inode, guint64 file_size, GError **error)
{
  guint64 block = content->squashfs->super.block_size;
  guint64 left = file_size;
  guint64 holes = 0;
  for (gsize i = 0; i < sqfs_inode_get_file_block_count (inode); i++)
    {
      guint64 length = MIN (left, block);
      holes += inode->extra[i] == 0 ? length : 0;
      left -= length;
    }
  return assay_container_charge_hole (content->squashfs->container, holes, error);
}

static gboolean
write_hole (AssaySquashfsContent *content, AssaySink *sink, gsize length, GError **error)
{
  memset (content->decoded, 0, length);
  sink->stored += length;
  return assay_sink_write (sink, content->decoded, length, error);
}

/* The blocks of a file; the last one is as long as what is left, if no fragment has it. */
static gboolean
decode_blocks (AssaySquashfsContent *content, const sqfs_inode_generic_t *inode, guint64 file_size, AssaySink *sink,
               GError **error)
{
  sqfs_u64 position = 0;
  sqfs_inode_get_file_block_start (inode, &position);
  if (!charge_holes (content, inode, file_size, error))
    return FALSE;
  for (gsize i = 0; i < sqfs_inode_get_file_block_count (inode); i++)
    {
      gsize wanted = (gsize)MIN (file_size - sink->written, content->squashfs->super.block_size);
      guint32 size = inode->extra[i];
      gsize length = 0;
      if (assay_cancelled (error))
        return FALSE;
      if (wanted == 0)
        return assay_squashfs_fail ("a file of more blocks than it is long", error);
      if (size == 0)
        {
          if (!write_hole (content, sink, wanted, error))
            return FALSE;
          continue;
        }
      if (!read_block (content, position, size, content->decoded, wanted, &length, error))
        return FALSE;
      if (length != wanted)
        return assay_squashfs_fail ("a data block that is shorter than its place", error);
      position += size & BLOCK_LENGTH;
      sink->stored += size & BLOCK_LENGTH;
      if (!assay_sink_write (sink, content->decoded, length, error))
        return FALSE;
    }
  return TRUE;
}

static AssayBlob *
decode_fragment (AssaySquashfsContent *content, guint32 fragment, GError **error)
{
  AssaySquashfs *squashfs = content->squashfs;
  g_auto (AssaySink) sink = { NULL };
  sqfs_fragment_t entry;
  gsize length = 0;
  assay_sink_init (&sink, squashfs->container->context);
  if (sqfs_frag_table_lookup (squashfs->fragment_blocks, fragment, &entry) != 0)
    assay_squashfs_fail ("a fragment that is not there", error);
  else if (entry.start_offset < sizeof squashfs->super
           || !assay_range_fits (entry.start_offset, entry.size & BLOCK_LENGTH, squashfs->super.inode_table_start))
    assay_squashfs_fail ("a fragment block outside the data area", error);
  else if (!assay_cancelled (error)
           && read_block (content, entry.start_offset, entry.size, content->decoded, squashfs->super.block_size,
                          &length, error)
           && assay_sink_write (&sink, content->decoded, length, error))
    return assay_sink_finish (&sink, error);
  return NULL;
}

/* Returns: (transfer none): what a fragment block decodes to. */
static AssayBlob *
load_fragment (AssaySquashfsContent *content, guint32 fragment, GError **error)
{
  if (fragment >= sqfs_frag_table_get_size (content->squashfs->fragment_blocks))
    {
      assay_squashfs_fail ("a fragment that is not there", error);
      return NULL;
    }
  if (fragment >= content->fragments->len)
    g_ptr_array_set_size (content->fragments, (gint)fragment + 1);
  gpointer *place = &g_ptr_array_index (content->fragments, fragment);
  if (*place == NULL)
    *place = decode_fragment (content, fragment, error);
  return *place;
}

/* The file's end as a blob, NULL in @out_tail where it has none of its own. */
static gboolean
find_tail (AssaySquashfsContent *content, const sqfs_inode_generic_t *inode, guint64 file_size, AssayBlob **out_tail,
           GError **error)
{
  sqfs_u32 fragment = NO_FRAGMENT;
  sqfs_u32 offset = 0;
  guint64 in_blocks = 0;
  sqfs_inode_get_frag_location (inode, &fragment, &offset);
  if (fragment == NO_FRAGMENT
      || !assay_u64_multiply (sqfs_inode_get_file_block_count (inode), content->squashfs->super.block_size, &in_blocks)
      || file_size <= in_blocks)
    return TRUE;
  AssayBlob *block = load_fragment (content, fragment, error);
  if (block == NULL)
    return FALSE;
  Tail tail = { fragment, offset, file_size - in_blocks };
  if (!assay_range_fits (offset, tail.length, assay_blob_get_size (block)))
    return assay_squashfs_fail ("a file whose end leaves its fragment block", error);
  g_array_append_val (content->tails, tail);
  *out_tail = assay_blob_new_slice (block, offset, tail.length, error);
  return *out_tail != NULL;
}

static gboolean
write_tail (AssaySquashfsContent *content, AssayBlob *tail, AssaySink *sink, GError **error)
{
  gsize length = (gsize)assay_blob_get_size (tail);
  sink->stored += length;
  return assay_blob_read (tail, 0, content->decoded, length, error)
         && assay_sink_write (sink, content->decoded, length, error);
}

/* A file without blocks is its end alone, and as such a part of the fragment block. */
static AssayBlob *
decode_file (AssaySquashfsContent *content, const sqfs_inode_generic_t *inode, guint64 size, GError **error)
{
  AssayUnpackContext *context = content->squashfs->container->context;
  g_auto (AssaySink) sink = { NULL };
  g_autoptr (AssayBlob) tail = NULL;
  if (!find_tail (content, inode, size, &tail, error))
    return NULL;
  if (tail != NULL && assay_blob_get_size (tail) == size)
    return assay_context_charge_bytes (context, size, error) ? g_steal_pointer (&tail) : NULL;
  assay_sink_init (&sink, context);
  if (!decode_blocks (content, inode, size, &sink, error)
      || (tail != NULL && !write_tail (content, tail, &sink, error)))
    return NULL;
  if (sink.written == size)
    return assay_sink_finish (&sink, error);
  assay_squashfs_fail ("a file that is not as long as its inode says", error);
  return NULL;
}

/* All that says where a file's content lies: what is equal here decodes to the same bytes. */
static GBytes *
describe_place (const sqfs_inode_generic_t *inode, guint64 size)
{
  sqfs_u64 start = 0;
  sqfs_u32 fragment = NO_FRAGMENT;
  sqfs_u32 offset = 0;
  sqfs_inode_get_file_block_start (inode, &start);
  sqfs_inode_get_frag_location (inode, &fragment, &offset);
  const guint64 head[] = { size, start, fragment, offset };
  GByteArray *place = g_byte_array_new ();
  g_byte_array_append (place, (const guint8 *)head, sizeof head);
  g_byte_array_append (place, (const guint8 *)inode->extra,
                       (guint)(sqfs_inode_get_file_block_count (inode) * sizeof inode->extra[0]));
  return g_byte_array_free_to_bytes (place);
}

gboolean
assay_squashfs_content_read (AssaySquashfsContent *content, AssayNode *node, const sqfs_inode_generic_t *inode,
                             GError **error)
{
  sqfs_u64 size = 0;
  sqfs_inode_get_file_size (inode, &size);
  g_autoptr (GBytes) place = describe_place (inode, size);
  AssayBlob *known = g_hash_table_lookup (content->contents, place);
  if (known != NULL)
    {
      if (!assay_context_charge_bytes (content->squashfs->container->context, size, error))
        return FALSE;
      assay_container_set_decoded (node, known);
      return TRUE;
    }
  if (!claim_blocks (content, node, inode, error))
    return FALSE;
  g_autoptr (AssayBlob) blob = decode_file (content, inode, size, error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (node, blob);
  g_hash_table_insert (content->contents, g_steal_pointer (&place), g_steal_pointer (&blob));
  return TRUE;
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Tail *first = a;
  const Tail *second = b;
  if (first->fragment != second->fragment)
    return first->fragment < second->fragment ? -1 : 1;
  if (first->offset != second->offset)
    return first->offset < second->offset ? -1 : 1;
  return first->length < second->length ? 1 : first->length > second->length ? -1 : 0;
}

/* Files' ends must fill a fragment block from its beginning to its end: what no file shows is nobody's content. */
static gboolean
claim_fragment (AssaySquashfsContent *content, guint32 fragment, guint *next, GError **error)
{
  AssaySquashfs *squashfs = content->squashfs;
  sqfs_fragment_t entry;
  guint64 covered = 0;
  const AssayBlob *block = load_fragment (content, fragment, error);
  if (block == NULL)
    return FALSE;
  for (; *next < content->tails->len; ++*next)
    {
      const Tail *tail = &g_array_index (content->tails, Tail, *next);
      if (tail->fragment != fragment || tail->offset > covered)
        break;
      covered = MAX (covered, tail->offset + tail->length);
    }
  while (*next < content->tails->len && g_array_index (content->tails, Tail, *next).fragment == fragment)
    ++*next;
  guint8 whole = covered == assay_blob_get_size (block);
  g_array_append_val (squashfs->whole_fragments, whole);
  sqfs_frag_table_lookup (squashfs->fragment_blocks, fragment, &entry);
  assay_container_add_span (
      squashfs->container,
      (AssaySpan){ entry.start_offset, entry.size & BLOCK_LENGTH, whole ? ASSAY_SPAN_ENCODED : ASSAY_SPAN_SLACK,
                   ASSAY_SPAN_NO_CHILD, FALSE,
                   whole ? "squashfs fragment block" : "squashfs fragment block with unused bytes", NULL });
  return TRUE;
}

gboolean
assay_squashfs_content_finish (AssaySquashfsContent *content, GError **error)
{
  guint next = 0;
  g_array_sort (content->tails, by_place);
  for (gsize i = 0; i < sqfs_frag_table_get_size (content->squashfs->fragment_blocks); i++)
    if (!claim_fragment (content, (guint32)i, &next, error))
      return FALSE;
  return TRUE;
}
