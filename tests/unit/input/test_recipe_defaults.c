#include "samples.h"

#include "crypto/sha256.h"
#include "input/pinning.h"
#include "input/recipe_files.h"

#define DEFAULTS                                                                                                       \
  "defaults: 1\nlicence: shared\nsource: [{directory: common}]\npath: /build/x\n"                                      \
  "environment: {A: a, B: b}\nlimits: {time: 1h, memory: 1GiB}\nsteps: [one, two]\n"                                   \
  "outputs: [{from: ../out}]\npatches: [{file: p}]\n"
#define RECIPE "recipe: 1\ndefaults: sub/defaults.yaml\nproduct: this\n"

static AssayRecipe *
load (const Scratch *scratch, const char *defaults, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (scratch->path, "r.yaml", NULL);
  g_autofree char *sub = g_build_filename (scratch->path, "sub", NULL);
  g_mkdir (sub, 0755);
  scratch_write (scratch, "sub/defaults.yaml", defaults);
  scratch_write (scratch, "r.yaml", text);
  return assay_recipe_load (path, error);
}

static AssayRecipe *
loaded (const Scratch *scratch, const char *defaults, const char *text)
{
  g_autoptr (GError) error = NULL;
  AssayRecipe *recipe = load (scratch, defaults, text, &error);
  if (recipe == NULL)
    fail_msg ("%s", error->message);
  return recipe;
}

static void
what_is_left_out_is_the_default (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayRecipe) recipe = loaded (scratch, DEFAULTS, RECIPE);
  const AssayRecipeLayer *source = g_ptr_array_index (recipe->source, 0);
  const AssayRecipeLayer *patch = g_ptr_array_index (recipe->patches, 0);
  g_autofree char *common = g_build_filename (scratch->path, "sub", "common", NULL);
  g_autofree char *file = g_build_filename (scratch->path, "sub", "defaults.yaml", NULL);
  assert_string_equal (recipe->product, "this");
  assert_string_equal (recipe->licence, "shared");
  assert_string_equal (source->path, common);
  assert_string_equal (assay_recipe_file_of_layer (recipe, source), file);
  assert_int_equal (source->line, 3);
  assert_int_equal (patch->line, 9);
  assert_string_equal (assay_recipe_file_of_output (recipe, g_ptr_array_index (recipe->outputs, 0)), file);
  assert_string_equal (assay_recipe_file_of_steps (recipe), file);
  assert_int_equal (recipe->steps->len, 2);
  assert_int_equal (g_array_index (recipe->step_lines, int, 0), 7);
  assert_int_equal (recipe->limits.time_s, 3600);
}

static void
the_recipe_comes_first (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayRecipe) recipe
      = loaded (scratch, DEFAULTS,
                RECIPE "source: [{directory: own}]\nenvironment: {B: mine, C: c}\nlimits: {time: 2h}\n"
                       "steps: [other]\npatches: []\npath: /build/y\n");
  const AssayRecipeLayer *source = g_ptr_array_index (recipe->source, 0);
  g_autofree char *own = g_build_filename (scratch->path, "own", NULL);
  g_autofree char *file = g_build_filename (scratch->path, "r.yaml", NULL);
  assert_int_equal (recipe->source->len, 1);
  assert_string_equal (source->path, own);
  assert_string_equal (assay_recipe_file_of_layer (recipe, source), file);
  assert_int_equal (recipe->patches->len, 0);
  assert_int_equal (recipe->steps->len, 1);
  assert_string_equal (assay_recipe_file_of_steps (recipe), file);
  assert_string_equal (recipe->path, "/build/y");
  assert_int_equal (g_hash_table_size (recipe->environment), 3);
  assert_string_equal (g_hash_table_lookup (recipe->environment, "A"), "a");
  assert_string_equal (g_hash_table_lookup (recipe->environment, "B"), "mine");
  assert_string_equal (g_hash_table_lookup (recipe->environment, "C"), "c");
  assert_int_equal (recipe->limits.time_s, 7200);
  assert_int_equal (recipe->limits.memory_bytes, 1u << 30);
}

static void
digest_of (const char *text, AssayDigest *out)
{
  assay_sha256_bytes (text, strlen (text), out);
}

