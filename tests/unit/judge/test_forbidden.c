#include "build.h"

#include "judge/policy.h"

/* What `forbid` finds in an account, and how old a policy and what it is held against may be: each rule with what
 * holds, what does not, and what nobody could look at. */

#define DAY 86400

/** A file: what its entry and its headers say. */
typedef struct
{
  guint rights;
  const char *segments; /* "TYPE FLAGS;…"; NULL: no ELF file; "": one without segments */
  const char *sections; /* "NAME FLAGS;…"; NULL: could not be read */
  const char *trouble;
  gboolean flat;
  gboolean outside;
  const char *added; /* the rule by which the fact `name` has no counterpart */
  AssayClass added_class;
} File;

static void
add_segments (AssayNodeAccount *file, const char *text)
{
  g_auto (GStrv) items = g_strsplit (text, ";", -1);
  file->segments = g_array_new (FALSE, TRUE, sizeof (AssaySegmentAccount));
  for (char **item = items; *item != NULL && **item != '\0'; item++)
    {
      g_auto (GStrv) words = g_strsplit (*item, " ", 2);
      AssaySegmentAccount segment
          = { .type = (char *)g_intern_string (words[0]), .flags = g_intern_string (words[1]), .address = 0x1000 };
      g_array_append_val (file->segments, segment);
    }
}

static void
add_sections (AssayNodeAccount *file, const char *text)
{
  g_auto (GStrv) items = g_strsplit (text, ";", -1);
  file->sections = g_array_new (FALSE, TRUE, sizeof (AssaySectionAccount));
  for (char **item = items; *item != NULL && **item != '\0'; item++)
    {
      g_auto (GStrv) words = g_strsplit (*item, " ", 2);
      AssaySectionAccount section
          = { .name = (char *)g_intern_string (words[0]), .flags = g_intern_string (words[1]), .size = 4 };
      g_array_append_val (file->sections, section);
    }
}

static Build *
make (const File *of)
{
  Build *build = build_new ();
  AssayNodeAccount *file = build_file (build, "bin/file", 10);
  build_range (build, file, 10, of->outside ? ASSAY_CLASS_OUTSIDE : ASSAY_CLASS_IDENTICAL, "equal");
  build->account.grants = g_ptr_array_new ();
  file->in_scope = !of->outside;
  file->rights = of->rights;
  file->flat = of->flat;
  file->node->trouble = g_strdup (of->trouble);
  file->node->format = of->segments == NULL ? "raw" : "elf";
  if (of->segments != NULL && of->sections != NULL)
    {
      add_segments (file, of->segments);
      add_sections (file, of->sections);
    }
  if (of->added != NULL)
    build_fact (build, file->node, "name", "file", NULL, of->added_class, of->added);
  return build;
}

/* The failures but for those of the verdict. */
static GPtrArray *
hold (const char *text, Build *build, const AssayPolicyCase *times)
{
  g_autofree char *whole = g_strdup_printf ("policy: 1\nrequire: {verdict: waived}\n%s\n", text);
  g_autoptr (GBytes) bytes = g_bytes_new (whole, strlen (whole));
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayPolicy) policy = assay_policy_parse ("p", bytes, &error);
  assert_null (error);
  g_autoptr (AssayJudgement) judgement = build_judge (build);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  AssayPolicyCase policy_case = *times;
  policy_case.policy = policy;
  policy_case.account = &build->account;
  policy_case.judgement = judgement;
  policy_case.inputs = inputs;
  policy_case.expected = ASSAY_POLICY_EXPECTED_REBUILD;
  g_autoptr (AssayPolicyRules) rules = assay_policy_rules_new (policy);
  assay_policy_judge (&policy_case, rules);
  assay_policy_rules_sort (rules);
  GPtrArray *failures = assay_policy_rules_list_failures (rules);
  for (guint i = failures->len; i-- > 0;)
    if (strstr (g_ptr_array_index (failures, i), "the verdict is") != NULL)
      g_ptr_array_remove_index (failures, i);
  return failures;
}

typedef struct
{
  const char *policy;
  File file;
  const char *failure; /* NULL: it holds */
} Case;

#define LINKED "LOAD RX;LOAD RW;GNU_STACK RW"

