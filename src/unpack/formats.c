#include "unpack/formats.h"

#include "crypto/sha256.h"
#include "unpack/named.h"

#include <string.h>

static gboolean
probe_elf (const guint8 *head, gsize length, guint64 size)
{
  return length >= 16 && memcmp (head, "\177ELF", 4) == 0;
}

/* Strict magics first; those that prove little behind them. */
static const AssayFormat formats[] = {
  { "vmlinux", NULL, TRUE, assay_vmlinux_probe, assay_vmlinux_open, NULL, "elf" },
  { "elf-appended", NULL, TRUE, assay_appended_probe_elf, assay_appended_open_elf, NULL, "elf" },
  { "elf", NULL, FALSE, probe_elf, NULL },
  { "zboot", NULL, FALSE, assay_zboot_probe, assay_zboot_open },
  { "bzimage", NULL, FALSE, assay_bzimage_probe, assay_bzimage_open },
  { "zimage", NULL, TRUE, assay_zimage_probe, assay_zimage_open },
  { "flat-kernel", NULL, FALSE, assay_flat_kernel_probe, assay_flat_kernel_open },
  { "ar", NULL, FALSE, assay_ar_probe, assay_ar_open },
  { "rauc", NULL, TRUE, assay_rauc_probe, assay_rauc_open, assay_rauc_ends, "squashfs" },
  { "squashfs", NULL, FALSE, assay_squashfs_probe, assay_squashfs_open },
  { "fat", NULL, FALSE, assay_fat_probe, assay_fat_open },
  { "fdt", NULL, FALSE, assay_fdt_probe, assay_fdt_open },
  { "uboot", NULL, FALSE, assay_uboot_probe, assay_uboot_open },
  { "rpm", NULL, FALSE, assay_rpm_probe, assay_rpm_open },
  { "7z", NULL, FALSE, assay_sevenzip_probe, assay_sevenzip_open },
  { "zip", NULL, FALSE, assay_zip_probe, assay_zip_open },
  { "cpio", NULL, FALSE, assay_cpio_probe, assay_cpio_open },
  { "gzip", "gzip", FALSE, assay_gzip_probe, assay_gzip_open },
  { "bzip2", "bzip2", FALSE, assay_bzip2_probe, assay_bzip2_open },
  { "xz", "xz", FALSE, assay_xz_probe, assay_xz_open },
  { "zstd", "zstd", FALSE, assay_zstd_probe, assay_zstd_open },
  { "lz4", "lz4", FALSE, assay_lz4_probe, assay_lz4_open },
  { "lz4-legacy", "lz4-legacy", FALSE, assay_lz4_legacy_probe, assay_lz4_legacy_open },
  { "lzip", "lzip", FALSE, assay_lzip_probe, assay_lzip_open },
  { "uf2", NULL, FALSE, assay_uf2_probe, assay_uf2_open },
  { "ihex", NULL, FALSE, assay_intel_hex_probe, assay_intel_hex_open },
  { "srec", NULL, FALSE, assay_srecord_probe, assay_srecord_open },
  { "tar", NULL, FALSE, assay_tar_probe, assay_tar_open },
  { "mbr", NULL, FALSE, assay_mbr_probe, assay_mbr_open },
  /* behind those that stand before its magic, which stays when they are written over it */
  { "ext", NULL, FALSE, assay_ext_probe, assay_ext_open },
  { "script-appended", NULL, TRUE, assay_appended_probe_script, assay_appended_open_script,
    assay_appended_ends_script },
  { "tar", NULL, TRUE, assay_tar_probe_v7, assay_tar_open },
  { "tar", NULL, FALSE, assay_tar_probe_odd, assay_tar_open },
  { "cpio", NULL, TRUE, assay_cpio_probe_binary, assay_cpio_open },
  { "lzma", "lzma", TRUE, assay_lzma_probe, assay_lzma_open },
  { "compress", "compress", TRUE, assay_compress_probe, assay_compress_open },
  { "raw-appended", NULL, TRUE, assay_appended_probe_tree, assay_appended_open_tree, assay_appended_ends_tree },
};

/* By their end. */
static const AssayFormat end_formats[] = {
  { "signed-module", NULL, FALSE, assay_module_probe, assay_module_open },
};

