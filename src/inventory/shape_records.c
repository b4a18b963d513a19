#include "inventory/shape_kinds.h"

#include <string.h>

/* More strings, or bytes at a file's end, are not followed. */
#define MAX_STRINGS (1u << 20)
#define TRAILER_BYTES 1024u

/* One of the two tables of a catalogue. *@end: raised to where the last of its strings ends, with its NUL. */
static gboolean
follow_strings (AssayBlob *blob, guint64 table, guint32 count, gboolean big_endian, guint64 *end, GError **error)
{
  for (guint32 i = 0; i < count; i++)
    {
      guint8 entry[8];
      if (!assay_blob_read (blob, table + 8 * (guint64)i, entry, sizeof entry, error))
        return FALSE;
      *end = MAX (*end, (guint64)assay_shape_u32 (entry, big_endian) + assay_shape_u32 (entry + 4, big_endian) + 1);
    }
  return TRUE;
}

/* The header, two tables, a table of hashes, and strings end where the file ends. In minor revision 1
 * come strings for some systems alone, which are not followed. */
gboolean
assay_shape_catalogue (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint8 head[28];
  if (size < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  gboolean big = head[0] == 0x95;
  guint32 count = assay_shape_u32 (head + 8, big);
  guint64 original = assay_shape_u32 (head + 12, big);
  guint64 translated = assay_shape_u32 (head + 16, big);
  guint64 tables = 8 * (guint64)count;
  guint64 end = assay_shape_u32 (head + 24, big) + 4 * (guint64)assay_shape_u32 (head + 20, big);
  guint32 revision = assay_shape_u32 (head + 4, big);
  if (revision >> 16 > 1 || (revision & 0xffff) > 1 || count > MAX_STRINGS || original > size || translated > size
      || tables > size - original || tables > size - translated)
    return TRUE;
  end = MAX (end, MAX (original, translated) + tables);
  if (!follow_strings (blob, original, count, big, &end, error)
      || !follow_strings (blob, translated, count, big, &end, error))
    return FALSE;
  *out_fits = (revision & 0xffff) == 0 ? end == size : end <= size;
  return TRUE;
}

/* One header of a time zone at @at with its data; *@end: behind them. @wide: of 8 bytes a time, and not 4 */
static gboolean
follow_zone (AssayBlob *blob, guint64 at, gboolean wide, guint64 *end, guint8 *version, GError **error)
{
  guint8 head[44];
  guint64 size = assay_blob_get_size (blob);
  *end = size + 1;
  if (at > size || size - at < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, at, head, sizeof head, error))
    return FALSE;
  if (memcmp (head, "TZif", 4) != 0)
    return TRUE;
  guint64 bytes = wide ? 8 : 4;
  guint64 utc = assay_shape_u32 (head + 20, TRUE);
  guint64 standard = assay_shape_u32 (head + 24, TRUE);
  guint64 leap = assay_shape_u32 (head + 28, TRUE);
  guint64 times = assay_shape_u32 (head + 32, TRUE);
  guint64 types = assay_shape_u32 (head + 36, TRUE);
  guint64 letters = assay_shape_u32 (head + 40, TRUE);
  *version = head[4];
  *end = at + sizeof head + times * (bytes + 1) + 6 * types + letters + leap * (bytes + 4) + standard + utc;
  return TRUE;
}

/* Version 2 and above: again with longer times, and a rule between two ends of line. */
gboolean
assay_shape_zone (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint64 size = assay_blob_get_size (blob);
  guint64 end = 0;
  guint8 version = 0;
  if (!follow_zone (blob, 0, FALSE, &end, &version, error))
    return FALSE;
  if (version == 0 || end > size)
    {
      *out_fits = end == size;
      return TRUE;
    }
  if (!follow_zone (blob, end, TRUE, &end, &version, error))
    return FALSE;
  if (end >= size || size - end < 2 || size - end > TRAILER_BYTES)
    return TRUE;
  char rule[TRAILER_BYTES];
  gsize length = (gsize)(size - end);
  if (!assay_blob_read (blob, end, rule, length, error))
    return FALSE;
  *out_fits = rule[0] == '\n' && memchr (rule + 1, '\n', length - 1) == rule + length - 1;
  return TRUE;
}

gboolean
assay_shape_database (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  guint8 head[100];
  guint64 size = assay_blob_get_size (blob);
  if (size < sizeof head)
    return TRUE;
  if (!assay_blob_read (blob, 0, head, sizeof head, error))
    return FALSE;
  guint page = (guint)head[16] << 8 | head[17];
  page = page == 1 ? 65536 : page;
  gboolean is_page = page >= 512 && (page & (page - 1)) == 0;
  /* 64, 32, 32: parts of a page that a record may take; 20 bytes that writers leave as zeros */
  static const guint8 zeros[20];
  *out_fits = is_page && head[21] == 64 && head[22] == 32 && head[23] == 32 && memcmp (head + 72, zeros, 20) == 0
              && size == (guint64)page * assay_shape_u32 (head + 28, TRUE);
  return TRUE;
}

/* Where the last of a word begins in bytes that may be anything. */
static const char *
find_last (const char *bytes, gsize length, const char *word)
{
  const char *last = NULL;
  const char *at = bytes;
  while ((at = memmem (at, length - (gsize)(at - bytes), word, strlen (word))) != NULL)
    last = at++;
  return last;
}

/* "startxref", the place of a table or stream of references, "%%EOF", and ends of line. */
gboolean
assay_shape_document (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  char tail[TRAILER_BYTES + 1] = { 0 };
  char at_references[4] = { 0 };
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, TRAILER_BYTES);
  if (!assay_blob_read (blob, size - length, tail, length, error))
    return FALSE;
  while (length > 0 && (tail[length - 1] == '\n' || tail[length - 1] == '\r'))
    tail[--length] = '\0';
  const char *start = find_last (tail, length, "startxref");
  if (start == NULL || length < 5 || memcmp (tail + length - 5, "%%EOF", 5) != 0)
    return TRUE;
  char *behind = NULL;
  guint64 references = g_ascii_strtoull (start + strlen ("startxref"), &behind, 10);
  if (behind == NULL || strspn (behind, "\r\n ") != strlen (behind) - 5 || references > size - sizeof at_references)
    return TRUE;
  if (!assay_blob_read (blob, references, at_references, sizeof at_references, error))
    return FALSE;
  *out_fits = memcmp (at_references, "xref", 4) == 0 || g_ascii_isdigit (at_references[0]);
  return TRUE;
}