static void
the_digest_is_of_both (void **state)
{
  const Scratch *scratch = *state;
  AssayDigest own, other, wanted;
  char hex[2][ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (AssayRecipe) recipe = loaded (scratch, DEFAULTS, RECIPE);
  digest_of (RECIPE, &own);
  digest_of (DEFAULTS, &other);
  assay_digest_to_hex (&own, hex[0]);
  assay_digest_to_hex (&other, hex[1]);
  g_autofree char *lines = g_strdup_printf ("recipe %s\ndefaults %s\n", hex[0], hex[1]);
  digest_of (lines, &wanted);
  assert_true (assay_digest_equal (&recipe->sha256, &wanted));
  assert_true (assay_digest_equal (&recipe->file_sha256, &own));
  assert_true (assay_digest_equal (&recipe->defaults->sha256, &other));
  /* what the digest is of can be no recipe, which would have the same one */
  g_autoptr (GBytes) bytes = g_bytes_new (lines, strlen (lines));
  g_autoptr (GError) error = NULL;
  assert_null (assay_recipe_parse ("lines", bytes, &error));
  assert_fails (FALSE, ASSAY_ERROR_USAGE, error);
  /* each byte counts, whether or not it changes what is built */
  g_autoptr (AssayRecipe) same = loaded (scratch, DEFAULTS "# x\n", RECIPE);
  assert_false (assay_digest_equal (&same->sha256, &wanted));
  g_autoptr (AssayRecipe) plain = loaded (scratch, "",
                                          "recipe: 1\nproduct: p\nsource: [{directory: d}]\n"
                                          "path: /build/x\nsteps: [a]\noutputs: [{from: b}]\n");
  assert_null (plain->defaults);
  assert_true (assay_digest_equal (&plain->sha256, &plain->file_sha256));
}

static void
errors_name_the_file_that_has_them (void **state)
{
  const Scratch *scratch = *state;
  static const struct
  {
    const char *defaults;
    const char *recipe;
    const char *message;
  } cases[] = {
    { "defaults: 1\nproduct: x\n", RECIPE,
      "/sub/defaults.yaml:2:1: unknown key `product`; expected one of `defaults`" },
    { "defaults: 1\nrecipe: 1\n", RECIPE, "/sub/defaults.yaml:2:1: unknown key `recipe`" },
    { "defaults: 2\n", RECIPE, "/sub/defaults.yaml:1:11: this is format 2 of a defaults" },
    { "defaults: sub/defaults.yaml\n", RECIPE, "/sub/defaults.yaml:1:11: `sub/defaults.yaml` is not a count" },
    { "steps: [a]\n", RECIPE, "/sub/defaults.yaml:1:1: the key `defaults` is missing in a file of defaults" },
    { "[]", RECIPE, "/sub/defaults.yaml:1:1: " },
    { "defaults: 1\ndefaults: 1\n", RECIPE, "/sub/defaults.yaml:2:1: duplicate key" },
    { "defaults: 1\nsteps: 7\n", RECIPE "steps: [a]\n", "/sub/defaults.yaml:2:8: expected a list" },
    { "defaults: 1\nenvironment: {1: x}\n", RECIPE, "/sub/defaults.yaml:2:15: `1` is not the name" },
    { "defaults: 1\n", RECIPE, "/r.yaml:1:1: the key `source` is missing in a recipe" },
    { DEFAULTS, RECIPE "path: /build\n", "/r.yaml:4:7: `/build` is not a path beneath /build" },
    { DEFAULTS, RECIPE "steps: []\n", "/r.yaml:4:8: expected at least one item" },
    { DEFAULTS "scope: []\n", RECIPE "scope: [a]\n", "/sub/defaults.yaml:10:8: expected at least one item" },
    { "defaults: 1\nsource: [{directory: d}]\nsteps: [a]\noutputs: [{from: ../../x}]\n", RECIPE "path: /build/x\n",
      "/sub/defaults.yaml:4:18: `../../x` is not a path relative to" },
    { DEFAULTS, "recipe: 1\ndefaults: none.yaml\nproduct: x\n", "/r.yaml:2:11: cannot read the defaults " },
    { DEFAULTS, "recipe: 1\ndefaults: sub\nproduct: x\n", "/r.yaml:2:11: cannot read the defaults " },
    { DEFAULTS, "recipe: 1\ndefaults: [a]\nproduct: x\n", "/r.yaml:2:11: expected a text, found a list" },
    { DEFAULTS, "defaults: 1\nsteps: [a]\n", "/r.yaml:1:1: these are defaults, which recipes name" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AssayRecipe) recipe = load (scratch, cases[i].defaults, cases[i].recipe, &error);
      if (recipe != NULL || strstr (error->message, cases[i].message) == NULL)
        fail_msg ("%s in place of %s", recipe != NULL ? "a recipe" : error->message, cases[i].message);
      assert_int_equal (error->code, ASSAY_ERROR_USAGE);
    }
}

static void
defaults_are_pinned_by_themselves (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_autofree char *common = g_build_filename (scratch->path, "common", NULL);
  g_autofree char *path = g_build_filename (scratch->path, "d.yaml", NULL);
  static const char text[] = "defaults: 1\nsource: [{directory: common}]\n";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  assert_int_equal (g_mkdir (common, 0755), 0);
  g_autoptr (AssayPinning) pinning = assay_recipe_pin (path, bytes, ASSAY_PIN_REFUSE, &error);
  assert_non_null (pinning);
  assert_true (pinning->changed);
  assert_int_equal (pinning->pins->len, 1);
  g_autoptr (AssayRecipe) defaults = assay_recipe_parse_defaults (path, pinning->text, &error);
  assert_non_null (defaults);
  assert_true (((const AssayRecipeLayer *)g_ptr_array_index (defaults->source, 0))->has_sha256);
}

static void
a_directory_stands_for_its_recipes (void **state)
{
  const Scratch *scratch = *state;
  static const char *const names[] = { "b.yaml", "a.yaml", "B.yaml", "defaults.yaml", ".c.yaml", "d.yml", "e" };
  g_autofree char *directory = g_build_filename (scratch->path, "many", NULL);
  g_autofree char *empty = g_build_filename (scratch->path, "empty", NULL);
  g_autofree char *a = g_build_filename (directory, "a.yaml", NULL);
  assert_int_equal (g_mkdir (directory, 0755), 0);
  assert_int_equal (g_mkdir (empty, 0755), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_build_filename ("many", names[i], NULL);
      scratch_write (scratch, name, "");
    }
  const char *const given[] = { "-", directory, "not/there", NULL };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) plain = assay_recipe_files_list (given, ASSAY_RECIPE_FILES_RECIPES, &error);
  assert_non_null (plain);
  assert_int_equal (g_strv_length (plain), 5);
  assert_string_equal (plain[0], "-");
  assert_true (g_str_has_suffix (plain[1], "/many/B.yaml"));
  assert_string_equal (plain[2], a);
  assert_true (g_str_has_suffix (plain[3], "/many/b.yaml"));
  assert_string_equal (plain[4], "not/there");
  g_auto (GStrv) all = assay_recipe_files_list (given, ASSAY_RECIPE_FILES_WITH_DEFAULTS, &error);
  assert_int_equal (g_strv_length (all), 6);
  assert_true (g_str_has_suffix (all[1], "/many/defaults.yaml"));
  const char *const twice[] = { a, directory, NULL };
  assert_null (assay_recipe_files_list (twice, ASSAY_RECIPE_FILES_RECIPES, &error));
  assert_non_null (strstr (error->message, "is given twice"));
  assert_fails (FALSE, ASSAY_ERROR_USAGE, error);
  g_autoptr (GError) other = NULL;
  const char *const none[] = { empty, NULL };
  assert_null (assay_recipe_files_list (none, ASSAY_RECIPE_FILES_RECIPES, &other));
  assert_fails (FALSE, ASSAY_ERROR_USAGE, other);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (what_is_left_out_is_the_default, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (the_recipe_comes_first, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (the_digest_is_of_both, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (errors_name_the_file_that_has_them, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (defaults_are_pinned_by_themselves, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (a_directory_stands_for_its_recipes, scratch_setup, scratch_teardown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
