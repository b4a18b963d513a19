#include "document.h"

#include "report/artifact.h"
#include "report/markdown.h"
#include "report/sentence.h"

#include <stdlib.h>

/* The forms of a report for other programs: the same from both sides, as bad as the report, and text alone. */

static void
all_have_their_name (void **state)
{
  static const char *const names[ASSAY_DOCUMENT_COUNT] = { "html", "sarif", "junit", "markdown" };
  for (guint i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    {
      assert_string_equal (assay_documents ()[i].name, names[i]);
      assert_ptr_equal (assay_document_find (names[i]), &assay_documents ()[i]);
    }
  assert_null (assay_document_find ("text"));
  assert_null (assay_document_find ("json"));
  assert_null (assay_document_find (NULL));
}

static void
what_is_no_report_has_no_document (void **state)
{
  g_autoptr (json_t) nothing = sample_json ("{\"schema\":\"assay.report/1\"}");
  for (guint i = 0; i < ASSAY_DOCUMENT_COUNT; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayOutput) output = assay_output_new ("/dev/null", NULL);
      const AssayReportSource source = { .json = nothing };
      assert_fails (assay_documents ()[i].write_of_json (&source, output, &error), ASSAY_ERROR_USAGE, error);
    }
}

/* --- what all say of a report --- */

