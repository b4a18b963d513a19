#include "unpack/ext/ext.h"

/* libext2fs reads through this. It knows what it opens by a name alone, so that the name is where the blob is. */

static errcode_t
io_open (const char *name, int flags, io_channel *out_channel)
{
  guint64 place = 0;
  if ((flags & IO_FLAG_RW) != 0 || !g_ascii_string_to_unsigned (name, 16, 1, G_MAXUINT64, &place, NULL))
    return EXT2_ET_INVALID_ARGUMENT;
  io_channel channel = g_new0 (struct struct_io_channel, 1);
  channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
  channel->manager = assay_ext_io_manager ();
  channel->name = g_strdup (name);
  channel->block_size = ASSAY_EXT_BOOT_BYTES;
  channel->refcount = 1;
  channel->private_data = (gpointer)(guintptr)place; // NOLINT(performance-no-int-to-ptr)
  *out_channel = channel;
  return 0;
}

static errcode_t
io_close (io_channel channel)
{
  if (--channel->refcount > 0)
    return 0;
  g_free (channel->name);
  g_free (channel);
  return 0;
}

static errcode_t
io_set_blksize (io_channel channel, int bytes)
{
  channel->block_size = bytes;
  return 0;
}

/* A negative count is one of bytes. */
static errcode_t
io_read_blk64 (io_channel channel, unsigned long long block, int count, void *out)
{
  guint64 block_bytes = (guint64)channel->block_size;
  guint64 length = count < 0 ? (guint64)(-(gint64)count) : (guint64)count * block_bytes;
  if (block > G_MAXINT64 / block_bytes)
    return EXT2_ET_SHORT_READ;
  return assay_blob_read (channel->private_data, block * block_bytes, out, (gsize)length, NULL) ? 0
                                                                                                : EXT2_ET_SHORT_READ;
}

static errcode_t
io_read_blk (io_channel channel, unsigned long block, int count, void *out)
{
  return io_read_blk64 (channel, block, count, out);
}

static errcode_t
io_write_blk64 (io_channel channel, unsigned long long block, int count, const void *bytes)
{
  return EXT2_ET_RO_FILSYS;
}

static errcode_t
io_write_blk (io_channel channel, unsigned long block, int count, const void *bytes)
{
  return EXT2_ET_RO_FILSYS;
}

static errcode_t
io_flush (io_channel channel)
{
  return 0;
}

io_manager
assay_ext_io_manager (void)
{
  static struct struct_io_manager manager = { .magic = EXT2_ET_MAGIC_IO_MANAGER,
                                              .name = "blob",
                                              .open = io_open,
                                              .close = io_close,
                                              .set_blksize = io_set_blksize,
                                              .read_blk = io_read_blk,
                                              .write_blk = io_write_blk,
                                              .flush = io_flush,
                                              .read_blk64 = io_read_blk64,
                                              .write_blk64 = io_write_blk64 };
  return &manager;
}

char *
assay_ext_io_name (AssayBlob *blob)
{
  return g_strdup_printf ("%" G_GINT64_MODIFIER "x", (guint64)(guintptr)blob);
}
