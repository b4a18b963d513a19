#include "inventory/debug/line_table_private.h"

#include <dwarf.h>
#include <string.h>

/* A pair of DW_LNCT_… and DW_FORM_…; the standard knows five kinds of content. */
#define FORMATS_MAX 16u

typedef struct
{
  guint64 content;
  guint64 form;
} Format;

/* The text at an offset of another section that a form names. */
static const char *
text_at (const AssayLineTable *table, AssayDebugSection section, guint64 offset)
{
  AssayDebugCursor cursor = assay_debug_file_cursor (table->source, section, offset);
  return assay_debug_cursor_string (&cursor);
}

/* The text number @index: only split units have one here, and their offsets have a default place. */
static const char *
text_by_index (const AssayLineTable *table, guint64 index)
{
  guint64 base = table->offset_size == 8 ? 16 : 8;
  if (index > G_MAXUINT32)
    return "";
  AssayDebugCursor cursor
      = assay_debug_file_cursor (table->source, ASSAY_DEBUG_STR_OFFSETS, base + index * table->offset_size);
  guint64 offset = assay_debug_cursor_fixed (&cursor, table->offset_size);
  return cursor.failed ? "" : text_at (table, ASSAY_DEBUG_STR, offset);
}

/* Reads a value of a form that entries of version 5 may have (DWARF 5, 6.2.4.1): a text or a number. */
static void
read_value (const AssayLineTable *table, AssayDebugCursor *cursor, guint64 form, const char **out_text,
            guint64 *out_number)
{
  switch (form)
    {
    case DW_FORM_string:
      *out_text = assay_debug_cursor_string (cursor);
      return;
    case DW_FORM_line_strp:
      *out_text = text_at (table, ASSAY_DEBUG_LINE_STR, assay_debug_cursor_fixed (cursor, table->offset_size));
      return;
    case DW_FORM_strp:
      *out_text = text_at (table, ASSAY_DEBUG_STR, assay_debug_cursor_fixed (cursor, table->offset_size));
      return;
    case DW_FORM_strx:
      *out_text = text_by_index (table, assay_debug_cursor_uleb (cursor));
      return;
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
      *out_text = text_by_index (table, assay_debug_cursor_fixed (cursor, (guint)(form - DW_FORM_strx1 + 1)));
      return;
    case DW_FORM_udata:
      *out_number = assay_debug_cursor_uleb (cursor);
      return;
    case DW_FORM_data1:
    case DW_FORM_data2:
      *out_number = assay_debug_cursor_fixed (cursor, form == DW_FORM_data1 ? 1 : 2);
      return;
    case DW_FORM_data4:
    case DW_FORM_data8:
      *out_number = assay_debug_cursor_fixed (cursor, form == DW_FORM_data4 ? 4 : 8);
      return;
    case DW_FORM_data16:
      assay_debug_cursor_skip (cursor, 16);
      return;
    case DW_FORM_block:
      assay_debug_cursor_skip (cursor, assay_debug_cursor_uleb (cursor));
      return;
    default:
      /* Its length is not known, so nothing behind it can be read. */
      assay_debug_cursor_fail (cursor);
      return;
    }
}

static guint
read_formats (AssayDebugCursor *cursor, Format *out)
{
  guint count = (guint)assay_debug_cursor_fixed (cursor, 1);
  if (count > FORMATS_MAX)
    assay_debug_cursor_fail (cursor);
  for (guint i = 0; i < count && !cursor->failed; i++)
    {
      out[i].content = assay_debug_cursor_uleb (cursor);
      out[i].form = assay_debug_cursor_uleb (cursor);
    }
  return cursor->failed ? 0 : count;
}

