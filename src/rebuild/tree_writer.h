#ifndef ASSAY_REBUILD_TREE_WRITER_H
#define ASSAY_REBUILD_TREE_WRITER_H

#include "rebuild/manifest.h"

/**
 * AssayTreeWriter:
 *
 * Makes a tree of entries (manifest.h) anew, each directory before what it holds. Nothing is written outside of it,
 * whatever entries say: each is made new, by one name in a directory that was reached without following a link. All of
 * it belongs to the owner.
 */
typedef struct _AssayTreeWriter AssayTreeWriter;

/** assay_tree_writer_new: @into: empty, of the owner, who is borrowed */
AssayTreeWriter *assay_tree_writer_new (AssayDirectory *into, const AssayIdentity *owner);
void assay_tree_writer_free (AssayTreeWriter *writer);

/**
 * assay_tree_writer_make:
 * @out_fd: of a file: open for writing, empty, and to be settled; else -1. Directories are settled at the end, all else
 *   is done
 *
 * Errors: ASSAY_ERROR_MALFORMED it is of no tree: something is there already, or the way to it is a link or is not
 * there; ASSAY_ERROR_IO.
 */
gboolean assay_tree_writer_make (AssayTreeWriter *writer, const AssayManifestEntry *entry, int *out_fd, GError **error);

/** assay_tree_writer_settle: gives a file or directory its attributes, mode and time. Errors: ASSAY_ERROR_IO;
 * ASSAY_ERROR_MALFORMED an attribute that is none that a build may have. */
gboolean assay_tree_writer_settle (const AssayManifestEntry *entry, int fd, GError **error);

/** assay_tree_writer_finish: settles @directories (element-type AssayManifestEntry), which are all that were made, in
 * that order. Errors: as assay_tree_writer_settle(). */
gboolean assay_tree_writer_finish (AssayTreeWriter *writer, const GPtrArray *directories, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayTreeWriter, assay_tree_writer_free)

#endif
