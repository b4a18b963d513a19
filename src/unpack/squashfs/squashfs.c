#include "unpack/squashfs/squashfs.h"

#include "unpack/bytes.h"
#include "unpack/codec/deflate_codes.h"
#include "unpack/formats.h"
#include "util/checked.h"

#include <sqfs/error.h>

#define SUPER_BYTES 96u
#define SUPER_TIME_OFFSET 8u
#define SUPER_POSITIONS_OFFSET 32u

/** Flags of the super block that packers of version 4.0 set; one of them was for older versions. */
#define KNOWN_FLAGS 0x0ffbu

gboolean
assay_squashfs_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= SUPER_BYTES && (memcmp (head, "hsqs", 4) == 0 || memcmp (head, "sqsh", 4) == 0);
}

/** libsquashfs reads through this. */
typedef struct
{
  sqfs_file_t base;
  AssayBlob *blob;
} BlobFile;

static int
file_read_at (sqfs_file_t *file, sqfs_u64 offset, void *buffer, size_t size)
{
  const BlobFile *self = (const BlobFile *)file;
  return assay_blob_read (self->blob, offset, buffer, size, NULL) ? 0 : SQFS_ERROR_OUT_OF_BOUNDS;
}

static int
file_write_at (sqfs_file_t *file, sqfs_u64 offset, const void *buffer, size_t size)
{
  return SQFS_ERROR_IO;
}

static sqfs_u64
file_get_size (const sqfs_file_t *file)
{
  return assay_blob_get_size (((const BlobFile *)file)->blob);
}

static int
file_truncate (sqfs_file_t *file, sqfs_u64 size)
{
  return SQFS_ERROR_IO;
}

static void
file_destroy (sqfs_object_t *object)
{
  g_free (object);
}

static sqfs_object_t *
file_copy (const sqfs_object_t *object)
{
  return (sqfs_object_t *)g_memdup2 (object, sizeof (BlobFile));
}

sqfs_file_t *
assay_squashfs_file_new (AssayBlob *blob)
{
  BlobFile *file = g_new0 (BlobFile, 1);
  file->base.base.destroy = file_destroy;
  file->base.base.copy = file_copy;
  file->base.read_at = file_read_at;
  file->base.write_at = file_write_at;
  file->base.get_size = file_get_size;
  file->base.truncate = file_truncate;
  file->blob = blob;
  return &file->base;
}

static void
squashfs_clear (AssaySquashfs *squashfs)
{
  AssaySquashfsTable *tables[] = { &squashfs->inodes, &squashfs->directories,  &squashfs->fragments, &squashfs->exports,
                                   &squashfs->ids,    &squashfs->xattr_values, &squashfs->xattr_ids };
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    assay_squashfs_table_clear (tables[i]);
  g_clear_pointer (&squashfs->inode_places, g_hash_table_unref);
  g_clear_pointer (&squashfs->whole_fragments, g_array_unref);
  g_clear_pointer (&squashfs->inode_list, g_array_unref);
  if (squashfs->fragment_blocks != NULL)
    sqfs_destroy (squashfs->fragment_blocks);
  if (squashfs->compressor != NULL)
    sqfs_destroy (squashfs->compressor);
  if (squashfs->file != NULL)
    sqfs_destroy (squashfs->file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySquashfs, squashfs_clear)

/** Sectors of devices: Linux does not mount what lacks the rest of its last one (loop devices too have whole ones), and
 * of a device of smaller sectors nothing less than SQUASHFS_DEVBLK_SIZE, 1024. mksquashfs fills up to the first. */
static const guint sectors[] = { 4096, 2048, 1024, 512, 0 };

/* Older and vendor variants are named: their bytes are compared, but nothing is read out of them. */
static gboolean
check_variant (AssaySquashfs *squashfs, GError **error)
{
  guint8 head[SUPER_BYTES];
  AssayNode *node = squashfs->container->node;
  if (!assay_blob_read (node->blob, 0, head, sizeof head, error))
    return FALSE;
  guint major = assay_get_le16 (head + 28);
  guint minor = assay_get_le16 (head + 30);
  if (memcmp (head, "sqsh", 4) == 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                              "squashfs: big-endian (version 3 or older, or a vendor's)");
  if (major != SQFS_VERSION_MAJOR || minor != SQFS_VERSION_MINOR)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "squashfs: version %u.%u, only 4.0 can be read", major,
                              minor);
  squashfs->file = assay_squashfs_file_new (node->blob);
  if (sqfs_super_read (&squashfs->super, squashfs->file) != 0)
    return assay_squashfs_fail ("the super block holds impossible values", error);
  return squashfs->super.bytes_used <= node->size
         || assay_squashfs_fail ("the image ends before the file system does", error);
}

/* libsquashfs goes by some of the flags (and trips over what then is not there), Linux by the positions. */
static gboolean
check_flags (const AssaySquashfs *squashfs, GError **error)
{
  const sqfs_super_t *super = &squashfs->super;
  gboolean exports = super->export_table_start != ASSAY_SQUASHFS_NO_TABLE;
  if ((super->flags & ~KNOWN_FLAGS) != 0)
    return assay_squashfs_fail ("flags that are not known", error);
  if (((super->flags & SQFS_FLAG_NO_XATTRS) != 0 && super->xattr_id_table_start != ASSAY_SQUASHFS_NO_TABLE)
      || ((super->flags & SQFS_FLAG_NO_FRAGMENTS) != 0 && super->fragment_entry_count > 0)
      || ((super->flags & SQFS_FLAG_EXPORTABLE) != 0) != exports)
    return assay_squashfs_fail ("flags that say something else of the tables than their positions", error);
  return TRUE;
}

