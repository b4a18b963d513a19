#ifndef ASSAY_ACCOUNT_NAMED_DIGITS_H
#define ASSAY_ACCOUNT_NAMED_DIGITS_H

#include <glib.h>

/**
 * assay_digits_squeeze:
 * @text: of @length bytes; borrowed, unchanged
 * @out: of @length bytes
 *
 * Leaves the hexadecimal digits of a text alone, in small letters: what stands between two of them and is neither a
 * letter nor a digit is dropped (white space, ends of lines, punctuation), and 0x and \x before them. Whatever else
 * stands between, some of it stays as a byte that is no digit.
 *
 * Returns: the bytes of @out; 0 where the text has a NUL, and is none
 */
gsize assay_digits_squeeze (const guint8 *text, gsize length, guint8 *out);

#endif
