#include "inventory/shape_kinds.h"

#include <string.h>

/** Bytes of a file in turn. @failed: reading did; see the error that was given */
typedef struct
{
  AssayBlob *blob;
  guint64 at;
  guint64 size;
  guint64 window; /* where the bytes in @bytes begin */
  gsize held;
  gboolean failed;
  GError **error;
  guint8 bytes[4096];
} Walk;

static void
walk_begin (Walk *walk, AssayBlob *blob, GError **error)
{
  walk->blob = blob;
  walk->at = 0;
  walk->size = assay_blob_get_size (blob);
  walk->window = 0;
  walk->held = 0;
  walk->failed = FALSE;
  walk->error = error;
}

/* The next byte, or -1 at the end. */
static gint
walk_byte (Walk *walk)
{
  if (walk->failed || walk->at >= walk->size)
    return -1;
  if (walk->at < walk->window || walk->at - walk->window >= walk->held)
    {
      walk->window = walk->at;
      walk->held = MIN (walk->size - walk->at, sizeof walk->bytes);
      walk->failed = !assay_blob_read (walk->blob, walk->at, walk->bytes, walk->held, walk->error);
      if (walk->failed)
        return -1;
    }
  return walk->bytes[walk->at++ - walk->window];
}

static gboolean
walk_skip (Walk *walk, guint64 length)
{
  if (walk->failed || length > walk->size - walk->at)
    return FALSE;
  walk->at += length;
  return TRUE;
}

/* Sub-blocks of GIF, each behind its length, up to one of none. */
static gboolean
skip_sub_blocks (Walk *walk)
{
  gint length = walk_byte (walk);
  while (length > 0 && walk_skip (walk, (guint64)length))
    length = walk_byte (walk);
  return length == 0;
}

static guint64
color_table_bytes (gint flags)
{
  return (flags & 0x80) != 0 ? 3u << ((flags & 7) + 1) : 0;
}

static gboolean
skip_gif_block (Walk *walk, gint kind)
{
  if (kind == 0x21) /* an extension: its label */
    return walk_skip (walk, 1) && skip_sub_blocks (walk);
  if (kind != 0x2c || !walk_skip (walk, 8))
    return FALSE;
  gint flags = walk_byte (walk);
  return flags >= 0 && walk_skip (walk, color_table_bytes (flags) + 1) && skip_sub_blocks (walk);
}

gboolean
assay_shape_gif (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  Walk walk;
  walk_begin (&walk, blob, error);
  if (!walk_skip (&walk, 10))
    return TRUE;
  gint flags = walk_byte (&walk);
  gboolean fits = flags >= 0 && walk_skip (&walk, 2 + color_table_bytes (flags));
  while (fits)
    {
      gint kind = walk_byte (&walk);
      if (kind == 0x3b)
        break;
      fits = skip_gif_block (&walk, kind);
    }
  *out_fits = fits && walk.at == walk.size;
  return !walk.failed;
}

/* The next marker of JPEG behind coded data: FF, then neither a zero, which is data, nor a restart. */
static gint
find_marker (Walk *walk)
{
  gint byte = walk_byte (walk);
  while (byte >= 0)
    {
      if (byte != 0xff)
        {
          byte = walk_byte (walk);
          continue;
        }
      byte = walk_byte (walk);
      if (byte > 0 && byte != 0xff && (byte < 0xd0 || byte > 0xd7))
        return byte;
    }
  return -1;
}

static gboolean
skip_jpeg_segment (Walk *walk)
{
  gint high = walk_byte (walk);
  gint low = walk_byte (walk);
  gint length = high * 256 + low;
  return high >= 0 && low >= 0 && length >= 2 && walk_skip (walk, (guint64)length - 2);
}

gboolean
assay_shape_jpeg (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  Walk walk;
  walk_begin (&walk, blob, error);
  gboolean fits = walk_skip (&walk, 2);
  gboolean coded = FALSE;
  while (fits)
    {
      gint marker = -1;
      if (coded)
        marker = find_marker (&walk);
      else if (walk_byte (&walk) == 0xff)
        while ((marker = walk_byte (&walk)) == 0xff)
          ;
      if (marker == 0xd9)
        break;
      coded = marker == 0xda;
      fits = marker >= 0xc0 && marker < 0xff && skip_jpeg_segment (&walk);
    }
  *out_fits = fits && walk.at == walk.size;
  return !walk.failed;
}

static gboolean
sum_lengths (Walk *walk, guint count, guint64 *out_sum)
{
  for (guint i = 0; i < count; i++)
    {
      gint length = walk_byte (walk);
      if (length < 0)
        return FALSE;
      *out_sum += (guint64)length;
    }
  return TRUE;
}

/* Pages: 26 bytes, the number of segments, their lengths, the segments. */
gboolean
assay_shape_ogg (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  Walk walk;
  walk_begin (&walk, blob, error);
  gboolean fits = TRUE;
  while (fits && walk.at < walk.size)
    {
      for (const char *mark = "OggS"; fits && *mark != '\0'; mark++)
        fits = walk_byte (&walk) == *mark;
      fits = fits && walk_byte (&walk) == 0 && walk_skip (&walk, 21);
      gint segments = fits ? walk_byte (&walk) : -1;
      guint64 length = 0;
      fits = segments >= 0 && sum_lengths (&walk, (guint)segments, &length) && walk_skip (&walk, length);
    }
  *out_fits = fits;
  return !walk.failed;
}

/* The blocks in front of the sound, and the mark of its first frame. What the frames hold is coded, and not followed.
 */
gboolean
assay_shape_flac (AssayBlob *blob, gboolean *out_fits, GError **error)
{
  Walk walk;
  gboolean last = FALSE;
  walk_begin (&walk, blob, error);
  gboolean fits = walk_skip (&walk, 4);
  for (gboolean first = TRUE; fits && !last; first = FALSE)
    {
      gint kind = walk_byte (&walk);
      guint64 length = 0;
      for (guint i = 0; i < 3; i++)
        {
          gint byte = walk_byte (&walk);
          length = byte < 0 ? G_MAXUINT64 : length << 8 | (guint64)byte; /* more than any file has */
        }
      last = kind >= 0x80;
      /* STREAMINFO comes first, and of 34 bytes; seven kinds are known */
      fits = kind >= 0 && (kind & 0x7f) <= 6 && first == ((kind & 0x7f) == 0) && (!first || length == 34)
             && walk_skip (&walk, length);
    }
  *out_fits = fits && (walk.at == walk.size || (walk_byte (&walk) == 0xff && (walk_byte (&walk) & 0xfe) == 0xf8));
  return !walk.failed;
}
