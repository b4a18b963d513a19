#ifndef ASSAY_UNPACK_FAT_H
#define ASSAY_UNPACK_FAT_H

#include "unpack/container.h"

/* FAT12, FAT16 and FAT32, as Microsoft's "FAT: General Overview of On-Disk Format" (fatgen103) has them, with long
 * names. Where Linux, U-Boot and that text could see another tree than each other, the file system is not opened. */

/** Bytes of one entry of a directory. */
#define ASSAY_FAT_ENTRY_BYTES 32u

/** Units of UTF-16 of the longest long name: 20 entries of 13. */
#define ASSAY_FAT_LONG_UNITS 260u

/**
 * AssayFatLayout: what the boot sector says of places and sizes, checked against each other.
 * @bits: of an entry of the table: 12, 16 or 32
 * @table_offset: where the first table begins; @table_bytes: of each; @tables: how many there are
 * @medium: of what kind the boot sector calls it
 * @root_offset: @root_bytes: where the root directory has a place of its own (FAT12, FAT16)
 * @root_cluster: where it is a chain as any other (FAT32); else 0
 * @clusters: how many; they are numbered from 2
 * @total_bytes: of the file system
 * @info_sector: @backup_sector: of FAT32; 0 where there is none
 */
typedef struct
{
  guint bits;
  guint32 sector_bytes;
  guint32 cluster_bytes;
  guint64 table_offset;
  guint64 table_bytes;
  guint tables;
  guint8 medium;
  guint64 root_offset;
  guint64 root_bytes;
  guint32 root_cluster;
  guint64 data_offset;
  guint32 clusters;
  guint64 total_bytes;
  guint32 info_sector;
  guint32 backup_sector;
} AssayFatLayout;

/** AssayFatRun: bytes of the image, one behind the other. */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayFatRun;

/**
 * AssayFat: a file system that is being read.
 * @table: the first table, all of it
 * @claimed: of each cluster, whether something has it
 */
typedef struct
{
  AssayContainer *container;
  AssayFatLayout layout;
  guint8 *table;
  guint8 *claimed;
} AssayFat;

/** assay_fat_fail: ASSAY_ERROR_MALFORMED, "fat: WHAT"; returns FALSE. */
gboolean assay_fat_fail (const char *what, GError **error);

/** assay_fat_read_boot: the boot sector: fills in @layout, states its facts, and checks its copy. Errors:
 * ASSAY_ERROR_MALFORMED; ASSAY_ERROR_UNSUPPORTED. */
gboolean assay_fat_read_boot (AssayFat *fat, GError **error);

/** assay_fat_read_table: reads the table, and holds its copies against it. */
gboolean assay_fat_read_table (AssayFat *fat, GError **error);

/** assay_fat_state_first_entry: states the first entry of the table as a fact where it is not what the medium of
 * the boot sector makes it. */
void assay_fat_state_first_entry (const AssayFat *fat);

/**
 * assay_fat_read_chain:
 * @out_runs: (element-type AssayFatRun) (transfer full): the clusters from @first to the end of the chain
 *
 * Claims each cluster, so that no two files share one and a chain that leads back into itself ends. Errors:
 * ASSAY_ERROR_MALFORMED, also where the chain is longer than @most_bytes.
 */
gboolean assay_fat_read_chain (AssayFat *fat, guint32 first, guint64 most_bytes, GArray **out_runs, GError **error);

/** AssayFatTime: the three times of an entry. */
typedef enum
{
  ASSAY_FAT_CREATED = 0,
  ASSAY_FAT_ACCESSED,
  ASSAY_FAT_WRITTEN,
  ASSAY_FAT_TIMES,
} AssayFatTime;

/** assay_fat_time_place: where in an entry a time stands, and how long it is. */
AssayFatRun assay_fat_time_place (AssayFatTime which);

/**
 * assay_fat_time_read:
 * @entry: of ASSAY_FAT_ENTRY_BYTES
 *
 * Returns: (transfer full) (nullable): seconds since 1970, as if the local time that FAT has were UTC; hexadecimal
 * digits of what is no time; NULL for zeros, which stand for no time at all
 */
char *assay_fat_time_read (const guint8 *entry, AssayFatTime which);

/** assay_fat_time_write: writes into @entry what assay_fat_time_read() gave; FALSE where that is no time. */
gboolean assay_fat_time_write (const char *text, AssayFatTime which, guint8 *entry);

/**
 * AssayFatLongName: the entries of a long name, as they come: the last part first.
 * @left: parts that are still to come; @checksum: of the short name that must follow
 * @units: UTF-16; @count: how many, with those behind the end
 */
typedef struct
{
  guint left;
  guint8 checksum;
  guint16 units[ASSAY_FAT_LONG_UNITS];
  guint count;
} AssayFatLongName;

/** assay_fat_long_add: takes the next part. Errors: ASSAY_ERROR_MALFORMED it is not the next one. */
gboolean assay_fat_long_add (AssayFatLongName *name, const guint8 *entry, GError **error);

/** assay_fat_long_finish: (transfer full): the long name of the short entry @entry, in UTF-8, or NULL with an error. */
char *assay_fat_long_finish (const AssayFatLongName *name, const guint8 *entry, GError **error);

/** assay_fat_short_name: (transfer full): `NAME.EXT` as stored, or in small letters where @entry says so and @cased
 * asks for it; NULL with an error where no short name is written so. */
char *assay_fat_short_name (const guint8 *entry, gboolean cased, GError **error);

/** assay_fat_cut_name: (transfer full): what U-Boot reads of the short name, up to the first space of each part
 * (fs/fat/fat.c, get_name). */
char *assay_fat_cut_name (const guint8 *entry);

/** assay_fat_low_name: (transfer full): what U-Boot reads of the long name @name, the lower byte of each unit
 * (slot2str). */
char *assay_fat_low_name (const char *name);

/** assay_fat_read_tree: adds every entry with its facts and content. */
gboolean assay_fat_read_tree (AssayFat *fat, GError **error);

#endif
