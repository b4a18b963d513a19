#include "inventory/coding.h"

#include <string.h>

/* One digit of this many at least is a letter. Of the digits of bytes that are all alike 6 of 16 are; of machine code
 * with many zeros never fewer than this. */
#define DIGITS_PER_LETTER 32u

#define ALL_KINDS 7u

void
assay_coding_init (AssayCoding *coding)
{
  memset (coding, 0, sizeof *coding);
  coding->hex.text = TRUE;
  coding->base64.text = TRUE;
}

static void
put_byte (AssayCodingBytes *bytes, guint8 byte)
{
  if (bytes->count < sizeof bytes->head)
    bytes->head[bytes->count] = byte;
  bytes->text = bytes->text && assay_nature_is_text (&byte, 1);
  bytes->count++;
}

static gboolean
is_binary (const AssayCodingBytes *bytes)
{
  return bytes->count >= ASSAY_CODING_LEAST_BYTES && !bytes->text
         && assay_nature_of_head (bytes->head, sizeof bytes->head) != ASSAY_NATURE_DATA;
}

static void
end_group (AssayCoding *coding)
{
  coding->hex_broken = coding->hex_broken || coding->hex_group % 2 != 0;
  coding->hex_group = 0;
  coding->hex_address = FALSE;
}

static void
add_hex_digit (AssayCoding *coding, guint8 digit)
{
  guint8 value = (guint8)g_ascii_xdigit_value ((char)digit);
  if (coding->hex_address)
    return;
  coding->hex_byte = (guint8)(coding->hex_byte << 4 | value);
  coding->hex_digits++;
  coding->hex_letters += value > 9;
  if (++coding->hex_group % 2 == 0)
    put_byte (&coding->hex, coding->hex_byte);
}

static gboolean
is_x (guint8 byte)
{
  return byte == 'x' || byte == 'X';
}

/* The first character of a line; FALSE where it is one as all others. */
static gboolean
begin_line (AssayCoding *coding, guint8 byte)
{
  coding->hex_inside = TRUE;
  coding->hex_comment = byte == '#' || byte == ';' || byte == '/';
  coding->hex_type = byte == 'S';
  return coding->hex_comment || coding->hex_type || byte == ':';
}

static void
add_hex (AssayCoding *coding, guint8 byte)
{
  if (byte == '\n')
    {
      end_group (coding);
      coding->hex_inside = coding->hex_comment = coding->hex_type = FALSE;
    }
  else if (coding->hex_comment || (!coding->hex_inside && begin_line (coding, byte))
           || (is_x (byte) && coding->hex_group == 0)) /* of \x */
    return;
  else if (coding->hex_type)
    {
      coding->hex_broken = !g_ascii_isdigit ((char)byte);
      coding->hex_type = FALSE;
    }
  else if (g_ascii_isxdigit ((char)byte))
    add_hex_digit (coding, byte);
  else if (is_x (byte) && coding->hex_group == 1 && (coding->hex_byte & 15) == 0)
    coding->hex_group = 0; /* 0x */
  else if (byte == '@' && coding->hex_group == 0)
    coding->hex_address = TRUE;
  else if (byte != '\0' && strchr (" \t\r,;{}\"'\\", byte) != NULL)
    end_group (coding);
  else
    coding->hex_broken = TRUE;
}

/* The value of a digit, and what kind of character it is; 64 for any other character. */
static guint
base64_value (guint8 byte, guint *out_kind)
{
  *out_kind = g_ascii_isupper ((char)byte)   ? 1
              : g_ascii_islower ((char)byte) ? 2
              : g_ascii_isdigit ((char)byte) ? 4
                                             : 0;
  switch (*out_kind)
    {
    case 1:
      return byte - 'A';
    case 2:
      return byte - 'a' + 26u;
    case 4:
      return byte - '0' + 52u;
    default:
      return byte == '+' || byte == '-' ? 62 : byte == '/' || byte == '_' ? 63 : 64;
    }
}

static void
end_line (AssayCoding *coding)
{
  if (coding->base64_line == 0)
    return;
  if (coding->base64_length == 0)
    coding->base64_length = coding->base64_line;
  coding->base64_short = coding->base64_short || coding->base64_line < coding->base64_length;
  coding->base64_line = 0;
}

static void
add_base64 (AssayCoding *coding, guint8 byte)
{
  guint kind = 0;
  guint value = base64_value (byte, &kind);
  if (byte == '\n')
    end_line (coding);
  if (byte == '\n' || byte == '\r')
    return;
  coding->base64_line++;
  if (coding->base64_short || (coding->base64_length > 0 && coding->base64_line > coding->base64_length)
      || (value == 64 && (byte != '=' || ++coding->base64_pads > 2)) || (value < 64 && coding->base64_pads > 0))
    coding->base64_broken = TRUE;
  if (value == 64 || coding->base64_broken)
    return;
  coding->base64_kinds |= kind;
  coding->base64_bits = coding->base64_bits << 6 | value;
  guint in_group = ++coding->base64_digits % 4;
  if (in_group != 1) /* the second digit of four ends a first byte, the third a second one, the last a third one */
    put_byte (&coding->base64, (guint8)(coding->base64_bits >> (in_group == 2 ? 4 : in_group == 3 ? 2 : 0)));
}

void
assay_coding_add (AssayCoding *coding, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length && !coding->hex_broken; i++)
    add_hex (coding, bytes[i]);
  for (gsize i = 0; i < length && !coding->base64_broken; i++)
    add_base64 (coding, bytes[i]);
}

gboolean
assay_coding_is_binary (const AssayCoding *coding)
{
  if (!coding->hex_broken && coding->hex_group % 2 == 0 && is_binary (&coding->hex)
      && coding->hex_letters >= coding->hex_digits / DIGITS_PER_LETTER)
    return TRUE;
  return !coding->base64_broken && coding->base64_kinds == ALL_KINDS && coding->base64_digits % 4 != 1
         && is_binary (&coding->base64);
}
