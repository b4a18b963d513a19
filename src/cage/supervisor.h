#ifndef ASSAY_CAGE_SUPERVISOR_H
#define ASSAY_CAGE_SUPERVISOR_H

#include "cage/deviation.h"
#include "cage/group.h"
#include "cage/guard.h"
#include "cage/identity.h"
#include "cage/view.h"

/**
 * AssaySupervision:
 * @arguments: of the program, which @program names by its path
 * @fds: what the program has as 0, 1 and 2 (one descriptor for both), 3, 4 and 5, and where the supervisor says that it
 * failed: text, nothing when all is well. Each lies above 15; borrowed
 * @limits: for the program and all that it starts
 * @groups: control groups that the supervisor and all that it starts are in (assay_group_fds()); @group_count
 * @deviation: of these too
 * @has_terminal: the input is a terminal, which the program's session gets
 * @view: (nullable): in whose namespaces the program is started
 * @disorder: path of disorderfs, where the deviation needs it
 */
typedef struct
{
  const AssayIdentity *identity;
  const AssayCageLimits *limits;
  int groups[ASSAY_GROUP_MAX];
  guint group_count;
  const char *program;
  char *const *arguments;
  const AssayCageDeviation *deviation;
  const char *disorder;
  const AssayView *view;
  gboolean has_terminal;
  struct
  {
    int input, output, arguments, status, filter, failure;
  } fds;
} AssaySupervision;

/**
 * assay_supervisor_start:
 *
 * Starts a process that becomes the identity, starts the program with no environment, and ends only when the program
 * and everything that it left behind is gone: it takes in orphans, and ends them. SIGTERM to it ends all, and so does
 * the end of this process.
 *
 * Returns: its process number, or -1
 */
pid_t assay_supervisor_start (const AssaySupervision *supervision, GError **error);

#endif
