#ifndef ASSAY_COMPARE_MOVES_PRIVATE_H
#define ASSAY_COMPARE_MOVES_PRIVATE_H

#include "compare/address_map.h"
#include "compare/moves.h"
#include "compare/objects.h"
#include "inventory/range_map.h"

/* What moves.c and moves_check.c share. */

struct _AssayMoves
{
  const GPtrArray *areas;
  const AssayElf *elf;
  AssayOperandDecoder *expected_decoder; /* each puts addresses together from the instructions of one side */
  AssayOperandDecoder *shipped_decoder;
  AssayAddressMap *map;
  GArray *changes;        /* AssayChange */
  GArray *places;         /* ChangePlace, ascending */
  AssayRangeMap *held;    /* shipped offset to the index of its area; NULL: nobody knows */
  GHashTable *by_shipped; /* AssayArea -> GArray of AssayObject pointers by shipped offset */
};

/** assay_moves_add_change: notes a change; offsets are those in the area's two sides. @object: NULL where it was added.
 */
void assay_moves_add_change (AssayMoves *moves, AssayChangeKind kind, const AssayArea *area, const AssayObject *object,
                             guint64 shipped, guint64 shipped_length, guint64 expected, guint64 expected_length);

/** assay_moves_check_object: notes what of a placed object differs and did not merely move (moves_check.c). */
void assay_moves_check_object (AssayMoves *moves, const AssayArea *area, const AssayObject *object);

#endif
