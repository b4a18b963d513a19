#include "scratch.h"

#include "util/text.h"

static const struct
{
  const char *glob;
  const char *path;
  gboolean matches;
} cases[] = {
  { "a", "a", TRUE },
  { "a", "b", FALSE },
  { "a", "ab", FALSE },
  { "ab", "a", FALSE },
  { "", "", TRUE },
  { "", "a", FALSE },
  { "*", "", TRUE },
  { "*", "abc", TRUE },
  { "*", "a/b", FALSE },
  { "*", "a//b", FALSE },
  { "*", ".", FALSE },
  { ".", ".", TRUE },
  { "**", ".", TRUE },
  { "**/*", ".", FALSE },
  { "**", "a/b//c", TRUE },
  { "**", "", TRUE },
  { "*/x", "a/x", TRUE },
  { "*/x", "a//x", FALSE },
  { "*//x", "a//x", TRUE },
  { "a*c", "abbbc", TRUE },
  { "a*c", "ab/c", FALSE },
  { "a**c", "ab/x//c", TRUE },
  { "**/x", "x", TRUE },
  { "**/x", "a/x", TRUE },
  { "**/x", "a//b/x", TRUE },
  { "**/x", "a//x", TRUE },
  { "**/x", "ax", FALSE },
  { "**/x", "/x", TRUE },
  { "a/**/b", "a/b", FALSE }, /* only a leading one may vanish */
  { "a/**/b", "a/x/b", TRUE },
  { "rootfs//**", "rootfs//usr/bin/su", TRUE },
  { "rootfs//**", "rootfs", FALSE },
  { "rootfs**", "rootfs", TRUE },
  { "rootfs//usr/bin/*", "rootfs//usr/bin/su", TRUE },
  { "rootfs//usr/bin/*", "rootfs//usr/bin/su//#gzip", FALSE },
  { "?", "a", FALSE }, /* stands for itself, as all else does */
  { "?", "?", TRUE },
  { "[abc]", "b", FALSE },
  { "[abc]", "[abc]", TRUE },
  { "www/[id]*.js", "www/[id].js", TRUE },
  { "www/[id]*.js", "www/i.js", FALSE },
  { "[a", "[a", TRUE },
  { "{a,b}", "a", FALSE },
  { "*.ko", "x.ko", TRUE },
  { "*.ko", ".ko", TRUE },
  { "***", "a/b", TRUE },
  { "**a**b**", "xxa//yyb", TRUE },
  { "**a**b**", "xxb//yya", FALSE },
  { "\\*", "\\x", TRUE }, /* no escapes: a backslash is itself */
  { "a.b", "axb", FALSE },
  { "#gzip", "#gzip", TRUE },
};

static void
globs_match_as_the_contract_says (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (assay_text_glob_matches (cases[i].glob, cases[i].path) != cases[i].matches)
      fail_msg ("'%s' against '%s': expected %d", cases[i].glob, cases[i].path, cases[i].matches);
}

/* The rules once more, written the slow way. */
static gboolean
slow_match (const char *glob, const char *path)
{
  if (glob[0] == '*' && glob[1] == '*')
    return slow_match (glob + 2, path) || (*path != '\0' && slow_match (glob, path + 1));
  if (*glob == '*')
    return slow_match (glob + 1, path) || (*path != '\0' && *path != '/' && slow_match (glob, path + 1));
  if (*glob == '\0' || *path == '\0')
    return *glob == *path;
  return *glob == *path && slow_match (glob + 1, path + 1);
}

static gboolean
slow_matches (const char *glob, const char *path)
{
  if (strcmp (path, ".") == 0)
    return strcmp (glob, ".") == 0 || strcmp (glob, "**") == 0;
  return slow_match (glob, path) || (g_str_has_prefix (glob, "**/") && slow_match (glob + 3, path));
}

