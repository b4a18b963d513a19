#include "inventory/fingerprint_private.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/* A block with fewer different bytes is fill, or a table that any program may have. */

AssayFingerprint *
assay_fingerprint_new (const AssayLimits *limits)
{
  AssayFingerprint *fingerprint = g_new0 (AssayFingerprint, 1);
  fingerprint->limits = *limits;
  fingerprint->units = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintUnit));
  fingerprint->blocks = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintBlock));
  return fingerprint;
}

void
assay_fingerprint_free (AssayFingerprint *fingerprint)
{
  if (fingerprint == NULL)
    return;
  g_array_unref (fingerprint->units);
  g_array_unref (fingerprint->blocks);
  g_free (fingerprint->filter);
  g_free (fingerprint);
}

/* The finaliser of MurmurHash3 over both halves; nothing here is secret. */
static guint64
mix (guint64 value)
{
  value = (value ^ (value >> 33)) * G_GUINT64_CONSTANT (0xff51afd7ed558ccd);
  value = (value ^ (value >> 33)) * G_GUINT64_CONSTANT (0xc4ceb9fe1a85ec53);
  return value ^ (value >> 33);
}

guint64
assay_fingerprint_hash (const guint8 *bytes)
{
  guint64 halves[2];
  memcpy (halves, bytes, sizeof halves);
  return mix (mix (halves[0]) ^ (halves[1] + G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)));
}

static guint64
filter_bit (guint64 hash)
{
  return hash >> (64 - ASSAY_FINGERPRINT_FILTER_BITS);
}

gboolean
assay_fingerprint_may_hold (const AssayFingerprint *fingerprint, guint64 hash)
{
  guint64 bit = filter_bit (hash);
  return (fingerprint->filter[bit / 64] >> (bit % 64) & 1) != 0;
}

gboolean
assay_fingerprint_is_telling (const guint8 *bytes)
{
  guint64 seen[4] = { 0 };
  guint distinct = 0;
  for (guint i = 0; i < ASSAY_FINGERPRINT_BLOCK; i++)
    {
      guint64 bit = G_GUINT64_CONSTANT (1) << (bytes[i] % 64);
      distinct += (seen[bytes[i] / 64] & bit) == 0;
      seen[bytes[i] / 64] |= bit;
    }
  return distinct >= ASSAY_FINGERPRINT_DISTINCT;
}

/* Texts for people, and tables of them: any program may have the same. No code consists of such bytes alone. */
static gboolean
is_text (const guint8 *bytes)
{
  for (guint i = 0; i < ASSAY_FINGERPRINT_BLOCK; i++)
    if (!g_ascii_isprint ((char)bytes[i]) && !g_ascii_isspace ((char)bytes[i]) && bytes[i] != 0)
      return FALSE;
  return TRUE;
}

/* The blocks of a run that a linker leaves alone. */
static void
add_run (AssayFingerprint *fingerprint, const guint8 *bytes, guint64 start, guint64 end)
{
  guint32 unit = fingerprint->units->len - 1;
  gboolean is_data = g_array_index (fingerprint->units, AssayFingerprintUnit, unit).is_data;
  guint32 step = g_array_index (fingerprint->units, AssayFingerprintUnit, unit).step;
  for (guint64 at = start; at < end && end - at >= ASSAY_FINGERPRINT_BLOCK; at += step)
    {
      if (!assay_fingerprint_is_telling (bytes + at) || (is_data && is_text (bytes + at)))
        continue;
      AssayFingerprintBlock block = { assay_fingerprint_hash (bytes + at), unit, (guint32)at };
      g_array_append_val (fingerprint->blocks, block);
      g_array_index (fingerprint->units, AssayFingerprintUnit, unit).blocks++;
    }
}

