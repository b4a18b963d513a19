#ifndef ASSAY_UNPACK_FORMATS_H
#define ASSAY_UNPACK_FORMATS_H

#include "unpack/container.h"

/** Bytes of a node's beginning that a probe may look at: ext has its magic behind 1024 bytes of boot code. They are
 * read once for each node, in one piece: twice as many as tar's header block needs cost no more than that. */
#define ASSAY_PROBE_BYTES 2048u

/**
 * AssayFormat:
 * @name: as AssayNode's @format
 * @stream: name of the codec of a compressed stream; else NULL
 * @weak: a probe that proves little: what then cannot be opened is raw, without trouble
 * @probe: whether the bytes begin as this format; @head holds the first @length bytes of @size
 * @open: reads the container; NULL for a format without inside. It may refine the node's @format. What it leaves
 * unclaimed becomes slack
 * @ends: (nullable): whether they end as this format as well; @tail holds the last @length bytes
 * @otherwise: (nullable): of a weak one: the format that the bytes have when they cannot be opened as this one
 */
typedef struct
{
  const char *name;
  const char *stream;
  gboolean weak;
  gboolean (*probe) (const guint8 *head, gsize length, guint64 size);
  gboolean (*open) (AssayContainer *container, GError **error);
  gboolean (*ends) (const guint8 *tail, gsize length, guint64 size);
  const char *otherwise;
} AssayFormat;

/** What a probe of the deep may look at: behind so many bytes that are no part of the format, these. */
#define ASSAY_PROBE_DEEP_AT 32768u
#define ASSAY_PROBE_DEEP_BYTES 16u

/** Bytes of a node's end that a probe of the end may look at. */
#define ASSAY_PROBE_END_BYTES 64u

/**
 * assay_format_number:
 * @tail: the last bytes: formats that wrap something which has a format of its own are known by their end, and are
 * asked first
 *
 * Returns: the number of the format whose probe says yes, from 1; the first of the table wins; 0 for none
 */
guint64 assay_format_number (const guint8 *head, gsize head_length, const guint8 *tail, gsize tail_length,
                             guint64 size);

/** assay_format_probe: what bytes are: NULL in @out_format where no format claims them. Errors: of reading. */
gboolean assay_format_probe (AssayBlob *blob, const AssayFormat **out_format, GError **error);

/** assay_format_probe_first: the same of a file that nobody has read yet, and that no other thread has: of a small one
 * it notes what was seen (assay_blob_get_seen()). */
gboolean assay_format_probe_first (AssayBlob *blob, const AssayFormat **out_format, GError **error);

/**
 * assay_format_is_ambiguous:
 *
 * Whether bytes are known as a second format too, by something that proves as much: a tar with the magic of a file
 * system behind its first header, or the table of a disk in it. Who is told by a mount command, or by a partition
 * table, reads them as that. A stream whose reader is asked first, and what it may turn out to be instead, are one.
 * TRUE where they cannot be read.
 */
gboolean assay_format_is_ambiguous (AssayBlob *blob);

/** assay_format_at: the format of that number, or NULL. */
const AssayFormat *assay_format_at (guint64 number);

/** assay_format_named: the first format of that name, or NULL. */
const AssayFormat *assay_format_named (const char *name);

/** assay_format_is_apart: whether the process that reads it reads nothing else (T23): it is a stream, or its reader
 * decodes streams to find where they end. */
gboolean assay_format_is_apart (const AssayFormat *format);

/** assay_format_index: the number of a format. */
guint64 assay_format_index (const AssayFormat *format);

/**
 * assay_format_loaded_from:
 * @type: @compression: (nullable): what an image of U-Boot is, in the words of mkimage(1)
 *
 * Returns: (nullable): AssayNode's @loaded_from: NULL for what another than U-Boot reads (a RAM disk, which the kernel
 * decompresses itself, a device tree, a file system); of all other types, and of unknown ones, the codec that U-Boot
 * undoes, "none" where it is none that is read here. Static text
 */
const char *assay_format_loaded_from (const char *type, const char *compression);

