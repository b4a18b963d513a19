#ifndef ASSAY_REBUILD_MOUNT_H
#define ASSAY_REBUILD_MOUNT_H

#include "rebuild/layer.h"
#include "rebuild/variation.h"

/** AssayMount: a read-only layer, unpacked at @source, mounted at @target (absolute); @is_input: one of `inputs`, and
 * not of the toolchain. */
typedef struct
{
  char *source;
  char *target;
  gboolean is_directory;
  gboolean is_input;
} AssayMount;

/**
 * assay_mounts_check:
 *
 * Whether all `at` of inputs and toolchain layers are places where something may be mounted. Errors: ASSAY_ERROR_USAGE,
 * ASSAY_ERROR_UNSUPPORTED several layers without `at`.
 */
gboolean assay_mounts_check (const AssayRecipe *recipe, GError **error);

/**
 * assay_mounts_unpack:
 * @out_has_tree: whether the recipe brings a root file system of its own, for assay_mounts_unpack_tree()
 *
 * Unpacks what has a place: inputs, and the layers of the toolchain but for the root file system.
 *
 * Returns: (transfer full) (element-type AssayMount)
 */
GPtrArray *assay_mounts_unpack (const AssayUnpacking *unpacking, gboolean *out_has_tree, GError **error);

/** assay_mounts_count: how many layers assay_mounts_unpack() unpacks. */
guint assay_mounts_count (const AssayRecipe *recipe);

/** assay_mounts_have_tree: whether the recipe brings a root file system of its own. */
gboolean assay_mounts_have_tree (const AssayRecipe *recipe);

/** assay_mounts_unpack_tree: the root file system, into `toolchain` of the private directory. */
gboolean assay_mounts_unpack_tree (const AssayUnpacking *unpacking, GError **error);

/**
 * assay_mounts_place:
 *
 * Makes the places inside where bwrap mounts, or makes sure that they still are what they were: a build step may have
 * put a symbolic link on the way, which bwrap would follow outside.
 */
gboolean assay_mounts_place (AssayWorkspace *workspace, const AssayVaried *varied, const GPtrArray *mounts,
                             gboolean has_tree, GError **error);

#endif
