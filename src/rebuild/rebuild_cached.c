#include "rebuild/rebuild_private.h"

#include "input/listing.h"
#include "rebuild/cache_key.h"
#include "rebuild/delivery_kept.h"
#include "rebuild/mount.h"
#include "util/json.h"

#include <assay/error.h>

static gboolean
wants_key (const AssayRebuildOptions *options, gboolean has_tree)
{
  return (options->cache != NULL || options->keyed || options->rebuilt != NULL) && has_tree && options->variations == 0
         && options->clock == ASSAY_CLOCK_PLAIN;
}

static gboolean
digest_key (AssayRebuild *rebuild, const AssayUnpacking *unpacking, const AssayRebuildOptions *options, GError **error)
{
  const AssayCacheParts parts = { .jobs = assay_rebuild_count_jobs (options->jobs) };
  return assay_cache_key_find (unpacking, &parts, &rebuild->key, error);
}

gboolean
assay_rebuild_find_key (AssayRebuild *rebuild, const AssayUnpacking *unpacking, const AssayRebuildOptions *options,
                        gboolean has_tree, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!wants_key (options, has_tree))
    return TRUE;
  rebuild->has_key
      = assay_listing_digest_known (unpacking->workspace->build, unpacking->known, &rebuild->prepared, &local)
        && digest_key (rebuild, unpacking, options, &local);
  if (rebuild->has_key)
    return TRUE;
  if (options->rebuilt == NULL && !g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_ptr_array_add (options->notes, g_strdup_printf ("the cache is not used: %s", local->message));
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
is_searched (const AssayRebuildOptions *options)
{
  return options->hidden != NULL || options->record || options->search == ASSAY_REBUILD_SEARCH_ALL;
}

/* What the recipe says of its outputs. */
static GPtrArray *
list_patterns (const AssayRecipe *recipe)
{
  GPtrArray *patterns = g_ptr_array_new ();
  for (guint i = 0; i < recipe->outputs->len; i++)
    {
      const AssayRecipeOutput *output = g_ptr_array_index (recipe->outputs, i);
      g_ptr_array_add (patterns, output->from);
      for (char **symbols = output->symbols; symbols != NULL && *symbols != NULL; symbols++)
        g_ptr_array_add (patterns, *symbols);
    }
  return patterns;
}

/* What they match; NULL where one of them says something of the tree that its files alone do not, or it is all. */
static GPtrArray *
find_outputs (AssayRebuild *rebuild, const GPtrArray *patterns)
{
  g_autoptr (GPtrArray) outputs = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < patterns->len; i++)
    {
      g_autoptr (GPtrArray) paths = assay_rebuild_find (rebuild, g_ptr_array_index (patterns, i), NULL);
      if (paths == NULL)
        return NULL;
      for (guint j = 0; j < paths->len; j++)
        {
          if (g_str_equal (g_ptr_array_index (paths, j), "."))
            return NULL;
          g_ptr_array_add (outputs, g_strdup (g_ptr_array_index (paths, j)));
        }
    }
  return g_steal_pointer (&outputs);
}

/* Of the files among them, by their digests: whoever finds the same bytes in an image asks for it. What cannot be read
 * here is looked at there. @out_digests: path to AssayDigest */
static json_t *
find_natures (AssayRebuild *rebuild, const GPtrArray *outputs, GHashTable *out_digests)
{
  json_t *natures = json_object ();
  for (guint i = 0; outputs != NULL && i < outputs->len; i++)
    {
      char hex[ASSAY_DIGEST_HEX_SIZE];
      AssayNature nature = ASSAY_NATURE_UNKNOWN;
      AssayDigest sha256;
      const char *path = g_ptr_array_index (outputs, i);
      g_autoptr (AssayBlob) blob = assay_blob_new_for_file (rebuild->workspace->build, path, NULL);
      if (blob == NULL || !assay_nature_find (blob, &nature, &sha256, NULL))
        continue;
      assay_digest_to_hex (&sha256, hex);
      json_object_set_new (natures, hex, json_string (assay_nature_name (nature)));
      g_hash_table_insert (out_digests, g_strdup (path), g_memdup2 (&sha256, sizeof sha256));
    }
  return natures;
}

