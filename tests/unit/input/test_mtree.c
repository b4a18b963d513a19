#include "samples.h"

#include "input/mtree.h"

/* What mtree(5) says of entries, in the forms in which others write it, and what is none. */

static GPtrArray *
parse_with (const char *text, gsize length, guint64 entries, GError **error)
{
  AssayLimits limits;
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_ENTRIES] = entries;
  return assay_mtree_parse ("t", bytes, &limits, error);
}

static GPtrArray *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *entries = parse_with (text, strlen (text), 100, &error);
  if (entries == NULL)
    fail_msg ("%s\n%s", error->message, text);
  return entries;
}

static int
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* `PATH TYPE[?] FACT=VALUE…` of each entry, by line. */
static char *
shown (const char *text)
{
  g_autoptr (GPtrArray) entries = parse (text);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayMtreeEntry *entry = g_ptr_array_index (entries, i);
      g_autoptr (GPtrArray) facts = g_ptr_array_new_with_free_func (g_free);
      GHashTableIter iterator;
      gpointer name, value;
      g_hash_table_iter_init (&iterator, entry->facts);
      while (g_hash_table_iter_next (&iterator, &name, &value))
        g_ptr_array_add (facts, g_strdup_printf (" %s=%s", (const char *)name, (const char *)value));
      g_ptr_array_sort (facts, by_text);
      g_string_append_printf (out, "%s%s %o%s", i > 0 ? "\n" : "", entry->path, entry->type_bits,
                              entry->is_optional ? "?" : "");
      for (guint j = 0; j < facts->len; j++)
        g_string_append (out, g_ptr_array_index (facts, j));
    }
  return g_string_free (out, FALSE);
}

static void
assert_says (const char *text, const char *wanted)
{
  g_autofree char *said = shown (text);
  assert_string_equal (said, wanted);
}

static void
full_paths_stand_by_themselves (void **state)
{
  assert_says ("#mtree\n"
               ". type=dir mode=755\n"
               "./a type=dir\n"
               "./a/b\\040\\043c type=file mode=4755 uid=7 gid=8 uname=x gname=y time=1.0 size=3 sha256digest=00\n"
               "\ta/l type=link link=../\\134\n"
               "b/n type=char device=native,1,3\n"
               "b/s type=socket",
               " 40000 mode=00755\n"
               "a 40000\n"
               "a/b #c 100000 gid=8 group=y mode=04755 uid=7 user=x\n"
               "a/l 120000 link=../\\\\\n"
               "b/n 20000 device=1:3\n"
               "b/s 140000");
  assert_says ("/. type=dir uid=0\n", " 40000 uid=0");
}

static void
names_stand_in_the_directory_before_them (void **state)
{
  assert_says ("/set type=file uid=0 mode=00644 nlink=1 flags=none\n"
               ".               type=dir mode=00755\n"
               "    a           size=1 \\\n"
               "                time=2.0\n"
               "\n"
               "# ./d\n"
               "/set mode=00600\n"
               "d               type=dir mode=00700\n"
               "    e           type=dir mode=00701\n"
               "        f\n"
               "    ..\n"
               "    g           mode=0\n"
               "# ./d\n"
               "..\n"
               "/unset uid mode\n"
               "h\n"
               "./full/x        type=dir\n"
               "i\n"
               "/unset all\n"
               "j\n"
               "..\n"
               "\n",
               " 40000 mode=00755 uid=0\n"
               "a 100000 mode=00644 uid=0\n"
               "d 40000 mode=00700 uid=0\n"
               "d/e 40000 mode=00701 uid=0\n"
               "d/e/f 100000 mode=00600 uid=0\n"
               "d/g 100000 mode=00000 uid=0\n"
               "h 100000\n"
               "full/x 40000\n"
               "i 100000\n"
               "j 0");
  /* those that begin without the tree's own directory */
  assert_says ("a type=dir\nb\n..\nc\n", "a 40000\na/b 0\nc 0");
}

static void
owners_are_told_as_in_a_line_of_a_recipe (void **state)
{
  assert_says ("./a uname=root gname=root\n./b uname=root uid=5\n./c uname=x\\040y\n./d uid=18446744073709551615\n",
               "a 0 gid=0 group=root uid=0 user=root\n"
               "b 0 uid=5 user=root\n"
               "c 0 user=x y\n"
               "d 0 uid=18446744073709551615");
  assert_says ("/set uname=root\n./a\n./b uname=x\n", "a 0 uid=0 user=root\nb 0 user=x");
}

