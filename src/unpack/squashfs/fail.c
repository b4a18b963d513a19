#include "unpack/squashfs/squashfs.h"

gboolean
assay_squashfs_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "squashfs: %s", what);
}
