#ifndef ASSAY_FLOW_CAUSES_H
#define ASSAY_FLOW_CAUSES_H

#include "flow/unlike.h"

/**
 * AssayCauseTrial: a rebuild that was made to find causes.
 *
 * @name: of a variation; "repeat" of a plain one; "clock stopped", "addresses fixed" and "one job" of those that come
 * in pairs
 * @failure: (nullable): why it told nothing
 */
typedef struct
{
  const char *name;
  char *failure;
} AssayCauseTrial;

/**
 * assay_causes_find:
 * @first: options of the first rebuild
 * @unlike: of assay_unlike_list(); replaced by a list in which each entry has one set of causes
 * @out_trials: (transfer full) (element-type AssayCauseTrial)
 *
 * Rebuilds with one variation at a time, and once with none. What differs already then differs by itself: of that it is
 * found out, by pairs of rebuilds that are kept alike in one thing more, whether it comes from the time of day, from
 * where addresses lie, from jobs that run side by side, or from none of these: then it is random. A rebuild that fails
 * alone tells nothing.
 *
 * Errors: ASSAY_ERROR_CANCELLED; of reading.
 */
gboolean assay_causes_find (AssayComponent *component, const AssayRebuildOptions *first, GPtrArray **unlike,
                            GPtrArray **out_trials, GError **error);

#endif
