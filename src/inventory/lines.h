#ifndef ASSAY_INVENTORY_LINES_H
#define ASSAY_INVENTORY_LINES_H

#include "inventory/interpreter.h"
#include "util/blob.h"

#include <glib.h>

/**
 * AssaySourcePlace:
 * @file: source file; relative to the compilation directory where it lies beneath it ("lib/polar.c"), otherwise as the
 *   file has it, with `.` and `..` taken out of it as text. NULL where only the function is known
 * @line: from 1; 0 where the compiler says that no line is to be blamed, or where only the function is known
 * @function: DW_AT_name of the innermost function, an inlined one too; NULL where only file and line are known (the
 *   split file is not at hand, or assembly)
 * @inlined_by: (element-type utf8): "function at file:line" for each call that was inlined, innermost first; empty for
 *   a function that was not inlined, never NULL
 *
 * A place in the source, as debug information has it. All text is untrusted and escaped by assay_text_escape_line(). It
 * is for the reader and no evidence (trust.md, T14): nothing here can make a byte pass.
 */
typedef struct
{
  char *file;
  guint line;
  char *function;
  GPtrArray *inlined_by;
} AssaySourcePlace;

/** assay_source_place_clear: frees what the place holds, and makes it all NULL. */
void assay_source_place_clear (AssaySourcePlace *place);

/**
 * AssayLines: the debug information of one ELF file, which an interpreter reads. Not for several threads at once.
 */
typedef struct _AssayLines AssayLines;

/**
 * assay_lines_new:
 * @interpreter: who reads it; borrowed, must outlive the result. It has one file open at a time: what was opened before
 *   finds nothing more
 * @blob: an ELF file with debug information: a program, a separate debug file, a relocatable object. Not needed after
 *   the call
 * @split: (nullable) (element-type AssayBlob): files that hold parts of its debug information: .dwo, .dwp, and the file
 *   that dwz shared. Found by unit and build identifiers, never by name; those of something else are left unused, and
 *   so are those that cannot be read
 *
 * Opens the debug information of an ELF file. No other file is ever opened, whatever this one names, and no server is
 * asked. Only what lookups need is read: the units here, the contents of one unit at its first lookup.
 *
 * What is damaged finds less; that is no error, and neither is it when the interpreter ends later on: then nothing more
 * is found.
 *
 * Errors: ASSAY_ERROR_NO_CONTENT it has no debug information; ASSAY_ERROR_LIMIT "debug-bytes", "debug-units",
 * "node-time"; ASSAY_ERROR_MALFORMED it is no ELF file, or nothing of its debug information can be read;
 * ASSAY_ERROR_FAILED the interpreter ended or lied; I/O.
 * Source: DWARF versions 2 to 5, and GNU's split DWARF for version 4.
 */
AssayLines *assay_lines_new (AssayInterpreter *interpreter, AssayBlob *blob, const GPtrArray *split, GError **error);

/**
 * assay_lines_find:
 * @address: in memory; in a relocatable file the offset in the section
 * @section: 0; in a relocatable file the section's number
 * @out: to be cleared by the caller when TRUE; untouched otherwise
 *
 * Returns: whether something of the place is known
 */
gboolean assay_lines_find (AssayLines *lines, guint64 address, guint32 section, AssaySourcePlace *out);

/**
 * AssaySourceRun: a range of code that lines of one file made.
 * @unit: the file that was given to the compiler; @file: the one that the lines are of, as the line table has it; both
 *   escaped by assay_text_escape_line(), absolute or relative as assay_sources_list() has them, or NULL. Borrowed
 */
typedef struct
{
  guint64 length;
  const char *unit;
  const char *file;
} AssaySourceRun;

typedef void (*AssaySourceRunSink) (const AssaySourceRun *run, gpointer data);

/**
 * assay_lines_walk:
 * @address: @section: as of assay_lines_find()
 * @length: bytes
 * @sink: is given runs in their order; what no line is of has no @file
 *
 * From which files code comes. It is what the file says of itself, and for a reader.
 *
 * Returns: whether all @length bytes were given; FALSE where who reads it ended
 */
gboolean assay_lines_walk (AssayLines *lines, guint64 address, guint32 section, guint64 length, AssaySourceRunSink sink,
                           gpointer data);

void assay_lines_free (AssayLines *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayLines, assay_lines_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySourcePlace, assay_source_place_clear)

#endif
