#include "inventory/coding.h"
#include "inventory/shape.h"

#include "crypto/sha256.h"

#include <string.h>

/** How an ELF file begins: the magic, a class and a byte order of two each, and version 1 (gABI, "ELF Identification").
 */
static gboolean
is_ident (const guint8 *bytes)
{
  return memcmp (bytes, "\177ELF", 4) == 0 && (bytes[4] == 1 || bytes[4] == 2) && (bytes[5] == 1 || bytes[5] == 2)
         && bytes[6] == 1;
}

#define IDENT_BYTES 7u

AssayNature
assay_nature_of_head (const guint8 *head, gsize length)
{
  if (length >= 4 && memcmp (head, "\177ELF", 4) == 0)
    return ASSAY_NATURE_CODE;
  return assay_shape_is_known (head, length) ? ASSAY_NATURE_DATA : ASSAY_NATURE_UNKNOWN;
}

/* The controls that texts do not use. Without a branch, so that compilers make vectors of it. */
static guint8
is_control (guint8 byte)
{
  return (guint8)((byte < '\a') | ((guint8)(byte - 0x0e) < 0x1a - 0x0e) | ((guint8)(byte - 0x1c) < 0x20 - 0x1c));
}

#define BLOCK_BYTES 64u

gboolean
assay_nature_is_text (const guint8 *bytes, gsize length)
{
  guint8 found = 0;
  for (; length >= BLOCK_BYTES && found == 0; bytes += BLOCK_BYTES, length -= BLOCK_BYTES)
    for (gsize i = 0; i < BLOCK_BYTES; i++)
      found |= is_control (bytes[i]);
  for (gsize i = 0; i < length && found == 0; i++)
    found |= is_control (bytes[i]);
  return found == 0;
}

/* Bytes of the window before that stand in front of each: what is looked for may begin in them. */
#define OVERLAP 16u

/* In passive data: an ELF file as it is. */
static gboolean
holds_elf (const guint8 *bytes, gsize length)
{
  for (const guint8 *at = bytes; length >= IDENT_BYTES; at++)
    {
      at = memmem (at, length - (gsize)(at - bytes), "\177ELF", 4);
      if (at == NULL || length - (gsize)(at - bytes) < IDENT_BYTES)
        return FALSE;
      if (is_ident (at))
        return TRUE;
    }
  return FALSE;
}

/* In a text: the first seven bytes of an ELF file as ten digits in base 64, of which five are always the same. */
static gboolean
holds_base64 (const guint8 *bytes, gsize length)
{
  static const char *const begins[] = { "f0VMRgEBAQ", "f0VMRgECAQ", "f0VMRgIBAQ", "f0VMRgICAQ" };
  for (gsize i = 0; i < G_N_ELEMENTS (begins); i++)
    if (memmem (bytes, length, begins[i], strlen (begins[i])) != NULL)
      return TRUE;
  return FALSE;
}

/** What a byte of a text is to a reader of hexadecimal digits: a value below 16, or one of these. */
typedef enum
{
  HEX_BREAK = 16, /* ends a run of digits */
  HEX_SPACE,      /* may stand between two bytes */
  HEX_X,          /* of 0x and \x */
} HexKind;

static void
fill_kinds (guint8 kinds[256])
{
  memset (kinds, HEX_BREAK, 256);
  for (const char *at = " \t\r\n,;{}\"'\\"; *at != '\0'; at++)
    kinds[(guint8)*at] = HEX_SPACE;
  for (guint i = 0; i < 256; i++)
    if (g_ascii_isxdigit ((char)i))
      kinds[i] = (guint8)g_ascii_xdigit_value ((char)i);
  kinds['x'] = HEX_X;
  kinds['X'] = HEX_X;
}

