#ifndef ASSAY_TESTS_RECIPE_MAKER_H
#define ASSAY_TESTS_RECIPE_MAKER_H

#include "../cage/both_users.h"

#include "crypto/sha256.h"
#include "input/listing.h"
#include "rebuild/host.h"
#include "rebuild/rebuild.h"
#include "util/system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* A recipe by hand, with a directory for what it names and the digests of that. */
typedef struct
{
  AssayPrivateDirectory *directory;
  AssayRecipe recipe;
  GArray *digests;
} Maker;

static inline void
maker_free_layer (gpointer data)
{
  AssayRecipeLayer *layer = data;
  g_free (layer->given);
  g_free (layer->path);
  g_free (layer->commit);
  g_free (layer->into);
  g_free (layer);
}

static inline Maker *
maker_new (void)
{
  Maker *maker = g_new0 (Maker, 1);
  AssayRecipe *recipe = &maker->recipe;
  maker->directory = assay_private_directory_new (NULL, NULL);
  assert_non_null (maker->directory);
  recipe->file = g_strdup ("recipe.yaml");
  recipe->product = g_strdup ("test 1.0");
  recipe->path = g_strdup ("/build/src");
  recipe->source = g_ptr_array_new_with_free_func (maker_free_layer);
  recipe->patches = g_ptr_array_new_with_free_func (maker_free_layer);
  recipe->inputs = g_ptr_array_new_with_free_func (maker_free_layer);
  recipe->toolchain = g_ptr_array_new_with_free_func (maker_free_layer);
  recipe->environment = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  recipe->steps = g_ptr_array_new_with_free_func (g_free);
  recipe->step_lines = g_array_new (FALSE, FALSE, sizeof (int));
  maker->digests = g_array_new (FALSE, TRUE, sizeof (AssayInputDigest));
  return maker;
}

static inline void
maker_free (Maker *maker)
{
  AssayRecipe *recipe = &maker->recipe;
  assay_private_directory_free (maker->directory);
  g_free (recipe->file);
  g_free (recipe->product);
  g_free (recipe->path);
  g_ptr_array_unref (recipe->source);
  g_ptr_array_unref (recipe->patches);
  g_ptr_array_unref (recipe->inputs);
  g_ptr_array_unref (recipe->toolchain);
  g_hash_table_unref (recipe->environment);
  g_ptr_array_unref (recipe->steps);
  g_array_unref (recipe->step_lines);
  g_array_unref (maker->digests);
  g_free (maker);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Maker, maker_free)

static inline char *
maker_path (const Maker *maker, const char *name)
{
  return g_build_filename (assay_private_directory_get_path (maker->directory), name, NULL);
}

/* Runs a shell script in the maker's directory, as the user that a delivery comes from. */
static inline void
maker_shell (const Maker *maker, const char *script)
{
  const char *arguments[] = { "sh", "-e", "-c", script, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *trouble = NULL;
  int status = -1;
  if (!g_spawn_sync (assay_private_directory_get_path (maker->directory), (char **)arguments, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &trouble, &status, &error)
      || status != 0)
    fail_msg ("%s: %s %s", script, error != NULL ? error->message : "", trouble);
}

static inline void
maker_write (const Maker *maker, const char *name, const char *text)
{
  g_autofree char *path = maker_path (maker, name);
  g_autofree char *above = g_path_get_dirname (path);
  assert_int_equal (g_mkdir_with_parents (above, 0755), 0);
  assert_true (g_file_set_contents (path, text, -1, NULL));
}

static inline void
maker_digest (AssayRecipeLayer *layer, AssayDigest *out_digest)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;
  if (layer->kind == ASSAY_SOURCE_DIRECTORY)
    {
      g_autoptr (AssayDirectory) directory = assay_directory_open (layer->path, &error);
      assert_non_null (directory);
      assert_true (assay_listing_digest (directory, out_digest, &error));
      return;
    }
  if (layer->kind == ASSAY_SOURCE_GIT)
    {
      text = g_strconcat ("git:", layer->commit, NULL);
      length = strlen (text);
    }
  else
    assert_true (g_file_get_contents (layer->path, &text, &length, NULL));
  assay_sha256_bytes (text, length, out_digest);
}

