#ifndef ASSAY_REBUILD_TOOLCHAIN_SHARE_H
#define ASSAY_REBUILD_TOOLCHAIN_SHARE_H

#include "rebuild/toolchain.h"

/**
 * AssayToolchainShare:
 *
 * The toolchains of all builds of a run: what is unpacked from the same layers is looked through once, by the build
 * that comes first. May be asked from any thread.
 */
typedef struct _AssayToolchainShare AssayToolchainShare;

AssayToolchainShare *assay_toolchain_share_new (void);
void assay_toolchain_share_free (AssayToolchainShare *share);

/** AssayToolchainMake: looks through a toolchain. Returns: (transfer full) (nullable) */
typedef AssayToolchain *(*AssayToolchainMake) (gpointer data, GError **error);

/**
 * assay_toolchain_share_get:
 * @layers: digest of what the layers are: only what is unpacked from the same has the same
 * @make: called unless somebody has made it already; whoever comes while it is being made waits
 *
 * Returns: (transfer full) (nullable): NULL with the error of @make, which the next one who asks does not get: he makes
 * it himself
 */
AssayToolchain *assay_toolchain_share_get (AssayToolchainShare *share, const AssayDigest *layers,
                                           AssayToolchainMake make, gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayToolchainShare, assay_toolchain_share_free)

#endif
