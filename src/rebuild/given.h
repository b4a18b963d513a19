#ifndef ASSAY_REBUILD_GIVEN_H
#define ASSAY_REBUILD_GIVEN_H

#include "rebuild/rebuild.h"

#include <jansson.h>

/**
 * AssayGiven:
 *
 * The outputs of a build that the cache has where somebody else has their bytes: of the cache only what it says of them
 * is read then, which is authenticated (T24), and not what it keeps.
 */
typedef struct _AssayGiven AssayGiven;

/**
 * assay_given_write:
 * @rebuild: whose steps have run
 * @digests: path beneath the build tree to AssayDigest: of files
 *
 * Says for each output that is one file in @digests which one that is: an array of objects with `from`, as in the
 * recipe, `path` in the build tree, `size` and `sha256`.
 */
json_t *assay_given_write (AssayRebuild *rebuild, const AssayRecipe *recipe, GHashTable *digests);

/**
 * assay_given_new:
 * @files: (nullable): of assay_given_write()
 *
 * Returns: (transfer full) (nullable): all outputs of the recipe; NULL where one of them is no file, has files of
 * symbols, or is not given
 */
AssayGiven *assay_given_new (const json_t *files, const AssayRecipe *recipe, AssayContentFinder find, gpointer data);

/** assay_given_free: @given: (nullable) */
void assay_given_free (AssayGiven *given);

/** assay_given_find: (transfer full) (element-type utf8): as assay_rebuild_find(): nothing where it was not given. */
GPtrArray *assay_given_find (const AssayGiven *given, const char *from);

/** assay_given_get: (transfer none) (nullable): the bytes of an output. */
AssayBlob *assay_given_get (const AssayGiven *given, const char *from, AssayDigest *out_sha256);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayGiven, assay_given_free)

#endif
