#include "util/text.h"

#include "util/lock.h"

#include <string.h>

/*
 * Code points that turn the direction of text around them or begin a new line (Unicode 15, Bidi_Control, and the
 * separators of UAX 14), the C1 controls, and all that leaves no mark: Default_Ignorable_Code_Point, which has the
 * zero-width ones, tags and variation selectors, the blank of Braille, and the anchors of annotations. What a reader
 * sees must be what the bytes say, and two names that look the same must be the same.
 */
static gboolean
is_misleading (gunichar c)
{
  static const struct
  {
    gunichar first, last;
  } ranges[] = {
    { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x034f, 0x034f },   { 0x061c, 0x061c },
    { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
    { 0x2060, 0x206f }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
    { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++)
    if (c >= ranges[i].first && c <= ranges[i].last)
      return TRUE;
  return FALSE;
}

/* Bytes of the character at @text that may be shown as it is; 0 when its first byte must be escaped. */
static gsize
plain_length (const char *text, gsize length)
{
  guint8 first = (guint8)*text;
  if (first < 0x80)
    return is_misleading (first) ? 0 : 1;
  gunichar c = g_utf8_get_char_validated (text, (gssize)MIN (length, 6));
  if (c == (gunichar)-1 || c == (gunichar)-2 || is_misleading (c))
    return 0;
  return (gsize)g_utf8_skip[first];
}

const char *
assay_text_find_misleading (const char *text, const char *end)
{
  while (text < end)
    {
      guint8 first = (guint8)*text;
      if (first < 0x80 ? first < 0x20 || first == 0x7f : is_misleading (g_utf8_get_char (text)))
        return text;
      text += MIN (g_utf8_skip[first], end - text);
    }
  return end;
}

static void
append_percent (GString *out, char byte)
{
  g_string_append_printf (out, "%%%02X", (guint)(guint8)byte);
}

/* Where the `#` stands that final digits follow, as in the name of a duplicate; the length when there is none. */
static gsize
find_duplicate_mark (const char *component, gsize length)
{
  gsize i = length;
  while (i > 0 && g_ascii_isdigit (component[i - 1]))
    i--;
  return i > 0 && i < length && component[i - 1] == '#' ? i - 1 : length;
}

static void
append_component (GString *out, const char *component, gsize length)
{
  if (length == 0)
    {
      append_percent (out, '/');
      return;
    }
  gsize dots = length <= 2 && component[0] == '.' && component[length - 1] == '.' ? length : 0;
  gsize mark = find_duplicate_mark (component, length);
  for (gsize i = 0; i < length;)
    {
      char c = component[i];
      gsize plain = plain_length (component + i, length - i);
      gboolean escape = plain == 0 || c == '%' || i < dots || i == mark || (i == 0 && (c == '#' || c == '@'));
      if (escape)
        append_percent (out, c);
      else
        g_string_append_len (out, component + i, (gssize)plain);
      i += escape ? 1 : plain;
    }
}

char *
assay_text_escape_name (const char *raw, gsize length_bytes)
{
  GString *out = g_string_sized_new (length_bytes + 8);
  if (length_bytes > 0 && raw[length_bytes - 1] == '/')
    length_bytes--;
  if (length_bytes >= 2 && raw[0] == '.' && raw[1] == '/')
    {
      raw += 2;
      length_bytes -= 2;
    }
  if (length_bytes > 0 && raw[0] == '/')
    {
      append_percent (out, '/');
      raw++;
      length_bytes--;
    }
  for (;;)
    {
      const char *slash = length_bytes > 0 ? memchr (raw, '/', length_bytes) : NULL;
      gsize component = slash != NULL ? (gsize)(slash - raw) : length_bytes;
      append_component (out, raw, component);
      if (slash == NULL)
        return g_string_free (out, FALSE);
      g_string_append_c (out, '/');
      raw += component + 1;
      length_bytes -= component + 1;
    }
}

/* Bytes from @from on that are printable ASCII and no backslash, as nearly all names are throughout. */
static gsize
count_printable (const char *raw, gsize from, gsize length)
{
  gsize i = from;
  while (i < length && g_ascii_isprint (raw[i]) && raw[i] != '\\')
    i++;
  return i - from;
}

static char *
escape (const char *raw, gsize length, gboolean double_backslash)
{
  gsize printable = count_printable (raw, 0, length);
  if (printable == length)
    return length == 0 ? g_strdup ("") : g_strndup (raw, length);
  GString *out = g_string_sized_new (length + 8);
  g_string_append_len (out, raw, (gssize)printable);
  for (gsize i = printable; i < length;)
    {
      gsize plain = plain_length (raw + i, length - i);
      if (raw[i] == '\\' && double_backslash)
        g_string_append (out, "\\\\");
      else if (plain == 0)
        g_string_append_printf (out, "\\x%02X", (guint)(guint8)raw[i]);
      else
        g_string_append_len (out, raw + i, (gssize)plain);
      i += MAX (plain, 1);
    }
  return g_string_free (out, FALSE);
}

char *
assay_text_escape_line (const char *raw, gssize length_bytes)
{
  return escape (raw, length_bytes < 0 ? strlen (raw) : (gsize)length_bytes, TRUE);
}

char *
assay_text_escape_shown (const char *message)
{
  return escape (message, strlen (message), FALSE);
}

char *
assay_text_line_to_name (const char *line)
{
  GString *out = g_string_sized_new (strlen (line) + 8);
  for (const char *c = line; *c != '\0'; c++)
    if (c[0] == '\\' && c[1] == 'x' && g_ascii_isxdigit (c[2]) && g_ascii_isxdigit (c[3]))
      {
        g_string_append_printf (out, "%%%.2s", c + 2);
        c += 3;
      }
    else if (*c == '%')
      append_percent (out, *c);
    else
      {
        c += c[0] == '\\' && c[1] == '\\';
        g_string_append_c (out, *c);
      }
  return g_string_free (out, FALSE);
}

gboolean
assay_text_has_glob (const char *text)
{
  return strchr (text, '*') != NULL;
}

char *
assay_text_hex (const guint8 *bytes, gsize length_bytes)
{
  static const char digits[] = "0123456789abcdef";
  char *hex = g_malloc (length_bytes * 2 + 1);
  for (gsize i = 0; i < length_bytes; i++)
    {
      hex[2 * i] = digits[bytes[i] >> 4];
      hex[2 * i + 1] = digits[bytes[i] & 15];
    }
  hex[length_bytes * 2] = '\0';
  return hex;
}

const char *
assay_text_intern (const char *text)
{
  static AssayLock lock = PTHREAD_MUTEX_INITIALIZER;
  static GHashTable *texts;
  assay_lock_take (&lock);
  if (texts == NULL)
    texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gpointer known = NULL;
  if (!g_hash_table_lookup_extended (texts, text, &known, NULL))
    {
      known = g_strdup (text);
      g_hash_table_add (texts, known);
    }
  assay_lock_give (&lock);
  return known;
}

void
assay_text_append_bytes (GString *text, double amount)
{
  static const char *const steps[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
  guint step = 0;
  for (; amount >= 1024 && step + 1 < G_N_ELEMENTS (steps); step++)
    amount /= 1024;
  g_string_append_printf (text, step == 0 ? "%.0f %s" : "%.1f %s", amount, steps[step]);
}

char *
assay_text_relative_path (const char *from, const char *to)
{
  gsize same = 0;
  for (gsize i = 0; from[i] != '\0' && from[i] == to[i]; i++)
    if (from[i] == '/')
      same = i + 1;
  GString *way = g_string_new (NULL);
  for (const char *slash = strchr (from + same, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    g_string_append (way, "../");
  g_string_append (way, to + same);
  return g_string_free (way, FALSE);
}
