#include "unpack/bytes.h"
#include "unpack/ext/ext.h"

/* The hashed index of a directory: its first block, and perhaps others, say in which block a name stands. */

/** Where the first block says how names are hashed, how long that part is, and how many levels there are. */
enum
{
  ROOT_RESERVED = 0x18,
  ROOT_HASH = 0x1c,
  ROOT_LENGTH = 0x1d,
  ROOT_LEVELS = 0x1e,
  ROOT_FLAGS = 0x1f,
  ROOT_ENTRIES = 0x20,
  NODE_ENTRIES = 0x08,
};

#define ROOT_INFO_BYTES 8u
#define ENTRY_BYTES 8u
#define SUM_BYTES 8u

#define BLOCK_MASK 0x0fffffffu

/** Of a hash: names of the same one stand in the block before, too. */
#define CONTINUED 1u

/** A block of names. @start: the least hash in it. */
typedef struct
{
  guint32 start;
  guint64 block;
} Leaf;

struct _AssayExtIndex
{
  gint version;
  gboolean is_signed;   /* bytes of names are numbers with a sign; */
  gboolean is_unsigned; /* or without one; or some readers take them so and others so */
  GArray *leaves;       /* Leaf, by @start */
  GHashTable *places;   /* block to place in @leaves, from 1; 0 for a block of the index itself */
};

/** An index that is being read. */
typedef struct
{
  AssayExt *ext;
  AssayExtIndex *index;
  const guint8 *bytes;
  guint64 blocks;
} Reading;

void
assay_ext_index_free (AssayExtIndex *index)
{
  g_clear_pointer (&index->leaves, g_array_unref);
  g_clear_pointer (&index->places, g_hash_table_unref);
  g_free (index);
}

static gboolean
take_leaf (Reading *reading, guint32 start, guint64 block, GError **error)
{
  GArray *leaves = reading->index->leaves;
  Leaf leaf = { start, block };
  if (leaves->len > 0 && start <= g_array_index (leaves, Leaf, leaves->len - 1).start)
    return assay_ext_fail ("an index of a directory in disorder", error);
  g_array_append_val (leaves, leaf);
  return TRUE;
}

static gboolean read_node (Reading *reading, guint64 at, guint levels, guint32 start, GError **error);

static gboolean
take_entry (Reading *reading, guint32 start, guint64 block, guint levels, GError **error)
{
  GHashTable *places = reading->index->places;
  guint place = levels == 0 ? reading->index->leaves->len + 1 : 0;
  if (block == 0 || block >= reading->blocks
      || !g_hash_table_insert (places, GUINT_TO_POINTER ((guint)block), GUINT_TO_POINTER (place)))
    return assay_ext_fail ("an index that leads to a block twice, or to none of the directory's", error);
  if (levels == 0)
    return take_leaf (reading, start, block, error);
  guint64 at = block * reading->ext->block_bytes;
  const guint8 *node = reading->bytes + at;
  if (assay_get_le32 (node) != 0 || node[6] != 0)
    return assay_ext_fail ("a block of an index with names in it", error);
  return read_node (reading, at + NODE_ENTRIES, levels - 1, start, error);
}

/* The entries at @at, the first of which has no hash of its own. */
static gboolean
read_node (Reading *reading, guint64 at, guint levels, guint32 start, GError **error)
{
  guint64 block_bytes = reading->ext->block_bytes;
  guint64 room = block_bytes - at % block_bytes - (reading->ext->checksums ? SUM_BYTES : 0);
  const guint8 *entries = reading->bytes + at;
  guint count = assay_get_le16 (entries + 2);
  if (assay_get_le16 (entries) != room / ENTRY_BYTES || count == 0 || count > room / ENTRY_BYTES)
    return assay_ext_fail ("an index of a directory with impossible counts", error);
  for (guint i = 0; i < count; i++)
    {
      const guint8 *entry = entries + (gsize)i * ENTRY_BYTES;
      guint32 hash = i == 0 ? start : assay_get_le32 (entry);
      if (!take_entry (reading, hash, assay_get_le32 (entry + 4) & BLOCK_MASK, levels, error))
        return FALSE;
    }
  return TRUE;
}

AssayExtIndex *
assay_ext_index_read (AssayExt *ext, const guint8 *bytes, guint64 length, GError **error)
{
  g_autoptr (AssayExtIndex) index = g_new0 (AssayExtIndex, 1);
  const struct ext2_super_block *super = ext->fs->super;
  guint most_levels = ext2fs_has_feature_largedir (ext->fs->super) ? 2 : 1;
  Reading reading = { ext, index, bytes, length / ext->block_bytes };
  index->leaves = g_array_new (FALSE, FALSE, sizeof (Leaf));
  index->places = g_hash_table_new (NULL, NULL);
  index->version = bytes[ROOT_HASH];
  if (assay_get_le32 (bytes + ROOT_RESERVED) != 0 || bytes[ROOT_LENGTH] != ROOT_INFO_BYTES
      || bytes[ROOT_LEVELS] > most_levels || bytes[ROOT_FLAGS] != 0 || bytes[ROOT_HASH] > EXT2_HASH_TEA)
    {
      assay_ext_fail ("an index of a directory that is none", error);
      return NULL;
    }
  /* without a flag it is as the machine that reads it has it */
  index->is_signed = (super->s_flags & EXT2_FLAGS_UNSIGNED_HASH) == 0;
  index->is_unsigned = !index->is_signed || (super->s_flags & EXT2_FLAGS_SIGNED_HASH) == 0;
  if (!read_node (&reading, ROOT_ENTRIES, bytes[ROOT_LEVELS], 0, error))
    return NULL;
  if (g_hash_table_size (index->places) + 1 == reading.blocks)
    return g_steal_pointer (&index);
  assay_ext_fail ("a block of a directory to which its index does not lead", error);
  return NULL;
}

static gboolean
leads_by (const AssayExt *ext, const AssayExtIndex *index, gint version, const AssayExtEntry *entry, guint place)
{
  ext2_dirhash_t hash = 0;
  ext2_dirhash_t minor = 0;
  if (ext2fs_dirhash2 (version, entry->name, (int)entry->length, NULL, 0, ext->fs->super->s_hash_seed, &hash, &minor)
          != 0
      || hash < (g_array_index (index->leaves, Leaf, place - 1).start & ~CONTINUED))
    return FALSE;
  if (place == index->leaves->len)
    return TRUE;
  guint32 next = g_array_index (index->leaves, Leaf, place).start;
  return hash < (next & ~CONTINUED) || (hash == (next & ~CONTINUED) && (next & CONTINUED) != 0);
}

gboolean
assay_ext_index_leads (const AssayExt *ext, const AssayExtIndex *index, const AssayExtEntry *entry, guint64 block)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (index->places, GUINT_TO_POINTER ((guint)block)));
  return place != 0 && (!index->is_signed || leads_by (ext, index, index->version, entry, place))
         && (!index->is_unsigned || leads_by (ext, index, index->version + EXT2_HASH_LEGACY_UNSIGNED, entry, place));
}
