#include "input/vis.h"

static gboolean
is_octal (char digit)
{
  return digit >= '0' && digit <= '7';
}

/* The control character that `\^C` writes as C; a byte above 255 where there is none. */
static guint
control_of (char letter)
{
  if (letter == '?')
    return 0x7f;
  return letter >= '@' && letter <= '_' ? (guint)letter & 0x1f : G_MAXUINT;
}

/* `M-C` and `M^C`. */
static guint
meta_of (const char *text)
{
  guint low = G_MAXUINT;
  if (text[1] == '-' && g_ascii_isgraph (text[2]))
    low = (guint)text[2];
  else if (text[1] == '^')
    low = control_of (text[2]);
  return low == G_MAXUINT ? low : low | 0x80;
}

static guint
letter_of (char letter)
{
  static const struct
  {
    char letter;
    char byte;
  } letters[] = { { 'a', '\a' }, { 'b', '\b' }, { 'f', '\f' }, { 'n', '\n' }, { 'r', '\r' },
                  { 's', ' ' },  { 't', '\t' }, { 'v', '\v' }, { 'E', 0x1b }, { '\\', '\\' },
                  { '#', '#' },  { '*', '*' },  { '?', '?' },  { '[', '[' },  { '=', '=' } };
  for (gsize i = 0; i < G_N_ELEMENTS (letters); i++)
    if (letters[i].letter == letter)
      return (guint)letters[i].byte;
  return G_MAXUINT;
}

/* What stands behind a backslash, @left bytes of it: how many of them are the escape, 0 where it is none. */
static gsize
read_escape (const char *text, gsize left, guint *out_byte)
{
  if (left >= 3 && text[0] >= '0' && text[0] <= '3' && is_octal (text[1]) && is_octal (text[2]))
    {
      *out_byte = (guint)(text[0] - '0') << 6 | (guint)(text[1] - '0') << 3 | (guint)(text[2] - '0');
      return 3;
    }
  gsize length = 1;
  if (left >= 3 && *text == 'M')
    {
      *out_byte = meta_of (text);
      length = 3;
    }
  else if (left >= 2 && *text == '^')
    {
      *out_byte = control_of (text[1]);
      length = 2;
    }
  else
    *out_byte = left >= 1 ? letter_of (*text) : G_MAXUINT;
  return *out_byte == G_MAXUINT ? 0 : length;
}

const char *
assay_vis_decode (const char *text, gsize length_bytes, GString *out)
{
  for (gsize i = 0; i < length_bytes; i++)
    {
      guint byte = (guint8)text[i];
      if (text[i] == '\\')
        {
          gsize length = read_escape (text + i + 1, length_bytes - i - 1, &byte);
          if (length == 0)
            return text + i;
          i += length;
        }
      g_string_append_c (out, (char)byte);
    }
  return NULL;
}
