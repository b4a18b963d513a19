#include "inventory/instructions.h"

#include "inventory/machine.h"

static void
clear_line (gpointer data)
{
  AssayCodeLine *line = data;
  g_clear_pointer (&line->text, g_free);
}

GArray *
assay_code_lines_new (void)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (AssayCodeLine));
  g_array_set_clear_func (lines, clear_line);
  return lines;
}

struct _AssayInstructions
{
  AssayMachine machine;
  cs_insn *held[2]; /* by AssayCodeMode; used again for each instruction */
};

AssayInstructions *
assay_instructions_new (const AssayElf *elf)
{
  AssayMachine machine;
  if (!assay_machine_open (elf, &machine))
    return NULL;
  g_autoptr (AssayInstructions) instructions = g_new0 (AssayInstructions, 1);
  instructions->machine = machine;
  for (guint mode = 0; mode < G_N_ELEMENTS (instructions->held); mode++)
    {
      instructions->held[mode] = cs_malloc (machine.handles[mode]);
      if (instructions->held[mode] == NULL)
        return NULL;
    }
  return g_steal_pointer (&instructions);
}

void
assay_instructions_free (AssayInstructions *instructions)
{
  if (instructions == NULL)
    return;
  for (guint mode = 0; mode < G_N_ELEMENTS (instructions->held); mode++)
    if (instructions->held[mode] != NULL)
      cs_free (instructions->held[mode], 1);
  assay_machine_close (&instructions->machine);
  g_free (instructions);
}

/* A line of data where no instruction is: one unit, or what is left of it byte by byte. */
static AssayCodeLine
make_data_line (const AssayMachine *machine, const guint8 *bytes, gsize left, guint64 address, AssayCodeMode mode)
{
  guint size = machine->units[mode];
  guint32 value = 0;
  if (left < size)
    size = 1;
  for (guint i = 0; i < size; i++)
    value = value << 8 | bytes[machine->big_endian ? i : size - 1 - i];
  static const char *const names[] = { [1] = ".byte", [2] = ".half", [4] = ".word" };
  return (AssayCodeLine){ .address = address,
                          .size = (guint8)size,
                          .text = g_strdup_printf ("%s 0x%0*x", names[size], (int)size * 2, value) };
}

static AssayCodeLine
make_code_line (const cs_insn *instruction, guint64 address)
{
  g_autofree char *text
      = g_strconcat (instruction->mnemonic, instruction->op_str[0] != '\0' ? " " : "", instruction->op_str, NULL);
  for (char *at = text; *at != '\0'; at++)
    if (!g_ascii_isprint (*at))
      *at = ' ';
  return (AssayCodeLine){ .address = address, .size = (guint8)instruction->size, .text = g_steal_pointer (&text) };
}

GArray *
assay_instructions_read (AssayInstructions *instructions, const guint8 *bytes, gsize length, guint64 address,
                         AssayCodeMode mode, guint max)
{
  const AssayMachine *machine = &instructions->machine;
  cs_insn *instruction = instructions->held[mode];
  GArray *lines = assay_code_lines_new ();
  while (length > 0 && (max == 0 || lines->len < max))
    {
      const guint8 *next = bytes;
      size_t left = length;
      uint64_t next_address = address;
      gboolean decoded = cs_disasm_iter (machine->handles[mode], &next, &left, &next_address, instruction)
                         && instruction->size > 0 && instruction->size <= length;
      AssayCodeLine line
          = decoded ? make_code_line (instruction, address) : make_data_line (machine, bytes, length, address, mode);
      g_array_append_val (lines, line);
      bytes += line.size;
      length -= line.size;
      address += line.size;
    }
  return lines;
}
