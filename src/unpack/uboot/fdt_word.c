#include "unpack/uboot/fdt.h"

#include "unpack/bytes.h"

gboolean
assay_fdt_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "fdt: %s", what);
}

guint32
assay_fdt_be32 (const AssayFdt *fdt, guint64 offset)
{
  return assay_get_be32 (fdt->bytes + offset);
}
