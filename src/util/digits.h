#ifndef ASSAY_UTIL_DIGITS_H
#define ASSAY_UTIL_DIGITS_H

#include <glib.h>
#include <string.h>

/*
 * The digits of numbers, for whoever writes down millions of them: printf() takes ten times as long. Written up to
 * @end, without a NUL. Each returns where they begin, at most ASSAY_DIGITS_MAX before @end.
 */

/** ASSAY_DIGITS_MAX: characters of the longest number: 2^64 - 1 has as many decimal digits. */
#define ASSAY_DIGITS_MAX 20u

static inline char *
assay_digits_decimal (char *end, guint64 value)
{
  static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                              "25262728293031323334353637383940414243444546474849"
                              "50515253545556575859606162636465666768697071727374"
                              "75767778798081828384858687888990919293949596979899";
  for (; value >= 100; value /= 100)
    memcpy (end -= 2, pairs + value % 100 * 2, 2);
  if (value >= 10)
    memcpy (end -= 2, pairs + value * 2, 2);
  else
    *--end = (char)('0' + value);
  return end;
}

/** assay_digits_hexadecimal: in lower case. */
static inline char *
assay_digits_hexadecimal (char *end, guint64 value)
{
  do
    *--end = "0123456789abcdef"[value & 15];
  while ((value >>= 4) > 0);
  return end;
}

static inline void
assay_digits_append_decimal (GString *text, guint64 value)
{
  char digits[ASSAY_DIGITS_MAX];
  const char *first = assay_digits_decimal (digits + sizeof digits, value);
  g_string_append_len (text, first, digits + sizeof digits - first);
}

/** assay_digits_append_hexadecimal: with `0x` before it. */
static inline void
assay_digits_append_hexadecimal (GString *text, guint64 value)
{
  char digits[ASSAY_DIGITS_MAX];
  char *first = assay_digits_hexadecimal (digits + sizeof digits, value);
  memcpy (first -= 2, "0x", 2);
  g_string_append_len (text, first, digits + sizeof digits - first);
}

#endif
