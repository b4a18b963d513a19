#ifndef ASSAY_CAGE_CHILD_H
#define ASSAY_CAGE_CHILD_H

#include "cage/guard.h"

#include <sys/types.h>

/** AssayChildSink: takes what a process printed; FALSE ends the process and is the error of the wait. */
typedef gboolean (*AssayChildSink) (const char *data, gsize length_bytes, gpointer user_data, GError **error);

/**
 * AssayChild:
 * @pid: a child of ours, waited for by nobody else; it ends, with all that belongs to it, when it gets SIGTERM
 * @output_fd: what it prints, until its end; not blocking
 */
typedef struct
{
  pid_t pid;
  int output_fd;
  AssayChildSink sink;
  gpointer user_data;
} AssayChild;

/**
 * assay_child_pipe: a pipe whose reading end does not block; both close on exec and lie above the standard descriptors.
 */
gboolean assay_child_pipe (int out_fds[2], GError **error);

/**
 * assay_child_fork:
 *
 * fork(), with every signal blocked in the new process (so that none is lost before it is ready) and every handler back
 * at its default, ended by SIGKILL when we end.
 *
 * Returns: as fork(): 0 in the new process, which must not return to the caller of its caller but _exit()
 */
pid_t assay_child_fork (GError **error);

/** assay_child_survives: in the new process: asks for SIGKILL at the parent's end; FALSE if it is gone already. Needed
 * again after a change of user. */
gboolean assay_child_survives (pid_t parent);

/**
 * assay_child_wait:
 *
 * Waits until the process ended, hands what it prints to the sink, and asks the guard. Whatever happens, the process is
 * gone on return.
 *
 * @out_status: as waitpid() has it; only on success
 */
gboolean assay_child_wait (AssayChild *child, AssayGuard *guard, int *out_status, GError **error);

#endif
