#include "unpack/iso/iso.h"

#include "unpack/bytes.h"
#include "util/checked.h"

#define BLOCK ASSAY_ISO_BLOCK_BYTES

gboolean
assay_iso_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "iso9660: %s", what);
}

gboolean
assay_iso_unsupported (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "iso9660: %s", what);
}

gboolean
assay_iso_both32 (const guint8 *bytes, guint32 *out, GError **error)
{
  *out = assay_get_le32 (bytes);
  return assay_get_be32 (bytes + 4) == *out || assay_iso_fail ("a number that is another in each byte order", error);
}

gboolean
assay_iso_both16 (const guint8 *bytes, guint *out, GError **error)
{
  *out = assay_get_le16 (bytes);
  return ((guint)bytes[2] << 8 | bytes[3]) == *out
         || assay_iso_fail ("a number that is another in each byte order", error);
}

gboolean
assay_iso_check_run (const AssayIso *iso, guint32 block, guint64 length, GError **error)
{
  guint64 offset = (guint64)block * BLOCK;
  return (assay_range_fits (offset, length, (guint64)iso->blocks * BLOCK)
          && assay_range_fits (offset, length, iso->container->node->size) && block > 16)
         || assay_iso_fail ("something that lies outside of the volume", error);
}

void
assay_iso_span (AssayIso *iso, guint64 offset, guint64 length, const AssayNode *child, const char *name)
{
  guint32 index = child == NULL ? ASSAY_SPAN_NO_CHILD : child->index;
  assay_container_add_span (iso->container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, index, FALSE, name });
}