/* The readers: one file each. */
gboolean assay_ar_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_ar_open (AssayContainer *container, GError **error);
gboolean assay_tar_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_tar_probe_v7 (const guint8 *head, gsize length, guint64 size);
gboolean assay_tar_probe_odd (const guint8 *head, gsize length, guint64 size);
gboolean assay_tar_open (AssayContainer *container, GError **error);
gboolean assay_cpio_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_cpio_probe_binary (const guint8 *head, gsize length, guint64 size);
gboolean assay_cpio_open (AssayContainer *container, GError **error);
gboolean assay_iso_probe (const guint8 *deep, gsize length, guint64 size);
gboolean assay_iso_open (AssayContainer *container, GError **error);
gboolean assay_rpm_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_rpm_open (AssayContainer *container, GError **error);
gboolean assay_sevenzip_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_sevenzip_open (AssayContainer *container, GError **error);
gboolean assay_zip_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_zip_open (AssayContainer *container, GError **error);
gboolean assay_gzip_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_gzip_open (AssayContainer *container, GError **error);
gboolean assay_bzip2_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_bzip2_open (AssayContainer *container, GError **error);
gboolean assay_xz_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_xz_open (AssayContainer *container, GError **error);
gboolean assay_zstd_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_zstd_open (AssayContainer *container, GError **error);
gboolean assay_lz4_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_lz4_open (AssayContainer *container, GError **error);
gboolean assay_lz4_legacy_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_lz4_legacy_open (AssayContainer *container, GError **error);
gboolean assay_lzip_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_lzip_open (AssayContainer *container, GError **error);
gboolean assay_compress_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_compress_open (AssayContainer *container, GError **error);
gboolean assay_squashfs_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_squashfs_open (AssayContainer *container, GError **error);
gboolean assay_fat_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_fat_open (AssayContainer *container, GError **error);
gboolean assay_ext_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_ext_open (AssayContainer *container, GError **error);
gboolean assay_fdt_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_fdt_open (AssayContainer *container, GError **error);
gboolean assay_uboot_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_uboot_open (AssayContainer *container, GError **error);
gboolean assay_intel_hex_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_intel_hex_open (AssayContainer *container, GError **error);
gboolean assay_srecord_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_srecord_open (AssayContainer *container, GError **error);
gboolean assay_uf2_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_uf2_open (AssayContainer *container, GError **error);
gboolean assay_bzimage_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_bzimage_open (AssayContainer *container, GError **error);
gboolean assay_zboot_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_zboot_open (AssayContainer *container, GError **error);
gboolean assay_zimage_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_zimage_open (AssayContainer *container, GError **error);
gboolean assay_flat_kernel_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_flat_kernel_open (AssayContainer *container, GError **error);
gboolean assay_vmlinux_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_vmlinux_open (AssayContainer *container, GError **error);
gboolean assay_appended_probe_elf (const guint8 *head, gsize length, guint64 size);
gboolean assay_appended_open_elf (AssayContainer *container, GError **error);
gboolean assay_appended_probe_script (const guint8 *head, gsize length, guint64 size);
gboolean assay_appended_ends_script (const guint8 *tail, gsize length, guint64 size);
gboolean assay_appended_open_script (AssayContainer *container, GError **error);
gboolean assay_appended_probe_tree (const guint8 *head, gsize length, guint64 size);
gboolean assay_appended_ends_tree (const guint8 *tail, gsize length, guint64 size);
gboolean assay_appended_open_tree (AssayContainer *container, GError **error);
gboolean assay_rauc_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_rauc_ends (const guint8 *tail, gsize length, guint64 size);
gboolean assay_rauc_open (AssayContainer *container, GError **error);
gboolean assay_module_probe (const guint8 *tail, gsize length, guint64 size);
gboolean assay_module_open (AssayContainer *container, GError **error);
gboolean assay_mbr_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_mbr_open (AssayContainer *container, GError **error);
gboolean assay_lzma_probe (const guint8 *head, gsize length, guint64 size);
gboolean assay_lzma_open (AssayContainer *container, GError **error);

#endif
