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

/* The controls that texts do not use: all but 7 to 0x0d, 0x1a and 0x1b. */
static gboolean
is_control (guint8 byte)
{
  return byte < 0x20 && (guint8)(byte - 7) > 0x0d - 7 && (guint8)(byte - 0x1a) > 0x1b - 0x1a;
}

/** So many bytes at once, of which compilers make what the machine has. */
typedef guint8 Block __attribute__ ((vector_size (16)));

/** Blocks between two looks at what was found. */
#define BLOCKS 16u

/* Of BLOCKS blocks, by the rule of is_control(). */
static gboolean
has_control (const guint8 *bytes)
{
  Block found = { 0 };
  guint64 halves[2];
  for (guint i = 0; i < BLOCKS; i++)
    {
      Block block;
      memcpy (&block, bytes + i * sizeof block, sizeof block);
      found |= (Block)(block < 0x20) & (Block)(block - 7 > 0x0d - 7) & (Block)(block - 0x1a > 0x1b - 0x1a);
    }
  memcpy (halves, &found, sizeof found);
  return (halves[0] | halves[1]) != 0;
}

gboolean
assay_nature_is_text (const guint8 *bytes, gsize length)
{
  for (; length >= BLOCKS * sizeof (Block); bytes += BLOCKS * sizeof (Block), length -= BLOCKS * sizeof (Block))
    if (has_control (bytes))
      return FALSE;
  for (gsize i = 0; i < length; i++)
    if (is_control (bytes[i]))
      return FALSE;
  return TRUE;
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
  const gsize common = strlen ("f0VMRg");
  const gsize whole = strlen (begins[0]);
  const guint8 *end = bytes + length;
  for (const guint8 *at = bytes; (at = memmem (at, (gsize)(end - at), begins[0], common)) != NULL; at++)
    for (gsize i = 0; i < G_N_ELEMENTS (begins) && (gsize)(end - at) >= whole; i++)
      if (memcmp (at, begins[i], whole) == 0)
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

/** In place of a digit: class and byte order. */
#define ONE_OR_TWO 16u

/** How an ELF file begins, in digits. */
static const guint8 ident_digits[2 * IDENT_BYTES] = { 7, 15, 4, 5, 4, 12, 4, 6, 0, ONE_OR_TWO, 0, ONE_OR_TWO, 0, 1 };

/** How much of these was read. No digit but the first is a seven, so that there is one place to go on from.
 *
 * @digits: that are as they should be
 * @zeros: behind these, more than there should be: they may be those of 0x
 */
typedef struct
{
  guint digits;
  guint zeros;
} HexRun;

/** Digits and zeros that are remembered: what stands before more zeros than this is forgotten. */
#define MOST_DIGITS 16u

static void
add_digit (HexRun *run, guint8 digit)
{
  guint8 wanted = ident_digits[run->digits];
  if (run->zeros == 0 && (digit == wanted || (wanted == ONE_OR_TWO && (digit == 1 || digit == 2))))
    run->digits++;
  else if (digit == 0 && run->digits > 0 && run->digits + run->zeros < MOST_DIGITS)
    run->zeros++;
  else
    *run = (HexRun){ digit == ident_digits[0], 0 };
}

/* The zero of 0x is no digit; that of \x was none. */
static void
add_x (HexRun *run)
{
  if (run->zeros > 0)
    run->zeros--;
  else if (run->digits > 0 && ident_digits[run->digits - 1] == 0)
    run->digits--;
}

/* In a text: the fourteen digits, however they are set. @run: over all windows */
static gboolean
holds_hex (const guint8 kinds[256], const guint8 *bytes, gsize length, HexRun *run)
{
  const guint8 *end = bytes + length;
  for (const guint8 *at = bytes; at < end; at++)
    {
      if (run->digits == 0)
        at = memchr (at, '7', (gsize)(end - at));
      if (at == NULL)
        return FALSE;
      guint8 kind = kinds[*at];
      if (kind < HEX_BREAK)
        add_digit (run, kind);
      else if (kind == HEX_BREAK)
        *run = (HexRun){ 0, 0 };
      else if (kind == HEX_X)
        add_x (run);
      if (run->digits == G_N_ELEMENTS (ident_digits))
        return TRUE;
    }
  return FALSE;
}

/** A file while it is read. */
typedef struct
{
  guint8 kinds[256];
  HexRun run;
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
        = holds_base64 (with_overlap, length + OVERLAP) || holds_hex (reading->kinds, bytes, length, &reading->run);
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
  const AssayDigest *noted = assay_blob_get_noted_sha256 (blob);
  g_autoptr (AssaySha256) sha256 = out_digest == NULL || noted != NULL ? NULL : assay_sha256_new ();
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
  else if (out_digest != NULL && noted != NULL)
    *out_digest = *noted;
  *out_nature = nature_of (&reading, fits);
  return done;
}

static const char *const names[] = {
  [ASSAY_NATURE_UNKNOWN] = "unknown",
  [ASSAY_NATURE_CODE] = "code",
  [ASSAY_NATURE_TEXT] = "text",
  [ASSAY_NATURE_DATA] = "data",
};

const char *
assay_nature_name (AssayNature nature)
{
  return names[nature];
}

gboolean
assay_nature_from_name (const char *name, AssayNature *out)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_strcmp0 (name, names[i]) == 0)
      {
        *out = (AssayNature)i;
        return TRUE;
      }
  return FALSE;
}
