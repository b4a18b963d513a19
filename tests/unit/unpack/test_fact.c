#include "archives.h"

#include "util/text.h"

static void
numbers (void **state)
{
  guint64 value = 5;
  assert_true (assay_number_parse ("18446744073709551615", 20, 10, &value));
  assert_true (value == G_MAXUINT64);
  assert_false (assay_number_parse ("18446744073709551616", 20, 10, &value));
  assert_false (assay_number_parse ("", 0, 10, &value));
  assert_false (assay_number_parse ("8", 1, 8, &value));
  assert_false (assay_number_parse ("-1", 2, 10, &value));
  assert_true (assay_number_parse ("fF", 2, 16, &value));
  assert_int_equal (value, 255);
}

/* What is escaped into a fact comes back as it was, for every byte. */
static void
raw_bytes (void **state)
{
  g_autoptr (GArray) facts = assay_facts_new ();
  guint8 bytes[256];
  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8)i;
  assay_facts_add_raw (facts, "raw", (const char *)bytes, sizeof bytes);
  assay_facts_add_hex (facts, "hex", bytes, sizeof bytes);
  g_autoptr (GBytes) wanted = g_bytes_new (bytes, sizeof bytes);
  g_autoptr (GBytes) raw = assay_facts_get_raw (facts, "raw");
  g_autoptr (GBytes) hex = assay_facts_get_hex (facts, "hex");
  assert_true (g_bytes_equal (raw, wanted));
  assert_true (g_bytes_equal (hex, wanted));
  assert_true (g_utf8_validate (assay_facts_get (facts, "raw"), -1, NULL));
  assert_null (assay_facts_get (facts, "none"));
  assert_null (assay_facts_get_raw (facts, "none"));
  assert_null (assay_fact_unescape ("\\y"));
  assert_null (assay_fact_unescape ("\\x1"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test (numbers), cmocka_unit_test (raw_bytes) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