static void
the_exit_code_is_that_of_the_run (void **state)
{
  static const struct
  {
    const char *head;
    guint code;
  } cases[] = {
    { "{\"verdict\":\"identical\",\"policy\":{\"result\":\"none\",\"failures\":[]}}", 0 },
    { "{\"verdict\":\"equivalent\",\"policy\":{\"result\":\"pass\",\"failures\":[]}}", 0 },
    { "{\"verdict\":\"waived\",\"policy\":{\"result\":\"pass\"}}", 0 },
    { "{\"verdict\":\"waived\",\"policy\":{\"result\":\"fail\"}}", 1 },
    { "{\"verdict\":\"identical\",\"policy\":{\"result\":\"pass\",\"failures\":[\"x\"]}}", 1 },
    { "{\"verdict\":\"identical\",\"policy\":{}}", 1 },
    { "{\"verdict\":\"identical\"}", 1 },
    { "{\"verdict\":\"mismatch\",\"policy\":{\"result\":\"none\"}}", 1 },
    { "{\"verdict\":\"undecided\",\"policy\":{\"result\":\"fail\"}}", 2 },
    { "{\"verdict\":\"perfect\",\"policy\":{\"result\":\"none\"}}", 2 },
    { "{}", 2 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (json_t) head = sample_json (cases[i].head);
      assert_int_equal (assay_sentence_exit (head), cases[i].code);
    }
}

static void
what_is_settled_is_no_concern (void **state)
{
  guint concerns = 0;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    concerns += assay_sentence_is_concern (assay_class_name ((AssayClass)i));
  assert_int_equal (concerns, ASSAY_SENTENCE_CLASSES);
  for (gsize i = 0; i < ASSAY_SENTENCE_CLASSES; i++)
    assert_true (assay_sentence_is_concern (assay_sentence_class (i)));
  assert_true (assay_sentence_is_concern ("good"));
  assert_true (assay_sentence_is_concern (NULL));
}

/* --- references --- */

static void
references_lead_nowhere_else (void **state)
{
  static const struct
  {
    char *(*of) (const char *text);
    const char *text;
    const char *uri;
  } cases[] = {
    { assay_artifact_of_node, "usr/bin/su", "usr/bin/su" },
    { assay_artifact_of_node, "fw@0x40000//#gzip//boot/a b", "fw@0x40000//%23gzip//boot/a%20b" },
    { assay_artifact_of_node, "//evil.example/x", "%2F/evil.example/x" },
    { assay_artifact_of_node, "/etc/passwd", "%2Fetc/passwd" },
    { assay_artifact_of_node, "../../x/./y", "%252E%252E/%252E%252E/x/%252E/y" },
    { assay_artifact_of_node, "javascript:alert(1)", "javascript%3Aalert(1)" },
    { assay_artifact_of_node, "a?b#c\\d%2F[\xc3\xa4]", "a%3Fb%23c%5Cd%252F%5B%C3%A4%5D" },
    { assay_artifact_of_image, "/home/me/out/fw.img", "fw.img" },
    { assay_artifact_of_image, "out/fw.d/", "fw.d" },
    { assay_artifact_of_image, "../..", "image" },
    { assay_artifact_of_image, "-", "image" },
    { assay_artifact_of_image, "http:x", "http%3Ax" },
    { assay_artifact_of_source, "src/./a.c", "src/a.c" },
    { assay_artifact_of_source, "build/../src//a.c", "src/a.c" },
    { assay_artifact_of_source, "/build/x/../y/a.c", "file:///build/y/a.c" },
    { assay_artifact_of_source, "//host/a.c", "file:///host/a.c" },
    { assay_artifact_of_source, "../a.c", NULL },
    { assay_artifact_of_source, "a/../../b.c", NULL },
    { assay_artifact_of_source, "", NULL },
    { assay_artifact_of_source, "/", NULL },
    { assay_artifact_of_source, "https://evil.example/a.c", "https%3A/evil.example/a.c" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *uri = cases[i].of (cases[i].text);
      if (g_strcmp0 (uri, cases[i].uri) != 0)
        fail_msg ("%s is %s, expected %s", cases[i].text, uri, cases[i].uri);
    }
  g_autofree char *endless = g_strnfill (100000, ' ');
  g_autofree char *uri = assay_artifact_of_node (endless);
  assert_true (strlen (uri) < ASSAY_ARTIFACT_BYTES + 40 && g_str_has_suffix (uri, "more)"));
}

/* --- SARIF --- */

static void
check_uri (const json_t *location)
{
  const json_t *artifact = json_object_get (json_object_get (location, "physicalLocation"), "artifactLocation");
  const char *uri = json_string_value (json_object_get (artifact, "uri"));
  assert_non_null (uri);
  assert_int_equal (strspn (uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=@%/:"),
                    strlen (uri));
  if (strchr (uri, ':') != NULL)
    assert_true (g_str_has_prefix (uri, "file:///"));
  assert_false (*uri == '/' || *uri == '\0');
}

static void
check_result (const json_t *result, const json_t *rules, GHashTable *fingerprints)
{
  const char *rule = json_string_value (json_object_get (result, "ruleId"));
  const json_t *index = json_object_get (result, "ruleIndex"),
               *prints = json_object_get (result, "partialFingerprints");
  const json_t *described = json_array_get (rules, (size_t)json_integer_value (index));
  const char *text = json_string_value (json_object_get (json_object_get (result, "message"), "text"));
  const char *print = json_string_value (json_object_get (prints, "assay/v1"));
  assert_string_equal (rule, json_string_value (json_object_get (described, "id")));
  assert_non_null (json_string_value (json_object_get (json_object_get (described, "help"), "text")));
  assert_true (text != NULL && *text != '\0' && strstr (text, "](") == NULL && strstr (text, " {0") == NULL);
  assert_true (json_is_array (json_object_get (result, "suppressions")));
  assert_true (print != NULL && g_hash_table_add (fingerprints, g_strdup (print)));
  assert_int_equal (json_array_size (json_object_get (result, "locations")), 1);
  check_uri (json_array_get (json_object_get (result, "locations"), 0));
  if (json_object_get (result, "relatedLocations") != NULL)
    check_uri (json_array_get (json_object_get (result, "relatedLocations"), 0));
}

static guint
count_errors (const json_t *results)
{
  const json_t *result;
  size_t index;
  guint errors = 0;
  json_array_foreach (results, index, result) errors
      += g_strcmp0 (json_string_value (json_object_get (result, "level")), "error") == 0;
  return errors;
}

static json_t *
run_of (const char *sarif)
{
  g_autoptr (json_t) log = sample_json (sarif);
  return json_incref (json_array_get (json_object_get (log, "runs"), 0));
}

static GHashTable *
check_run (const json_t *run)
{
  GHashTable *fingerprints = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const json_t *rules = json_object_get (json_object_get (json_object_get (run, "tool"), "driver"), "rules");
  const json_t *results = json_object_get (run, "results"), *result;
  size_t index;
  json_array_foreach (results, index, result) check_result (result, rules, fingerprints);
  return fingerprints;
}

static void
a_report_that_is_no_pass_has_an_error (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autoptr (json_t) head = assay_report_head (&sample->report);
      g_autofree char *sarif = document_of ("sarif", &sample->report);
      g_autoptr (json_t) run = run_of (sarif);
      g_autoptr (GHashTable) prints = check_run (run);
      const json_t *invocation = json_array_get (json_object_get (run, "invocations"), 0);
      guint code = assay_sentence_exit (head);
      assert_int_equal (json_integer_value (json_object_get (invocation, "exitCode")), code);
      assert_true (json_is_true (json_object_get (invocation, "executionSuccessful")) == (code != 2));
      assert_true ((count_errors (json_object_get (run, "results")) > 0) == (code != 0));
      assert_int_equal (json_array_size (json_object_get (invocation, "toolExecutionNotifications")), 0);
    }
}

/* Everything that moves when a byte is put in front of it. */
static void
move (json_t *report, json_int_t by)
{
  json_t *finding;
  size_t index;
  json_array_foreach (json_object_get (report, "findings"), index, finding)
  {
    json_t *range = json_object_get (finding, "range");
    json_object_set_new (range, "offset", json_integer (json_integer_value (json_object_get (range, "offset")) + by));
    json_object_set_new (range, "address", json_string ("0x1234"));
  }
  json_array_append_new (
      json_object_get (report, "undecided"),
      json_sprintf ("boot@0x%x: %d,000 bytes at offset 0x%x are not read", (int)by, (int)by, (int)by));
  json_object_set_new (json_array_get (json_object_get (report, "files"), 1), "path",
                       json_sprintf ("@0x%x//x", (int)by));
  json_object_set_new (json_array_get (json_object_get (report, "findings"), 1), "path",
                       json_sprintf ("@0x%x//x", (int)by));
}

static GHashTable *
fingerprints_of (const json_t *report)
{
  g_autofree char *sarif = stored_as ("sarif", report);
  g_autoptr (json_t) run = run_of (sarif);
  return check_run (run);
}

static gboolean
are_equal (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer key;
  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (b, key))
      return FALSE;
  return TRUE;
}

static void
fingerprints_stay_when_offsets_move (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (json_t) here = stored_of (&sample->report), there = json_deep_copy (here);
  move (here, 0x10);
  move (there, 0x20);
  g_autoptr (GHashTable) first = fingerprints_of (here), second = fingerprints_of (there);
  assert_true (are_equal (first, second));
  json_object_set_new (json_array_get (json_object_get (there, "findings"), 1), "symbol", json_string ("other"));
  g_autoptr (GHashTable) third = fingerprints_of (there);
  assert_false (are_equal (first, third));
}

static void
what_is_waived_is_suppressed (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (json_t) report = stored_of (&sample->report);
  json_t *finding = json_array_get (json_object_get (report, "findings"), 0);
  json_object_set_new (finding, "class", json_string ("waived"));
  json_object_set_new (finding, "waiver",
                       sample_json ("{\"kind\":\"waiver\",\"line\":7,\"owner\":\"o\",\"reason\":\"r\"}"));
  g_autofree char *sarif = stored_as ("sarif", report);
  assert_non_null (strstr (sarif, "\"ruleId\":\"bytes-waived\",\"ruleIndex\":11,\"suppressions\":[{\"justification\":"
                                  "\"line 7 of the policy: r; answered for by o\",\"kind\":\"external\",\"status\":"
                                  "\"accepted\"}]"));
}

/* --- Markdown --- */

/* Outside of code spans there are words of ours alone; each span ends on its line. */
static void
names_stay_in_their_spans (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autofree char *text = document_of ("markdown", &sample->report);
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
      assert_true (g_str_has_prefix (text, "## "));
      for (char **line = lines; *line != NULL; line++)
        {
          g_auto (GStrv) parts = g_strsplit (*line, "`", -1);
          guint count = g_strv_length (parts);
          assert_true (count == 0 || count % 2 == 1);
          for (guint j = 0; j < count; j++)
            if (j % 2 == 0)
              assert_true (strpbrk (parts[j], "<>@[]{}\\&$") == NULL && strstr (parts[j], "www.") == NULL
                           && strstr (parts[j], "://") == NULL);
            else
              assert_true (*parts[j] != '\0' && strchr (parts[j], '|') == NULL);
        }
    }
}

