#ifndef ASSAY_FLOW_MADE_H
#define ASSAY_FLOW_MADE_H

#include "flow/judging.h"

/**
 * AssayMade: a file or tree that a rebuild left and an output of its recipe names.
 *
 * @output: borrowed from the recipe
 * @path: relative to the build tree, as it is without variations: the same in each rebuild
 * @found: where it lies in this one, beneath @root, which is NULL where somebody else gave the bytes
 * @blob: of a file, else NULL; @directory: of a tree, else NULL
 * @sha256: of a file its bytes; of a tree assay_tree_digest() without owners
 */
typedef struct
{
  const AssayRecipeOutput *output;
  char *path;
  char *found;
  AssayDirectory *root;
  AssayBlob *blob;
  AssayDirectory *directory;
  AssayDigest sha256;
} AssayMade;

void assay_made_free (AssayMade *made);

/** assay_made_expect: (transfer full): what it stands for in the image. */
AssayExpectation *assay_made_expect (const AssayMade *made);

/**
 * assay_made_find:
 *
 * Returns: (transfer full) (element-type AssayMade): what one output names, sorted; never empty
 * Errors: ASSAY_ERROR_NOT_FOUND nothing matches, with the recipe's file, line and column; those of
 * assay_rebuild_find() and of reading.
 */
GPtrArray *assay_made_find (AssayRebuild *rebuild, const AssayRecipe *recipe, const AssayRecipeOutput *output,
                            const AssayLimits *limits, GError **error);

/**
 * assay_made_find_again:
 * @first: of another rebuild
 *
 * What this rebuild made in the place of it. Errors: also ASSAY_ERROR_FAILED it is several things, or a file in one
 * rebuild and a tree in the other.
 */
AssayMade *assay_made_find_again (AssayRebuild *rebuild, const AssayRecipe *recipe, const AssayMade *first,
                                  const AssayLimits *limits, GError **error);

/** assay_made_digest: one digest of several: SHA-256 of a line `TYPE SP SIZE SP SHA256 SP PATH LF` for each in its
 * order, of a tree `d` and 0. */
void assay_made_digest (const GPtrArray *made, AssayDigest *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayMade, assay_made_free)

#endif