/* In a text: the same as fourteen digits, however they are set. @nibbles: the last sixteen, over all windows */
static gboolean
holds_hex (const guint8 kinds[256], const guint8 *bytes, gsize length, guint64 *nibbles)
{
  guint64 last = *nibbles;
  gboolean found = FALSE;
  for (gsize i = 0; i < length && !found; i++)
    {
      guint8 kind = kinds[bytes[i]];
      if (kind < HEX_BREAK)
        {
          last = last << 4 | kind;
          guint8 ident[IDENT_BYTES] = { 0x7f, 'E', 'L', 'F', (guint8)(last >> 16), (guint8)(last >> 8), (guint8)last };
          found = (guint32)(last >> 24) == 0x7f454c46 && is_ident (ident);
        }
      else if (kind == HEX_BREAK)
        last = 0;
      else if (kind == HEX_X && (last & 15) == 0)
        last >>= 4; /* the zero of 0x is no digit; that of \x was none */
    }
  *nibbles = last;
  return found;
}

/** A file while it is read. */
typedef struct
{
  guint8 kinds[256];
  guint64 nibbles;
  AssayNature head;
  gboolean text;
  gboolean found;
  AssayCoding coding;
} Reading;

/* @bytes: with OVERLAP bytes of the window before in front of them, zeros where there is none */
static void
look_at (Reading *reading, const guint8 *bytes, gsize length, gboolean first)
{
  const guint8 *with_overlap = bytes - OVERLAP;
  if (first)
    reading->head = assay_nature_of_head (bytes, length);
  reading->text = reading->text && assay_nature_is_text (bytes, length);
  if (reading->text)
    assay_coding_add (&reading->coding, bytes, length);
  if (reading->found)
    return;
  if (reading->head == ASSAY_NATURE_DATA)
    reading->found = holds_elf (with_overlap, length + OVERLAP);
  else if (reading->head == ASSAY_NATURE_UNKNOWN && reading->text)
    reading->found
        = holds_base64 (with_overlap, length + OVERLAP) || holds_hex (reading->kinds, bytes, length, &reading->nibbles);
}

/* @fits: whether data have the shape that they begin with */
static AssayNature
nature_of (const Reading *reading, gboolean fits)
{
  AssayNature nature = reading->head == ASSAY_NATURE_UNKNOWN && reading->text ? ASSAY_NATURE_TEXT : reading->head;
  if (reading->found && nature != ASSAY_NATURE_UNKNOWN)
    return ASSAY_NATURE_CODE;
  if ((nature == ASSAY_NATURE_TEXT && assay_coding_is_binary (&reading->coding))
      || (nature == ASSAY_NATURE_DATA && !fits))
    return ASSAY_NATURE_UNKNOWN;
  return nature;
}

gboolean
assay_nature_find (AssayBlob *blob, AssayNature *out_nature, AssayDigest *out_digest, GError **error)
{
  g_autofree guint8 *buffer = g_malloc0 (OVERLAP + ASSAY_BLOB_WINDOW_BYTES);
  g_autoptr (AssaySha256) sha256 = out_digest == NULL ? NULL : assay_sha256_new ();
  guint64 size = assay_blob_get_size (blob);
  Reading reading = { .head = ASSAY_NATURE_UNKNOWN, .text = TRUE };
  gboolean fits = TRUE;
  fill_kinds (reading.kinds);
  assay_coding_init (&reading.coding);
  if (!assay_blob_hold (blob, error))
    return FALSE;
  gboolean done = TRUE;
  for (guint64 offset = 0; done && offset < size; offset += ASSAY_BLOB_WINDOW_BYTES)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      done = assay_blob_read (blob, offset, buffer + OVERLAP, length, error);
      if (!done)
        break;
      if (sha256 != NULL)
        assay_sha256_update (sha256, buffer + OVERLAP, length);
      look_at (&reading, buffer + OVERLAP, length, offset == 0);
      memmove (buffer, buffer + length, OVERLAP); /* the last window may be shorter than what is kept */
    }
  done = done && (reading.head != ASSAY_NATURE_DATA || assay_shape_fits (blob, &fits, error));
  assay_blob_release (blob);
  if (sha256 != NULL)
    assay_sha256_finish (sha256, out_digest);
  *out_nature = nature_of (&reading, fits);
  return done;
}
