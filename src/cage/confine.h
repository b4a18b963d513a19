#ifndef ASSAY_CAGE_CONFINE_H
#define ASSAY_CAGE_CONFINE_H

#include "cage/guard.h"
#include "cage/identity.h"

#include <assay/error.h>

/**
 * AssayConfinedFunc:
 * @fd: what it reads
 * @out_message: at most ASSAY_CAGE_MESSAGE_BYTES with the closing NUL; any bytes
 *
 * Work behind the walls, in a process of its own after fork(): GLib's allocation may be used, GError and locks not.
 *
 * Returns: FALSE with code and message
 */
typedef gboolean (*AssayConfinedFunc) (int fd, gpointer data, AssayErrorCode *out_code, char *out_message);

/**
 * assay_confine_run:
 * @root: `/` of the process; all that it can reach by a name, and it may write there
 * @fd: the only descriptor that the process keeps; borrowed
 *
 * Runs @func in a process that is the identity, sees nothing but @root, has no network, no privilege, the filter of
 * filter.h and
 * @memory_bytes of address space. For code that reads untrusted bytes and writes files. The memory of this
 * process is copied into it: no secret should be there yet.
 *
 * Errors: what @func says (its message escaped); ASSAY_ERROR_SANDBOX; those of assay_guard_check(); ASSAY_ERROR_FAILED
 * it crashed
 */
gboolean assay_confine_run (const AssayIdentity *identity, AssayDirectory *root, int fd, guint64 memory_bytes,
                            AssayGuard *guard, AssayConfinedFunc func, gpointer data, GError **error);

#endif
