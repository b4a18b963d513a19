#include "unpack/cpio.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/second.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

/*
 * One archive, or several behind one another as in an initramfs (Linux, Documentation/driver-api/early-userspace/
 * buffer-format.rst): the entries of all are entries of the node, in order.
 */
typedef struct
{
  AssayContainer *container;
  guint64 position;
  gboolean ended;
  gboolean has_trailer;
  gboolean binary;        /* the first header is */
  AssayCpioFormat format; /* of the last entry */
  guint64 start;          /* of the archive that is being read */
} Reader;

/* One entry that is being read. */
typedef struct
{
  AssayCpioHeader header;
  char *name;
  guint64 content;
  guint64 end;
} Entry;

static void
entry_clear (Entry *entry)
{
  g_clear_pointer (&entry->name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Entry, entry_clear)

/* Six digits are a short magic; a header of numbers must follow. cpio(1) and Linux take what is no digit for zero, or
 * for the end of a number. */
static gboolean
is_mostly_digits (const guint8 *header, gsize length)
{
  gsize digits = 0;
  for (gsize i = 0; i < length; i++)
    digits += g_ascii_isxdigit ((char)header[i]);
  return digits > length / 2;
}

gboolean
assay_cpio_probe (const guint8 *head, gsize length, guint64 size)
{
  AssayCpioFormat format;
  return assay_cpio_find_format (head, length, &format) && !assay_cpio_is_binary (format)
         && length >= assay_cpio_header_bytes (format) && is_mostly_digits (head, assay_cpio_header_bytes (format));
}

/* Two bytes prove next to nothing: a type, and a name that ends where it should, must follow. */
gboolean
assay_cpio_probe_binary (const guint8 *head, gsize length, guint64 size)
{
  AssayCpioFormat format;
  AssayCpioHeader header;
  if (!assay_cpio_find_format (head, length, &format) || !assay_cpio_is_binary (format)
      || length < assay_cpio_header_bytes (format) || !assay_cpio_parse_header (head, format, &header, NULL))
    return FALSE;
  const char *name = (const char *)head + assay_cpio_header_bytes (format);
  gsize room = length - assay_cpio_header_bytes (format);
  guint64 name_size = header.values[ASSAY_CPIO_NAME_SIZE];
  if (name_size < 2 || name_size > room || strnlen (name, room) != name_size - 1)
    return FALSE;
  return header.values[ASSAY_CPIO_SIZE] <= size
         && (assay_cpio_type_of (&header) != ASSAY_NODE_UNKNOWN || strcmp (name, ASSAY_CPIO_TRAILER) == 0);
}

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "cpio: %s at %" G_GUINT64_FORMAT, what, reader->position);
}

static gboolean
read_header (Reader *reader, AssayCpioHeader *out, GError **error)
{
  AssayNode *node = reader->container->node;
  guint8 block[ASSAY_CPIO_MAX_HEADER_BYTES];
  gsize length = (gsize)MIN (sizeof block, node->size - reader->position);
  AssayCpioFormat format;
  if (!assay_blob_read (node->blob, reader->position, block, length, error))
    return FALSE;
  if (!assay_cpio_find_format (block, length, &format) || length < assay_cpio_header_bytes (format))
    return fail (reader, "no header", error);
  if (reader->position == 0)
    reader->binary = assay_cpio_is_binary (format);
  /* No reader takes headers of both kinds from one archive. */
  if (reader->binary != assay_cpio_is_binary (format))
    return fail (reader, "a header of another kind", error);
  return assay_cpio_parse_header (block, format, out, error);
}

static gboolean
read_name (Reader *reader, Entry *entry, GError **error)
{
  guint64 size = entry->header.values[ASSAY_CPIO_NAME_SIZE];
  guint64 start = reader->position + assay_cpio_header_bytes (entry->header.format);
  if (size == 0 || !assay_range_fits (start, size, reader->container->node->size))
    return fail (reader, "a name that leaves the archive", error);
  if (!assay_limits_check (reader->container->context->limits, ASSAY_LIMIT_NAME_BYTES, size - 1, "a longer entry name",
                           error))
    return FALSE;
  entry->name = (char *)assay_blob_read_bytes (reader->container->node->blob, start, (gsize)size, error);
  if (entry->name == NULL)
    return FALSE;
  if (entry->name[size - 1] != '\0')
    return fail (reader, "a name without end", error);
  /* Zero bytes behind a name align what follows (dracut); other bytes there nobody would see. */
  for (guint64 i = strlen (entry->name); i < size; i++)
    if (entry->name[i] != '\0')
      return fail (reader, "a name with a zero byte in it", error);
  return TRUE;
}

