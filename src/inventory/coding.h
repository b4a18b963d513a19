#ifndef ASSAY_INVENTORY_CODING_H
#define ASSAY_INVENTORY_CODING_H

#include "inventory/nature_private.h"

/** Bytes that a coding must stand for: fewer are keys, digests and numbers, as texts hold them. */
#define ASSAY_CODING_LEAST_BYTES 1024u

/** AssayCodingBytes: what digits stand for: @count bytes, whose first are @head; @text: they are a text. */
typedef struct
{
  guint64 count;
  guint8 head[ASSAY_NATURE_HEAD_BYTES];
  gboolean text;
} AssayCodingBytes;

/**
 * AssayCoding: a text while it is read, in pieces of any size: whether all of it is digits that stand for bytes.
 *
 * Hexadecimal digits: in groups of whole bytes, with or without 0x or \x before a group and commas, braces, quotation
 * marks and white space between; behind @ an address. At least one digit in 32 is a letter: other tables hold decimal
 * numbers. Base 64 (RFC 4648, both alphabets): lines of one length but the last, and no word of any kind around them,
 * so that certificates and keys in PEM are none.
 */
typedef struct
{
  AssayCodingBytes hex;
  gboolean hex_broken;
  gboolean hex_address;
  gboolean hex_comment;
  gboolean hex_inside; /* of a line: its first character was read */
  gboolean hex_type;   /* the next character is the type of an S-record */
  guint8 hex_byte;
  guint64 hex_group; /* digits of the group */
  guint64 hex_digits;
  guint64 hex_letters;

  AssayCodingBytes base64;
  gboolean base64_broken;
  gboolean base64_short; /* a line that can only be the last is over */
  guint32 base64_bits;
  guint64 base64_digits;
  guint64 base64_line;   /* digits and pads of the line */
  guint64 base64_length; /* of the first line */
  guint base64_pads;
  guint base64_kinds; /* of its digits: 1 great letters, 2 small ones, 4 numerals */
} AssayCoding;

void assay_coding_init (AssayCoding *coding);
void assay_coding_add (AssayCoding *coding, const guint8 *bytes, gsize length);

/** assay_coding_is_binary: whether all that was added stands for bytes that are no text and no passive data. */
gboolean assay_coding_is_binary (const AssayCoding *coding);

#endif
