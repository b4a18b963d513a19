#ifndef ASSAY_INVENTORY_LINE_TABLE_H
#define ASSAY_INVENTORY_LINE_TABLE_H

#include "inventory/debug/file.h"

/**
 * AssayLineTable:
 *
 * One line number table of .debug_line, versions 2 to 5: which source line made an address, and which files it counts.
 *
 * Read here and not by dwarf_getsrclines: that joins each file with its directory before anybody asks, by which a table
 * of a megabyte takes terabytes, and keeps 48 bytes for each row as long as the file is open.
 */
typedef struct _AssayLineTable AssayLineTable;

/**
 * AssayLineTableParts:
 * @ASSAY_LINE_TABLE_FILES: the header alone, for its files
 * @ASSAY_LINE_TABLE_ROWS: the rows too
 */
typedef enum
{
  ASSAY_LINE_TABLE_FILES = 0,
  ASSAY_LINE_TABLE_ROWS,
} AssayLineTableParts;

/**
 * assay_line_table_new:
 * @file: borrowed; must outlive the table
 * @offset: of the table in .debug_line
 *
 * Returns: (nullable): NULL where there is no such table, or its header is damaged; damaged rows end the rows
 */
AssayLineTable *assay_line_table_new (const AssayDebugFile *file, guint64 offset, AssayLineTableParts parts);
void assay_line_table_free (AssayLineTable *table);

/** assay_line_table_find: the file's number and the line of an address; the same, also where there are none, up to
 * *out_end. */
gboolean assay_line_table_find (const AssayLineTable *table, guint64 address, guint32 *out_file, guint32 *out_line,
                                guint64 *out_end);

/** assay_line_table_claims: adds what addresses its sequences cover, as claims of @value. */
void assay_line_table_claims (const AssayLineTable *table, guint32 value, GArray *claims);

/**
 * assay_line_table_file_path:
 * @number: as rows and DW_AT_call_file have it
 * @compilation_directory: (nullable)
 *
 * Returns: (transfer full) (nullable): the path as assay_source_path() makes it, not yet escaped; NULL for no such file
 */
char *assay_line_table_file_path (const AssayLineTable *table, guint64 number, const char *compilation_directory);

/** assay_line_table_count_files: numbers below may be those of files. */
guint64 assay_line_table_count_files (const AssayLineTable *table);

/** assay_line_table_weight: bytes of memory that it takes, roughly. */
gsize assay_line_table_weight (const AssayLineTable *table);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayLineTable, assay_line_table_free)

#endif
