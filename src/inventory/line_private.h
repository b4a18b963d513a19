#ifndef ASSAY_INVENTORY_LINE_PRIVATE_H
#define ASSAY_INVENTORY_LINE_PRIVATE_H

#include <glib.h>

/* The parts of line_control.h: how a line is cut and put together is line_control.c, what one says in C is
 * line_directive.c, and in assembly, Go and others line_languages.c. All take [at, end) of one line. */

/**
 * AssayLineReading: one text while it is read.
 *
 * @names: (element-type utf8): a set, escaped, of what its directives name
 * @any: whether it may name anything
 * @joined: whether the line is one of several
 * @line: with what joins it to others taken out; @physical: where in it the last of those lines begins
 */
typedef struct
{
  GHashTable *names;
  gboolean any;
  gboolean joined;
  GString *line;
  gsize physical;
} AssayLineReading;

/** assay_line_add_name: @length bytes of @raw. One more than a text may have makes it any, and so does one that does
 * not end in the name of a file. */
void assay_line_add_name (AssayLineReading *reading, const char *raw, gsize length);

gboolean assay_line_is_blank (char c);
gboolean assay_line_begins (const char *at, const char *end, const char *with);
gboolean assay_line_begins_any_case (const char *at, const char *end, const char *with);
const char *assay_line_skip_digits (const char *at, const char *end);

/** assay_line_skip_blank: behind blanks and comments; one that does not end in this line ends behind it. */
const char *assay_line_skip_blank (const char *at, const char *end);

/**
 * assay_line_take_text:
 *
 * A text between quotes, which a string of C escapes once more, becomes a name. What compilers may read in two ways
 * (escapes that are not C's, a zero byte, at which a name ends, trigraphs) may be any name.
 *
 * Returns: (nullable): what is behind it; NULL where there is none
 */
const char *assay_line_take_text (AssayLineReading *reading, const char *at, const char *end);

/** assay_line_read_directive: `#line` and the markers of a preprocessor, which begin with their hash. */
void assay_line_read_directive (AssayLineReading *reading, const char *at, const char *end);

/** assay_line_read_go: at the beginning of a line, and in a comment anywhere. */
void assay_line_read_go (AssayLineReading *reading, const char *at, const char *end);

void assay_line_read_assembly (AssayLineReading *reading, const char *at, const char *end);

/**
 * assay_line_read_others: directives of languages that have no line of `#`: a pragma of Ada, which may stand in several
 * lines; one of Haskell; a directive of nasm. @first: where the line begins but for blanks and comments
 */
void assay_line_read_others (AssayLineReading *reading, const char *first, const char *start, const char *end);

#endif
