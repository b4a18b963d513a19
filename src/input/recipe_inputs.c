#include "input/recipe.h"

#include "crypto/sha256.h"
#include "input/listing.h"
#include "util/cancel.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef char RealPath;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealPath, free)

AssayBlob *
assay_recipe_layer_open_file (const AssayRecipeLayer *layer, GError **error)
{
  /* A blob follows no link; where a user's own path leads is found out before. */
  g_autoptr (RealPath) real = realpath (layer->path, NULL);
  if (real == NULL)
    {
      assay_system_error (error, errno, "open", layer->given);
      return NULL;
    }
  g_autofree char *parent = g_path_get_dirname (real);
  g_autofree char *name = g_path_get_basename (real);
  g_autoptr (AssayDirectory) directory = assay_directory_open (parent, error);
  return directory != NULL ? assay_blob_new_for_file (directory, name, error) : NULL;
}

AssayDirectory *
assay_recipe_layer_open_directory (const AssayRecipeLayer *layer, GError **error)
{
  return assay_directory_open (layer->path, error);
}

static gboolean
digest_file (const AssayRecipeLayer *layer, AssayDigest *out_digest, GError **error)
{
  g_autoptr (AssayBlob) blob = assay_recipe_layer_open_file (layer, error);
  return blob != NULL && assay_listing_refuse (blob, error)
         && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), out_digest, error)
         && assay_blob_check_unchanged (blob, error);
}

static gboolean
digest_directory (const AssayRecipeLayer *layer, AssayDigest *out_digest, GError **error)
{
  g_autoptr (AssayDirectory) directory = assay_recipe_layer_open_directory (layer, error);
  return directory != NULL && assay_listing_digest (directory, out_digest, error);
}

static gboolean
digest_git (const AssayRecipeLayer *layer, AssayDigest *out_digest, GError **error)
{
  struct stat status;
  g_autoptr (AssayDirectory) directory = assay_recipe_layer_open_directory (layer, error);
  if (directory == NULL)
    return FALSE;
  int fd = assay_directory_get_fd (directory);
  /* `.git` of a work tree (a file where the work tree is a linked one), `HEAD` of a bare repository. */
  if (fstatat (fd, ".git", &status, 0) != 0 && fstatat (fd, "HEAD", &status, 0) != 0)
    {
      g_autofree char *shown = assay_text_escape_line (layer->given, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is no git repository", shown);
      return FALSE;
    }
  g_autofree char *text = g_strconcat ("git:", layer->commit, NULL);
  assay_sha256_bytes (text, strlen (text), out_digest);
  return TRUE;
}

static gboolean
digest_layer (const AssayRecipeLayer *layer, AssayDigest *out_digest, GError **error)
{
  switch (layer->kind)
    {
    case ASSAY_SOURCE_ARCHIVE:
    case ASSAY_SOURCE_FILE:
      return digest_file (layer, out_digest, error);
    case ASSAY_SOURCE_DIRECTORY:
      return digest_directory (layer, out_digest, error);
    case ASSAY_SOURCE_GIT:
      return digest_git (layer, out_digest, error);
    default:
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL, "a layer of no kind");
      return FALSE;
    }
}

/* Whether an error means that the recipe names something which is not there as what the recipe says it is. */
static gboolean
is_misnamed (const GError *problem)
{
  return g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND)
         || g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED);
}

static gboolean
fail_layer (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const char *role, GError *owned_problem,
            GError **error)
{
  g_autoptr (GError) problem = owned_problem;
  gboolean is_digest = g_error_matches (problem, ASSAY_ERROR, ASSAY_ERROR_PIN);
  int line = is_digest ? layer->digest_line : layer->line;
  int column = is_digest ? layer->digest_column : layer->column;
  const char *file = assay_recipe_file_of_layer (recipe, layer);
  g_autofree char *shown = assay_text_escape_line (layer->given, -1);
  int code = is_misnamed (problem) ? ASSAY_ERROR_USAGE : problem->code;
  g_set_error (error, ASSAY_ERROR, code, "%s:%d:%d: %s %s: %s", file, line, column, role, shown, problem->message);
  return FALSE;
}

