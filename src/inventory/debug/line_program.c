#include "inventory/debug/line_table_private.h"

#include <dwarf.h>

/* Rows of one table. The largest units of real programs have some 100,000; each takes up to 60 bytes while it is read.
 */
#define ROWS_MAX (1u << 22)
/* Names of standard opcodes go to here; what else is below opcode_base is skipped by its count of arguments. */
#define STANDARD_OPCODES 13u

/* The registers (DWARF 5, 6.2.2) that matter here. */
typedef struct
{
  guint64 address;
  guint64 file;
  guint64 line;
  guint operation;
} Registers;

typedef struct
{
  AssayLineTable *table;
  AssayDebugCursor *cursor;
  Registers now;
  GArray *claims;       /* AssayRangeClaim of the rows */
  gboolean in_sequence; /* whether the sequence has a row */
  AssayRangeClaim sequence;
  guint64 row_address; /* of the last row */
  AssayLineRow row;
} Machine;

static const Registers at_start = { .address = 0, .file = 1, .line = 1, .operation = 0 };

/* What the last row said holds up to here. Neighbours that say the same are one. */
static void
close_row (Machine *machine, guint64 end)
{
  GArray *claims = machine->claims;
  GArray *rows = machine->table->rows;
  if (machine->row_address >= end)
    return;
  if (claims->len > 0)
    {
      AssayRangeClaim *last = &g_array_index (claims, AssayRangeClaim, claims->len - 1);
      const AssayLineRow *row = &g_array_index (rows, AssayLineRow, last->value);
      if (last->end == machine->row_address && row->file == machine->row.file && row->line == machine->row.line)
        {
          last->end = end;
          return;
        }
    }
  const AssayRangeClaim claim = { .value = rows->len, .start = machine->row_address, .end = end };
  g_array_append_val (rows, machine->row);
  g_array_append_val (claims, claim);
}

static void
emit_row (Machine *machine)
{
  const Registers *now = &machine->now;
  if (machine->in_sequence)
    close_row (machine, now->address);
  else
    machine->sequence = (AssayRangeClaim){ .start = now->address, .end = now->address };
  machine->in_sequence = TRUE;
  machine->row_address = now->address;
  machine->row
      = (AssayLineRow){ .file = (guint32)MIN (now->file, G_MAXUINT32), .line = (guint32)MIN (now->line, G_MAXUINT32) };
}

static void
end_sequence (Machine *machine)
{
  if (machine->in_sequence)
    {
      close_row (machine, machine->now.address);
      machine->sequence.end = machine->now.address;
      g_array_append_val (machine->table->sequences, machine->sequence);
    }
  machine->in_sequence = FALSE;
  machine->now = at_start;
}

static void
advance (Machine *machine, guint64 operations)
{
  const AssayLineTable *table = machine->table;
  if (table->operations == 1)
    {
      machine->now.address += table->minimum_length * operations;
      return;
    }
  operations += machine->now.operation;
  machine->now.address += table->minimum_length * (operations / table->operations);
  machine->now.operation = (guint)(operations % table->operations);
}

static void
run_special (Machine *machine, guint8 opcode)
{
  const AssayLineTable *table = machine->table;
  guint adjusted = opcode - table->opcode_base;
  advance (machine, adjusted / table->line_range);
  machine->now.line += (guint64)(gint64)(table->line_base + (gint)(adjusted % table->line_range));
  emit_row (machine);
}

static void
run_extended (Machine *machine)
{
  AssayDebugCursor *cursor = machine->cursor;
  guint64 length = assay_debug_cursor_uleb (cursor);
  AssayDebugCursor inside = *cursor;
  assay_debug_cursor_skip (cursor, length);
  if (cursor->failed || length == 0)
    return;
  guint64 opcode = assay_debug_cursor_fixed (&inside, 1);
  if (opcode == DW_LNE_end_sequence)
    end_sequence (machine);
  else if (opcode == DW_LNE_set_address && length <= 9)
    {
      machine->now.address = assay_debug_cursor_fixed (&inside, (guint)length - 1);
      machine->now.operation = 0;
    }
  else if (opcode == DW_LNE_define_file && machine->table->version < 5)
    {
      AssayLineFile file = { .name = assay_debug_cursor_string (&inside) };
      file.directory = assay_debug_cursor_uleb (&inside);
      g_array_append_val (machine->table->files, file);
    }
}

static void
run_standard (Machine *machine, guint8 opcode)
{
  const AssayLineTable *table = machine->table;
  AssayDebugCursor *cursor = machine->cursor;
  switch (opcode < STANDARD_OPCODES ? opcode : 0xff)
    {
    case DW_LNS_copy:
      emit_row (machine);
      return;
    case DW_LNS_advance_pc:
      advance (machine, assay_debug_cursor_uleb (cursor));
      return;
    case DW_LNS_advance_line:
      machine->now.line += (guint64)assay_debug_cursor_sleb (cursor);
      return;
    case DW_LNS_set_file:
      machine->now.file = assay_debug_cursor_uleb (cursor);
      return;
    case DW_LNS_const_add_pc:
      advance (machine, (255u - table->opcode_base) / table->line_range);
      return;
    case DW_LNS_fixed_advance_pc:
      machine->now.address += assay_debug_cursor_fixed (cursor, 2);
      machine->now.operation = 0;
      return;
    default:
      for (guint i = 0; i < table->argument_counts[opcode]; i++)
        assay_debug_cursor_uleb (cursor);
      return;
    }
}

gboolean
assay_line_program_run (AssayLineTable *table, AssayDebugCursor *cursor)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  Machine machine = { .table = table, .cursor = cursor, .now = at_start, .claims = claims };
  table->rows = g_array_new (FALSE, FALSE, sizeof (AssayLineRow));
  table->sequences = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  while (cursor->at < cursor->end && table->rows->len < ROWS_MAX && table->sequences->len < ROWS_MAX)
    {
      guint8 opcode = (guint8)assay_debug_cursor_fixed (cursor, 1);
      if (opcode >= table->opcode_base)
        run_special (&machine, opcode);
      else if (opcode == 0)
        run_extended (&machine);
      else
        run_standard (&machine, opcode);
      /* What failed left a wrong state behind. */
      if (cursor->failed)
        break;
    }
  assay_debug_settle_zeros (table->source, claims);
  table->map = assay_range_map_new (claims, NULL);
  return table->map != NULL;
}
