#include "account/faces.h"

#include "compare/pairing.h"
#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/kernel/multiboot.h"
#include "unpack/marks.h"
#include "unpack/partition.h"
#include "util/checked.h"

#include <string.h>

/* Formats with a form that rules explain, and that are no part of another by what they are. */
static const char *const formats[]
    = { "7z",       "ar",  "arm64-image", "bzimage", "cpio",    "deb", "ext2", "ext3",        "ext4",
        "fat",      "fdt", "fit",         "gpt",     "iso9660", "mbr", "rauc", "riscv-image", "rpm",
        "squashfs", "tar", "uboot",       "zboot",   "zimage",  "zip", NULL };

/** What some reader takes for something else. */
typedef struct
{
  guint64 offset;
  guint64 length;
} Face;

/* What a partition may be mounted as. */
static gboolean
is_mountable (AssayBlob *blob, guint64 offset)
{
  static const char *const mounted[] = { "ext",   "fat",  "squashfs", "iso9660", "jffs2", "ubifs", "cramfs", "romfs",
                                         "erofs", "f2fs", "xfs",      "ntfs",    "exfat", "luks",  NULL };
  guint64 size = assay_blob_get_size (blob);
  const AssayFormat *format = NULL;
  if (offset >= size)
    return FALSE;
  g_autoptr (AssayBlob) from = assay_blob_new_slice (blob, offset, size - offset, NULL);
  return from == NULL || !assay_format_probe (from, &format, NULL)
         || (format != NULL && g_strv_contains (mounted, format->name));
}

/* Where zeros stand in front, Linux passes over them and unpacks what begins behind them, as cpio(1) does. */
static gboolean
has_archive_behind_zeros (const AssayNode *node)
{
  guint64 at = node->size;
  const AssayFormat *format = NULL;
  if (!assay_blob_find_nonzero (node->blob, 0, node->size, &at, NULL))
    return TRUE;
  if (at == 0 || at >= node->size)
    return FALSE;
  g_autoptr (AssayBlob) from = assay_blob_new_slice (node->blob, at, node->size - at, NULL);
  return from == NULL || !assay_format_probe (from, &format, NULL)
         || (format != NULL && !format->weak && (format->stream != NULL || strcmp (format->name, "cpio") == 0));
}

/* Tables of an ext file system are children, of which the fields are times. */
static gboolean
is_table (const AssayNode *child)
{
  return g_str_has_prefix (assay_node_local_name (child), "#inode-table");
}

/* Whether a face lies within one file of the container's. */
static gboolean
is_within_file (const AssayNode *node, const Face *face)
{
  guint32 child = ASSAY_SPAN_NO_CHILD;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      gboolean payload = span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED;
      if (span->length == 0 || span->offset >= face->offset + face->length
          || face->offset >= span->offset + span->length)
        continue;
      if (!payload || span->child == ASSAY_SPAN_NO_CHILD || (child != ASSAY_SPAN_NO_CHILD && child != span->child))
        return FALSE;
      child = span->child;
    }
  return child != ASSAY_SPAN_NO_CHILD && !is_table (g_ptr_array_index (node->children, child));
}

/** End record of a zip (APPNOTE, 4.3.16), and how long a comment behind it may be. */
#define ZIP_END_BYTES 22u
#define ZIP_MOST_COMMENT 65535u
#define ZIP_AT_ENTRIES 10u
#define ZIP_AT_SIZE 12u
#define ZIP_AT_OFFSET 16u
#define ZIP_ELSEWHERE G_MAXUINT32 /* a record for zip64 says it */

static gboolean
is_directory (AssayBlob *blob, guint64 offset)
{
  gboolean is = FALSE;
  return assay_range_fits (offset, 4, assay_blob_get_size (blob))
         && (!assay_blob_equals (blob, offset, "PK\1\2", 4, &is, NULL) || is);
}

/* What an end record makes of the bytes in front of it: readers take its offset as it is, or move all so that the
 * directory ends where the record begins. FALSE where there is no directory. */
static gboolean
read_zip_face (AssayBlob *blob, const guint8 *end, guint64 at, Face *out)
{
  guint64 size = assay_get_le32 (end + ZIP_AT_SIZE);
  guint64 offset = assay_get_le32 (end + ZIP_AT_OFFSET);
  *out = (Face){ 0, at + ZIP_END_BYTES };
  if (offset == ZIP_ELSEWHERE || size == ZIP_ELSEWHERE)
    return TRUE;
  if (assay_get_le16 (end + ZIP_AT_ENTRIES) == 0)
    return FALSE;
  if (is_directory (blob, offset))
    return TRUE;
  if (size + offset > at || !is_directory (blob, at - size))
    return FALSE;
  out->offset = at - size - offset;
  out->length = size + offset + ZIP_END_BYTES;
  return TRUE;
}

