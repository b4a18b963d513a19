#include "unpack/bytes.h"
#include "unpack/fact.h"
#include "unpack/formats.h"
#include "unpack/kernel/kernel.h"
#include "util/checked.h"

/* Linux as an EFI program that decompresses itself, for any processor (drivers/firmware/efi/libstub/zboot-header.S). */

#define HEADER_BYTES 0x40u
#define SIZE_BYTES 4u

enum
{
  AT_TYPE = 4,
  AT_PAYLOAD_OFFSET = 8,
  AT_PAYLOAD_SIZE = 12,
  AT_COMPRESSION = 24,
  AT_LINUX = 56,
  AT_PE_HEADER = 60,
};

static const AssayKernelField fields[] = {
  { 0, 4, "zboot header: MZ" },
  { 4, 4, "zboot header: image type" },
  { 8, 4, "zboot header: payload offset" },
  { 12, 4, "zboot header: payload size" },
  { 16, 8, "zboot header: reserved" },
  { AT_COMPRESSION, AT_LINUX - AT_COMPRESSION, "zboot header: compression" },
  { AT_LINUX, 4, "zboot header: Linux" },
  { AT_PE_HEADER, 4, "zboot header: place of the PE header" },
};

gboolean
assay_zboot_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= HEADER_BYTES && memcmp (head, "MZ", 2) == 0 && memcmp (head + AT_TYPE, "zimg", 4) == 0;
}

gboolean
assay_zboot_open (AssayContainer *container, GError **error)
{
  const AssayNode *node = container->node;
  guint8 head[HEADER_BYTES];
  gboolean own_size = FALSE;
  if (!assay_blob_read (node->blob, 0, head, sizeof head, error))
    return FALSE;
  guint64 offset = assay_get_le32 (head + AT_PAYLOAD_OFFSET);
  guint64 length = assay_get_le32 (head + AT_PAYLOAD_SIZE);
  if (offset < HEADER_BYTES || !assay_range_fits (offset, length, node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: the compressed kernel leaves the image");
  if (!assay_kernel_has_own_size (container, offset, &own_size, error))
    return FALSE;
  guint64 end = offset + length + (own_size ? 0 : MIN (SIZE_BYTES, node->size - offset - length));
  assay_kernel_add_header (container, fields, G_N_ELEMENTS (fields), HEADER_BYTES, "zboot header");
  assay_kernel_add_span (container, HEADER_BYTES, offset, "decompressor");
  assay_kernel_add_span (container, offset + length, end, "size of the kernel");
  /* Who does not run the program decodes by the one (QEMU, kexec), and who does finds it by the other. */
  assay_facts_add_raw (node->own_facts, "compression-type", (const char *)head + AT_COMPRESSION,
                       AT_LINUX - AT_COMPRESSION);
  assay_facts_add (node->own_facts, "pe-header", "0x%x", assay_get_le32 (head + AT_PE_HEADER));
  return assay_kernel_add_payload (container, offset, length, error) && assay_kernel_add_tail (container, end, error);
}
