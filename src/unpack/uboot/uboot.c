#include "unpack/uboot/uboot.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "util/checked.h"

#include <string.h>
#include <zlib.h>

/* U-Boot's legacy image: a header, and behind it the data; in a multi-file image or a script a table of sizes that ends
 * with 0, and each file at a multiple of four (mkimage(1)). */

static const guint8 magic[] = { 0x27, 0x05, 0x19, 0x56 };

gboolean
assay_uboot_probe (const guint8 *head, gsize length, guint64 size)
{
  return size >= ASSAY_UBOOT_HEADER_BYTES && length >= sizeof magic && memcmp (head, magic, sizeof magic) == 0;
}

static gboolean
sum_data (AssayContainer *container, guint32 size, guint32 *out_sum, GError **error)
{
  AssayNode *node = container->node;
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  uLong sum = crc32 (0, NULL, 0);
  for (guint64 done = 0; done < size;)
    {
      gsize take = MIN (size - done, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (node->blob, ASSAY_UBOOT_HEADER_BYTES + done, window, take, error))
        return FALSE;
      sum = crc32_z (sum, window, take);
      done += take;
    }
  *out_sum = (guint32)sum;
  return TRUE;
}

static gboolean
read_header (AssayContainer *container, AssayUbootHeader *header, GError **error)
{
  AssayNode *node = container->node;
  guint8 block[ASSAY_UBOOT_HEADER_BYTES];
  guint8 again[ASSAY_UBOOT_HEADER_BYTES];
  guint32 sum = 0;
  if (!assay_blob_read (node->blob, 0, block, sizeof block, error) || !assay_uboot_parse (block, header, error))
    return FALSE;
  if (!assay_range_fits (ASSAY_UBOOT_HEADER_BYTES, header->size, node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "uboot: the data is cut off");
  if (!sum_data (container, header->size, &sum, error))
    return FALSE;
  if (sum != header->data_sum)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "uboot: the checksum of the data is wrong");
  assay_uboot_add_facts (header, node->own_facts);
  gboolean same
      = assay_uboot_write (node->own_facts, header->size, sum, again) && memcmp (block, again, sizeof block) == 0;
  assay_container_add_span (
      container, (AssaySpan){ 0, sizeof block, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, same, "uboot header" });
  return TRUE;
}

/* Of several files the first is what is run, or all are scripts; behind a kernel come its RAM disk and device tree.
 * What is for another system than Linux, U-Boot's SPL runs, whatever the type. */
static const char *
loaded_from (const AssayNode *node, guint index)
{
  gboolean of_linux = g_strcmp0 (assay_facts_get (node->own_facts, "os"), "linux") == 0;
  const char *type = !of_linux ? NULL : assay_facts_get (node->own_facts, "image-type");
  if (index > 0 && g_strcmp0 (type, "multi") == 0)
    return NULL;
  return assay_format_loaded_from (type, assay_facts_get (node->own_facts, "compression"));
}

static gboolean
add_file (AssayContainer *container, const char *name, guint64 offset, guint64 length, GError **error)
{
  AssayNode *child = assay_container_add_part (container, name, offset, length, "uboot data", error);
  if (child != NULL)
    child->loaded_from = loaded_from (container->node, child->index);
  return child != NULL;
}

/* The sizes before the zero that ends them. */
static GArray *
read_sizes (AssayContainer *container, guint64 end, GError **error)
{
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint64 at = ASSAY_UBOOT_HEADER_BYTES; assay_range_fits (at, 4, end); at += 4)
    {
      guint8 bytes[4];
      if (!assay_blob_read (container->node->blob, at, bytes, sizeof bytes, error)
          || !assay_limits_check (container->context->limits, ASSAY_LIMIT_ENTRIES, sizes->len, "files of an image",
                                  error))
        return NULL;
      guint32 size = assay_get_be32 (bytes);
      if (size == 0)
        return g_steal_pointer (&sizes);
      g_array_append_val (sizes, size);
    }
  assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "uboot: the table of sizes does not end");
  return NULL;
}

/* Files of a multi-file image. The table follows from how long the files are. */
static gboolean
read_files (AssayContainer *container, guint64 end, GError **error)
{
  g_autoptr (GArray) sizes = read_sizes (container, end, error);
  if (sizes == NULL)
    return FALSE;
  guint64 table = ((guint64)sizes->len + 1) * 4;
  guint64 offset = ASSAY_UBOOT_HEADER_BYTES + table;
  container->node->ordered = TRUE;
  assay_container_add_span (container, (AssaySpan){ ASSAY_UBOOT_HEADER_BYTES, table, ASSAY_SPAN_HEADER,
                                                    ASSAY_SPAN_NO_CHILD, TRUE, "uboot table of sizes" });
  for (guint i = 0; i < sizes->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("#%u", i);
      guint32 size = g_array_index (sizes, guint32, i);
      if (!assay_range_fits (offset, size, end))
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "uboot: a file leaves the data");
      if (!add_file (container, name, offset, size, error))
        return FALSE;
      offset += size;
      guint64 pad = MIN ((4 - size % 4) % 4, end - offset);
      if (!assay_container_add_zeros (container, offset, pad, "uboot padding", error))
        return FALSE;
      offset += pad;
    }
  return TRUE;
}

gboolean
assay_uboot_open (AssayContainer *container, GError **error)
{
  AssayUbootHeader header;
  if (!read_header (container, &header, error))
    return FALSE;
  guint64 end = ASSAY_UBOOT_HEADER_BYTES + (guint64)header.size;
  guint8 type = header.kinds[2];
  if (type == ASSAY_UBOOT_TYPE_MULTI || type == ASSAY_UBOOT_TYPE_SCRIPT)
    return read_files (container, end, error);
  return header.size == 0 || add_file (container, "#data", ASSAY_UBOOT_HEADER_BYTES, header.size, error);
}
