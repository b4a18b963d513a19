#ifndef ASSAY_INVENTORY_DEBUG_CURSOR_H
#define ASSAY_INVENTORY_DEBUG_CURSOR_H

#include <glib.h>
#include <string.h>

/** AssayDebugBytes: a section of debug information, unpacked; borrowed. Empty where the file has none. */
typedef struct
{
  const guint8 *data;
  gsize size;
} AssayDebugBytes;

/**
 * AssayDebugCursor: reads numbers of a section one after another. What leaves the section reads as 0, makes @failed
 * TRUE and stays at the end, so that a reader may look once after many reads.
 */
typedef struct
{
  const guint8 *at;
  const guint8 *end;
  gboolean big_endian;
  gboolean failed;
} AssayDebugCursor;

/** assay_debug_cursor_at: a cursor from @offset on; failed where that lies behind the end. */
static inline AssayDebugCursor
assay_debug_cursor_at (AssayDebugBytes bytes, guint64 offset, gboolean big_endian)
{
  static const guint8 nothing[1];
  const guint8 *start = bytes.size > 0 ? bytes.data : nothing;
  const guint8 *end = start + bytes.size;
  gboolean beyond = offset > bytes.size;
  return (
      AssayDebugCursor){ .at = beyond ? end : start + offset, .end = end, .big_endian = big_endian, .failed = beyond };
}

static inline gsize
assay_debug_cursor_left (const AssayDebugCursor *cursor)
{
  return (gsize)(cursor->end - cursor->at);
}

static inline void
assay_debug_cursor_fail (AssayDebugCursor *cursor)
{
  cursor->at = cursor->end;
  cursor->failed = TRUE;
}

static inline void
assay_debug_cursor_skip (AssayDebugCursor *cursor, guint64 length)
{
  if (length > assay_debug_cursor_left (cursor))
    assay_debug_cursor_fail (cursor);
  else
    cursor->at += length;
}

/** assay_debug_cursor_fixed: a number of 0 to 8 bytes. */
static inline guint64
assay_debug_cursor_fixed (AssayDebugCursor *cursor, guint size)
{
  guint64 value = 0;
  if (size > 8 || size > assay_debug_cursor_left (cursor))
    {
      assay_debug_cursor_fail (cursor);
      return 0;
    }
  for (guint i = 0; i < size; i++)
    value = value << 8 | cursor->at[cursor->big_endian ? i : size - 1 - i];
  cursor->at += size;
  return value;
}

/** assay_debug_cursor_uleb: bits behind the 64th are dropped. */
static inline guint64
assay_debug_cursor_uleb (AssayDebugCursor *cursor)
{
  guint64 value = 0;
  for (guint shift = 0; cursor->at < cursor->end; shift += 7)
    {
      guint8 byte = *cursor->at++;
      if (shift < 64)
        value |= (guint64)(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return value;
    }
  assay_debug_cursor_fail (cursor);
  return 0;
}

static inline gint64
assay_debug_cursor_sleb (AssayDebugCursor *cursor)
{
  guint64 value = 0;
  for (guint shift = 0; cursor->at < cursor->end;)
    {
      guint8 byte = *cursor->at++;
      if (shift < 64)
        value |= (guint64)(byte & 0x7f) << shift;
      shift = MIN (shift + 7, 70);
      if ((byte & 0x80) != 0)
        continue;
      if (shift < 64 && (byte & 0x40) != 0)
        value |= ~G_GUINT64_CONSTANT (0) << shift;
      return (gint64)value;
    }
  assay_debug_cursor_fail (cursor);
  return 0;
}

/** assay_debug_cursor_string: a text that ends in NUL inside of the section; "" on failure. Borrowed. */
static inline const char *
assay_debug_cursor_string (AssayDebugCursor *cursor)
{
  const guint8 *start = cursor->at;
  const guint8 *nul = memchr (start, 0, assay_debug_cursor_left (cursor));
  if (nul == NULL)
    {
      assay_debug_cursor_fail (cursor);
      return "";
    }
  cursor->at = nul + 1;
  return (const char *)start;
}

/**
 * assay_debug_cursor_unit: the initial length of a unit (DWARF 5, 7.4): cuts the cursor to the unit, and gives the size
 * of its offsets, 4 or 8. A unit that leaves the section fails.
 */
static inline void
assay_debug_cursor_unit (AssayDebugCursor *cursor, guint8 *out_offset_size)
{
  guint64 length = assay_debug_cursor_fixed (cursor, 4);
  *out_offset_size = length == 0xffffffff ? 8 : 4;
  if (length == 0xffffffff)
    length = assay_debug_cursor_fixed (cursor, 8);
  if (length > assay_debug_cursor_left (cursor))
    assay_debug_cursor_fail (cursor);
  else
    cursor->end = cursor->at + length;
}

#endif
