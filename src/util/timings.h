#ifndef ASSAY_UTIL_TIMINGS_H
#define ASSAY_UTIL_TIMINGS_H

#include <glib.h>

/**
 * AssayStage: what a run does at a time; ASSAY_STAGE_REST is all that no other is.
 */
typedef enum
{
  ASSAY_STAGE_REST = 0,
  ASSAY_STAGE_READING,    /* what the user named, and its digest */
  ASSAY_STAGE_BUILDING,   /* rebuilds, or taking them out of the cache */
  ASSAY_STAGE_UNPACKING,  /* decoding, and reading formats */
  ASSAY_STAGE_PAIRING,    /* with what of the expected side is not unpacked before */
  ASSAY_STAGE_COMPARING,  /* and digesting, which is done in one pass */
  ASSAY_STAGE_EXPLAINING, /* names, causes and texts of what differs */
  ASSAY_STAGE_DIGESTING,  /* where nothing is compared */
  ASSAY_STAGE_JUDGING,    /* facts, containers, the verdict, the policy */
  ASSAY_STAGE_WRITING,
} AssayStage;

#define ASSAY_STAGE_COUNT (ASSAY_STAGE_WRITING + 1)

/**
 * AssayTimings:
 *
 * How long each stage of a run took, and how much went through it. A clock is read where one stage gives way to another
 * and nowhere else, so that the seconds of all stages add up to the whole run. Threads that help a stage count for its
 * bytes and CPU time: its rate is that of all of them together. Nothing of it is in any report.
 *
 * All calls take NULL for "nobody asked". Stages change in the thread that made it alone; others are not heard.
 */
typedef struct _AssayTimings AssayTimings;

/** AssayTimingsClock: (for tests) wall clock and CPU time of this process since any moment, in nanoseconds. */
typedef void (*AssayTimingsClock) (gpointer data, gint64 *out_wall_ns, gint64 *out_cpu_ns);

AssayTimings *assay_timings_new (void);
AssayTimings *assay_timings_new_with_clock (AssayTimingsClock clock, gpointer data);
void assay_timings_free (AssayTimings *timings);

/** assay_timings_add: so many bytes went through a stage; from any thread. */
void assay_timings_add (AssayTimings *timings, AssayStage stage, guint64 bytes);

/** AssayTimed: a stage that lasts as long as a block of code, within another that then goes on. */
typedef struct
{
  AssayTimings *timings;
  AssayStage before;
} AssayTimed;

AssayTimed assay_timed_enter (AssayTimings *timings, AssayStage stage);
void assay_timed_leave (AssayTimed *timed);

/** ASSAY_TIMED: until the end of the block all is of that stage. */
#define ASSAY_TIMED(timings, stage) G_GNUC_UNUSED g_auto (AssayTimed) timed = assay_timed_enter ((timings), (stage))

/**
 * assay_timings_render:
 *
 * (transfer full): a table of at most 80 columns with a line for each stage that took any time or bytes, and the sum.
 * The stage at hand counts until now. @started_cpu_ns: CPU time of processes that were started and have ended.
 */
char *assay_timings_render (AssayTimings *timings, gint64 started_cpu_ns);

/** assay_timings_say: the same on standard error, with the CPU time of what this process started, and @others_cpu_us of
 * what others started for it. */
void assay_timings_say (AssayTimings *timings, guint64 others_cpu_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayTimings, assay_timings_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayTimed, assay_timed_leave)

#endif
