#include "unpack/fat/fat.h"

gboolean
assay_fat_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "fat: %s", what);
}
