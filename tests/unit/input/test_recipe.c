#include "samples.h"

#include "crypto/sha256.h"

static AssayRecipe *
load (const Scratch *scratch, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (scratch->path, "r.yaml", NULL);
  scratch_write (scratch, "r.yaml", text);
  AssayRecipe *recipe = assay_recipe_load (path, &error);
  if (recipe == NULL)
    fail_msg ("%s", error->message);
  return recipe;
}

static const AssayRecipeLayer *
layer_at (const GPtrArray *layers, guint index)
{
  assert_in_range (index, 0, layers->len - 1);
  return g_ptr_array_index (layers, index);
}

static void
assert_digest (const AssayDigest *digest, const char *hex)
{
  AssayDigest wanted;
  assert_true (assay_digest_from_hex (hex, &wanted));
  assert_true (assay_digest_equal (digest, &wanted));
}

static void
head_and_settings_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayRecipe) recipe = load (scratch, sample_recipe);
  g_autofree char *real = realpath (scratch->path, NULL);
  AssayDigest digest;
  assay_sha256_bytes (sample_recipe, strlen (sample_recipe), &digest);
  assert_true (assay_digest_equal (&digest, &recipe->sha256));
  assert_true (g_str_has_suffix (recipe->file, "/r.yaml"));
  assert_string_equal (recipe->directory, real);
  assert_string_equal (recipe->product, "gnb-du 2.4.1");
  assert_string_equal (recipe->licence, "LicenseRef-5G-RAN-2026");
  assert_string_equal (recipe->path, "/build/gnb-du");
  assert_true (recipe->run_as_root);
  assert_int_equal (g_hash_table_size (recipe->environment), 3);
  assert_string_equal (g_hash_table_lookup (recipe->environment, "SOURCE_DATE_EPOCH"), "1760000000");
  assert_string_equal (g_hash_table_lookup (recipe->environment, "LDFLAGS"), "");
  assert_string_equal (g_hash_table_lookup (recipe->environment, "_x9"), "a b");
  assert_int_equal (recipe->limits.time_s, 21600);
  assert_int_equal (recipe->limits.memory_bytes, G_GUINT64_CONSTANT (8) << 30);
  assert_int_equal (recipe->limits.processes, 2048);
  assert_int_equal (recipe->limits.output_bytes, G_GUINT64_CONSTANT (200) << 30);
  assert_int_equal (recipe->steps->len, 2);
  assert_string_equal (g_ptr_array_index (recipe->steps, 0), "make -j$JOBS CROSS_COMPILE=aarch64-linux-gnu-");
  assert_string_equal (g_ptr_array_index (recipe->steps, 1), "cd out\n\tls\n");
  assert_int_equal (g_array_index (recipe->step_lines, int, 0), 21);
  assert_int_equal (g_array_index (recipe->step_lines, int, 1), 22);
  assert_int_equal (g_strv_length (recipe->scope), 2);
  assert_string_equal (recipe->scope[1], "boot/*");
}

static void
source_and_patches_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayRecipe) recipe = load (scratch, sample_recipe);
  const AssayRecipeLayer *archive = layer_at (recipe->source, 0);
  const AssayRecipeLayer *directory = layer_at (recipe->source, 1);
  const AssayRecipeLayer *git = layer_at (recipe->source, 2);
  const AssayRecipeLayer *patch = layer_at (recipe->patches, 0);
  g_autofree char *path = g_strconcat (recipe->directory, "/../overlay", NULL);
  assert_int_equal (archive->kind, ASSAY_SOURCE_ARCHIVE);
  assert_string_equal (archive->given, "gnb-du-2.4.1.tar.xz");
  assert_true (archive->has_sha256);
  assert_digest (&archive->sha256, HEX_A);
  assert_int_equal (archive->strip, 1);
  assert_string_equal (archive->into, ".");
  assert_int_equal (archive->line, 5);
  assert_null (archive->commit);
  assert_int_equal (directory->kind, ASSAY_SOURCE_DIRECTORY);
  assert_string_equal (directory->path, path);
  assert_false (directory->has_sha256);
  assert_string_equal (directory->into, "extra/files");
  assert_int_equal (git->kind, ASSAY_SOURCE_GIT);
  assert_string_equal (git->path, "/srv/repository");
  assert_string_equal (git->commit, "89abcdef0123456789abcdef0123456789abcdef");
  assert_int_equal (patch->kind, ASSAY_SOURCE_FILE);
  assert_digest (&patch->sha256, HEX_B);
  assert_int_equal (patch->strip, 1);
  assert_string_equal (patch->into, "lib");
  assert_int_equal (layer_at (recipe->patches, 1)->strip, 0);
  assert_string_equal (layer_at (recipe->patches, 1)->into, ".");
}

static void
inputs_and_toolchain_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autofree char *dl = g_build_filename (scratch->path, "dl", NULL);
  g_autoptr (AssayRecipe) without = load (scratch, sample_recipe);
  assert_int_equal (layer_at (without->inputs, 0)->kind, ASSAY_SOURCE_FILE);
  assert_int_equal (g_mkdir (dl, 0700), 0);
  g_autoptr (AssayRecipe) recipe = load (scratch, sample_recipe);
  assert_int_equal (layer_at (recipe->inputs, 0)->kind, ASSAY_SOURCE_DIRECTORY);
  assert_string_equal (layer_at (recipe->inputs, 0)->into, "/inputs/dl");
  assert_int_equal (layer_at (recipe->toolchain, 0)->kind, ASSAY_SOURCE_ARCHIVE);
  assert_string_equal (layer_at (recipe->toolchain, 0)->into, "/");
  assert_string_equal (layer_at (recipe->toolchain, 1)->into, "/opt/sdk");
  assert_int_equal (layer_at (recipe->toolchain, 1)->line, 15);
}

