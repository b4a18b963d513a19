#include "inventory/debug/unit.h"

#include "inventory/range_map.h"
#include "util/checked.h"

#include <dwarf.h>

/* DW_RLE_… of DWARF 5, 7.25. */
typedef enum
{
  OPERAND_NONE = 0,
  OPERAND_ADDRESS,
  OPERAND_INDEX, /* into .debug_addr */
  OPERAND_NUMBER,
} Operand;

typedef enum
{
  RANGE_BASE = 0,
  RANGE_END_GIVEN,
  RANGE_LENGTH_GIVEN,
  RANGE_OFFSETS,
} RangeMeaning;

static const struct
{
  Operand first;
  Operand second;
  RangeMeaning meaning;
} range_entries[] = {
  [DW_RLE_base_addressx] = { OPERAND_INDEX, OPERAND_NONE, RANGE_BASE },
  [DW_RLE_startx_endx] = { OPERAND_INDEX, OPERAND_INDEX, RANGE_END_GIVEN },
  [DW_RLE_startx_length] = { OPERAND_INDEX, OPERAND_NUMBER, RANGE_LENGTH_GIVEN },
  [DW_RLE_offset_pair] = { OPERAND_NUMBER, OPERAND_NUMBER, RANGE_OFFSETS },
  [DW_RLE_base_address] = { OPERAND_ADDRESS, OPERAND_NONE, RANGE_BASE },
  [DW_RLE_start_end] = { OPERAND_ADDRESS, OPERAND_ADDRESS, RANGE_END_GIVEN },
  [DW_RLE_start_length] = { OPERAND_ADDRESS, OPERAND_NUMBER, RANGE_LENGTH_GIVEN },
};

/* Forms whose bytes are a number; a size of 0 is a LEB128, OFFSET one of the unit's offset size. */
#define OFFSET 0xff
static const struct
{
  guint8 form;
  guint8 size;
} number_forms[] = {
  { DW_FORM_data1, 1 },           { DW_FORM_data2, 2 },  { DW_FORM_data4, 4 },  { DW_FORM_data8, 8 },
  { DW_FORM_udata, 0 },           { DW_FORM_strx, 0 },   { DW_FORM_addrx, 0 },  { DW_FORM_rnglistx, 0 },
  { DW_FORM_addrx1, 1 },          { DW_FORM_addrx2, 2 }, { DW_FORM_addrx3, 3 }, { DW_FORM_addrx4, 4 },
  { DW_FORM_sec_offset, OFFSET },
};

/* A cursor on the bytes of an attribute, which libdw gives as a pointer into the unit. */
static gboolean
open_attribute (const AssayDebugContext *context, const Dwarf_Attribute *attribute, AssayDebugCursor *out)
{
  AssayDebugBytes info = context->file->sections[ASSAY_DEBUG_INFO];
  AssayDebugBytes unit = { .data = info.data, .size = (gsize)MIN (context->unit->end, info.size) };
  const guint8 *value = attribute->valp;
  if (value < unit.data + context->unit->offset || value > unit.data + unit.size)
    return FALSE;
  *out = assay_debug_cursor_at (unit, (guint64)(value - unit.data), context->file->big_endian);
  return TRUE;
}

/* The number in an attribute, not yet looked up where it is an index. */
static gboolean
read_number (const AssayDebugContext *context, const Dwarf_Attribute *attribute, guint64 *out)
{
  AssayDebugCursor cursor;
  if (attribute->form == DW_FORM_implicit_const)
    {
      Dwarf_Sword value = 0;
      Dwarf_Attribute copy = *attribute;
      gboolean read = dwarf_formsdata (&copy, &value) == 0;
      *out = (guint64)value;
      return read;
    }
  if (!open_attribute (context, attribute, &cursor))
    return FALSE;
  if (attribute->form == DW_FORM_GNU_addr_index)
    {
      *out = assay_debug_cursor_uleb (&cursor);
      return !cursor.failed;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (number_forms); i++)
    if (number_forms[i].form == attribute->form)
      {
        guint8 size = number_forms[i].size == OFFSET ? context->unit->offset_size : number_forms[i].size;
        *out = size == 0 ? assay_debug_cursor_uleb (&cursor) : assay_debug_cursor_fixed (&cursor, size);
        return !cursor.failed;
      }
  return FALSE;
}

