#include "rebuild/rebuild_private.h"

#include "cage/group.h"
#include "rebuild/apart.h"
#include "rebuild/find.h"
#include "rebuild/mount.h"
#include "rebuild/patch.h"
#include "rebuild/place.h"
#include "rebuild/restore.h"
#include "rebuild/search.h"
#include "rebuild/step.h"
#include "rebuild/swhid.h"

#include <assay/error.h>

#include <string.h>

static void
set_limits (const AssayRecipeLimits *asked, AssayCageLimits *limits)
{
  assay_cage_limits_init (limits);
  if (asked->time_s > 0)
    limits->time_s = asked->time_s;
  if (asked->memory_bytes > 0)
    limits->memory_bytes = asked->memory_bytes;
  if (asked->processes > 0)
    limits->processes = asked->processes;
  if (asked->output_bytes > 0)
    limits->output_bytes = asked->output_bytes;
}

/* The recipe's reader checks this too; what is beneath /build decides what we write to. */
static gboolean
check_path (const AssayRecipe *recipe, GError **error)
{
  if (g_str_equal (recipe->path, "/build") || g_str_has_prefix (recipe->path, "/build/"))
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: `path` must lie beneath /build", recipe->file);
  return FALSE;
}

static gboolean
unpack_source (const AssayUnpacking *unpacking, AssayRebuild *rebuild, GError **error)
{
  AssayWorkspace *workspace = unpacking->workspace;
  const AssayRecipe *recipe = unpacking->recipe;
  g_autoptr (AssayDirectory) top
      = assay_place_make (workspace->build, recipe->path + strlen ("/build"), &workspace->identity, error);
  if (top == NULL)
    return FALSE;
  for (guint i = 0; i < recipe->source->len; i++)
    {
      const AssayRecipeLayer *layer = recipe->source->pdata[i];
      g_autoptr (AssayDirectory) into
          = assay_place_make (top, layer->into == NULL ? "." : layer->into, &workspace->identity, error);
      if (into == NULL)
        return assay_layer_prefix (recipe, layer, error);
      if (!assay_layer_unpack (unpacking, layer, ASSAY_EXTRACT_SOURCE, into, error))
        return FALSE;
    }
  rebuild->swhid = assay_swhid_of_directory (top, error);
  return rebuild->swhid != NULL;
}

guint
assay_rebuild_count_jobs (guint jobs)
{
  return jobs > 0 ? jobs : g_get_num_processors ();
}

static gboolean
search (AssayRebuild *rebuild, const AssayRebuildOptions *options, const GPtrArray *mounts, AssayTree *tree,
        GError **error)
{
  AssaySearch looked = { .options = options,
                         .tree = tree,
                         .mounts = mounts,
                         .path = rebuild->path,
                         .delivery = rebuild->delivery,
                         .is_known = rebuild->cached };
  return assay_search_run (&looked, &rebuild->toolchain, error);
}

static gboolean
take_steps (AssayRebuild *rebuild, const AssayRebuildOptions *options, const GPtrArray *mounts, gboolean has_tree,
            GError **error)
{
  AssayWorkspace *workspace = rebuild->workspace;
  AssayStepShell shell = options->shell ? ASSAY_STEP_SHELL_ON_FAILURE : ASSAY_STEP_SHELL_NONE;
  g_autoptr (AssayRecord) record = NULL;
  if (!options->record)
    return assay_steps_run (workspace, rebuild->varied, mounts, has_tree, shell, NULL, options->progress, error);
  record = assay_record_new (workspace, mounts, has_tree, error);
  if (record == NULL
      || !assay_steps_run (workspace, rebuild->varied, mounts, has_tree, shell, record, options->progress, error))
    return FALSE;
  assay_progress_stage (options->progress, "looking through what was read", 0, NULL);
  rebuild->recording
      = assay_recording_new (record, rebuild->delivery, assay_rebuild_get_root (rebuild), rebuild->path, error);
  return rebuild->recording != NULL;
}

