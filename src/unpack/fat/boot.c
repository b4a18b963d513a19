#include "unpack/bytes.h"
#include "unpack/fat/fat.h"
#include "unpack/formats.h"
#include "util/checked.h"

#define BOOT_BYTES 512u

/* Where the fields of the boot sector stand; from 36 on those of FAT32 are others. */
enum
{
  AT_OEM_NAME = 3,
  AT_SECTOR_BYTES = 11,
  AT_CLUSTER_SECTORS = 13,
  AT_RESERVED = 14,
  AT_TABLES = 16,
  AT_ROOT_ENTRIES = 17,
  AT_TOTAL_16 = 19,
  AT_MEDIA = 21,
  AT_TABLE_SECTORS_16 = 22,
  AT_TRACK_SECTORS = 24,
  AT_HEADS = 26,
  AT_HIDDEN = 28,
  AT_TOTAL_32 = 32,
  AT_EXTENDED_16 = 36,
  AT_TABLE_SECTORS_32 = 36,
  AT_FLAGS_32 = 40,
  AT_VERSION_32 = 42,
  AT_ROOT_CLUSTER = 44,
  AT_INFO_SECTOR = 48,
  AT_BACKUP_SECTOR = 50,
  AT_EXTENDED_32 = 64,
  AT_SIGNATURE = 510,
};

/* From the drive number on: whether three fields follow, and these. */
enum
{
  EXTENDED_MARK = 2,
  EXTENDED_ID = 3,
  EXTENDED_LABEL = 7,
  EXTENDED_TYPE = 18,
};

/* The sector with the count of free clusters (FAT32). */
enum
{
  INFO_LEAD = 0,
  INFO_SIGNATURE = 484,
  INFO_FREE = 488,
  INFO_NEXT = 492,
};

#define EXTENDED_FIELDS 0x29u
#define FLAG_ONE_TABLE 0x80u
#define MOST_CLUSTERS_12 4084u
#define MOST_CLUSTERS_16 65524u
#define MOST_CLUSTERS_32 0x0ffffff4u

static gboolean
is_power (guint32 value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

gboolean
assay_fat_probe (const guint8 *head, gsize length, guint64 size)
{
  if (length < BOOT_BYTES || head[AT_SIGNATURE] != 0x55 || head[AT_SIGNATURE + 1] != 0xaa)
    return FALSE;
  guint sector = assay_get_le16 (head + AT_SECTOR_BYTES);
  gboolean jump = (head[0] == 0xeb && head[2] == 0x90) || head[0] == 0xe9;
  return jump && sector >= 512 && sector <= 4096 && is_power (sector) && is_power (head[AT_CLUSTER_SECTORS])
         && assay_get_le16 (head + AT_RESERVED) != 0 && head[AT_TABLES] != 0
         && (head[AT_MEDIA] == 0xf0 || head[AT_MEDIA] >= 0xf8);
}

static gboolean
read_sizes (const guint8 *boot, AssayFatLayout *layout, guint64 *out_sectors, GError **error)
{
  guint small = assay_get_le16 (boot + AT_TOTAL_16);
  guint32 large = assay_get_le32 (boot + AT_TOTAL_32);
  guint table = assay_get_le16 (boot + AT_TABLE_SECTORS_16);
  guint entries = assay_get_le16 (boot + AT_ROOT_ENTRIES);
  layout->bits = table == 0 ? 32 : 0;
  layout->sector_bytes = assay_get_le16 (boot + AT_SECTOR_BYTES);
  layout->cluster_bytes = layout->sector_bytes * boot[AT_CLUSTER_SECTORS];
  layout->table_offset = (guint64)layout->sector_bytes * assay_get_le16 (boot + AT_RESERVED);
  layout->table_bytes
      = (guint64)layout->sector_bytes * (table != 0 ? table : assay_get_le32 (boot + AT_TABLE_SECTORS_32));
  layout->tables = boot[AT_TABLES];
  layout->medium = boot[AT_MEDIA];
  layout->root_bytes = (guint64)entries * ASSAY_FAT_ENTRY_BYTES;
  if (small != 0 && large != 0 && small != large)
    return assay_fat_fail ("two sizes that are not the same", error);
  if ((layout->bits == 32) != (entries == 0))
    return assay_fat_fail ("fields of FAT32 and of FAT16 beside each other", error);
  if (layout->root_bytes % layout->sector_bytes != 0)
    return assay_fat_fail ("a root directory that ends within a sector", error);
  *out_sectors = small != 0 ? small : large;
  return TRUE;
}

/* The number of clusters says what the table's entries are; Linux and U-Boot know FAT32 by its fields.
 * Both must say the same. */
static gboolean
read_places (AssayFatLayout *layout, guint64 sectors, guint64 size, GError **error)
{
  guint64 tables = layout->table_bytes * layout->tables;
  layout->root_offset = layout->table_offset + tables;
  layout->data_offset = layout->root_offset + layout->root_bytes;
  layout->total_bytes = sectors * layout->sector_bytes;
  if (layout->total_bytes > size)
    return assay_fat_fail ("the image ends before the file system does", error);
  if (layout->data_offset >= layout->total_bytes)
    return assay_fat_fail ("no room for data", error);
  guint64 clusters = (layout->total_bytes - layout->data_offset) / layout->cluster_bytes;
  guint64 most = layout->bits == 32 ? MOST_CLUSTERS_32 : MOST_CLUSTERS_16;
  if (clusters == 0 || clusters > most)
    return assay_fat_fail ("an impossible number of clusters", error);
  if (layout->bits == 32 && clusters <= MOST_CLUSTERS_16)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED,
                              "fat: FAT32 of so few clusters that some readers take it for FAT16");
  if (layout->bits == 0)
    layout->bits = clusters > MOST_CLUSTERS_12 ? 16 : 12;
  layout->clusters = (guint32)clusters;
  if ((clusters + 2) * layout->bits > layout->table_bytes * 8)
    return assay_fat_fail ("a table that is too short", error);
  return TRUE;
}

