#include "document.h"

#include "report/sentence.h"

/* JUnit: a case for each verdict, and XML that any parser reads. */

/** A document that is read by GLib's parser, which knows elements and references alone. */
typedef struct
{
  guint cases;
  guint by_element[4]; /* failure, error, skipped, testcase */
  guint declared[4];
  gboolean verdict_failed;
  gboolean in_verdict;
} Suite;

static const char *const counted[] = { "failure", "error", "skipped", "testcase" };
static const char *const declared[] = { "failures", "errors", "skipped", "tests" };

static void
start_element (GMarkupParseContext *context, const char *element, const char **names, const char **values,
               gpointer data, GError **error)
{
  static const char *const known[] = { "testsuites", "testsuite", "properties", "property",   "testcase", "failure",
                                       "error",      "skipped",   "system-out", "system-err", NULL };
  Suite *suite = data;
  assert_true (g_strv_contains (known, element));
  for (guint i = 0; i < G_N_ELEMENTS (counted); i++)
    suite->by_element[i] += strcmp (element, counted[i]) == 0;
  if (strcmp (element, "failure") == 0 || strcmp (element, "error") == 0)
    suite->verdict_failed = suite->verdict_failed || suite->in_verdict;
  for (; *names != NULL; names++, values++)
    {
      if (strcmp (*names, "classname") == 0)
        suite->in_verdict = strcmp (*values, "assay.verdict") == 0;
      for (guint i = 0; strcmp (element, "testsuite") == 0 && i < G_N_ELEMENTS (declared); i++)
        if (strcmp (*names, declared[i]) == 0)
          suite->declared[i] = (guint)g_ascii_strtoull (*values, NULL, 10);
    }
}

static Suite
read_suite (const char *xml)
{
  static const GMarkupParser parser = { .start_element = start_element };
  Suite suite = { 0 };
  g_autoptr (GError) error = NULL;
  GMarkupParseContext *context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &suite, NULL);
  if (!g_markup_parse_context_parse (context, xml, -1, &error) || !g_markup_parse_context_end_parse (context, &error))
    fail_msg ("%s", error->message);
  g_markup_parse_context_free (context);
  return suite;
}

static void
cases_are_what_the_suite_says (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autoptr (json_t) head = assay_report_head (&sample->report);
      g_autofree char *xml = document_of ("junit", &sample->report);
      Suite suite = read_suite (xml);
      for (guint j = 0; j < G_N_ELEMENTS (counted); j++)
        assert_int_equal (suite.by_element[j], suite.declared[j]);
      assert_true (suite.verdict_failed == (assay_sentence_exit (head) != 0));
      assert_true (suite.declared[3] > sample->build->account.nodes->len);
    }
}

static void
each_verdict_of_a_file_is_a_case (void **state)
{
  static const char *const expected[] = {
    "<testcase classname=\"assay.files\" name=\"field/data\" time=\"0\"><skipped message=\"outside the scope",
    "<testcase classname=\"assay.files\" name=\"the image\" time=\"0\"></testcase>",
    "<testcase classname=\"assay.policy\" name=\"the policy holds\" time=\"0\"></testcase>",
  };
  g_autoptr (Sample) sample = sample_equivalent ();
  g_autofree char *xml = document_of ("junit", &sample->report);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    if (strstr (xml, expected[i]) == NULL)
      fail_msg ("no %s in %s", expected[i], xml);
  g_autoptr (Sample) bad = sample_mismatch ();
  GPtrArray *nodes = bad->build->account.nodes;
  for (guint i = 0; i < nodes->len; i++)
    {
      AssayNodeAccount *file = g_ptr_array_index (nodes, i);
      if (strcmp (file->node->path, "usr/bin/su") == 0)
        file->worst = ASSAY_CLASS_UNEXPLAINED;
    }
  g_autofree char *failed = document_of ("junit", &bad->report);
  assert_non_null (strstr (failed,
                           "name=\"usr/bin/su\" time=\"0\"><failure message=\"mismatch: 0 ranges of bytes and 1 "
                           "fact\" type=\"mismatch\">unexplained: mode is 0104755 in the image, 0100755 in the "
                           "rebuild</failure>"));
  assert_non_null (strstr (failed, "<testcase classname=\"assay.missing\" name=\"etc/x\" time=\"0\"><failure"));
  assert_non_null (strstr (failed, "<testcase classname=\"assay.policy\" name=\"the verdict is mismatch"));
  g_autoptr (Sample) open = sample_undecided ();
  g_autofree char *error = document_of ("junit", &open->report);
  assert_non_null (strstr (error, "classname=\"assay.undecided\" name=\"boot/initrd//#xz: the limit &#34;ratio&#34;"));
  assert_non_null (strstr (error, "<error message=\"undecided: "));
}

/* What XML 1.0 (2.2, Char) has no way to hold is not there; what it holds is. */
static void
xml_holds_no_other_characters (void **state)
{
  g_autoptr (Sample) sample = sample_nasty ();
  g_autofree char *xml = document_of ("junit", &sample->report);
  for (const char *c = xml; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);
      assert_true (character == '\n' || (character >= 0x20 && character != 0xfffe && character != 0xffff));
    }
  assert_non_null (strstr (xml, "\\x1B[2J\\x01"));
  assert_non_null (strstr (xml, "\\xEF\\xBF\\xBF"));
  assert_non_null (strstr (xml, "&#60;script&#62;alert(1)"));
  assert_null (strstr (xml, "]]>"));
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (cases_are_what_the_suite_says),
    cmocka_unit_test (each_verdict_of_a_file_is_a_case),
    cmocka_unit_test (xml_holds_no_other_characters),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
