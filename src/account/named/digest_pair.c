#include "account/named/digest_pair.h"

#include "util/cancel.h"
#include "util/crew.h"

#include <string.h>

#define WINDOW_BYTES ASSAY_BLOB_WINDOW_BYTES

/** Less than this is digested before a thread is there. */
#define WORTH_A_THREAD_BYTES (1u << 20)

void
assay_digests_clear (AssayDigests *digests)
{
  g_clear_pointer (&digests->digester, assay_digester_free);
}

/** Both blobs: the shipped one first. */
enum
{
  SHIPPED = 0,
  EXPECTED,
  SIDES,
};

typedef struct
{
  AssayBlob *blobs[SIDES];
  AssayDigests *digests[SIDES];
  guint8 *windows[SIDES];
  guint64 begin; /* behind what both begin with */
  GError *errors[SIDES];
} Pair;

static void
pair_clear (Pair *pair)
{
  for (guint side = 0; side < SIDES; side++)
    {
      g_clear_pointer (&pair->windows[side], g_free);
      g_clear_error (&pair->errors[side]);
    }
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static void
update (AssayDigests *digests, const guint8 *bytes, gsize length)
{
  assay_digester_update (digests->digester, bytes, length);
  assay_crcs_update (&digests->crcs, bytes, length);
}

/* In whole windows. */
static gboolean
digest_common (Pair *pair, GError **error)
{
  AssayDigests *digests = pair->digests[SHIPPED];
  guint64 size = MIN (assay_blob_get_size (pair->blobs[SHIPPED]), assay_blob_get_size (pair->blobs[EXPECTED]));
  digests->digester = assay_digester_new (error);
  if (digests->digester == NULL)
    return FALSE;
  for (; pair->begin + WINDOW_BYTES <= size; pair->begin += WINDOW_BYTES)
    {
      if (assay_cancelled (error))
        return FALSE;
      for (guint side = 0; side < SIDES; side++)
        if (!assay_blob_read (pair->blobs[side], pair->begin, pair->windows[side], WINDOW_BYTES, error))
          return FALSE;
      if (memcmp (pair->windows[SHIPPED], pair->windows[EXPECTED], WINDOW_BYTES) != 0)
        break;
      update (digests, pair->windows[SHIPPED], WINDOW_BYTES);
    }
  pair->digests[EXPECTED]->crcs = digests->crcs;
  pair->digests[EXPECTED]->digester = assay_digester_copy (digests->digester);
  return TRUE;
}

static void
digest_rest (guint side, gpointer data)
{
  Pair *pair = data;
  AssayBlob *blob = pair->blobs[side];
  guint64 size = assay_blob_get_size (blob);
  for (guint64 offset = pair->begin; offset < size; offset += WINDOW_BYTES)
    {
      gsize part = (gsize)MIN (size - offset, WINDOW_BYTES);
      if (assay_cancelled (&pair->errors[side])
          || !assay_blob_read (blob, offset, pair->windows[side], part, &pair->errors[side]))
        return;
      update (pair->digests[side], pair->windows[side], part);
    }
}

static gboolean
digest_both (AssayBlob *shipped, AssayBlob *expected, guint jobs, AssayDigests *out_shipped, AssayDigests *out_expected,
             GError **error)
{
  g_auto (Pair) pair = { .blobs = { shipped, expected }, .digests = { out_shipped, out_expected } };
  for (guint side = 0; side < SIDES; side++)
    pair.windows[side] = g_malloc (WINDOW_BYTES);
  if (!digest_common (&pair, error))
    return FALSE;
  gboolean alone = assay_blob_get_size (shipped) - pair.begin < WORTH_A_THREAD_BYTES;
  assay_crew_run (SIDES, alone ? 1 : jobs, digest_rest, &pair);
  for (guint side = 0; side < SIDES; side++)
    if (pair.errors[side] != NULL)
      {
        g_propagate_error (error, g_steal_pointer (&pair.errors[side]));
        return FALSE;
      }
  return TRUE;
}

/* Of half of the bytes nothing may be said. */
gboolean
assay_digest_pair (AssayBlob *shipped, AssayBlob *expected, guint jobs, AssayDigests *out_shipped,
                   AssayDigests *out_expected, GError **error)
{
  if (digest_both (shipped, expected, jobs, out_shipped, out_expected, error))
    return TRUE;
  assay_digests_clear (out_shipped);
  assay_digests_clear (out_expected);
  return FALSE;
}