/* U-Boot goes by this text alone. */
static gboolean
check_type (const guint8 *extended, guint bits, GError **error)
{
  g_autofree char *wanted = g_strdup_printf ("FAT%-5u", bits);
  if (extended[EXTENDED_MARK] != EXTENDED_FIELDS)
    return TRUE;
  return memcmp (extended + EXTENDED_TYPE, wanted, 8) == 0 || memcmp (extended + EXTENDED_TYPE, "FAT     ", 8) == 0
         || assay_fat_fail ("another type by name than by size", error);
}

static void
state_boot (const AssayFat *fat, const guint8 *boot, const guint8 *extended)
{
  GArray *facts = fat->container->node->own_facts;
  assay_facts_add (facts, "fat-type", "fat%u", fat->layout.bits);
  assay_facts_add_raw (facts, "oem-name", (const char *)boot + AT_OEM_NAME, 8);
  assay_facts_add_number (facts, "cluster-bytes", fat->layout.cluster_bytes);
  assay_facts_add_number (facts, "clusters", fat->layout.clusters);
  assay_facts_add (facts, "media", "0x%02x", boot[AT_MEDIA]);
  assay_facts_add (facts, "geometry", "%u sectors, %u heads", assay_get_le16 (boot + AT_TRACK_SECTORS),
                   assay_get_le16 (boot + AT_HEADS));
  assay_facts_add_number (facts, "hidden-sectors", assay_get_le32 (boot + AT_HIDDEN));
  if (extended[EXTENDED_MARK] != EXTENDED_FIELDS)
    return;
  assay_facts_add (facts, "volume-id", "0x%08x", assay_get_le32 (extended + EXTENDED_ID));
  assay_facts_add_raw (facts, "boot-label", (const char *)extended + EXTENDED_LABEL, 11);
}

/* What Linux and whoever mends the file system read beside the first sector of FAT32. */
static gboolean
read_info (AssayFat *fat, GError **error)
{
  AssayNode *node = fat->container->node;
  guint8 info[BOOT_BYTES];
  if (fat->layout.info_sector == 0 || fat->layout.info_sector == 0xffff)
    return TRUE;
  guint64 at = (guint64)fat->layout.info_sector * fat->layout.sector_bytes;
  if (!assay_range_fits (at, sizeof info, fat->layout.table_offset))
    return assay_fat_fail ("an information sector outside of the reserved ones", error);
  if (!assay_blob_read (node->blob, at, info, sizeof info, error))
    return FALSE;
  if (memcmp (info + INFO_LEAD, "RRaA", 4) != 0 || memcmp (info + INFO_SIGNATURE, "rrAa", 4) != 0)
    return assay_fat_fail ("an information sector that is none", error);
  assay_facts_add_number (node->own_facts, "free-clusters", assay_get_le32 (info + INFO_FREE));
  assay_facts_add_number (node->own_facts, "next-free-cluster", assay_get_le32 (info + INFO_NEXT));
  return TRUE;
}

static gboolean
check_backup (AssayFat *fat, const guint8 *boot, GError **error)
{
  gboolean same = TRUE;
  if (fat->layout.backup_sector == 0 || fat->layout.backup_sector == 0xffff)
    return TRUE;
  guint64 at = (guint64)fat->layout.backup_sector * fat->layout.sector_bytes;
  if (!assay_range_fits (at, BOOT_BYTES, fat->layout.table_offset))
    return assay_fat_fail ("a copy of the boot sector outside of the reserved ones", error);
  return assay_blob_equals (fat->container->node->blob, at, boot, BOOT_BYTES, &same, error)
         && (same || assay_fat_fail ("two boot sectors that are not the same", error));
}

static gboolean
read_32 (AssayFat *fat, const guint8 *boot, GError **error)
{
  if (assay_get_le16 (boot + AT_VERSION_32) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "fat: a version of FAT32 that is not known");
  if ((assay_get_le16 (boot + AT_FLAGS_32) & FLAG_ONE_TABLE) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "fat: tables that are not copies of each other");
  fat->layout.root_cluster = assay_get_le32 (boot + AT_ROOT_CLUSTER);
  fat->layout.info_sector = assay_get_le16 (boot + AT_INFO_SECTOR);
  fat->layout.backup_sector = assay_get_le16 (boot + AT_BACKUP_SECTOR);
  return read_info (fat, error) && check_backup (fat, boot, error);
}

gboolean
assay_fat_read_boot (AssayFat *fat, GError **error)
{
  guint8 boot[BOOT_BYTES];
  guint64 sectors = 0;
  AssayNode *node = fat->container->node;
  AssayFatLayout *layout = &fat->layout;
  if (!assay_blob_read (node->blob, 0, boot, sizeof boot, error) || !read_sizes (boot, layout, &sectors, error)
      || !read_places (layout, sectors, node->size, error))
    return FALSE;
  const guint8 *extended = boot + (layout->bits == 32 ? AT_EXTENDED_32 : AT_EXTENDED_16);
  if (!check_type (extended, layout->bits, error))
    return FALSE;
  state_boot (fat, boot, extended);
  return layout->bits != 32 || read_32 (fat, boot, error);
}
