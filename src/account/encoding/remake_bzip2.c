#include "account/encoding/remaking.h"

#include <bzlib.h>

/** Magic and level. */
#define HEAD_BYTES 4u

static gboolean
run (AssayRemaking *remaking, bz_stream *encoder, GError **error)
{
  int said = BZ_RUN_OK;
  while (said != BZ_STREAM_END && !remaking->differs)
    {
      gsize length = 0;
      if (encoder->avail_in == 0 && !assay_remaking_has_all (remaking))
        {
          if (!assay_remaking_read (remaking, remaking->in, ASSAY_REMAKING_BYTES, &length, error))
            return FALSE;
          encoder->next_in = (char *)remaking->in;
          encoder->avail_in = (unsigned)length;
        }
      encoder->next_out = (char *)remaking->out;
      encoder->avail_out = ASSAY_REMAKING_BYTES;
      said = BZ2_bzCompress (encoder, !assay_remaking_has_all (remaking) || encoder->avail_in > 0 ? BZ_RUN : BZ_FINISH);
      if (said == BZ_MEM_ERROR)
        return assay_remaking_fail ("bzip2 has no memory", error);
      if (said < 0)
        remaking->differs = TRUE;
      else if (!assay_remaking_take (remaking, ASSAY_REMAKING_BYTES - encoder->avail_out, error))
        return FALSE;
    }
  return TRUE;
}

/* The head says the level, which is all that there is to choose. */
static gboolean
remake_bzip2 (AssayRemaking *remaking, guint way, GError **error)
{
  bz_stream encoder = { .opaque = NULL };
  guint8 head[HEAD_BYTES] = { 0 };
  int level = (int)way + 1;
  assay_remaking_begin (remaking);
  remaking->differs = TRUE;
  if (remaking->length <= sizeof head)
    return TRUE;
  if (!assay_blob_read (remaking->stream, remaking->offset, head, sizeof head, error))
    return FALSE;
  if (head[3] != '0' + level)
    return TRUE;
  if (BZ2_bzCompressInit (&encoder, level, 0, 0) != BZ_OK)
    return assay_remaking_fail ("bzip2 has no memory", error);
  remaking->differs = FALSE;
  gboolean done = run (remaking, &encoder, error);
  assay_remaking_end (remaking);
  BZ2_bzCompressEnd (&encoder);
  return done;
}

const AssayEncoder assay_encoder_bzip2 = { 9, remake_bzip2, NULL };
