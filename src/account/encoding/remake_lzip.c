#include "account/encoding/remaking.h"

/** Magic, version and dictionary ("Lzip", The file format). */
#define HEAD_BYTES 6u
#define LEVELS 10u

/** lzip -9 has half of that, and takes eleven times as much memory. */
#define DICTIONARY_BYTES_MAX (64u << 20)

/* The dictionary may be smaller than that of the level, as a file has it that is no larger. */
static guint32
dictionary_of (guint8 coded)
{
  guint bits = coded & 0x1f;
  if (bits < 12 || bits > 29)
    return 0;
  guint32 base = (guint32)1 << bits;
  return base - (coded >> 5) * (base / 16);
}

static gboolean
remake_lzip (AssayRemaking *remaking, guint way, GError **error)
{
  guint8 head[HEAD_BYTES] = { 0 };
  remaking->differs = TRUE;
  if (remaking->length <= sizeof head)
    return TRUE;
  if (!assay_blob_read (remaking->stream, remaking->offset, head, sizeof head, error))
    return FALSE;
  guint32 dictionary = dictionary_of (head[5]);
  if (dictionary == 0 || dictionary > DICTIONARY_BYTES_MAX)
    return TRUE;
  guint number = (way + 6) % LEVELS;
  g_autofree char *level = g_strdup_printf ("-%u", number);
  g_autofree char *size = g_strdup_printf ("--dictionary-size=%u", dictionary);
  /* the lowest level is one of its own as long as nothing else is asked for */
  const char *const arguments[] = { "lzip", "-c", level, number == 0 ? NULL : size, NULL };
  const AssayRemakeProgram program = { arguments, 0, 0 };
  return assay_remaking_by_program (remaking, &program, error);
}

static gboolean
say_head (AssayRemaking *remaking, GString *out, GError **error)
{
  guint8 head[HEAD_BYTES] = { 0 };
  if (!assay_blob_read (remaking->stream, remaking->offset, head, (gsize)MIN (remaking->length, sizeof head), error))
    return FALSE;
  g_string_append_printf (out, "%u", head[HEAD_BYTES - 1]);
  return TRUE;
}

const AssayEncoder assay_encoder_lzip = { LEVELS, remake_lzip, say_head };