static void
a_summary_has_an_end (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (json_t) report = stored_of (&sample->report);
  json_t *reasons = json_object_get (report, "reasons"), *missing = json_object_get (report, "missing");
  json_t *findings = json_object_get (report, "findings");
  g_autofree char *endless = g_strnfill (5000, '`');
  json_t *policy = json_object_get (report, "policy");
  for (guint i = 0; i < 500; i++)
    {
      json_array_append_new (reasons, json_string (endless));
      json_array_append_new (json_object_get (policy, "failures"), json_string (endless));
      json_array_append_new (missing, json_pack ("{s:s}", "path", endless));
      json_array_append_new (findings,
                             json_pack ("{s:s,s:s,s:s,s:s,s:{s:i,s:i}}", "class", "unexplained", "path", endless,
                                        "message", endless, "section", endless, "range", "offset", 1, "length", 1));
    }
  g_autofree char *text = stored_as ("markdown", report);
  assert_true (strlen (text) <= ASSAY_MARKDOWN_BYTES);
  assert_non_null (strstr (text, " more; the JSON report has them all."));
  assert_non_null (strstr (text, "| unexplained | "));
  assert_non_null (strstr (text, "### Missing\n"));
  assert_true (g_str_has_suffix (text, "decides from the report and the image.\n"));
}

static void
spans_hold_their_text (void **state)
{
  static const struct
  {
    const char *text;
    const char *span;
  } cases[] = { { "a b", "`a b`" },
                { "", "" },
                { NULL, "" },
                { "`", "`\\x60`" },
                { "a|b``c", "`a\\x7Cb\\x60\\x60c`" },
                { "<i>@me [x](y)", "`<i>@me [x](y)`" },
                { "a\nb", "`a\\x0Ab`" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      assay_markdown_append (out, cases[i].text);
      assert_string_equal (out->str, cases[i].span);
    }
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (all_have_their_name),
    cmocka_unit_test (what_is_no_report_has_no_document),
    cmocka_unit_test (the_exit_code_is_that_of_the_run),
    cmocka_unit_test (what_is_settled_is_no_concern),
    cmocka_unit_test (references_lead_nowhere_else),
    cmocka_unit_test (a_report_that_is_no_pass_has_an_error),
    cmocka_unit_test (fingerprints_stay_when_offsets_move),
    cmocka_unit_test (what_is_waived_is_suppressed),
    cmocka_unit_test (names_stay_in_their_spans),
    cmocka_unit_test (a_summary_has_an_end),
    cmocka_unit_test (spans_hold_their_text),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
