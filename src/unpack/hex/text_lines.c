#include "unpack/hex/text_lines.h"

#include <string.h>

const struct AssayTextLineEnd assay_text_line_ends[ASSAY_TEXT_LINE_ENDS] = {
  { "lf", "\n" },
  { "crlf", "\r\n" },
  { "cr", "\r" },
  { "none", "" },
};

void
assay_text_window_init (AssayTextWindow *window, AssayBlob *blob)
{
  *window = (AssayTextWindow){ .blob = blob, .bytes = g_malloc (ASSAY_BLOB_WINDOW_BYTES) };
}

void
assay_text_window_clear (AssayTextWindow *window)
{
  g_clear_pointer (&window->bytes, g_free);
}

const guint8 *
assay_text_window_peek (AssayTextWindow *window, guint64 offset, gsize *out_length, GError **error)
{
  guint64 size = assay_blob_get_size (window->blob);
  gsize wanted = (gsize)MIN (size - offset, ASSAY_TEXT_LINE_CHARACTERS);
  if (offset < window->start || offset - window->start + wanted > window->length)
    {
      gsize length = (gsize)MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      window->length = 0;
      if (!assay_blob_read (window->blob, offset, window->bytes, length, error))
        return NULL;
      window->start = offset;
      window->length = length;
    }
  *out_length = window->length - (gsize)(offset - window->start);
  return window->bytes + (offset - window->start);
}

/* One pair of digits. */
static gboolean
parse_byte (const guint8 *text, guint8 *out_byte, AssayTextCase *letters)
{
  guint value = 0;
  for (guint i = 0; i < 2; i++)
    {
      char c = (char)text[i];
      if (!g_ascii_isxdigit (c))
        return FALSE;
      if (g_ascii_isupper (c))
        *letters |= ASSAY_TEXT_CASE_UPPER;
      if (g_ascii_islower (c))
        *letters |= ASSAY_TEXT_CASE_LOWER;
      value = value << 4 | (guint)g_ascii_xdigit_value (c);
    }
  *out_byte = (guint8)value;
  return TRUE;
}

const char *
assay_text_record_parse (const AssayTextFormat *format, const guint8 *text, gsize length_bytes, AssayTextRecord *out,
                         AssayTextCase *out_case, gsize *out_length)
{
  gsize at = 1;
  *out_case = ASSAY_TEXT_CASE_NONE;
  *out = (AssayTextRecord){ 0 };
  if (length_bytes < 4 || text[0] != (guint8)format->mark)
    return "no record";
  if (format->typed)
    out->type = (char)text[at++];
  if (format->typed && !g_ascii_isdigit (out->type))
    return "no record";
  if (!parse_byte (text + at, &out->bytes[0], out_case))
    return "a record without a length";
  gsize wanted = out->bytes[0] + format->surplus;
  if (wanted < 4 || wanted > sizeof out->bytes)
    return "a record of impossible length";
  if (length_bytes < at + 2 * wanted)
    return "a record that is cut off";
  for (out->length = 0; out->length < wanted; out->length++, at += 2)
    if (!parse_byte (text + at, &out->bytes[out->length], out_case))
      return "a record that is cut off";
  if (*out_case == ASSAY_TEXT_CASE_MIXED)
    return "capital and small letters in one record";
  if (format->sum (out->bytes, wanted - 1) != out->bytes[wanted - 1])
    return "a wrong checksum";
  *out_length = at;
  return NULL;
}

gsize
assay_text_record_write (const AssayTextFormat *format, AssayTextRecord *record, gboolean lower_case, guint8 *out)
{
  const char *digits = lower_case ? "0123456789abcdef" : "0123456789ABCDEF";
  gsize at = 0;
  record->bytes[0] = (guint8)(record->length + 1 - format->surplus);
  record->bytes[record->length] = format->sum (record->bytes, record->length);
  record->length++;
  out[at++] = (guint8)format->mark;
  if (format->typed)
    out[at++] = (guint8)record->type;
  for (gsize i = 0; i < record->length; i++)
    {
      out[at++] = (guint8)digits[record->bytes[i] >> 4];
      out[at++] = (guint8)digits[record->bytes[i] & 15];
    }
  return at;
}