static void
random_text (GRand *random, const char *alphabet, char *out, gsize size)
{
  gsize length = (gsize)g_rand_int_range (random, 0, (gint32)size);
  for (gsize i = 0; i < length; i++)
    out[i] = alphabet[g_rand_int_range (random, 0, (gint32)strlen (alphabet))];
  out[length] = '\0';
}

static void
agrees_with_backtracking (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  for (guint round = 0; round < 100000; round++)
    {
      char glob[9], path[11];
      random_text (random, "**?/a.", glob, sizeof glob);
      random_text (random, "//aa.b", path, sizeof path);
      if (assay_text_glob_matches (glob, path) != slow_matches (glob, path))
        fail_msg ("'%s' against '%s': expected %d", glob, path, slow_matches (glob, path));
    }
}

/* Backtracking would need longer than the universe is old. */
static void
hostile_paths_cost_no_more_than_their_length (void **state)
{
  g_autofree char *path = g_strnfill (32768, 'a');
  GString *glob = g_string_new (NULL);
  for (guint i = 0; i < 100; i++)
    g_string_append (glob, "*a");
  g_string_append_c (glob, 'b');
  assert_false (assay_text_glob_matches (glob->str, path));
  g_string_truncate (glob, 0);
  for (guint i = 0; i < 300; i++)
    g_string_append (glob, "**a");
  assert_true (assay_text_glob_matches (glob->str, path));
  g_string_free (glob, TRUE);
  g_autofree char *stars = g_strnfill (ASSAY_GLOB_MAX_BYTES, '*');
  for (guint i = 0; i < 100; i++)
    assert_true (assay_text_glob_matches (stars, path));
  g_autofree char *more = g_strconcat (stars, "*", NULL);
  assert_false (assay_text_glob_matches (more, path));
  assert_true (assay_text_glob_matches (path, path));
}

static void
globs_say_what_they_may_find_in_a_container (void **state)
{
  static const struct
  {
    const char *glob;
    const char *container;
    gboolean enters;
  } entered[] = {
    { "a.tar//bin/app", "a.tar", TRUE },
    { "a.tar//bin/app", "b.tar", FALSE },
    { "a.tar", "a.tar", FALSE },
    { "*.tar//x", "b.tar", TRUE },
    { "bin/**", "bin/a.tar", TRUE },
    { "bin/*", "bin/a.tar", FALSE },
    { "**/app", "any/where.tar", TRUE },
    { "bin/app", "bin", FALSE },
    { "a.tar//b.gz//#gzip", "a.tar//b.gz", TRUE },
    { "bin/app", ".", TRUE },
    { ".", ".", FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (entered); i++)
    {
      char *const globs[] = { (char *)entered[i].glob, NULL };
      if (assay_text_any_glob_enters (globs, entered[i].container) != entered[i].enters)
        fail_msg ("'%s' in '%s': expected %d", entered[i].glob, entered[i].container, entered[i].enters);
    }
}

static void
long_globs_match_too (void **state)
{
  for (guint length = 250; length < 262; length++)
    {
      g_autofree char *path = g_strnfill (length, 'x');
      g_autofree char *glob = g_strdup (path);
      assert_true (assay_text_glob_matches (glob, path));
      glob[length - 1] = '*';
      assert_true (assay_text_glob_matches (glob, path));
      glob[length - 1] = 'y';
      assert_false (assay_text_glob_matches (glob, path));
    }
}

static void
globs_are_told_from_literals (void **state)
{
  assert_true (assay_text_has_glob ("a*"));
  assert_true (assay_text_has_glob ("a/**"));
  assert_false (assay_text_has_glob ("www/[id].js?"));
  assert_false (assay_text_has_glob ("rootfs//usr/bin/su#2]"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (globs_match_as_the_contract_says),
    cmocka_unit_test (agrees_with_backtracking),
    cmocka_unit_test (hostile_paths_cost_no_more_than_their_length),
    cmocka_unit_test (globs_say_what_they_may_find_in_a_container),
    cmocka_unit_test (long_globs_match_too),
    cmocka_unit_test (globs_are_told_from_literals),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
