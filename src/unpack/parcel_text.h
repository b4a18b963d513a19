#ifndef ASSAY_UNPACK_PARCEL_TEXT_H
#define ASSAY_UNPACK_PARCEL_TEXT_H

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

/** assay_take_word: as assay_take_text(), of up to 2 KiB, interned. */
const char *assay_take_word (AssayCursor *cursor);

#endif
