#include "recipe_maker.h"

#include "rebuild/survey.h"

/* What a source is, and what its files say of how it is built; nothing of it is run. */

static const char tree[]
    = "mkdir -p s-1/lib s-1/debian && cd s-1\n"
      "printf 'O = build\\nPROGRAMS := $(O)/bin/du\\nLIB = $(O)/lib/libphy.so.$(V)\\nall: out/boot.bin "
      "../up/x $(X) tool-2\\n' > Makefile\n"
      "printf 'add_executable (cli main.c)\\n' > CMakeLists.txt\n"
      "printf 'a (1) bookworm; u=m\\n' > debian/changelog\n"
      "echo hidden: debian/secret > debian/rules\n"
      "echo x > lib/a.c; ln -s /etc/passwd lib/passwd\n";

static AssaySurvey *
survey (const Maker *maker, const char *name, GError **error)
{
  AssayLimits limits;
  g_autofree char *path = g_build_filename (assay_private_directory_get_path (maker->directory), name, NULL);
  assay_limits_init (&limits);
  return assay_survey_new (path, &limits, error);
}

static AssaySurvey *
survey_or_fail (const Maker *maker, const char *name)
{
  g_autoptr (GError) error = NULL;
  AssaySurvey *found = survey (maker, name, &error);
  if (found == NULL)
    fail_msg ("%s: %s", name, error->message);
  return found;
}

static void
assert_paths (const AssaySurvey *found, const char *expected)
{
  g_autoptr (GString) joined = g_string_new (NULL);
  for (guint i = 0; i < found->paths->len; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? " " : "", (const char *)found->paths->pdata[i]);
  assert_string_equal (joined->str, expected);
  assert_true (assay_survey_has (found, "lib/a.c"));
  assert_false (assay_survey_has (found, "lib/b.c"));
  assert_false (assay_survey_has (found, "lib/passwd"));
}

static void
all_kinds_of_sources_are_looked_at (void **state)
{
  static const char files[] = "CMakeLists.txt Makefile debian/changelog debian/rules lib/a.c";
  static const struct
  {
    const char *name;
    AssaySourceKind kind;
    guint strip;
    const char *called;
  } sources[] = {
    { "s-1", ASSAY_SOURCE_DIRECTORY, 0, "s-1" },     { "top.tar.xz", ASSAY_SOURCE_ARCHIVE, 1, "s-1" },
    { "flat.tar", ASSAY_SOURCE_ARCHIVE, 0, "flat" }, { "s.zip", ASSAY_SOURCE_ARCHIVE, 1, "s-1" },
    { "git", ASSAY_SOURCE_GIT, 0, "git" },
  };
  g_autoptr (Maker) maker = maker_new ();
  maker_shell (maker, tree);
  maker_shell (maker,
               "tar -cJf top.tar.xz s-1; tar -C s-1 -cf flat.tar .; zip -qry s.zip s-1; ln -s s-1 link\n"
               "tar -cf two.tar s-1 link\n"
               "cp -a s-1 git; cd git; git init -q .; git add .; git -c user.name=a -c user.email=a@b commit -qm x\n"
               "cd ..; git clone -q --bare git bare 2> /dev/null\n");
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (AssaySurvey) found = survey_or_fail (maker, sources[i].name);
      assert_int_equal (found->layer.kind, sources[i].kind);
      assert_int_equal (found->layer.strip, sources[i].strip);
      assert_string_equal (found->name, sources[i].called);
      assert_int_equal (found->layer.has_sha256, sources[i].kind != ASSAY_SOURCE_GIT);
      assert_int_equal (found->layer.commit != NULL, sources[i].kind == ASSAY_SOURCE_GIT);
      assert_null (found->trouble);
      assert_paths (found, files);
      assert_string_equal (assay_survey_get_text (found, "CMakeLists.txt"), "add_executable (cli main.c)\n");
      assert_null (assay_survey_get_text (found, "lib/a.c"));
    }
  /* with `strip: 1` the link would be lost */
  g_autoptr (AssaySurvey) two = survey_or_fail (maker, "two.tar");
  assert_int_equal (two->layer.strip, 0);
  assert_true (assay_survey_has (two, "s-1/Makefile"));
  g_autoptr (AssaySurvey) work = survey_or_fail (maker, "git");
  g_autoptr (AssaySurvey) bare = survey_or_fail (maker, "bare");
  assert_string_equal (bare->layer.commit, work->layer.commit);
  assert_int_equal (bare->paths->len, 0);
  assert_non_null (bare->trouble);
}

