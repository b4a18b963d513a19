#include "unpack/bytes.h"
#include "unpack/codec/deflate_codes.h"
#include "unpack/formats.h"
#include "unpack/stream.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>
#include <zlib.h>

/* The gzip file format: RFC 1952. */

#define HEADER_BYTES 10u
#define TRAILER_BYTES 8u

enum
{
  FLAG_TEXT = 1,
  FLAG_HEADER_CRC = 2,
  FLAG_EXTRA = 4,
  FLAG_NAME = 8,
  FLAG_COMMENT = 16,
};

gboolean
assay_gzip_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= HEADER_BYTES && head[0] == 0x1f && head[1] == 0x8b;
}

/* Writes a member's header again from the facts alone; NULL where it had an extra field, which nothing derives. */
static GByteArray *
write_header (const GArray *facts)
{
  guint64 mtime, os, level;
  const char *text = assay_facts_get (facts, "text");
  const char *check = assay_facts_get (facts, "header-crc");
  const char *extra = assay_facts_get (facts, "extra");
  g_autoptr (GBytes) name = assay_facts_get_raw (facts, "name");
  g_autoptr (GBytes) comment = assay_facts_get_raw (facts, "comment");
  if (extra != NULL || !assay_facts_get_number (facts, "mtime", 10, 0, &mtime)
      || !assay_facts_get_number (facts, "os", 10, 0, &os)
      || !assay_facts_get_number (facts, "extra-flags", 10, 0, &level))
    return NULL;
  GByteArray *out = g_byte_array_new ();
  guint flags = (text != NULL ? FLAG_TEXT : 0u) | (check != NULL ? FLAG_HEADER_CRC : 0u)
                | (name != NULL ? FLAG_NAME : 0u) | (comment != NULL ? FLAG_COMMENT : 0u);
  assay_append_le (out, 0x088b1f, 3);
  assay_append_le (out, flags, 1);
  assay_append_le (out, mtime, 4);
  assay_append_le (out, level, 1);
  assay_append_le (out, os, 1);
  GBytes *strings[] = { name, comment };
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    if (strings[i] != NULL)
      {
        gsize size = 0;
        const guint8 *data = g_bytes_get_data (strings[i], &size);
        g_byte_array_append (out, data, (guint)size);
        assay_append_le (out, 0, 1);
      }
  if (check != NULL)
    assay_append_le (out, crc32 (0, out->data, out->len) & 0xffff, 2);
  return out;
}

/* The zero-terminated text at *@position, which it passes. */
static gboolean
read_string (AssayStream *stream, guint64 *position, GArray *facts, const char *fact, GError **error)
{
  const AssayLimits *limits = stream->container->context->limits;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  for (;;)
    {
      guint8 byte = 0;
      if (!assay_blob_read (stream->container->node->blob, *position, &byte, 1, error))
        return FALSE;
      (*position)++;
      if (byte == 0)
        break;
      if (!assay_limits_check (limits, ASSAY_LIMIT_NAME_BYTES, (guint64)text->len + 1, "a longer text in a gzip header",
                               error))
        return FALSE;
      g_byte_array_append (text, &byte, 1);
    }
  assay_facts_add_raw (facts, fact, text->len > 0 ? (const char *)text->data : "", text->len);
  return TRUE;
}

static gboolean
read_extra (AssayStream *stream, guint64 *position, GArray *facts, GError **error)
{
  AssayNode *node = stream->container->node;
  guint8 length[2];
  if (!assay_blob_read (node->blob, *position, length, sizeof length, error))
    return FALSE;
  gsize size = assay_get_le16 (length);
  g_autofree guint8 *extra = assay_blob_read_bytes (node->blob, *position + 2, size, error);
  if (extra == NULL)
    return FALSE;
  assay_facts_add_hex (facts, "extra", extra, size);
  *position += 2 + size;
  return TRUE;
}

/* The low half of the CRC-32 of all before it. */
static gboolean
read_header_check (AssayStream *stream, guint64 *position, GArray *facts, GError **error)
{
  AssayNode *node = stream->container->node;
  guint8 check[2];
  gsize length = (gsize)(*position - stream->position);
  g_autofree guint8 *header = assay_blob_read_bytes (node->blob, stream->position, length, error);
  if (header == NULL || !assay_blob_read (node->blob, *position, check, sizeof check, error))
    return FALSE;
  if (assay_get_le16 (check) != (crc32 (0, header, (uInt)length) & 0xffff))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "gzip: header checksum is wrong");
  assay_facts_add (facts, "header-crc", "1");
  *position += 2;
  return TRUE;
}

