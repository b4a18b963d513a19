#ifndef ASSAY_REBUILD_TOOLCHAIN_H
#define ASSAY_REBUILD_TOOLCHAIN_H

#include "rebuild/host.h"
#include "rebuild/unread.h"
#include "util/blob.h"
#include "util/directory.h"
#include "util/limits.h"

#include <assay/digest.h>

/**
 * AssayToolchain:
 *
 * The files of a toolchain by their digests, texts and passive data set apart: what an output is that nobody compiled
 * (T16). Of layers all are digested, since they are gone when the rebuild is over, and what archives and compressed
 * files hold as well; of what a build sees of this machine those that have the size of a file that is asked for, as
 * they are. References are counted for several threads, while it is asked by one at a time.
 */
typedef struct _AssayToolchain AssayToolchain;

AssayToolchain *assay_toolchain_new (const AssayLimits *limits);
AssayToolchain *assay_toolchain_ref (AssayToolchain *toolchain);
void assay_toolchain_unref (AssayToolchain *toolchain);

/** assay_toolchain_add_tree: a layer; @name stands before the paths. Errors: those of assay_directory_walk() and reads.
 */
gboolean assay_toolchain_add_tree (AssayToolchain *toolchain, AssayDirectory *directory, const char *name,
                                   GError **error);

/**
 * assay_toolchain_use_host:
 *
 * What a build sees of this machine is the toolchain, beside layers that were added: once, before the build. Takes a
 * reference.
 */
void assay_toolchain_use_host (AssayToolchain *toolchain, AssayHost *host);

/**
 * assay_toolchain_find:
 * @out_path: (transfer none) (nullable): a path in the toolchain whose file, no text and no passive data, has that
 * digest; owned by the toolchain. A file that we may not read is not there: no build may read it either
 *
 * Errors: ASSAY_ERROR_LIMIT "entries" where this machine's toolchain has more files, ASSAY_ERROR_IO where one cannot be
 * read.
 */
gboolean assay_toolchain_find (AssayToolchain *toolchain, guint64 size, const AssayDigest *sha256,
                               const char **out_path, GError **error);

/** assay_toolchain_holds: (transfer none) (nullable): the path of a file of the layers that holds this, texts and
 * passive data too, but not what archives hold. */
const char *assay_toolchain_holds (const AssayToolchain *toolchain, guint64 size, const AssayDigest *sha256);

/**
 * assay_toolchain_find_like:
 * @blob: no text and no passive data
 * @out_path: (transfer none) (nullable): a program, shared library or raw image of the toolchain of which @blob is
 * nearly a copy, see assay_likeness_match(); of this machine those that assay_lookalikes_add_host() takes note of
 *
 * Errors: as of assay_toolchain_find(); ASSAY_ERROR_CANCELLED.
 */
gboolean assay_toolchain_find_like (AssayToolchain *toolchain, AssayBlob *blob, const char **out_path, GError **error);

/** assay_toolchain_get_unread: (transfer none) (element-type AssayUnread): files of layers in which nobody knows what
 * lies.
 */
const GPtrArray *assay_toolchain_get_unread (const AssayToolchain *toolchain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayToolchain, assay_toolchain_unref)

#endif
