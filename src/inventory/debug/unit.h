#ifndef ASSAY_INVENTORY_DEBUG_UNIT_H
#define ASSAY_INVENTORY_DEBUG_UNIT_H

#include "inventory/debug/file.h"

/** Where a unit has no such place. */
#define ASSAY_DEBUG_NOWHERE G_MAXUINT64

/**
 * AssayDebugUnit: the header of one compilation unit in .debug_info, and what its first entry says of places.
 * @die_offset: of the first entry; @end the end of the unit
 * @split_id: what a skeleton unit and its split unit share; 0 for none
 * @line_offset: in .debug_line, or ASSAY_DEBUG_NOWHERE
 * @address_base: @range_lists_base: @ranges_base: where .debug_addr, .debug_rnglists, and for split units of DWARF 4
 *   .debug_ranges begin for it
 * @base_address: what its range lists are relative to
 * @is_placed: whether its first entry says where its code lies; set by whoever asks for that
 */
typedef struct
{
  guint64 offset;
  guint64 die_offset;
  guint64 end;
  guint64 split_id;
  guint64 line_offset;
  guint64 address_base;
  guint64 range_lists_base;
  guint64 ranges_base;
  guint64 base_address;
  guint16 version;
  guint16 tag;
  guint8 address_size;
  guint8 offset_size;
  gboolean is_placed;
} AssayDebugUnit;

/**
 * assay_debug_units_read:
 *
 * The compilation units of a file, skeletons too, in their order; type and partial units, which have no code, are left
 * out. A damaged unit ends the list.
 *
 * Returns: (transfer full) (element-type AssayDebugUnit). Errors: ASSAY_ERROR_LIMIT "debug-units".
 */
GArray *assay_debug_units_read (AssayDebugFile *file, const AssayLimits *limits, GError **error);

/**
 * assay_debug_unit_is_sane: whether the entries of a unit can be read in a time that is proportional to its size: no
 * kind of entry has hundreds of attributes, which may take no bytes at all.
 */
gboolean assay_debug_unit_is_sane (const AssayDebugFile *file, const AssayDebugUnit *unit);

/**
 * AssayDebugContext: where an entry finds what it points to: a split unit keeps addresses with its skeleton.
 * @skeleton_file: @skeleton: the same as @file and @unit where nothing is split
 */
typedef struct
{
  AssayDebugFile *file;
  const AssayDebugUnit *unit;
  const AssayDebugFile *skeleton_file;
  const AssayDebugUnit *skeleton;
} AssayDebugContext;

/** assay_debug_get_number: a constant, or an offset into a section as it is written; FALSE where there is none. */
gboolean assay_debug_get_number (const AssayDebugContext *context, Dwarf_Die *die, guint name, guint64 *out);

/** assay_debug_get_address: an address, also one that is looked up by index; FALSE where there is none. */
gboolean assay_debug_get_address (const AssayDebugContext *context, Dwarf_Die *die, guint name, guint64 *out);

/** assay_debug_get_text: a text; NULL where there is none. Borrowed from the file. */
const char *assay_debug_get_text (Dwarf_Die *die, guint name);

/**
 * assay_debug_get_origin: the entry that says what this one leaves out: DW_AT_abstract_origin, else
 * DW_AT_specification.
 */
gboolean assay_debug_get_origin (Dwarf_Die *die, Dwarf_Die *out);

/**
 * AssayDebugRangeSink: takes ranges of addresses.
 * @claims: (element-type AssayRangeClaim)
 * @value: of each claim
 * @room: how many more claims may be made; lists may be shared, so that a small file can ask for any number
 */
typedef struct
{
  GArray *claims;
  guint32 value;
  guint room;
} AssayDebugRangeSink;

/**
 * assay_debug_add_ranges: adds where the code of an entry lies (DW_AT_low_pc and DW_AT_high_pc, or DW_AT_ranges).
 * Returns: whether the entry says anything of it.
 */
gboolean assay_debug_add_ranges (const AssayDebugContext *context, Dwarf_Die *die, AssayDebugRangeSink *sink);

#endif