void
assay_rebuild_add_natures (const AssayRebuild *rebuild, GHashTable *natures)
{
  json_t *written = rebuild->known.natures;
  const char *hex;
  json_t *name;
  json_object_foreach (written, hex, name)
  {
    AssayDigest sha256;
    AssayNature nature;
    if (assay_digest_from_hex (hex, &sha256) && assay_nature_from_name (json_string_value (name), &nature))
      g_hash_table_insert (natures, g_memdup2 (&sha256, sizeof sha256), GINT_TO_POINTER (nature));
  }
}

gboolean
assay_rebuild_keep (AssayRebuild *rebuild, const AssayReuse *reuse, const AssayRebuildOptions *options,
                    const AssayRecipe *recipe, GError **error)
{
  if (reuse->cache == NULL)
    return TRUE;
  assay_progress_stage (options->progress, "keeping the build in the cache", 0, NULL);
  g_autoptr (json_t) delivery = is_searched (options) ? assay_delivery_write (rebuild->delivery) : NULL;
  g_autoptr (GPtrArray) patterns = list_patterns (recipe);
  g_autoptr (GPtrArray) outputs = find_outputs (rebuild, patterns);
  g_ptr_array_add (patterns, NULL);
  g_autoptr (GHashTable) digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  rebuild->known.natures = find_natures (rebuild, outputs, digests);
  g_autoptr (json_t) files = assay_given_write (rebuild, recipe, digests);
  const AssayCached known = { .control_groups = (char **)assay_rebuild_get_control_groups (rebuild),
                              .prepared = rebuild->prepared,
                              .swhid = rebuild->swhid,
                              .delivery = delivery,
                              .natures = rebuild->known.natures,
                              .files = files,
                              .patterns = outputs == NULL ? NULL : (char **)patterns->pdata };
  return assay_reuse_keep (reuse, rebuild->workspace, outputs, &known, error);
}

/* Where somebody has the same bytes nothing is made anew of what the cache keeps. A work directory that stays has all.
 */
static gboolean
take_given (AssayRebuild *rebuild, AssayReuse *reuse, const AssayRecipe *recipe, const AssayRebuildOptions *options)
{
  if (options->find_content == NULL || assay_workspace_stays (rebuild->workspace))
    return FALSE;
  rebuild->given
      = assay_given_new (reuse->hit.entry.cached.files, recipe, options->find_content, options->content_data);
  if (rebuild->given == NULL)
    return FALSE;
  /* nothing that was prepared may be taken for an output */
  if (rebuild->workspace->is_open && !assay_directory_remove_contents (rebuild->workspace->build, NULL))
    {
      g_clear_pointer (&rebuild->given, assay_given_free);
      return FALSE;
    }
  rebuild->known = reuse->hit.entry.cached;
  reuse->hit.entry.cached = (AssayCached){ NULL };
  reuse->is_partial = TRUE;
  return TRUE;
}

static AssayCacheOutcome
take (AssayRebuild *rebuild, AssayReuse *reuse, const AssayRecipe *recipe, const AssayRebuildOptions *options,
      GError **error)
{
  g_autoptr (GPtrArray) patterns = list_patterns (recipe);
  AssayCacheOutcome outcome = ASSAY_CACHE_FOUND;
  if (!take_given (rebuild, reuse, recipe, options))
    outcome = assay_workspace_open (rebuild->workspace, error)
                  ? assay_reuse_take (reuse, rebuild->workspace, patterns, &rebuild->known, error)
                  : ASSAY_CACHE_FAILED;
  if (outcome == ASSAY_CACHE_FOUND && reuse->is_partial)
    {
      rebuild->hit = reuse->hit;
      reuse->hit = (AssayCacheHit){ .fd = -1 };
    }
  return outcome;
}