/* Known by sight alone. */
#define NAMED(id, name) { name, NULL, FALSE, assay_named_probe_##id, assay_named_open },
static const AssayFormat named_formats[] = { ASSAY_NAMED_FORMATS (NAMED) };

/* By what stands behind a part that belongs to whoever boots it. */
static const AssayFormat deep_formats[] = {
  { "iso9660", NULL, FALSE, assay_iso_probe, assay_iso_open },
};

static guint64
find_by_end (const guint8 *tail, gsize length, guint64 size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (end_formats); i++)
    if (end_formats[i].probe (tail, length, size))
      return i + 1;
  return 0;
}

/** Both ends of a node's bytes. */
typedef struct
{
  const guint8 *head;
  gsize head_length;
  const guint8 *tail;
  gsize tail_length;
  guint64 size;
} Ends;

static guint64
find (const AssayFormat *table, gsize count, const Ends *ends)
{
  for (gsize i = 0; i < count; i++)
    if (table[i].probe (ends->head, ends->head_length, ends->size)
        && (table[i].ends == NULL || table[i].ends (ends->tail, ends->tail_length, ends->size)))
      return i + 1;
  return 0;
}

guint64
assay_format_number (const guint8 *head, gsize head_length, const guint8 *tail, gsize tail_length, guint64 size)
{
  guint64 number = find_by_end (tail, tail_length, size);
  const Ends ends = { head, head_length, tail, tail_length, size };
  guint64 before = G_N_ELEMENTS (end_formats);
  if (number > 0)
    return number;
  number = find (formats, G_N_ELEMENTS (formats), &ends);
  if (number > 0)
    return before + number;
  number = find (named_formats, G_N_ELEMENTS (named_formats), &ends);
  return number > 0 ? before + G_N_ELEMENTS (formats) + number : 0;
}

const AssayFormat *
assay_format_at (guint64 number)
{
  static const struct
  {
    const AssayFormat *table;
    guint64 count;
  } tables[] = { { end_formats, G_N_ELEMENTS (end_formats) },
                 { formats, G_N_ELEMENTS (formats) },
                 { named_formats, G_N_ELEMENTS (named_formats) },
                 { deep_formats, G_N_ELEMENTS (deep_formats) } };
  for (gsize i = 0; number > 0 && i < G_N_ELEMENTS (tables); i++)
    {
      if (number <= tables[i].count)
        return &tables[i].table[number - 1];
      number -= tables[i].count;
    }
  return NULL;
}

/* What is known by bytes that stand so deep may have anything in front of them: it is asked for where that is nothing
 * known, or the table of a disk, which a hybrid image has there. */
static gboolean
probe_deep (AssayBlob *blob, const AssayFormat **format, GError **error)
{
  guint8 deep[ASSAY_PROBE_DEEP_BYTES];
  guint64 size = assay_blob_get_size (blob);
  if (size < ASSAY_PROBE_DEEP_AT + sizeof deep || (*format != NULL && strcmp ((*format)->name, "mbr") != 0))
    return TRUE;
  if (!assay_blob_read (blob, ASSAY_PROBE_DEEP_AT, deep, sizeof deep, error))
    return FALSE;
  const Ends ends = { deep, sizeof deep, NULL, 0, size };
  guint64 number = find (deep_formats, G_N_ELEMENTS (deep_formats), &ends);
  if (number > 0)
    *format = &deep_formats[number - 1];
  return TRUE;
}

/** Files up to here are read whole when they are probed: what is left to read of a larger one takes longer than to open
 * it once more. */
#define SEEN_BYTES 8192u
G_STATIC_ASSERT (SEEN_BYTES >= ASSAY_PROBE_BYTES && SEEN_BYTES <= ASSAY_PROBE_DEEP_AT);

static void
note_seen (AssayBlob *blob, const guint8 *bytes, gsize length)
{
  AssayBlobSeen seen = { 0 };
  assay_sha256_bytes (bytes, length, &seen.sha256);
  memcpy (seen.begins, bytes, MIN (length, sizeof seen.begins));
  assay_blob_note_seen (blob, &seen);
}

