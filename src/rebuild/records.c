#include "rebuild/records.h"

#include <assay/error.h>

#include <string.h>

/** Zeros that a writer may leave out between two records and that belong to the code: fewer than any that part it. */
#define GAP_BYTES 64u

/** Characters of the longest record: two digits for the length of Tektronix', of pairs of digits for that of others. */
#define LINE_CHARACTERS 530u

/** The value of a character that is no digit, to binutils (libiberty/hex.c). */
#define NO_DIGIT 99u

/** @length bytes at @address, and at @place of what is written: in the order of the records, or of memory */
typedef struct
{
  guint64 address;
  gsize place;
  gsize length;
} Piece;

/** A text while it is read. @bytes: with room for all that it can say */
typedef struct
{
  AssayBlob *blob;
  guint64 size;
  guint8 *bytes;
  gsize length;
  GArray *pieces;
  guint64 base; /* of Intel HEX */
} Reader;

static void
reader_clear (Reader *reader)
{
  g_clear_pointer (&reader->bytes, g_free);
  g_clear_pointer (&reader->pieces, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

void
assay_records_clear (AssayRecords *records)
{
  g_clear_pointer (&records->in_turn, g_bytes_unref);
  g_clear_pointer (&records->by_address, g_bytes_unref);
}

static gboolean
are_digits (const guint8 *text, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (!g_ascii_isxdigit ((char)text[i]))
      return FALSE;
  return TRUE;
}

gboolean
assay_records_find_kind (AssayBlob *blob, AssayRecordsKind *out_kind, GError **error)
{
  guint8 head[4];
  *out_kind = ASSAY_RECORDS_NONE;
  if (assay_blob_get_size (blob) < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  if (head[0] == '$' && head[1] == '$')
    *out_kind = ASSAY_RECORDS_SYMBOLS;
  else if (are_digits (head + 1, 3))
    *out_kind = head[0] == '%'                     ? ASSAY_RECORDS_TEKTRONIX
                : head[0] == 'S' || head[0] == ':' ? ASSAY_RECORDS_IMAGE
                                                   : ASSAY_RECORDS_NONE;
  return TRUE;
}

static guint
digit_of (guint8 character)
{
  return g_ascii_isxdigit ((char)character) ? (guint)g_ascii_xdigit_value ((char)character) : NO_DIGIT;
}

static guint8
byte_at (const guint8 *text)
{
  return (guint8)((digit_of (text[0]) << 4) + digit_of (text[1]));
}

static guint64
number_at (const guint8 *text, guint digits)
{
  guint64 value = 0;
  for (guint i = 0; i < digits; i++)
    value = value << 4 | digit_of (text[i]);
  return value;
}

static void
take (Reader *reader, guint64 address, const guint8 *text, gsize length)
{
  Piece piece = { address, reader->length, length };
  for (gsize i = 0; i < length; i++)
    reader->bytes[reader->length++] = byte_at (text + 2 * i);
  if (length > 0)
    g_array_append_val (reader->pieces, piece);
}

/* `S`, type, count, address, content, checksum. Each returns the characters that it used; 0: it is no record. */
static gsize
take_s (Reader *reader, const guint8 *line, gsize length)
{
  gsize count = length >= 4 && are_digits (line + 1, 3) ? byte_at (line + 2) : 0;
  if (count == 0 || length < 4 + 2 * count || !are_digits (line + 4, 2 * count))
    return 0;
  guint width = line[1] >= '1' && line[1] <= '3' ? line[1] - '0' + 1u : 0;
  if (width > 0 && count > width + 1)
    take (reader, number_at (line + 4, 2 * width), line + 4 + 2 * (gsize)width, count - width - 1);
  return 4 + 2 * count;
}

/* `:`, count, offset, type, content, checksum. */
static gsize
take_intel (Reader *reader, const guint8 *line, gsize length)
{
  gsize count = length >= 9 && are_digits (line + 1, 8) ? byte_at (line + 1) : 0;
  if (length < 9 || !are_digits (line + 1, 8) || length < 11 + 2 * count || !are_digits (line + 9, 2 * count + 2))
    return 0;
  guint type = byte_at (line + 7);
  if (type == 0)
    take (reader, reader->base + number_at (line + 3, 4), line + 9, count);
  else if ((type == 2 || type == 4) && count == 2)
    reader->base = number_at (line + 9, 4) << (type == 2 ? 4 : 16);
  return 11 + 2 * count;
}

/* `%`, count of the characters behind it, type, checksum; of data the address, behind the count of its digits. */
static gsize
take_tektronix (Reader *reader, const guint8 *line, gsize length)
{
  gsize count = length >= 6 && are_digits (line + 1, 2) ? byte_at (line + 1) : 0;
  if (count < 5 || length < 1 + count)
    return 0;
  const guint8 *at = line + 6;
  const guint8 *end = line + 1 + count;
  if (line[3] != '6' || at == end || !g_ascii_isxdigit ((char)*at))
    return 1 + count;
  guint digits = digit_of (*at) == 0 ? 16 : digit_of (*at);
  at++;
  if ((gsize)(end - at) >= digits && are_digits (at, digits))
    take (reader, number_at (at, digits), at + digits, ((gsize)(end - at) - digits) / 2);
  return 1 + count;
}

static gsize
take_record (Reader *reader, AssayRecordsKind kind, const guint8 *line, gsize length)
{
  if (kind == ASSAY_RECORDS_TEKTRONIX)
    return line[0] == '%' ? take_tektronix (reader, line, length) : 0;
  return line[0] == 'S' ? take_s (reader, line, length) : line[0] == ':' ? take_intel (reader, line, length) : 0;
}

/* A record begins wherever one can; nothing else is looked at. */
static gboolean
read_all (Reader *reader, AssayRecordsKind kind, GError **error)
{
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 start = 0; start < reader->size;)
    {
      gsize length = (gsize)MIN (reader->size - start, ASSAY_BLOB_WINDOW_BYTES);
      gboolean last = length == reader->size - start;
      gsize at = 0;
      if (!assay_blob_read (reader->blob, start, window, length, error))
        return FALSE;
      while (at < length && (last || length - at > LINE_CHARACTERS))
        {
          gsize used = take_record (reader, kind, window + at, length - at);
          at += MAX (used, 1);
        }
      start += at;
    }
  return TRUE;
}

static gint
by_address (gconstpointer a, gconstpointer b)
{
  const Piece *first = a;
  const Piece *second = b;
  if (first->address != second->address)
    return first->address < second->address ? -1 : 1;
  return first->place < second->place ? -1 : first->place > second->place;
}

/* Whether each piece begins where the one before ends. */
static gboolean
is_gapless (const GArray *pieces)
{
  for (guint i = 1; i < pieces->len; i++)
    {
      const Piece *before = &g_array_index (pieces, Piece, i - 1);
      if (g_array_index (pieces, Piece, i).address != before->address + before->length)
        return FALSE;
    }
  return TRUE;
}

static gboolean
fail_memory (GError **error)
{
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "out of memory");
  return FALSE;
}

/* Ranges of memory that the pieces cover, which are in the order of their addresses, without larger gaps. */
static GArray *
find_ranges (const GArray *pieces)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (Piece));
  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = &g_array_index (pieces, Piece, i);
      Piece *last = ranges->len == 0 ? NULL : &g_array_index (ranges, Piece, ranges->len - 1);
      if (last == NULL || piece->address - last->address > last->length + GAP_BYTES)
        {
          Piece range = { piece->address, last == NULL ? 0 : last->place + last->length, piece->length };
          g_array_append_val (ranges, range);
        }
      else
        last->length = MAX (last->length, (gsize)(piece->address - last->address) + piece->length);
    }
  return ranges;
}

