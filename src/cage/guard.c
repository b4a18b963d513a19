#include "cage/guard.h"

#include "cage/cage_limits.h"
#include "cage/group.h"
#include "cage/holding.h"
#include "cage/usage.h"
#include "util/cancel.h"
#include "util/limits.h"

#include <assay/error.h>

#include <sys/statvfs.h>

/* bwrap and its first process inside; the supervisor and disorderfs where a mount is held. */
#define OWN_THREADS 8

struct _AssayGuard
{
  AssayCageLimits limits;
  AssayGroup *group;  /* NULL until somebody asks */
  gint64 deadline_us; /* as g_get_monotonic_time() counts */
  gint64 next_count_us;
  gint64 interval_ms;
  guint64 logged_bytes;
  gboolean keeps_reserve; /* whether there was more than the reserve free at the start */
  GPtrArray *watched;     /* AssayDirectory */
  GArray *disks;          /* dev_t, of the watched directories */
  pid_t root;             /* of the processes that are followed; 0: none */
  gint64 next_holding_us;
  guint64 written_bytes; /* when the disk was counted last */
  guint64 removed_bytes; /* held open, when the processes were looked at last */
};

void
assay_cage_limits_init (AssayCageLimits *limits)
{
  AssayLimits initial;
  assay_limits_init (&initial);
  limits->time_s = initial.value[ASSAY_LIMIT_TIME];
  limits->memory_bytes = initial.value[ASSAY_LIMIT_MEMORY];
  limits->processes = initial.value[ASSAY_LIMIT_PROCESSES];
  limits->beside_processes = 0;
  limits->output_bytes = initial.value[ASSAY_LIMIT_OUTPUT];
  limits->log_bytes = ASSAY_CAGE_LOG_BYTES;
}

AssayGuard *
assay_guard_new (const AssayCageLimits *limits)
{
  AssayGuard *guard = g_new0 (AssayGuard, 1);
  gint64 now_us = g_get_monotonic_time ();
  /* A recipe that a policy pins may ask for any number of seconds: a year is as good as never. */
  guint64 time_s = MIN (limits->time_s, G_GUINT64_CONSTANT (31536000));
  guard->limits = *limits;
  guard->deadline_us = now_us + (gint64)time_s * G_USEC_PER_SEC;
  guard->interval_ms = ASSAY_CAGE_WATCH_FIRST_MS;
  guard->next_count_us = now_us + guard->interval_ms * 1000;
  guard->watched = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_directory_unref);
  guard->disks = g_array_new (FALSE, FALSE, sizeof (dev_t));
  return guard;
}

void
assay_guard_free (AssayGuard *guard)
{
  if (guard == NULL)
    return;
  assay_group_free (guard->group);
  g_ptr_array_unref (guard->watched);
  g_array_unref (guard->disks);
  g_free (guard);
}

AssayGroup *
assay_guard_get_group (AssayGuard *guard)
{
  if (guard->group == NULL)
    guard->group = assay_group_new (&guard->limits);
  return guard->group;
}

const AssayCageLimits *
assay_guard_get_limits (const AssayGuard *guard)
{
  return &guard->limits;
}

static guint64
free_bytes (AssayDirectory *directory)
{
  struct statvfs status;
  if (fstatvfs (assay_directory_get_fd (directory), &status) != 0)
    return G_MAXUINT64;
  return (guint64)status.f_bavail * status.f_frsize;
}

void
assay_guard_watch (AssayGuard *guard, AssayDirectory *directory)
{
  /* A disk that was full before says nothing about this rebuild; writes then fail by themselves. */
  if (guard->watched->len == 0)
    guard->keeps_reserve = free_bytes (directory) > ASSAY_CAGE_DISK_RESERVE_BYTES;
  g_ptr_array_add (guard->watched, assay_directory_ref (directory));
  struct stat status;
  if (fstat (assay_directory_get_fd (directory), &status) == 0)
    g_array_append_val (guard->disks, status.st_dev);
}

void
assay_guard_follow (AssayGuard *guard, pid_t root)
{
  guard->root = root;
  guard->removed_bytes = 0;
  guard->next_holding_us = g_get_monotonic_time () + ASSAY_CAGE_HOLDING_MS * G_GINT64_CONSTANT (1000);
}

static gboolean
hit (const char *name, guint64 value, const char *unit, const char *what, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "limit %s (%" G_GUINT64_FORMAT " %s) hit: %s", name, value, unit,
               what);
  return FALSE;
}

static gboolean
check_time (AssayGuard *guard, GError **error)
{
  if (assay_cancelled (error))
    return FALSE;
  if (g_get_monotonic_time () >= guard->deadline_us)
    return hit ("time", guard->limits.time_s, "s", "the rebuild takes longer", error);
  return TRUE;
}

