#include "sample.h"

#include "../util/scratch.h"
#include "report/source.h"

#include <stdlib.h>

/* The stream of a report is the canonical JSON of what it says, and the head of it the same from both sides. */

static char *
write_report (const AssayReport *report, gsize *out_length)
{
  g_autofree char *directory = g_dir_make_tmp ("assay-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "report.json", NULL);
  g_autoptr (AssayOutput) output = assay_output_new (path, NULL);
  char *text = NULL;
  assert_non_null (output);
  assert_true (assay_report_write (report, output, NULL));
  assert_true (assay_output_commit (output, NULL));
  assert_true (g_file_get_contents (path, &text, out_length, NULL));
  g_unlink (path);
  assert_int_equal (g_rmdir (directory), 0);
  return text;
}

static json_t *
head_of (json_t *report, GError **error)
{
  const AssayReportSource source = { .json = report };
  return assay_report_head_of_json (&source, error);
}

/* Gives the report as it was read back. */
static json_t *
check (const AssayReport *report)
{
  gsize length = 0;
  g_autofree char *text = write_report (report, &length);
  g_autoptr (GError) error = NULL;
  json_t *parsed = assay_json_parse (text, length, "report.json", &error);
  if (parsed == NULL)
    fail_msg ("%s", error->message);
  char *canonical = assay_json_canonical (parsed);
  assert_string_equal (text, canonical);
  assert_int_equal (length, strlen (canonical));
  free (canonical);
  g_autoptr (json_t) head = assay_report_head (report), back = head_of (parsed, &error);
  assert_non_null (back);
  assert_true (json_equal (head, back));
  return parsed;
}

static void
every_report_is_canonical_and_has_one_head (void **state)
{
  Sample *(*const samples[]) (void) = { sample_mismatch, sample_identical, sample_equivalent, sample_undecided };
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autoptr (json_t) parsed = check (&sample->report);
      g_autoptr (json_t) again = check (&sample->report);
      assert_true (json_equal (parsed, again));
    }
}

static void
a_report_before_any_judging_is_whole (void **state)
{
  g_autoptr (AssayJudgement) judgement = assay_judgement_new (NULL, NULL, NULL);
  AssayReport report = { .judgement = judgement };
  g_autoptr (json_t) parsed = check (&report);
  assert_string_equal (json_string_value (json_object_get (parsed, "verdict")), "undecided");
  assert_int_equal (json_array_size (json_object_get (parsed, "files")), 0);
}