static const Piece *
find_range (const GArray *ranges, guint64 address)
{
  guint low = 0;
  guint high = ranges->len;
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (ranges, Piece, middle).address <= address)
        low = middle;
      else
        high = middle;
    }
  return &g_array_index (ranges, Piece, low);
}

/* What is said last stands there; a zero of Tektronix' says nothing. */
static void
place (const Reader *reader, AssayRecordsKind kind, const Piece *piece, const Piece *range, guint8 *memory)
{
  guint8 *to = memory + range->place + (piece->address - range->address);
  const guint8 *from = reader->bytes + piece->place;
  for (gsize i = 0; i < piece->length; i++)
    if (from[i] != 0 || kind != ASSAY_RECORDS_TEKTRONIX)
      to[i] = from[i];
}

static gboolean
sort (Reader *reader, AssayRecordsKind kind, AssayRecords *out, GError **error)
{
  if (is_gapless (reader->pieces))
    return TRUE;
  g_autoptr (GArray) sorted = g_array_copy (reader->pieces);
  g_array_sort (sorted, by_address);
  g_autoptr (GArray) ranges = find_ranges (sorted);
  const Piece *last = &g_array_index (ranges, Piece, ranges->len - 1);
  gsize length = last->place + last->length;
  g_autofree guint8 *memory = g_try_malloc0 (length);
  if (memory == NULL)
    return fail_memory (error);
  for (guint i = 0; i < reader->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (reader->pieces, Piece, i);
      place (reader, kind, piece, find_range (ranges, piece->address), memory);
    }
  out->by_address = g_bytes_new_take (g_steal_pointer (&memory), length);
  return TRUE;
}

gboolean
assay_records_read (AssayBlob *blob, AssayRecordsKind kind, AssayRecords *out, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  g_auto (Reader) reader = { .blob = blob,
                             .size = size,
                             .bytes = size / 2 >= G_MAXSSIZE ? NULL : g_try_malloc (size / 2 + 1),
                             .pieces = g_array_new (FALSE, FALSE, sizeof (Piece)) };
  if (reader.bytes == NULL)
    return fail_memory (error);
  if (!read_all (&reader, kind, error) || !sort (&reader, kind, out, error))
    return FALSE;
  out->in_turn = g_bytes_new_take (g_steal_pointer (&reader.bytes), reader.length);
  return TRUE;
}
