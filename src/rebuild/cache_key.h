#ifndef ASSAY_REBUILD_CACHE_KEY_H
#define ASSAY_REBUILD_CACHE_KEY_H

#include "rebuild/layer.h"

/** AssayCacheParts: what went into a build beside recipe and layers. */
typedef struct
{
  guint jobs;
} AssayCacheParts;

/**
 * assay_cache_key_find:
 * @unpacking: whose digests are of this run, those of commits of what was written out
 *
 * What everything that goes into a build digests to, so that two builds of one key are builds of the same: source,
 * patches, inputs and toolchain by what they hold and where they lie; the library that opens archives; path, run_as,
 * environment, steps; the limits in force and $JOBS, which a build can see; the programs that make the sandbox (this
 * one, and bwrap); this machine's kernel and number of processors. Not what only says what is done with the outcome:
 * `product`, `licence`, `outputs`, `entries`, `scope`, `layout`, nor comments. The tree that the first step finds is
 * made of these; an entry of the cache says it as well (AssayCached), and whoever made it compares.
 *
 * Errors: those of reading the programs.
 */
gboolean assay_cache_key_find (const AssayUnpacking *unpacking, const AssayCacheParts *parts, AssayDigest *out_key,
                               GError **error);

/** assay_cache_key_of_toolchain: what the layers of the toolchain and their places digest to. Returns: FALSE where one
 * is not known by what it holds */
gboolean assay_cache_key_of_toolchain (const AssayUnpacking *unpacking, AssayDigest *out_key);

#endif