static void
what_is_no_source_says_so (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autoptr (GError) error = NULL;
  maker_shell (maker,
               "echo no archive > text; mkdir empty unborn; git init -q unborn; head -c 300 /dev/zero > cut.tar\n"
               "mkdir a; head -c 99999 /dev/urandom > a/b; tar -cf - a | head -c 20000 > part.tar");
  assert_null (survey (maker, "gone", &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE));
  g_clear_error (&error);
  assert_null (survey (maker, "unborn", &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED));
  static const char *const silent[] = { "text", "cut.tar", "part.tar" };
  for (gsize i = 0; i < G_N_ELEMENTS (silent); i++)
    {
      g_autoptr (AssaySurvey) found = survey_or_fail (maker, silent[i]);
      assert_non_null (found->trouble);
      assert_int_equal (found->paths->len, 0);
      assert_true (found->layer.has_sha256);
    }
  g_autoptr (AssaySurvey) empty = survey_or_fail (maker, "empty");
  g_autoptr (GPtrArray) systems = assay_survey_build_systems (empty);
  assert_int_equal (systems->len, 0);
}

static void
build_systems_are_found (void **state)
{
  static const struct
  {
    const char *files;
    const char *first;
    guint count;
  } cases[] = {
    { "Makefile CMakeLists.txt", "Makefile", 2 },
    { "configure Makefile.in configure.ac", "configure", 2 },
    { "Kconfig Makefile", "Kconfig", 2 },
    { "Kconfig", NULL, 0 },
    { "meson.build", "meson.build", 1 },
    { "Cargo.toml", "Cargo.toml", 1 },
    { "sub/Makefile", NULL, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Maker) maker = maker_new ();
      g_autofree char *command
          = g_strdup_printf ("mkdir -p s/sub; cd s; for f in %s; do echo x > $f; done", cases[i].files);
      maker_shell (maker, command);
      g_autoptr (AssaySurvey) found = survey_or_fail (maker, "s");
      g_autoptr (GPtrArray) systems = assay_survey_build_systems (found);
      assert_int_equal (systems->len, cases[i].count);
      if (cases[i].first != NULL)
        assert_string_equal (((const AssayBuildSystem *)g_ptr_array_index (systems, 0))->file, cases[i].first);
    }
}

static void
targets_are_found_by_their_names (void **state)
{
  static const struct
  {
    const char *name;
    const char *from; /* NULL: none */
    guint line;
  } cases[] = {
    { "du", "**/bin/du", 2 },
    { "libphy.so.2.4.1", "**/lib/libphy.so.2.4.1", 3 },
    { "boot.bin", "out/boot.bin", 4 },
    { "x", "**/x", 4 },
    { "tool", NULL, 0 },
    { "tool-2", "**/tool-2", 4 },
    { "cli", "**/cli", 1 },
    { "secret", NULL, 0 },
    { "d*", NULL, 0 },
    { "", NULL, 0 },
    { "libphy.so", NULL, 0 },
  };
  g_autoptr (Maker) maker = maker_new ();
  maker_shell (maker, tree);
  g_autoptr (AssaySurvey) found = survey_or_fail (maker, "s-1");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (AssaySurveyTarget) target = { NULL };
      gboolean known = assay_survey_find_target (found, cases[i].name, &target);
      if (known != (cases[i].from != NULL))
        fail_msg ("%s: %s", cases[i].name, known ? target.from : "not found");
      if (!known)
        continue;
      assert_string_equal (target.from, cases[i].from);
      assert_int_equal (target.line, cases[i].line);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (all_kinds_of_sources_are_looked_at),
    cmocka_unit_test (what_is_no_source_says_so),
    cmocka_unit_test (build_systems_are_found),
    cmocka_unit_test (targets_are_found_by_their_names),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
