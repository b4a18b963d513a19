#include "unpack/hex/text_image.h"

#include "unpack/hex/text_lines.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

/* A text that is being read: @position is where its next line begins, @style how the last one was written, @start where
 * the records began that no slack interrupts, @end where the end record ends. */
typedef struct
{
  AssayTextImage *image;
  AssayTextWindow window;
  AssayTextStyle style;
  guint64 position;
  guint64 start;
  guint64 end;
} Reader;

static void
reader_clear (Reader *reader)
{
  assay_text_window_clear (&reader->window);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static void
image_clear (AssayTextImage *image)
{
  assay_memory_map_clear (&image->map);
  assay_record_list_clear (&image->list);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayTextImage, image_clear)

void
assay_text_put (AssayTextRecord *record, guint64 value, gsize width_bytes)
{
  for (gsize i = width_bytes; i > 0; i--)
    record->bytes[record->length++] = (guint8)(value >> (8 * (i - 1)));
}

guint64
assay_text_get (const AssayTextRecord *record, gsize offset, gsize width_bytes)
{
  guint64 value = 0;
  for (gsize i = 0; i < width_bytes; i++)
    value = value << 8 | record->bytes[offset + i];
  return value;
}

gboolean
assay_text_probe (const AssayTextFormat *format, const guint8 *head, gsize length_bytes)
{
  AssayTextRecord record;
  AssayTextCase letters;
  gsize length = 0;
  return assay_text_record_parse (format, head, length_bytes, &record, &letters, &length) == NULL;
}

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s: %s at %" G_GUINT64_FORMAT, reader->image->format->name,
                            what, reader->position);
}

static void
end_records (Reader *reader)
{
  assay_container_add_span (reader->image->container,
                            (AssaySpan){ reader->start, reader->position - reader->start, ASSAY_SPAN_ENCODED,
                                         ASSAY_SPAN_NO_CHILD, FALSE, "records" });
}

static void
add_slack (Reader *reader, guint64 length, const char *name)
{
  end_records (reader);
  assay_container_add_span (reader->image->container, (AssaySpan){ reader->position, length, ASSAY_SPAN_SLACK,
                                                                   ASSAY_SPAN_NO_CHILD, FALSE, name });
  reader->position += length;
  reader->start = reader->position;
}

/* Bytes from @position to the end of its line, line end included. */
static gboolean
measure_line (Reader *reader, guint64 *out_length, GError **error)
{
  guint64 size = reader->image->container->node->size;
  for (*out_length = 0; *out_length < size - reader->position;)
    {
      gsize length = 0;
      const guint8 *text = assay_text_window_peek (&reader->window, reader->position + *out_length, &length, error);
      const guint8 *end = text == NULL ? NULL : memchr (text, '\n', length);
      if (text == NULL)
        return FALSE;
      *out_length += end != NULL ? (gsize)(end - text) + 1 : length;
      if (end != NULL)
        break;
    }
  return TRUE;
}

/* What is no record up to the end of its line. */
static gboolean
read_slack (Reader *reader, const char *name, GError **error)
{
  guint64 length = 0;
  if (!measure_line (reader, &length, error)
      || !assay_record_list_add_word (&reader->image->list, error, "slack:0x%" G_GINT64_MODIFIER "x", length))
    return FALSE;
  add_slack (reader, length, name);
  return TRUE;
}

/* Which line end follows a record; where it is none at all, the rest of the line is no part of a record. */
static guint
find_line_end (const AssayTextFormat *format, const guint8 *text, gsize length)
{
  if (length >= 1 && text[0] == '\n')
    return 0;
  if (length >= 2 && text[0] == '\r' && text[1] == '\n')
    return 1;
  if (length >= 1 && text[0] == '\r' && (length == 1 || text[1] == (guint8)format->mark))
    return 2;
  return 3;
}

static gboolean
note_style (Reader *reader, AssayTextCase letters, guint line_end, GError **error)
{
  AssayTextStyle *style = &reader->style;
  AssayRecordList *list = &reader->image->list;
  gboolean lower_case = letters == ASSAY_TEXT_CASE_NONE ? style->lower_case : letters == ASSAY_TEXT_CASE_LOWER;
  if (lower_case != style->lower_case
      && !assay_record_list_add_word (list, error, "%s", lower_case ? "lower-case" : "upper-case"))
    return FALSE;
  if (line_end != style->line_end
      && !assay_record_list_add_word (list, error, "%s", assay_text_line_ends[line_end].word))
    return FALSE;
  *style = (AssayTextStyle){ lower_case, line_end };
  return TRUE;
}

static gboolean
read_record (Reader *reader, const guint8 *text, gsize length, GError **error)
{
  const AssayTextFormat *format = reader->image->format;
  AssayTextRecord record;
  AssayTextCase letters;
  gsize used = 0;
  const char *fault = assay_text_record_parse (format, text, length, &record, &letters, &used);
  if (fault != NULL)
    return fail (reader, fault, error);
  guint line_end = find_line_end (format, text + used, length - used);
  if (!note_style (reader, letters, line_end, error) || !format->take (reader->image, &record, error))
    return FALSE;
  gboolean more = length > used + strlen (assay_text_line_ends[line_end].characters);
  reader->position += used + strlen (assay_text_line_ends[line_end].characters);
  gboolean open = line_end == 3 && more && text[used] != (guint8)format->mark;
  return !open || reader->image->ended || read_slack (reader, "behind a record", error);
}

