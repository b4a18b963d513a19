#ifndef ASSAY_ACCOUNT_RANGES_H
#define ASSAY_ACCOUNT_RANGES_H

#include <assay/verdict.h>

#include <glib.h>

typedef struct _AssayGrant AssayGrant; /* account.h */

/**
 * AssayRange:
 * @offset: bytes from the start of the node
 * @length: bytes; never 0
 * @class_: meaningless where @payload
 * @payload: these bytes are a child's, counted there
 * @rule: which rule said so, as "equal", "differs", "no-counterpart", "rewritten", "filler", "scope"; static text
 * @detail: what a reader is told in place of the rule's own sentence, or NULL; static or interned
 * @label: what the bytes say, by the reader of their container, in front of the sentence; or NULL; static or interned
 * @expected_offset: where the expected bytes stand, or ASSAY_NO_COUNTERPART
 * @grant: the policy line behind ASSAY_CLASS_WAIVED, else NULL
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 expected_offset;
  AssayClass class_;
  gboolean payload;
  const char *rule;
  const AssayGrant *grant;
  const char *detail;
  const char *label;
} AssayRange;

/**
 * AssayRanges:
 *
 * The ranges of one node in their order. There may be one for every other byte of it: they are packed, three bytes or
 * so for the two of a byte that differs, and are read one behind the other.
 */
typedef struct _AssayRanges AssayRanges;

AssayRanges *assay_ranges_new (void);
void assay_ranges_free (AssayRanges *ranges);

/** assay_ranges_add: appends; a range that touches the last one and is of the same kind becomes part of it, and one of
 * no bytes is left out. */
void assay_ranges_add (AssayRanges *ranges, const AssayRange *range);

/** assay_ranges_append: appends as it is, whatever it says. */
void assay_ranges_append (AssayRanges *ranges, const AssayRange *range);

/** assay_ranges_length: of NULL, 0. */
guint64 assay_ranges_length (const AssayRanges *ranges);

/** AssayRangesDiffering: of the ranges that are neither identical, a child's nor outside: how many there are, and
 * whether the counterpart of one does not stand at its own offset, or is missing. */
typedef struct
{
  guint64 count;
  gboolean displaced;
} AssayRangesDiffering;

/** assay_ranges_differing: @ranges: (nullable) */
AssayRangesDiffering assay_ranges_differing (const AssayRanges *ranges);

/**
 * AssayRangeWalk: where a reader of ranges stands, and @range: what stands there. A copy goes on from the same place.
 * Nothing may be added while it is in use.
 */
typedef struct
{
  const AssayRanges *ranges;
  guint64 index; /* of the next one */
  gsize at;
  guint64 end; /* of the one before it */
  guint64 shift;
  guint64 kind; /* of @range, where it was packed */
  AssayRange range;
} AssayRangeWalk;

/** assay_ranges_walk: @ranges: (nullable). Stands before the first one. */
AssayRangeWalk assay_ranges_walk (const AssayRanges *ranges);

/** assay_ranges_next: on to the next one. Returns: FALSE where there is none */
gboolean assay_ranges_next (AssayRangeWalk *walk);

/** assay_ranges_next_other: on to the next one that is neither identical nor a child's. */
gboolean assay_ranges_next_other (AssayRangeWalk *walk);

/** AssayRangePlace: of an AssayRange as much as bytes are counted by. */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayClass class_;
  gboolean payload;
} AssayRangePlace;

/** ASSAY_RANGE_PLACES: how many are read in one go. */
#define ASSAY_RANGE_PLACES 64u

/** assay_ranges_next_places: on by as many as there are, ASSAY_RANGE_PLACES at most, for whoever counts millions; a
 * walk that goes on so never has a @range. Returns: how many; 0 where there is none */
guint assay_ranges_next_places (AssayRangeWalk *walk, AssayRangePlace places[ASSAY_RANGE_PLACES]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayRanges, assay_ranges_free)

#endif
