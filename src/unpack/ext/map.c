#include "unpack/bytes.h"
#include "unpack/ext/ext.h"
#include "util/cancel.h"

/* Which blocks an inode has: the three levels of pointers of ext2, or the tree of extents of ext4. */

/** Bytes of a header of extents, and of each entry behind it; a checksum follows the last one that there is room for.
 */
#define HEADER_BYTES 12u
#define ENTRY_BYTES 12u
#define SUM_BYTES 4u

#define EXTENT_MAGIC 0xf30au

/** Levels that no tree of extents is deeper than. */
#define MOST_LEVELS 5u

/** Lengths above this one stand for blocks that are not written yet. */
#define MOST_LENGTH 32768u

/** Blocks that a file may have: their numbers are of 32 bits. */
#define MOST_BLOCKS G_MAXUINT32

#define DIRECT_POINTERS 12u
#define POINTER_LEVELS 3u

/** A map that is being read. @next: the first block of the file that the next run may be. */
typedef struct
{
  AssayExt *ext;
  const AssayExtInode *inode;
  guint32 child;
  GArray *runs;
  guint64 next;
} Map;

static void
append_run (Map *map, AssayExtRun run)
{
  AssayExtRun *last = map->runs->len > 0 ? &g_array_index (map->runs, AssayExtRun, map->runs->len - 1) : NULL;
  if (last != NULL && last->logical + last->count == run.logical && last->physical + last->count == run.physical
      && last->unwritten == run.unwritten)
    last->count += run.count;
  else
    g_array_append_val (map->runs, run);
}

/* A block of the map itself. */
static guint8 *
read_map_block (Map *map, guint64 block, GError **error)
{
  AssayExt *ext = map->ext;
  if (assay_cancelled (error) || !assay_ext_claim (ext, block, 1, error))
    return NULL;
  return assay_blob_read_bytes (ext->container->node->blob, block * ext->block_bytes, (gsize)ext->block_bytes, error);
}

/* --- extents --- */

static gboolean
take_extent (Map *map, const guint8 *entry, GError **error)
{
  guint64 logical = assay_get_le32 (entry);
  guint64 length = assay_get_le16 (entry + 4);
  gboolean unwritten = length > MOST_LENGTH;
  AssayExtRun run = { .logical = logical,
                      .physical = assay_get_le32 (entry + 8) | (guint64)assay_get_le16 (entry + 6) << 32,
                      .count = unwritten ? length - MOST_LENGTH : length,
                      .unwritten = unwritten };
  if (run.count == 0 || logical < map->next || logical + run.count > MOST_BLOCKS)
    return assay_ext_fail ("extents in disorder", error);
  map->next = logical + run.count;
  append_run (map, run);
  return TRUE;
}

static gboolean
check_header (const guint8 *node, guint64 room, guint levels, GError **error)
{
  guint64 entries = assay_get_le16 (node + 2);
  guint64 most = assay_get_le16 (node + 4);
  return (assay_get_le16 (node) == EXTENT_MAGIC && assay_get_le16 (node + 6) == levels && levels <= MOST_LEVELS
          && most > 0 && most <= (room - HEADER_BYTES) / ENTRY_BYTES && entries <= most && (entries > 0 || levels == 0))
         || assay_ext_fail ("a header of extents that is none", error);
}

/* The checksum follows from the block. */
static void
cover_extents (Map *map, guint64 block, guint8 *node)
{
  AssayExt *ext = map->ext;
  guint64 at = HEADER_BYTES + (guint64)assay_get_le16 (node + 4) * ENTRY_BYTES;
  gboolean summed = ext->checksums && at + SUM_BYTES <= ext->block_bytes;
  gboolean right
      = summed
        && ext2fs_extent_block_csum_verify (ext->fs, map->inode->number, (struct ext3_extent_header *)(void *)node);
  if (summed)
    assay_ext_note_sum (ext, right, "extents at block", block);
  const AssayExtPart part = { at, summed ? SUM_BYTES : 0, right, NULL, "ext checksum of extents" };
  AssaySpan span = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, map->child, "ext extent block");
  span.offset = block * ext->block_bytes;
  span.length = ext->block_bytes;
  assay_ext_cover (ext, span, &part, 1);
}

