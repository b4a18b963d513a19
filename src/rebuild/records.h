#ifndef ASSAY_REBUILD_RECORDS_H
#define ASSAY_REBUILD_RECORDS_H

#include "util/blob.h"

/** AssayRecordsKind: texts of records whose digits stand for bytes, as binutils tell them apart: by how they begin. */
typedef enum
{
  ASSAY_RECORDS_NONE = 0,
  ASSAY_RECORDS_IMAGE,    /* Intel HEX, Motorola S-record: unpack has readers for these */
  ASSAY_RECORDS_SYMBOLS,  /* S-records behind a table of symbols */
  ASSAY_RECORDS_TEKTRONIX /* Extended Tektronix Hex */
} AssayRecordsKind;

/** assay_records_find_kind: Errors: those of assay_blob_read(). */
gboolean assay_records_find_kind (AssayBlob *blob, AssayRecordsKind *out_kind, GError **error);

/** AssayRecords: @in_turn: what the records say, one behind the other: so a linker has it that makes a section of each;
 * @by_address: (nullable): as it stands in memory, zeros in small gaps; NULL where that is the same. */
typedef struct
{
  GBytes *in_turn;
  GBytes *by_address;
} AssayRecords;

/**
 * assay_records_read:
 *
 * Reads a text as binutils do (bfd/srec.c, ihex.c, tekhex.c), but that nothing is a reason to refuse it: no checksum,
 * no line that is no record. Errors: those of assay_blob_read(); ASSAY_ERROR_LIMIT out of memory.
 */
gboolean assay_records_read (AssayBlob *blob, AssayRecordsKind kind, AssayRecords *out, GError **error);
void assay_records_clear (AssayRecords *records);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayRecords, assay_records_clear)

#endif
