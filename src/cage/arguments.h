#ifndef ASSAY_CAGE_ARGUMENTS_H
#define ASSAY_CAGE_ARGUMENTS_H

#include "cage/cage.h"

/** AssayCageMount: one directory or file of the outside, and where it stands inside. */
typedef struct
{
  AssayCageAccess access;
  char *source;
  char *target;
} AssayCageMount;

/** AssayCagePlan: what bwrap is asked for; all borrowed. @mounts: AssayCageMount; @variables: utf8 to utf8; @tree NULL:
 * the host's, as it is or as @view (nullable) shows it. @has_terminal: the program's session is led already, on a
 * terminal that is nobody else's. */
typedef struct
{
  AssayCageUser user;
  const char *tree;
  const AssayView *view;
  const GPtrArray *mounts;
  GHashTable *variables;
  const char *directory;
  const AssayCageDeviation *deviation;
  gboolean has_terminal;
} AssayCagePlan;

/**
 * assay_arguments_new:
 * @status_fd, @filter_fd: numbers that these descriptors have in bwrap
 *
 * The options of bwrap 0.8.
 *
 * Returns: (transfer full) (element-type utf8)
 */
GPtrArray *assay_arguments_new (const AssayCagePlan *plan, int status_fd, int filter_fd);

/** assay_arguments_add: copies of the texts. */
void assay_arguments_add (GPtrArray *arguments, const char *first, ...) G_GNUC_NULL_TERMINATED;

/** assay_arguments_add_host: the programs of this machine: /usr and the links of the root into it, read-only. @view:
 * (nullable): through which they are seen */
void assay_arguments_add_host (GPtrArray *arguments, const AssayView *view);

/** assay_arguments_host_paths: what of this machine a sandbox without a tree of its own sees, files and directories.
 * Returns: (transfer full) (element-type utf8) */
GPtrArray *assay_arguments_host_paths (void);

#endif
