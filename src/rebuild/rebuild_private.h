#ifndef ASSAY_REBUILD_REBUILD_PRIVATE_H
#define ASSAY_REBUILD_REBUILD_PRIVATE_H

#include "rebuild/given.h"
#include "rebuild/layer.h"
#include "rebuild/rebuild.h"
#include "rebuild/reuse.h"

/* Between a rebuild, which prepares and builds (rebuild.c), and what it has to do with the cache (rebuild_cached.c). */

struct _AssayRebuild
{
  AssayWorkspace *workspace;
  AssayVaried *varied;
  char *path;  /* of the recipe as it is varied: where the source lies inside */
  char *swhid; /* of the source before the patches */
  AssayDelivery *delivery;
  AssayToolchain *toolchain;
  AssayRecording *recording; /* or NULL */
  gboolean cached;
  AssayCached known; /* where it is cached: what was so when the steps ran; where it was kept, the natures alone */
  AssayCacheHit hit; /* where of a cached one only outputs are there, or none: what has all */
  AssayGiven *given; /* where of a cached one no output is there: their bytes; or NULL */
  AssayCageLimits limits;
  AssayWorkspace *whole; /* that was asked for later; or NULL */
  gboolean has_key;
  AssayDigest key;
  AssayDigest prepared; /* where it has a key: the listing of the tree that the first step finds */
  const char *rebuilt;  /* of the options, or NULL */
  char *record;         /* of @rebuilt */
};

/** assay_rebuild_find_key: T24. What has no key is built, and not kept. */
gboolean assay_rebuild_find_key (AssayRebuild *rebuild, const AssayUnpacking *unpacking,
                                 const AssayRebuildOptions *options, gboolean has_tree, GError **error);

/**
 * assay_rebuild_take_known:
 *
 * A build of which the cache says what was found in the delivery: of that, which the digests of this run bind, nothing
 * is unpacked. Found, the rebuild is cached, but for the toolchain.
 */
AssayCacheOutcome assay_rebuild_take_known (AssayRebuild *rebuild, AssayReuse *reuse, const AssayUnpacking *unpacking,
                                            const AssayRebuildOptions *options, GError **error);

/** assay_rebuild_take_kept: out of the cache, where it is a build of the very tree that was prepared. */
AssayCacheOutcome assay_rebuild_take_kept (AssayRebuild *rebuild, AssayReuse *reuse, const AssayRecipe *recipe,
                                           const AssayRebuildOptions *options, GError **error);

/** assay_rebuild_keep: in the cache, what the steps have made. */
gboolean assay_rebuild_keep (AssayRebuild *rebuild, const AssayReuse *reuse, const AssayRebuildOptions *options,
                             const AssayRecipe *recipe, GError **error);

#endif
