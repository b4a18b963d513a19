#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/kernel/initramfs.h"
#include "unpack/kernel/kernel.h"

/*
 * Linux as it is loaded, not compressed: for ARM64 (Documentation/arch/arm64/booting.rst) and RISC-V
 * (Documentation/arch/riscv/boot-image-header.rst). Behind a header of 64 bytes all is code and data, among which an
 * initramfs may lie.
 */

#define HEADER_BYTES 64u

static const AssayKernelField arm64_fields[] = {
  { 0, 8, "image header: code" },
  { 8, 8, "image header: text_offset" },
  { 16, 8, "image header: image_size" },
  { 24, 8, "image header: flags" },
  { 32, 24, "image header: reserved" },
  { 56, 4, "image header: magic" },
  { 60, 4, "image header: place of the PE header" },
};

static const AssayKernelField riscv_fields[] = {
  { 0, 8, "image header: code" },
  { 8, 8, "image header: text_offset" },
  { 16, 8, "image header: image_size" },
  { 24, 8, "image header: flags" },
  { 32, 4, "image header: version" },
  { 36, 12, "image header: reserved" },
  { 48, 8, "image header: first magic" },
  { 56, 4, "image header: magic" },
  { 60, 4, "image header: place of the PE header" },
};

/** The lowest bit of the flags, in both. */
#define AT_FLAGS 24u
#define FLAG_BIG_ENDIAN 1u

static const struct
{
  const char *format;
  const char *magic; /* at 56, four bytes */
  const AssayKernelField *fields;
  gsize count;
} kinds[] = {
  { "arm64-image", "ARM\x64", arm64_fields, G_N_ELEMENTS (arm64_fields) },
  { "riscv-image", "RSC\x05", riscv_fields, G_N_ELEMENTS (riscv_fields) },
};

static gsize
find_kind (const guint8 *head)
{
  gsize kind = 0;
  while (kind < G_N_ELEMENTS (kinds) && memcmp (head + 56, kinds[kind].magic, 4) != 0)
    kind++;
  return kind;
}

gboolean
assay_flat_kernel_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= HEADER_BYTES && find_kind (head) < G_N_ELEMENTS (kinds);
}

gboolean
assay_flat_kernel_open (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  guint8 head[HEADER_BYTES];
  AssayInitramfs initramfs;
  if (!assay_blob_read (node->blob, 0, head, sizeof head, error))
    return FALSE;
  gsize kind = find_kind (head);
  if (kind == G_N_ELEMENTS (kinds))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "kernel: its header changed");
  node->format = kinds[kind].format;
  if (!assay_initramfs_find (container, 8, (head[AT_FLAGS] & FLAG_BIG_ENDIAN) != 0, &initramfs, error))
    return FALSE;
  node->ordered = TRUE;
  assay_kernel_add_header (container, kinds[kind].fields, kinds[kind].count, HEADER_BYTES, "image header");
  if (!initramfs.found || initramfs.offset < HEADER_BYTES)
    {
      assay_kernel_add_span (container, HEADER_BYTES, node->size, "kernel");
      return TRUE;
    }
  guint64 behind = initramfs.offset + initramfs.length;
  assay_kernel_add_span (container, HEADER_BYTES, initramfs.offset, "kernel");
  assay_kernel_add_span (container, behind, node->size, "kernel behind the initramfs");
  return assay_container_add_part (container, ASSAY_INITRAMFS_NAME, initramfs.offset, initramfs.length, "initramfs",
                                   error)
         != NULL;
}
