#include "samples.h"

static AssayPolicy *
load (const Scratch *scratch, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (scratch->path, "p.yaml", NULL);
  scratch_write (scratch, "p.yaml", text);
  AssayPolicy *policy = assay_policy_load (path, &error);
  if (policy == NULL)
    fail_msg ("%s", error->message);
  return policy;
}

static void
assert_pinned (const GArray *digests, guint index, const char *hex)
{
  AssayDigest wanted;
  assert_true (assay_digest_from_hex (hex, &wanted));
  assert_true (assay_digest_equal (&g_array_index (digests, AssayDigest, index), &wanted));
}

static void
pins_scope_and_requirements_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayPolicy) policy = load (scratch, sample_policy);
  assert_string_equal (policy->pin.product, "gnb-du 2.4.1");
  assert_int_equal (policy->pin.source->len, 2);
  assert_pinned (policy->pin.source, 0, HEX_A);
  assert_pinned (policy->pin.source, 1, HEX_B);
  assert_int_equal (policy->pin.recipe->len, 1);
  assert_null (policy->pin.patches);
  assert_int_equal (policy->pin.toolchain->len, 0);
  assert_int_equal (policy->pin.line, 3);
  assert_string_equal (policy->scope[0], "rootfs//**");
  assert_null (policy->scope[1]);
  assert_int_equal (policy->require.verdict, ASSAY_VERDICT_WAIVED);
  assert_int_equal (policy->require.expected, ASSAY_POLICY_EXPECTED_REFERENCE);
  assert_int_equal (policy->require.rebuilds, 2);
  assert_true (policy->require.origin_known);
  assert_true (policy->require.unexplained.is_set);
  assert_int_equal (policy->require.unexplained.maximum, 0);
  assert_int_equal (policy->require.outside.maximum, 100);
  assert_false (policy->require.unreproducible.is_set);
  assert_string_equal (policy->require.rules[0], "filler");
  assert_false (policy->require.allow_recompressed);
  assert_false (policy->require.allow_cached);
  assert_int_equal (policy->require.line, 8);
}

static void
waivers_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayPolicy) policy = load (scratch, sample_policy);
  const AssayPolicyWaiver *const *waivers = (const AssayPolicyWaiver *const *)policy->waive->pdata;
  assert_int_equal (policy->waive->len, 5);
  assert_int_equal (waivers[0]->kind, ASSAY_WAIVER_SECTION);
  assert_string_equal (waivers[0]->path, "**/build-info.txt");
  assert_string_equal (waivers[0]->name, ".note.gnu.build-id");
  assert_int_equal (waivers[0]->max_size, 36);
  assert_string_equal (waivers[0]->reason, "vendor stamps the build id at release");
  assert_string_equal (waivers[0]->owner, "release@operator.example");
  assert_true (waivers[0]->has_expires);
  assert_int_equal (waivers[0]->expires, 1798761600); /* date -ud 2027-01-01 +%s */
  assert_int_equal (waivers[0]->line, 11);
  assert_int_equal (waivers[1]->kind, ASSAY_WAIVER_BYTES);
  assert_int_equal (waivers[1]->offset, 16);
  assert_int_equal (waivers[1]->length, 4096);
  assert_false (waivers[1]->has_expires);
  assert_false (waivers[1]->allow_code);
  assert_int_equal (waivers[2]->kind, ASSAY_WAIVER_SYMBOL);
  assert_string_equal (waivers[2]->name, "version");
  assert_int_equal (waivers[2]->max_size, 0);
  assert_true (waivers[2]->allow_code);
  assert_true (waivers[2]->has_sha256);
  assert_int_equal (waivers[3]->kind, ASSAY_WAIVER_FACT);
  assert_string_equal (waivers[3]->name, "owner");
  assert_int_equal (waivers[4]->kind, ASSAY_WAIVER_NODE);
  assert_null (waivers[4]->name);
  assert_int_equal (waivers[4]->line, 21);
}

