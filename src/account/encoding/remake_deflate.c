#include "account/encoding/remaking.h"

#include <string.h>
#include <zlib.h>

/** Without a head around the stream, and with the largest window, which all programs use. */
#define RAW_WINDOW (-15)
/** Head and end of a gzip file that has no name (RFC 1952, 2.3). */
#define GZIP_HEAD_BYTES 10u
#define GZIP_TAIL_BYTES 8u

/** What it costs to begin, in bytes that might have been packed meanwhile. */
#define START_BYTES 1024u

/** How zlib may have been asked. */
typedef struct
{
  int level;
  int memory;
  int strategy;
} ZlibWay;

static const ZlibWay zlib_ways[] = {
  { 6, 8, Z_DEFAULT_STRATEGY },
  { 9, 8, Z_DEFAULT_STRATEGY },
  { 1, 8, Z_DEFAULT_STRATEGY },
  { 2, 8, Z_DEFAULT_STRATEGY },
  { 3, 8, Z_DEFAULT_STRATEGY },
  { 4, 8, Z_DEFAULT_STRATEGY },
  { 5, 8, Z_DEFAULT_STRATEGY },
  { 7, 8, Z_DEFAULT_STRATEGY },
  { 8, 8, Z_DEFAULT_STRATEGY },
  { 6, 9, Z_DEFAULT_STRATEGY },
  { 9, 9, Z_DEFAULT_STRATEGY },
  { 1, 9, Z_DEFAULT_STRATEGY },
  { 2, 9, Z_DEFAULT_STRATEGY },
  { 3, 9, Z_DEFAULT_STRATEGY },
  { 4, 9, Z_DEFAULT_STRATEGY },
  { 5, 9, Z_DEFAULT_STRATEGY },
  { 7, 9, Z_DEFAULT_STRATEGY },
  { 8, 9, Z_DEFAULT_STRATEGY },
  { 6, 8, Z_FILTERED },
  { 9, 8, Z_FILTERED },
  { 6, 8, Z_HUFFMAN_ONLY },
  { 6, 8, Z_RLE },
  { 6, 8, Z_FIXED },
  { 9, 8, Z_FIXED },
};

/** Programs whose deflate is their own; gzip's is zip's too. They are asked for the levels from 1 on.
 * @option: (nullable): beside the level, for all of them */
typedef struct
{
  const char *program;
  const char *option;
  guint levels;
} ProgramWay;

static const ProgramWay program_ways[] = {
  { "gzip", NULL, 9 },
  { "pigz", NULL, 9 },
  { "gzip", "--rsyncable", 9 },
  { "libdeflate-gzip", NULL, 12 },
};

static gboolean
run (AssayRemaking *remaking, z_stream *encoder, GError **error)
{
  int said = Z_OK;
  while (said != Z_STREAM_END && !remaking->differs)
    {
      gsize length = 0;
      if (encoder->avail_in == 0 && !assay_remaking_has_all (remaking))
        {
          if (!assay_remaking_read (remaking, remaking->in, ASSAY_REMAKING_BYTES, &length, error))
            return FALSE;
          encoder->next_in = remaking->in;
          encoder->avail_in = (uInt)length;
        }
      encoder->next_out = remaking->out;
      encoder->avail_out = ASSAY_REMAKING_BYTES;
      said = deflate (encoder, assay_remaking_has_all (remaking) ? Z_FINISH : Z_NO_FLUSH);
      if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR)
        remaking->differs = TRUE;
      else if (!assay_remaking_take (remaking, ASSAY_REMAKING_BYTES - encoder->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
remake_by_zlib (AssayRemaking *remaking, const ZlibWay *way, GError **error)
{
  z_stream encoder = { .opaque = NULL };
  assay_remaking_begin (remaking);
  remaking->differs = TRUE;
  if (!assay_remaking_spend (remaking, START_BYTES, error))
    return FALSE;
  if (deflateInit2 (&encoder, way->level, Z_DEFLATED, RAW_WINDOW, way->memory, way->strategy) != Z_OK)
    return assay_remaking_fail ("zlib has no memory", error);
  remaking->differs = FALSE;
  gboolean done = run (remaking, &encoder, error);
  assay_remaking_end (remaking);
  deflateEnd (&encoder);
  return done;
}

static gboolean
remake_by_program (AssayRemaking *remaking, const ProgramWay *way, guint level, GError **error)
{
  g_autofree char *asked = g_strdup_printf ("-%u", level);
  const char *const arguments[] = { way->program, "-c", asked, "-n", way->option, NULL };
  const AssayRemakeProgram program = { arguments, GZIP_HEAD_BYTES, GZIP_TAIL_BYTES };
  return assay_remaking_by_program (remaking, &program, error);
}

static gboolean
remake_deflate (AssayRemaking *remaking, guint way, GError **error)
{
  if (way < G_N_ELEMENTS (zlib_ways))
    return remake_by_zlib (remaking, &zlib_ways[way], error);
  way -= G_N_ELEMENTS (zlib_ways);
  for (gsize i = 0; i < G_N_ELEMENTS (program_ways); i++)
    {
      if (way < program_ways[i].levels)
        return remake_by_program (remaking, &program_ways[i], way + 1, error);
      way -= program_ways[i].levels;
    }
  remaking->differs = TRUE;
  return TRUE;
}

const AssayEncoder assay_encoder_deflate = { G_N_ELEMENTS (zlib_ways) + 9 + 9 + 9 + 12, remake_deflate, NULL };