AssayCacheOutcome
assay_rebuild_take_kept (AssayRebuild *rebuild, AssayReuse *reuse, const AssayRecipe *recipe,
                         const AssayRebuildOptions *options, GError **error)
{
  AssayCacheOutcome outcome = assay_reuse_look (reuse, rebuild->workspace, error);
  if (outcome != ASSAY_CACHE_FOUND)
    return outcome;
  if (!assay_digest_equal (&reuse->hit.entry.cached.prepared, &rebuild->prepared))
    return ASSAY_CACHE_MISSED;
  return take (rebuild, reuse, recipe, options, error);
}

/* Whether a build may be known by the digests of its inputs alone, before any of them is unpacked. What a commit holds
 * is known when it was written out, and what a patch makes, when it was applied. */
static gboolean
may_be_known (const AssayReuse *reuse, const AssayUnpacking *unpacking, const AssayRebuildOptions *options)
{
  const AssayRecipe *recipe = unpacking->recipe;
  gboolean may = reuse->cache != NULL && reuse->looks && options->rebuilt == NULL && recipe->patches->len == 0
                 && wants_key (options, assay_mounts_have_tree (recipe));
  for (guint i = 0; may && i < unpacking->digests->len; i++)
    may = g_array_index (unpacking->digests, AssayInputDigest, i).layer->kind != ASSAY_SOURCE_GIT;
  return may;
}

/* T15: what is looked at below is what was found when the build was made; where the image may be among it, all is
 * looked through again, and whoever finds it says where. */
static gboolean
may_show_image (const AssayHidden *hidden, const GArray *digests, const AssayDelivery *delivery)
{
  for (guint i = 0; hidden != NULL && i < digests->len; i++)
    if (assay_hidden_has_content (hidden, &g_array_index (digests, AssayInputDigest, i).sha256))
      return TRUE;
  return hidden != NULL && !assay_hidden_check_delivery (hidden, delivery, NULL);
}

AssayCacheOutcome
assay_rebuild_take_known (AssayRebuild *rebuild, AssayReuse *reuse, const AssayUnpacking *unpacking,
                          const AssayRebuildOptions *options, GError **error)
{
  AssayLimits initial;
  assay_limits_init (&initial);
  if (!may_be_known (reuse, unpacking, options) || !digest_key (rebuild, unpacking, options, NULL))
    return ASSAY_CACHE_MISSED;
  reuse->key = rebuild->key;
  assay_progress_stage (options->progress, "looking into the cache", 0, NULL);
  AssayCacheOutcome outcome = assay_reuse_look (reuse, rebuild->workspace, error);
  if (outcome != ASSAY_CACHE_FOUND)
    return outcome;
  g_autoptr (AssayDelivery) delivery
      = assay_delivery_read (reuse->hit.entry.cached.delivery, options->limits == NULL ? &initial : options->limits);
  if (delivery == NULL || may_show_image (options->hidden, unpacking->digests, delivery))
    return ASSAY_CACHE_MISSED;
  outcome = take (rebuild, reuse, unpacking->recipe, options, error);
  if (outcome != ASSAY_CACHE_FOUND)
    return outcome;
  assay_delivery_free (rebuild->delivery);
  rebuild->delivery = g_steal_pointer (&delivery);
  rebuild->swhid = g_strdup (rebuild->known.swhid);
  rebuild->prepared = rebuild->known.prepared;
  rebuild->has_key = rebuild->cached = TRUE;
  return ASSAY_CACHE_FOUND;
}

AssayDirectory *
assay_rebuild_get_whole (AssayRebuild *rebuild, GError **error)
{
  if (rebuild->hit.fd < 0)
    return rebuild->workspace->build;
  if (rebuild->whole != NULL)
    return rebuild->whole->build;
  g_autoptr (AssayWorkspace) workspace = assay_workspace_new (NULL, "whole", &rebuild->limits, error);
  g_autoptr (AssayDirectory) restored
      = workspace == NULL
            ? NULL
            : assay_restore_entry (rebuild->hit.fd, &rebuild->hit.entry, ASSAY_RESTORE_BUILD_ALONE, workspace, error);
  if (restored == NULL || !assay_restore_exchange (workspace, restored, error)
      || !assay_workspace_finish (workspace, error))
    return NULL;
  rebuild->whole = g_steal_pointer (&workspace);
  return rebuild->whole->build;
}
