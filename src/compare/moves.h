#ifndef ASSAY_COMPARE_MOVES_H
#define ASSAY_COMPARE_MOVES_H

#include "compare/areas.h"

/**
 * AssayChangeKind: what became of a function or object.
 * @ASSAY_CHANGE_MOVED: its bytes are the same but for addresses, and it stands elsewhere or refers to what does
 */
typedef enum
{
  ASSAY_CHANGE_NONE = 0,
  ASSAY_CHANGE_MOVED,
  ASSAY_CHANGE_CHANGED,
  ASSAY_CHANGE_ADDED,
  ASSAY_CHANGE_REMOVED,
} AssayChangeKind;

/**
 * AssayChange: one difference that follows from no other one.
 *
 * @object: of the expected side; NULL where something was added
 * @shipped_offset: @shipped_length: @expected_offset: @expected_length: in the files: what of it differs; lengths may
 * be 0
 */
typedef struct
{
  AssayChangeKind kind;
  const AssayArea *area;
  const AssayObject *object;
  guint64 shipped_offset;
  guint64 shipped_length;
  guint64 expected_offset;
  guint64 expected_length;
} AssayChange;

/** AssayMoves: where each address of the rebuilt file went, and what changed. */
typedef struct _AssayMoves AssayMoves;

/**
 * assay_moves_new:
 * @areas: (element-type AssayArea): borrowed; must outlive the moves
 * @elf: of the rebuild; borrowed
 *
 * Undoes the shift: an operand or a pointer that differs is believed to have moved only if what it means on the shipped
 * side is where the thing that it means on the expected side went. One that means something else is a change.
 */
AssayMoves *assay_moves_new (const GPtrArray *areas, const AssayElf *elf);
void assay_moves_free (AssayMoves *moves);

/** assay_moves_get_changes: (transfer none) (element-type AssayChange): functions first, then as they stand. */
const GArray *assay_moves_get_changes (const AssayMoves *moves);

/** assay_moves_area_at: the area that holds an offset of the shipped file; NULL for none. */
const AssayArea *assay_moves_area_at (const AssayMoves *moves, guint64 shipped_offset);

/** assay_moves_object_at: the object that was placed on an offset of the shipped file; NULL for none. */
const AssayObject *assay_moves_object_at (const AssayMoves *moves, const AssayArea *area, guint64 shipped_offset);

/** assay_moves_change_at: the change that a byte of the shipped file belongs to; NULL for none. @out_rank: (nullable):
 * its place among the changes. */
const AssayChange *assay_moves_change_at (const AssayMoves *moves, guint64 shipped_offset, guint *out_rank);

/** assay_moves_split: how many bytes from @shipped_offset on, at most @length, belong to one change, or to none. */
guint64 assay_moves_split (const AssayMoves *moves, guint64 shipped_offset, guint64 length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayMoves, assay_moves_free)

#endif
