#ifndef ASSAY_REBUILD_REBUILD_H
#define ASSAY_REBUILD_REBUILD_H

#include "input/recipe.h"
#include "rebuild/cache.h"
#include "rebuild/delivery.h"
#include "rebuild/hidden.h"
#include "rebuild/rebuilt.h"
#include "rebuild/recording.h"
#include "rebuild/toolchain_share.h"
#include "rebuild/variation.h"
#include "util/directory.h"
#include "util/progress.h"

/**
 * AssayRebuildSearch: what is looked through before the first step.
 *
 * @ASSAY_REBUILD_SEARCH_ALL: delivery and toolchain: for @hidden, and for whoever asks where an output is from
 * @ASSAY_REBUILD_SEARCH_NOTHING: where nobody asks, and nothing is hidden
 */
typedef enum
{
  ASSAY_REBUILD_SEARCH_ALL = 0,
  ASSAY_REBUILD_SEARCH_NOTHING,
} AssayRebuildSearch;

/**
 * AssayRebuildReuse: what is done with the cache of builds where there is one. Only a first rebuild without variations,
 * with a root file system of its own, has to do with it: what this machine's tools made is never kept (T24).
 *
 * @ASSAY_REBUILD_REUSE_ALL: a build is taken out of it where it has one of the same, and else kept there
 * @ASSAY_REBUILD_REUSE_NONE: it is built here and now, and kept there
 */
typedef enum
{
  ASSAY_REBUILD_REUSE_ALL = 0,
  ASSAY_REBUILD_REUSE_NONE,
} AssayRebuildReuse;

/**
 * AssayContentFinder:
 *
 * Called by several threads at once. Returns: (transfer full) (nullable): a blob of our own of just these bytes, which
 * nobody can change: they were digested by whoever gives them. What the cache has of the output is the same then, and
 * not looked at.
 */
typedef AssayBlob *(*AssayContentFinder) (const AssayRecipeOutput *output, guint64 size_bytes,
                                          const AssayDigest *sha256, gpointer data);

/**
 * AssayRebuildOptions:
 * @work_dir: keep logs and the build tree in a directory of this one; NULL: a private directory, removed with the
 * result
 * @name: (nullable): of the directory in @work_dir, instead of the product's
 * @jobs: $JOBS inside; 0 is the number of processors
 * @limits: for what is read of delivery and toolchain; NULL: the defaults
 * @allowed: (nullable): what the rebuild may take, instead of what the recipe asks for; 0 is the default
 * @beside_processes: how many processes other rebuilds may have that run beside it under one user
 * @hidden: (nullable): what the sandbox must not see
 * @variations: in what it is to be another than the first rebuild (of ASSAY_VARIATION_BIT); 0: it is the first
 * @clock: what it is told of the time
 * @shell: at a step that fails a shell is started in its place, see assay_steps_run()
 * @host: (nullable): what builds see of this machine, made with the same @hidden and @limits; NULL: it is found out for
 * this one alone
 * @toolchains: (nullable): those that other builds of the run looked through, with the same @limits
 * @search: counts as ASSAY_REBUILD_SEARCH_ALL where something is hidden
 * @record: whether it is recorded which files the steps open
 * @cache: (nullable): of builds that were made before
 * @keyed: it is to be found out what went into the build, for assay_rebuild_write_down()
 * @rebuilt: (nullable) (array zero-terminated): directories of assay_rebuilt_write(): it is one of these, and no step
 *   runs; @secret: that they were authenticated by
 * @find_content: (nullable): asked with @content_data for the bytes of outputs of a build that the cache has
 * @notes: (element-type utf8): (nullable) unless there is a cache or it is to be keyed: gets sentences on what it could
 * not do; no report has them
 * @progress: nullable
 */
typedef struct
{
  const char *work_dir;
  const char *name;
  guint jobs;
  const AssayLimits *limits;
  const AssayRecipeLimits *allowed;
  guint64 beside_processes;
  const AssayHidden *hidden;
  AssayHostShare *host;
  AssayToolchainShare *toolchains;
  guint variations;
  AssayClock clock;
  AssayRebuildSearch search;
  gboolean shell;
  gboolean record;
  AssayCache *cache;
  AssayRebuildReuse reuse;
  gboolean keyed;
  char *const *rebuilt;
  AssaySecret *secret;
  AssayContentFinder find_content;
  gpointer content_data;
  GPtrArray *notes;
  AssayProgress *progress;
} AssayRebuildOptions;

/** assay_rebuild_count_jobs: what $JOBS is: @jobs, or for 0 the number of processors. A build can read it, and so make
 * something else of the same source. */
guint assay_rebuild_count_jobs (guint jobs);

/**
 * AssayRebuild:
 *
 * A finished rebuild: the build tree as the last step left it, closed to everyone else, all processes of the sandbox
 * gone.
 */
typedef struct _AssayRebuild AssayRebuild;

/**
 * assay_rebuild_check:
 * @work_dir: (nullable): as in AssayRebuildOptions
 *
 * What can be known to be wrong before anything is unpacked: it is the user's to put right before a build begins.
 *
 * Errors: ASSAY_ERROR_USAGE; ASSAY_ERROR_UNSUPPORTED
 */
gboolean assay_rebuild_check (const AssayRecipe *recipe, const char *work_dir, GError **error);