gboolean
assay_debug_get_number (const AssayDebugContext *context, Dwarf_Die *die, guint name, guint64 *out)
{
  Dwarf_Attribute attribute;
  return dwarf_attr (die, name, &attribute) != NULL && read_number (context, &attribute, out);
}

const char *
assay_debug_get_text (Dwarf_Die *die, guint name)
{
  Dwarf_Attribute attribute;
  return dwarf_attr (die, name, &attribute) != NULL ? dwarf_formstring (&attribute) : NULL;
}

gboolean
assay_debug_get_origin (Dwarf_Die *die, Dwarf_Die *out)
{
  Dwarf_Attribute attribute;
  return (dwarf_attr (die, DW_AT_abstract_origin, &attribute) != NULL
          || dwarf_attr (die, DW_AT_specification, &attribute) != NULL)
         && dwarf_formref_die (&attribute, out) != NULL;
}

/* The address number @index of the unit. */
static gboolean
look_up_address (const AssayDebugContext *context, guint64 index, guint64 *out)
{
  guint64 offset = 0;
  if (!assay_u64_multiply (index, context->skeleton->address_size, &offset)
      || !assay_u64_add (offset, context->skeleton->address_base, &offset))
    return FALSE;
  AssayDebugCursor cursor = assay_debug_file_cursor (context->skeleton_file, ASSAY_DEBUG_ADDR, offset);
  *out = assay_debug_cursor_fixed (&cursor, context->skeleton->address_size);
  return !cursor.failed;
}

static gboolean
is_address_index (guint form)
{
  return form == DW_FORM_addrx || form == DW_FORM_GNU_addr_index || (form >= DW_FORM_addrx1 && form <= DW_FORM_addrx4);
}

/* An address in whatever form; FALSE also where the attribute is a number. */
static gboolean
read_address (const AssayDebugContext *context, const Dwarf_Attribute *attribute, guint64 *out)
{
  AssayDebugCursor cursor;
  if (is_address_index (attribute->form))
    {
      guint64 index = 0;
      return read_number (context, attribute, &index) && look_up_address (context, index, out);
    }
  if (attribute->form != DW_FORM_addr || !open_attribute (context, attribute, &cursor))
    return FALSE;
  *out = assay_debug_cursor_fixed (&cursor, context->unit->address_size);
  return !cursor.failed;
}

gboolean
assay_debug_get_address (const AssayDebugContext *context, Dwarf_Die *die, guint name, guint64 *out)
{
  Dwarf_Attribute attribute;
  return dwarf_attr (die, name, &attribute) != NULL && read_address (context, &attribute, out);
}

static void
add_range (AssayDebugRangeSink *sink, guint64 start, guint64 end)
{
  const AssayRangeClaim claim = { .value = sink->value, .start = start, .end = end };
  /* An empty range takes room, too: a list of them takes as long to read. */
  if (sink->room > 0)
    sink->room--;
  if (start < end)
    g_array_append_val (sink->claims, claim);
}

static guint64
read_operand (const AssayDebugContext *context, AssayDebugCursor *cursor, Operand operand)
{
  guint64 value = 0;
  if (operand == OPERAND_ADDRESS)
    return assay_debug_cursor_fixed (cursor, context->unit->address_size);
  if (operand == OPERAND_NUMBER)
    return assay_debug_cursor_uleb (cursor);
  if (operand == OPERAND_INDEX && !look_up_address (context, assay_debug_cursor_uleb (cursor), &value))
    assay_debug_cursor_fail (cursor);
  return value;
}