static void
keywords_that_ask_for_less_give_less (void **state)
{
  assert_says ("./a optional mode=644\n./b nochange mode=644 type=file uname=root\n"
               "/set optional\n./c\n/unset optional\n./d ignore tags=x,y flags=none\n./e flags=\n",
               "a 0? mode=00644\nb 0\nc 0?\nd 0\ne 0");
}

static void
devices_have_several_forms (void **state)
{
  assert_says ("./a device=linux,8,0x101\n./b type=block device=0x801\n./c device=2049\n./d device=freebsd,010,1\n",
               "a 0 device=8:257\nb 60000 device=8:1\nc 0 device=8:1\nd 0 device=8:1");
}

static void
names_are_raw_bytes_and_no_patterns (void **state)
{
  assert_says (
      "./\\303\\244\\001 uid=1\n./\xc3\xa4 uid=2\n./[a*?] uid=3\n./n\\M-C\\M-$\\^A\\\\z uid=4\n./\\^?\\M^A\\s\\t\n"
      "./x\\M-C\\M-#y\n./\\#\n./l type=link link=\\001\\377\n",
      "\303\244\001 0 uid=1\n\xc3\xa4 0 uid=2\n[a*?] 0 uid=3\nn\xc3\xa4\001\\z 0 uid=4\n\x7f\x81 \t 0\n"
      "x\xc3\xa3y 0\n# 0\nl 120000 link=\\x01\\xFF");
}

static void
one_entry_stands_there_once (void **state)
{
  assert_says ("./a uid=1 mode=644\n./b\na mode=00644 uid=1 \n.\n.\n", "a 0 mode=00644 uid=1\nb 0\n 40000");
}

