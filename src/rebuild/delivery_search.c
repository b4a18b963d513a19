#include "inventory/load_places.h"
#include "rebuild/delivery_private.h"

/* What of a delivery a file holds. */

/* Little data that stands elsewhere than with the code may be anybody's. */
static void
add_data_hits (const AssayDelivery *delivery, AssayBlob *blob, const GArray *data, GArray *hits)
{
  g_autoptr (GArray) executable = data->len == 0 ? NULL : assay_load_places_executable (blob, &delivery->limits);
  for (guint i = 0; i < data->len; i++)
    {
      const AssayFingerprintHit *hit = &g_array_index (data, AssayFingerprintHit, i);
      if (hit->length >= ASSAY_FINGERPRINT_DATA_BYTES || assay_load_places_touch (executable, hit->offset, hit->length))
        g_array_append_val (hits, *hit);
    }
}

/* A picture in a program is one, unless it stands where the program may run it: in a raw image that is anywhere. */
static gboolean
add_passive_hits (const AssayDelivery *delivery, AssayBlob *blob, AssayNature nature, GArray *hits, GError **error)
{
  g_autoptr (GArray) passive = NULL;
  if (assay_fingerprint_is_empty (delivery->passive))
    return TRUE;
  g_autoptr (GArray) executable = assay_load_places_executable (blob, &delivery->limits);
  if (executable == NULL)
    executable = assay_load_places_flagged (blob, &delivery->limits);
  if (executable == NULL && nature != ASSAY_NATURE_UNKNOWN)
    return TRUE;
  if (!assay_fingerprint_search (delivery->passive, blob, &passive, error))
    return FALSE;
  for (guint i = 0; i < passive->len; i++)
    {
      const AssayFingerprintHit *hit = &g_array_index (passive, AssayFingerprintHit, i);
      if (assay_load_places_touch (executable, hit->offset, hit->length))
        g_array_append_val (hits, *hit);
    }
  return TRUE;
}

gboolean
assay_delivery_search (const AssayDelivery *delivery, AssayBlob *blob, AssayNature nature, GArray **out_hits,
                       GError **error)
{
  g_autoptr (GArray) hits = NULL;
  g_autoptr (GArray) data = NULL;
  if (!assay_fingerprint_search (delivery->code, blob, &hits, error)
      || !assay_stencils_search (delivery->objects, blob, hits, error)
      || !assay_fingerprint_search (delivery->data, blob, &data, error))
    return FALSE;
  guint of_code = hits->len;
  if (!assay_stencils_search (delivery->object_data, blob, hits, error))
    return FALSE;
  for (guint i = of_code; i < hits->len; i++)
    g_array_index (hits, AssayFingerprintHit, i).is_data = TRUE;
  add_data_hits (delivery, blob, data, hits);
  if (!add_passive_hits (delivery, blob, nature, hits, error))
    return FALSE;
  *out_hits = g_steal_pointer (&hits);
  return TRUE;
}