/* Where the content begins and the next header stands. */
static gboolean
place_content (Reader *reader, Entry *entry, GError **error)
{
  guint64 alignment = assay_cpio_alignment (entry->header.format);
  guint64 name_end
      = reader->position + assay_cpio_header_bytes (entry->header.format) + entry->header.values[ASSAY_CPIO_NAME_SIZE];
  guint64 content_end;
  if (!assay_u64_align (name_end, alignment, &entry->content)
      || !assay_u64_add (entry->content, entry->header.values[ASSAY_CPIO_SIZE], &content_end)
      || !assay_u64_align (content_end, alignment, &entry->end) || content_end > reader->container->node->size)
    return fail (reader, "content that leaves the archive", error);
  /* Behind the last entry the padding may be left out. */
  entry->end = MIN (entry->end, reader->container->node->size);
  return assay_container_add_zeros (reader->container, name_end, entry->content - name_end, "cpio padding", error)
         && assay_container_add_zeros (reader->container, content_end, entry->end - content_end, "cpio padding", error);
}

/* What the check field holds: the sum of the bytes of a file in the CRC format, else 0. */
static gboolean
compute_check (const Reader *reader, const Entry *entry, AssayNodeType type, guint64 *out_check, GError **error)
{
  guint8 window[16384];
  guint32 sum = 0;
  guint64 length = entry->header.values[ASSAY_CPIO_SIZE];
  *out_check = 0;
  if (entry->header.format != ASSAY_CPIO_CRC || type != ASSAY_NODE_FILE)
    return TRUE;
  for (guint64 done = 0; done < length;)
    {
      gsize count = (gsize)MIN (length - done, sizeof window);
      if (!assay_blob_read (reader->container->node->blob, entry->content + done, window, count, error))
        return FALSE;
      for (gsize i = 0; i < count; i++)
        sum += window[i];
      done += count;
    }
  *out_check = sum;
  /* Of several links to one file only the last has content; the check of the others may speak of it. */
  if (length > 0 && entry->header.values[ASSAY_CPIO_CHECK] != sum)
    return fail (reader, "a wrong checksum of content", error);
  return TRUE;
}

static gboolean
add_link (Reader *reader, const Entry *entry, AssayNode *child, GError **error)
{
  guint64 size = entry->header.values[ASSAY_CPIO_SIZE];
  if (size == 0
      || !assay_limits_check (reader->container->context->limits, ASSAY_LIMIT_NAME_BYTES, size, "a longer link target",
                              error))
    return size == 0 ? fail (reader, "a link to nothing", error) : FALSE;
  g_autofree guint8 *target = assay_blob_read_bytes (reader->container->node->blob, entry->content, (gsize)size, error);
  if (target == NULL)
    return FALSE;
  if (memchr (target, 0, (gsize)size) != NULL)
    return fail (reader, "a link target with a zero byte in it", error);
  assay_facts_add_raw (child->facts, "link", (const char *)target, (gsize)size);
  assay_container_add_span (reader->container, (AssaySpan){ entry->content, size, ASSAY_SPAN_HEADER, child->index, TRUE,
                                                            "cpio link target" });
  return TRUE;
}

static gboolean
add_content (Reader *reader, const Entry *entry, AssayNode *child, GError **error)
{
  guint64 size = entry->header.values[ASSAY_CPIO_SIZE];
  if (child->type == ASSAY_NODE_FILE)
    return assay_container_add_payload (reader->container, child, entry->content, size, "cpio content", error);
  if (child->type == ASSAY_NODE_SYMLINK)
    return add_link (reader, entry, child, error);
  return size == 0 || fail (reader, "an entry that is no file and has content", error);
}

static gboolean
add_entry (Reader *reader, const Entry *entry, GError **error)
{
  AssayContainer *container = reader->container;
  AssayNode *node = container->node;
  AssayNodeType type = assay_cpio_type_of (&entry->header);
  guint64 check = 0;
  gboolean same = FALSE;
  if (type == ASSAY_NODE_UNKNOWN || entry->name == NULL)
    return fail (reader, "an entry of no type", error);
  AssayNode *child
      = assay_container_add_entry (container, entry->name, strlen (entry->name), type, ASSAY_NAME_PLAIN, error);
  if (child == NULL || !compute_check (reader, entry, type, &check, error))
    return FALSE;
  reader->format = entry->header.format;
  assay_cpio_add_facts (&entry->header, child, node, check);
  g_autoptr (GByteArray) again = assay_cpio_write_header (child, node, entry->header.values[ASSAY_CPIO_SIZE], check);
  guint64 length = assay_cpio_header_bytes (entry->header.format) + entry->header.values[ASSAY_CPIO_NAME_SIZE];
  if (again != NULL && again->len == length
      && !assay_blob_equals (node->blob, reader->position, again->data, again->len, &same, error))
    return FALSE;
  assay_container_add_span (container, (AssaySpan){ .offset = reader->position,
                                                    .length = length,
                                                    .kind = ASSAY_SPAN_HEADER,
                                                    .child = child->index,
                                                    .rewritable = same,
                                                    .name = "cpio member header",
                                                    .placed = reader->position == reader->start });
  return add_content (reader, entry, child, error);
}

