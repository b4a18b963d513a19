#ifndef ASSAY_UTIL_KNOWN_FILES_H
#define ASSAY_UTIL_KNOWN_FILES_H

#include <assay/digest.h>

#include <glib.h>
#include <sys/stat.h>

/**
 * AssayKnownKind: what may have happened to a file between its digest and its use.
 *
 * @ASSAY_KNOWN_IN_PLACE: nothing: a file whose ctime is another is not known
 * @ASSAY_KNOWN_MOVED: it may have been renamed, which changes the ctime
 */
typedef enum
{
  ASSAY_KNOWN_IN_PLACE = 0,
  ASSAY_KNOWN_MOVED,
} AssayKnownKind;

/**
 * AssayKnownFiles:
 *
 * Digests of the files of a private tree, by device, inode and size, so that each is read for it once. Only for what
 * nobody else writes to, and, since a new file may get the inode of one that was removed, only as long as none of the
 * files is removed or written again. For one thread at a time.
 */
typedef struct _AssayKnownFiles AssayKnownFiles;

AssayKnownFiles *assay_known_files_new (AssayKnownKind kind);
void assay_known_files_free (AssayKnownFiles *known);

/** assay_known_files_add: @known: (nullable); @status: of the open file, from after it was read */
void assay_known_files_add (AssayKnownFiles *known, const struct stat *status, const AssayDigest *sha256);

/** assay_known_files_find: (transfer none) (nullable): @known: (nullable) */
const AssayDigest *assay_known_files_find (const AssayKnownFiles *known, const struct stat *status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayKnownFiles, assay_known_files_free)

#endif
