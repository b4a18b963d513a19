#ifndef ASSAY_UTIL_PROGRESS_H
#define ASSAY_UTIL_PROGRESS_H

#include <glib.h>

/**
 * AssayProgress:
 *
 * One line on standard error that says what is being done, how far it is, how fast it goes and for how long, where
 * there is a total also how long it may still take; and one below it for each branch; shown only where that is a
 * terminal and nobody asked for silence. All calls take NULL for "nobody looks", and may come from any thread.
 */
typedef struct _AssayProgress AssayProgress;

typedef enum
{
  ASSAY_PROGRESS_AUTO = 0,
  ASSAY_PROGRESS_NEVER,
  ASSAY_PROGRESS_ALWAYS,
} AssayProgressMode;

AssayProgress *assay_progress_new (AssayProgressMode mode);
void assay_progress_free (AssayProgress *progress);

/**
 * assay_progress_branch:
 * @name: of a part of the work that goes on beside others
 *
 * Returns: (transfer full) (nullable): the progress of that part, which has a line below that of @progress as long as
 * it lives: @progress must outlive it. NULL for NULL
 */
AssayProgress *assay_progress_branch (AssayProgress *progress, const char *name);

/** assay_progress_stage: a new stage begins; @total 0 is "not known"; @unit as "bytes", "files" or NULL for none. */
void assay_progress_stage (AssayProgress *progress, const char *what, guint64 total, const char *unit);

/** assay_progress_add: so much more of the stage is done. */
void assay_progress_add (AssayProgress *progress, guint64 amount);

/** assay_progress_clear: takes the line away, before something else is written. */
void assay_progress_clear (AssayProgress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayProgress, assay_progress_free)

#endif