/* A list of directories or files as version 5 has it; each entry takes at least a byte for each of its formats. */
static void
read_entries (const AssayLineTable *table, AssayDebugCursor *cursor, GArray *out)
{
  Format formats[FORMATS_MAX];
  guint format_count = read_formats (cursor, formats);
  guint64 count = assay_debug_cursor_uleb (cursor);
  if (format_count == 0 && count > 0)
    assay_debug_cursor_fail (cursor);
  for (guint64 i = 0; i < count && !cursor->failed; i++)
    {
      AssayLineFile entry = { .name = "", .directory = 0 };
      for (guint j = 0; j < format_count; j++)
        {
          const char *text = "";
          guint64 number = 0;
          read_value (table, cursor, formats[j].form, &text, &number);
          if (formats[j].content == DW_LNCT_path)
            entry.name = text;
          else if (formats[j].content == DW_LNCT_directory_index)
            entry.directory = number;
        }
      g_array_append_val (out, entry);
    }
}

static void
read_lists (AssayLineTable *table, AssayDebugCursor *cursor)
{
  g_autoptr (GArray) directories = g_array_new (FALSE, FALSE, sizeof (AssayLineFile));
  read_entries (table, cursor, directories);
  for (guint i = 0; i < directories->len; i++)
    g_ptr_array_add (table->directories, (gpointer)g_array_index (directories, AssayLineFile, i).name);
  read_entries (table, cursor, table->files);
}

/* The same before version 5: numbers begin at 1, directory 0 is that of the compilation. */
static void
read_old_lists (AssayLineTable *table, AssayDebugCursor *cursor)
{
  const AssayLineFile none = { .name = "", .directory = 0 };
  const char *name = "";
  g_ptr_array_add (table->directories, (gpointer)name);
  g_array_append_val (table->files, none);
  while (*(name = assay_debug_cursor_string (cursor)) != '\0')
    g_ptr_array_add (table->directories, (gpointer)name);
  while (*(name = assay_debug_cursor_string (cursor)) != '\0')
    {
      AssayLineFile file = { .name = name, .directory = assay_debug_cursor_uleb (cursor) };
      assay_debug_cursor_uleb (cursor); /* time */
      assay_debug_cursor_uleb (cursor); /* size */
      g_array_append_val (table->files, file);
    }
}

static void
read_parameters (AssayLineTable *table, AssayDebugCursor *cursor)
{
  table->minimum_length = (guint8)assay_debug_cursor_fixed (cursor, 1);
  table->operations = table->version >= 4 ? (guint8)assay_debug_cursor_fixed (cursor, 1) : 1;
  assay_debug_cursor_skip (cursor, 1); /* default_is_stmt */
  table->line_base = (gint8)assay_debug_cursor_fixed (cursor, 1);
  table->line_range = (guint8)assay_debug_cursor_fixed (cursor, 1);
  table->opcode_base = (guint8)assay_debug_cursor_fixed (cursor, 1);
  for (guint i = 1; i < table->opcode_base; i++)
    table->argument_counts[i] = (guint8)assay_debug_cursor_fixed (cursor, 1);
}

gboolean
assay_line_header_read (AssayLineTable *table, AssayDebugCursor *cursor)
{
  assay_debug_cursor_unit (cursor, &table->offset_size);
  table->version = (guint16)assay_debug_cursor_fixed (cursor, 2);
  if (table->version < 2 || table->version > 5)
    return FALSE;
  if (table->version >= 5)
    {
      table->address_size = (guint8)assay_debug_cursor_fixed (cursor, 1);
      assay_debug_cursor_skip (cursor, 1); /* segment selectors, which nobody has */
    }
  guint64 header_length = assay_debug_cursor_fixed (cursor, table->offset_size);
  AssayDebugCursor program = *cursor;
  assay_debug_cursor_skip (&program, header_length);
  /* Lists end where the program begins. */
  AssayDebugCursor lists = *cursor;
  lists.end = program.at;
  read_parameters (table, &lists);
  if (table->version >= 5)
    read_lists (table, &lists);
  else
    read_old_lists (table, &lists);
  *cursor = program;
  return !program.failed && !lists.failed && table->line_range > 0 && table->operations > 0 && table->opcode_base > 0;
}
