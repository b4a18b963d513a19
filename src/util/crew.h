#ifndef ASSAY_UTIL_CREW_H
#define ASSAY_UTIL_CREW_H

#include <glib.h>

/** AssayCrewTask: does the task of that number. It keeps by itself what came of it, where no other task writes. */
typedef void (*AssayCrewTask) (guint index, gpointer data);

/**
 * assay_crew_run:
 * @count: of tasks, numbered from 0; they are begun in this order
 * @at_once: how many are done side by side at most; 0 counts as 1
 *
 * Does all tasks and returns when the last one is done. The calling thread does its share, so that one at a time needs
 * no other thread, and none that cannot be had is missed but in the time that it takes. A thread lives until no task is
 * left to begin: a process that a task starts and waits for does not outlive it (PR_SET_PDEATHSIG speaks of threads).
 *
 * A cancelled run (util/cancel.h) does not end by itself: each task asks.
 */
void assay_crew_run (guint count, guint at_once, AssayCrewTask task, gpointer data);

#endif
