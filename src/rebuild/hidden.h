#ifndef ASSAY_REBUILD_HIDDEN_H
#define ASSAY_REBUILD_HIDDEN_H

#include "input/recipe.h"
#include "rebuild/delivery.h"

#include <sys/stat.h>

/**
 * AssayHidden:
 *
 * What a build must never see: the image that it is judged by (T15). It is known by where it lies, which every hard
 * link and mount of it shares, and by what it holds. What differs from the image in anything (packed in a way that
 * nobody opens, a byte longer) is another file: of machine code in it the search for ready-made code speaks (T16).
 */
typedef struct _AssayHidden AssayHidden;

AssayHidden *assay_hidden_new (void);
void assay_hidden_free (AssayHidden *hidden);

/** assay_hidden_add_file: a file of the image, by its device and inode. */
void assay_hidden_add_file (AssayHidden *hidden, const struct stat *status);

/** assay_hidden_set_content: the image is one file that holds this. One of no bytes is nowhere. */
void assay_hidden_set_content (AssayHidden *hidden, guint64 size_bytes, const AssayDigest *sha256);

/**
 * assay_hidden_check_recipe:
 *
 * Looks for it among what a recipe names, where that lies; of git only what is exported counts, which
 * assay_hidden_check_delivery() looks through.
 *
 * Errors: ASSAY_ERROR_SANDBOX it is there: the message names recipe, line and both files; ASSAY_ERROR_CANCELLED;
 * ASSAY_ERROR_IO.
 */
gboolean assay_hidden_check_recipe (const AssayHidden *hidden, const AssayRecipe *recipe, GError **error);

/** assay_hidden_check_places: the same, by where it lies alone: for what no build reads. */
gboolean assay_hidden_check_places (const AssayHidden *hidden, const AssayRecipe *recipe, GError **error);

/** assay_hidden_has_content: whether it holds what digests to @sha256. */
gboolean assay_hidden_has_content (const AssayHidden *hidden, const AssayDigest *sha256);

/** assay_hidden_check_tree: the same for the tree or file at @path, in which @name is what people call it. */
gboolean assay_hidden_check_tree (const AssayHidden *hidden, const char *path, const char *name, GError **error);

/** assay_hidden_check_path: the same for one file or directory at an absolute path; @status: from lstat. */
gboolean assay_hidden_check_path (const AssayHidden *hidden, const char *path, const struct stat *status,
                                  GError **error);

/** assay_hidden_check_delivery: the same for what came with the source, what archives hold included. */
gboolean assay_hidden_check_delivery (const AssayHidden *hidden, const AssayDelivery *delivery, GError **error);

typedef struct _AssayToolchain AssayToolchain; /* toolchain.h */

/** assay_hidden_check_toolchain: the same for the files of its layers, by what they hold. */
gboolean assay_hidden_check_toolchain (const AssayHidden *hidden, const AssayToolchain *toolchain, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayHidden, assay_hidden_free)

#endif
