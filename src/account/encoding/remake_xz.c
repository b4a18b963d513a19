#include "account/encoding/remaking.h"

#include <lzma.h>
#include <string.h>

#define NO_MEMORY "liblzma has no memory"

/** Presets in the order in which they are common: xz(1) of its own accord, -9, -0 and the others; each also as with
 * `--extreme`, and in one thread or with room for several. */
static const guint32 presets[] = { 6, 9, 0, 1, 2, 3, 4, 5, 7, 8 };
#define PRESET_WAYS 4u
#define WAY_EXTREME 1u
#define WAY_THREADS 2u

/** Encoders of larger dictionaries are not started: xz -9 has one of 64 MiB, which takes 674 MiB. */
#define DICTIONARY_BYTES_MAX (64u << 20)

/** The .xz File Format, 2.1.1, 3.1. */
#define STREAM_HEADER_BYTES LZMA_STREAM_HEADER_SIZE
#define HEADER_BYTES_MAX (STREAM_HEADER_BYTES + LZMA_BLOCK_HEADER_SIZE_MAX + 6u)

/** Of a chunk of LZMA2: it begins with new properties, which stand at the sixth byte. */
#define CHUNK_HAS_PROPERTIES 0xc0u
#define CHUNK_PROPERTIES 5u

/**
 * What the heads of a stream say of how it was asked for.
 * @filters: of the first block, LZMA2 the last of them
 * @lzma: the properties of LZMA; NULL: this stream is not one that is made here
 * @sized: the block says how long it is, as those do that several threads make
 * @payload: where in the stream the data of the first block begin
 * @block_bytes: of content in the first of several; 0: there is one
 */
typedef struct
{
  lzma_check check;
  lzma_filter filters[LZMA_FILTERS_MAX + 1];
  lzma_options_lzma *lzma;
  gboolean sized;
  guint64 payload;
  guint64 block_bytes;
} XzHead;

