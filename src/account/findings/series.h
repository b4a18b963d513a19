#ifndef ASSAY_ACCOUNT_FINDING_SERIES_H
#define ASSAY_ACCOUNT_FINDING_SERIES_H

#include "account/findings/finding.h"
#include "util/packed.h"

/**
 * AssayFindingKind: what many findings have in common, kept once.
 *
 * @index: its number among kinds
 * @message: what tells kinds apart; NULL where it is the words' own, assay_finding_each_its_own where each finding of
 * the kind has another; @shown: what a finding of it says, unless it says something of its own
 */
typedef struct
{
  guint index;
  guint order;
  const AssayNode *node;
  const char *rule;
  const AssayGrant *grant;
  const char *message;
  const char *shown;
  AssayFindingWords *words;
  AssayClass class_;
  AssayCause cause;
  gboolean has_address;
} AssayFindingKind;

extern const char assay_finding_each_its_own[];

/** AssayFindingPlace: where a finding is packed, and what it is told from: the one before it. @shift: from the last
 * offset with an address to that address */
typedef struct
{
  gsize at;
  guint64 end;
  guint64 shift;
  const AssayFindingKind *kind;
  guint rank;
} AssayFindingPlace;

/**
 * AssayFindingSeries: findings one behind the other, packed. Zero-initialised has none.
 *
 * @packed: of each what it shares with the one before it, then all else
 * @places: AssayFindingPlace of each ASSAY_FINDING_STRIDE
 * @end: of the next one
 */
typedef struct
{
  guint length;
  AssayPacked packed;
  GArray *places;
  AssayFindingPlace end;
} AssayFindingSeries;

/** Findings from one whose place is known to the next such: reading begins at the last one before what is wanted. */
#define ASSAY_FINDING_STRIDE 64u

/** AssayFindingCursor: the finding of a series that was read last. Zero-initialised has read none; of another series
 * from now on, or one that was written to: with @held FALSE. */
typedef struct
{
  AssayFinding finding;
  const AssayFindingKind *kind;
  AssayFindingPlace next;
  guint index;
  gboolean held;
} AssayFindingCursor;

void assay_finding_series_clear (AssayFindingSeries *series);

/** assay_finding_series_add: one more at the end. @kind: what it has in common with others; outlives the series. */
void assay_finding_series_add (AssayFindingSeries *series, const AssayFindingKind *kind, const AssayFinding *finding);

/** assay_finding_series_cut: back to the first @length of them. @end: what @end of the series was then */
void assay_finding_series_cut (AssayFindingSeries *series, guint length, const AssayFindingPlace *end);

/** assay_finding_series_read: (transfer none): valid until the next is read. @kinds: by their numbers. One behind the
 * other is fast, any other way a few dozen steps. */
const AssayFinding *assay_finding_series_read (const AssayFindingSeries *series, const GPtrArray *kinds, guint index,
                                               AssayFindingCursor *cursor);

/** assay_finding_kind_fill: writes down what a finding has of its kind. */
void assay_finding_kind_fill (const AssayFindingKind *kind, AssayFinding *out);

#endif
