#include "inventory/strings.h"

#include "util/checked.h"
#include "util/sorted.h"
#include "util/text.h"

#include <string.h>

/* Names together may take this many times the bytes of their table. */
#define SHARING_TIMES 4u

typedef struct
{
  AssayBlob *blob;
  guint64 table_offset;
  guint64 table_size;
  guint8 *bytes;
  guint64 start; /* of the window in the table */
  gsize length;
} Window;

static gboolean
move_window (Window *window, guint64 start, GError **error)
{
  window->start = start;
  window->length = (gsize)MIN (window->table_size - start, ASSAY_BLOB_WINDOW_BYTES);
  return assay_blob_read (window->blob, window->table_offset + start, window->bytes, window->length, error);
}

/* Points @out_text at the name inside the window, without its NUL; NULL where the table ends before the name does. */
static gboolean
find_text (Window *window, guint64 offset, const char **out_text, gsize *out_length, GError **error)
{
  *out_text = NULL;
  if (offset >= window->table_size)
    return TRUE;
  for (;;)
    {
      if (offset >= window->start && offset - window->start < window->length)
        {
          const guint8 *text = window->bytes + (offset - window->start);
          gsize rest = window->length - (gsize)(offset - window->start);
          const guint8 *end = memchr (text, 0, rest);
          if (end != NULL || rest == ASSAY_BLOB_WINDOW_BYTES)
            {
              *out_text = (const char *)text;
              *out_length = end != NULL ? (gsize)(end - text) : rest;
              return TRUE;
            }
          if (window->start + window->length == window->table_size)
            return TRUE;
        }
      if (!move_window (window, offset, error))
        return FALSE;
    }
}

/* Answers one name; NULL where the table does not hold it. Once the budget is spent nothing more is read. */
static gboolean
answer (Window *window, guint64 offset, guint64 *budget, GStringChunk *chunk, const char **out_text, GError **error)
{
  const char *text = NULL;
  gsize length = 0;
  *out_text = NULL;
  if (*budget == 0)
    return TRUE;
  if (!find_text (window, offset, &text, &length, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (length >= *budget)
    {
      *budget = 0;
      return TRUE;
    }
  *budget -= length;
  g_autofree char *escaped = assay_text_escape_line (text, (gssize)length);
  *out_text = length == 0 ? "" : g_string_chunk_insert (chunk, escaped);
  return TRUE;
}

gboolean
assay_elf_strings_resolve (AssayBlob *blob, guint64 table_offset, guint64 table_size, GArray *wanted,
                           GStringChunk *chunk, guint *out_refused, GError **error)
{
  g_autofree guint8 *bytes = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  Window window = { .blob = blob, .table_offset = table_offset, .table_size = table_size, .bytes = bytes };
  guint64 budget = G_MAXUINT64;
  const char *text = NULL;
  assay_u64_multiply (table_size, SHARING_TIMES, &budget);
  *out_refused = 0;
  if (wanted->len == 0)
    return TRUE;
  assay_sorted_by (wanted, G_STRUCT_OFFSET (AssayElfString, offset));
  for (guint i = 0; i < wanted->len; i++)
    {
      AssayElfString *name = &g_array_index (wanted, AssayElfString, i);
      gboolean same = i > 0 && name->offset == name[-1].offset;
      if (!same && !answer (&window, name->offset, &budget, chunk, &text, error))
        return FALSE;
      name->text = text != NULL ? text : "";
      *out_refused += text == NULL;
    }
  return TRUE;
}