static gboolean
read_fields (AssayStream *stream, guint64 *position, GArray *facts, GError **error)
{
  guint8 fixed[HEADER_BYTES];
  if (!assay_blob_read (stream->container->node->blob, *position, fixed, sizeof fixed, error))
    return FALSE;
  guint8 flags = fixed[3];
  if (fixed[2] != Z_DEFLATED || (flags & 0xe0) != 0)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "gzip: unknown method or flags");
  *position += sizeof fixed;
  assay_facts_add_number (facts, "mtime", assay_get_le32 (fixed + 4));
  assay_facts_add_number (facts, "extra-flags", fixed[8]);
  assay_facts_add_number (facts, "os", fixed[9]);
  if ((flags & FLAG_TEXT) != 0)
    assay_facts_add (facts, "text", "1");
  return ((flags & FLAG_EXTRA) == 0 || read_extra (stream, position, facts, error))
         && ((flags & FLAG_NAME) == 0 || read_string (stream, position, facts, "name", error))
         && ((flags & FLAG_COMMENT) == 0 || read_string (stream, position, facts, "comment", error))
         && ((flags & FLAG_HEADER_CRC) == 0 || read_header_check (stream, position, facts, error));
}

/* Facts of the first member keep their names; those of the n-th begin with `member-n.`. */
static void
state_facts (AssayNode *node, const GArray *facts, guint member)
{
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      g_autofree char *name = g_strdup_printf ("member-%u.%s", member + 1, fact->name);
      assay_facts_add (node->own_facts, member == 0 ? fact->name : assay_text_intern (name), "%s", fact->value);
    }
}

static gboolean
read_header (AssayStream *stream, guint member, GError **error)
{
  AssayNode *node = stream->container->node;
  guint64 end = stream->position;
  gboolean same = FALSE;
  g_autoptr (GArray) facts = assay_facts_new ();
  if (!read_fields (stream, &end, facts, error))
    return FALSE;
  g_autoptr (GByteArray) again = write_header (facts);
  if (again != NULL && again->len == end - stream->position
      && !assay_blob_equals (node->blob, stream->position, again->data, again->len, &same, error))
    return FALSE;
  state_facts (node, facts, member);
  return assay_stream_claim (stream, end - stream->position, ASSAY_SPAN_HEADER, same, "gzip header", error);
}

/* CRC-32 and length modulo 2^32 of what the member decoded to, which begins at @start of the sink and was summed up. */
static gboolean
read_trailer (AssayStream *stream, guint64 start, GError **error)
{
  guint8 trailer[TRAILER_BYTES];
  guint64 length = stream->sink.written - start;
  if (!assay_range_fits (stream->position, sizeof trailer, stream->container->node->size))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "gzip: the trailer is cut off");
  if (!assay_blob_read (stream->container->node->blob, stream->position, trailer, sizeof trailer, error))
    return FALSE;
  if (assay_get_le32 (trailer) != stream->sink.check || assay_get_le32 (trailer + 4) != (guint32)length)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "gzip: checksum or length of the content is wrong");
  return assay_stream_claim (stream, sizeof trailer, ASSAY_SPAN_HEADER, TRUE, "gzip trailer", error);
}

gboolean
assay_gzip_open (AssayContainer *container, GError **error)
{
  guint8 head[HEADER_BYTES];
  gsize length = 0;
  guint member = 0;
  g_auto (AssayStream) stream = { 0 };
  if (!assay_stream_begin (&stream, container, error))
    return FALSE;
  do
    {
      guint64 start = stream.sink.written;
      assay_sink_begin_check (&stream.sink);
      if (!read_header (&stream, member, error) || !assay_stream_decode (&stream, "deflate", "gzip data", error)
          || !read_trailer (&stream, start, error) || !assay_stream_peek (&stream, head, sizeof head, &length, error))
        return FALSE;
      member++;
  } while (assay_gzip_probe (head, length, container->node->size - stream.position));
  if (stream.sink.uncommon != NULL)
    assay_facts_add (container->node->own_facts, ASSAY_DEFLATE_CODES, "%s", stream.sink.uncommon);
  return assay_stream_finish (&stream, "behind gzip", error);
}
