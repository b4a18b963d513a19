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
 * @notes: (element-type utf8): sentences for whoever started the rebuild; no report has them
 */
typedef struct
{
  AssayCache *cache;
  gboolean looks;
  AssayDigest key;
  guint64 log_bytes;
  GPtrArray *notes;
} AssayReuse;

/**
 * assay_reuse_find:
 *
 * Where the cache has the build, its tree is now the workspace's; its log, where that stays, stands behind what is in
 * the log already. Errors: as assay_cache_find().
 */
AssayCacheOutcome assay_reuse_find (AssayReuse *reuse, AssayWorkspace *workspace, AssayCached *out, GError **error);

/** assay_reuse_keep: after the last step. Errors: as assay_cache_keep(). */
gboolean assay_reuse_keep (const AssayReuse *reuse, AssayWorkspace *workspace, const AssayCached *cached,
                           GError **error);

#endif
