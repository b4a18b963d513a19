#ifndef ASSAY_ACCOUNT_FINDING_PRIVATE_H
#define ASSAY_ACCOUNT_FINDING_PRIVATE_H

#include "account/findings/series.h"

/* What list.c and kinds.c know of findings, and nobody else. */

/** How many majors of keys are kept apart; larger ones are kept together. */
#define MAJORS 8u

/** The findings of one major, where they are kept by their keys. @last: the key of the last one; @stretch: the first
 * one with the same upper half of the minor, as that of a node is, and @stretch_end: the end of the series then;
 * @mixed: from there on they came in another order than that of their keys */
typedef struct
{
  AssayFindingSeries series;
  AssayFindingKey last;
  guint stretch;
  AssayFindingPlace stretch_end;
  gboolean mixed;
} Part;

/** All findings of one kind. @count: 0 where they are in other lists alone; @part: @first: where the first of them is
 */
typedef struct
{
  guint64 bytes;
  guint count;
  guint part;
  guint first;
} Sum;

struct _AssayFindings
{
  guint references;
  guint length; /* packed ones, and @open */
  AssayFindingKey (*key_of) (const AssayFinding *finding);
  Part parts[MAJORS]; /* without @key_of the first alone */
  gboolean scattered; /* the order of the parts is not that of the keys */
  GPtrArray *kinds;
  GArray *sums;                /* Sum of each of @kinds */
  GHashTable *known;           /* set of AssayFindingKind: those that others may be like */
  AssayFindingKind *last_kind; /* the one that was found last: the next finding often is like it */
  AssayFinding open;
  const AssayFindingKind *open_kind; /* of @open, where that is known: its words are the kind's then */
  GString *said;                     /* the message that @open has of its own */
  gboolean is_open;
  AssayFindingCursor cursor;
  guint read_part;  /* what @cursor is in */
  guint read_first; /* index of the first of that part */
};

#endif
