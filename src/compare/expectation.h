#ifndef ASSAY_COMPARE_EXPECTATION_H
#define ASSAY_COMPARE_EXPECTATION_H

#include "unpack/unpack.h"

/**
 * AssayExpectation:
 *
 * One thing that the expected side supplies: a file for one node of the image, or a tree for the entries of one
 * container.
 *
 * @at: node path or glob of the image that it stands for; "." is the image itself. Of a tree the prefix of its entries'
 * node paths: "" for the entries of the image itself, else ending in `/`
 * @is_tree: whether it supplies entries (and their facts) and not the content of one node
 * @supplies_owners: whether uid and gid of a tree's entries mean anything (a tree that an unprivileged build left does
 *   not know its owners, so that facts of ownership then have no expected side)
 * @blob: the file; NULL for a tree
 * @directory: the tree; NULL for a file
 * @from: how messages and reports call it, a path that is the same on every machine
 * @symbols: (element-type AssayBlob): ELF files that may name its parts; never NULL
 * @symbol_names: (element-type utf8): for each of these the last component of its path in the rebuild
 * @root: what it unpacks to; NULL until assay_expectation_unpack()
 * @second: the same output of a second rebuild; NULL where there is none. Owned
 */
typedef struct _AssayExpectation AssayExpectation;
struct _AssayExpectation
{
  char *at;
  gboolean is_tree;
  gboolean supplies_owners;
  AssayBlob *blob;
  AssayDirectory *directory;
  char *from;
  GPtrArray *symbols;
  GPtrArray *symbol_names;
  AssayNode *root;
  AssayExpectation *second;
};

/** assay_expectation_new_file: takes a reference of @blob. */
AssayExpectation *assay_expectation_new_file (const char *at, AssayBlob *blob, const char *from);

/** assay_expectation_new_tree: takes a reference of @directory. */
AssayExpectation *assay_expectation_new_tree (const char *at, AssayDirectory *directory, const char *from);

/** assay_expectation_add_symbols: takes a reference of @blob; @path: where the rebuild left it. */
void assay_expectation_add_symbols (AssayExpectation *expectation, AssayBlob *blob, const char *path);

void assay_expectation_free (AssayExpectation *expectation);

/** assay_expectation_unpack: fills @root if that has not happened yet, and that of @second. */
gboolean assay_expectation_unpack (AssayExpectation *expectation, const AssayUnpackOptions *options, GError **error);

/** assay_expectation_find_second: (nullable) (transfer none): what the second rebuild made in the place of a node of
 * @root. */
AssayNode *assay_expectation_find_second (const AssayExpectation *expectation, const AssayNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayExpectation, assay_expectation_free)

#endif
