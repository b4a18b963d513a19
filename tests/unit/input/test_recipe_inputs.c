#include "samples.h"

#include "crypto/sha256.h"
#include "input/listing.h"

/* One input a line; each test fills in the source list and what follows it. */
#define HEAD "recipe: 1\nproduct: a\npath: /build/a\nsteps: [a]\noutputs: [{from: a}]\n"

static AssayRecipe *
load (const Scratch *scratch, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (scratch->path, "r.yaml", NULL);
  g_autofree char *whole = g_strconcat (HEAD, text, NULL);
  scratch_write (scratch, "r.yaml", whole);
  AssayRecipe *recipe = assay_recipe_load (path, &error);
  if (recipe == NULL)
    fail_msg ("%s", error->message);
  return recipe;
}

static void
make_directory (const Scratch *scratch, const char *name)
{
  g_autofree char *path = g_build_filename (scratch->path, name, NULL);
  assert_int_equal (g_mkdir (path, 0755), 0);
}

static void
assert_text_digest (const AssayInputDigest *digest, const char *text)
{
  AssayDigest wanted;
  assay_sha256_bytes (text, strlen (text), &wanted);
  assert_true (assay_digest_equal (&digest->sha256, &wanted));
}

static void
every_input_is_digested_in_order (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) digests = NULL;
  static const char *const roles[] = { "source", "source", "source", "patch", "input", "input", "toolchain" };
  scratch_write (scratch, "a.tar", "archive");
  scratch_write (scratch, "p", "patch");
  scratch_write (scratch, "cert", "certificate");
  make_directory (scratch, "dir");
  scratch_write (scratch, "dir/f", "x");
  make_directory (scratch, "repo");
  make_directory (scratch, "repo/.git");
  g_autoptr (AssayRecipe) recipe
      = load (scratch, "source: [{archive: a.tar}, {directory: dir}, {git: repo, commit: " COMMIT "}]\n"
                       "patches: [{file: ./p}]\n"
                       "inputs: [{path: cert, at: /inputs/cert}, {path: dir/, at: /inputs/d}]\n"
                       "toolchain: [{archive: repo/../a.tar}]\n");
  assert_true (assay_recipe_check_inputs (recipe, &digests, &error));
  assert_int_equal (digests->len, G_N_ELEMENTS (roles));
  const AssayInputDigest *all = &g_array_index (digests, AssayInputDigest, 0);
  for (guint i = 0; i < digests->len; i++)
    assert_string_equal (all[i].role, roles[i]);
  assert_text_digest (&all[0], "archive");
  assert_ptr_equal (all[0].layer, g_ptr_array_index (recipe->source, 0));
  assert_text_digest (&all[2], "git:89abcdef0123456789abcdef0123456789abcdef");
  assert_text_digest (&all[3], "patch");
  assert_text_digest (&all[4], "certificate");
  assert_text_digest (&all[6], "archive");
  AssayDigest listing;
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (scratch->directory, "dir", &error);
  assert_true (assay_listing_digest (directory, &listing, &error));
  assert_true (assay_digest_equal (&all[1].sha256, &listing));
  assert_true (assay_digest_equal (&all[5].sha256, &listing));
}

/* Of a toolchain the first digest of a run counts: whoever unpacks it digests it again. Sources are many things. */
static void
a_toolchain_is_digested_once_for_all_recipes (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) first = NULL, second = NULL, alone = NULL;
  g_autoptr (GHashTable) toolchains = assay_recipe_toolchains_new ();
  scratch_write (scratch, "a.tar", "archive");
  g_autoptr (AssayRecipe) recipe = load (scratch, "source: [{archive: a.tar}]\ntoolchain: [{archive: a.tar}]\n");
  assert_true (assay_recipe_check_inputs_once (recipe, toolchains, &first, &error));
  scratch_write (scratch, "a.tar", "another");
  assert_true (assay_recipe_check_inputs_once (recipe, toolchains, &second, &error));
  assert_true (assay_recipe_check_inputs (recipe, &alone, &error));
  assert_text_digest (&g_array_index (first, AssayInputDigest, 0), "archive");
  assert_text_digest (&g_array_index (first, AssayInputDigest, 1), "archive");
  assert_text_digest (&g_array_index (second, AssayInputDigest, 0), "another");
  assert_text_digest (&g_array_index (second, AssayInputDigest, 1), "archive");
  assert_text_digest (&g_array_index (alone, AssayInputDigest, 1), "another");
}

/* A listing reads what it does not know, and only that. */
static void
a_listing_uses_what_is_known_of_a_private_tree (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayKnownFiles) known = assay_known_files_new (ASSAY_KNOWN_MOVED);
  AssayDigest first, again, changed, plain;
  make_directory (scratch, "dir");
  scratch_write (scratch, "dir/a", "12345");
  scratch_write (scratch, "dir/b", "");
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (scratch->directory, "dir", &error);
  assert_true (assay_listing_digest_known (directory, known, &first, &error));
  assert_true (assay_listing_digest_known (directory, known, &again, &error));
  assert_true (assay_listing_digest (directory, &plain, &error));
  assert_true (assay_digest_equal (&first, &again));
  assert_true (assay_digest_equal (&first, &plain));
  scratch_write (scratch, "dir/a", "123456");
  assert_true (assay_listing_digest_known (directory, known, &changed, &error));
  assert_true (assay_listing_digest (directory, &plain, &error));
  assert_false (assay_digest_equal (&first, &changed));
  assert_true (assay_digest_equal (&changed, &plain));
}