static gboolean
add_trailer (Reader *reader, const Entry *entry, GError **error)
{
  AssayNode *node = reader->container->node;
  gboolean same = FALSE;
  guint64 length = assay_cpio_header_bytes (entry->header.format) + entry->header.values[ASSAY_CPIO_NAME_SIZE];
  /* Of which format it is only an entry says, in a fact: a reader that does not know the other one ends here. */
  gboolean follows = node->children->len > 0 && entry->header.format == reader->format;
  if (entry->header.values[ASSAY_CPIO_SIZE] != 0)
    return fail (reader, "a trailer with content", error);
  /* The first trailer says how all are written; one that is written otherwise is not rewritable. */
  if (!reader->has_trailer && entry->header.lower_case)
    assay_facts_add (node->own_facts, "trailer-digits", "lower-case");
  reader->has_trailer = TRUE;
  gboolean lower_case = assay_facts_get (node->own_facts, "trailer-digits") != NULL;
  g_autoptr (GByteArray) again = assay_cpio_write_trailer (entry->header.format, lower_case);
  if (again->len == length && !assay_blob_equals (node->blob, reader->position, again->data, again->len, &same, error))
    return FALSE;
  assay_container_add_span (reader->container, (AssaySpan){ .offset = reader->position,
                                                            .length = length,
                                                            .kind = ASSAY_SPAN_HEADER,
                                                            .child = ASSAY_SPAN_NO_CHILD,
                                                            .rewritable = same && follows,
                                                            .name = "cpio trailer",
                                                            .placed = reader->position == reader->start });
  reader->ended = TRUE;
  return TRUE;
}

static gboolean
read_archive (Reader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  guint first = node->children->len;
  reader->start = reader->position;
  for (reader->ended = FALSE; !reader->ended;)
    {
      g_auto (Entry) entry = { 0 };
      if (assay_cancelled (error) || !read_header (reader, &entry.header, error) || !read_name (reader, &entry, error)
          || !place_content (reader, &entry, error))
        return FALSE;
      gboolean trailer = entry.name != NULL && strcmp (entry.name, ASSAY_CPIO_TRAILER) == 0;
      if (trailer ? !add_trailer (reader, &entry, error) : !add_entry (reader, &entry, error))
        return FALSE;
      reader->position = entry.end;
    }
  const AssaySecondReading reading = {
    .format = "cpio",
    .fields = ASSAY_SECOND_PERMISSIONS | ASSAY_SECOND_OWNERS | ASSAY_SECOND_TIME | ASSAY_SECOND_DEVICES,
    .offset = reader->start,
    .length = reader->position - reader->start,
    .first_child = first,
    .children = node->children->len - first,
  };
  return assay_second_compare (reader->container, &reading, error);
}

static gboolean
begins_archive (const Reader *reader, const guint8 *head, gsize length, guint64 size)
{
  AssayCpioFormat format;
  if (reader->binary)
    return assay_cpio_probe_binary (head, length, size);
  return assay_cpio_find_format (head, length, &format) && !assay_cpio_is_binary (format);
}

/* Zeros behind an archive, and whether another one follows at a multiple of four. */
static gboolean
read_behind (Reader *reader, gboolean *out_more, GError **error)
{
  AssayNode *node = reader->container->node;
  guint8 head[ASSAY_PROBE_BYTES];
  guint64 start = reader->position;
  guint64 next = start;
  if (!assay_blob_find_nonzero (node->blob, start, node->size - start, &next, error))
    return FALSE;
  gsize length = (gsize)MIN (sizeof head, node->size - next);
  if (!assay_blob_read (node->blob, next, head, length, error))
    return FALSE;
  *out_more = next % 4 == 0 && begins_archive (reader, head, length, node->size - next);
  /* Linux takes another archive, in this file or the next one of an initramfs, at multiples of four bytes alone. */
  assay_container_add_span (reader->container, (AssaySpan){ start, next - start, ASSAY_SPAN_PADDING,
                                                            ASSAY_SPAN_NO_CHILD, next % 4 == 0, "cpio end padding" });
  reader->position = next;
  return TRUE;
}

/* What stands behind it Linux takes at a multiple of four alone, where headers are aligned to that, and cpio(1) at one
 * of its blocks. */
static void
note_last_block (const Reader *reader)
{
  static const guint aligned[] = { 512, 4, 0 };
  static const guint others[] = { 512, 0 };
  assay_container_note_last_block (reader->container, assay_cpio_alignment (reader->format) == 4 ? aligned : others);
}

gboolean
assay_cpio_open (AssayContainer *container, GError **error)
{
  Reader reader = { .container = container };
  gboolean more = TRUE;
  container->node->ordered = TRUE;
  while (more)
    if (!read_archive (&reader, error) || !read_behind (&reader, &more, error))
      return FALSE;
  AssayNode *node = container->node;
  assay_container_add_span (container, (AssaySpan){ reader.position, node->size - reader.position, ASSAY_SPAN_SLACK,
                                                    ASSAY_SPAN_NO_CHILD, FALSE, "behind cpio" });
  if (reader.position == node->size)
    note_last_block (&reader);
  return TRUE;
}
