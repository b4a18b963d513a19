#ifndef ASSAY_INVENTORY_LINE_TABLE_PRIVATE_H
#define ASSAY_INVENTORY_LINE_TABLE_PRIVATE_H

#include "inventory/debug/line_table.h"
#include "inventory/range_map.h"

/** AssayLineFile: @name borrowed from the sections; "" where it could not be read. */
typedef struct
{
  const char *name;
  guint64 directory;
} AssayLineFile;

/** AssayLineRow: what rows say of the addresses that they claim. */
typedef struct
{
  guint32 file;
  guint32 line;
} AssayLineRow;

struct _AssayLineTable
{
  const AssayDebugFile *source;
  guint16 version;
  guint8 offset_size;
  guint8 address_size;
  guint8 minimum_length;
  guint8 operations;
  gint8 line_base;
  guint8 line_range;
  guint8 opcode_base;
  guint8 argument_counts[256];
  GPtrArray *directories; /* const char *, borrowed */
  GArray *files;          /* AssayLineFile */
  GArray *rows;           /* AssayLineRow; the values of the map */
  GArray *sequences;      /* AssayRangeClaim */
  AssayRangeMap *map;
};

/**
 * assay_line_header_read: reads the header from @cursor, which is at the first byte of the table and is left at the
 * first opcode, cut to the table.
 */
gboolean assay_line_header_read (AssayLineTable *table, AssayDebugCursor *cursor);

/** assay_line_program_run: runs the opcodes, and fills rows, sequences and the map. */
gboolean assay_line_program_run (AssayLineTable *table, AssayDebugCursor *cursor);

#endif
