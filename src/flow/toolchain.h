#ifndef ASSAY_FLOW_TOOLCHAIN_H
#define ASSAY_FLOW_TOOLCHAIN_H

#include "input/toolchain_lock.h"
#include "util/progress.h"

/**
 * AssayToolchainOptions:
 *
 * What `assay toolchain` was asked for. All borrowed.
 *
 * @lock: path of the lock file
 * @store: directory of the packages; NULL for a check without
 * @output: path of the archive; NULL for a check
 * @suite: of a new lock; NULL: the lock file is there already, and the four after it are NULL
 * @architecture: NULL is this machine's
 * @packages: @mirrors: @keyring: see AssayAptRequest
 * @work_dir: where the log is kept, and where all work is done; NULL: beneath TMPDIR, and nothing is kept
 */
typedef struct
{
  const char *lock;
  const char *store;
  const char *output;
  const char *suite;
  const char *architecture;
  char *const *packages;
  char *const *mirrors;
  const char *keyring;
  const char *work_dir;
  AssayProgress *progress;
} AssayToolchainOptions;

/**
 * assay_flow_toolchain_make:
 * @out_archive: the file that was written: another than the lock's when it is compressed in another way
 *
 * Makes a root file system. With a suite: fetches the packages, makes it of them, keeps them in the store and writes
 * the lock. Without: makes it again of the packages in the store, as the lock says, and refuses what comes out
 * otherwise. Both make it in the same way, of the packages alone. Nothing appears unless all of it is done.
 *
 * Returns: (transfer full): the lock
 * Errors: ASSAY_ERROR_USAGE also for packages that are missing; ASSAY_ERROR_PIN a package is not the lock's;
 * ASSAY_ERROR_FAILED also for a root file system that is not the lock's
 */
AssayToolchainLock *assay_flow_toolchain_make (const AssayToolchainOptions *options, AssayLockedFile *out_archive,
                                               GError **error);

/**
 * assay_flow_toolchain_check:
 * @archives: (nullable) (array zero-terminated): files that must be the root file system
 * @out_findings: (transfer full) (element-type AssayStoreFinding): what does not hold, see rebuild/store.h
 *
 * Holds packages and archives against a lock.
 *
 * Returns: (transfer full): the lock; whether it holds is said by the findings alone
 */
AssayToolchainLock *assay_flow_toolchain_check (const AssayToolchainOptions *options, char *const *archives,
                                                GPtrArray **out_findings, GError **error);

#endif
