#ifndef ASSAY_CAGE_GROUP_H
#define ASSAY_CAGE_GROUP_H

#include "cage/guard.h"

/**
 * AssayGroup:
 *
 * Control groups of one rebuild, as far as whoever runs us may make some: the kernel then bounds what all its processes
 * hold and how many there are, beside what the guard looks at from outside. Version 2 (Linux,
 * Documentation/admin-guide/cgroup-v2.rst) and version 1 (Documentation/admin-guide/cgroup-v1/), beneath the group that
 * we are in ourselves, or with version 2 the next one above that has the controllers. Groups of a run that was killed
 * go with the next one's.
 */

/** ASSAY_GROUP_MAX: the most groups that one rebuild has. */
#define ASSAY_GROUP_MAX 2

/** assay_group_new: never NULL: it may hold nothing, and is then in force for nothing. */
AssayGroup *assay_group_new (const AssayCageLimits *limits);

/** assay_group_new_at: the same with other files than /proc/self/cgroup and /proc/self/mountinfo. */
AssayGroup *assay_group_new_at (const AssayCageLimits *limits, const char *cgroup, const char *mountinfo);

/** assay_group_free: every process of it must be gone. */
void assay_group_free (AssayGroup *group);

/** assay_group_names: (transfer none) (array zero-terminated): of what limits it bounds: "memory", "processes". */
const char *const *assay_group_names (const AssayGroup *group);

/** assay_group_fds: descriptors that put whoever writes "0" to all of them into the groups; @out_fds has room for
 * ASSAY_GROUP_MAX. Returns how many; they stay the group's. */
guint assay_group_fds (const AssayGroup *group, int *out_fds);

/**
 * assay_group_check:
 *
 * Errors: ASSAY_ERROR_LIMIT "memory": the kernel ended a process, since all together would have held more
 */
gboolean assay_group_check (const AssayGroup *group, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayGroup, assay_group_free)

#endif