static void
text_that_is_none_is_refused_with_its_line (void **state)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "t:1: no entry stands here" },
    { "#mtree\n/set uid=0\n..\n", "t:3: `..` leaves the tree" },
    { ".\n..\n..\n", "t:3: `..` leaves the tree" },
    { ".\n..\na\n", "t:3: a name behind the `..` that left the tree" },
    { ".\n..\n.\n", "t:3: `.` stands for the tree's own directory alone" },
    { "a type=dir\n.\n", "t:2: `.` stands for the tree's own directory alone" },
    { ". type=file\n", "t:1: `.` is the tree's own directory, and no file" },
    { ".\n.. x\n", "t:2: nothing may stand behind `..`" },
    { "/a\n", "t:1: `/a` is neither `/set` nor `/unset`" },
    { "/settle uid=0\n", "t:1: `/settle` is neither" },
    { "./a/../b\n", "t:1: `..` is no name" },
    { "./a/./b\n", "t:1: `.` is no name" },
    { "./a//b\n", "t:1: `` is no name" },
    { "./a/\n", "t:1: `` is no name" },
    { "a\\057b\n", "t:1: `a\\\\057b` is no name" },
    { "./\\056\\056\n", "t:1: `\\\\056\\\\056` is no name" },
    { "./a\\000b\n", "t:1: `a\\\\000b` is no name" },
    { "./a\\1\n", "t:1: `a\\\\1` has an escape that is none of vis(3), at byte 2" },
    { "./a\\400\n", "t:1: `a\\\\400` has an escape" },
    { "./a\\M-\n", "t:1: `a\\\\M-` has an escape" },
    { "./a\\q\n", "t:1: `a\\\\q` has an escape" },
    { "./a\\ b\n", "t:1: `a\\\\` has an escape" },
    { "./a # x\n", "t:1: a comment has a line of its own" },
    { "./a\\\\# x\n", "t:1: a comment has a line of its own" },
    { "./a mode=644 \\\n# x\n", "t:1: a comment has a line of its own" },
    { "./a\r\n", "t:1: the byte 0x0d may not stand here" },
    { "./a mode=644 \\\n", "t:1: this line goes on, and nothing follows" },
    { "./a mode=644 \\", "t:1: this line goes on, and nothing follows" },
    { "./l type=link link=q\\M-\\\n./b\n", "t:1: whether this line goes on cannot be told" },
    { "./a\n\n# x\n./b \\\n  \\\n  mode=9\n", "t:4: `9` of `mode` is not a mode of octal digits" },
    { "./a mode=10000\n", "t:1: `10000` of `mode` is not a mode" },
    { "./a mode=u+s\n", "t:1: `u+s` of `mode` is not a mode" },
    { "./a mode=\n", "t:1: `` of `mode` is not a mode" },
    { "./a mode\n", "t:1: `` of `mode` is not a mode" },
    { "./a type=door\n", "t:1: `door` of `type` is not one of file, dir" },
    { "./a uid=-2\n", "t:1: `-2` of `uid` is not a decimal number" },
    { "./a uid=00\n", "t:1: `00` of `uid` is not a decimal number" },
    { "./a gid=18446744073709551616\n", "t:1: `18446744073709551616` of `gid` is not a decimal" },
    { "./a uname=0\n", "t:1: `0` of `uname` is not a name; a number is written as `uid`" },
    { "./a gname=\n", "t:1: `` of `gname` is not a name" },
    { "./a uname=\\000\n", "t:1: `\\\\000` of `uname` is not a name" },
    { "./a device=native,1\n", "t:1: `native,1` of `device` is not a device as native,MAJOR,MINOR" },
    { "./a device=native,1,2,3\n", "t:1: `native,1,2,3` of `device` is not" },
    { "./a device=plan9,1,2\n", "t:1: `plan9,1,2` of `device` is not" },
    { "./a device=0x100000000\n", "t:1: `0x100000000` of `device` is not" },
    { "./a type=file device=native,1,2\n", "t:1: `device` is of a `type=char` or `type=block`, and this is a file" },
    { "./a type=dir link=x\n", "t:1: `link` is of a `type=link`, and this is a dir" },
    { "/set link=x\n", "t:1: `link` is of one entry, and no value for all" },
    { "/set device=native,1,2\n", "t:1: `device` is of one entry, and no value for all" },
    { "/unset uid=0\n", "t:1: `uid=0` is no keyword that is known" },
    { "./a optional=yes\n", "t:1: `optional` has no value" },
    { "./a mode=644 mode=644\n", "t:1: `mode` stands here twice" },
    { "./a flags=schg\n", "t:1: flags are not judged, and only `flags=none` may stand here, not `schg`" },
    { "./a acl=x\n", "t:1: `acl` is no keyword that is known; doc/recipe.md lists" },
    { "./a Mode=644\n", "t:1: `Mode` is no keyword that is known" },
    { "./a uid=1\n./b\na uid=2\n", "t:3: this entry stands at line 1 already, where something else is said of it" },
    { "./a uid=1\n./a uid=1 type=file\n", "t:2: this entry stands at line 1 already" },
    { "./a uid=1\n./a uid=1 optional\n", "t:2: this entry stands at line 1 already" },
    { ".\n.  mode=755\n", "t:2: this entry stands at line 1 already" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) entries = parse_with (cases[i].text, strlen (cases[i].text), 100, &error);
      if (entries != NULL)
        fail_msg ("accepted: %s", cases[i].text);
      if (!g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE)
          || !g_str_has_prefix (error->message, cases[i].message))
        fail_msg ("%s\n  gives   %s\n  and not %s", cases[i].text, error->message, cases[i].message);
    }
}

static void
what_exceeds_a_limit_says_so (void **state)
{
  g_autoptr (GError) error = NULL;
  static const char nul[] = "./a\0b\n";
  assert_null (parse_with ("./a\n./b\n./c\n", 12, 2, &error));
  assert_string_equal (error->message, "limit entries (2 entries) hit: t:3");
  assert_fails (FALSE, ASSAY_ERROR_LIMIT, error);
  g_clear_error (&error);
  g_autofree char *name = g_strnfill (4097, 'a');
  assert_null (parse_with (name, 4097, 9, &error));
  assert_string_equal (error->message, "limit name-bytes (4096 bytes) hit: t:1");
  g_clear_error (&error);
  g_autoptr (GString) deep = g_string_new (NULL);
  for (guint i = 0; i < 3000; i++)
    g_string_append (deep, "a type=dir\n");
  assert_null (parse_with (deep->str, deep->len, 9000, &error));
  assert_string_equal (error->message, "limit name-bytes (4096 bytes) hit: t:2049");
  g_clear_error (&error);
  g_autofree char *line = g_strnfill (ASSAY_MTREE_MAX_LINE_BYTES + 1, ' ');
  assert_null (parse_with (line, ASSAY_MTREE_MAX_LINE_BYTES + 1, 9, &error));
  assert_string_equal (error->message, "t:1: a line with more than 65536 bytes");
  g_clear_error (&error);
  assert_null (parse_with (nul, sizeof nul - 1, 9, &error));
  assert_string_equal (error->message,
                       "t:1: the byte 0x00 may not stand here: lines end in a line feed alone, and names "
                       "are escaped as vis(3) does");
}

