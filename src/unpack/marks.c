#include "unpack/marks.h"

#include "unpack/bytes.h"
#include "unpack/mark_list.h"
#include "unpack/partition.h"
#include "unpack/tar/tar.h"
#include "util/checked.h"

#include <string.h>

/** The first bytes of what is looked at: all marks stand in them. */
#define HEAD_BYTES 0x10080u

typedef struct
{
  const guint8 *bytes;
  gsize length;
} Head;

/* A kernel of x86 begins with a boot sector, and has its header where a table would be. */
static const char *const with_first_sector[] = { "gpt", "mbr", "iso9660", "bzimage", NULL };

static gboolean
has_mark (const Head *head, const AssayMark *mark, const char *own)
{
  return !(mark->owners != NULL && g_strv_contains (mark->owners, own))
         && assay_range_fits (mark->offset, mark->length, head->length)
         && memcmp (head->bytes + mark->offset, mark->magic, mark->length) == 0;
}

/** Where the super blocks of old file systems stand. */
#define SUPER_AT 0x400u
#define SUPER_BYTES 0x40u

static guint
get_16 (const guint8 *bytes, gboolean big)
{
  return big ? (guint)bytes[0] << 8 | bytes[1] : assay_get_le16 (bytes);
}

/* Linux, fs/minix/minix.h: maps of inodes and zones have blocks, and zones are a few blocks each. */
static gboolean
is_minix (const guint8 *super)
{
  static const guint magics[] = { 0x137f, 0x138f, 0x2468, 0x2478 };
  for (guint big = 0; big < 2; big++)
    {
      gboolean old = FALSE;
      for (gsize i = 0; i < G_N_ELEMENTS (magics); i++)
        old = old || get_16 (super + 0x10, big != 0) == magics[i];
      gboolean newer = get_16 (super + 0x18, big != 0) == 0x4d5a;
      guint maps = newer ? 6 : 4;
      guint shift = newer ? 12 : 10;
      if ((old || newer) && get_16 (super + maps, big != 0) != 0 && get_16 (super + maps + 2, big != 0) != 0
          && get_16 (super + shift, big != 0) < 16)
        return TRUE;
    }
  return FALSE;
}

/* HFS and HFS+ (Apple TN1150), whose versions are few; nilfs2 of revision 2. */
static gboolean
is_by_two_bytes (const guint8 *super)
{
  guint32 allocation = GUINT32_FROM_BE (assay_get_le32 (super + 0x14));
  if (memcmp (super, "BD", 2) == 0 && allocation != 0 && allocation % 512 == 0)
    return TRUE;
  if (memcmp (super, "H+\0\4", 4) == 0 || memcmp (super, "HX\0\5", 4) == 0)
    return TRUE;
  return assay_get_le32 (super) == 2 && get_16 (super + 6, FALSE) == 0x3434;
}

/* ext of any kind: libblkid asks for nothing else, and then finds two file systems, of which it says none. */
static gboolean
is_ext (const guint8 *super)
{
  return assay_get_le16 (super + 0x38) == 0xef53;
}

/* The super block of ext has its counters where others have such marks. */
static gboolean
has_old_super (const Head *head, const char *own)
{
  return !g_str_has_prefix (own, "ext") && head->length >= SUPER_AT + SUPER_BYTES
         && (is_minix (head->bytes + SUPER_AT) || is_by_two_bytes (head->bytes + SUPER_AT)
             || is_ext (head->bytes + SUPER_AT));
}

/** Sector of a boot loader: what a FAT says of itself there. */
#define AT_SECTOR_BYTES 11u
#define AT_CLUSTER_SECTORS 13u
#define AT_RESERVED 14u
#define AT_FATS 16u
#define AT_MEDIA 21u
#define AT_TABLE 446u
#define TABLE_ENTRIES 4u
#define ENTRY_BYTES 16u
#define AT_SIGNATURE 510u

