#include "cage/row.h"

#include "util/text.h"

#include <string.h>

#define NO_TEXT G_MAXUINT64
#define WORD_BYTES 2048u

void
assay_put_number (GByteArray *out, guint64 value)
{
  g_byte_array_append (out, (const guint8 *)&value, sizeof value);
}

void
assay_put_bytes (GByteArray *out, const void *bytes, gsize length)
{
  assay_put_number (out, bytes == NULL ? NO_TEXT : length);
  if (bytes != NULL)
    g_byte_array_append (out, bytes, (guint)length);
}

void
assay_put_text (GByteArray *out, const char *text)
{
  assay_put_bytes (out, text, text == NULL ? 0 : strlen (text));
}

guint64
assay_take_number (AssayCursor *cursor)
{
  guint64 value = 0;
  if (cursor->bad || cursor->length < sizeof value)
    {
      cursor->bad = TRUE;
      return 0;
    }
  memcpy (&value, cursor->bytes, sizeof value);
  cursor->bytes += sizeof value;
  cursor->length -= sizeof value;
  return value;
}

gboolean
assay_take_flag (AssayCursor *cursor)
{
  guint64 value = assay_take_number (cursor);
  cursor->bad = cursor->bad || value > 1;
  return value == 1;
}

static gboolean
is_line (const char *text, gsize length)
{
  if (!g_utf8_validate_len (text, length, NULL))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] < 0x20 || text[i] == 0x7f)
      return FALSE;
  return TRUE;
}

const guint8 *
assay_take_bytes (AssayCursor *cursor, gsize *out_length)
{
  guint64 length = assay_take_number (cursor);
  *out_length = 0;
  if (cursor->bad || length == NO_TEXT)
    return NULL;
  if (length > cursor->length)
    {
      cursor->bad = TRUE;
      return NULL;
    }
  const guint8 *bytes = cursor->bytes;
  cursor->bytes += length;
  cursor->length -= (gsize)length;
  *out_length = (gsize)length;
  return bytes;
}

char *
assay_take_text (AssayCursor *cursor)
{
  gsize length = 0;
  const char *bytes = (const char *)assay_take_bytes (cursor, &length);
  if (bytes == NULL)
    return NULL;
  if (!is_line (bytes, length))
    {
      cursor->bad = TRUE;
      return NULL;
    }
  return g_strndup (bytes, length);
}

const char *
assay_take_word (AssayCursor *cursor)
{
  g_autofree char *text = assay_take_text (cursor);
  cursor->bad = cursor->bad || (text != NULL && strlen (text) > WORD_BYTES);
  return text == NULL || cursor->bad ? NULL : assay_text_intern (text);
}
