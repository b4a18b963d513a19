#ifndef ASSAY_INVENTORY_STRINGS_H
#define ASSAY_INVENTORY_STRINGS_H

#include "util/blob.h"

#include <glib.h>

/**
 * AssayElfString: one name asked of a string table.
 * @offset: of its first byte in the table
 * @target: whose name it is; for the caller
 * @text: the answer, escaped by assay_text_escape_line(); "" where the table does not hold it
 */
typedef struct
{
  guint64 offset;
  guint32 target;
  const char *text;
} AssayElfString;

/**
 * assay_elf_strings_resolve:
 * @table_offset: of the string table in the file
 * @table_size: bytes of it; the range lies in the blob
 * @wanted: (element-type AssayElfString): reordered by offset, and answered
 * @chunk: where the texts live from now on
 * @out_refused: how many names the table does not hold, with or without a closing NUL
 *
 * Reads the names of a string table in one ascending pass of windows, so that a table of any size needs the memory of
 * one window and of the names. Names may share bytes, by which a small table can spell gigabytes: what all names
 * together take is at most four times the table (linkers that share ends save a few per cent), the rest is refused. A
 * name is cut after ASSAY_BLOB_WINDOW_BYTES.
 *
 * Errors: those of assay_blob_read().
 */
gboolean assay_elf_strings_resolve (AssayBlob *blob, guint64 table_offset, guint64 table_size, GArray *wanted,
                                    GStringChunk *chunk, guint *out_refused, GError **error);

#endif