static const Case cases[] = {
  { "forbid: {set-id: true}", { 0 }, NULL },
  { "forbid: {set-id: true}",
    { .rights = ASSAY_RIGHT_SET_USER_ID },
    "p:3:10: bin/file runs as its owner, whoever starts it, which is forbidden" },
  { "forbid: {set-id: true}",
    { .rights = ASSAY_RIGHT_SET_GROUP_ID },
    "p:3:10: bin/file runs as its group, whoever starts it, which is forbidden" },
  { "forbid: {set-id: true}", { .rights = ASSAY_RIGHT_CAPABILITIES }, NULL },
  { "forbid: {set-id: false}", { .rights = ASSAY_RIGHT_SET_USER_ID }, NULL },
  { "forbid: {set-id: {except: [bin/file]}}", { .rights = ASSAY_RIGHT_SET_USER_ID }, NULL },
  { "forbid: {set-id: {except: [bin/other]}}",
    { .rights = ASSAY_RIGHT_SET_USER_ID },
    "p:3:10: bin/file runs as its owner, whoever starts it, which is forbidden" },
  { "forbid: {set-id: true}", { .rights = ASSAY_RIGHT_SET_USER_ID, .outside = TRUE }, NULL },
  { "forbid: {set-id: true}",
    { .trouble = "damaged" },
    "p:3:10: bin/file could not be read to its end: it may hold what is forbidden" },
  { "forbid: {set-id: true}", { .flat = TRUE }, "p:3:10: bin/file was not looked into: it may hold what is forbidden" },
  { "forbid: {capabilities: true}",
    { .rights = ASSAY_RIGHT_CAPABILITIES },
    "p:3:10: bin/file runs with capabilities, whoever starts it, which is forbidden" },
  { "forbid: {capabilities: true}", { .rights = ASSAY_RIGHT_SET_USER_ID }, NULL },
  { "forbid: {writable-code: true}", { .segments = LINKED, .sections = "" }, NULL },
  { "forbid: {writable-code: true}", { .segments = "LOAD RX;NOTE RWX", .sections = "" }, NULL },
  { "forbid: {writable-code: true}",
    { .segments = "LOAD R;LOAD RWX", .sections = "" },
    "p:3:10: bin/file has a segment that is writable and executable, at address 0x1000, which is forbidden" },
  { "forbid: {writable-code: true}", { .segments = "", .sections = ".text AX;.data WA" }, NULL },
  { "forbid: {writable-code: true}",
    { .segments = "", .sections = ".text WAX" },
    "p:3:10: bin/file has a section that is writable and executable, .text, which is forbidden" },
  { "forbid: {writable-code: true}",
    { .segments = "" },
    "p:3:10: bin/file could not be read as a program: it may hold what is forbidden" },
  { "forbid: {writable-code: true}",
    { .segments = "", .sections = "" },
    "p:3:10: bin/file could not be read as a program: it may hold what is forbidden" },
  { "forbid: {executable-stack: true}", { .segments = LINKED, .sections = "" }, NULL },
  { "forbid: {executable-stack: true}",
    { .segments = "LOAD RX;GNU_STACK RWX", .sections = "" },
    "p:3:10: bin/file wants an executable stack, which is forbidden" },
  { "forbid: {executable-stack: true}",
    { .segments = "LOAD RX", .sections = "" },
    "p:3:10: bin/file does not say that its stack is not executable (it has no segment GNU_STACK), which is "
    "forbidden" },
  { "forbid: {executable-stack: true}", { .segments = "", .sections = ".text AX" }, NULL },
  { "forbid: {debug-information: true}", { .segments = LINKED, .sections = ".text AX;.gnu_debuglink -" }, NULL },
  { "forbid: {debug-information: true}", { .segments = LINKED, .sections = ".debug_gdb_scripts AMS" }, NULL },
  { "forbid: {debug-information: true}",
    { .segments = LINKED, .sections = ".text AX;.debug_info -" },
    "p:3:10: bin/file has debug information (.debug_info), which is forbidden" },
  { "forbid: {debug-information: true}",
    { .segments = "", .sections = ".zdebug_line -" },
    "p:3:10: bin/file has debug information (.zdebug_line), which is forbidden" },
  { "forbid: {symbol-tables: true}", { .segments = LINKED, .sections = ".dynsym A" }, NULL },
  { "forbid: {symbol-tables: true}", { .segments = "", .sections = ".symtab -" }, NULL },
  { "forbid: {symbol-tables: true}",
    { .segments = LINKED, .sections = ".symtab -" },
    "p:3:10: bin/file was not stripped (.symtab), which is forbidden" },
  { "forbid: {symbol-tables: true}", { .rights = 0 }, NULL },
  { "forbid: {added-files: true}", { .added = "signature", .added_class = ASSAY_CLASS_EXPLAINED }, NULL },
  { "forbid: {added-files: true}", { .added = "scope", .added_class = ASSAY_CLASS_OUTSIDE }, NULL },
  { "forbid: {added-files: true}",
    { .added = "waiver", .added_class = ASSAY_CLASS_WAIVED },
    "p:3:10: bin/file was added to what the rebuild has, which is forbidden" },
  { "forbid: {added-files: {except: [\"bin/*\"]}}", { .added = "waiver", .added_class = ASSAY_CLASS_WAIVED }, NULL },
  { "forbid: {added-files: true}", { .trouble = "damaged, and equal" }, NULL },
};