static gboolean
open_compressor (AssaySquashfs *squashfs, GError **error)
{
  sqfs_compressor_config_t config;
  if (sqfs_compressor_config_init (&config, squashfs->super.compression_id, squashfs->super.block_size,
                                   SQFS_COMP_FLAG_UNCOMPRESS)
          != 0
      || sqfs_compressor_create (&config, &squashfs->compressor) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "squashfs: compressor %u cannot be read",
                              squashfs->super.compression_id);
  return TRUE;
}

/* What Linux goes by is the size of xz's dictionary (block.c) and the version of lz4; libsquashfs holds the
 * rest against what the compressor can be told. */
static gboolean
check_options (AssaySquashfs *squashfs, guint length, GError **error)
{
  static const struct
  {
    SQFS_COMPRESSOR id;
    guint length;
  } known[] = { { SQFS_COMP_GZIP, 8 }, { SQFS_COMP_XZ, 8 }, { SQFS_COMP_LZ4, 8 }, { SQFS_COMP_ZSTD, 4 } };
  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].id == squashfs->super.compression_id && known[i].length == length)
      return squashfs->compressor->read_options (squashfs->compressor, squashfs->file) == 0
             || assay_squashfs_fail ("compressor options that none has", error);
  return assay_squashfs_fail ("compressor options of another length", error);
}

/* The one uncompressed metadata block of compressor options that may follow the super block. */
static gboolean
add_options (AssaySquashfs *squashfs, GError **error)
{
  guint8 header[2];
  guint8 options[8];
  squashfs->window_bytes = MAX (squashfs->super.block_size, ASSAY_SQUASHFS_METADATA_BYTES);
  if ((squashfs->super.flags & SQFS_FLAG_COMPRESSOR_OPTIONS) == 0)
    return TRUE;
  if (!assay_blob_read (squashfs->container->node->blob, SUPER_BYTES, header, sizeof header, error))
    return FALSE;
  guint length = assay_get_le16 (header);
  if ((length & 0x8000) == 0)
    return assay_squashfs_fail ("compressor options that are compressed", error);
  if (!check_options (squashfs, length & 0x7fffu, error))
    return FALSE;
  if (squashfs->super.compression_id == SQFS_COMP_XZ)
    {
      if (!assay_blob_read (squashfs->container->node->blob, SUPER_BYTES + sizeof header, options, sizeof options,
                            error))
        return FALSE;
      squashfs->window_bytes = assay_get_le32 (options);
      squashfs->branches = assay_get_le32 (options + 4);
    }
  assay_container_add_span (squashfs->container,
                            (AssaySpan){ SUPER_BYTES, (length & 0x7fffu) + sizeof header, ASSAY_SPAN_HEADER,
                                         ASSAY_SPAN_NO_CHILD, FALSE, "squashfs compressor options", NULL });
  return TRUE;
}

/* All positions of the super block were followed and found to lead to tables that tile the metadata, so they say
 * nothing of their own. */
static void
add_super (AssaySquashfs *squashfs)
{
  AssayContainer *container = squashfs->container;
  assay_container_add_span (container, (AssaySpan){ 0, SUPER_TIME_OFFSET, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE,
                                                    "squashfs magic and inode count", NULL });
  assay_container_add_span (container, (AssaySpan){ SUPER_TIME_OFFSET, 4, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, TRUE,
                                                    "squashfs time", "mtime" });
  assay_container_add_span (container,
                            (AssaySpan){ SUPER_TIME_OFFSET + 4, SUPER_POSITIONS_OFFSET - SUPER_TIME_OFFSET - 4,
                                         ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, "squashfs parameters", NULL });
  assay_container_add_span (container, (AssaySpan){ SUPER_POSITIONS_OFFSET, SUPER_BYTES - SUPER_POSITIONS_OFFSET,
                                                    ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, TRUE, "squashfs positions",
                                                    "positions" });
  GArray *facts = container->node->own_facts;
  assay_facts_add_number (facts, "mtime", squashfs->super.modification_time);
  assay_facts_add_number (facts, "block-size", squashfs->super.block_size);
  assay_facts_add (facts, "compressor", "%s", sqfs_compressor_name_from_id (squashfs->super.compression_id));
  assay_facts_add (facts, "flags", "0x%x", squashfs->super.flags);
  if (squashfs->uncommon != NULL)
    assay_facts_add (facts, ASSAY_DEFLATE_CODES, "%s", squashfs->uncommon);
}

gboolean
assay_squashfs_open (AssayContainer *container, GError **error)
{
  g_auto (AssaySquashfs) squashfs = { .container = container };
  if (!check_variant (&squashfs, error) || !check_flags (&squashfs, error) || !open_compressor (&squashfs, error)
      || !add_options (&squashfs, error) || !assay_squashfs_read_tree (&squashfs, error)
      || !assay_squashfs_read_tables (&squashfs, error) || !assay_squashfs_check_tables (&squashfs, error))
    return FALSE;
  add_super (&squashfs);
  assay_container_note_last_block (container, sectors);
  container->node->times_are_fields = TRUE;
  container->node->shares_extents = TRUE;
  return assay_container_add_zeros (container, squashfs.super.bytes_used,
                                    container->node->size - squashfs.super.bytes_used, "squashfs padding", error);
}
