#ifndef ASSAY_INPUT_CHARACTERS_H
#define ASSAY_INPUT_CHARACTERS_H

#include <glib.h>

/** AssayCharacters: which characters beyond the visible ones a text may hold. */
typedef enum
{
  ASSAY_CHARACTERS_LINE = 0, /* one line: no control character at all */
  ASSAY_CHARACTERS_BLOCK,    /* several lines: line feed and tab */
  ASSAY_CHARACTERS_FILE,     /* a text file: as a block, and carriage return before a line feed */
} AssayCharacters;

/**
 * assay_characters_find_refused:
 * @text: @length_bytes of bytes; borrowed
 * @out_offset_bytes: where the first refused byte stands; untouched when there is none
 * @out_why: what it is, for a message; transfer full; untouched when there is none
 *
 * Finds the first place of a text that a reader could not trust to be what it looks like: bytes that are not UTF-8,
 * NUL, control characters, DEL and C1, the Unicode line and paragraph separators (YAML 1.1 breaks lines there, editors
 * do not, so a comment could hide a key), bidirectional controls (UAX 9), and the byte order mark.
 *
 * Returns: whether there is one
 */
gboolean assay_characters_find_refused (const char *text, gsize length_bytes, AssayCharacters allowed,
                                        gsize *out_offset_bytes, char **out_why);

#endif
