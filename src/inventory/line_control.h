#ifndef ASSAY_INVENTORY_LINE_CONTROL_H
#define ASSAY_INVENTORY_LINE_CONTROL_H

#include "util/blob.h"

/**
 * AssayLineControl: of which other files a text tells compilers that its lines are.
 *
 * @names: (element-type utf8): with escapes of C undone, escaped by assay_text_escape_line(); each once, sorted
 * @any: it may name others too: one that is made by a macro, one of those that the compiler counts, one with escapes
 *   that compilers may read otherwise, or more than are kept
 */
typedef struct
{
  GPtrArray *names;
  gboolean any;
} AssayLineControl;

/**
 * assay_line_control_find:
 * @out: (transfer full): NULL where the text names no other file
 *
 * Looks for what makes line tables speak of another file than the one that is read: `#line` and the line markers of
 * preprocessed C (also behind a byte order mark, trigraphs, digraphs, comments and joined lines), `//line` of Go, and
 * `.file`, `.loc`, `.linefile` and sections of debug information in assembly, wherever it stands. Rather one too many
 * than one too few: whoever has read the file knows better. What a program writes, or puts together of parts, is not
 * found.
 *
 * Errors: those of assay_blob_read(). Source: ISO C17, 5.1.1.2 and 6.10.4; GNU cpp, "Preprocessor Output"; GNU as,
 * ".file", ".loc", ".linefile"; the Go compiler, "Compiler Directives".
 */
gboolean assay_line_control_find (AssayBlob *blob, AssayLineControl **out, GError **error);

/** assay_line_control_copy: / assay_line_control_free: @control: (nullable) */
AssayLineControl *assay_line_control_copy (const AssayLineControl *control);
void assay_line_control_free (AssayLineControl *control);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayLineControl, assay_line_control_free)

#endif
