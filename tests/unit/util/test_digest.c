#include "scratch.h"

#include <assay/digest.h>

static void
hex_goes_both_ways (void **state)
{
  AssayDigest digest, back;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  for (guint i = 0; i < ASSAY_DIGEST_SIZE; i++)
    digest.bytes[i] = (guint8)(i * 37 + 5);
  assay_digest_to_hex (&digest, hex);
  assert_int_equal (strlen (hex), 64);
  assert_true (g_str_has_prefix (hex, "052a4f74"));
  assert_true (assay_digest_from_hex (hex, &back));
  assert_true (assay_digest_equal (&digest, &back));
  g_autofree char *upper = g_ascii_strup (hex, -1);
  assert_true (assay_digest_from_hex (upper, &back));
  assert_true (assay_digest_equal (&digest, &back));
}

static void
other_texts_are_refused_and_leave_the_digest (void **state)
{
  const char *good = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
  AssayDigest digest;
  memset (&digest, 0x5a, sizeof digest);
  AssayDigest before = digest;
  g_autofree char *spaced = g_strconcat (" ", good, NULL);
  g_autofree char *longer = g_strconcat (good, "0", NULL);
  g_autofree char *shorter = g_strndup (good, 63);
  g_autofree char *prefixed = g_strconcat ("0x", good + 2, NULL);
  const char *bad[] = { "", spaced, longer, shorter, prefixed, NULL };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      assert_false (assay_digest_from_hex (bad[i], &digest));
      assert_memory_equal (&digest, &before, sizeof digest);
    }
}

static void
one_bit_makes_digests_differ (void **state)
{
  for (guint bit = 0; bit < 8 * ASSAY_DIGEST_SIZE; bit++)
    {
      AssayDigest a = { { 0 } }, b = { { 0 } };
      assert_true (assay_digest_equal (&a, &b));
      b.bytes[bit / 8] ^= (guint8)(1u << bit % 8);
      assert_false (assay_digest_equal (&a, &b));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (hex_goes_both_ways),
    cmocka_unit_test (other_texts_are_refused_and_leave_the_digest),
    cmocka_unit_test (one_bit_makes_digests_differ),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