/* A short text that stands for many bytes: what lies in one deep directory. */
static void
paths_are_bounded_together (void **state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *name = g_strnfill (2000, 'd');
  g_string_append_printf (text, "%s type=dir\n%s type=dir\n/set type=file\n", name, name);
  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "%u\n", i);
  assert_null (parse_with (text->str, text->len, 200000, &error));
  assert_true (g_str_has_suffix (error->message, ": paths with more than 64 MiB together"));
}

/* Those of which the same is said have it once. */
static void
facts_are_shared (void **state)
{
  g_autoptr (GPtrArray) entries = parse ("/set uid=0 mode=644\n./a\n./b mode=00644\n./c mode=600\n");
  const AssayMtreeEntry *a = g_ptr_array_index (entries, 0);
  const AssayMtreeEntry *b = g_ptr_array_index (entries, 1);
  const AssayMtreeEntry *c = g_ptr_array_index (entries, 2);
  assert_ptr_equal (a->facts, b->facts);
  assert_ptr_not_equal (a->facts, c->facts);
  assert_int_equal (c->line, 4);
}

/* --- as a recipe has them --- */

#define HEAD                                                                                                           \
  "recipe: 1\nproduct: a\nsource: [{directory: .}]\npath: /build/a\nsteps: [a]\noutputs: [{from: a}]\nentries:\n"

static AssayRecipe *
load (const Scratch *scratch, const char *entries, GError **error)
{
  g_autofree char *path = g_build_filename (scratch->path, "r.yaml", NULL);
  g_autofree char *whole = g_strconcat (HEAD, entries, NULL);
  scratch_write (scratch, "r.yaml", whole);
  return assay_recipe_load (path, error);
}

static gboolean
read_mtrees (AssayRecipe *recipe, GError **error)
{
  AssayLimits limits;
  g_autoptr (GArray) digests = NULL;
  assay_limits_init (&limits);
  return assay_recipe_check_inputs (recipe, &digests, error)
         && assay_recipe_read_mtrees (recipe, digests, &limits, error);
}

static void
node_paths_begin_where_the_tree_stands (void **state)
{
  static const struct
  {
    const char *at;
    const char *paths;
  } cases[] = { { "", "%2E . a%2523b/%23c" },
                { ", at: .", "%2E . a%2523b/%23c" },
                { ", at: \"rootfs//\"", "rootfs//%2E rootfs//a%2523b/%23c" },
                { ", at: rootfs", "rootfs//%2E rootfs//a%2523b/%23c" },
                { ", at: \"rootfs//usr/\"", "rootfs//usr rootfs//usr/a%2523b/%23c" } };
  scratch_write (*state, "m", ". type=dir\n./a%23b/\\043c uid=0\n");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *item = g_strdup_printf ("  - {mtree: m%s}\n", cases[i].at);
      g_autoptr (AssayRecipe) recipe = load (*state, item, &error);
      g_autoptr (GString) paths = g_string_new (NULL);
      if (recipe == NULL || !read_mtrees (recipe, &error))
        fail_msg ("%s: %s", cases[i].at, error->message);
      for (guint j = 0; j < recipe->entries->len; j++)
        {
          const AssayRecipeEntry *entry = g_ptr_array_index (recipe->entries, j);
          g_string_append_printf (paths, "%s%s", j > 0 ? " " : "", entry->at);
          assert_ptr_equal (entry->mtree, g_ptr_array_index (recipe->mtrees, 0));
          assert_int_equal (entry->is_tree, g_str_has_suffix (entry->at, "%2E") || strcmp (entry->at, ".") == 0);
        }
      assert_string_equal (paths->str, cases[i].paths);
    }
}