/* Who opens a zip looks for its end in the last bytes, whatever the first ones are. @node: (nullable): of a container,
 * in whose files it may lie */
static gboolean
find_zip_end (AssayBlob *blob, const AssayNode *node)
{
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, ZIP_END_BYTES + ZIP_MOST_COMMENT);
  g_autofree guint8 *tail = assay_blob_read_bytes (blob, size - length, length, NULL);
  if (tail == NULL)
    return length > 0;
  for (gsize i = 0; i + ZIP_END_BYTES <= length; i++)
    {
      Face face;
      if (memcmp (tail + i, "PK\5\6", 4) == 0 && read_zip_face (blob, tail + i, size - length + i, &face)
          && (node == NULL || !is_within_file (node, &face)))
        return TRUE;
    }
  return FALSE;
}

gboolean
assay_account_ends_as_zip (AssayBlob *blob)
{
  return find_zip_end (blob, NULL);
}

/** The table in the first sector of a disk (unpack/mbr.c). */
#define MBR_ENTRIES 4u
#define MBR_AT_TABLE 446u
#define MBR_ENTRY_BYTES 16u
#define MBR_AT_TYPE 4u
#define MBR_AT_START 8u
#define MBR_AT_COUNT 12u

/** Sectors of disks: those of a table, and those of newer ones, by which the same table means other places. */
#define LARGE_SECTOR_BYTES 4096u

/** A GPT (unpack/gpt.c); more entries than disks have are not looked at, and are one more reason for doubt. */
#define GPT_AT_LIST 72u
#define GPT_AT_ENTRIES 80u
#define GPT_AT_ENTRY_BYTES 84u
#define GPT_HEADER_BYTES 92u
#define GPT_MOST_ENTRIES 1024u
#define GPT_ENTRY_BYTES 128u
#define GPT_AT_FIRST 32u
#define GPT_AT_LAST 40u

/* Whether a partition takes in a part of the volume that says its form. */
static gboolean
takes_in_form (const AssayNode *node, const Face *face)
{
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->fact != NULL && span->offset < face->offset + face->length
          && face->offset < span->offset + span->length)
        return TRUE;
    }
  return FALSE;
}

/* A partition from the volume's beginning is the volume itself; one of its files may be another (that of UEFI). */
static gboolean
is_second_volume (const AssayNode *node, guint64 first_sector, guint64 sectors)
{
  const Face face = { first_sector * ASSAY_MBR_SECTOR_BYTES, sectors * ASSAY_MBR_SECTOR_BYTES };
  return first_sector > 0 && first_sector <= node->size / ASSAY_MBR_SECTOR_BYTES && sectors <= G_MAXUINT32
         && is_mountable (node->blob, face.offset) && takes_in_form (node, &face);
}

