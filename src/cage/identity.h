#ifndef ASSAY_CAGE_IDENTITY_H
#define ASSAY_CAGE_IDENTITY_H

#include <glib.h>
#include <sys/types.h>

/**
 * AssayIdentity:
 * @uid, @gid: of the host, for everything that reads or runs what nobody trusts
 * @changes: whether they are not those of this process, because it runs as root
 *
 * Who the sandbox is outside. RLIMIT_NPROC does not bind root, and a way out of the sandbox must not end as root; so
 * root takes a number that no account has, another one for each rebuild, which then counts its processes alone.
 */
typedef struct
{
  uid_t uid;
  gid_t gid;
  gboolean changes;
} AssayIdentity;

/** assay_identity_choose: never fails: where no other number is mapped (a user namespace of one user), it is our own.
 */
void assay_identity_choose (AssayIdentity *out_identity);

/** assay_identity_own: gives a file or directory to the identity. Nothing to do when it is our own. */
gboolean assay_identity_own (const AssayIdentity *identity, int fd, const char *what, GError **error);

/**
 * assay_identity_become:
 *
 * Turns this process into the identity, for good. For a process after fork(): nothing but system calls.
 *
 * Returns: whether it is that now; the process must end if not
 */
gboolean assay_identity_become (const AssayIdentity *identity);

#endif
