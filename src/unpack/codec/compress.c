#include "unpack/codec/codec.h"
#include "util/cancel.h"

/*
 * A .Z file of compress(1): LZW codes of 9 bits at first and of up to 16 later, lowest bit first, to the end of the
 * file. Codes are written in groups of eight; where their width changes, and where the table is cleared, the rest of
 * the group is filling, which here must be zero: nobody would see it. (POSIX.1-2024, compress; ncompress's
 * compress42.c.)
 */

#define HEADER_BYTES 3u
#define BLOCK_MODE 0x80u
#define FIRST_BITS 9u
#define MAX_BITS 16u
#define LITERALS 256u
#define CLEAR 256u
#define GROUP 8u

typedef struct
{
  AssayDecoder *decoder;
  guint32 bits; /* that were loaded and not yet taken, lowest first */
  guint loaded;
  guint width;
  guint max_width;
  guint of_group; /* codes taken since the width changed, modulo eight */
  guint next;     /* number of the next table entry */
  gboolean begun;
  guint before; /* the code before this one, and the first byte of its text */
  guint8 first;
  gsize filled;
  guint16 prefix[1u << MAX_BITS];
  guint8 suffix[1u << MAX_BITS];
  guint8 text[1u << MAX_BITS]; /* of one code, filled from the end */
  guint8 out[ASSAY_DECODER_OUTPUT_BYTES];
} Lzw;

static gboolean
at_end (const Lzw *lzw)
{
  return lzw->decoder->used == lzw->decoder->have && lzw->decoder->position == lzw->decoder->end;
}

/* Loads bytes until there are enough for a code; *@out_enough says whether there were. */
static gboolean
load (Lzw *lzw, gboolean *out_enough, GError **error)
{
  while (lzw->loaded < lzw->width && !at_end (lzw))
    {
      if (!assay_decoder_fill (lzw->decoder, error))
        return FALSE;
      lzw->bits |= (guint32)lzw->decoder->window[lzw->decoder->used++] << lzw->loaded;
      lzw->loaded += 8;
    }
  *out_enough = lzw->loaded >= lzw->width;
  return TRUE;
}

static guint
take_code (Lzw *lzw)
{
  guint code = lzw->bits & ((1u << lzw->width) - 1);
  lzw->bits >>= lzw->width;
  lzw->loaded -= lzw->width;
  lzw->of_group = (lzw->of_group + 1) % GROUP;
  return code;
}

/* Passes what fills up a group of codes; the file may end in it. */
static gboolean
change_width (Lzw *lzw, guint width, GError **error)
{
  gboolean enough = TRUE;
  while (lzw->of_group != 0 && enough)
    if (!load (lzw, &enough, error))
      return FALSE;
    else if (enough && take_code (lzw) != 0)
      return assay_decoder_fail ("compress", "filling that is not zero", error);
  if (lzw->bits != 0)
    return assay_decoder_fail ("compress", "filling that is not zero", error);
  /* Groups end at whole bytes, and what is left of one that was cut off is zero and was looked at. */
  lzw->loaded = 0;
  lzw->of_group = 0;
  lzw->width = width;
  return TRUE;
}

static gboolean
flush (Lzw *lzw, GError **error)
{
  gsize length = lzw->filled;
  lzw->filled = 0;
  return !assay_cancelled (error) && assay_sink_write (lzw->decoder->sink, lzw->out, length, error);
}

static gboolean
put (Lzw *lzw, const guint8 *text, gsize length, GError **error)
{
  if (length > sizeof lzw->out - lzw->filled && !flush (lzw, error))
    return FALSE;
  memcpy (lzw->out + lzw->filled, text, length);
  lzw->filled += length;
  return TRUE;
}

/* Writes what @code stands for, and keeps its first byte. The one code that may stand for an entry not made yet means
 * the text of the code before, and its first byte again. */
static gboolean
expand (Lzw *lzw, guint code, GError **error)
{
  gsize start = sizeof lzw->text;
  guint at = code;
  if (code == lzw->next)
    {
      lzw->text[--start] = lzw->first;
      at = lzw->before;
    }
  /* An entry's prefix is an older entry, so that this ends; the count is held against the buffer all the same. */
  for (; at >= LITERALS && start > 1; at = lzw->prefix[at])
    lzw->text[--start] = lzw->suffix[at];
  if (at >= LITERALS)
    return assay_decoder_fail ("compress", "a damaged table", error);
  lzw->first = (guint8)at;
  lzw->text[--start] = lzw->first;
  return put (lzw, lzw->text + start, sizeof lzw->text - start, error);
}

/* The next code makes entry 256 then, which no code can name. */
static gboolean
clear_table (Lzw *lzw, GError **error)
{
  lzw->next = CLEAR;
  return change_width (lzw, FIRST_BITS, error);
}

static gboolean
decode_code (Lzw *lzw, guint code, GError **error)
{
  if (code == CLEAR && lzw->begun)
    return clear_table (lzw, error);
  if (lzw->begun ? code > lzw->next : code >= LITERALS)
    return assay_decoder_fail ("compress", "a code that nothing stands for", error);
  if (!expand (lzw, code, error))
    return FALSE;
  if (lzw->begun && lzw->next < 1u << lzw->max_width)
    {
      lzw->prefix[lzw->next] = (guint16)lzw->before;
      lzw->suffix[lzw->next++] = lzw->first;
    }
  lzw->begun = TRUE;
  lzw->before = code;
  return TRUE;
}

static gboolean
decode_codes (Lzw *lzw, GError **error)
{
  for (gboolean enough = TRUE; enough;)
    {
      gboolean full = lzw->next >= 1u << lzw->width;
      if (full && lzw->width < lzw->max_width && !change_width (lzw, lzw->width + 1, error))
        return FALSE;
      if (!load (lzw, &enough, error) || (enough && !decode_code (lzw, take_code (lzw), error)))
        return FALSE;
    }
  if (lzw->bits != 0 || lzw->loaded >= 8)
    return assay_decoder_fail ("compress", "the last code is cut off", error);
  return flush (lzw, error);
}

gboolean
assay_decode_compress (AssayDecoder *decoder, GError **error)
{
  guint8 header[HEADER_BYTES];
  if (assay_decoder_memory (decoder) < sizeof (Lzw))
    return assay_decoder_fail_memory (decoder, error);
  g_autofree Lzw *lzw = g_try_new0 (Lzw, 1);
  if (lzw == NULL)
    return assay_unpack_fail (error, ASSAY_ERROR_IO, "no memory for a decoder of compress");
  for (gsize i = 0; i < sizeof header; i++)
    {
      if (!assay_decoder_fill (decoder, error))
        return FALSE;
      header[i] = decoder->window[decoder->used++];
    }
  lzw->decoder = decoder;
  lzw->max_width = header[2] & 0x1fu;
  lzw->width = FIRST_BITS;
  lzw->next = CLEAR + 1;
  /* Of tables that are never cleared, and of codes that stay at 9 bits, writers and readers have different ideas. */
  if ((header[2] & BLOCK_MODE) == 0 || lzw->max_width <= FIRST_BITS || lzw->max_width > MAX_BITS)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "compress: flags 0x%x", (guint)header[2]);
  return decode_codes (lzw, error);
}
