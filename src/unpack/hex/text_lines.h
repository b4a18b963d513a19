#ifndef ASSAY_UNPACK_TEXT_LINES_H
#define ASSAY_UNPACK_TEXT_LINES_H

#include "unpack/hex/text_image.h"

/** Characters of the longest record with its mark and type, and of a line end. */
#define ASSAY_TEXT_LINE_CHARACTERS (2 * ASSAY_TEXT_RECORD_BYTES + 4)

/** AssayTextWindow: a text that is read on from any place at low cost. */
typedef struct
{
  AssayBlob *blob;
  guint8 *bytes;
  guint64 start;
  gsize length;
} AssayTextWindow;

void assay_text_window_init (AssayTextWindow *window, AssayBlob *blob);
void assay_text_window_clear (AssayTextWindow *window);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayTextWindow, assay_text_window_clear)

/** assay_text_window_peek: the bytes from @offset on, at least a whole line of a record unless the text ends before;
 * valid until the next call. */
const guint8 *assay_text_window_peek (AssayTextWindow *window, guint64 offset, gsize *out_length, GError **error);

/** AssayTextStyle: how lines are written, as the words of the list of records say. */
typedef struct
{
  gboolean lower_case;
  guint line_end;
} AssayTextStyle;

#define ASSAY_TEXT_LINE_ENDS 4u

/** The line ends: word of the list, and characters. "none" is nothing, as at the end of a file. */
extern const struct AssayTextLineEnd
{
  const char *word;
  const char *characters;
} assay_text_line_ends[ASSAY_TEXT_LINE_ENDS];

/** AssayTextCase: of the letters among the digits of a record. */
typedef enum
{
  ASSAY_TEXT_CASE_NONE = 0,
  ASSAY_TEXT_CASE_UPPER = 1 << 0,
  ASSAY_TEXT_CASE_LOWER = 1 << 1,
  ASSAY_TEXT_CASE_MIXED = ASSAY_TEXT_CASE_UPPER | ASSAY_TEXT_CASE_LOWER,
} AssayTextCase;

/**
 * assay_text_record_parse:
 * @text: which begins with the mark
 * @out_length: characters of the record
 *
 * Returns: why it is none, as static text; NULL when all is well
 */
const char *assay_text_record_parse (const AssayTextFormat *format, const guint8 *text, gsize length_bytes,
                                     AssayTextRecord *out, AssayTextCase *out_case, gsize *out_length);

/** assay_text_record_write: as characters, without line end, after appending the checksum. @out: room for
 * ASSAY_TEXT_LINE_CHARACTERS. Returns: how many. */
gsize assay_text_record_write (const AssayTextFormat *format, AssayTextRecord *record, gboolean lower_case,
                               guint8 *out);

#endif
