#ifndef ASSAY_CAGE_CAGE_H
#define ASSAY_CAGE_CAGE_H

#include "cage/deviation.h"
#include "cage/guard.h"
#include "cage/identity.h"
#include "cage/terminal.h"
#include "cage/view.h"

/**
 * AssayCage:
 *
 * The walls around build steps (bubblewrap and seccomp): its own user, process, network, IPC and host name namespaces,
 * an own root with nothing but what is mounted here, and the limits of the guard.
 *
 * Inside: host `assay`, no network and no socket but AF_UNIX, an empty environment but for what is set here, `/` and
 * /dev read-only, /dev/shm of ASSAY_CAGE_SHM_BYTES, /proc of its own processes, no terminal, no /run, no /sys, umask
 * 022.
 */
typedef struct _AssayCage AssayCage;

typedef enum
{
  ASSAY_CAGE_READ_ONLY = 0,
  ASSAY_CAGE_WRITABLE,
} AssayCageAccess;

/** AssayCageUser: who one is inside: uid and gid 1000, or 0; neither has a privilege. */
typedef enum
{
  ASSAY_CAGE_USER = 0,
  ASSAY_CAGE_ROOT,
} AssayCageUser;

/** assay_cage_new: @identity and @guard are borrowed and must outlive the cage. ASSAY_ERROR_SANDBOX: bwrap is not
 * installed. */
AssayCage *assay_cage_new (const AssayIdentity *identity, AssayGuard *guard, AssayCageUser user, GError **error);
void assay_cage_free (AssayCage *cage);

/**
 * assay_cage_set_tree:
 * @tree: path of a directory whose content is `/` inside, read-only; NULL: this machine's toolchain (arguments.c lists
 * what of it)
 *
 * A tree must hold, as plain directories, all places where something is mounted: assay_cage_places() names those of the
 * cage itself.
 */
void assay_cage_set_tree (AssayCage *cage, const char *tree);

/** assay_cage_set_view: (nullable): through which this machine's toolchain is seen; borrowed. Not with a tree, and not
 * with a deviation that needs another mount namespace (disordered). */
void assay_cage_set_view (AssayCage *cage, const AssayView *view);

/** assay_cage_deviate: all is copied. */
void assay_cage_deviate (AssayCage *cage, const AssayCageDeviation *deviation);

/** assay_cage_places: directories inside that the cage itself needs, relative to `/`; NULL at the end. */
const char *const *assay_cage_places (void);

/** assay_cage_mount: mounts a directory or file; in the order of the calls. Both paths are copied. */
void assay_cage_mount (AssayCage *cage, AssayCageAccess access, const char *source, const char *target);

/** assay_cage_list_variables: (transfer full): the environment, "NAME=VALUE" in the order of the names. */
GPtrArray *assay_cage_list_variables (const AssayCage *cage);

/** assay_cage_set_variable: of the environment; a later value of the same name wins. */
void assay_cage_set_variable (AssayCage *cage, const char *name, const char *value);

/**
 * AssayCageCommand:
 * @arguments: the program, found by PATH inside, and its arguments
 * @directory: where it starts, inside
 * @log_fd: what it prints is appended there
 * @terminal: (nullable): it reads and prints there instead, as the leader of a session of its own
 */
typedef struct
{
  const char *const *arguments;
  const char *directory;
  int log_fd;
  AssayTerminal *terminal;
} AssayCageCommand;

/**
 * assay_cage_run:
 * @out_status: exit status; 128 and the signal's number when a signal ended it
 *
 * Runs one command to its end. Standard input is /dev/null. On return nothing of it runs any more, nor of what it left
 * behind.
 *
 * Errors: ASSAY_ERROR_SANDBOX the walls could not be built, or the program is not there; those of assay_guard_check()
 * and assay_guard_log()
 */
gboolean assay_cage_run (AssayCage *cage, const AssayCageCommand *command, int *out_status, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayCage, assay_cage_free)

#endif
