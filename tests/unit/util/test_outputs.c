#include "scratch.h"

#include "util/outputs.h"

/* What an output is to do: the text that it writes, after which it fails where @fails says so. @log: whose turn it was.
 */
typedef struct
{
  const char *text;
  gboolean fails;
  GString *log;
} Part;

static gboolean
write_part (gconstpointer data, AssayOutput *output, GError **error)
{
  const Part *part = data;
  g_string_append (part->log, part->text);
  if (!assay_output_write (output, part->text, strlen (part->text), error))
    return FALSE;
  if (part->fails)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s fails", part->text);
  return !part->fails;
}

/* Three outputs: two files, and between them what @middle is; which of them fails. */
typedef struct
{
  char *first;
  char *last;
  GString *log;
  Part parts[3];
  AssayOutputPlan plans[3];
} Three;

static void
three_init (Three *three, const Scratch *scratch, const char *middle)
{
  static const char *const texts[] = { "a", "b", "c" };
  three->first = g_build_filename (scratch->path, "first", NULL);
  three->last = g_build_filename (scratch->path, "last", NULL);
  three->log = g_string_new (NULL);
  const char *const paths[] = { three->first, middle, three->last };
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      three->parts[i] = (Part){ texts[i], FALSE, three->log };
      three->plans[i] = (AssayOutputPlan){ paths[i], write_part, &three->parts[i] };
    }
}

static void
three_clear (Three *three)
{
  g_free (three->first);
  g_free (three->last);
  g_string_free (three->log, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Three, three_clear)

static void
assert_file (const Scratch *scratch, const char *name, const char *wanted)
{
  g_autofree char *text = scratch_read (scratch, name);
  if (wanted == NULL)
    assert_null (text);
  else
    assert_string_equal (text, wanted);
}

static void
all_appear_and_what_cannot_be_taken_back_comes_last (void **state)
{
  const Scratch *scratch = *state;
  for (int order = ASSAY_OUTPUTS_ALL_OR_NONE; order <= ASSAY_OUTPUTS_EACH; order++)
    {
      g_auto (Three) three;
      three_init (&three, scratch, "/dev/null");
      assert_true (assay_outputs_write (three.plans, 3, (AssayOutputOrder)order, NULL));
      assert_string_equal (three.log->str, "acb");
      assert_file (scratch, "first", "a");
      assert_file (scratch, "last", "c");
      assert_int_equal (scratch_count (scratch), 2);
    }
}

static void
all_or_none_leaves_everything_as_it_was (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *absent = g_build_filename (scratch->path, "no", "such", NULL);
  /* what stands in the middle, and which writer fails, if not that */
  const struct
  {
    const char *middle;
    int failing;
    int code;
  } cases[] = { { "/dev/full", -1, ASSAY_ERROR_IO },
                { absent, -1, ASSAY_ERROR_USAGE },
                { "/dev/null", 0, ASSAY_ERROR_USAGE },
                { "/dev/null", 1, ASSAY_ERROR_USAGE },
                { "/dev/null", 2, ASSAY_ERROR_USAGE } };
  scratch_write (scratch, "last", "before");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GError *error = NULL;
      g_auto (Three) three;
      three_init (&three, scratch, cases[i].middle);
      if (cases[i].failing >= 0)
        three.parts[cases[i].failing].fails = TRUE;
      assert_fails (assay_outputs_write (three.plans, 3, ASSAY_OUTPUTS_ALL_OR_NONE, &error), cases[i].code, error);
      assert_file (scratch, "first", NULL);
      assert_file (scratch, "last", "before");
      assert_int_equal (scratch_count (scratch), 1);
    }
}

static void
each_keeps_what_could_be_written_and_says_what_failed_first (void **state)
{
  const Scratch *scratch = *state;
  GError *error = NULL;
  g_auto (Three) three;
  three_init (&three, scratch, "/dev/full");
  three.parts[2].fails = TRUE;
  assert_false (assay_outputs_write (three.plans, 3, ASSAY_OUTPUTS_EACH, &error));
  assert_string_equal (error->message, "c fails");
  g_clear_error (&error);
  assert_string_equal (three.log->str, "acb");
  assert_file (scratch, "first", "a");
  assert_int_equal (scratch_count (scratch), 1);
}

static void
nothing_to_write_is_no_error (void **state)
{
  (void)state;
  assert_true (assay_outputs_write (NULL, 0, ASSAY_OUTPUTS_ALL_OR_NONE, NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown (name, scratch_setup, scratch_teardown)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TEST (all_appear_and_what_cannot_be_taken_back_comes_last),
    TEST (all_or_none_leaves_everything_as_it_was),
    TEST (each_keeps_what_could_be_written_and_says_what_failed_first),
    TEST (nothing_to_write_is_no_error),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