static gboolean read_extents (Map *map, const guint8 *node, guint levels, GError **error);

/* Whoever looks for a block goes by where each entry says that its extents begin. */
static gboolean
descend (Map *map, const guint8 *entry, guint levels, GError **error)
{
  guint64 logical = assay_get_le32 (entry);
  guint64 block = assay_get_le32 (entry + 4) | (guint64)assay_get_le16 (entry + 8) << 32;
  if (logical < map->next)
    return assay_ext_fail ("extents in disorder", error);
  map->next = logical;
  g_autofree guint8 *node = read_map_block (map, block, error);
  if (node == NULL || !check_header (node, map->ext->block_bytes, levels, error))
    return FALSE;
  cover_extents (map, block, node);
  if (assay_get_le32 (node + HEADER_BYTES) != logical)
    return assay_ext_fail ("extents that begin elsewhere than it is said", error);
  return read_extents (map, node, levels, error);
}

static gboolean
read_extents (Map *map, const guint8 *node, guint levels, GError **error)
{
  guint entries = assay_get_le16 (node + 2);
  for (guint i = 0; i < entries; i++)
    {
      const guint8 *entry = node + HEADER_BYTES + (gsize)i * ENTRY_BYTES;
      if (!(levels == 0 ? take_extent (map, entry, error) : descend (map, entry, levels - 1, error)))
        return FALSE;
    }
  return TRUE;
}

/* --- pointers --- */

static gboolean
follow (Map *map, guint64 block, guint levels, GError **error)
{
  AssayExt *ext = map->ext;
  guint64 pointers = ext->block_bytes / 4;
  guint64 span = 1;
  for (guint i = 0; i < levels; i++)
    span *= pointers;
  if (block == 0)
    {
      map->next += span;
      return TRUE;
    }
  if (levels == 0)
    {
      append_run (map, (AssayExtRun){ .logical = map->next++, .physical = block, .count = 1 });
      return TRUE;
    }
  g_autofree guint8 *bytes = read_map_block (map, block, error);
  if (bytes == NULL)
    return FALSE;
  AssaySpan covered = ASSAY_EXT_SPAN (ASSAY_SPAN_HEADER, map->child, "ext block of pointers");
  covered.offset = block * ext->block_bytes;
  covered.length = ext->block_bytes;
  assay_container_add_span (ext->container, covered);
  for (guint64 i = 0; i < pointers; i++)
    if (!follow (map, assay_get_le32 (bytes + 4 * i), levels - 1, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_pointers (Map *map, GError **error)
{
  const guint8 *pointers = map->inode->bytes + ASSAY_EXT_MAP_AT;
  for (guint i = 0; i < DIRECT_POINTERS + POINTER_LEVELS; i++)
    if (!follow (map, assay_get_le32 (pointers + (gsize)4 * i), i < DIRECT_POINTERS ? 0 : i - DIRECT_POINTERS + 1,
                 error))
      return FALSE;
  return TRUE;
}

gboolean
assay_ext_map_read (AssayExt *ext, const AssayExtInode *inode, guint32 child, GArray **out_runs, GError **error)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (AssayExtRun));
  Map map = { ext, inode, child, runs, 0 };
  const guint8 *root = inode->bytes + ASSAY_EXT_MAP_AT;
  gboolean ok = FALSE;
  if (assay_ext_inode_uses_extents (inode))
    {
      guint levels = assay_get_le16 (root + 6);
      ok = check_header (root, ASSAY_EXT_MAP_BYTES, levels, error) && read_extents (&map, root, levels, error);
    }
  else
    ok = read_pointers (&map, error);
  if (ok)
    *out_runs = g_steal_pointer (&runs);
  return ok;
}
