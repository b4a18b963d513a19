#ifndef ASSAY_UTIL_SNAPSHOT_H
#define ASSAY_UTIL_SNAPSHOT_H

#include "util/blob.h"

/**
 * AssaySnapshot: a private copy of bytes while it is written, which nobody else can write: what is read several times,
 * as a container that is looked into, compared and digested, must be the same each time. A mapping that was written to
 * before changes a file without a trace in its times.
 *
 * It keeps one descriptor open, and raises the process's own limit on these where it is reached. Runs of zeros are
 * holes: gigabytes of them take no gigabytes of the disk. Begin with { .fd = -1 }.
 *
 * @size: bytes so far
 */
typedef struct
{
  int fd;
  guint64 size;
} AssaySnapshot;

/** AssaySnapshotWatcher: sees each piece before it is written, as for a digest of just these bytes. */
typedef void (*AssaySnapshotWatcher) (const guint8 *data, gsize length, gpointer watched);

gboolean assay_snapshot_begin (AssaySnapshot *snapshot, GError **error);

/** assay_snapshot_add: the next @length bytes. Errors: of the private file. */
gboolean assay_snapshot_add (AssaySnapshot *snapshot, const guint8 *data, gsize length, GError **error);

/**
 * assay_snapshot_add_all:
 * @source: borrowed; held while it is read
 * @watcher: nullable
 *
 * Errors: those of assay_blob_read(); ASSAY_ERROR_CHANGED the file changed while it was copied; of the private file.
 */
gboolean assay_snapshot_add_all (AssaySnapshot *snapshot, AssayBlob *source, AssaySnapshotWatcher watcher,
                                 gpointer watched, GError **error);

/** assay_snapshot_finish: (transfer full): what was added; nothing can be added any more. */
AssayBlob *assay_snapshot_finish (AssaySnapshot *snapshot, GError **error);

void assay_snapshot_clear (AssaySnapshot *snapshot);

/** assay_snapshot_new: (transfer full): all of @source. Errors: as above. */
AssayBlob *assay_snapshot_new (AssayBlob *source, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySnapshot, assay_snapshot_clear)

#endif
