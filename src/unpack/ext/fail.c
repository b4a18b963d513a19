#include "unpack/ext/ext.h"

gboolean
assay_ext_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ext: %s", what);
}

gboolean
assay_ext_refuse (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "ext: %s", what);
}

/** So many checksums that are not right are named, and the rest is counted. */
#define NAMED_SUMS 64u

gboolean
assay_ext_note_sum (AssayExt *ext, gboolean right, const char *what, guint64 number)
{
  if (!right && ext->wrong < NAMED_SUMS)
    g_string_append_printf (ext->wrong_sums, ", %s %" G_GUINT64_FORMAT, what, number);
  ext->wrong += right ? 0 : 1;
  return right;
}
