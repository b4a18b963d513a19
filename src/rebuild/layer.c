#include "rebuild/layer.h"

#include "crypto/sha256.h"
#include "input/listing.h"
#include "rebuild/copy.h"
#include "rebuild/git.h"
#include "rebuild/merge.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

gboolean
assay_layer_prefix (const AssayRecipe *recipe, const AssayRecipeLayer *layer, GError **error)
{
  const char *file = assay_recipe_file_of_layer (recipe, layer);
  g_autofree char *given = assay_text_escape_line (layer->given, -1);
  g_prefix_error (error, "%s:%d:%d: %s: ", file, layer->line, layer->column, given);
  return FALSE;
}

static AssayInputDigest *
find_digest (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, GError **error)
{
  for (guint i = 0; i < unpacking->digests->len; i++)
    {
      AssayInputDigest *known = &g_array_index (unpacking->digests, AssayInputDigest, i);
      if (known->layer == layer)
        return known;
    }
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL, "was never checked");
  return NULL;
}

static gboolean
check_digest (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, const AssayDigest *digest, GError **error)
{
  const AssayInputDigest *known = find_digest (unpacking, layer, error);
  if (known == NULL)
    return FALSE;
  if (assay_digest_equal (&known->sha256, digest))
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "changed since it was checked");
  return FALSE;
}

static gboolean
copy_checked (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayDirectory *to, const char *name,
              GError **error)
{
  AssayDigest digest;
  assay_autofd fd = open (layer->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return assay_system_error (error, errno, "open", layer->path);
  return assay_copy_file (fd, to, name, unpacking->workspace, &digest, error)
         && check_digest (unpacking, layer, &digest, error);
}

static gboolean
unpack_archive (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind,
                AssayDirectory *into, GError **error)
{
  AssayWorkspace *workspace = unpacking->workspace;
  assay_autofd fd = -1;
  if (!copy_checked (unpacking, layer, workspace->scratch, "archive", error))
    return FALSE;
  fd = assay_directory_open_file (workspace->scratch, "archive", error);
  if (fd < 0)
    return FALSE;
  if (unlinkat (assay_directory_get_fd (workspace->scratch), "archive", 0) != 0)
    return assay_system_error (error, errno, "remove", "archive");
  return assay_extract_archive (fd, layer->strip, kind, into, workspace, error);
}

static AssayKnownFiles *
known_of (const AssayUnpacking *unpacking, AssayExtractKind kind)
{
  return kind == ASSAY_EXTRACT_SOURCE ? unpacking->known : NULL;
}

static gboolean
unpack_directory (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind,
                  AssayDirectory *into, GError **error)
{
  g_autoptr (AssayDirectory) from = assay_directory_open (layer->path, error);
  AssayDigest digest;
  return from != NULL && assay_copy_tree (from, into, unpacking->workspace, error)
         && assay_listing_digest_known (into, known_of (unpacking, kind), &digest, error)
         && check_digest (unpacking, layer, &digest, error);
}

/* What is known beforehand of a commit is its name; from here on it is bound by what it holds (T19). */
static gboolean
unpack_git (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind, AssayDirectory *into,
            GError **error)
{
  AssayInputDigest *known = find_digest (unpacking, layer, error);
  g_autofree char *name = g_strconcat ("git:", layer->commit, NULL);
  AssayDigest before, after;
  if (known == NULL || !assay_git_export (unpacking->workspace, layer->path, layer->commit, into, error)
      || !assay_listing_digest_known (into, known_of (unpacking, kind), &after, error))
    return FALSE;
  assay_sha256_bytes (name, strlen (name), &before);
  if (!assay_digest_equal (&known->sha256, &before))
    return check_digest (unpacking, layer, &after, error);
  known->sha256 = after;
  return TRUE;
}

static gboolean
unpack_kind (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind,
             AssayDirectory *into, GError **error)
{
  if (layer->strip > 0 && layer->kind != ASSAY_SOURCE_ARCHIVE)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "`strip` is for archives");
      return FALSE;
    }
  switch (layer->kind)
    {
    case ASSAY_SOURCE_ARCHIVE:
      return unpack_archive (unpacking, layer, kind, into, error);
    case ASSAY_SOURCE_DIRECTORY:
      return unpack_directory (unpacking, layer, kind, into, error);
    case ASSAY_SOURCE_GIT:
      return unpack_git (unpacking, layer, kind, into, error);
    case ASSAY_SOURCE_FILE:
    case ASSAY_SOURCE_UNKNOWN:
      break;
    }
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL, "is of a kind that cannot be unpacked");
  return FALSE;
}

static gboolean
unpack_staged (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind,
               AssayDirectory *into, GError **error)
{
  AssayWorkspace *workspace = unpacking->workspace;
  g_autoptr (AssayDirectory) stage = assay_workspace_make (workspace, "layer", error);
  if (stage == NULL || !unpack_kind (unpacking, layer, kind, stage, error) || !assay_merge_tree (stage, into, error)
      || !assay_directory_remove_contents (stage, error))
    return FALSE;
  if (unlinkat (assay_directory_get_fd (workspace->scratch), "layer", AT_REMOVEDIR) != 0)
    return assay_system_error (error, errno, "remove", "a directory");
  return assay_guard_check (workspace->guard, error);
}

gboolean
assay_layer_unpack (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, AssayExtractKind kind,
                    AssayDirectory *into, GError **error)
{
  return unpack_staged (unpacking, layer, kind, into, error) || assay_layer_prefix (unpacking->recipe, layer, error);
}

gboolean
assay_layer_copy_file (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, const char *name, GError **error)
{
  return copy_checked (unpacking, layer, unpacking->workspace->scratch, name, error)
         || assay_layer_prefix (unpacking->recipe, layer, error);
}
