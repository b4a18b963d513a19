#include "util/blob_private.h"

#include "util/system.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* What somebody else gives, or stands in several places, is copied into memory of our own. */
static gboolean
map_copy (AssayBlob *blob, GError **error)
{
  void *memory = mmap (NULL, (gsize)blob->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return assay_system_error (error, errno, "map", assay_blob_name (blob));
  if (!assay_blob_read (blob, 0, memory, (gsize)blob->size, error))
    {
      munmap (memory, (gsize)blob->size);
      return FALSE;
    }
  blob->mapping = memory;
  blob->mapping_length = (gsize)blob->size;
  blob->mapping_skip = 0;
  return TRUE;
}

/* Maps the range of @blob, which its owner has at @offset; the caller has taken the map lock of @blob. */
static gboolean
map_range (AssayBlob *blob, AssayBlob *owner, guint64 offset, GError **error)
{
  guint64 there = 0;
  owner = assay_blob_place (owner, &offset, &there);
  if (owner->kind == ASSAY_BLOB_READER || owner->kind == ASSAY_BLOB_BYTES || there < blob->size)
    return map_copy (blob, error);
  gsize skip = (gsize)(offset % (guint64)sysconf (_SC_PAGESIZE));
  gsize length = (gsize)blob->size + skip;
  if (!assay_blob_hold (owner, error))
    return FALSE;
  void *mapping = mmap (NULL, length, PROT_READ, MAP_PRIVATE, owner->fd, (off_t)(offset - skip));
  int number = errno;
  assay_lock_take (&owner->lock);
  owner->mapped = TRUE;
  assay_lock_give (&owner->lock);
  assay_blob_release (owner);
  if (mapping == MAP_FAILED)
    return assay_system_error (error, number, "map", assay_blob_name (owner));
  blob->mapping = mapping;
  blob->mapping_length = length;
  blob->mapping_skip = skip;
  return TRUE;
}

gboolean
assay_blob_map (AssayBlob *blob, const guint8 **out_data, GError **error)
{
  static const guint8 nothing[1];
  guint64 offset = 0;
  AssayBlob *owner = assay_blob_resolve (blob, &offset);
  if (blob->size == 0)
    {
      *out_data = nothing;
      return TRUE;
    }
  if (owner->kind == ASSAY_BLOB_BYTES)
    {
      *out_data = (const guint8 *)g_bytes_get_data (owner->bytes, NULL) + offset;
      return TRUE;
    }
  assay_lock_take (&blob->map_lock);
  gboolean mapped = blob->mapping != NULL || map_range (blob, owner, offset, error);
  if (mapped)
    *out_data = (const guint8 *)blob->mapping + blob->mapping_skip;
  assay_lock_give (&blob->map_lock);
  return mapped;
}

void
assay_blob_unmap (AssayBlob *blob)
{
  assay_lock_take (&blob->map_lock);
  if (blob->mapping != NULL)
    munmap (blob->mapping, blob->mapping_length);
  blob->mapping = NULL;
  assay_lock_give (&blob->map_lock);
}
