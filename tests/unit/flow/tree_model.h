#ifndef ASSAY_TEST_TREE_MODEL_H
#define ASSAY_TEST_TREE_MODEL_H

#include <glib.h>

/** TreeEntry: one entry of a file tree, as an archive has it. */
typedef struct
{
  char *name; /* without a leading or final slash */
  guint mode; /* with the type, as st_mode */
  guint uid;
  guint gid;
  guint32 mtime;
  GByteArray *content; /* of a file; empty for all others */
  char *target;        /* of a symbolic link */
  guint device[2];     /* major and minor number */
} TreeEntry;

/** Tree: entries in their order, directories in front of what they hold. */
typedef struct
{
  GPtrArray *entries; /* (element-type TreeEntry) */
} Tree;

/** TreeKind: what holds a tree. */
typedef enum
{
  TREE_TAR = 0,
  TREE_CPIO,
  TREE_ZIP,
  TREE_DIRECTORY,
  TREE_SQUASHFS,
  TREE_KINDS,
} TreeKind;

extern const char *const tree_kind_names[TREE_KINDS];

/** tree_new: programs, texts, links, a device; always another one. */
Tree *tree_new (GRand *random);
Tree *tree_copy (const Tree *tree);
void tree_free (Tree *tree);

TreeEntry *tree_entry_copy (const TreeEntry *entry);

/** tree_write: writes the tree at @path, which is free. FALSE: the tool or the right to do so is missing. */
gboolean tree_write (const Tree *tree, TreeKind kind, const char *path);

/** tree_kind_holds: whether a kind can hold an entry: a zip has no devices, and a directory with
 * one has no digest (contract.md), so that nothing can be said of it but "undecided". */
gboolean tree_kind_holds (TreeKind kind, const TreeEntry *entry);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tree, tree_free)

#endif
