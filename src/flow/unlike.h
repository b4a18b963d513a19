#ifndef ASSAY_FLOW_UNLIKE_H
#define ASSAY_FLOW_UNLIKE_H

#include "compare/repeat.h"
#include "flow/again.h"

/**
 * AssayUnlike: one way in which an output of the two rebuilds differs, and why.
 *
 * @made: the output; borrowed
 * @path: node path in it
 * @offset: @length: bytes of the first rebuild's node; 0 and 0 where @fact says it
 * @fact: @first: @second: as of AssayRepeatDifference
 * @causes: (element-type utf8): static names: those of variations, "randomness", "time-or-randomness" where no clock
 * could be stopped, or "unknown" where no variation alone brings it about; empty where nobody asked
 */
typedef struct
{
  const AssayMade *made;
  char *path;
  guint64 offset;
  guint64 length;
  const char *fact;
  char *first;
  char *second;
  GPtrArray *causes;
} AssayUnlike;

/** assay_unlike_list: (transfer full) (element-type AssayUnlike): where the outputs of both rebuilds differ. Errors: of
 * reading. */
GPtrArray *assay_unlike_list (AssayComponent *component, const AssayLimits *limits, GError **error);

/** assay_unlike_part: (transfer full): the bytes from @start to @end of one, or the same fact, with no cause yet. */
AssayUnlike *assay_unlike_part (const AssayUnlike *unlike, guint64 start, guint64 end);

#endif
