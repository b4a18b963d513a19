/* Somebody else's program, for consumer.sh: built against an installed assay and nothing of this tree. */
#include <assay/digest.h>
#include <assay/error.h>
#include <assay/verdict.h>

#include <string.h>

int
main (void)
{
  AssayDigest digest = { { 0 } };
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&digest, hex);
  if (strlen (hex) != ASSAY_DIGEST_HEX_SIZE - 1 || ASSAY_ERROR == 0)
    return 1;
  return strcmp (assay_verdict_name (ASSAY_VERDICT_IDENTICAL), "identical") == 0 ? 0 : 1;
}
