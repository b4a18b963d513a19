#ifndef ASSAY_UTIL_CANCEL_H
#define ASSAY_UTIL_CANCEL_H

#include <glib.h>

/*
 * How a signal ends the work in order: long loops ask assay_cancelled() and return its error, so that everything that
 * is theirs is cleaned up on the way out; whoever waits in poll() adds assay_cancel_fd().
 */

/**
 * assay_cancel_install:
 *
 * From now on the first signal that would end the process, as SIGINT, SIGTERM, SIGHUP, SIGQUIT or SIGXCPU, only marks
 * the work as cancelled; the second ends the process at once, as if nobody had installed anything. Those of a fault, as
 * SIGSEGV, end it as ever; of SIGPIPE and SIGXFSZ nothing comes but the error of the call. A signal that was ignored
 * before (nohup) stays ignored, and a handler stays. Interrupted system calls restart.
 */
void assay_cancel_install (void);

/** assay_cancelled: whether a signal came; then sets ASSAY_ERROR_CANCELLED. Cheap enough for every turn of a loop. */
gboolean assay_cancelled (GError **error);

/** assay_cancel_fd: becomes readable, and stays so, once a signal came; -1 before assay_cancel_install(). Never read
 * it. */
int assay_cancel_fd (void);

/** assay_cancel_signal: the signal that came, or 0. */
int assay_cancel_signal (void);

#endif
