#include "unpack/squashfs.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <sqfs/block.h>

/*
 * Content of files: whole blocks of their own, and ends in blocks that they share (fragments). Each block is decoded
 * here and must give just the bytes that its place in the file wants, so that none is read that no account has.
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
  GHashTable *extents; /* start -> Extent */
  GArray *tails;
  guint64 hole_bytes;
  guint8 *stored;
  guint8 *decoded;
  guint32 fragment; /* which one @tail_block holds */
  guint8 *tail_block;
  gsize tail_length;
};

void
assay_squashfs_content_free (AssaySquashfsContent *content)
{
  g_clear_pointer (&content->extents, g_hash_table_unref);
  g_clear_pointer (&content->tails, g_array_unref);
  g_free (content->stored);
  g_free (content->decoded);
  g_free (content->tail_block);
  g_free (content);
}

AssaySquashfsContent *
assay_squashfs_content_new (AssaySquashfs *squashfs, GError **error)
{
  g_autoptr (AssaySquashfsContent) content = g_new0 (AssaySquashfsContent, 1);
  gsize block = squashfs->super.block_size;
  content->squashfs = squashfs;
  content->extents = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  content->tails = g_array_new (FALSE, FALSE, sizeof (Tail));
  content->fragment = NO_FRAGMENT;
  content->stored = g_try_malloc (block);
  content->decoded = g_try_malloc (block);
  content->tail_block = g_try_malloc (block);
  if (content->stored != NULL && content->decoded != NULL && content->tail_block != NULL)
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

/* Decodes the block at @start into at most @room bytes at @out. */
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
    return assay_squashfs_decode (squashfs, content->stored, length, out, room, out_length, error);
  if (length > room)
    return assay_squashfs_fail ("a data block that is longer than its place", error);
  memcpy (out, content->stored, length);
  *out_length = length;
  return TRUE;
}

/* A hole is nowhere stored. All of them together are held against the whole image: a sparse file is no bomb by itself,
 * and a small image of nothing but holes is one. */
static gboolean
write_hole (AssaySquashfsContent *content, AssaySink *sink, gsize length, GError **error)
{
  AssaySquashfs *squashfs = content->squashfs;
  const AssayLimits *limits = squashfs->container->context->limits;
  guint64 most;
  content->hole_bytes += length;
  if (assay_u64_multiply (squashfs->container->node->size, limits->value[ASSAY_LIMIT_RATIO], &most)
      && content->hole_bytes > most)
    return assay_limits_exceeded (limits, ASSAY_LIMIT_RATIO, "a squashfs with larger holes", error);
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

/* The fragment block is kept until another one is asked for: files lie in them in the order of the tree. */
static gboolean
load_fragment (AssaySquashfsContent *content, guint32 fragment, GError **error)
{
  AssaySquashfs *squashfs = content->squashfs;
  sqfs_fragment_t entry;
  if (content->fragment == fragment)
    return TRUE;
  content->fragment = NO_FRAGMENT;
  if (sqfs_frag_table_lookup (squashfs->fragment_blocks, fragment, &entry) != 0)
    return assay_squashfs_fail ("a fragment that is not there", error);
  if (entry.start_offset < sizeof squashfs->super
      || !assay_range_fits (entry.start_offset, entry.size & BLOCK_LENGTH, squashfs->super.inode_table_start))
    return assay_squashfs_fail ("a fragment block outside the data area", error);
  if (!read_block (content, entry.start_offset, entry.size, content->tail_block, squashfs->super.block_size,
                   &content->tail_length, error))
    return FALSE;
  content->fragment = fragment;
  return TRUE;
}

static gboolean
decode_tail (AssaySquashfsContent *content, const sqfs_inode_generic_t *inode, guint64 file_size, AssaySink *sink,
             GError **error)
{
  sqfs_u32 fragment = NO_FRAGMENT;
  sqfs_u32 offset = 0;
  guint64 length = file_size - sink->written;
  sqfs_inode_get_frag_location (inode, &fragment, &offset);
  if (fragment == NO_FRAGMENT || length == 0)
    return TRUE;
  if (!load_fragment (content, fragment, error))
    return FALSE;
  if (!assay_range_fits (offset, length, content->tail_length))
    return assay_squashfs_fail ("a file whose end leaves its fragment block", error);
  Tail tail = { fragment, offset, length };
  sink->stored += length;
  g_array_append_val (content->tails, tail);
  return assay_sink_write (sink, content->tail_block + offset, (gsize)length, error);
}

gboolean
assay_squashfs_content_read (AssaySquashfsContent *content, AssayNode *node, const sqfs_inode_generic_t *inode,
                             GError **error)
{
  g_auto (AssaySink) sink = { NULL };
  sqfs_u64 size = 0;
  assay_sink_init (&sink, content->squashfs->container->context);
  sqfs_inode_get_file_size (inode, &size);
  if (!claim_blocks (content, node, inode, error) || !decode_blocks (content, inode, size, &sink, error)
      || !decode_tail (content, inode, size, &sink, error))
    return FALSE;
  if (sink.written != size)
    return assay_squashfs_fail ("a file that is not as long as its inode says", error);
  g_autoptr (AssayBlob) blob = assay_sink_finish (&sink, error);
  if (blob == NULL)
    return FALSE;
  assay_container_set_decoded (node, blob);
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
  if (!load_fragment (content, fragment, error))
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
  guint8 whole = covered == content->tail_length;
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
