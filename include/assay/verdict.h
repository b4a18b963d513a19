#ifndef ASSAY_VERDICT_H
#define ASSAY_VERDICT_H

#include <assay/api.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * AssayVerdict:
 * @ASSAY_VERDICT_UNDECIDED: something could not be read, rebuilt or judged, or nothing was judged at all; never a pass
 * @ASSAY_VERDICT_MISMATCH: a byte or fact is unexplained or unreproducible, or something is missing or ambiguous
 * @ASSAY_VERDICT_WAIVED: as equivalent, with some bytes or facts waived by policy lines
 * @ASSAY_VERDICT_EQUIVALENT: every byte that is not identical is explained by a proof or is re-written structure
 * @ASSAY_VERDICT_IDENTICAL: every byte and fact is equal
 */
typedef enum
{
  ASSAY_VERDICT_UNDECIDED = 0,
  ASSAY_VERDICT_MISMATCH,
  ASSAY_VERDICT_WAIVED,
  ASSAY_VERDICT_EQUIVALENT,
  ASSAY_VERDICT_IDENTICAL,
} AssayVerdict;

/** assay_verdict_name: "undecided", "mismatch", "waived", "equivalent", "identical". */
ASSAY_API const char *assay_verdict_name (AssayVerdict verdict);

/**
 * AssayClass:
 *
 * What is known of one byte or fact. Exactly one class each; the zero is the one that never passes unnoticed.
 *
 * @ASSAY_CLASS_UNDECIDED: nothing has spoken for it yet, or it could not be read
 * @ASSAY_CLASS_IDENTICAL: equal to what the rebuild made at the place that corresponds
 * @ASSAY_CLASS_EXPLAINED: differs or has no counterpart, and a rule derived the shipped value again
 * @ASSAY_CLASS_WAIVED: a policy line allows it
 * @ASSAY_CLASS_UNREPRODUCIBLE: differs, and two rebuilds differ from each other in exactly this range
 * @ASSAY_CLASS_STRUCTURE: bytes of a container that were written again, byte for byte, from accepted facts and content
 * @ASSAY_CLASS_OUTSIDE: outside the scope that policy or command line granted
 * @ASSAY_CLASS_UNEXPLAINED: everything else
 */
typedef enum
{
  ASSAY_CLASS_UNDECIDED = 0,
  ASSAY_CLASS_IDENTICAL,
  ASSAY_CLASS_EXPLAINED,
  ASSAY_CLASS_WAIVED,
  ASSAY_CLASS_UNREPRODUCIBLE,
  ASSAY_CLASS_STRUCTURE,
  ASSAY_CLASS_OUTSIDE,
  ASSAY_CLASS_UNEXPLAINED,
  ASSAY_CLASS_COUNT,
} AssayClass;

/** assay_class_name: the name in reports, as "identical". */
ASSAY_API const char *assay_class_name (AssayClass class_);

G_END_DECLS

#endif