/* Adds a layer to a list of the recipe; its content must lie there already. */
static inline AssayRecipeLayer *
maker_layer (Maker *maker, GPtrArray *list, AssaySourceKind kind, const char *name, const char *into)
{
  AssayRecipeLayer *layer = g_new0 (AssayRecipeLayer, 1);
  AssayInputDigest digest = { .layer = layer };
  layer->kind = kind;
  layer->given = g_strdup (name);
  layer->path = maker_path (maker, name);
  layer->into = g_strdup (into);
  layer->line = 5 + (int)list->len;
  layer->column = 14;
  g_ptr_array_add (list, layer);
  if (kind != ASSAY_SOURCE_GIT)
    {
      maker_digest (layer, &digest.sha256);
      g_array_append_val (maker->digests, digest);
    }
  return layer;
}

static inline void
maker_step (Maker *maker, const char *script)
{
  int line = 20 + (int)maker->recipe.steps->len;
  g_ptr_array_add (maker->recipe.steps, g_strdup (script));
  g_array_append_val (maker->recipe.step_lines, line);
}

/* This machine's toolchain: one list of its files for all builds of a test. */
static inline AssayHostShare *
maker_host (void)
{
  static AssayLimits limits;
  static AssayHostShare *host;
  if (host == NULL)
    {
      assay_limits_init (&limits);
      host = assay_host_share_new (NULL, &limits);
    }
  return host;
}

static inline AssayRebuild *
maker_run (Maker *maker, const char *work_dir, GError **error)
{
  const AssayRebuildOptions options = { .work_dir = work_dir, .jobs = 2, .host = maker_host () };
  return assay_rebuild_run (&maker->recipe, maker->digests, &options, error);
}

/* Runs, and must succeed. */
static inline AssayRebuild *
maker_succeed (Maker *maker)
{
  g_autoptr (GError) error = NULL;
  AssayRebuild *rebuild = maker_run (maker, NULL, &error);
  if (rebuild == NULL)
    fail_msg ("%s", error->message);
  return rebuild;
}

/* Runs, and must fail so, with a message that holds @part. */
static inline void
maker_fail (Maker *maker, AssayErrorCode code, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayRebuild) rebuild = maker_run (maker, NULL, &error);
  assert_null (rebuild);
  if (error->domain != ASSAY_ERROR || error->code != (int)code || strstr (error->message, part) == NULL)
    fail_msg ("error %d instead of %d with \"%s\": %s", error->code, (int)code, part, error->message);
}

/* The content of a file of the build tree. */
static inline char *
rebuilt_text (AssayRebuild *rebuild, const char *path)
{
  g_autoptr (GError) error = NULL;
  assay_autofd fd = assay_directory_open_file (assay_rebuild_get_root (rebuild), path, &error);
  char *text = g_malloc0 (65536);
  if (fd < 0)
    fail_msg ("%s", error->message);
  assert_true (assay_system_read_at (fd, text, 65535, 0) >= 0);
  return text;
}

/* A recipe with one small source, which most tests do not care about. */
static inline Maker *
maker_new_small (void)
{
  Maker *maker = maker_new ();
  maker_write (maker, "small/hello.txt", "hello\n");
  maker_layer (maker, maker->recipe.source, ASSAY_SOURCE_DIRECTORY, "small", ".");
  return maker;
}

/* Whether any process of this machine was started with a word. */
static inline gboolean
process_exists (const char *word)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *text = NULL;
      gsize length;
      if (!g_ascii_isdigit (name[0]) || !g_file_get_contents (path, &text, &length, NULL))
        continue;
      for (gsize i = 0; i < length; i += strlen (text + i) + 1)
        if (g_str_equal (text + i, word))
          return TRUE;
    }
  return FALSE;
}

#endif
