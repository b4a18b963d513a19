#include "rebuild/search.h"

#include "rebuild/cache_key.h"

#include <string.h>

gboolean
assay_tree_unpack (AssayTree *tree, GError **error)
{
  if (tree->is_wanted && !tree->is_there)
    tree->is_there = assay_mounts_unpack_tree (tree->unpacking, error);
  return tree->is_there || !tree->is_wanted;
}

static gboolean
add_input (const AssaySearch *search, const AssayMount *mount, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (mount->source);
  g_autofree char *file = g_path_get_basename (mount->source);
  g_autofree char *beneath = g_strconcat (mount->target, "/", NULL);
  g_autoptr (AssayDirectory) directory = assay_directory_open (mount->is_directory ? mount->source : parent, error);
  if (directory == NULL)
    return FALSE;
  return mount->is_directory ? assay_delivery_add_tree (search->delivery, directory, beneath, error)
                             : assay_delivery_add_file (search->delivery, directory, file, mount->target, error);
}

/* The recipe is the vendor's too. */
static gboolean
look_through_recipe (const AssaySearch *search, GError **error)
{
  const AssayRecipe *recipe = search->tree->unpacking->recipe;
  GHashTableIter iter;
  gpointer name = NULL;
  gpointer value = NULL;
  for (guint i = 0; recipe->steps != NULL && i < recipe->steps->len; i++)
    {
      g_autofree char *what = g_strdup_printf ("step %u of the recipe", i + 1);
      if (!assay_delivery_add_said (search->delivery, g_ptr_array_index (recipe->steps, i), what, error))
        return FALSE;
    }
  g_hash_table_iter_init (&iter, recipe->environment);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autofree char *what = g_strdup_printf ("`%s` in the recipe's environment", (const char *)name);
      if (!assay_delivery_add_said (search->delivery, value, what, error))
        return FALSE;
    }
  return TRUE;
}

/* T16: what lies there before the first step, while it is still what was delivered. */
static gboolean
look_through_delivery (const AssaySearch *search, GError **error)
{
  const char *inside = search->path + strlen ("/build");
  g_autoptr (AssayDirectory) top = assay_directory_open_beneath (search->tree->unpacking->workspace->build,
                                                                 *inside == '/' ? inside + 1 : ".", error);
  if (top == NULL || !look_through_recipe (search, error)
      || !assay_delivery_add_tree (search->delivery, top, "", error))
    return FALSE;
  for (guint i = 0; i < search->mounts->len; i++)
    {
      const AssayMount *mount = g_ptr_array_index (search->mounts, i);
      if (mount->is_input && !add_input (search, mount, error))
        return FALSE;
    }
  assay_delivery_settle (search->delivery);
  return TRUE;
}

static AssayToolchain *
new_toolchain (const AssaySearch *search)
{
  AssayLimits initial;
  assay_limits_init (&initial);
  return assay_toolchain_new (search->options->limits == NULL ? &initial : search->options->limits);
}

static gboolean
use_host (const AssaySearch *search, AssayToolchain *toolchain, GError **error)
{
  const AssayRebuildOptions *options = search->options;
  AssayLimits initial;
  assay_limits_init (&initial);
  const AssayLimits *limits = options->limits == NULL ? &initial : options->limits;
  g_autoptr (AssayHost) host = options->host != NULL ? assay_host_share_get (options->host, error)
                                                     : assay_host_new (options->hidden, limits, error);
  if (host != NULL)
    assay_toolchain_use_host (toolchain, host);
  return host != NULL;
}

/* Its layers, which are unpacked for that. */
static AssayToolchain *
look_through_toolchain (gpointer data, GError **error)
{
  const AssaySearch *search = data;
  AssayWorkspace *workspace = search->tree->unpacking->workspace;
  g_autoptr (AssayToolchain) toolchain = new_toolchain (search);
  if (!assay_workspace_open (workspace, error))
    return NULL;
  for (guint i = 0; i < search->mounts->len; i++)
    {
      const AssayMount *mount = g_ptr_array_index (search->mounts, i);
      if (mount->is_input || !mount->is_directory)
        continue;
      g_autoptr (AssayDirectory) directory = assay_directory_open (mount->source, error);
      if (directory == NULL || !assay_toolchain_add_tree (toolchain, directory, mount->target, error))
        return NULL;
    }
  if (!search->tree->is_wanted)
    return g_steal_pointer (&toolchain);
  if (!assay_tree_unpack (search->tree, error))
    return NULL;
  g_autoptr (AssayDirectory) tree = assay_directory_open_beneath (workspace->scratch, "toolchain", error);
  return tree != NULL && assay_toolchain_add_tree (toolchain, tree, "", error) ? g_steal_pointer (&toolchain) : NULL;
}

static AssayToolchain *
find_toolchain (AssaySearch *search, GError **error)
{
  AssayToolchainShare *share = search->options->toolchains;
  AssayDigest layers;
  if (share == NULL || !search->tree->is_wanted || !assay_cache_key_of_toolchain (search->tree->unpacking, &layers))
    return look_through_toolchain (search, error);
  return assay_toolchain_share_get (share, &layers, look_through_toolchain, search, error);
}

/* T15, of what was unpacked; where it came from was looked through before. What another build of this run unpacked of
 * the same layers it looked through. */
static gboolean
keep_hidden (const AssaySearch *search, const AssayToolchain *toolchain, GError **error)
{
  const AssayHidden *hidden = search->options->hidden;
  if (hidden == NULL)
    return TRUE;
  if (!assay_hidden_check_delivery (hidden, search->delivery, error)
      || !assay_hidden_check_toolchain (hidden, toolchain, error))
    return FALSE;
  for (guint i = 0; i < search->mounts->len; i++)
    {
      const AssayMount *mount = g_ptr_array_index (search->mounts, i);
      if (!assay_hidden_check_tree (hidden, mount->source, mount->target, error))
        return FALSE;
    }
  if (!search->tree->is_there)
    return TRUE;
  g_autofree char *tree = assay_workspace_path (search->tree->unpacking->workspace, "toolchain");
  return assay_hidden_check_tree (hidden, tree, "", error);
}

gboolean
assay_search_run (AssaySearch *search, AssayToolchain **out_toolchain, GError **error)
{
  const AssayRebuildOptions *options = search->options;
  gboolean is_of_no_use = options->hidden == NULL && options->search == ASSAY_REBUILD_SEARCH_NOTHING;
  if (is_of_no_use && !options->record)
    {
      *out_toolchain = new_toolchain (search);
      return TRUE;
    }
  if (!search->is_known && !look_through_delivery (search, error))
    return FALSE;
  g_autoptr (AssayToolchain) toolchain = find_toolchain (search, error);
  if (toolchain == NULL || !keep_hidden (search, toolchain, error)
      || (!search->tree->is_wanted && !is_of_no_use && !use_host (search, toolchain, error)))
    return FALSE;
  *out_toolchain = g_steal_pointer (&toolchain);
  return TRUE;
}