static void
what_contradicts_is_refused (void **state)
{
  static const struct
  {
    const char *entries;
    const char *message;
  } cases[] = {
    { "  - {at: x, uid: 1}\n  - {mtree: m}\n", "/m:2: `uid` is `0` here, and `1` at " },
    { "  - {mtree: m}\n  - {mtree: n}\n", "/n:1: of this entry " },
    { "  - {at: x, uid: 1}\n  - {at: x, mode: \"600\", uid: 2}\n", "/r.yaml:9:5: `uid` is `2` here, and `1` at " },
    { "  - {mtree: m, mode: \"600\"}\n", "/r.yaml:8:5: a `mtree` has `sha256` and `at` beside it and no fact" },
    { "  - {mtree: m, at: \"fs*//\"}\n", "/r.yaml:8:20: `fs*//` is not the path of one tree, which is no glob" },
    { "  - {sha256: " HEX_A "}\n", "/r.yaml:8:5: the key `at` is missing in an entry" },
    { "  - {at: x, uid: 1, sha256: " HEX_A "}\n", "/r.yaml:8:29: `sha256` is of a `mtree`, and there is none" },
    { "  - {mtree: o}\n", "/r.yaml:8:13: mtree o: cannot open o" },
  };
  scratch_write (*state, "m", "./y uid=0\n./x uid=0\n");
  scratch_write (*state, "n", "./x uid=0 mode=644\n");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayRecipe) recipe = load (*state, cases[i].entries, &error);
      guint lines = recipe == NULL ? 0 : recipe->entries->len;
      if (recipe != NULL && read_mtrees (recipe, &error))
        fail_msg ("accepted: %s", cases[i].entries);
      if (!g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE) || strstr (error->message, cases[i].message) == NULL)
        fail_msg ("%s\n  gives   %s\n  and not %s", cases[i].entries, error->message, cases[i].message);
      assert_true (recipe == NULL || recipe->entries->len == lines);
    }
}

static void
what_agrees_is_taken (void **state)
{
  g_autoptr (GError) error = NULL;
  scratch_write (*state, "m", "./y uid=0\n./x uid=0\n");
  scratch_write (*state, "n", "./x uid=0\n./z*\n");
  g_autoptr (AssayRecipe) recipe = load (*state,
                                         "  - {at: x, uid: 0, mode: \"600\"}\n  - {at: \"z*\", uid: 1}\n"
                                         "  - {mtree: m}\n  - {mtree: n}\n  - {at: x, link: y}\n",
                                         &error);
  assert_non_null (recipe);
  assert_true (read_mtrees (recipe, &error));
  assert_int_equal (recipe->entries->len, 6);
}

static void
only_what_was_digested_is_read (void **state)
{
  AssayLimits limits;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) digests = NULL;
  assay_limits_init (&limits);
  scratch_write (*state, "m", "./x uid=0\n");
  g_autoptr (AssayRecipe) recipe = load (*state, "  - {mtree: m}\n", &error);
  assert_true (assay_recipe_check_inputs (recipe, &digests, &error));
  scratch_write (*state, "m", "./x uid=1\n");
  assert_false (assay_recipe_read_mtrees (recipe, digests, &limits, &error));
  assert_int_equal (recipe->entries->len, 0);
  assert_fails (FALSE, ASSAY_ERROR_CHANGED, error);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (full_paths_stand_by_themselves),
    cmocka_unit_test (names_stand_in_the_directory_before_them),
    cmocka_unit_test (owners_are_told_as_in_a_line_of_a_recipe),
    cmocka_unit_test (keywords_that_ask_for_less_give_less),
    cmocka_unit_test (devices_have_several_forms),
    cmocka_unit_test (names_are_raw_bytes_and_no_patterns),
    cmocka_unit_test (one_entry_stands_there_once),
    cmocka_unit_test (text_that_is_none_is_refused_with_its_line),
    cmocka_unit_test (what_exceeds_a_limit_says_so),
    cmocka_unit_test (paths_are_bounded_together),
    cmocka_unit_test (facts_are_shared),
    cmocka_unit_test_setup_teardown (node_paths_begin_where_the_tree_stands, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_contradicts_is_refused, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_agrees_is_taken, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (only_what_was_digested_is_read, scratch_setup, scratch_teardown),
  };
  return cmocka_run_group_tests_name ("input/mtree", tests, NULL, NULL);
}