static gboolean
has_gpt_volume (const AssayNode *node)
{
  guint8 header[GPT_HEADER_BYTES];
  if (!assay_range_fits (ASSAY_MBR_SECTOR_BYTES, sizeof header, node->size))
    return FALSE;
  if (!assay_blob_read (node->blob, ASSAY_MBR_SECTOR_BYTES, header, sizeof header, NULL))
    return TRUE;
  if (memcmp (header, "EFI PART", 8) != 0)
    return FALSE;
  guint64 list = assay_get_le64 (header + GPT_AT_LIST);
  guint count = assay_get_le32 (header + GPT_AT_ENTRIES);
  if (assay_get_le32 (header + GPT_AT_ENTRY_BYTES) != GPT_ENTRY_BYTES || count > GPT_MOST_ENTRIES
      || list > node->size / ASSAY_MBR_SECTOR_BYTES)
    return TRUE;
  for (guint i = 0; i < count; i++)
    {
      guint8 entry[GPT_ENTRY_BYTES];
      guint64 at = list * ASSAY_MBR_SECTOR_BYTES + (guint64)i * GPT_ENTRY_BYTES;
      if (!assay_range_fits (at, sizeof entry, node->size)
          || !assay_blob_read (node->blob, at, entry, sizeof entry, NULL))
        return TRUE;
      guint64 first = assay_get_le64 (entry + GPT_AT_FIRST);
      guint64 last = assay_get_le64 (entry + GPT_AT_LAST);
      if (last >= first && is_second_volume (node, first, MIN (last - first + 1, G_MAXUINT32)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_extended (guint8 type)
{
  return type == 0x05 || type == 0x0f || type == 0x85;
}

/* Partitions of a disk that is an ISO 9660 volume from its first byte on, as sticks are that boot. */
static gboolean
has_second_volume (const AssayNode *node, const guint8 *sector)
{
  for (guint i = 0; i < MBR_ENTRIES; i++)
    {
      const guint8 *entry = sector + MBR_AT_TABLE + i * MBR_ENTRY_BYTES;
      guint64 start = assay_get_le32 (entry + MBR_AT_START);
      guint64 count = assay_get_le32 (entry + MBR_AT_COUNT);
      if (count > 0
          && (is_extended (entry[MBR_AT_TYPE]) || is_second_volume (node, start, count)
              || is_second_volume (node, start * (LARGE_SECTOR_BYTES / ASSAY_MBR_SECTOR_BYTES),
                                   MIN (count * (LARGE_SECTOR_BYTES / ASSAY_MBR_SECTOR_BYTES), G_MAXUINT32))))
        return TRUE;
    }
  return has_gpt_volume (node);
}

/* No table says how large a sector is. */
static gboolean
has_large_sectors (const AssayNode *node, const guint8 *sector)
{
  for (guint i = 0; i < MBR_ENTRIES; i++)
    {
      const guint8 *entry = sector + MBR_AT_TABLE + i * MBR_ENTRY_BYTES;
      guint64 start = assay_get_le32 (entry + MBR_AT_START);
      if (entry[MBR_AT_TYPE] != 0 && is_mountable (node->blob, start * LARGE_SECTOR_BYTES))
        return TRUE;
    }
  return FALSE;
}

/* What Linux, U-Boot or libblkid ask for before the table of an MBR, or take for a reason not to read it (Linux,
 * block/partitions: sgi.c, ldm.c, msdos.c; U-Boot, disk/part_amiga.c). */
static gboolean
has_other_label (const AssayNode *node)
{
  static const struct
  {
    guint64 sector;
    guint64 last_sector;
    const char *magic;
    gsize length;
  } labels[] = {
    { 0, 0, "\x0b\xe5\xa9\x41", 4 }, /* SGI */
    { 0, 0, "\xc9\xc2\xd4\xc1", 4 }, /* AIX */
    { 0, 0, "ER", 2 },               /* Apple */
    { 6, 6, "PRIVHEAD", 8 },         /* Windows, dynamic disks */
    { 0, 15, "RDSK", 4 },            /* Amiga */
  };
  for (gsize i = 0; i < G_N_ELEMENTS (labels); i++)
    for (guint64 sector = labels[i].sector; sector <= labels[i].last_sector; sector++)
      {
        gboolean is = FALSE;
        guint64 at = sector * ASSAY_MBR_SECTOR_BYTES;
        if (assay_range_fits (at, labels[i].length, node->size)
            && (!assay_blob_equals (node->blob, at, labels[i].magic, labels[i].length, &is, NULL) || is))
          return TRUE;
      }
  return FALSE;
}

static gboolean
has_other_partitions (const AssayNode *node)
{
  guint8 sector[ASSAY_MBR_SECTOR_BYTES];
  gboolean is_volume = strcmp (node->format, "iso9660") == 0;
  if (!is_volume && strcmp (node->format, "mbr") != 0)
    return FALSE;
  if (node->size < sizeof sector || !assay_blob_read (node->blob, 0, sector, sizeof sector, NULL))
    return TRUE;
  if (sector[sizeof sector - 2] != 0x55 || sector[sizeof sector - 1] != 0xaa)
    return FALSE;
  return is_volume ? has_second_volume (node, sector) : has_large_sectors (node, sector) || has_other_label (node);
}

/** El Torito (unpack/iso/boot.c): where a volume says where its catalog is, and what an entry says. */
#define ISO_BLOCK_BYTES 2048u
#define ISO_FIRST_DESCRIPTOR 16u
#define ISO_MOST_DESCRIPTORS 64u
#define ISO_END_DESCRIPTOR 255u
#define ISO_AT_CATALOG 0x47u
#define BOOT_ENTRY_BYTES 32u
#define BOOT_AT_MEDIA 1u
#define BOOT_AT_COUNT 6u
#define BOOT_AT_BLOCK 8u
#define BOOT_MEDIA 15u
#define BOOT_FLOPPIES 3u /* and less, but none: of a size that the kind says */

/* What UEFI takes for a disk: sectors of the medium, and where there are less than two of them all to the volume's end
 * (EDK2, PartitionDxe/ElTorito.c). */
static gboolean
is_boot_volume (const AssayNode *node, const guint8 *entry)
{
  guint media = entry[BOOT_AT_MEDIA] & BOOT_MEDIA;
  guint64 count = assay_get_le16 (entry + BOOT_AT_COUNT);
  guint64 offset = (guint64)assay_get_le32 (entry + BOOT_AT_BLOCK) * ISO_BLOCK_BYTES;
  if ((media > 0 && media <= BOOT_FLOPPIES) || offset == 0 || offset >= node->size)
    return FALSE;
  const Face face = { offset, count < 2 || media > BOOT_FLOPPIES ? node->size - offset : count * ISO_BLOCK_BYTES };
  return is_mountable (node->blob, offset) && takes_in_form (node, &face);
}

static gboolean
has_boot_volume (const AssayNode *node)
{
  guint8 block[ISO_BLOCK_BYTES];
  guint64 at = ISO_FIRST_DESCRIPTOR;
  guint64 blocks = node->size / sizeof block;
  for (guint i = 0; i < ISO_MOST_DESCRIPTORS && at < blocks; i++, at++)
    {
      if (!assay_blob_read (node->blob, at * sizeof block, block, sizeof block, NULL))
        return TRUE;
      if (block[0] == ISO_END_DESCRIPTOR)
        return FALSE;
      guint64 catalog = assay_get_le32 (block + ISO_AT_CATALOG);
      if (block[0] != 0 || memcmp (block + 7, "EL TORITO", 9) != 0 || catalog >= blocks)
        continue;
      if (!assay_blob_read (node->blob, catalog * sizeof block, block, sizeof block, NULL))
        return TRUE;
      for (guint entry = 1; entry < sizeof block / BOOT_ENTRY_BYTES; entry++)
        if (is_boot_volume (node, block + entry * BOOT_ENTRY_BYTES))
          return TRUE;
    }
  return FALSE;
}

/* A disk has a loader in front, which the rebuild has as well, and GRUB's may be started so by another one. */
static gboolean
has_kernel (const AssayNode *node)
{
  static const char *const disks[] = { "gpt", "iso9660", "mbr", NULL };
  gsize length = (gsize)MIN (node->size, ASSAY_MULTIBOOT_BYTES);
  if (g_strv_contains (disks, node->format))
    return FALSE;
  g_autofree guint8 *head = assay_blob_read_bytes (node->blob, 0, length, NULL);
  if (head == NULL)
    return length > 0;
  g_autoptr (GArray) kernels = assay_multiboot_find (head, length, node->size);
  for (guint i = 0; i < kernels->len; i++)
    {
      const AssayMultiboot *kernel = &g_array_index (kernels, AssayMultiboot, i);
      const Face face = { kernel->offset, kernel->length };
      if (!is_within_file (node, &face))
        return TRUE;
    }
  return FALSE;
}

/* What stands in front of a file system is for who starts from it, or for a reader of something else that goes on into
 * the file system; a volume on a stick has a boot sector there, with code for all of it. */
static gboolean
has_front (const AssayNode *node)
{
  static const struct
  {
    const char *format;
    gsize length;
  } fronts[] = { { "ext2", 1024 }, { "ext3", 1024 }, { "ext4", 1024 }, { "iso9660", 32768 } };
  for (gsize i = 0; i < G_N_ELEMENTS (fronts); i++)
    {
      gsize length = fronts[i].length;
      gsize zeros = 0;
      if (strcmp (node->format, fronts[i].format) != 0 || node->size < length)
        continue;
      g_autofree guint8 *front = assay_blob_read_bytes (node->blob, 0, length, NULL);
      if (front == NULL)
        return TRUE;
      while (zeros < length && front[zeros] == 0)
        zeros++;
      return zeros < length
             && !(front[ASSAY_MBR_SECTOR_BYTES - 2] == 0x55 && front[ASSAY_MBR_SECTOR_BYTES - 1] == 0xaa);
    }
  return FALSE;
}

gboolean
assay_account_has_second_face (const AssayNode *node)
{
  if (node->stream == NULL && !g_strv_contains (formats, node->format))
    return FALSE;
  if (strcmp (node->format, "iso9660") == 0 && has_boot_volume (node))
    return TRUE;
  return assay_format_is_ambiguous (node->blob) || has_front (node) || has_kernel (node)
         || has_archive_behind_zeros (node) || has_other_partitions (node)
         || (strcmp (node->format, "zip") != 0 && find_zip_end (node->blob, node))
         || assay_marks_find_other (node->blob, node->format);
}
