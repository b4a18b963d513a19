#ifndef ASSAY_REBUILD_HOST_H
#define ASSAY_REBUILD_HOST_H

#include "rebuild/hidden.h"
#include "util/limits.h"

#include <sys/types.h>

/**
 * AssayHost:
 *
 * The regular files that a build with this machine's toolchain sees of it, by path, size and mode, as they were when it
 * was made: before the build. None is opened.
 */
typedef struct _AssayHost AssayHost;

/** AssayHostFile: @path: absolute, raw bytes, owned by the list. */
typedef struct
{
  const char *path;
  guint64 size_bytes;
  mode_t mode;
} AssayHostFile;

/**
 * assay_host_new:
 * @hidden: (nullable): what must not be among them, in the same walk (T15)
 *
 * Errors: those of assay_hidden_check_path() and assay_visible_walk(). More files than `entries` allows are none yet:
 * all are looked through, and whoever asks for one gets that.
 */
AssayHost *assay_host_new (const AssayHidden *hidden, const AssayLimits *limits, GError **error);
AssayHost *assay_host_ref (AssayHost *host);
void assay_host_unref (AssayHost *host);

/**
 * AssayHostShare:
 *
 * One AssayHost for all builds of a run, made when the first one asks. May be asked from any thread.
 */
typedef struct _AssayHostShare AssayHostShare;

/** assay_host_share_new: parameters as of assay_host_new(); borrowed, and must outlive it. */
AssayHostShare *assay_host_share_new (const AssayHidden *hidden, const AssayLimits *limits);
void assay_host_share_free (AssayHostShare *share);

/** assay_host_share_get: (transfer full) (nullable): Errors: as of assay_host_new(): the same for all who ask. */
AssayHost *assay_host_share_get (AssayHostShare *share, GError **error);

/** assay_host_get_files: (transfer none) (element-type AssayHostFile): none is empty; by size, those of one size in the
 * order of the walk. NULL and ASSAY_ERROR_LIMIT "entries" where there are too many. */
const GArray *assay_host_get_files (const AssayHost *host, GError **error);

/** assay_host_first_of_size: the index of the first of that size or more; the number of files when none is. */
guint assay_host_first_of_size (const GArray *files, guint64 size_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayHost, assay_host_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayHostShare, assay_host_share_free)

#endif
