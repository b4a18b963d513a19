#ifndef ASSAY_REBUILD_REBUILT_H
#define ASSAY_REBUILD_REBUILT_H

#include "rebuild/cache.h"

/** Beside kept outputs: what they were in the build tree, with all their facts; see assay_rebuilt_write(). */
#define ASSAY_REBUILT_FILE "assay-rebuild.pack"

/**
 * AssayRebuilt: a build of which outputs were kept (`assay rebuild --output`), as it is written down.
 *
 * @build: the build tree; @owner: of all in it
 * @paths: (element-type utf8): what is kept of it
 * @record: the text of the report beside it
 */
typedef struct
{
  AssayDirectory *build;
  const AssayIdentity *owner;
  const GPtrArray *paths;
  const char *record;
  AssayCached cached;
} AssayRebuilt;

/**
 * assay_rebuilt_write:
 * @into: the directory that gets ASSAY_REBUILT_FILE
 *
 * Writes down what of the build tree was kept, as an entry of the cache is (cache.h), authenticated for this use by the
 * same secret: files of @paths, all directories and links, and the record. Errors: those of packing.
 */
gboolean assay_rebuilt_write (const AssayRebuilt *rebuilt, const AssayDigest *key, AssaySecret *secret,
                              AssayDirectory *into, GError **error);

/**
 * assay_rebuilt_take:
 * @path: a directory that assay_rebuilt_write() wrote to
 * @out_record: (transfer full): the record as it was then
 *
 * @prepared: the listing of the tree that the first step finds
 *
 * Puts what was kept of a build of @key in the place of the workspace's tree. Errors: ASSAY_ERROR_PIN it is damaged,
 * was not made by us, or is a build of something else; ASSAY_ERROR_NOT_FOUND; those of restoring.
 */
gboolean assay_rebuilt_take (const char *path, const AssayDigest *key, const AssayDigest *prepared, AssaySecret *secret,
                             AssayWorkspace *workspace, AssayCached *out, char **out_record, GError **error);

#endif