gboolean
assay_recipe_digest_layer (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const char *role,
                           AssayDigest *out_digest, GError **error)
{
  g_autoptr (GError) problem = NULL;
  if (assay_cancelled (error))
    return FALSE;
  return digest_layer (layer, out_digest, &problem)
         || fail_layer (recipe, layer, role, g_steal_pointer (&problem), error);
}

GHashTable *
assay_recipe_toolchains_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* What is built with a toolchain is read, and digested, once more where it is unpacked. */
static gboolean
digest_once (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const char *role, GHashTable *toolchains,
             AssayDigest *out_digest, GError **error)
{
  gboolean shares = toolchains != NULL && strcmp (role, "toolchain") == 0 && layer->kind != ASSAY_SOURCE_GIT;
  g_autofree char *name = shares ? g_strdup_printf ("%d %s", (int)layer->kind, layer->path) : NULL;
  const AssayDigest *known = shares ? g_hash_table_lookup (toolchains, name) : NULL;
  if (known != NULL)
    {
      *out_digest = *known;
      return TRUE;
    }
  if (!assay_recipe_digest_layer (recipe, layer, role, out_digest, error))
    return FALSE;
  if (shares)
    g_hash_table_insert (toolchains, g_steal_pointer (&name), g_memdup2 (out_digest, sizeof *out_digest));
  return TRUE;
}

/* An input may be a file or a directory, and nothing but its path says which. */
static gboolean
is_of_nothing (const AssayDigest *digest)
{
  AssayDigest nothing;
  assay_sha256_bytes ("", 0, &nothing);
  return assay_digest_equal (digest, &nothing);
}

static gboolean
check_layer (const AssayRecipe *recipe, const AssayRecipeLayer *layer, const char *role, GHashTable *toolchains,
             GArray *digests, GError **error)
{
  AssayInputDigest digest = { .layer = layer, .role = role };
  g_autoptr (GError) problem = NULL;
  if (!digest_once (recipe, layer, role, toolchains, &digest.sha256, error))
    return FALSE;
  if (strcmp (role, "input") == 0 && layer->kind == ASSAY_SOURCE_DIRECTORY && is_of_nothing (&digest.sha256))
    {
      g_set_error_literal (&problem, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                           "is an empty directory, which an empty file could stand in place of by its digest");
      return fail_layer (recipe, layer, role, g_steal_pointer (&problem), error);
    }
  if (layer->has_sha256 && !assay_digest_equal (&layer->sha256, &digest.sha256))
    {
      char found[ASSAY_DIGEST_HEX_SIZE], wanted[ASSAY_DIGEST_HEX_SIZE];
      assay_digest_to_hex (&digest.sha256, found);
      assay_digest_to_hex (&layer->sha256, wanted);
      g_set_error (&problem, ASSAY_ERROR, ASSAY_ERROR_PIN, "its SHA-256 is %s, the recipe says %s", found, wanted);
      return fail_layer (recipe, layer, role, g_steal_pointer (&problem), error);
    }
  g_array_append_val (digests, digest);
  return TRUE;
}

gboolean
assay_recipe_check_inputs (const AssayRecipe *recipe, GArray **out_digests, GError **error)
{
  return assay_recipe_check_inputs_once (recipe, NULL, out_digests, error);
}

gboolean
assay_recipe_check_inputs_once (const AssayRecipe *recipe, GHashTable *toolchains, GArray **out_digests, GError **error)
{
  const struct
  {
    const GPtrArray *layers;
    const char *role;
  } lists[] = {
    { recipe->source, "source" },       { recipe->patches, "patch" }, { recipe->inputs, "input" },
    { recipe->toolchain, "toolchain" }, { recipe->mtrees, "mtree" },
  };
  g_autoptr (GArray) digests = g_array_new (FALSE, TRUE, sizeof (AssayInputDigest));
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; i < lists[list].layers->len; i++)
      if (!check_layer (recipe, g_ptr_array_index (lists[list].layers, i), lists[list].role, toolchains, digests,
                        error))
        return FALSE;
  *out_digests = g_steal_pointer (&digests);
  return TRUE;
}