static void
blobs_signatures_and_parties_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayPolicy) policy = load (scratch, sample_policy);
  const AssayPolicyBlob *blob = g_ptr_array_index (policy->blobs, 0);
  const AssayPolicySignature *signature = g_ptr_array_index (policy->signatures, 0);
  const AssayPolicyParty *party = g_ptr_array_index (policy->attestations.parties, 0);
  g_autofree char *vendor = g_strconcat (policy->directory, "/vendor.pub.pem", NULL);
  g_autofree char *lab = g_strconcat (policy->directory, "/a.pub.pem", NULL);
  assert_string_equal (blob->path, "**/wifi-fw.bin");
  assert_string_equal (blob->reason, "no source");
  assert_int_equal (blob->line, 22);
  assert_string_equal (signature->slot, "header");
  assert_string_equal (signature->covers[0], "payload");
  assert_null (signature->covers[1]);
  assert_null (signature->path);
  assert_null (signature->zeroed);
  assert_int_equal (signature->max_size, 256);
  assert_string_equal (signature->given[0], "vendor.pub.pem");
  assert_string_equal (signature->keys[0], vendor);
  assert_null (signature->keys[1]);
  assert_int_equal (signature->encoding, ASSAY_SIGNATURE_RAW);
  assert_string_equal (signature->scheme, "ecdsa-p256-sha256");
  assert_int_equal (signature->line, 24);
  assert_int_equal (policy->attestations.threshold, 2);
  assert_int_equal (policy->attestations.parties->len, 2);
  assert_int_equal (policy->attestations.line, 26);
  assert_string_equal (party->name, "lab-a");
  assert_string_equal (party->keys[0], lab);
  assert_string_equal (party->keys[1], "/keys/a2.pem");
  assert_null (party->keys[2]);
  assert_int_equal (party->line, 27);
}

static void
the_least_policy_has_the_defaults (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayPolicy) policy = load (scratch, "{\"policy\": 1}");
  assert_int_equal (policy->require.verdict, ASSAY_VERDICT_EQUIVALENT);
  assert_int_equal (policy->require.expected, ASSAY_POLICY_EXPECTED_REBUILD);
  assert_int_equal (policy->require.rebuilds, 0);
  assert_false (policy->require.origin_known);
  assert_false (policy->require.unexplained.is_set);
  assert_true (policy->require.allow_recompressed);
  assert_true (policy->require.allow_cached);
  assert_null (policy->require.rules);
  assert_null (policy->scope);
  assert_null (policy->pin.product);
  assert_null (policy->pin.source);
  assert_null (policy->pin.toolchain);
  assert_int_equal (policy->pin.line, 0);
  assert_int_equal (policy->waive->len, 0);
  assert_int_equal (policy->blobs->len, 0);
  assert_int_equal (policy->signatures->len, 0);
  assert_int_equal (policy->attestations.threshold, 0);
  assert_int_equal (policy->attestations.parties->len, 0);
}

static void
days_are_those_of_the_calendar (void **state)
{
  static const struct
  {
    const char *day;
    gint64 time; /* date -ud DAY +%s */
  } cases[] = {
    { "1970-01-01", 0 },          { "2000-02-29", 951782400 },    { "2028-02-29", 1835395200 },
    { "2038-01-20", 2147558400 }, { "9999-12-31", 253402214400 },
  };
  const Scratch *scratch = *state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = change (sample_policy, "2027-01-01", cases[i].day);
      g_autoptr (AssayPolicy) policy = load (scratch, text);
      assert_true (((AssayPolicyWaiver *)g_ptr_array_index (policy->waive, 0))->expires == cases[i].time);
    }
}

static void
a_missing_policy_is_named (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (assay_policy_load ("/does/not/exist.yaml", &error));
  assert_string_equal (error->message, "cannot read the policy /does/not/exist.yaml: No such file or directory");
  assert_fails (FALSE, ASSAY_ERROR_USAGE, error);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (pins_scope_and_requirements_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (waivers_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (blobs_signatures_and_parties_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (the_least_policy_has_the_defaults, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (days_are_those_of_the_calendar, scratch_setup, scratch_teardown),
    cmocka_unit_test (a_missing_policy_is_named),
  };
  return cmocka_run_group_tests_name ("input/policy", tests, NULL, NULL);
}
