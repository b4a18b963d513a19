#include "inventory/debug/unit.h"

#include <dwarf.h>

/* Attributes of one kind of entry. Compilers write at most 40; each costs time for every entry, and may take no byte.
 */
#define ATTRIBUTES_MAX 256u
/* One table of abbreviations: those of the largest programs have 100 KB. */
#define ABBREVIATIONS_BYTES_MAX (1u << 20)
/* What all first entries together may search in such tables; an honest one is the first or second of its table. */
#define SEARCH_BYTES_MAX (256u << 20)

/* The header of a unit of any type. */
typedef struct
{
  guint64 abbreviations;
  guint8 type;
} Header;

/*
 * Reads a table of abbreviations up to @wanted, or with 0 to its end. FALSE where it is damaged, or what it says would
 * take libdw long. *out_bytes is what was read.
 */
static gboolean
check_abbreviations (const AssayDebugFile *file, guint64 offset, guint64 wanted, gsize *out_bytes)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_ABBREV, offset);
  const guint8 *start = cursor.at;
  guint64 code = 0;
  while ((code = assay_debug_cursor_uleb (&cursor)) != 0)
    {
      guint64 form = 0;
      guint count = 0;
      assay_debug_cursor_uleb (&cursor); /* the tag */
      assay_debug_cursor_skip (&cursor, 1);
      for (guint64 name = 1; name != 0 || form != 0; count++)
        {
          name = assay_debug_cursor_uleb (&cursor);
          form = assay_debug_cursor_uleb (&cursor);
          if (form == DW_FORM_implicit_const)
            assay_debug_cursor_sleb (&cursor);
        }
      if (cursor.failed || count > ATTRIBUTES_MAX || cursor.at - start > ABBREVIATIONS_BYTES_MAX)
        return FALSE;
      if (code == wanted)
        break;
    }
  *out_bytes = (gsize)(cursor.at - start);
  return !cursor.failed && code == wanted;
}

/* Reads the header at unit->offset (DWARF 5, 7.5.1; DWARF 4, 7.5.1.1). */
static gboolean
read_header (const AssayDebugFile *file, AssayDebugUnit *unit, Header *out)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_INFO, unit->offset);
  const guint8 *start = cursor.at;
  assay_debug_cursor_unit (&cursor, &unit->offset_size);
  unit->end = unit->offset + (guint64)(cursor.end - start);
  unit->version = (guint16)assay_debug_cursor_fixed (&cursor, 2);
  *out = (Header){ .type = DW_UT_compile };
  if (unit->version >= 5)
    {
      out->type = (guint8)assay_debug_cursor_fixed (&cursor, 1);
      unit->address_size = (guint8)assay_debug_cursor_fixed (&cursor, 1);
    }
  out->abbreviations = assay_debug_cursor_fixed (&cursor, unit->offset_size);
  if (unit->version < 5)
    unit->address_size = (guint8)assay_debug_cursor_fixed (&cursor, 1);
  if (out->type == DW_UT_skeleton || out->type == DW_UT_split_compile)
    unit->split_id = assay_debug_cursor_fixed (&cursor, 8);
  unit->die_offset = unit->offset + (guint64)(cursor.at - start);
  /* libdw takes any other size of addresses for 8 bytes. */
  return !cursor.failed && unit->version >= 2 && unit->version <= 5
         && (unit->address_size == 4 || unit->address_size == 8);
}

static guint64
number_or (const AssayDebugContext *context, Dwarf_Die *die, guint name, guint64 otherwise)
{
  guint64 number = otherwise;
  assay_debug_get_number (context, die, name, &number);
  return number;
}

/* Reads what the first entry of a unit says. */
static void
read_first_entry (AssayDebugFile *file, AssayDebugUnit *unit, Dwarf_Die *die)
{
  const AssayDebugContext context = { .file = file, .unit = unit, .skeleton_file = file, .skeleton = unit };
  gboolean old = unit->version < 5;
  unit->address_base = number_or (&context, die, old ? DW_AT_GNU_addr_base : DW_AT_addr_base, old ? 0 : 8);
  unit->range_lists_base = number_or (&context, die, DW_AT_rnglists_base, 0);
  unit->ranges_base = number_or (&context, die, DW_AT_GNU_ranges_base, 0);
  unit->line_offset = number_or (&context, die, DW_AT_stmt_list, ASSAY_DEBUG_NOWHERE);
  if (old)
    unit->split_id = number_or (&context, die, DW_AT_GNU_dwo_id, 0);
  assay_debug_get_address (&context, die, DW_AT_low_pc, &unit->base_address);
}

/* Reads one unit into @out; FALSE where nothing behind it can be believed. *out_wanted: whether it may hold code. */
static gboolean
read_unit (AssayDebugFile *file, AssayDebugUnit *unit, gsize *searched, gboolean *out_wanted)
{
  Header header;
  Dwarf_Die die;
  gsize bytes = 0;
  *out_wanted = FALSE;
  if (!read_header (file, unit, &header))
    return FALSE;
  AssayDebugCursor cursor = assay_debug_file_cursor (file, ASSAY_DEBUG_INFO, unit->die_offset);
  guint64 code = unit->die_offset < unit->end ? assay_debug_cursor_uleb (&cursor) : 0;
  if (code == 0 || header.type == DW_UT_type || header.type == DW_UT_split_type)
    return TRUE;
  /* Before libdw looks: it reads first entries on its way to later units. */
  if (!check_abbreviations (file, header.abbreviations, code, &bytes) || bytes > SEARCH_BYTES_MAX - *searched)
    return FALSE;
  *searched += bytes;
  if (dwarf_offdie (file->dwarf, unit->die_offset, &die) == NULL)
    return FALSE;
  unit->tag = (guint16)dwarf_tag (&die);
  *out_wanted = unit->tag == DW_TAG_compile_unit || unit->tag == DW_TAG_skeleton_unit;
  if (*out_wanted)
    read_first_entry (file, unit, &die);
  return TRUE;
}

GArray *
assay_debug_units_read (AssayDebugFile *file, const AssayLimits *limits, GError **error)
{
  g_autoptr (GArray) units = g_array_new (FALSE, FALSE, sizeof (AssayDebugUnit));
  guint64 offset = 0;
  guint64 count = 0;
  gsize searched = 0;
  while (offset < file->sections[ASSAY_DEBUG_INFO].size)
    {
      AssayDebugUnit unit = { .offset = offset, .tag = 0 };
      gboolean wanted = FALSE;
      if (!assay_limits_check (limits, ASSAY_LIMIT_DEBUG_UNITS, ++count, "debug information", error))
        return NULL;
      if (!read_unit (file, &unit, &searched, &wanted))
        break;
      if (wanted)
        g_array_append_val (units, unit);
      offset = unit.end;
    }
  return g_steal_pointer (&units);
}

gboolean
assay_debug_unit_is_sane (const AssayDebugFile *file, const AssayDebugUnit *unit)
{
  Header header;
  gsize bytes = 0;
  AssayDebugUnit copy = *unit;
  return read_header (file, &copy, &header) && check_abbreviations (file, header.abbreviations, 0, &bytes);
}
