#ifndef ASSAY_REBUILD_CACHE_H
#define ASSAY_REBUILD_CACHE_H

#include "crypto/secret.h"
#include "rebuild/restore.h"
#include "rebuild/workspace.h"

/** Bytes of all entries together, unless somebody says otherwise: some tens of products, or one Yocto build. */
#define ASSAY_CACHE_DEFAULT_BYTES (G_GUINT64_CONSTANT (20) << 30)

/**
 * AssayCache:
 *
 * Finished builds of this user, by what went into them (cache_key.h): one file each, called by its key, authenticated
 * by a secret (T24). The directory is the user's alone. Any number of threads and processes may use it at once: entries
 * appear whole or not at all, and whoever reads one that is taken away reads on.
 *
 * An entry keeps the whole tree that was /build, so that any `outputs` can be served, once more what the outputs of the
 * recipe were then, which is what is asked for again, and often little of it, and beside it a second tree of
 * what else the run found out (the log).
 */
typedef struct _AssayCache AssayCache;

/**
 * assay_cache_open:
 * @most_bytes: of all entries together; what was used longest ago goes first
 *
 * Takes a secret of its own. Errors: those of assay_own_directory_open() and assay_secret_open().
 */
AssayCache *assay_cache_open (const char *directory, const char *secret, guint64 most_bytes, GError **error);
void assay_cache_free (AssayCache *cache);

/** AssayCacheOutcome: of a look-up. */
typedef enum
{
  ASSAY_CACHE_FAILED = 0,
  ASSAY_CACHE_MISSED,
  ASSAY_CACHE_FOUND,
} AssayCacheOutcome;

/** AssayCacheHit: an entry that was found, open: what it says is authenticated, its trees are when they are taken. */
typedef struct
{
  int fd; /* -1: none */
  AssayCacheEntry entry;
} AssayCacheHit;

void assay_cache_hit_clear (AssayCacheHit *hit);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayCacheHit, assay_cache_hit_clear)

/**
 * assay_cache_look:
 * @workspace: whose limits hold
 * @notes: (element-type utf8): gets a sentence for an entry that is there and cannot be used
 *
 * Looks for a build of @key, and reads what its entry says. Where that is damaged, forged, another one's or cannot be
 * read, the entry goes, and nothing was found.
 *
 * Returns: ASSAY_CACHE_FAILED with an error only where the whole run ends: cancelled, or out of time
 */
AssayCacheOutcome assay_cache_look (AssayCache *cache, const AssayDigest *key, AssayWorkspace *workspace,
                                    GPtrArray *notes, AssayCacheHit *out, GError **error);

/**
 * assay_cache_take:
 * @hit: of assay_cache_look() for @key
 * @trees: which ones; of ASSAY_RESTORE_OUTPUTS_ALONE the entry must have one
 *
 * Puts the tree of a build in the place of the workspace's, and of ASSAY_RESTORE_BOTH what was kept beside into the
 * directory ASSAY_RESTORE_BESIDE of the private one. Where what is kept is not what the entry says, the workspace is as
 * it was, the entry goes, and nothing was found.
 *
 * Returns: ASSAY_CACHE_FAILED as of assay_cache_look(), and where the workspace itself cannot be written
 */
AssayCacheOutcome assay_cache_take (AssayCache *cache, const AssayDigest *key, const AssayCacheHit *hit,
                                    AssayRestoreTrees trees, AssayWorkspace *workspace, GPtrArray *notes,
                                    GError **error);

/**
 * assay_cache_keep:
 * @beside: a directory of the workspace's identity
 * @outputs: (nullable) (element-type utf8): where there are patterns: what these match in the build tree
 *
 * Keeps a build whose last step has ended, then takes away what is too much. What cannot be kept is a note, and no
 * error. Errors: ASSAY_ERROR_CANCELLED and what else ends the run.
 */
gboolean assay_cache_keep (AssayCache *cache, const AssayDigest *key, AssayWorkspace *workspace, AssayDirectory *beside,
                           const GPtrArray *outputs, const AssayCached *cached, GPtrArray *notes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayCache, assay_cache_free)

#endif
