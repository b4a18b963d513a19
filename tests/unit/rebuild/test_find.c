#include "recipe_maker.h"

#include "rebuild/find.h"

#include <sys/stat.h>

/* A build tree as a build may leave it; `path` of the recipe is /build/src. */
static Maker *
new_tree (void)
{
  Maker *maker = maker_new ();
  maker_shell (
      maker,
      "mkdir -p src/out/lib src/target/bin other; cd src\n"
      "echo a > out/a.elf; echo b > out/b.elf; echo so > out/lib/x.so; echo c > ../other/c; echo t > target/bin/t\n"
      "ln -s a.elf out/relative; ln -s /build/other/c out/absolute; ln -s /etc/passwd out/passwd; ln -s "
      "../../../../../etc/passwd out/up\n"
      "ln -s nowhere out/dangling; ln -s loop out/loop; ln -s out link; ln -s /buildx out/near; ln -s /build/src/out "
      "out/self\n"
      "mkfifo out/fifo; : > 'out/a*b'; ln -s . again");
  return maker;
}

static GPtrArray *
find (Maker *maker, const char *from, GError **error)
{
  g_autoptr (AssayDirectory) root = assay_directory_open (assay_private_directory_get_path (maker->directory), NULL);
  return assay_find_outputs (root, "/build/src", from, error);
}

static void
finds (const char *from, const char *expected)
{
  g_autoptr (Maker) maker = new_tree ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = find (maker, from, &error);
  g_autoptr (GString) joined = g_string_new (NULL);
  if (found == NULL)
    fail_msg ("%s: %s", from, error->message);
  for (guint i = 0; i < found->len; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? " " : "", (const char *)found->pdata[i]);
  assert_string_equal (joined->str, expected);
}

static void
fails (const char *from, AssayErrorCode code, const char *part)
{
  g_autoptr (Maker) maker = new_tree ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = find (maker, from, &error);
  if (found != NULL)
    fail_msg ("%s was found", from);
  if (!g_error_matches (error, ASSAY_ERROR, (gint)code) || strstr (error->message, part) == NULL)
    fail_msg ("%s: error %d: %s", from, error->code, error->message);
}

static void
literal_paths (void **state)
{
  finds ("out/a.elf", "src/out/a.elf");
  finds ("./out//a.elf", "src/out/a.elf");
  finds ("../other/c", "other/c");
  finds ("out/../out/b.elf", "src/out/b.elf");
  finds ("nothing", "");
  finds ("out/a.elf/nothing", "");
  finds ("out/dangling", "");
}

static void
links_are_resolved_as_they_were_inside (void **state)
{
  finds ("out/relative", "src/out/a.elf");
  finds ("out/absolute", "other/c");
  finds ("link/a.elf", "src/out/a.elf");
  finds ("link/../out/b.elf", "src/out/b.elf");
  finds ("out/self/lib/x.so", "src/out/lib/x.so");
}

static void
nothing_outside_is_found (void **state)
{
  fails ("out/passwd", ASSAY_ERROR_NOT_FOUND, "src/out/passwd leads out of /build");
  fails ("out/up", ASSAY_ERROR_NOT_FOUND, "leads out of /build");
  fails ("out/near", ASSAY_ERROR_NOT_FOUND, "leads out of /build");
  fails ("../../etc/passwd", ASSAY_ERROR_NOT_FOUND, "leads out of /build");
  fails ("out/p*", ASSAY_ERROR_NOT_FOUND, "leads out of /build");
  fails ("out/loop", ASSAY_ERROR_UNSUPPORTED, "loop");
}

static void
trees (void **state)
{
  finds ("target/", "src/target");
  finds ("../", ".");
  finds ("./", "src");
  finds ("link/", "src/out");
  finds ("tar*/", "src/target");
  finds ("nothing/", "");
  fails ("out/a.elf/", ASSAY_ERROR_UNSUPPORTED, "is a file, where `from` means a tree");
}

static void
globs (void **state)
{
  finds ("out/*.elf", "src/out/a.elf src/out/b.elf");
  finds ("out/b*.elf", "src/out/b.elf");
  finds ("**/*.so", "src/out/lib/x.so");
  finds ("link/*.elf", "src/out/a.elf src/out/b.elf");
  finds ("../o*/c", "other/c");
  finds ("out/rel*", "src/out/a.elf");
  finds ("out/a*", "other/c src/out/a*b src/out/a.elf");
  finds ("*.none", "");
  finds ("nothing/*", "");
  fails ("*/../../x", ASSAY_ERROR_UNSUPPORTED, "goes up behind a glob");
}

static void
things_that_are_no_files_are_refused (void **state)
{
  fails ("out/fifo", ASSAY_ERROR_UNSUPPORTED, "is a device, FIFO or socket");
  fails ("out/fi*", ASSAY_ERROR_UNSUPPORTED, "is a device, FIFO or socket");
}

static void
an_output_of_a_rebuild_is_found (void **state)
{
  g_autoptr (Maker) maker = maker_new_small ();
  g_autoptr (GError) error = NULL;
  maker_step (maker, "mkdir -p ../out/deep; echo x > ../out/deep/x; ln -s /build/out/deep/x y; ln -s /etc/passwd z");
  g_autoptr (AssayRebuild) rebuild = maker_succeed (maker);
  g_autoptr (GPtrArray) found = assay_rebuild_find (rebuild, "y", &error);
  assert_non_null (found);
  assert_int_equal (found->len, 1);
  assert_string_equal (found->pdata[0], "out/deep/x");
  assert_null (assay_rebuild_find (rebuild, "z", &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND));
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (literal_paths),
    cmocka_unit_test (links_are_resolved_as_they_were_inside),
    cmocka_unit_test (nothing_outside_is_found),
    cmocka_unit_test (trees),
    cmocka_unit_test (globs),
    cmocka_unit_test (things_that_are_no_files_are_refused),
    cmocka_unit_test (an_output_of_a_rebuild_is_found),
  };
  return cmocka_run_group_tests_name ("find", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