static void
links_that_a_user_names_are_followed (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) digests = NULL;
  g_autofree char *link = g_build_filename (scratch->path, "link.tar", NULL);
  make_directory (scratch, "cache");
  scratch_write (scratch, "cache/a.tar", "archive");
  assert_int_equal (symlink ("cache/a.tar", link), 0);
  g_autoptr (AssayRecipe) recipe = load (scratch, "source: [{archive: link.tar}]\n");
  assert_true (assay_recipe_check_inputs (recipe, &digests, &error));
  assert_text_digest (&g_array_index (digests, AssayInputDigest, 0), "archive");
}

static void
the_digest_of_the_recipe_must_match (void **state)
{
  const Scratch *scratch = *state;
  static const char archive[] = "source: [{archive: a.tar, sha256: %s}]\n";
  static const char directory[] = "source: [{archive: a.tar}]\ninputs: [{path: dir, sha256: %s, at: /inputs/d}]\n";
  scratch_write (scratch, "a.tar", "archive");
  make_directory (scratch, "dir");
  scratch_write (scratch, "dir/x", "");
  const struct
  {
    const char *text;
    const char *prefix;
    const char *content; /* whose digest is the right one: of a directory its listing */
  } cases[] = { { archive, "r.yaml:6:35: source a.tar: its SHA-256 is ", "archive" },
                { directory, "r.yaml:7:30: input dir: its SHA-256 is ",
                  "f 644 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 x\n" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayDigest right;
      char hex[ASSAY_DIGEST_HEX_SIZE];
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) digests = NULL, none = NULL;
      assay_sha256_bytes (cases[i].content, strlen (cases[i].content), &right);
      assay_digest_to_hex (&right, hex);
      g_autofree char *good = change (cases[i].text, "%s", hex);
      g_autofree char *bad = change (cases[i].text, "%s", HEX_A);
      g_autoptr (AssayRecipe) good_recipe = load (scratch, good);
      assert_true (assay_recipe_check_inputs (good_recipe, &digests, &error));
      g_autoptr (AssayRecipe) bad_recipe = load (scratch, bad);
      assert_false (assay_recipe_check_inputs (bad_recipe, &none, &error));
      assert_non_null (strstr (error->message, cases[i].prefix));
      assert_non_null (strstr (error->message, hex));
      assert_non_null (strstr (error->message, "the recipe says " HEX_A));
      assert_fails (FALSE, ASSAY_ERROR_PIN, error);
      assert_null (none);
    }
}

static void
what_is_not_there_or_something_else_is_a_usage_error (void **state)
{
  const Scratch *scratch = *state;
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "source: [{archive: missing.tar}]\n", "r.yaml:6:20: source missing.tar: cannot open missing.tar: No such file" },
    { "source: [{archive: dir}]\n", "r.yaml:6:20: source dir: dir is not a regular file" },
    { "source: [{archive: fifo}]\n", "r.yaml:6:20: source fifo: fifo is not a regular file" },
    { "source: [{directory: missing}]\n", "r.yaml:6:22: source missing: cannot open directory " },
    { "source: [{directory: a.tar}]\n", "r.yaml:6:22: source a.tar: cannot open directory " },
    { "source: [{git: missing, commit: " COMMIT "}]\n", "r.yaml:6:16: source missing: cannot open directory " },
    { "source: [{git: dir, commit: " COMMIT "}]\n", "r.yaml:6:16: source dir: dir is no git repository" },
    { "source: [{archive: a.tar}]\npatches:\n  - {file: p}\n", "r.yaml:8:12: patch p: cannot open p" },
    { "source: [{archive: a.tar}]\ninputs: [{path: empty, at: /inputs/d}]\n",
      "r.yaml:7:17: input empty: is an empty directory" },
    { "source: [{archive: a.tar}]\ninputs: [{path: dl, at: /inputs/dl}]\n", "r.yaml:7:17: input dl: cannot open dl" },
    { "source: [{archive: a.tar}]\ntoolchain: [{archive: t}]\n", "r.yaml:7:23: toolchain t: cannot open t" },
    { "source: [{archive: dangling}]\n", "r.yaml:6:20: source dangling: cannot open dangling" },
  };
  g_autofree char *fifo = g_build_filename (scratch->path, "fifo", NULL);
  g_autofree char *dangling = g_build_filename (scratch->path, "dangling", NULL);
  scratch_write (scratch, "a.tar", "archive");
  make_directory (scratch, "dir");
  make_directory (scratch, "empty");
  assert_int_equal (mkfifo (fifo, 0600), 0);
  assert_int_equal (symlink ("nowhere", dangling), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) digests = NULL;
      g_autoptr (AssayRecipe) recipe = load (scratch, cases[i].text);
      assert_false (assay_recipe_check_inputs (recipe, &digests, &error));
      if (error->code != ASSAY_ERROR_USAGE || strstr (error->message, cases[i].message) == NULL)
        fail_msg ("%s: %d %s", cases[i].text, error->code, error->message);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (every_input_is_digested_in_order, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (a_toolchain_is_digested_once_for_all_recipes, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (a_listing_uses_what_is_known_of_a_private_tree, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (links_that_a_user_names_are_followed, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (the_digest_of_the_recipe_must_match, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_is_not_there_or_something_else_is_a_usage_error, scratch_setup,
                                     scratch_teardown),
  };
  return cmocka_run_group_tests_name ("input/recipe_inputs", tests, NULL, NULL);
}
