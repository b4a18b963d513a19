#ifndef ASSAY_CAGE_CHAMBER_H
#define ASSAY_CAGE_CHAMBER_H

#include "cage/child.h"
#include "cage/users.h"

/**
 * AssayChamber:
 * @users: the numbers of the system that is made inside
 * @work: path of a private directory; becomes /work inside, owned by root there. What lies in it at the end is removed
 * @input: (nullable): path of a directory; is /input inside, read-only
 * @etc: path of a directory with the files of assay_etc_write()
 * @log_fd: what is printed to standard error is appended there
 * @sink, @user_data: gets what is printed to standard output
 *
 * Walls around a program that makes a root file system: it is root, with every privilege, in a user namespace of many
 * users, and nobody outside. It has process, network, IPC and host name namespaces of its own, so no network at all, an
 * own root with this machine's /usr, read-only, and nothing of its configuration but the links of /etc/alternatives and
 * the cache of the dynamic linker. It may mount, which a build may not, but not change what is mounted (cage/filter.h).
 */
typedef struct
{
  const AssayUsers *users;
  const char *work;
  const char *input;
  const char *etc;
  int log_fd;
  AssayChildSink sink;
  gpointer user_data;
} AssayChamber;

/**
 * assay_chamber_run:
 * @arguments: the program, found by PATH inside, and its arguments
 * @variables: (array zero-terminated): NAME, VALUE, … of the environment, beside PATH, HOME, LC_ALL and TZ
 * @out_status: as a shell has it
 *
 * Runs the program to its end. On return, and also when this process is killed, nothing of it runs any more, and @work
 * is empty.
 *
 * Errors: ASSAY_ERROR_SANDBOX the walls could not be built; those of the sink and of assay_guard_check()
 */
gboolean assay_chamber_run (const AssayChamber *chamber, const char *const *arguments, const char *const *variables,
                            AssayGuard *guard, int *out_status, GError **error);

#endif