static gboolean
is_power_of_two (guint value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

static gboolean
says_fat (const guint8 *sector)
{
  guint bytes = get_16 (sector + AT_SECTOR_BYTES, FALSE);
  return bytes >= 512 && bytes <= 4096 && is_power_of_two (bytes) && is_power_of_two (sector[AT_CLUSTER_SECTORS])
         && get_16 (sector + AT_RESERVED, FALSE) != 0 && (sector[AT_FATS] == 1 || sector[AT_FATS] == 2)
         && (sector[AT_MEDIA] == 0xf0 || sector[AT_MEDIA] >= 0xf8);
}

/* Entries of which each is free or in the image (Linux, block/partitions/msdos.c). */
static gboolean
says_partitions (const guint8 *sector, guint64 size)
{
  gboolean any = FALSE;
  for (guint i = 0; i < TABLE_ENTRIES; i++)
    {
      const guint8 *entry = sector + AT_TABLE + i * ENTRY_BYTES;
      guint64 start = assay_get_le32 (entry + 8);
      if ((entry[0] & 0x7f) != 0)
        return FALSE;
      any = any
            || (entry[4] != 0 && start > 0 && assay_get_le32 (entry + 12) != 0
                && start < size / ASSAY_MBR_SECTOR_BYTES);
    }
  return any;
}

static gboolean
has_first_sector (const Head *head, guint64 size, const char *own)
{
  const guint8 *sector = head->bytes;
  if (head->length < ASSAY_MBR_SECTOR_BYTES || g_strv_contains (with_first_sector, own))
    return FALSE;
  if (get_16 (sector + AT_SIGNATURE, FALSE) != 0xaa55)
    return strcmp (own, "fat") != 0 && says_fat (sector);
  /* By that alone the BIOS runs it. Those that keep a place for its code have the code of both sides there. */
  return !(strcmp (own, "fat") == 0 || g_str_has_prefix (own, "ext")) || says_partitions (sector, size)
         || (strcmp (own, "fat") != 0 && says_fat (sector));
}

/* Whether one of these texts stands there, in the head or behind it. What cannot be read has it. */
static gboolean
stands_at (AssayBlob *blob, guint64 offset, const char *const *texts, gsize length)
{
  guint8 bytes[16];
  g_assert (length <= sizeof bytes);
  if (!assay_range_fits (offset, length, assay_blob_get_size (blob)))
    return FALSE;
  if (!assay_blob_read (blob, offset, bytes, length, NULL))
    return TRUE;
  for (; *texts != NULL; texts++)
    if (memcmp (bytes, *texts, length) == 0)
      return TRUE;
  return FALSE;
}

/* Room for swapping, or the memory of a machine that sleeps, by the end of the first page, whatever its size. */
static gboolean
has_end_of_page (AssayBlob *blob)
{
  static const char *const tens[] = { "SWAPSPACE2", "SWAP-SPACE", "LINHIB0001", NULL };
  static const char *const nines[] = { "S1SUSPEND", "S2SUSPEND", "ULSUSPEND", NULL };
  static const char *const eights[] = { "\xed\xc3\x02\xe9\x98\x56\xe5\x0c", NULL };
  for (guint64 page = 0x1000; page <= 0x10000; page *= 2)
    if (stands_at (blob, page - 10, tens, 10) || stands_at (blob, page - 10, nines, 9)
        || stands_at (blob, page - 10, eights, 8))
      return TRUE;
  return FALSE;
}

/* Magics of UFS 1 and 2 and their kin, in both byte orders, in each place where there may be a super block. */
static gboolean
has_ufs (AssayBlob *blob)
{
  static const guint64 places[] = { 0, 0x2000, 0x10000, 0x40000 };
  static const char *const magics[] = { "\x54\x19\x01\x00",
                                        "\x00\x01\x19\x54",
                                        "\x19\x01\x54\x19",
                                        "\x19\x54\x01\x19",
                                        "\x12\x56\x19\x00",
                                        "\x00\x19\x56\x12",
                                        "\x14\x50\x09\x00",
                                        "\x00\x09\x50\x14",
                                        "\x95\x21\x61\x00",
                                        "\x00\x61\x21\x95",
                                        "\x94\x19\x23\x05",
                                        "\x05\x23\x19\x94",
                                        NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    if (stands_at (blob, places[i] + 0x55c, magics, 4))
      return TRUE;
  return FALSE;
}

/* A label of Sun has a sum, and one of Amiga stands in any of the first 16 sectors. */
static gboolean
has_label (const Head *head)
{
  guint sum = 0;
  for (gsize i = 0; i < 16; i++)
    if (assay_range_fits (i * ASSAY_MBR_SECTOR_BYTES, 4, head->length)
        && memcmp (head->bytes + i * ASSAY_MBR_SECTOR_BYTES, "RDSK", 4) == 0)
      return TRUE;
  if (head->length < ASSAY_MBR_SECTOR_BYTES || head->bytes[508] != 0xda || head->bytes[509] != 0xbe)
    return FALSE;
  for (gsize i = 0; i < ASSAY_MBR_SECTOR_BYTES; i += 2)
    sum ^= get_16 (head->bytes + i, TRUE);
  return sum == 0;
}

/** The boot block of an Acorn disk: in it a disc record, the cylinder of the next table, and its sum in the last byte.
 */
#define ACORN_AT 0xc00u
#define ACORN_SECTORS (0x1c0u + 1u)
#define ACORN_HEADS (0x1c0u + 2u)
#define ACORN_LOW_SECTOR (0x1c0u + 8u)
#define ACORN_CYLINDER 0x1fdu

/* Disks of Acorn (GRUB, grub-core/partmap/acorn.c; Linux, block/partitions/acorn.c): their marks are sums. */
static gboolean
has_acorn (AssayBlob *blob, const Head *head)
{
  static const char *const tables[] = { "\xde\xa1\xaf\xde", "\x1e\xab\xaf\xde", NULL };
  if (!assay_range_fits (ACORN_AT, ASSAY_MBR_SECTOR_BYTES, head->length))
    return FALSE;
  const guint8 *sector = head->bytes + ACORN_AT;
  guint sum = 0;
  guint first = 0x50617274;
  for (gsize i = 0; i + 1 < ASSAY_MBR_SECTOR_BYTES; i++)
    sum = (sum & 0xff) + (sum >> 8) + sector[i];
  for (gsize i = 0; i + 4 < ASSAY_MBR_SECTOR_BYTES; i++)
    first += head->bytes[i];
  guint heads = sector[ACORN_HEADS] + (sector[ACORN_LOW_SECTOR] >> 6 & 1u);
  guint64 table = (guint64)get_16 (sector + ACORN_CYLINDER, FALSE) * heads * sector[ACORN_SECTORS];
  gboolean has_boot_block = (sum & 0xff) == sector[ASSAY_MBR_SECTOR_BYTES - 1]
                            && stands_at (blob, table * ASSAY_MBR_SECTOR_BYTES, tables, 4);
  return has_boot_block || first == assay_get_le32 (head->bytes + ASSAY_MBR_SECTOR_BYTES - 4);
}

/** Four labels of ZFS, two at each end, of which the second half are uberblocks. */
#define ZFS_LABEL_BYTES 0x40000u
#define ZFS_STEP_BYTES 0x400u

static gboolean
has_zfs (AssayBlob *blob)
{
  static const char *const zfs[] = { "\x0c\xb1\xba\0\0\0\0\0", "\0\0\0\0\0\xba\xb1\x0c", NULL };
  guint64 labels = assay_blob_get_size (blob) / ZFS_LABEL_BYTES;
  const guint64 places[] = { 0, 1, labels - 2, labels - 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (places) && labels >= 2; i++)
    for (guint64 at = ZFS_LABEL_BYTES / 2; at < ZFS_LABEL_BYTES; at += ZFS_STEP_BYTES)
      if (stands_at (blob, places[i] * ZFS_LABEL_BYTES + at, zfs, 8))
        return TRUE;
  return FALSE;
}

/* What stands far behind the head: a second header of LUKS2, a volume of VMFS, uberblocks of ZFS. */
static gboolean
has_far_mark (AssayBlob *blob)
{
  static const char *const luks[] = { "SKUL\xba\xbe", NULL };
  static const char *const vmfs_volume[] = { "\x0d\xd0\x01\xc0", NULL };
  static const char *const vmfs[] = { "\x5e\xf1\xab\x2f", NULL };
  for (guint64 offset = 0x4000; offset <= 0x400000; offset *= 2)
    if (stands_at (blob, offset, luks, 6))
      return TRUE;
  return has_zfs (blob) || stands_at (blob, 0x100000, vmfs_volume, 4) || stands_at (blob, 0x200000, vmfs, 4);
}

/* coreboot's CBFS ends with where its header is, counted from the end. */
static gboolean
has_cbfs (AssayBlob *blob)
{
  static const char *const cbfs[] = { "ORBC", "CBRO", NULL };
  guint64 size = assay_blob_get_size (blob);
  guint8 last[4];
  if (size < sizeof last || !assay_blob_read (blob, size - sizeof last, last, sizeof last, NULL))
    return size >= sizeof last;
  guint64 behind = (guint32)-assay_get_le32 (last);
  return behind > 0 && behind <= size && stands_at (blob, size - behind, cbfs, 4);
}

/* Parts of a RAID say so near their end; nilfs2 has its other super block there. */
static gboolean
has_mark_at_end (AssayBlob *blob)
{
  static const char *const md[] = { "\xfc\x4e\x2b\xa9", "\xa9\x2b\x4e\xfc", NULL };
  static const char *const ddf[] = { "\xde\x11\xde\x11", "\x11\xde\x11\xde", NULL };
  static const char *const intel[] = { "Intel Raid ISM C", NULL };
  static const char *const trailers[] = { "conectix", "koly\0\0\0\4", NULL }; /* of VPC and of Apple's images */
  static const char *const nilfs[] = { "\2\0\0\0\0\0\x34\x34", NULL };
  guint64 size = assay_blob_get_size (blob);
  guint64 sectors = size / ASSAY_MBR_SECTOR_BYTES;
  return (size >= 0x20000 && stands_at (blob, (size & ~(guint64)0xffff) - 0x10000, md, 4))
         || (sectors >= 32 && stands_at (blob, ((sectors - 16) & ~(guint64)7) * ASSAY_MBR_SECTOR_BYTES, md, 4))
         || (size >= ASSAY_MBR_SECTOR_BYTES && stands_at (blob, size - ASSAY_MBR_SECTOR_BYTES, trailers, 8))
         || has_cbfs (blob) || (sectors >= 1 && stands_at (blob, (sectors - 1) * ASSAY_MBR_SECTOR_BYTES, ddf, 4))
         || (sectors >= 257 && stands_at (blob, (sectors - 257) * ASSAY_MBR_SECTOR_BYTES, ddf, 4))
         || (sectors >= 2 && stands_at (blob, (sectors - 2) * ASSAY_MBR_SECTOR_BYTES, intel, 16))
         || (sectors >= 8 && stands_at (blob, (sectors - 8) * ASSAY_MBR_SECTOR_BYTES, nilfs, 8));
}

gboolean
assay_marks_begin_tar (AssayBlob *blob)
{
  if (assay_blob_get_size (blob) < ASSAY_TAR_BLOCK_BYTES)
    return FALSE;
  g_autofree guint8 *block = assay_blob_read_bytes (blob, 0, ASSAY_TAR_BLOCK_BYTES, NULL);
  return block == NULL || assay_tar_has_checksum (block) || assay_tar_has_signed_checksum (block);
}

gboolean
assay_marks_find_other (AssayBlob *blob, const char *own)
{
  guint64 size = assay_blob_get_size (blob);
  const gsize length = (gsize)MIN (size, HEAD_BYTES);
  g_autofree guint8 *bytes = assay_blob_read_bytes (blob, 0, length, NULL);
  const Head head = { bytes, length };
  if (bytes == NULL)
    return length > 0;
  for (gsize i = 0; i < assay_mark_count; i++)
    if (has_mark (&head, &assay_mark_list[i], own))
      return TRUE;
  if (strcmp (own, "tar") != 0 && assay_marks_begin_tar (blob))
    return TRUE;
  return has_old_super (&head, own) || has_first_sector (&head, size, own) || has_label (&head)
         || has_acorn (blob, &head) || has_end_of_page (blob) || has_ufs (blob) || has_far_mark (blob)
         || has_mark_at_end (blob);
}