/* Ends a count early, when its result is known or nobody waits for it any more. */
static gboolean
ends_count (const AssayUsage *usage, gpointer data)
{
  AssayGuard *guard = data;
  return usage->bytes > guard->limits.output_bytes || usage->entries > ASSAY_CAGE_ENTRIES || assay_cancelled (NULL)
         || g_get_monotonic_time () >= guard->deadline_us;
}

/* What is free is asked of the disk alone, and so at each look: counting a large tree takes longer than filling a disk.
 */
static gboolean
check_reserve (const AssayGuard *guard, GError **error)
{
  for (guint i = 0; guard->keeps_reserve && i < guard->watched->len; i++)
    if (free_bytes (guard->watched->pdata[i]) < ASSAY_CAGE_DISK_RESERVE_BYTES)
      return hit ("disk-reserve", ASSAY_CAGE_DISK_RESERVE_BYTES, "bytes", "the disk of the build tree is full", error);
  return TRUE;
}

static gboolean
check_disk (AssayGuard *guard, GError **error)
{
  AssayUsage usage = { .bytes = guard->removed_bytes };
  if (!check_reserve (guard, error))
    return FALSE;
  for (guint i = 0; i < guard->watched->len; i++)
    if (!assay_usage_add (&usage, guard->watched->pdata[i], ends_count, guard))
      break;
  guard->written_bytes = usage.bytes - guard->removed_bytes;
  if (usage.bytes > guard->limits.output_bytes)
    return hit ("output", guard->limits.output_bytes, "bytes", "the rebuild wrote more", error);
  if (usage.entries > ASSAY_CAGE_ENTRIES)
    return hit ("entries", ASSAY_CAGE_ENTRIES, "entries", "the rebuild made more files", error);
  return check_time (guard, error);
}

gboolean
assay_guard_measure (AssayGuard *guard, GError **error)
{
  gint64 start_us = g_get_monotonic_time ();
  gint64 took_ms;
  if (!check_time (guard, error) || !check_disk (guard, error))
    return FALSE;
  took_ms = (g_get_monotonic_time () - start_us) / 1000;
  guard->interval_ms = MAX (guard->interval_ms, MIN (guard->interval_ms * 3 / 2, ASSAY_CAGE_WATCH_LAST_MS));
  guard->interval_ms = MAX (guard->interval_ms, took_ms * ASSAY_CAGE_WATCH_FACTOR);
  guard->next_count_us = g_get_monotonic_time () + guard->interval_ms * 1000;
  return TRUE;
}

/* What was written and what is held were counted at two times: a file that was removed between them is in both, so that
 * only a new count of the disk says that it is too much. */
static gboolean
check_holding (AssayGuard *guard, GError **error)
{
  gint64 start_us = g_get_monotonic_time ();
  AssayHolding holding;
  assay_holding_count (guard->root, guard->disks, ASSAY_HOLDING_FULL, &holding);
  if (holding.memory_bytes > guard->limits.memory_bytes)
    assay_holding_count (guard->root, guard->disks, ASSAY_HOLDING_SHARES, &holding);
  gint64 took_us = g_get_monotonic_time () - start_us;
  gint64 pause_us = MAX (ASSAY_CAGE_HOLDING_MS * G_GINT64_CONSTANT (1000), took_us * ASSAY_CAGE_WATCH_FACTOR);
  guard->next_holding_us = start_us + took_us + pause_us;
  guard->removed_bytes = holding.removed_bytes;
  if (holding.threads > guard->limits.processes + OWN_THREADS)
    return hit ("processes", guard->limits.processes, "processes", "the rebuild runs more", error);
  if (holding.memory_bytes > guard->limits.memory_bytes)
    return hit ("memory", guard->limits.memory_bytes, "bytes", "the processes of the rebuild together hold more",
                error);
  if (!check_reserve (guard, error))
    return FALSE;
  if (guard->removed_bytes > 0 && guard->written_bytes + guard->removed_bytes > guard->limits.output_bytes)
    return check_disk (guard, error);
  return TRUE;
}

gboolean
assay_guard_check (AssayGuard *guard, GError **error)
{
  if (guard->root > 0 && g_get_monotonic_time () >= guard->next_holding_us && !check_holding (guard, error))
    return FALSE;
  if (g_get_monotonic_time () >= guard->next_count_us)
    return assay_guard_measure (guard, error);
  return check_time (guard, error);
}

gboolean
assay_guard_log (AssayGuard *guard, gsize length_bytes, GError **error)
{
  guard->logged_bytes += length_bytes;
  if (guard->logged_bytes > guard->limits.log_bytes)
    return hit ("log", guard->limits.log_bytes, "bytes", "the steps print more", error);
  return TRUE;
}

int
assay_guard_get_timeout_ms (const AssayGuard *guard)
{
  gint64 first_us = MIN (guard->deadline_us, guard->next_count_us);
  if (guard->root > 0)
    first_us = MIN (first_us, guard->next_holding_us);
  gint64 next_us = first_us - g_get_monotonic_time ();
  return (int)CLAMP (next_us / 1000 + 1, 0, ASSAY_CAGE_WATCH_LAST_MS);
}
