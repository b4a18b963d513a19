#ifndef ASSAY_REBUILD_SEARCH_H
#define ASSAY_REBUILD_SEARCH_H

#include "rebuild/mount.h"
#include "rebuild/rebuild.h"

/**
 * AssayTree: the root file system that a recipe brings. It is large, and a build that is in the cache, by a toolchain
 * that was looked through already, needs none.
 *
 * @is_wanted: whether the recipe brings one
 * @is_there: whether it was unpacked
 */
typedef struct
{
  const AssayUnpacking *unpacking;
  gboolean is_wanted;
  gboolean is_there;
} AssayTree;

/** assay_tree_unpack: unless it is there, or not wanted. Errors: those of assay_mounts_unpack_tree(). */
gboolean assay_tree_unpack (AssayTree *tree, GError **error);

/** AssaySearch: what there is before the first step; all is borrowed. @path: where the source lies inside; @delivery:
 * without a file yet, unless @is_known: it was read, and not looked through */
typedef struct
{
  const AssayRebuildOptions *options;
  AssayTree *tree;
  const GPtrArray *mounts;
  const char *path;
  AssayDelivery *delivery;
  gboolean is_known;
} AssaySearch;

/**
 * assay_search_run:
 * @out_toolchain: (transfer full): one that was not looked through where nobody asks for it
 *
 * Looks through delivery and toolchain: for what T16 asks, and that the image is not among them (T15).
 *
 * Errors: those of assay_delivery_add_tree(), assay_toolchain_add_tree() and assay_hidden_check_tree().
 */
gboolean assay_search_run (AssaySearch *search, AssayToolchain **out_toolchain, GError **error);

#endif