static gboolean
build (AssayRebuild *rebuild, const AssayRebuildOptions *options, const GPtrArray *mounts, gboolean has_tree,
       GError **error)
{
  return assay_varied_probe (rebuild->varied, rebuild->workspace, mounts, has_tree, options->clock, error)
         && take_steps (rebuild, options, mounts, has_tree, error);
}

/* One of the directories that the user gives. */
static gboolean
take_rebuilt (AssayRebuild *rebuild, const AssayRebuildOptions *options, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!rebuild->has_key)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                           "--rebuilt: what this machine's tools made is never used again: nobody knows what they are "
                           "now (the recipe has no root file system as `toolchain`)");
      return FALSE;
    }
  for (char *const *path = options->rebuilt; *path != NULL; path++)
    {
      g_clear_error (&local);
      rebuild->cached = assay_rebuilt_take (*path, &rebuild->key, &rebuild->prepared, options->secret,
                                            rebuild->workspace, &rebuild->known, &rebuild->record, &local);
      rebuild->rebuilt = rebuild->cached ? *path : NULL;
      if (rebuild->cached)
        return TRUE;
      if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED)
          || !assay_restore_drop (rebuild->workspace, error))
        break;
    }
  if (error != NULL && *error == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* The tree that the last step leaves, by running the steps or out of the cache. */
static gboolean
obtain (AssayRebuild *rebuild, AssayReuse *reuse, const AssayRebuildOptions *options, const GPtrArray *mounts,
        AssayTree *tree, GError **error)
{
  if (options->rebuilt != NULL)
    return take_rebuilt (rebuild, options, error);
  reuse->cache = rebuild->has_key ? options->cache : NULL;
  reuse->key = rebuild->key;
  if (reuse->cache != NULL)
    assay_progress_stage (options->progress, "looking into the cache", 0, NULL);
  if (!assay_reuse_begin_log (reuse, rebuild->workspace, error))
    return FALSE;
  AssayCacheOutcome outcome = assay_rebuild_take_kept (rebuild, reuse, tree->unpacking->recipe, options, error);
  rebuild->cached = outcome == ASSAY_CACHE_FOUND;
  if (outcome != ASSAY_CACHE_MISSED)
    return rebuild->cached;
  return assay_tree_unpack (tree, error) && build (rebuild, options, mounts, tree->is_wanted, error)
         && assay_rebuild_keep (rebuild, reuse, options, tree->unpacking->recipe, error);
}

static gboolean
prepare_and_obtain (AssayRebuild *rebuild, AssayReuse *reuse, const AssayUnpacking *unpacking,
                    const AssayRebuildOptions *options, AssayTree *tree, GError **error)
{
  g_autoptr (GPtrArray) mounts = NULL;
  if (!assay_workspace_open (unpacking->workspace, error)
      || (options->hidden != NULL && !assay_hidden_check_recipe (options->hidden, unpacking->recipe, error)))
    return FALSE;
  assay_delivery_use_known (rebuild->delivery, unpacking->known);
  assay_progress_stage (options->progress, "unpacking the source", 0, NULL);
  if (!unpack_source (unpacking, rebuild, error))
    return FALSE;
  assay_progress_stage (options->progress, "unpacking toolchain and inputs", 0, NULL);
  mounts = assay_mounts_unpack (unpacking, &tree->is_wanted, error);
  if (mounts == NULL)
    return FALSE;
  assay_progress_stage (options->progress, "applying patches", 0, NULL);
  if (!assay_patches_apply (unpacking, error))
    return FALSE;
  assay_progress_stage (options->progress, "looking through what was delivered", 0, NULL);
  return search (rebuild, options, mounts, tree, error)
         && assay_rebuild_find_key (rebuild, unpacking, options, tree->is_wanted, error)
         && obtain (rebuild, reuse, options, mounts, tree, error);
}

/* Of a build that is known. */
static gboolean
look_through_tools (AssayRebuild *rebuild, const AssayUnpacking *unpacking, const AssayRebuildOptions *options,
                    AssayTree *tree, GError **error)
{
  gboolean needs_room = assay_mounts_count (unpacking->recipe) > 0;
  if (needs_room && !assay_workspace_open (unpacking->workspace, error))
    return FALSE;
  g_autoptr (GPtrArray) mounts = assay_mounts_unpack (unpacking, &tree->is_wanted, error);
  return mounts != NULL && search (rebuild, options, mounts, tree, error);
}

static gboolean
run (AssayRebuild *rebuild, const AssayUnpacking *unpacking, const AssayRebuildOptions *options, GError **error)
{
  AssayTree tree = { .unpacking = unpacking };
  g_auto (AssayReuse) reuse
      = { .cache = options->cache,
          .looks = options->reuse == ASSAY_REBUILD_REUSE_ALL && !options->shell && !options->record,
          .hit = { .fd = -1 },
          .notes = options->notes };
  AssayCacheOutcome outcome = assay_rebuild_take_known (rebuild, &reuse, unpacking, options, error);
  gboolean done = outcome == ASSAY_CACHE_MISSED
                      ? prepare_and_obtain (rebuild, &reuse, unpacking, options, &tree, error)
                      : outcome == ASSAY_CACHE_FOUND && look_through_tools (rebuild, unpacking, options, &tree, error);
  return done && assay_workspace_finish (unpacking->workspace, error);
}

gboolean
assay_rebuild_check (const AssayRecipe *recipe, const char *work_dir, GError **error)
{
  return check_path (recipe, error) && assay_mounts_check (recipe, error)
         && (work_dir == NULL || assay_apart_check (recipe, "--work-dir", work_dir, error));
}

AssayRebuild *
assay_rebuild_run (const AssayRecipe *recipe, GArray *digests, const AssayRebuildOptions *options, GError **error)
{
  g_autoptr (AssayRebuild) rebuild = g_new0 (AssayRebuild, 1);
  rebuild->hit.fd = -1;
  AssayCageLimits *limits = &rebuild->limits;
  AssayLimits reading;
  AssayUnpacking unpacking = { .digests = digests };
  /* what is laid over others removes them, and so does a patch */
  g_autoptr (AssayKnownFiles) known
      = recipe->source->len == 1 && recipe->patches->len == 0 ? assay_known_files_new (ASSAY_KNOWN_MOVED) : NULL;
  rebuild->varied = assay_varied_new (recipe, options->variations, assay_rebuild_count_jobs (options->jobs));
  unpacking.recipe = &rebuild->varied->recipe;
  if (!check_path (recipe, error) || !assay_mounts_check (unpacking.recipe, error)
      || (options->work_dir != NULL && !assay_apart_check (recipe, "--work-dir", options->work_dir, error)))
    return NULL;
  if (options->hidden != NULL && !assay_hidden_check_places (options->hidden, recipe, error))
    return NULL;
  set_limits (options->allowed == NULL ? &recipe->limits : options->allowed, limits);
  limits->beside_processes = options->beside_processes;
  rebuild->path = g_strdup (unpacking.recipe->path);
  assay_limits_init (&reading);
  rebuild->delivery = assay_delivery_new (options->limits == NULL ? &reading : options->limits);
  if (options->record)
    assay_delivery_keep_places (rebuild->delivery);
  rebuild->workspace
      = assay_workspace_plan (options->work_dir, options->name == NULL ? recipe->product : options->name, limits);
  assay_workspace_set_time (rebuild->workspace, g_hash_table_lookup (recipe->environment, "SOURCE_DATE_EPOCH"));
  unpacking.workspace = rebuild->workspace;
  unpacking.known = known;
  gboolean done = run (rebuild, &unpacking, options, error);
  assay_delivery_use_known (rebuild->delivery, NULL);
  return done ? g_steal_pointer (&rebuild) : NULL;
}

void
assay_rebuild_free (AssayRebuild *rebuild)
{
  if (rebuild == NULL)
    return;
  assay_workspace_free (rebuild->workspace);
  assay_varied_free (rebuild->varied);
  g_free (rebuild->path);
  g_free (rebuild->swhid);
  assay_delivery_free (rebuild->delivery);
  assay_toolchain_unref (rebuild->toolchain);
  assay_recording_free (rebuild->recording);
  assay_cached_clear (&rebuild->known);
  assay_cache_hit_clear (&rebuild->hit);
  assay_given_free (rebuild->given);
  assay_workspace_free (rebuild->whole);
  g_free (rebuild->record);
  g_free (rebuild);
}

AssayDirectory *
assay_rebuild_get_root (AssayRebuild *rebuild)
{
  return rebuild->workspace->build;
}

const AssayVaried *
assay_rebuild_get_varied (const AssayRebuild *rebuild)
{
  return rebuild->varied;
}

const AssayDigest *
assay_rebuild_find_sha256 (const AssayRebuild *rebuild, const struct stat *status)
{
  return assay_known_files_find (rebuild->workspace->restored, status);
}

const char *
assay_rebuild_get_log (AssayRebuild *rebuild)
{
  return rebuild->workspace->log_path;
}

gboolean
assay_rebuild_is_cached (const AssayRebuild *rebuild)
{
  return rebuild->cached;
}

const char *
assay_rebuild_get_rebuilt (const AssayRebuild *rebuild, const char **out_record)
{
  *out_record = rebuild->record;
  return rebuild->rebuilt;
}

gboolean
assay_rebuild_has_key (const AssayRebuild *rebuild)
{
  return rebuild->has_key;
}

gboolean
assay_rebuild_write_down (const AssayRebuild *rebuild, const GPtrArray *paths, const char *record, AssaySecret *secret,
                          AssayDirectory *into, GError **error)
{
  const AssayRebuilt rebuilt = { .build = rebuild->workspace->build,
                                 .owner = &rebuild->workspace->identity,
                                 .paths = paths,
                                 .record = record,
                                 .cached = { .control_groups = (char **)assay_rebuild_get_control_groups (rebuild),
                                             .prepared = rebuild->prepared,
                                             .swhid = rebuild->swhid } };
  return assay_rebuilt_write (&rebuilt, &rebuild->key, secret, into, error);
}

const char *const *
assay_rebuild_get_control_groups (const AssayRebuild *rebuild)
{
  if (rebuild->cached)
    return (const char *const *)rebuild->known.control_groups;
  return assay_group_names (assay_guard_get_group (rebuild->workspace->guard));
}

GPtrArray *
assay_rebuild_find (AssayRebuild *rebuild, const char *from, GError **error)
{
  return rebuild->given != NULL ? assay_given_find (rebuild->given, from)
                                : assay_find_outputs (rebuild->workspace->build, rebuild->path, from, error);
}

AssayBlob *
assay_rebuild_get_given (const AssayRebuild *rebuild, const char *from, AssayDigest *out_sha256)
{
  return rebuild->given == NULL ? NULL : assay_given_get (rebuild->given, from, out_sha256);
}

const char *
assay_rebuild_get_source_swhid (AssayRebuild *rebuild)
{
  return rebuild->swhid;
}

const AssayDelivery *
assay_rebuild_get_delivery (const AssayRebuild *rebuild)
{
  return rebuild->delivery;
}

AssayToolchain *
assay_rebuild_get_toolchain (const AssayRebuild *rebuild)
{
  return rebuild->toolchain;
}

AssayRecording *
assay_rebuild_get_recording (const AssayRebuild *rebuild)
{
  return rebuild->recording;
}