static void
head_clear (XzHead *head)
{
  lzma_filters_free (head->filters, NULL);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (XzHead, head_clear)

static gboolean
set_properties (lzma_options_lzma *lzma, guint8 coded)
{
  if (coded >= 9 * 5 * 5)
    return FALSE;
  lzma->lc = coded % 9;
  lzma->lp = coded / 9 % 5;
  lzma->pb = coded / 45;
  return lzma->lc + lzma->lp <= LZMA_LCLP_MAX;
}

/* The head of the first block, at @bytes, and what follows it. */
static void
read_block (const guint8 *bytes, gsize length, XzHead *out)
{
  lzma_block block = { .version = 1, .check = out->check, .filters = out->filters };
  block.header_size = length == 0 || bytes[0] == 0 ? 0 : lzma_block_header_size_decode (bytes[0]);
  if (block.header_size == 0 || block.header_size + CHUNK_PROPERTIES >= length
      || lzma_block_header_decode (&block, NULL, bytes) != LZMA_OK)
    return;
  gsize last = 0;
  while (out->filters[last].id != LZMA_VLI_UNKNOWN && out->filters[last].id != LZMA_FILTER_LZMA2)
    last++;
  if (out->filters[last].id != LZMA_FILTER_LZMA2)
    return;
  const guint8 *chunk = bytes + block.header_size;
  lzma_options_lzma *lzma = out->filters[last].options;
  guint32 dictionary = lzma->dict_size;
  out->payload = STREAM_HEADER_BYTES + block.header_size;
  out->sized = block.uncompressed_size != LZMA_VLI_UNKNOWN;
  if (dictionary > DICTIONARY_BYTES_MAX || lzma_lzma_preset (lzma, LZMA_PRESET_DEFAULT))
    return;
  lzma->dict_size = dictionary;
  /* a chunk that is not compressed says nothing of them */
  if (chunk[0] < CHUNK_HAS_PROPERTIES || set_properties (lzma, chunk[CHUNK_PROPERTIES]))
    out->lzma = lzma;
}

/** An index that is larger is not looked at: of 65,536 blocks it has a few bytes for each. */
#define INDEX_BYTES_MAX (1u << 20)

/* How much of the content the first of several blocks has, as the index says behind all of them; 0: there is one, or
 * nobody knows. */
static gboolean
read_block_bytes (const AssayRemaking *remaking, guint64 *out_bytes, GError **error)
{
  guint8 foot[STREAM_HEADER_BYTES];
  lzma_stream_flags flags = { .version = 0 };
  lzma_index *index = NULL;
  lzma_index_iter first;
  uint64_t memory = UINT64_MAX;
  gsize used = 0;
  *out_bytes = 0;
  if (!assay_blob_read (remaking->stream, remaking->offset + remaking->length - sizeof foot, foot, sizeof foot, error))
    return FALSE;
  if (lzma_stream_footer_decode (&flags, foot) != LZMA_OK || flags.backward_size > INDEX_BYTES_MAX
      || flags.backward_size > remaking->length - sizeof foot)
    return TRUE;
  gsize length = (gsize)flags.backward_size;
  g_autofree guint8 *bytes = g_malloc (length);
  if (!assay_blob_read (remaking->stream, remaking->offset + remaking->length - sizeof foot - length, bytes, length,
                        error))
    return FALSE;
  if (lzma_index_buffer_decode (&index, &memory, NULL, bytes, &used, length) != LZMA_OK)
    return TRUE;
  lzma_index_iter_init (&first, index);
  if (lzma_index_block_count (index) > 1 && !lzma_index_iter_next (&first, LZMA_INDEX_ITER_BLOCK))
    *out_bytes = first.block.uncompressed_size;
  lzma_index_end (index, NULL);
  return TRUE;
}

static gboolean
read_head (const AssayRemaking *remaking, XzHead *out, GError **error)
{
  guint8 head[HEADER_BYTES_MAX] = { 0 };
  lzma_stream_flags flags = { .version = 0 };
  gsize length = (gsize)MIN (remaking->length, sizeof head);
  out->filters[0].id = LZMA_VLI_UNKNOWN;
  if (!assay_blob_read (remaking->stream, remaking->offset, head, length, error))
    return FALSE;
  if (length <= STREAM_HEADER_BYTES || lzma_stream_header_decode (&flags, head) != LZMA_OK)
    return TRUE;
  out->check = flags.check;
  read_block (head + STREAM_HEADER_BYTES, length - STREAM_HEADER_BYTES, out);
  return read_block_bytes (remaking, &out->block_bytes, error);
}

/* What to do with what was read: also to end a block, where one ends. */
static lzma_action
next_action (const AssayRemaking *remaking, guint64 block_bytes)
{
  if (assay_remaking_has_all (remaking))
    return LZMA_FINISH;
  return block_bytes > 0 && remaking->at > 0 && remaking->at % block_bytes == 0 ? LZMA_FULL_FLUSH : LZMA_RUN;
}

/* The next part of the content, up to the end of a block. */
static gboolean
read_part (AssayRemaking *remaking, lzma_stream *encoder, guint64 block_bytes, GError **error)
{
  gsize most = ASSAY_REMAKING_BYTES;
  gsize length = 0;
  if (block_bytes > 0)
    most = (gsize)MIN (most, block_bytes - remaking->at % block_bytes);
  if (!assay_remaking_read (remaking, remaking->in, most, &length, error))
    return FALSE;
  encoder->next_in = remaking->in;
  encoder->avail_in = length;
  return TRUE;
}

/* @block_bytes: of content, after each of which the encoder is told to end a block; 0: it does so by itself */
static gboolean
run (AssayRemaking *remaking, lzma_stream *encoder, guint64 block_bytes, GError **error)
{
  gboolean ended = TRUE;
  gboolean finished = FALSE;
  lzma_action action = LZMA_RUN;
  while (!finished && !remaking->differs)
    {
      if (encoder->avail_in == 0 && ended && !assay_remaking_has_all (remaking)
          && !read_part (remaking, encoder, block_bytes, error))
        return FALSE;
      action = next_action (remaking, block_bytes);
      encoder->next_out = remaking->out;
      encoder->avail_out = ASSAY_REMAKING_BYTES;
      lzma_ret said = lzma_code (encoder, action);
      ended = action == LZMA_RUN || said == LZMA_STREAM_END;
      finished = action == LZMA_FINISH && said == LZMA_STREAM_END;
      if (said == LZMA_MEM_ERROR)
        return assay_remaking_fail (NO_MEMORY, error);
      if (said != LZMA_OK && said != LZMA_STREAM_END)
        remaking->differs = TRUE;
      else if (!assay_remaking_take (remaking, ASSAY_REMAKING_BYTES - encoder->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

/** What it costs to begin, in bytes that might have been packed meanwhile. */
#define START_BYTES 16384u

/* Runs an encoder that was begun, if it could be, and ends it. */
static gboolean
finish (AssayRemaking *remaking, lzma_stream *encoder, lzma_ret begun, guint64 block_bytes, GError **error)
{
  assay_remaking_begin (remaking);
  remaking->differs = begun != LZMA_OK;
  gboolean done = begun == LZMA_MEM_ERROR ? assay_remaking_fail (NO_MEMORY, error)
                                          : assay_remaking_spend (remaking, START_BYTES, error)
                                                && (remaking->differs || run (remaking, encoder, block_bytes, error));
  assay_remaking_end (remaking);
  lzma_end (encoder);
  return done;
}

/** Content of which the first chunks are made for themselves: LZMA2 has chunks of up to 2 MiB. */
#define FIRST_BYTES (6u << 20)

/* Whether the first chunks of the first block are the stream's. An encoder of several threads gives a block when all of
 * it is made, with its length before it, which takes long where it is another. */
static gboolean
run_first (AssayRemaking *remaking, lzma_stream *encoder, guint64 block_bytes, GError **error)
{
  const guint64 size = assay_blob_get_size (remaking->content);
  const guint64 most = MIN (MIN (size, FIRST_BYTES), block_bytes > 0 ? block_bytes : size);
  while (!remaking->differs && (encoder->avail_in > 0 || remaking->at < most))
    {
      gsize length = 0;
      if (encoder->avail_in == 0)
        {
          if (!assay_remaking_read (remaking, remaking->in, (gsize)MIN (ASSAY_REMAKING_BYTES, most - remaking->at),
                                    &length, error))
            return FALSE;
          encoder->next_in = remaking->in;
          encoder->avail_in = length;
        }
      encoder->next_out = remaking->out;
      encoder->avail_out = ASSAY_REMAKING_BYTES;
      lzma_ret said = lzma_code (encoder, LZMA_RUN);
      if (said == LZMA_MEM_ERROR)
        return assay_remaking_fail (NO_MEMORY, error);
      if (said != LZMA_OK)
        remaking->differs = TRUE;
      else if (!assay_remaking_take (remaking, ASSAY_REMAKING_BYTES - encoder->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
begins_so (AssayRemaking *remaking, const XzHead *head, gboolean *out_begins, GError **error)
{
  lzma_stream encoder = LZMA_STREAM_INIT;
  lzma_ret begun = lzma_raw_encoder (&encoder, head->filters);
  assay_remaking_begin (remaking);
  remaking->differs = begun != LZMA_OK;
  remaking->offset += head->payload;
  remaking->length -= head->payload;
  gboolean done = begun == LZMA_MEM_ERROR
                      ? assay_remaking_fail (NO_MEMORY, error)
                      : remaking->differs || run_first (remaking, &encoder, head->block_bytes, error);
  remaking->offset -= head->payload;
  remaking->length += head->payload;
  lzma_end (&encoder);
  *out_begins = !remaking->differs;
  remaking->differs = TRUE;
  return done;
}

/* All of a preset but what the stream itself says. */
static void
set_preset (lzma_options_lzma *lzma, guint way)
{
  const lzma_options_lzma said = *lzma;
  lzma_lzma_preset (lzma, presets[way / PRESET_WAYS] | ((way & WAY_EXTREME) != 0 ? LZMA_PRESET_EXTREME : 0));
  lzma->dict_size = said.dict_size;
  lzma->lc = said.lc;
  lzma->lp = said.lp;
  lzma->pb = said.pb;
}

/* As several threads make it. Of one block alone nobody knows how long it might have become, but that it is as much as
 * there is: by default three dictionaries (xz(1), --block-size). */
static gboolean
remake_by_threads (AssayRemaking *remaking, const XzHead *head, GError **error)
{
  const guint64 size = assay_blob_get_size (remaking->content);
  const guint64 usual = MAX ((guint64)head->lzma->dict_size * 3, 1u << 20);
  gboolean begins = FALSE;
  if (!begins_so (remaking, head, &begins, error))
    return FALSE;
  if (!begins)
    return TRUE;
  lzma_stream encoder = LZMA_STREAM_INIT;
  const lzma_mt asked = { .threads = 1,
                          .block_size = head->block_bytes > 0 ? head->block_bytes : MAX (size, usual),
                          .filters = head->filters,
                          .check = head->check };
  return finish (remaking, &encoder, lzma_stream_encoder_mt (&encoder, &asked), 0, error);
}

static gboolean
remake_xz (AssayRemaking *remaking, guint way, GError **error)
{
  g_auto (XzHead) head = { 0 };
  gboolean threads = (way & WAY_THREADS) != 0;
  remaking->differs = TRUE;
  if (!read_head (remaking, &head, error))
    return FALSE;
  if (head.lzma == NULL || threads != head.sized)
    return TRUE;
  set_preset (head.lzma, way);
  if (threads)
    return remake_by_threads (remaking, &head, error);
  lzma_stream encoder = LZMA_STREAM_INIT;
  return finish (remaking, &encoder, lzma_stream_encoder (&encoder, head.filters, head.check), head.block_bytes, error);
}

/** Properties, the size of the dictionary and of the content, which is not said. */
#define LZMA_HEAD_BYTES 13u

static gboolean
read_lzma_head (const AssayRemaking *remaking, lzma_options_lzma *out, gboolean *out_known, GError **error)
{
  guint8 head[LZMA_HEAD_BYTES];
  *out_known = FALSE;
  if (remaking->length <= sizeof head || lzma_lzma_preset (out, LZMA_PRESET_DEFAULT))
    return TRUE;
  if (!assay_blob_read (remaking->stream, remaking->offset, head, sizeof head, error))
    return FALSE;
  out->dict_size = head[1] | (guint32)head[2] << 8 | (guint32)head[3] << 16 | (guint32)head[4] << 24;
  *out_known = out->dict_size <= DICTIONARY_BYTES_MAX && set_properties (out, head[0]);
  return TRUE;
}

static gboolean
remake_lzma (AssayRemaking *remaking, guint way, GError **error)
{
  lzma_options_lzma lzma;
  lzma_stream encoder = LZMA_STREAM_INIT;
  gboolean known = FALSE;
  remaking->differs = TRUE;
  if (!read_lzma_head (remaking, &lzma, &known, error))
    return FALSE;
  if (!known || (way & WAY_THREADS) != 0)
    return TRUE;
  set_preset (&lzma, way);
  return finish (remaking, &encoder, lzma_alone_encoder (&encoder, &lzma), 0, error);
}

static void
say_options (const lzma_options_lzma *lzma, GString *out)
{
  g_string_append_printf (out, " %u %u %u %u", lzma->dict_size, lzma->lc, lzma->lp, lzma->pb);
}

/* All properties, be it one that says where the branches begin. */
static void
say_filter (const lzma_filter *filter, GString *out)
{
  guint32 length = 0;
  g_string_append_printf (out, " %" G_GUINT64_FORMAT ":", filter->id);
  if (lzma_properties_size (&length, filter) != LZMA_OK)
    return;
  g_autofree guint8 *properties = g_malloc (length + 1);
  if (lzma_properties_encode (filter, properties) != LZMA_OK)
    return;
  for (guint32 i = 0; i < length; i++)
    g_string_append_printf (out, "%02x", properties[i]);
}

static gboolean
say_xz_head (AssayRemaking *remaking, GString *out, GError **error)
{
  g_auto (XzHead) head = { 0 };
  if (!read_head (remaking, &head, error))
    return FALSE;
  g_string_append_printf (out, "%d %d %" G_GUINT64_FORMAT, head.check, head.sized, head.block_bytes);
  for (gsize i = 0; head.filters[i].id != LZMA_VLI_UNKNOWN; i++)
    say_filter (&head.filters[i], out);
  if (head.lzma != NULL)
    say_options (head.lzma, out);
  return TRUE;
}

static gboolean
say_lzma_head (AssayRemaking *remaking, GString *out, GError **error)
{
  lzma_options_lzma lzma;
  gboolean known = FALSE;
  if (!read_lzma_head (remaking, &lzma, &known, error))
    return FALSE;
  if (known)
    say_options (&lzma, out);
  return TRUE;
}

const AssayEncoder assay_encoder_xz = { G_N_ELEMENTS (presets) * PRESET_WAYS, remake_xz, say_xz_head };
const AssayEncoder assay_encoder_lzma = { G_N_ELEMENTS (presets) * PRESET_WAYS, remake_lzma, say_lzma_head };