/**
 * assay_rebuild_run:
 * @digests: (element-type AssayInputDigest): of assay_recipe_check_inputs(); each input is digested again as it is
 * unpacked, and a difference is ASSAY_ERROR_CHANGED. What was known of a commit is its name alone: its digest becomes
 * that of the listing of what was written out, as if it were a directory
 *
 * @recipe: must outlive the rebuild
 *
 * Unpacks the source, applies the patches and runs the steps in the sandbox: no network, fixed host name, user, umask,
 * locale and time zone, private /tmp, /dev/shm and /proc, limits on time, memory, processes and output. Started as root
 * it first becomes an unprivileged user of the host.
 *
 * Errors: ASSAY_ERROR_STEP a step (or a patch) failed: the message names step number, recipe line and exit status, then
 * the last 20 lines of the log; ASSAY_ERROR_LIMIT; ASSAY_ERROR_SANDBOX (also that it would see @hidden);
 * ASSAY_ERROR_CHANGED; ASSAY_ERROR_CANCELLED; of @rebuilt ASSAY_ERROR_PIN and ASSAY_ERROR_UNSUPPORTED. Nothing is left
 * behind, unless @work_dir was given: then tree and log stay there.
 */
AssayRebuild *assay_rebuild_run (const AssayRecipe *recipe, GArray *digests, const AssayRebuildOptions *options,
                                 GError **error);
void assay_rebuild_free (AssayRebuild *rebuild);

/**
 * assay_rebuild_get_root: the directory that was /build inside. Owned by the rebuild.
 *
 * Of one out of the cache it may have no other files than outputs and their symbols, and is empty or NULL where each
 * output was given: assay_rebuild_get_whole() has all.
 */
AssayDirectory *assay_rebuild_get_root (AssayRebuild *rebuild);

/** assay_rebuild_get_whole: the same with all its files; for one thread at a time. Owned by the rebuild. Errors: those
 * of restoring. */
AssayDirectory *assay_rebuild_get_whole (AssayRebuild *rebuild, GError **error);

/** assay_rebuild_get_varied: how it is another than the first; owned by the rebuild. */
const AssayVaried *assay_rebuild_get_varied (const AssayRebuild *rebuild);

/** assay_rebuild_is_cached: whether no step ran, but the tree was taken from the cache or was rebuilt before. */
gboolean assay_rebuild_is_cached (const AssayRebuild *rebuild);

/** assay_rebuild_get_rebuilt: (nullable): which of the directories it was taken from; @out_record: the record then, as
 * text. Both are owned by the rebuild. */
const char *assay_rebuild_get_rebuilt (const AssayRebuild *rebuild, const char **out_record);

/** assay_rebuild_has_key: whether it can be written down: it has a root file system of its own, and was to be keyed. */
gboolean assay_rebuild_has_key (const AssayRebuild *rebuild);

/** assay_rebuild_write_down: assay_rebuilt_write() of a rebuild with a key. */
gboolean assay_rebuild_write_down (const AssayRebuild *rebuild, const GPtrArray *paths, const char *record,
                                   AssaySecret *secret, AssayDirectory *into, GError **error);

/** assay_rebuild_get_given: (transfer none) (nullable): the bytes of the output @from where they were given
 * (AssayContentFinder); @out_sha256: what they digest to. */
AssayBlob *assay_rebuild_get_given (const AssayRebuild *rebuild, const char *from, AssayDigest *out_sha256);

/** assay_rebuild_find_sha256: (transfer none) (nullable): the digest of a file beneath assay_rebuild_get_root(), by its
 * lstat, where it was taken when the tree was made anew, and nothing has touched the file since. */
const AssayDigest *assay_rebuild_find_sha256 (const AssayRebuild *rebuild, const struct stat *status);

/** assay_rebuild_add_natures: @natures: AssayDigest to AssayNature: gets what is known of outputs that are files, of a
 * build that was kept now or before. */
void assay_rebuild_add_natures (const AssayRebuild *rebuild, GHashTable *natures);

/** assay_rebuild_get_log: path of the log; owned by the rebuild. Of a cached one it is empty, unless it
 * stays. */
const char *assay_rebuild_get_log (AssayRebuild *rebuild);

/** assay_rebuild_get_control_groups: (array zero-terminated): the limits that control groups bounded as well, as
 * "memory" (cage/group.h), when the steps ran; owned by the rebuild. */
const char *const *assay_rebuild_get_control_groups (const AssayRebuild *rebuild);

/**
 * assay_rebuild_find:
 * @from: as in the recipe's `outputs`: relative to the recipe's `path`, `..` allowed beneath /build; may be a glob; a
 * trailing `/` means a tree
 *
 * Returns: (transfer full) (element-type utf8): paths relative to assay_rebuild_get_root(), sorted, symbolic links
 * resolved inside the root; empty when nothing matches. NULL on error.
 */
GPtrArray *assay_rebuild_find (AssayRebuild *rebuild, const char *from, GError **error);

/** assay_rebuild_get_source_swhid: `swh:1:dir:…` of the source tree as unpacked, before the patches (SWHID 1.2); owned
 * by the rebuild. */
const char *assay_rebuild_get_source_swhid (AssayRebuild *rebuild);

/** assay_rebuild_get_delivery: what was there before the first step; assay_rebuild_get_toolchain: what it was built
 * with. Owned by the rebuild. */
const AssayDelivery *assay_rebuild_get_delivery (const AssayRebuild *rebuild);
AssayToolchain *assay_rebuild_get_toolchain (const AssayRebuild *rebuild);

/** assay_rebuild_get_recording: (transfer none) (nullable): what its steps opened; NULL unless it was to be recorded.
 */
AssayRecording *assay_rebuild_get_recording (const AssayRebuild *rebuild);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRebuild, assay_rebuild_free)

#endif