static const char *
text_at (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

static json_int_t
number_at (const json_t *object, const char *key)
{
  assert_true (json_is_integer (json_object_get (object, key)));
  return json_integer_value (json_object_get (object, key));
}

static const json_t *
element_at (const json_t *report, const char *array, guint index)
{
  return json_array_get (json_object_get (report, array), index);
}

static void
the_members_say_what_the_account_says (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (json_t) report = check (&sample->report);
  assert_string_equal (text_at (report, "schema"), "assay.report/1");
  assert_string_equal (text_at (report, "verdict"), "mismatch");
  assert_string_equal (text_at (json_object_get (report, "tool"), "name"), "assay");
  const json_t *accounting = json_object_get (report, "accounting");
  guint64 sum = 0;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    sum += (guint64)number_at (accounting, assay_class_name (i));
  assert_int_equal (number_at (accounting, "total"), sum);
  assert_int_equal (json_object_size (accounting), ASSAY_CLASS_COUNT + 1);
  assert_int_equal (number_at (json_object_get (report, "judged"), "of"), sum);
  assert_int_equal (number_at (json_object_get (report, "fact_accounting"), "identical"), 420);
  const json_t *file = element_at (report, "files", 1),
               *section = json_array_get (json_object_get (file, "sections"), 0);
  assert_string_equal (text_at (file, "path"), "usr/sbin/dropbear");
  assert_string_equal (text_at (file, "verdict"), "mismatch");
  assert_string_equal (text_at (file, "origin"), "unknown");
  assert_string_equal (text_at (section, "address"), "0x401000");
  assert_string_equal (text_at (section, "class"), "unexplained");
  assert_null (json_object_get (section, "expected_sha256"));
  assert_string_equal (text_at (json_array_get (json_object_get (file, "segments"), 0), "address"),
                       "0xffffffffffffffff");
  assert_null (json_object_get (element_at (report, "files", 2), "origin"));
  const json_t *fact = element_at (report, "facts", 0);
  assert_true (json_is_null (json_object_get (fact, "expected")));
  const json_t *missing = element_at (report, "missing", 0);
  assert_int_equal (number_at (missing, "size"), 1234);
  assert_int_equal (strlen (text_at (missing, "sha256")), 64);
}

static void
a_finding_has_both_sides (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (json_t) report = check (&sample->report);
  const json_t *finding = element_at (report, "findings", 1), *range = json_object_get (finding, "range");
  assert_string_equal (text_at (finding, "class"), "unexplained");
  assert_string_equal (text_at (finding, "cause"), "unknown");
  assert_string_equal (text_at (finding, "section"), ".text");
  assert_string_equal (text_at (finding, "symbol"), "svr_auth_password");
  assert_string_equal (text_at (finding, "function"), "svr_auth_password");
  assert_string_equal (text_at (finding, "shipped"), "9048e5");
  assert_string_equal (text_at (finding, "expected"), "7548eb");
  assert_string_equal (text_at (range, "address"), "0x401a40");
  assert_int_equal (number_at (range, "offset"), 0x1a40);
  assert_int_equal (number_at (range, "length"), 3);
  assert_null (json_object_get (element_at (report, "findings", 2), "function"));
  assert_null (json_object_get (element_at (report, "findings", 3), "expected"));
}

/* Every byte that a name can hold, and numbers behind 2^53 (T25). */
static void
hostile_values_stay_canonical (void **state)
{
  g_autoptr (Sample) sample = sample_new ();
  char every[256];
  for (guint i = 0; i < 255; i++)
    every[i] = (char)(i + 1);
  every[255] = '\0';
  AssayNodeAccount *file = build_file (sample->build, every, 1);
  AssayFinding *finding = build_range (sample->build, file, 1, ASSAY_CLASS_UNEXPLAINED, "differs");
  assay_finding_tell (finding)->section = g_strndup (every, 127); /* valid UTF-8 with all controls */
  assay_finding_tell (finding)->symbol = g_strdup ("\xed\xa0\x80");
  file->node->trouble = g_strdup ("\xe2\x80\xa8\"\\/");
  sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
  file->node->size = G_GUINT64_CONSTANT (1) << 53;
  file->payload = (G_GUINT64_CONSTANT (1) << 53) - 1;
  g_autoptr (json_t) report = check (&sample->report);
  const json_t *written = element_at (report, "files", 0);
  assert_string_equal (text_at (written, "size"), "0x20000000000000");
  assert_int_equal (number_at (json_object_get (written, "accounting"), "payload"), 9007199254740991);
}

static const char *
verdict_with (AssayClass of_bytes, AssayClass of_facts, json_t **out_report)
{
  g_autoptr (Sample) sample = sample_new ();
  AssayNodeAccount *file = build_file (sample->build, "a", 1);
  file->worst = of_facts;
  file->in_scope = of_bytes != ASSAY_CLASS_OUTSIDE;
  build_range (sample->build, file, 1, of_bytes, "rule");
  sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
  *out_report = check (&sample->report);
  return text_at (element_at (*out_report, "files", 0), "verdict");
}

static void
the_verdict_of_a_file_is_its_worst_class (void **state)
{
  static const struct
  {
    AssayClass of_bytes, of_facts;
    const char *verdict;
  } cases[] = {
    { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_IDENTICAL, "identical" },
    { ASSAY_CLASS_STRUCTURE, ASSAY_CLASS_IDENTICAL, "equivalent" },
    { ASSAY_CLASS_EXPLAINED, ASSAY_CLASS_IDENTICAL, "equivalent" },
    { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_EXPLAINED, "equivalent" },
    { ASSAY_CLASS_EXPLAINED, ASSAY_CLASS_WAIVED, "waived" },
    { ASSAY_CLASS_WAIVED, ASSAY_CLASS_UNDECIDED, "undecided" },
    { ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_UNREPRODUCIBLE, "mismatch" },
    { ASSAY_CLASS_UNEXPLAINED, ASSAY_CLASS_IDENTICAL, "mismatch" },
    { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_UNEXPLAINED, "mismatch" },
    { ASSAY_CLASS_OUTSIDE, ASSAY_CLASS_OUTSIDE, "outside" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (json_t) report = NULL;
      assert_string_equal (verdict_with (cases[i].of_bytes, cases[i].of_facts, &report), cases[i].verdict);
    }
}

/* Where the counterpart stands, for an output, an entry of an output, and an entry of a tree. */
static void
the_counterpart_is_named_by_its_place (void **state)
{
  static const struct
  {
    gboolean tree, inside;
    const char *from, *path;
  } cases[] = { { FALSE, FALSE, "out/app", "out/app" },
                { FALSE, TRUE, "out/app", "out/app//bin/x" },
                { TRUE, TRUE, "target/", "target/bin/x" },
                { TRUE, TRUE, "target", "target/bin/x" },
                { FALSE, FALSE, "\033", "\\x1B" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Sample) sample = sample_new ();
      AssayExpectation expectation = { .is_tree = cases[i].tree, .from = (char *)cases[i].from };
      AssayNodeAccount *file = build_file (sample->build, "a", 1);
      AssayMatch *match = (AssayMatch *)file->match;
      build_range (sample->build, file, 1, ASSAY_CLASS_IDENTICAL, "equal");
      match->expectation = &expectation;
      match->expected = build_node (sample->build, "bin/x", ASSAY_NODE_FILE, 1);
      match->expected->parent = cases[i].inside ? file->node : NULL;
      match->equal = TRUE;
      file->has_digest = TRUE;
      sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
      g_autoptr (json_t) report = check (&sample->report);
      const json_t *written = element_at (report, "files", 0);
      assert_string_equal (text_at (written, "expected_path"), cases[i].path);
      assert_string_equal (text_at (written, "expected_sha256"), text_at (written, "sha256"));
    }
}

/* More of everything than a head keeps, the worst at the end. */
static void
a_head_keeps_the_worst (void **state)
{
  static const AssayClass classes[]
      = { ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_OUTSIDE,   ASSAY_CLASS_STRUCTURE,      ASSAY_CLASS_EXPLAINED,
          ASSAY_CLASS_WAIVED,    ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNEXPLAINED };
  g_autoptr (Sample) sample = sample_new ();
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    for (guint j = 0; j < 7; j++)
      {
        g_autofree char *path = g_strdup_printf ("%u/%u", i, j);
        AssayNodeAccount *file = build_file (sample->build, path, 1);
        file->in_scope = classes[i] != ASSAY_CLASS_OUTSIDE;
        file->worst = classes[i];
        build_range (sample->build, file, 1, classes[i], "rule");
        if (classes[i] != ASSAY_CLASS_STRUCTURE)
          build_fact (sample->build, file->node, "uid", "0", "1", classes[i], "differs");
        build_missing (sample->build, path, NULL);
      }
  sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
  g_autoptr (json_t) report = check (&sample->report), head = assay_report_head (&sample->report);
  static const char *const arrays[] = { "facts", "files", "findings", "missing" };
  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    assert_int_equal (json_array_size (json_object_get (head, arrays[i])), ASSAY_REPORT_HEAD_ITEMS);
  assert_string_equal (text_at (element_at (head, "findings", 0), "path"), "7/0");
  assert_string_equal (text_at (element_at (head, "findings", 6), "path"), "7/6");
  assert_string_equal (text_at (element_at (head, "findings", 7), "path"), "6/0");
  assert_string_equal (text_at (element_at (head, "findings", 19), "path"), "5/5");
  assert_string_equal (text_at (element_at (head, "files", 19), "path"), "5/5");
  assert_string_equal (text_at (element_at (head, "missing", 19), "path"), "2/5");
  const json_t *counts = json_object_get (head, "counts");
  assert_int_equal (number_at (json_object_get (counts, "files"), "mismatch"), 14);
  assert_int_equal (number_at (json_object_get (counts, "files"), "equivalent"), 14);
  assert_int_equal (number_at (json_object_get (counts, "files"), "total"), 56);
  assert_int_equal (number_at (json_object_get (counts, "findings"), "unexplained"), 7);
  assert_int_equal (number_at (json_object_get (counts, "findings"), "identical"), 0);
  assert_int_equal (number_at (json_object_get (counts, "facts"), "total"), 42);
  assert_int_equal (number_at (json_object_get (counts, "missing"), "total"), 56);
}

/* The identical and what is outside are no news. */
static void
a_head_leaves_out_what_is_well (void **state)
{
  g_autoptr (Sample) sample = sample_equivalent ();
  g_autoptr (json_t) head = assay_report_head (&sample->report);
  assert_int_equal (json_array_size (json_object_get (head, "findings")), 1);
  assert_int_equal (json_array_size (json_object_get (head, "files")), 1);
  assert_string_equal (text_at (element_at (head, "findings", 0), "rule"), "filler");
}

/* A thousand files of one time say no more than one of them; what is not accounted for is never folded. */
static void
a_head_keeps_one_of_a_kind (void **state)
{
  g_autoptr (Sample) sample = sample_new ();
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *path = g_strdup_printf ("%u", i);
      AssayNodeAccount *file = build_file (sample->build, path, 5);
      build_range (sample->build, file, 4, ASSAY_CLASS_EXPLAINED, i < 500 ? "container-time" : "filler");
      build_range (sample->build, file, 1, i < 997 ? ASSAY_CLASS_IDENTICAL : ASSAY_CLASS_UNEXPLAINED, "differs");
      build_fact (sample->build, file->node, "mtime", i < 999 ? "7" : "8", "9", ASSAY_CLASS_EXPLAINED,
                  "container-time");
      file->worst = i < 997 ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_UNEXPLAINED;
    }
  sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
  g_autoptr (json_t) report = check (&sample->report), head = assay_report_head (&sample->report);
  const json_t *counts = json_object_get (head, "counts");
  assert_int_equal (json_array_size (json_object_get (head, "facts")), 2);
  assert_string_equal (text_at (element_at (head, "facts", 1), "path"), "999");
  assert_int_equal (number_at (json_object_get (counts, "facts"), "total"), 1000);
  assert_int_equal (json_array_size (json_object_get (head, "findings")), 5);
  assert_string_equal (text_at (element_at (head, "findings", 2), "path"), "999");
  assert_string_equal (text_at (element_at (head, "findings", 4), "rule"), "filler");
  assert_int_equal (json_array_size (json_object_get (report, "facts")), 1000);
}

static void
what_is_no_report_is_refused (void **state)
{
  static const char *const documents[] = {
    "{}",
    "[]",
    "{\"schema\":\"assay.report/2\"}",
    "{\"schema\":\"assay.report/1\"}",
    "{\"schema\":\"assay.report/1\",\"facts\":[],\"files\":[],\"findings\":{},\"missing\":[]}",
    "{\"schema\":\"assay.report/1\",\"facts\":[],\"files\":[],\"findings\":[1],\"missing\":[]}",
    "{\"schema\":\"assay.report/1\",\"facts\":[],\"files\":[{}],\"findings\":[],\"missing\":[]}",
    "{\"schema\":\"assay.report/1\",\"facts\":[{\"class\":\"fine\"}],\"files\":[],\"findings\":[],\"missing\":[]}",
    "{\"schema\":\"assay.report/1\",\"facts\":[],\"files\":[],\"findings\":[],\"missing\":[null]}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    {
      g_autoptr (json_t) document = sample_json (documents[i]);
      g_autoptr (GError) error = NULL;
      assert_fails (head_of (document, &error) != NULL, ASSAY_ERROR_USAGE, error);
    }
}

/* An output that cannot be written is an error, and the report does not appear in part. */
static void
a_full_disk_is_an_error (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (AssayOutput) output = assay_output_new ("/dev/full", NULL);
  g_autoptr (GError) error = NULL;
  assert_non_null (output);
  assert_false (assay_report_write (&sample->report, output, &error) && assay_output_commit (output, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_IO));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (every_report_is_canonical_and_has_one_head),
    cmocka_unit_test (a_report_before_any_judging_is_whole),
    cmocka_unit_test (the_members_say_what_the_account_says),
    cmocka_unit_test (a_finding_has_both_sides),
    cmocka_unit_test (hostile_values_stay_canonical),
    cmocka_unit_test (the_verdict_of_a_file_is_its_worst_class),
    cmocka_unit_test (the_counterpart_is_named_by_its_place),
    cmocka_unit_test (a_head_keeps_the_worst),
    cmocka_unit_test (a_head_keeps_one_of_a_kind),
    cmocka_unit_test (a_head_leaves_out_what_is_well),
    cmocka_unit_test (what_is_no_report_is_refused),
    cmocka_unit_test (a_full_disk_is_an_error),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
