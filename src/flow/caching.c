#include "flow/caching.h"

#include "rebuild/apart.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

static char *
find_directory (const AssayFlowOptions *options)
{
  return options->cache_dir != NULL ? g_strdup (options->cache_dir)
                                    : g_build_filename (g_get_user_cache_dir (), "assay", NULL);
}

static char *
find_secret (const AssayFlowOptions *options)
{
  return options->cache_key != NULL ? g_strdup (options->cache_key)
                                    : g_build_filename (g_get_user_state_dir (), "assay", "cache.key", NULL);
}

/* What has no root file system of its own is built with this machine's tools. */
static gboolean
has_tree (const AssayRecipe *recipe)
{
  for (guint i = 0; i < recipe->toolchain->len; i++)
    {
      const AssayRecipeLayer *layer = g_ptr_array_index (recipe->toolchain, i);
      if (layer->into == NULL || strcmp (layer->into, "/") == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
wants_cache (const AssayFlowResult *result)
{
  gboolean any = FALSE;
  for (guint i = 0; i < result->components->len; i++)
    any = any || has_tree (((const AssayComponent *)g_ptr_array_index (result->components, i))->recipe);
  return any && result->options->use_cache && result->options->rebuilt == NULL;
}

/* T15: among what is copied into a sandbox. */
static gboolean
check_apart (const AssayFlowResult *result, const char *option, const char *path, GError **error)
{
  for (guint i = 0; i < result->components->len; i++)
    if (!assay_apart_check (((const AssayComponent *)g_ptr_array_index (result->components, i))->recipe, option, path,
                            error))
      return FALSE;
  return TRUE;
}

gboolean
assay_flow_open_cache (AssayFlowResult *result, GError **error)
{
  const AssayFlowOptions *options = result->options;
  g_autoptr (GError) local = NULL;
  if (!wants_cache (result))
    return TRUE;
  g_autofree char *directory = find_directory (options);
  g_autofree char *secret = find_secret (options);
  if (!check_apart (result, "--cache-dir", directory, error) || !check_apart (result, "--cache-key", secret, error))
    return FALSE;
  result->cache = assay_cache_open (directory, secret, options->cache_bytes, &local);
  if (result->cache != NULL)
    return TRUE;
  if (options->cache_dir == NULL && options->cache_key == NULL)
    {
      g_ptr_array_add (result->notes, g_strdup_printf ("the cache is not used: %s", local->message));
      return TRUE;
    }
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the cache cannot be used: %s; `--no-cache` does without",
               local->message);
  return FALSE;
}

static gboolean
check_rebuilt (const AssayFlowOptions *options, GError **error)
{
  if (options->rebuilt != NULL && options->record)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                           "--record with --rebuilt: nothing is built, so that nothing can be recorded");
      return FALSE;
    }
  for (char **path = options->rebuilt; path != NULL && *path != NULL; path++)
    if (!g_file_test (*path, G_FILE_TEST_IS_DIR))
      {
        g_autofree char *shown = assay_text_escape_line (*path, -1);
        g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "--rebuilt %s: expected a directory of `assay rebuild`",
                     shown);
        return FALSE;
      }
  return TRUE;
}

gboolean
assay_flow_open_secret (AssayFlowResult *result, GError **error)
{
  g_autofree char *path = find_secret (result->options);
  g_autoptr (GError) local = NULL;
  if (!check_rebuilt (result->options, error) || !check_apart (result, "--cache-key", path, error))
    return FALSE;
  result->secret = assay_secret_open (path, &local);
  if (result->secret == NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the key of the cache cannot be used: %s", local->message);
  return result->secret != NULL;
}

void
assay_flow_use_cache (AssayFlowResult *result, AssayComponent *component, AssayRebuildOptions *options)
{
  options->cache = result->cache;
  options->reuse = result->options->twice ? ASSAY_REBUILD_REUSE_NONE : ASSAY_REBUILD_REUSE_ALL;
  options->notes = component->notes;
  options->rebuilt = result->options->rebuilt;
  options->secret = result->secret;
}
