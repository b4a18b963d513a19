#include <assay/digest.h>

#include <string.h>

void
assay_digest_to_hex (const AssayDigest *digest, char out_hex[ASSAY_DIGEST_HEX_SIZE])
{
  static const char digits[] = "0123456789abcdef";
  for (gsize i = 0; i < ASSAY_DIGEST_SIZE; i++)
    {
      out_hex[2 * i] = digits[digest->bytes[i] >> 4];
      out_hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
  out_hex[2 * ASSAY_DIGEST_SIZE] = '\0';
}

gboolean
assay_digest_from_hex (const char *hex, AssayDigest *out_digest)
{
  AssayDigest digest;
  if (hex == NULL || strnlen (hex, ASSAY_DIGEST_HEX_SIZE) != 2 * ASSAY_DIGEST_SIZE)
    return FALSE;
  for (gsize i = 0; i < ASSAY_DIGEST_SIZE; i++)
    {
      int high = g_ascii_xdigit_value (hex[2 * i]);
      int low = g_ascii_xdigit_value (hex[2 * i + 1]);
      if (high < 0 || low < 0)
        return FALSE;
      digest.bytes[i] = (guint8)(high << 4 | low);
    }
  *out_digest = digest;
  return TRUE;
}

gboolean
assay_digest_equal (const AssayDigest *a, const AssayDigest *b)
{
  guint difference = 0;
  for (gsize i = 0; i < ASSAY_DIGEST_SIZE; i++)
    difference |= (guint)(a->bytes[i] ^ b->bytes[i]);
  return difference == 0;
}
