#include "unpack/formats.h"

#include <string.h>

static gboolean
probe_elf (const guint8 *head, gsize length, guint64 size)
{
  return length >= 16 && memcmp (head, "\177ELF", 4) == 0;
}

/* Strict magics first; those that prove little behind them. */
static const AssayFormat formats[] = {
  { "elf", NULL, FALSE, probe_elf, NULL },
  { "ar", NULL, FALSE, assay_ar_probe, assay_ar_open },
  { "squashfs", NULL, FALSE, assay_squashfs_probe, assay_squashfs_open },
  { "fdt", NULL, FALSE, assay_fdt_probe, assay_fdt_open },
  { "uboot", NULL, FALSE, assay_uboot_probe, assay_uboot_open },
  { "zip", NULL, FALSE, assay_zip_probe, assay_zip_open },
  { "cpio", NULL, FALSE, assay_cpio_probe, assay_cpio_open },
  { "gzip", "gzip", FALSE, assay_gzip_probe, assay_gzip_open },
  { "bzip2", "bzip2", FALSE, assay_bzip2_probe, assay_bzip2_open },
  { "xz", "xz", FALSE, assay_xz_probe, assay_xz_open },
  { "zstd", "zstd", FALSE, assay_zstd_probe, assay_zstd_open },
  { "lz4", "lz4", FALSE, assay_lz4_probe, assay_lz4_open },
  { "uf2", NULL, FALSE, assay_uf2_probe, assay_uf2_open },
  { "ihex", NULL, FALSE, assay_intel_hex_probe, assay_intel_hex_open },
  { "srec", NULL, FALSE, assay_srecord_probe, assay_srecord_open },
  { "tar", NULL, FALSE, assay_tar_probe, assay_tar_open },
  { "tar", NULL, TRUE, assay_tar_probe_v7, assay_tar_open },
  { "lzma", "lzma", TRUE, assay_lzma_probe, assay_lzma_open },
};

/* By their end. */
static const AssayFormat end_formats[] = {
  { "signed-module", NULL, FALSE, assay_module_probe, assay_module_open },
};

const AssayFormat *
assay_format_probe_end (const guint8 *tail, gsize length, guint64 size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (end_formats); i++)
    if (end_formats[i].probe (tail, length, size))
      return &end_formats[i];
  return NULL;
}

const AssayFormat *
assay_format_probe (const guint8 *head, gsize length, guint64 size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].probe (head, length, size))
      return &formats[i];
  return NULL;
}

const char *
assay_format_loaded_from (const char *type, const char *compression)
{
  static const char *const data[] = { "ramdisk", "flat_dt", "filesystem", NULL };
  if (type != NULL && g_strv_contains (data, type))
    return NULL;
  for (gsize i = 0; compression != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_strcmp0 (formats[i].stream, compression) == 0)
      return formats[i].stream;
  return "none";
}
