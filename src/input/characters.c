#include "input/characters.h"

static gboolean
is_refused (gunichar c)
{
  static const struct
  {
    gunichar first, last;
  } ranges[] = {
    { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x061c, 0x061c }, { 0x200e, 0x200f },
    { 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, { 0xfffe, 0xffff },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    if (c >= ranges[i].first && c <= ranges[i].last)
      return TRUE;
  return FALSE;
}

static gboolean
is_allowed (const char *at, const char *end, AssayCharacters allowed)
{
  switch (*at)
    {
    case '\t':
    case '\n':
      return allowed != ASSAY_CHARACTERS_LINE;
    case '\r':
      return allowed == ASSAY_CHARACTERS_FILE && end - at > 1 && at[1] == '\n';
    default:
      return FALSE;
    }
}

gboolean
assay_characters_find_refused (const char *text, gsize length_bytes, AssayCharacters allowed, gsize *out_offset_bytes,
                               char **out_why)
{
  const char *end = text + length_bytes;
  const char *valid = text;
  gboolean is_valid = g_utf8_validate_len (text, length_bytes, &valid);
  for (const char *at = text; at < valid; at = g_utf8_next_char (at))
    {
      gunichar c = (guint8)*at < 0x80 ? (guint8)*at : g_utf8_get_char (at);
      if (!is_refused (c) || is_allowed (at, end, allowed))
        continue;
      *out_offset_bytes = (gsize)(at - text);
      *out_why = g_strdup_printf ("the character U+%04X is not accepted", c);
      return TRUE;
    }
  if (is_valid)
    return FALSE;
  *out_offset_bytes = (gsize)(valid - text);
  *out_why = g_strdup (*valid == '\0' ? "a NUL byte is not accepted" : "this is not valid UTF-8");
  return TRUE;
}