/* A list of .debug_rnglists (DWARF 5, 2.17.3). */
static void
add_range_list (const AssayDebugContext *context, guint64 offset, AssayDebugRangeSink *sink)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (context->file, ASSAY_DEBUG_RNGLISTS, offset);
  guint64 base = context->skeleton->base_address;
  while (sink->room > 0)
    {
      guint64 kind = assay_debug_cursor_fixed (&cursor, 1);
      if (kind == DW_RLE_end_of_list || kind >= G_N_ELEMENTS (range_entries))
        return;
      guint64 first = read_operand (context, &cursor, range_entries[kind].first);
      guint64 second = read_operand (context, &cursor, range_entries[kind].second);
      if (cursor.failed)
        return;
      switch (range_entries[kind].meaning)
        {
        case RANGE_BASE:
          base = first;
          break;
        case RANGE_END_GIVEN:
          add_range (sink, first, second);
          break;
        case RANGE_LENGTH_GIVEN:
          add_range (sink, first, first + second);
          break;
        case RANGE_OFFSETS:
          add_range (sink, base + first, base + second);
          break;
        }
    }
}

/* A list of .debug_ranges (DWARF 4, 2.17.3). */
static void
add_old_range_list (const AssayDebugContext *context, guint64 offset, AssayDebugRangeSink *sink)
{
  guint size = context->unit->address_size;
  guint64 highest = size >= 8 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << (8 * size)) - 1;
  guint64 base = context->skeleton->base_address;
  AssayDebugCursor cursor = assay_debug_file_cursor (context->skeleton_file, ASSAY_DEBUG_RANGES, offset);
  while (sink->room > 0)
    {
      guint64 first = assay_debug_cursor_fixed (&cursor, size);
      guint64 second = assay_debug_cursor_fixed (&cursor, size);
      if (cursor.failed || (first == 0 && second == 0))
        return;
      if (first == highest)
        base = second;
      else
        add_range (sink, base + first, base + second);
    }
}

/* Where the offsets of .debug_rnglists begin for a unit that does not say so: behind the first header. */
static guint64
default_lists_base (const AssayDebugContext *context)
{
  guint8 offset_size = 0;
  AssayDebugCursor cursor = assay_debug_file_cursor (context->file, ASSAY_DEBUG_RNGLISTS, 0);
  assay_debug_cursor_unit (&cursor, &offset_size);
  return offset_size == 8 ? 20 : 12;
}

static gboolean
add_list (const AssayDebugContext *context, const Dwarf_Attribute *attribute, AssayDebugRangeSink *sink)
{
  guint64 number = 0;
  if (!read_number (context, attribute, &number))
    return FALSE;
  if (attribute->form == DW_FORM_rnglistx)
    {
      guint64 base = context->unit->range_lists_base;
      if (base == 0)
        base = default_lists_base (context);
      guint64 offset = 0;
      if (!assay_u64_multiply (number, context->unit->offset_size, &offset) || !assay_u64_add (offset, base, &offset))
        return FALSE;
      AssayDebugCursor cursor = assay_debug_file_cursor (context->file, ASSAY_DEBUG_RNGLISTS, offset);
      number = base + assay_debug_cursor_fixed (&cursor, context->unit->offset_size);
    }
  if (context->unit->version >= 5)
    add_range_list (context, number, sink);
  else
    add_old_range_list (context, context->unit != context->skeleton ? number + context->skeleton->ranges_base : number,
                        sink);
  return TRUE;
}

gboolean
assay_debug_add_ranges (const AssayDebugContext *context, Dwarf_Die *die, AssayDebugRangeSink *sink)
{
  Dwarf_Attribute low;
  Dwarf_Attribute high;
  guint64 start = 0;
  guint64 end = 0;
  if (dwarf_attr (die, DW_AT_low_pc, &low) != NULL && dwarf_attr (die, DW_AT_high_pc, &high) != NULL
      && read_address (context, &low, &start))
    {
      if (!read_address (context, &high, &end))
        {
          if (!read_number (context, &high, &end))
            return FALSE;
          end += start;
        }
      add_range (sink, start, end);
      return TRUE;
    }
  return dwarf_attr (die, DW_AT_ranges, &low) != NULL && add_list (context, &low, sink);
}