static void
outputs_entries_and_layout_are_read (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayRecipe) recipe = load (scratch, sample_recipe);
  const AssayRecipeOutput *first = g_ptr_array_index (recipe->outputs, 0);
  const AssayRecipeOutput *last = g_ptr_array_index (recipe->outputs, 2);
  const AssayRecipeEntry *su = g_ptr_array_index (recipe->entries, 0);
  const AssayRecipeEntry *device = g_ptr_array_index (recipe->entries, 1);
  const AssayRecipeEntry *bin = g_ptr_array_index (recipe->entries, 2);
  const AssayRecipeLayout *header = g_ptr_array_index (recipe->layout, 0);
  const AssayRecipeLayout *payload = g_ptr_array_index (recipe->layout, 1);
  assert_string_equal (first->from, "out/gnb-du.elf");
  assert_string_equal (first->at, "rootfs//usr/bin/gnb-du");
  assert_int_equal (g_strv_length (first->symbols), 2);
  assert_int_equal (first->line, 26);
  assert_string_equal (last->from, "../image.bin");
  assert_null (last->at);
  assert_null (last->symbols);
  assert_int_equal (g_hash_table_size (su->facts), 5);
  assert_string_equal (g_hash_table_lookup (su->facts, "mode"), "04755");
  assert_string_equal (g_hash_table_lookup (su->facts, "user"), "root");
  assert_string_equal (g_hash_table_lookup (su->facts, "uid"), "0");
  assert_string_equal (g_hash_table_lookup (su->facts, "group"), "shadow");
  assert_string_equal (g_hash_table_lookup (su->facts, "gid"), "42");
  assert_string_equal (g_hash_table_lookup (device->facts, "device"), "8:1");
  assert_string_equal (g_hash_table_lookup (bin->facts, "link"), "usr/bin");
  assert_int_equal (bin->line, 32);
  assert_int_equal (header->size, 256);
  assert_string_equal (header->kind, "signature-slot");
  assert_string_equal (payload->in, ".");
  assert_int_equal (payload->offset, 256);
  assert_true (payload->size == G_MAXUINT64);
}

static void
what_may_be_left_out_has_defaults (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (AssayRecipe) recipe = load (scratch, sample_recipe_json);
  assert_string_equal (recipe->product, "gnb-du 2.4.1");
  assert_string_equal (recipe->path, "/build/x");
  assert_null (recipe->licence);
  assert_null (recipe->scope);
  assert_false (recipe->run_as_root);
  assert_int_equal (recipe->patches->len, 0);
  assert_int_equal (recipe->inputs->len, 0);
  assert_int_equal (recipe->toolchain->len, 0);
  assert_int_equal (recipe->entries->len, 0);
  assert_int_equal (recipe->layout->len, 0);
  assert_int_equal (recipe->limits.time_s, 90);
  assert_int_equal (recipe->limits.memory_bytes, 0);
  assert_string_equal (g_ptr_array_index (recipe->steps, 0), "make\nmake install");
}

static void
an_explicit_number_goes_before_what_root_implies (void **state)
{
  const Scratch *scratch = *state;
  static const char *const orders[] = { "owner: root, uid: 7", "uid: 7, owner: root" };
  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autofree char *text = change (sample_recipe, "owner: root", orders[i]);
      g_autoptr (AssayRecipe) recipe = load (scratch, text);
      const AssayRecipeEntry *su = g_ptr_array_index (recipe->entries, 0);
      assert_string_equal (g_hash_table_lookup (su->facts, "uid"), "7");
      assert_string_equal (g_hash_table_lookup (su->facts, "user"), "root");
    }
}

static void
other_spellings_mean_the_same (void **state)
{
  const Scratch *scratch = *state;
  static const BadCase cases[] = {
    { "path: /build/gnb-du", "path: /build//./gnb-du/", NULL },
    { "path: /build/gnb-du", "path: >-\n  /build/gnb-du", NULL },
    { "path: /build/gnb-du", "\"path\": \"/build/gnb-d\\x75\"", NULL },
    { "path: /build/gnb-du\n", "path: /build/gnb-du\r\n", NULL },
    { "path: /build/gnb-du", "path: /build/gnb-du # a comment", NULL },
    { "recipe: 1\n", "---\nrecipe: 1\n", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = change (sample_recipe, cases[i].find, cases[i].replace);
      g_autoptr (AssayRecipe) recipe = load (scratch, text);
      assert_string_equal (recipe->path, "/build/gnb-du");
    }
}

static void
a_missing_recipe_is_named (void **state)
{
  g_autoptr (GError) error = NULL;
  assert_null (assay_recipe_load ("/does/not/exist.yaml", &error));
  assert_string_equal (error->message, "cannot read the recipe /does/not/exist.yaml: No such file or directory");
  assert_fails (FALSE, ASSAY_ERROR_USAGE, error);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (head_and_settings_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (source_and_patches_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (inputs_and_toolchain_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (outputs_entries_and_layout_are_read, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_may_be_left_out_has_defaults, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (an_explicit_number_goes_before_what_root_implies, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (other_spellings_mean_the_same, scratch_setup, scratch_teardown),
    cmocka_unit_test (a_missing_recipe_is_named),
  };
  return cmocka_run_group_tests_name ("input/recipe", tests, NULL, NULL);
}