gboolean
assay_fingerprint_add_unit (AssayFingerprint *fingerprint, AssayBlob *unit, const GArray *gaps,
                            const AssayFingerprintUnit *kind, GError **error)
{
  guint64 size = assay_blob_get_size (unit);
  guint32 step = MAX (kind->step, ASSAY_FINGERPRINT_BLOCK);
  guint64 cost = size / step * ASSAY_FINGERPRINT_BLOCK + size % step;
  if (!assay_limits_check (&fingerprint->limits, ASSAY_LIMIT_DELIVERED_CODE, fingerprint->code_bytes + cost,
                           "more machine code came with the source", error))
    return FALSE;
  g_autofree guint8 *bytes = g_try_malloc (MAX (size, 1));
  if (bytes == NULL || size > G_MAXUINT32)
    return assay_limits_exceeded (&fingerprint->limits, ASSAY_LIMIT_DELIVERED_CODE, "one piece of machine code", error);
  if (!assay_blob_read (unit, 0, bytes, size, error))
    return FALSE;
  AssayFingerprintUnit added = *kind;
  added.blocks = 0;
  added.step = step;
  g_array_append_val (fingerprint->units, added);
  fingerprint->code_bytes += cost;
  guint64 start = 0;
  for (guint i = 0; gaps != NULL && i < gaps->len; i++)
    {
      const AssayFingerprintGap *gap = &g_array_index (gaps, AssayFingerprintGap, i);
      if (gap->start > start)
        add_run (fingerprint, bytes, start, MIN (gap->start, size));
      start = MIN (MAX (start, gap->end), size);
    }
  add_run (fingerprint, bytes, start, size);
  return TRUE;
}

gboolean
assay_fingerprint_add_raw (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error)
{
  AssayFingerprintUnit kind
      = { .source = source, .enough = ASSAY_FINGERPRINT_ENOUGH_OBJECT, .least = ASSAY_FINGERPRINT_LEAST };
  return assay_fingerprint_add_unit (fingerprint, blob, NULL, &kind, error);
}

gboolean
assay_fingerprint_add_encoded (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error)
{
  gboolean small = assay_blob_get_size (blob) <= ASSAY_FINGERPRINT_SMALL_ENCODED;
  AssayFingerprintUnit kind = { .source = source,
                                .enough = ASSAY_FINGERPRINT_ENOUGH_ENCODED,
                                .least = ASSAY_FINGERPRINT_LEAST,
                                .step = small ? 0 : ASSAY_FINGERPRINT_STEP_ENCODED };
  return assay_fingerprint_add_unit (fingerprint, blob, NULL, &kind, error);
}

gboolean
assay_fingerprint_add_header (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error)
{
  AssayFingerprintUnit kind = { .source = source,
                                .enough = ASSAY_FINGERPRINT_ENOUGH_OBJECT,
                                .least = ASSAY_FINGERPRINT_ENOUGH_OBJECT,
                                .is_data = TRUE };
  return assay_fingerprint_add_unit (fingerprint, blob, NULL, &kind, error);
}

static gint
by_hash (gconstpointer a, gconstpointer b)
{
  const AssayFingerprintBlock *first = a;
  const AssayFingerprintBlock *second = b;
  if (first->hash != second->hash)
    return first->hash < second->hash ? -1 : 1;
  if (first->unit != second->unit)
    return first->unit < second->unit ? -1 : 1;
  return first->offset < second->offset ? -1 : first->offset > second->offset;
}

void
assay_fingerprint_settle (AssayFingerprint *fingerprint)
{
  /* nobody searches for nothing: a filter takes megabytes, and there is one for each of many deliveries */
  if (assay_fingerprint_is_empty (fingerprint))
    return;
  g_array_sort (fingerprint->blocks, by_hash);
  fingerprint->filter = g_new0 (guint64, (1u << ASSAY_FINGERPRINT_FILTER_BITS) / 64);
  for (guint i = 0; i < fingerprint->blocks->len; i++)
    {
      guint64 bit = filter_bit (g_array_index (fingerprint->blocks, AssayFingerprintBlock, i).hash);
      fingerprint->filter[bit / 64] |= G_GUINT64_CONSTANT (1) << (bit % 64);
    }
}
