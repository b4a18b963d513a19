#ifndef ASSAY_COMPARE_DRIFT_H
#define ASSAY_COMPARE_DRIFT_H

#include <glib.h>

/*
 * Where the parts of one stretch of code or data went when something before them grew or shrank. This is for the reader
 * alone: it names what changed first and what merely moved. Which byte is compared with which, and so every class of a
 * byte, is stated by align.h and never by this (a function that stands in another place is not the same image).
 */

/** AssayObjectKind: what a part of the expected side is. */
typedef enum
{
  ASSAY_OBJECT_UNKNOWN = 0,
  ASSAY_OBJECT_FUNCTION,
  ASSAY_OBJECT_DATA,    /* a named object */
  ASSAY_OBJECT_STRING,  /* text up to its NUL, without a name */
  ASSAY_OBJECT_STRETCH, /* bytes that no name covers */
} AssayObjectKind;

/**
 * AssayPlacement: what became of an object.
 * @ASSAY_PLACEMENT_FOUND: its bytes, but for the operands that hold addresses, stand somewhere in the shipped area
 * @ASSAY_PLACEMENT_CHANGED: the shipped area has other bytes between its neighbours
 * @ASSAY_PLACEMENT_REMOVED: the shipped area has nothing between its neighbours
 */
typedef enum
{
  ASSAY_PLACEMENT_UNKNOWN = 0,
  ASSAY_PLACEMENT_FOUND,
  ASSAY_PLACEMENT_CHANGED,
  ASSAY_PLACEMENT_REMOVED,
} AssayPlacement;

/**
 * AssayObject: one part of the expected area, and where it went.
 *
 * @offset: @length: bytes in the expected area
 * @name: borrowed; NULL where it has none
 * @mode: AssayCodeMode of its instructions
 * @by_hint: what a linker made, as all its like: it stands where @hint says, or is gone
 * @hint: where a symbol of the shipped file says that it stands, or ASSAY_DRIFT_NOWHERE; a claim that is checked
 * @shipped_offset: @shipped_length: bytes in the shipped area; meaningless until placed; length 0 where removed
 * @moved_away: it was found, but not behind the object that stood before it
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayObjectKind kind;
  guint mode;
  const char *name;
  gboolean by_hint;
  guint64 hint;
  AssayPlacement placement;
  guint64 shipped_offset;
  guint64 shipped_length;
  gboolean moved_away;
} AssayObject;

#define ASSAY_DRIFT_NOWHERE G_MAXUINT64

/** AssayStretch: a range of the shipped area. */
typedef struct
{
  guint64 offset;
  guint64 length;
} AssayStretch;

/**
 * Bytes of the shipped area that are searched for objects which are not where they were expected: so many, and so many
 * more for each byte of it. A program of which every tenth function changed takes a tenth of that; one of which every
 * function is another would be searched a thousand times over, for nothing.
 */
#define ASSAY_DRIFT_SEARCH_BYTES (G_GUINT64_CONSTANT (64) * 1024 * 1024)
#define ASSAY_DRIFT_SEARCH_TIMES 64u

/**
 * AssayDrift: one area of both sides: a section, or a flat image.
 *
 * @expected: @shipped: borrowed bytes
 * @mask: as long as @expected; 1 bits are operands that hold an address, and are left out when parts are looked for
 * @objects: (element-type AssayObject): tile the expected area; owned
 * @added: (element-type AssayStretch): shipped bytes that no object was placed on; owned
 * @searched: bytes of the shipped area that were searched, those that were searched twice twice
 * @cut: that was as much as is allowed, and objects behind were looked for only where others put them
 */
typedef struct
{
  const guint8 *expected;
  guint64 expected_length;
  const guint8 *shipped;
  guint64 shipped_length;
  const guint8 *mask;
  GArray *objects;
  GArray *added;
  guint64 searched;
  gboolean cut;
} AssayDrift;

/**
 * assay_drift_solve:
 *
 * Places every object: at the shift of the one before it, where a symbol of the shipped file says, a little further on,
 * or anywhere by a stretch of its own bytes (but for a function that a symbol puts elsewhere: that one changed there);
 * what is left over between two placed neighbours changed. Time grows with
 * the size of both sides, and with the number of changes times a window, up to ASSAY_DRIFT_SEARCH_BYTES.
 */
void assay_drift_solve (AssayDrift *drift);

/** assay_drift_equal: whether an object's bytes, but for its operands, stand at @shipped_offset. */
gboolean assay_drift_equal (const AssayDrift *drift, const AssayObject *object, guint64 shipped_offset);

void assay_drift_clear (AssayDrift *drift);

#endif
