#ifndef ASSAY_REBUILD_STORE_H
#define ASSAY_REBUILD_STORE_H

#include "input/toolchain_lock.h"
#include "rebuild/workspace.h"

/*
 * The directory in which a toolchain's packages are kept, each called by its digest. Untrusted: what is used is a
 * private copy whose digest was taken while it was made.
 */

/**
 * AssayStoreFinding:
 * @kind: "missing", "wrong" or "surplus"
 * @what: one line about what it is of; escaped
 */
typedef struct
{
  const char *kind;
  char *what;
} AssayStoreFinding;

/** assay_store_findings_new: (element-type AssayStoreFinding). */
GPtrArray *assay_store_findings_new (void);

/** assay_store_findings_add: takes @what over. */
void assay_store_findings_add (GPtrArray *findings, const char *kind, char *what);

/**
 * assay_store_take:
 * @name: of a new directory in the workspace's private one
 * @findings: gets a line for each package that is missing or not of the digest and size that the lock says
 *
 * Copies all packages of a lock. What is found is no error.
 *
 * Errors: ASSAY_ERROR_NOT_FOUND there is no such directory; ASSAY_ERROR_IO; those of assay_guard_check()
 */
gboolean assay_store_take (AssayWorkspace *workspace, const char *store, const AssayToolchainLock *lock,
                           const char *name, GPtrArray *findings, GError **error);

/** assay_store_find_surplus: adds a line for everything in the directory that the lock does not list. */
gboolean assay_store_find_surplus (const char *store, const AssayToolchainLock *lock, GPtrArray *findings,
                                   GError **error);

/** assay_store_check_descriptions: adds a line for each package that says of itself something else than the lock.
 * @packages: of assay_packages_read() */
void assay_store_check_descriptions (GHashTable *packages, const AssayToolchainLock *lock, GPtrArray *findings);

/**
 * assay_store_keep:
 * @from: of assay_workspace_make(), with the packages of the lock
 *
 * Puts all packages of a lock into the directory, which is made where it is missing. Each appears whole or not at all;
 * when one cannot be written those before it are taken out again.
 */
gboolean assay_store_keep (AssayDirectory *from, const char *store, const AssayToolchainLock *lock, GError **error);

#endif
