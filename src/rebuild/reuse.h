#ifndef ASSAY_REBUILD_REUSE_H
#define ASSAY_REBUILD_REUSE_H

#include "rebuild/cache.h"

/**
 * AssayReuse: what one rebuild does with the cache of builds.
 *
 * Beside the tree an entry keeps a directory of files: the log of the steps. Whatever else only a run of the steps can
 * find out belongs there as a file of its own; a wish that the steps run otherwise for belongs into the key
 * (AssayCacheParts).
 *
 * @cache: NULL: nothing
 * @looks: whether a build may be taken out of it, too
 * @key: of this build; @log_bytes: of the log before the first step
 * @has_looked: whether it was looked for; @hit: what was found
 * @is_partial: whether of what was taken only the outputs are there, and @hit, still open, has all
 * @notes: (element-type utf8): sentences for whoever started the rebuild; no report has them
 */
typedef struct
{
  AssayCache *cache;
  gboolean looks;
  AssayDigest key;
  guint64 log_bytes;
  gboolean has_looked;
  gboolean is_partial;
  AssayCacheHit hit;
  GPtrArray *notes;
} AssayReuse;

void assay_reuse_clear (AssayReuse *reuse);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayReuse, assay_reuse_clear)

/** assay_reuse_look: whether the cache has the build, which is found out once. Errors: as assay_cache_look(). */
AssayCacheOutcome assay_reuse_look (AssayReuse *reuse, AssayWorkspace *workspace, GError **error);

/**
 * assay_reuse_take:
 * @reuse: whose hit there is
 * @patterns: (element-type utf8): of the outputs that are wanted, and of their symbols
 * @out: (transfer full): what the entry says
 *
 * Where the cache still has the build, its tree is now the workspace's, of a workspace that does not stay perhaps no
 * more of it than these patterns match; the log of one that stays stands behind what is in its log already. Errors: as
 * assay_cache_take().
 */
AssayCacheOutcome assay_reuse_take (AssayReuse *reuse, AssayWorkspace *workspace, const GPtrArray *patterns,
                                    AssayCached *out, GError **error);

/** assay_reuse_begin_log: before the first step: what stands in the log by now is no step's. */
gboolean assay_reuse_begin_log (AssayReuse *reuse, AssayWorkspace *workspace, GError **error);

/** assay_reuse_keep: after the last step. @outputs: (nullable): as in assay_cache_keep(). Errors: as these. */
gboolean assay_reuse_keep (const AssayReuse *reuse, AssayWorkspace *workspace, const GPtrArray *outputs,
                           const AssayCached *cached, GError **error);

#endif