/* Reads both ends; @head has room for @room bytes, of which a probe sees ASSAY_PROBE_BYTES. */
static gboolean
probe_ends (AssayBlob *blob, guint8 *head, gsize room, const AssayFormat **out_format, GError **error)
{
  guint8 tail[ASSAY_PROBE_END_BYTES];
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, size <= room ? room : ASSAY_PROBE_BYTES);
  gsize tail_length = (gsize)MIN (size, sizeof tail);
  if (!assay_blob_read (blob, 0, head, length, error))
    return FALSE;
  /* the end of a small file was read with its beginning */
  if (length == size)
    memcpy (tail, head + length - tail_length, tail_length);
  else if (!assay_blob_read (blob, size - tail_length, tail, tail_length, error))
    return FALSE;
  *out_format = assay_format_at (assay_format_number (head, MIN (length, ASSAY_PROBE_BYTES), tail, tail_length, size));
  return TRUE;
}

gboolean
assay_format_probe (AssayBlob *blob, const AssayFormat **out_format, GError **error)
{
  guint8 head[ASSAY_PROBE_BYTES];
  *out_format = NULL;
  if (!assay_blob_hold (blob, error))
    return FALSE;
  gboolean done = probe_ends (blob, head, sizeof head, out_format, error) && probe_deep (blob, out_format, error);
  assay_blob_release (blob);
  return done;
}

gboolean
assay_format_probe_first (AssayBlob *blob, const AssayFormat **out_format, GError **error)
{
  guint8 bytes[SEEN_BYTES];
  guint64 size = assay_blob_get_size (blob);
  if (size > sizeof bytes)
    return assay_format_probe (blob, out_format, error);
  *out_format = NULL;
  if (!probe_ends (blob, bytes, sizeof bytes, out_format, error))
    return FALSE;
  note_seen (blob, bytes, (gsize)size);
  return TRUE;
}

/* A volume of ISO 9660 is the disk that it is copied to as well, with a table of its own in front. */
static gboolean
is_table_of_volume (const AssayFormat *own, const AssayFormat *other)
{
  return strcmp (own->name, "iso9660") == 0 && strcmp (other->name, "mbr") == 0;
}

/* Whether the bytes are known as one of a table that is another than what they are taken for. */
static gboolean
knows_another (const AssayFormat *table, gsize count, const Ends *ends, const AssayFormat *own)
{
  for (gsize i = 0; i < count; i++)
    if (!table[i].weak && strcmp (table[i].name, own->name) != 0 && g_strcmp0 (table[i].name, own->otherwise) != 0
        && !is_table_of_volume (own, &table[i]) && table[i].probe (ends->head, ends->head_length, ends->size))
      return TRUE;
  return FALSE;
}

gboolean
assay_format_is_ambiguous (AssayBlob *blob)
{
  guint8 head[ASSAY_PROBE_BYTES];
  guint8 deep[ASSAY_PROBE_DEEP_BYTES];
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, sizeof head);
  gsize deep_length = size < ASSAY_PROBE_DEEP_AT + sizeof deep ? 0 : sizeof deep;
  if (!assay_blob_read (blob, 0, head, length, NULL)
      || !assay_blob_read (blob, deep_length == 0 ? 0 : ASSAY_PROBE_DEEP_AT, deep, deep_length, NULL))
    return TRUE;
  const AssayFormat *own = NULL;
  if (!assay_format_probe (blob, &own, NULL))
    return TRUE;
  const Ends ends = { head, length, NULL, 0, size };
  const Ends behind = { deep, deep_length, NULL, 0, size };
  return own != NULL
         && (knows_another (formats, G_N_ELEMENTS (formats), &ends, own)
             || knows_another (named_formats, G_N_ELEMENTS (named_formats), &ends, own)
             || (deep_length > 0 && knows_another (deep_formats, G_N_ELEMENTS (deep_formats), &behind, own)));
}

gboolean
assay_format_is_apart (const AssayFormat *format)
{
  static const char *const tries[] = { "vmlinux", "zimage", "flat-kernel", "script-appended", NULL };
  return format->stream != NULL || g_strv_contains (tries, format->name);
}

const AssayFormat *
assay_format_named (const char *name)
{
  for (guint64 number = 1; assay_format_at (number) != NULL; number++)
    if (strcmp (assay_format_at (number)->name, name) == 0)
      return assay_format_at (number);
  return NULL;
}

guint64
assay_format_index (const AssayFormat *format)
{
  for (guint64 number = 1; assay_format_at (number) != NULL; number++)
    if (assay_format_at (number) == format)
      return number;
  return 0;
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
