#include "rebuild/mount.h"

#include "rebuild/copy.h"
#include "rebuild/place.h"
#include "rebuild/sandbox.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Nothing may be mounted over these, … */
static const char *const taken[]
    = { "/", "/build", "/etc", "/home", "/usr", "/var", "/bin", "/sbin", "/lib", "/lib32", "/lib64" };
/* … nor at or beneath these. */
static const char *const taken_below[] = { "/proc", "/dev", "/sys", "/run", "/tmp", "/var/tmp", "/home/assay" };
/* With this machine's toolchain these are read-only, so that no place can be made beneath them. */
static const char *const host_below[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/var/lib/dpkg" };

static void
free_mount (gpointer data)
{
  AssayMount *mount = data;
  g_free (mount->source);
  g_free (mount->target);
  g_free (mount);
}

static gboolean
lies_at_or_beneath (const char *path, const char *top)
{
  gsize length = strlen (top);
  return strncmp (path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static gboolean
is_tree (const AssayRecipeLayer *layer)
{
  const char *at = layer->into;
  return at == NULL || at[0] == '\0' || g_str_equal (at, "/") || g_str_equal (at, ".");
}

static gboolean
is_plain (const char *at)
{
  g_auto (GStrv) components = g_strsplit (at, "/", -1);
  if (components[0] == NULL || components[0][0] != '\0')
    return FALSE;
  for (gsize i = 1; components[i] != NULL; i++)
    if (components[i][0] == '\0' || g_str_equal (components[i], ".") || g_str_equal (components[i], ".."))
      return FALSE;
  return TRUE;
}

static const char *
reason_against (const AssayRecipe *recipe, const char *at, gboolean has_tree)
{
  if (!is_plain (at))
    return "is no plain absolute path";
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    if (g_str_equal (at, taken[i]))
      return "is taken by the sandbox";
  for (gsize i = 0; i < G_N_ELEMENTS (taken_below); i++)
    if (lies_at_or_beneath (at, taken_below[i]))
      return "lies where the sandbox has its own";
  for (gsize i = 0; !has_tree && i < G_N_ELEMENTS (host_below); i++)
    if (lies_at_or_beneath (at, host_below[i]))
      return "lies in this machine's toolchain, which is read-only";
  if (lies_at_or_beneath (recipe->path, at))
    return "would hide the source";
  return NULL;
}

static gboolean
refuse (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const char *reason, GError **error)
{
  g_autofree char *at = assay_text_escape_line (layer->into == NULL ? "" : layer->into, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "`at: %s` %s", at, reason);
  return assay_layer_prefix (recipe, layer, error);
}

/* All layers that have a place: inputs, and toolchain layers but for the tree. */
static GPtrArray *
list_placed (const AssayRecipe *recipe, guint *out_trees)
{
  GPtrArray *placed = g_ptr_array_new ();
  *out_trees = 0;
  for (guint i = 0; i < recipe->toolchain->len; i++)
    if (is_tree (recipe->toolchain->pdata[i]))
      ++*out_trees;
    else
      g_ptr_array_add (placed, recipe->toolchain->pdata[i]);
  for (guint i = 0; i < recipe->inputs->len; i++)
    g_ptr_array_add (placed, recipe->inputs->pdata[i]);
  return placed;
}

gboolean
assay_mounts_check (const AssayRecipe *recipe, GError **error)
{
  guint trees;
  g_autoptr (GPtrArray) placed = list_placed (recipe, &trees);
  if (trees > 1)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                   "%s: the toolchain has %u layers without `at`; only one can be the root file system", recipe->file,
                   trees);
      return FALSE;
    }
  for (guint i = 0; i < placed->len; i++)
    {
      const AssayRecipeLayer *layer = placed->pdata[i];
      const char *reason = layer->into == NULL ? "is missing" : reason_against (recipe, layer->into, trees > 0);
      if (reason != NULL)
        return refuse (recipe, layer, reason, error);
      for (guint j = 0; j < i; j++)
        {
          const AssayRecipeLayer *other = placed->pdata[j];
          if (lies_at_or_beneath (layer->into, other->into) || lies_at_or_beneath (other->into, layer->into))
            return refuse (recipe, layer, "overlaps with another `at`", error);
        }
    }
  return TRUE;
}

static gboolean
unpack_one (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, const char *name, GPtrArray *mounts,
            GError **error)
{
  AssayMount *mount = g_new0 (AssayMount, 1);
  g_autoptr (AssayDirectory) directory = NULL;
  g_ptr_array_add (mounts, mount);
  mount->source = assay_workspace_path (unpacking->workspace, name);
  mount->target = g_strdup (layer->into);
  mount->is_directory = layer->kind != ASSAY_SOURCE_FILE;
  mount->is_input = g_ptr_array_find (unpacking->recipe->inputs, layer, NULL);
  if (!mount->is_directory)
    return assay_layer_copy_file (unpacking, layer, name, error);
  directory = assay_workspace_make (unpacking->workspace, name, error);
  return directory != NULL && assay_layer_unpack (unpacking, layer, ASSAY_EXTRACT_ROOT, directory, error);
}

static gboolean
unpack_tree (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, GError **error)
{
  g_autoptr (AssayDirectory) directory = assay_workspace_make (unpacking->workspace, "toolchain", error);
  return directory != NULL && assay_layer_unpack (unpacking, layer, ASSAY_EXTRACT_ROOT, directory, error);
}

GPtrArray *
assay_mounts_unpack (const AssayUnpacking *unpacking, gboolean *out_has_tree, GError **error)
{
  const AssayRecipe *recipe = unpacking->recipe;
  g_autoptr (GPtrArray) mounts = g_ptr_array_new_with_free_func (free_mount);
  guint trees;
  g_autoptr (GPtrArray) placed = list_placed (recipe, &trees);
  *out_has_tree = trees > 0;
  for (guint i = 0; i < placed->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("mount-%u", i);
      if (!unpack_one (unpacking, placed->pdata[i], name, mounts, error))
        return NULL;
    }
  return g_steal_pointer (&mounts);
}

guint
assay_mounts_count (const AssayRecipe *recipe)
{
  guint trees;
  g_autoptr (GPtrArray) placed = list_placed (recipe, &trees);
  return placed->len;
}

gboolean
assay_mounts_have_tree (const AssayRecipe *recipe)
{
  guint trees;
  g_autoptr (GPtrArray) placed = list_placed (recipe, &trees);
  return trees > 0;
}

gboolean
assay_mounts_unpack_tree (const AssayUnpacking *unpacking, GError **error)
{
  const GPtrArray *layers = unpacking->recipe->toolchain;
  for (guint i = 0; i < layers->len; i++)
    if (is_tree (layers->pdata[i]) && !unpack_tree (unpacking, layers->pdata[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
place_one (AssayWorkspace *workspace, AssayDirectory *root, const char *path, gboolean is_directory, GError **error)
{
  g_autoptr (AssayDirectory) made = NULL;
  if (!is_directory)
    return assay_place_make_file (root, path, &workspace->identity, error);
  made = assay_place_make (root, path, &workspace->identity, error);
  return made != NULL;
}

gboolean
assay_mounts_place (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts, gboolean has_tree,
                    GError **error)
{
  g_autoptr (AssayDirectory) tree = NULL;
  if (has_tree)
    {
      tree = assay_directory_open_beneath (workspace->scratch, "toolchain", error);
      if (tree == NULL || !assay_sandbox_place (workspace, varied, tree, error))
        return FALSE;
    }
  for (guint i = 0; i < mounts->len; i++)
    {
      const AssayMount *mount = mounts->pdata[i];
      gboolean in_build = lies_at_or_beneath (mount->target, "/build");
      AssayDirectory *root = in_build ? workspace->build : tree;
      const char *path = mount->target + (in_build ? strlen ("/build/") : 1);
      if (root != NULL && !place_one (workspace, root, path, mount->is_directory, error))
        {
          g_prefix_error (error, "cannot mount at %s: ", mount->target);
          return FALSE;
        }
    }
  return TRUE;
}
