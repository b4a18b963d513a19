#include "recipe_maker.h"

#include "rebuild/visible.h"

#include <string.h>

/** What a walk came by, a line each, beneath the folder; directories end in a slash. */
typedef struct
{
  GString *seen;
  gsize skip;
} Seen;

static gboolean
note (const char *path, const struct stat *status, gpointer data, GError **error)
{
  Seen *seen = data;
  g_string_append_printf (seen->seen, "%s%s\n", path + seen->skip, S_ISDIR (status->st_mode) ? "/" : "");
  return TRUE;
}

static gboolean
walk (const Maker *maker, const char *name, GString *out, GError **error)
{
  g_autofree char *path = maker_path (maker, name);
  Seen seen = { out, strlen (path) };
  return assay_visible_walk (path, "the tree", note, &seen, error);
}

static void
files_and_directories_come_in_the_order_of_their_names (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  maker_shell (maker, "mkdir -p t/b/c t/a; : > t/b/z; : > t/b/c/y; : > t/B; printf n > \"t/$(printf '\\377')\"; "
                      "mkfifo t/pipe; ln -s / t/root; ln -s b t/link; ln -s t top");
  assert_true (walk (maker, "t", seen, &error));
  assert_string_equal (seen->str, "/\n/B\n/a/\n/b/\n/b/c/\n/b/c/y\n/b/z\n/\377\n");
  g_string_truncate (seen, 0);
  /* the path itself may be a link */
  assert_true (walk (maker, "top", seen, &error));
  assert_string_equal (seen->str, "/\n/B\n/a/\n/b/\n/b/c/\n/b/c/y\n/b/z\n/\377\n");
  g_string_truncate (seen, 0);
  assert_true (walk (maker, "t/B", seen, &error));
  assert_string_equal (seen->str, "\n");
}

static void
what_is_not_there_holds_nothing (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  assert_true (walk (maker, "none", seen, &error));
  assert_string_equal (seen->str, "");
}

static void
too_deep_a_tree_is_an_error (void **state)
{
  g_autoptr (Maker) maker = maker_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  maker_shell (maker,
               "p=deep; i=1; while [ $i -lt 512 ]; do p=$p/d; i=$((i + 1)); done; mkdir -p \"$p\"; : > \"$p/f\"");
  assert_true (walk (maker, "deep", seen, &error));
  assert_non_null (strstr (seen->str, "/d/f\n"));
  maker_shell (maker, "cd deep; mkdir below; mv d below/d");
  assert_false (walk (maker, "deep", seen, &error));
  assert_non_null (strstr (error->message, "cannot list the tree: "));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (files_and_directories_come_in_the_order_of_their_names),
    cmocka_unit_test (what_is_not_there_holds_nothing),
    cmocka_unit_test (too_deep_a_tree_is_an_error),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
