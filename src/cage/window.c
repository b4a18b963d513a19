#include "cage/window.h"

#include <string.h>

void
assay_window_init (AssayWindow *window, guint64 size_bytes, AssayBlobRead fetch, gpointer data)
{
  *window = (AssayWindow){ .size = size_bytes, .fetch = fetch, .data = data };
}

void
assay_window_clear (AssayWindow *window)
{
  g_clear_pointer (&window->memory, g_free);
}

static guint8 *
memory_of (AssayWindow *window, guint index)
{
  if (window->memory == NULL)
    window->memory = g_malloc ((gsize)ASSAY_WINDOW_BLOCKS * ASSAY_WINDOW_BLOCK_BYTES);
  return window->memory + (gsize)index * ASSAY_WINDOW_BLOCK_BYTES;
}

void
assay_window_put (AssayWindow *window, const void *bytes, gsize length_bytes)
{
  /* A part of a block would be taken for all of it. */
  if (length_bytes != MIN (window->size, ASSAY_WINDOW_BLOCK_BYTES))
    return;
  memcpy (memory_of (window, 0), bytes, length_bytes);
  window->blocks[0] = (AssayWindowBlock){ 0, length_bytes, ++window->reads };
}

void
assay_window_forget (AssayWindow *window)
{
  memset (window->blocks, 0, sizeof window->blocks);
}

/* The block that holds @offset, fetched if it is not kept, in place of the one that was used longest ago. */
static const guint8 *
find_block (AssayWindow *window, guint64 offset, gsize *out_length, GError **error)
{
  guint64 start = offset - offset % ASSAY_WINDOW_BLOCK_BYTES;
  guint oldest = 0;
  guint found = ASSAY_WINDOW_BLOCKS;
  for (guint i = 0; i < ASSAY_WINDOW_BLOCKS && found == ASSAY_WINDOW_BLOCKS; i++)
    {
      const AssayWindowBlock *block = &window->blocks[i];
      if (block->length > 0 && block->offset == start)
        found = i;
      if (block->used < window->blocks[oldest].used)
        oldest = i;
    }
  guint index = found < ASSAY_WINDOW_BLOCKS ? found : oldest;
  AssayWindowBlock *block = &window->blocks[index];
  guint8 *bytes = memory_of (window, index);
  if (found == ASSAY_WINDOW_BLOCKS)
    {
      gsize length = (gsize)MIN (window->size - start, ASSAY_WINDOW_BLOCK_BYTES);
      block->length = 0;
      if (!window->fetch (window->data, start, bytes, length, error))
        return NULL;
      block->offset = start;
      block->length = length;
    }
  block->used = ++window->reads;
  *out_length = block->length - (gsize)(offset - start);
  return bytes + (offset - start);
}

static gboolean
read_short (AssayWindow *window, guint64 offset, guint8 *out, gsize length, GError **error)
{
  while (length > 0)
    {
      gsize available;
      const guint8 *bytes = find_block (window, offset, &available, error);
      if (bytes == NULL)
        return FALSE;
      gsize part = MIN (available, length);
      memcpy (out, bytes, part);
      out += part;
      offset += part;
      length -= part;
    }
  return TRUE;
}

gboolean
assay_window_read (gpointer data, guint64 offset_bytes, void *out, gsize length_bytes, GError **error)
{
  AssayWindow *window = data;
  guint8 *to = out;
  if (length_bytes < ASSAY_WINDOW_BLOCK_BYTES)
    return read_short (window, offset_bytes, to, length_bytes, error);
  while (length_bytes > 0)
    {
      gsize part = MIN (length_bytes, ASSAY_WINDOW_FETCH_BYTES);
      if (!window->fetch (window->data, offset_bytes, to, part, error))
        return FALSE;
      to += part;
      offset_bytes += part;
      length_bytes -= part;
    }
  return TRUE;
}
