#include "report/emit.h"

#include "util/digits.h"
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

/* Room for so many bytes at the end, which are to be written. A report has millions of strings. */
static inline char *
grow (GString *text, gsize length)
{
  gsize at = text->len;
  if (G_LIKELY (length < text->allocated_len - at))
    {
      text->len = at + length;
      text->str[text->len] = '\0';
    }
  else
    g_string_set_size (text, at + length);
  return text->str + at;
}

static void
begin_value (AssayEmitter *emitter)
{
  if (emitter->comma)
    *grow (emitter->text, 1) = ',';
  emitter->comma = TRUE;
}

void
assay_emitter_open (AssayEmitter *emitter, char bracket)
{
  begin_value (emitter);
  *grow (emitter->text, 1) = bracket;
  emitter->comma = FALSE;
}

void
assay_emitter_close (AssayEmitter *emitter, char bracket)
{
  *grow (emitter->text, 1) = bracket;
  emitter->comma = TRUE;
}

/* Characters that stand in JSON as they are, one after the other. */
static void
append_plain (GString *text, const char *plain, gsize length)
{
  char *at = grow (text, length + 2);
  at[0] = '"';
  memcpy (at + 1, plain, length);
  at[1 + length] = '"';
}

void
assay_emitter_key (AssayEmitter *emitter, const char *key)
{
  gsize length = strlen (key);
  gsize comma = emitter->comma ? 1 : 0;
  char *at = grow (emitter->text, comma + length + 3);
  at[0] = ',';
  at += comma;
  at[0] = '"';
  memcpy (at + 1, key, length);
  at[1 + length] = '"';
  at[2 + length] = ':';
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

/* A word with this byte in all places. */
#define BYTES(byte) (G_MAXUINT64 / 0xff * (byte))

/* Whether one of eight characters may have to be written in another way; the characters decide. */
static inline gboolean
is_suspect (guint64 word)
{
  guint64 quote = word ^ BYTES ('"');
  guint64 backslash = word ^ BYTES ('\\');
  guint64 deleted = word ^ BYTES (0x7f);
  /* the top bit of a byte: it is a control or less; it is zero */
  guint64 low = (word - BYTES (0x20)) | (quote - BYTES (1)) | (backslash - BYTES (1)) | (deleted - BYTES (1));
  return ((low | word) & BYTES (0x80)) != 0;
}

gboolean
assay_emitter_is_plain (const char *text, gsize length)
{
  gsize at = 0;
  for (guint64 word; length - at >= sizeof word; at += sizeof word)
    {
      memcpy (&word, text + at, sizeof word);
      if (is_suspect (word))
        break;
    }
  for (; at < length; at++)
    if ((guint8)text[at] < 0x20 || (guint8)text[at] >= 0x7f || text[at] == '"' || text[at] == '\\')
      return FALSE;
  return TRUE;
}

void
assay_emitter_text (AssayEmitter *emitter, const char *text)
{
  gsize length = text == NULL ? 0 : strlen (text);
  begin_value (emitter);
  if (text == NULL)
    g_string_append (emitter->text, "null");
  else if (assay_emitter_is_plain (text, length))
    append_plain (emitter->text, text, length);
  else if (g_utf8_validate (text, -1, NULL))
    append_string (emitter->text, text);
  else
    {
      g_autofree char *escaped = assay_text_escape_line (text, -1);
      append_string (emitter->text, escaped);
    }
}

char *
assay_emitter_put_hex64 (char *at, guint64 value)
{
  memcpy (at, "\"0x", 3);
  at += 3;
  gsize length = 1;
  while (length < 16 && value >> (4 * length) != 0)
    length++;
  assay_digits_hexadecimal (at + length, value);
  at += length;
  *at++ = '"';
  return at;
}

char *
assay_emitter_put_count (char *at, guint64 value)
{
  if (value >= G_GUINT64_CONSTANT (1) << 53)
    return assay_emitter_put_hex64 (at, value);
  gsize length = 1;
  for (guint64 power = 10; value >= power; power *= 10)
    length++;
  assay_digits_decimal (at + length, value);
  return at + length;
}

char *
assay_emitter_put_bytes (char *at, const guint8 *bytes, gsize length_bytes)
{
  static const char digits[] = "0123456789abcdef";
  *at++ = '"';
  for (gsize i = 0; i < length_bytes; i++)
    {
      *at++ = digits[bytes[i] >> 4];
      *at++ = digits[bytes[i] & 15];
    }
  *at++ = '"';
  return at;
}

void
assay_emitter_count (AssayEmitter *emitter, guint64 value)
{
  char text[ASSAY_EMITTER_NUMBER_MAX];
  begin_value (emitter);
  gsize length = (gsize)(assay_emitter_put_count (text, value) - text);
  memcpy (grow (emitter->text, length), text, length);
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
  char text[ASSAY_EMITTER_NUMBER_MAX];
  assay_emitter_key (emitter, key);
  begin_value (emitter);
  gsize length = (gsize)(assay_emitter_put_hex64 (text, value) - text);
  memcpy (grow (emitter->text, length), text, length);
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
  assay_emitter_key (emitter, key);
  begin_value (emitter);
  assay_emitter_put_bytes (grow (emitter->text, length_bytes * 2 + 2), bytes, length_bytes);
}
