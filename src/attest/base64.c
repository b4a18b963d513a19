#include "attest/base64.h"

#include <string.h>

/** Values of letters, and the bits of a group. */
typedef struct
{
  gboolean standard;
  gboolean url_safe;
} Alphabets;

/* The six bits of a letter, or -1. */
static int
value_of (char letter, Alphabets *seen)
{
  seen->standard = seen->standard || letter == '+' || letter == '/';
  seen->url_safe = seen->url_safe || letter == '-' || letter == '_';
  if (letter >= 'A' && letter <= 'Z')
    return letter - 'A';
  if (letter >= 'a' && letter <= 'z')
    return letter - 'a' + 26;
  if (letter >= '0' && letter <= '9')
    return letter - '0' + 52;
  if (letter == '+' || letter == '-')
    return 62;
  return letter == '/' || letter == '_' ? 63 : -1;
}

GBytes *
assay_base64_decode (const char *text, gsize length_bytes)
{
  Alphabets seen = { FALSE, FALSE };
  if (length_bytes % 4 != 0)
    return NULL;
  gsize letters = length_bytes;
  for (int i = 0; i < 2 && letters > 0 && text[letters - 1] == '='; i++)
    letters--;
  g_autofree guint8 *bytes = g_try_malloc (length_bytes / 4 * 3 + 1);
  if (bytes == NULL)
    return NULL;
  gsize length = 0;
  guint32 bits = 0;
  guint held = 0;
  for (gsize i = 0; i < letters; i++)
    {
      int value = value_of (text[i], &seen);
      if (value < 0)
        return NULL;
      bits = bits << 6 | (guint32)value;
      held += 6;
      if (held < 8)
        continue;
      held -= 8;
      bytes[length++] = (guint8)(bits >> held);
      bits &= (1u << held) - 1;
    }
  if (bits != 0 || (seen.standard && seen.url_safe))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&bytes), length);
}
