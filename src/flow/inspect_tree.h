#ifndef ASSAY_FLOW_INSPECT_TREE_H
#define ASSAY_FLOW_INSPECT_TREE_H

#include "unpack/node.h"

/**
 * AssayBranch:
 * @node: borrowed
 * @label: what its path adds to that of the branch it hangs on; within the node's path, borrowed
 * @lead: (transfer none): what stands in front of its line: "│  ├─ "; empty for the root
 * @under: (transfer none): what stands in front of further lines of it: "│  │  "
 */
typedef struct
{
  AssayNode *node;
  const char *label;
  const char *lead;
  const char *under;
} AssayBranch;

/** AssayBranchVisit: FALSE ends the walk. */
typedef gboolean (*AssayBranchVisit) (const AssayBranch *branch, gpointer data);

/**
 * assay_inspect_tree_visit:
 *
 * Every node of an image as the tree that their paths are: each hangs on the nearest one whose path is the beginning of
 * its own, whether that is a directory, an archive or a stream, and those of one branch keep the order of the image.
 * Beyond twelve levels nothing is indented further. Time and memory are linear in the length of all paths.
 */
void assay_inspect_tree_visit (AssayNode *root, AssayBranchVisit visit, gpointer data);

#endif
