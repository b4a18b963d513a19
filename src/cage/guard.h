#ifndef ASSAY_CAGE_GUARD_H
#define ASSAY_CAGE_GUARD_H

#include "util/directory.h"

/** AssayCageLimits: of one rebuild; util/limits.h and cage_limits.h have the defaults and
 * their reasons. */
typedef struct
{
  guint64 time_s;
  guint64 memory_bytes;
  guint64 processes;
  guint64 beside_processes; /* of other sandboxes under the same user, which the kernel counts with ours */
  guint64 output_bytes;
  guint64 log_bytes;
} AssayCageLimits;

void assay_cage_limits_init (AssayCageLimits *limits);

/**
 * AssayGuard:
 *
 * Watches over one rebuild from outside: the time that it took, what it wrote, what memory it holds, and whether a
 * signal ended the work.
 */
typedef struct _AssayGuard AssayGuard;

/** AssayGroup: group.h. */
typedef struct _AssayGroup AssayGroup;

/** assay_guard_new: the time begins to run. */
AssayGuard *assay_guard_new (const AssayCageLimits *limits);
void assay_guard_free (AssayGuard *guard);
const AssayCageLimits *assay_guard_get_limits (const AssayGuard *guard);

/** assay_guard_get_group: (transfer none): the control groups of the rebuild, made when they are asked for first. */
AssayGroup *assay_guard_get_group (AssayGuard *guard);

/** assay_guard_watch: counts what lies beneath @directory against `output`, `entries` and `disk-reserve`; takes a
 * reference. */
void assay_guard_watch (AssayGuard *guard, AssayDirectory *directory);

/** assay_guard_follow: from now on counts what the descendants of @root hold (cage/holding.h) against `memory` and
 * `output`, at least twice a second; 0 for nobody. */
void assay_guard_follow (AssayGuard *guard, pid_t root);

/**
 * assay_guard_check:
 *
 * Cheap enough for every turn of a loop: time and signals always, memory and the disk when they are due.
 *
 * Errors: ASSAY_ERROR_CANCELLED; ASSAY_ERROR_LIMIT, "limit NAME (VALUE UNIT) hit: WHAT"
 */
gboolean assay_guard_check (AssayGuard *guard, GError **error);

/** assay_guard_measure: as assay_guard_check(), and counts what was written in any case. */
gboolean assay_guard_measure (AssayGuard *guard, GError **error);

/** assay_guard_log: counts what was printed against `log`. */
gboolean assay_guard_log (AssayGuard *guard, gsize length_bytes, GError **error);

/** assay_guard_get_timeout_ms: how long one may wait at most before the next check. */
int assay_guard_get_timeout_ms (const AssayGuard *guard);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayGuard, assay_guard_free)

#endif
