#ifndef ASSAY_UNPACK_PARTITION_H
#define ASSAY_UNPACK_PARTITION_H

#include "unpack/container.h"

/* What the tables of partitions share. All tables are compared byte by byte, and so is what no partition has: here is
 * only worked out where partitions lie. */

/** Bytes of a sector of the table that PCs began with, whatever the disk has. */
#define ASSAY_MBR_SECTOR_BYTES 512u

/** Type of the one partition that keeps older programs off a GPT. */
#define ASSAY_MBR_PROTECTIVE 0xeeu

/**
 * AssayPartition:
 * @number: as Linux counts, from 1
 * @offset: @length: bytes
 * @holds_files: its type says that files are in it, or memory pages: no firmware runs its bytes, or copies them to an
 * address, as they are
 */
typedef struct
{
  guint number;
  guint64 offset;
  guint64 length;
  gboolean holds_files;
} AssayPartition;

/**
 * assay_partition_add: appends the child "#partN".
 *
 * Errors: ASSAY_ERROR_MALFORMED it leaves the container; ASSAY_ERROR_LIMIT.
 *
 * Returns: (transfer none)
 */
AssayNode *assay_partition_add (AssayContainer *container, const AssayPartition *partition, GError **error);

/** assay_partition_table: claims bytes of a table; they are compared as they are. */
void assay_partition_table (AssayContainer *container, guint64 offset, guint64 length, const char *name);

/**
 * assay_gpt_open:
 *
 * Reads the GPT behind a protective table of partitions: both headers and both lists must say the same (UEFI
 * specification, "GUID Partition Table (GPT) Disk Layout"). Errors: ASSAY_ERROR_MALFORMED; ASSAY_ERROR_LIMIT.
 */
gboolean assay_gpt_open (AssayContainer *container, GError **error);

#endif
