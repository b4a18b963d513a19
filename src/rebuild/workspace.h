#ifndef ASSAY_REBUILD_WORKSPACE_H
#define ASSAY_REBUILD_WORKSPACE_H

#include "cage/guard.h"
#include "cage/identity.h"
#include "util/directory.h"
#include "util/known_files.h"

/**
 * AssayWorkspace:
 *
 * Where a rebuild happens: a directory with the build tree and the log, which may stay, and a private one beside it, or
 * in it where it does not stay, for everything else (copies of inputs, /tmp, the home directory), which never does.
 * Both lie on one file system.
 *
 * @work_dir, @name: where it will be; @is_open: whether all that follows @guard is there
 * @identity: who the sandbox is outside
 * @time_s: the modification time of all files whose own time no digest binds; assay_workspace_set_time()
 * @guard: watches over it
 * @scratch: the private directory; @build: the tree that is /build inside; @log_fd: appends to the log
 */
typedef struct
{
  char *work_dir;
  char *name;
  gboolean is_open;
  AssayIdentity identity;
  gint64 time_s;
  AssayGuard *guard;
  AssayPrivateDirectory *scratch_owner; /* NULL when it lies in the other */
  AssayDirectory *scratch;
  char *scratch_path;
  AssayPrivateDirectory *keep_owner; /* NULL when it stays */
  AssayDirectory *keep;
  char *keep_path;
  AssayDirectory *build;
  char *log_path;
  int log_fd;
  AssayKnownFiles *restored; /* what @build holds, where it was made anew; or NULL */
  gboolean is_half_restored; /* whether @build holds a part of what is made anew */
  gboolean is_furnished;
} AssayWorkspace;

/**
 * assay_workspace_plan:
 * @work_dir: nullable; made when it is missing; the tree then stays in `WORK_DIR/NAME-N/`, N from 1, which nobody had
 * before
 *
 * One that takes no room before assay_workspace_open(): a build that the cache has may need none.
 */
AssayWorkspace *assay_workspace_plan (const char *work_dir, const char *name, const AssayCageLimits *limits);

/** assay_workspace_open: makes all that there is; once. Errors: ASSAY_ERROR_SANDBOX where the user of the sandbox
 * cannot come by, with the directory that shuts him out; ASSAY_ERROR_IO */
gboolean assay_workspace_open (AssayWorkspace *workspace, GError **error);

/** assay_workspace_new: assay_workspace_plan() and assay_workspace_open(). */
AssayWorkspace *assay_workspace_new (const char *work_dir, const char *name, const AssayCageLimits *limits,
                                     GError **error);

/**
 * assay_workspace_set_time:
 * @source_date_epoch: (nullable): the recipe's SOURCE_DATE_EPOCH; what is no number of seconds until the year 9999
 * counts as left out
 *
 * Sets @time_s. Left out, it is 1980-01-02, so that it is no earlier than 1980 in any time zone: zip begins there.
 */
void assay_workspace_set_time (AssayWorkspace *workspace, const char *source_date_epoch);

/** assay_workspace_stays: whether tree and log stay when it is freed. */
gboolean assay_workspace_stays (const AssayWorkspace *workspace);

/** assay_workspace_free: removes what does not stay. */
void assay_workspace_free (AssayWorkspace *workspace);

/** assay_workspace_finish: removes the private directory, and closes the rest to everyone else. */
gboolean assay_workspace_finish (AssayWorkspace *workspace, GError **error);

/** assay_workspace_make: a new directory in the private one, owned by the identity. */
AssayDirectory *assay_workspace_make (AssayWorkspace *workspace, const char *name, GError **error);

/** assay_workspace_furnish: makes what every sandbox has beside the build tree: /tmp and the home directory; once. */
gboolean assay_workspace_furnish (AssayWorkspace *workspace, GError **error);

/** assay_workspace_path: the path of something in the private directory. Transfer full. */
char *assay_workspace_path (const AssayWorkspace *workspace, const char *name);

/** assay_workspace_say: a line of our own in the log. */
gboolean assay_workspace_say (AssayWorkspace *workspace, const char *line, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayWorkspace, assay_workspace_free)

#endif
