#include "report/emit.h"

#include "util/json.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

void
assay_emitter_init (AssayEmitter *emitter)
{
  emitter->text = g_string_new (NULL);
  emitter->comma = FALSE;
}

void
assay_emitter_clear (AssayEmitter *emitter)
{
  if (emitter->text != NULL)
    g_string_free (emitter->text, TRUE);
  emitter->text = NULL;
}

static void
begin_value (AssayEmitter *emitter)
{
  if (emitter->comma)
    g_string_append_c (emitter->text, ',');
  emitter->comma = TRUE;
}

void
assay_emitter_open (AssayEmitter *emitter, char bracket)
{
  begin_value (emitter);
  g_string_append_c (emitter->text, bracket);
  emitter->comma = FALSE;
}

void
assay_emitter_close (AssayEmitter *emitter, char bracket)
{
  g_string_append_c (emitter->text, bracket);
  emitter->comma = TRUE;
}

/* Characters that stand in JSON as they are, one after the other. A report has millions of strings. */
static void
append_plain (GString *text, const char *plain, gsize length)
{
  gsize at = text->len;
  g_string_set_size (text, at + length + 2);
  text->str[at] = '"';
  memcpy (text->str + at + 1, plain, length);
  text->str[at + 1 + length] = '"';
}

void
assay_emitter_key (AssayEmitter *emitter, const char *key)
{
  begin_value (emitter);
  append_plain (emitter->text, key, strlen (key));
  g_string_append_c (emitter->text, ':');
  emitter->comma = FALSE;
}

/* The escapes of assay_json_canonical(), which are those of jansson 2.14 without flags and some more, so that both ways
 * to a report give the same bytes. */
static void
append_escape (GString *text, guint8 c)
{
  static const char shorts[0x5d]
      = { ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };
  if (shorts[c] != 0)
    {
      g_string_append_c (text, '\\');
      g_string_append_c (text, shorts[c]);
    }
  else
    g_string_append_printf (text, "\\u%04X", (guint)c);
}

/* What needs no escape of JSON's own. */
static void
append_run (GString *text, const char *run, const char *end)
{
  while (run < end)
    {
      char escape[ASSAY_JSON_ESCAPE_SIZE];
      const char *found = assay_text_find_misleading (run, end);
      g_string_append_len (text, run, found - run);
      if (found == end)
        return;
      g_string_append_len (text, escape, (gssize)assay_json_escape (g_utf8_get_char (found), escape));
      run = g_utf8_next_char (found);
    }
}

static void
append_string (GString *text, const char *value)
{
  const char *run = value;
  g_string_append_c (text, '"');
  for (const char *c = value;; c++)
    {
      guint8 byte = (guint8)*c;
      if (byte >= 0x20 && byte != '"' && byte != '\\')
        continue;
      append_run (text, run, c);
      if (byte == 0)
        break;
      append_escape (text, byte);
      run = c + 1;
    }
  g_string_append_c (text, '"');
}

/* Of what is written as it is in all of JSON. @out_length: of the whole text, where it is so */
static gboolean
is_plain (const char *text, gsize *out_length)
{
  const char *c = text;
  for (; *c != '\0'; c++)
    if ((guint8)*c < 0x20 || (guint8)*c >= 0x7f || *c == '"' || *c == '\\')
      return FALSE;
  *out_length = (gsize)(c - text);
  return TRUE;
}

void
assay_emitter_text (AssayEmitter *emitter, const char *text)
{
  gsize length = 0;
  begin_value (emitter);
  if (text == NULL)
    g_string_append (emitter->text, "null");
  else if (is_plain (text, &length))
    append_plain (emitter->text, text, length);
  else if (g_utf8_validate (text, -1, NULL))
    append_string (emitter->text, text);
  else
    {
      g_autofree char *escaped = assay_text_escape_line (text, -1);
      append_string (emitter->text, escaped);
    }
}

void
assay_emitter_count (AssayEmitter *emitter, guint64 value)
{
  begin_value (emitter);
  if (value >= G_GUINT64_CONSTANT (1) << 53)
    g_string_append_printf (emitter->text, "\"0x%" G_GINT64_MODIFIER "x\"", value);
  else
    {
      char digits[16]; /* 2^53 has as many */
      char *first = digits + sizeof digits;
      do
        *--first = (char)('0' + value % 10);
      while ((value /= 10) > 0);
      g_string_append_len (emitter->text, first, digits + sizeof digits - first);
    }
}

void
assay_emitter_flag (AssayEmitter *emitter, gboolean value)
{
  begin_value (emitter);
  g_string_append (emitter->text, value ? "true" : "false");
}

void
assay_emitter_json (AssayEmitter *emitter, const json_t *value)
{
  char *text = assay_json_canonical (value);
  begin_value (emitter);
  g_string_append_len (emitter->text, text, (gssize)strlen (text) - 1); /* without the final newline */
  free (text);
}

void
assay_emitter_add_text (AssayEmitter *emitter, const char *key, const char *text)
{
  if (text == NULL)
    return;
  assay_emitter_key (emitter, key);
  assay_emitter_text (emitter, text);
}

void
assay_emitter_add_count (AssayEmitter *emitter, const char *key, guint64 value)
{
  assay_emitter_key (emitter, key);
  assay_emitter_count (emitter, value);
}

void
assay_emitter_add_hex64 (AssayEmitter *emitter, const char *key, guint64 value)
{
  char text[19];
  g_snprintf (text, sizeof text, "0x%" G_GINT64_MODIFIER "x", value);
  assay_emitter_add_text (emitter, key, text);
}

void
assay_emitter_add_digest (AssayEmitter *emitter, const char *key, const AssayDigest *digest)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  if (digest == NULL)
    return;
  assay_digest_to_hex (digest, hex);
  assay_emitter_add_text (emitter, key, hex);
}

void
assay_emitter_add_bytes (AssayEmitter *emitter, const char *key, const guint8 *bytes, gsize length_bytes)
{
  if (length_bytes == 0)
    return;
  g_autofree char *hex = assay_text_hex (bytes, length_bytes);
  assay_emitter_add_text (emitter, key, hex);
}
