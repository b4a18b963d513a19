#ifndef ASSAY_TEST_TREE_CHANGES_H
#define ASSAY_TEST_TREE_CHANGES_H

#include "tree_model.h"

/**
 * TreeAnswer: what must be said of a change.
 *
 * @benign: a rule may explain it; anything but "identical" is right
 * @path: of the node that it is about
 * @fact: an unexplained fact of that node, or NULL
 * @missing: the node is missing
 * @offset: bytes of the node that an unexplained finding holds, if @length is not 0
 */
typedef struct
{
  gboolean benign;
  char *path;
  const char *fact;
  gboolean missing;
  gsize offset;
  gsize length;
} TreeAnswer;

/** TreeChange: @kinds: set of 1 << TreeKind in which it says something. @apply: FALSE where the tree has no place for
 * it; the tree may be changed then. */
typedef struct
{
  const char *name;
  guint kinds;
  gboolean (*apply) (Tree *tree, TreeKind kind, GRand *random, TreeAnswer *answer);
} TreeChange;

extern const TreeChange tree_changes[];
extern const gsize tree_change_count;

#endif
