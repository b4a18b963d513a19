#include "inventory/line_private.h"

#include <string.h>

/* Behind the number of a line marker, which a script may have in a comment too: one word and no more but flags, or
 * words of which the first looks as macros do. */
static gboolean
may_be_macro (const char *at, const char *end)
{
  const char *word = at;
  gboolean odd = FALSE;
  gboolean lower = FALSE;
  for (; at < end && (g_ascii_isalnum (*at) || *at == '_' || *at == '$' || (*at & 0x80) != 0); at++)
    {
      odd = odd || (!g_ascii_isalpha (*at));
      lower = lower || g_ascii_islower (*at);
    }
  if (at == word || g_ascii_isdigit (*word))
    return FALSE;
  at = assay_line_skip_blank (at, end);
  if (odd || !lower || (at < end && *at == '('))
    return TRUE;
  while (at < end && (g_ascii_isdigit (*at) || assay_line_is_blank (*at)))
    at++;
  return at >= end;
}

/* Behind the number of `#line NUMBER "file"`. Without a file it stays in its own. */
static void
take_target (AssayLineReading *reading, const char *at, const char *end, gboolean is_marker)
{
  const char *number = at;
  at = assay_line_skip_digits (at, end);
  gboolean has_number = at > number && (at == end || assay_line_is_blank (*at) || *at == '/' || *at == '"');
  at = assay_line_skip_blank (at, end);
  if (is_marker)
    {
      /* a string that is raw or of wide characters; a comment that does not end in this line */
      static const char *const strings[] = { "R\"", "L\"", "u\"", "U\"", "u8\"", "LR\"", "uR\"", "UR\"", "u8R\"" };
      for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
        reading->any = reading->any || assay_line_begins (at, end, strings[i]);
      if (at < end && *at == '"')
        assay_line_take_text (reading, at, end);
      else if (at < end)
        reading->any = reading->any || may_be_macro (at, end);
      else
        reading->any = reading->any || g_strstr_len (number, end - number, "/*") != NULL;
      return;
    }
  if (at >= end && end > number && memchr (number, '/', (gsize)(end - number)) == NULL)
    reading->any = reading->any || !has_number;
  else if (!has_number || at >= end || assay_line_take_text (reading, at, end) == NULL)
    reading->any = TRUE;
}

/* Whether the last comment that begins here ends here. */
static gboolean
ends_comment (const char *at, const char *end)
{
  while ((at = g_strstr_len (at, end - at, "/*")) != NULL)
    {
      const char *close = g_strstr_len (at + 2, end - at - 2, "*/");
      if (close == NULL)
        return FALSE;
      at = close + 2;
    }
  return TRUE;
}

void
assay_line_read_directive (AssayLineReading *reading, const char *at, const char *end)
{
  static const char *const hashes[] = { "#", "%:", "?\?=" };
  gsize length = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (hashes) && length == 0; i++)
    if (assay_line_begins (at, end, hashes[i]))
      length = strlen (hashes[i]);
  if (length == 0)
    return;
  const char *hash = at;
  at = assay_line_skip_blank (at + length, end);
  /* a comment that ends in another line, where the directive goes on */
  if (at == end && g_strstr_len (hash, end - hash, "/*") != NULL && !ends_comment (hash + length, end))
    reading->any = TRUE;
  gboolean is_marker = at < end && g_ascii_isdigit (*at);
  if (is_marker)
    take_target (reading, at, end, TRUE);
  else if (assay_line_begins (at, end, "line")
           && (at + 4 == end || assay_line_is_blank (at[4]) || at[4] == '/' || at[4] == '"'))
    take_target (reading, assay_line_skip_blank (at + 4, end), end, FALSE);
}