static gboolean
read_lines (Reader *reader, GError **error)
{
  AssayNode *node = reader->image->container->node;
  while (!reader->image->ended && reader->position < node->size)
    {
      gsize length = 0;
      const guint8 *text = assay_text_window_peek (&reader->window, reader->position, &length, error);
      if (text == NULL || assay_cancelled (error))
        return FALSE;
      gboolean done = text[0] == (guint8)reader->image->format->mark ? read_record (reader, text, length, error)
                                                                     : read_slack (reader, "no record", error);
      if (!done)
        return FALSE;
    }
  if (!reader->image->ended && reader->image->format->ends)
    return fail (reader, "no end record", error);
  reader->end = reader->position;
  add_slack (reader, node->size - reader->position, "behind the end record");
  return TRUE;
}

/** What is being written again, and compared with the text at @position. */
typedef struct
{
  Reader *reader;
  AssayTextState state;
  AssayTextStyle style;
} Writer;

static gboolean
apply_style (Writer *writer, const char *word)
{
  for (guint i = 0; i < ASSAY_TEXT_LINE_ENDS; i++)
    if (strcmp (word, assay_text_line_ends[i].word) == 0)
      {
        writer->style.line_end = i;
        return TRUE;
      }
  gboolean lower = strcmp (word, "lower-case") == 0;
  if (!lower && strcmp (word, "upper-case") != 0)
    return FALSE;
  writer->style.lower_case = lower;
  return TRUE;
}

static gboolean
compare_record (Writer *writer, AssayTextRecord *record, GError **error)
{
  Reader *reader = writer->reader;
  guint8 line[ASSAY_TEXT_LINE_CHARACTERS];
  gsize length = 0;
  const char *line_end = assay_text_line_ends[writer->style.line_end].characters;
  gsize written = assay_text_record_write (reader->image->format, record, writer->style.lower_case, line);
  memcpy (line + written, line_end, strlen (line_end));
  written += strlen (line_end);
  const guint8 *text = assay_text_window_peek (&reader->window, reader->position, &length, error);
  if (text == NULL)
    return FALSE;
  if (length < written || memcmp (text, line, written) != 0)
    return fail (reader, "a record that is not written again as it is", error);
  reader->position += written;
  return TRUE;
}

static gboolean
write_word (gpointer data, const char *word, GError **error)
{
  Writer *writer = data;
  Reader *reader = writer->reader;
  AssayTextImage *image = reader->image;
  AssayTextRecord record = { 0 };
  guint64 slack = 0;
  if (assay_record_word_value (word, "slack", &slack))
    {
      if (slack > image->container->node->size - reader->position)
        return fail (reader, "slack that is not there", error);
      reader->position += slack;
      return TRUE;
    }
  if (apply_style (writer, word))
    return TRUE;
  return image->format->say (image->container->node, &writer->state, word, &record)
             ? record.length == 0 || compare_record (writer, &record, error)
             : fail (reader, "a record that cannot be written again", error);
}

static gboolean
write_content (gpointer data, guint64 address, guint64 length, GError **error)
{
  Writer *writer = data;
  AssayTextImage *image = writer->reader->image;
  AssayTextRecord record = { 0 };
  gsize room = sizeof record.bytes - 1;
  if (length > room || !image->format->carry (&writer->state, address, length, &record)
      || record.length + length > room)
    return fail (writer->reader, "content that cannot be written again", error);
  if (!assay_memory_map_read (&image->map, address, record.bytes + record.length, length, error))
    return FALSE;
  record.length += length;
  return compare_record (writer, &record, error);
}

/* Nothing else is in the text than what facts and content say: both are enough to write it, but for the slack. */
static gboolean
write_again (Reader *reader, GError **error)
{
  AssayNode *node = reader->image->container->node;
  Writer writer = { .reader = reader };
  static const AssayRecordWriter records = { write_word, write_content };
  reader->position = 0;
  if (!assay_record_list_replay (assay_facts_get (node->own_facts, "records"), &records, &writer, error))
    return FALSE;
  return reader->position == reader->end || fail (reader, "records that are not written again", error);
}

gboolean
assay_text_open (AssayContainer *container, const AssayTextFormat *format, GError **error)
{
  AssayNode *node = container->node;
  g_auto (AssayTextImage) image = { .container = container, .format = format };
  g_auto (Reader) reader = { .image = &image };
  node->ordered = TRUE;
  node->shares_extents = TRUE;
  assay_memory_map_init (&image.map, container);
  assay_record_list_init (&image.list, container->context->limits);
  assay_text_window_init (&reader.window, node->blob);
  if (!read_lines (&reader, error) || !assay_memory_map_finish (&image.map, error))
    return FALSE;
  if (node->children->len == 0)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "%s: no content", format->name);
  assay_facts_take (node->own_facts, "records", assay_record_list_finish (&image.list));
  return write_again (&reader, error);
}
