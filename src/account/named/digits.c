#include "account/named/digits.h"

#include <string.h>

/** What a byte is to a reader of digits: itself in small letters, or one of these, which are no digits. */
enum
{
  DROPPED = 0,
  BREAK = 1,
  AN_X = 2,
};

static const guint8 *
kinds_of_bytes (void)
{
  static guint8 kinds[256];
  static gsize made = 0;
  if (g_once_init_enter (&made))
    {
      for (guint byte = 0; byte < 256; byte++)
        kinds[byte] = g_ascii_isxdigit ((char)byte)                  ? (guint8)g_ascii_tolower ((char)byte)
                      : byte == 'x' || byte == 'X'                   ? AN_X
                      : byte >= 0x80 || g_ascii_isalpha ((char)byte) ? BREAK
                                                                     : DROPPED;
      g_once_init_leave (&made, 1);
    }
  return kinds;
}

/* Whether 0x or \x ends there: the zero of the first is no digit, and stands alone. */
static gboolean
ends_prefix (const guint8 *kinds, const guint8 *text, gsize at, gboolean *out_zero)
{
  *out_zero = at >= 1 && text[at - 1] == '0' && (at == 1 || kinds[text[at - 2]] == DROPPED);
  return *out_zero || (at >= 1 && text[at - 1] == '\\');
}

gsize
assay_digits_squeeze (const guint8 *text, gsize length, guint8 *out)
{
  const guint8 *kinds = kinds_of_bytes ();
  gsize written = 0;
  gboolean zero = FALSE;
  if (memchr (text, '\0', length) != NULL)
    return 0;
  for (gsize i = 0; i < length; i++)
    {
      guint8 kind = kinds[text[i]];
      if (kind == AN_X && ends_prefix (kinds, text, i, &zero))
        written -= zero ? 1 : 0;
      else if (kind == AN_X || kind == BREAK)
        {
          /* one is enough */
          if (written == 0 || out[written - 1] != BREAK)
            out[written++] = BREAK;
        }
      else if (kind != DROPPED)
        out[written++] = kind;
    }
  return written;
}
