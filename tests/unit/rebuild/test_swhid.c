#include "recipe_maker.h"

#include "rebuild/swhid.h"

static char *
swhid (const Maker *maker, const char *name)
{
  g_autofree char *path = maker_path (maker, name);
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, &error);
  assert_non_null (directory);
  char *text = assay_swhid_of_directory (directory, &error);
  if (text == NULL)
    fail_msg ("%s", error->message);
  return text;
}

static void
an_empty_directory_is_the_empty_tree (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  maker_shell (maker, "mkdir e");
  g_autofree char *text = swhid (maker, "e");
  assert_string_equal (text, "swh:1:dir:4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void
it_is_what_git_writes (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autofree char *expected = NULL, *path = NULL, *text = NULL, *full = NULL;
  /* names that sort otherwise with a slash behind them, links, modes, an empty file, deep directories, names that are
   * not UTF-8 */
  maker_shell (maker, "mkdir -p t/a t/a-b t/ab/c/d/e; echo 1 > t/a/x; echo 2 > t/a.c; echo 3 > t/a-b/y; echo 4 > "
                      "t/ab/c/d/e/z; echo 5 > t/a0\n"
                      ": > t/empty; echo r > t/run; chmod 755 t/run; echo g > t/group; chmod 654 t/group; ln -s a/x "
                      "t/link; ln -s / t/root\n"
                      "printf n > \"t/$(printf '\\377')\"; head -c 300000 /dev/urandom > t/large\n"
                      "export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1; cp -r t g; cd g; git init -q; git add "
                      ".; git write-tree > ../tree");
  path = maker_path (maker, "tree");
  assert_true (g_file_get_contents (path, &expected, NULL, NULL));
  g_strchomp (expected);
  full = g_strconcat ("swh:1:dir:", expected, NULL);
  text = swhid (maker, "t");
  assert_string_equal (text, full);
}

static void
empty_directories_count (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  /* git mktree takes what git add leaves out */
  g_autofree char *expected = NULL, *path = NULL, *text = NULL, *full = NULL;
  maker_shell (maker,
               "mkdir -p t/hollow; git init -q g; cd g; git mktree < /dev/null > /dev/null\n"
               "printf '040000 tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\\thollow\\n' | git mktree > ../tree");
  path = maker_path (maker, "tree");
  assert_true (g_file_get_contents (path, &expected, NULL, NULL));
  g_strchomp (expected);
  full = g_strconcat ("swh:1:dir:", expected, NULL);
  text = swhid (maker, "t");
  assert_string_equal (text, full);
}

static void
devices_have_no_name (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = maker_path (maker, "t");
  maker_shell (maker, "mkdir t; mkfifo t/fifo");
  g_autoptr (AssayDirectory) directory = assay_directory_open (path, &error);
  assert_null (assay_swhid_of_directory (directory, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED));
}

static int
run (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (an_empty_directory_is_the_empty_tree),
    cmocka_unit_test (it_is_what_git_writes),
    cmocka_unit_test (empty_directories_count),
    cmocka_unit_test (devices_have_no_name),
  };
  return cmocka_run_group_tests_name ("swhid", tests, NULL, NULL);
}

int
main (void)
{
  return both_users_run (run) != 0;
}
