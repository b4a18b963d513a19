#ifndef ASSAY_CAGE_ROW_H
#define ASSAY_CAGE_ROW_H

#include <glib.h>

/* Numbers and texts in a row of bytes, for two processes of one program. */

void assay_put_number (GByteArray *out, guint64 value);

/** assay_put_text: @text may be NULL. */
void assay_put_text (GByteArray *out, const char *text);

/**
 * AssayCursor:
 * @bad: something was asked for that is not there; stays
 */
typedef struct
{
  const guint8 *bytes;
  gsize length;
  gboolean bad;
} AssayCursor;

guint64 assay_take_number (AssayCursor *cursor);

/** assay_take_flag: 0 or 1; anything else is bad. */
gboolean assay_take_flag (AssayCursor *cursor);

/** assay_take_text: (transfer full) (nullable): UTF-8 without control characters; anything else is bad, and NULL. */
char *assay_take_text (AssayCursor *cursor);

/**
 * assay_put_bytes: assay_take_bytes:
 *
 * Any bytes at all, for what is made safe to show by whoever takes it. Taken they are borrowed from the row; NULL, with
 * a length of 0, where NULL was put or nothing of that length is there (bad).
 */
void assay_put_bytes (GByteArray *out, const void *bytes, gsize length);
const guint8 *assay_take_bytes (AssayCursor *cursor, gsize *out_length);

/** assay_take_word: as assay_take_text(), of up to 2 KiB, interned. */
const char *assay_take_word (AssayCursor *cursor);

#endif