static void
each_kind_is_found (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Build) build = make (&cases[i].file);
      g_autoptr (GPtrArray) failures = hold (cases[i].policy, build, &(AssayPolicyCase){ 0 });
      if (cases[i].failure == NULL)
        {
          if (failures->len > 0)
            print_error ("%zu: %s\n", i, (const char *)g_ptr_array_index (failures, 0));
          assert_int_equal (failures->len, 0);
        }
      else
        {
          assert_int_equal (failures->len, 1);
          assert_string_equal (g_ptr_array_index (failures, 0), cases[i].failure);
        }
      g_ptr_array_unref (build->account.grants);
    }
}

/* As many as a person reads are named, and the rest is counted. */
static void
many_are_counted (void **state)
{
  g_autoptr (Build) build = build_new ();
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *path = g_strdup_printf ("bin/%u", i);
      AssayNodeAccount *file = build_file (build, path, 1);
      build_range (build, file, 1, ASSAY_CLASS_IDENTICAL, "equal");
      file->node->format = "raw";
      file->rights = ASSAY_RIGHT_SET_USER_ID;
    }
  g_autoptr (GPtrArray) failures = hold ("forbid: {set-id: true}", build, &(AssayPolicyCase){ 0 });
  assert_int_equal (failures->len, 21);
  assert_string_equal (g_ptr_array_index (failures, 20), "p:3:10: 10 more files are as forbidden");
}

typedef struct
{
  const char *policy;
  gboolean has_time;
  gint64 time_s;
  gboolean was_timed;
  gint64 judged_s;
  const char *failure;
} Time;

static const Time times[] = {
  { "expires: 1970-01-03", TRUE, 2 * DAY - 1, TRUE, 0, NULL },
  { "expires: 1970-01-03", TRUE, 2 * DAY, TRUE, 0, "p:3:1: the policy has expired on 1970-01-03" },
  { "expires: 1970-01-03", FALSE, 0, FALSE, 0,
    "p:3:1: the policy expires on 1970-01-03, and no --time says that it has not yet" },
  { "max-age: 2d", TRUE, 5 * DAY, TRUE, 3 * DAY, NULL },
  { "max-age: 48h", TRUE, 5 * DAY, TRUE, 3 * DAY, NULL },
  { "max-age: 2d", TRUE, 5 * DAY + 1, TRUE, 3 * DAY,
    "p:3:1: the image was judged 49 hours ago, and at most 48 are allowed" },
  { "max-age: 2d", TRUE, 5 * DAY, TRUE, 6 * DAY, "p:3:1: the image was judged at a later time than --time says it is" },
  { "max-age: 2d", FALSE, 0, TRUE, 3 * DAY, "p:3:1: no --time says how old the report is" },
  { "max-age: 2d", TRUE, 5 * DAY, FALSE, 0,
    "p:3:1: the image was judged without --time, so that nobody can tell how old that is" },
  { "max-age: 213503982334601d", TRUE, G_MAXINT64, TRUE, 0, NULL },
};

static void
times_are_held (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
    {
      g_autoptr (Build) build = make (&(File){ 0 });
      const AssayPolicyCase at = { .has_time = times[i].has_time,
                                   .time_s = times[i].time_s,
                                   .was_timed = times[i].was_timed,
                                   .judged_s = times[i].judged_s };
      g_autoptr (GPtrArray) failures = hold (times[i].policy, build, &at);
      assert_int_equal (failures->len, times[i].failure != NULL);
      if (times[i].failure != NULL)
        assert_string_equal (g_ptr_array_index (failures, 0), times[i].failure);
      g_ptr_array_unref (build->account.grants);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (each_kind_is_found),
    cmocka_unit_test (many_are_counted),
    cmocka_unit_test (times_are_held),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
