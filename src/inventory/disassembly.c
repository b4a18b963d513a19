#include "inventory/disassembly.h"

#include "inventory/interpreter_private.h"
#include "inventory/machine.h"

#include <string.h>

/* The longest instruction: x86 has 15 bytes, the 68020 has 22. */
#define INSTRUCTION_BYTES_MAX 24u
/* An instruction of one byte each, with Capstone's longest texts: what could be said of ASSAY_DISASSEMBLY_BYTES. */
#define ANSWER_BYTES_MAX (ASSAY_DISASSEMBLY_BYTES * 256u)

struct _AssayDisassembler
{
  AssayInterpreter *interpreter;
  AssayInterpreterCode code;
};

AssayDisassembler *
assay_disassembler_new (AssayInterpreter *interpreter, const AssayElf *elf)
{
  if (!assay_machine_is_known (elf))
    return NULL;
  AssayDisassembler *disassembler = g_new0 (AssayDisassembler, 1);
  disassembler->interpreter = interpreter;
  disassembler->code = (AssayInterpreterCode){
    .machine = elf->machine, .bits = elf->bits, .big_endian = elf->big_endian ? 1 : 0, .flags = elf->flags
  };
  return disassembler;
}

void
assay_disassembler_free (AssayDisassembler *disassembler)
{
  g_free (disassembler);
}

/* The next line, which begins where the one before ended. FALSE where that cannot be. */
static gboolean
take_line (AssayCursor *cursor, guint64 address, gsize left, AssayCodeLine *out)
{
  if (cursor->length < 2)
    return FALSE;
  guint8 size = cursor->bytes[0];
  guint8 text_length = cursor->bytes[1];
  const char *text = (const char *)cursor->bytes + 2;
  if (size == 0 || size > INSTRUCTION_BYTES_MAX || size > left || text_length > cursor->length - 2)
    return FALSE;
  for (guint i = 0; i < text_length; i++)
    if (!g_ascii_isprint (text[i]))
      return FALSE;
  cursor->bytes += 2 + text_length;
  cursor->length -= 2 + (gsize)text_length;
  *out = (AssayCodeLine){ .address = address, .size = size, .text = g_strndup (text, text_length) };
  return TRUE;
}

/* All lines of a piece are there, one behind the other: to the end of the bytes, or as many as were asked for. */
static gboolean
take_lines (AssayCursor *cursor, const AssayCodePiece *piece, guint max, GArray *lines)
{
  gsize done = 0;
  while (done < piece->length && (max == 0 || lines->len < max))
    {
      AssayCodeLine line;
      if (!take_line (cursor, piece->address + done, piece->length - done, &line))
        return FALSE;
      g_array_append_val (lines, line);
      done += line.size;
    }
  return TRUE;
}

/* Describes the pieces for who reads them; NULL where they are more than may be. */
static GByteArray *
put_pieces (const AssayDisassembler *disassembler, const AssayCodePiece *pieces, guint count, guint max)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  gsize room = ASSAY_DISASSEMBLY_BYTES;
  for (guint i = 0; i < count; i++)
    {
      AssayInterpreterCode code = disassembler->code;
      if (pieces[i].length > room || i >= ASSAY_DISASSEMBLY_PIECES)
        return NULL;
      room -= pieces[i].length;
      code.address = pieces[i].address;
      code.length = pieces[i].length;
      code.mode = pieces[i].mode;
      code.max = max;
      g_byte_array_append (data, (const guint8 *)&code, sizeof code);
      g_byte_array_append (data, pieces[i].bytes, (guint)pieces[i].length);
    }
  return g_steal_pointer (&data);
}

GPtrArray *
assay_disassemble_pieces (AssayDisassembler *disassembler, const AssayCodePiece *pieces, guint count, guint max)
{
  AssayMessage question = { .kind = ASSAY_INTERPRETER_CODE };
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify)g_array_unref);
  g_autoptr (GByteArray) data = put_pieces (disassembler, pieces, count, max);
  if (data == NULL)
    return NULL;
  question.data = data->data;
  question.length = data->len;
  g_autoptr (GByteArray) answer
      = assay_interpreter_ask (disassembler->interpreter, &question, NULL, ANSWER_BYTES_MAX, NULL);
  if (answer == NULL)
    return NULL;
  AssayCursor cursor = { .bytes = answer->data, .length = answer->len };
  gboolean ok = TRUE;
  for (guint i = 0; i < count && ok; i++)
    {
      GArray *lines = assay_code_lines_new ();
      g_ptr_array_add (all, lines);
      ok = take_lines (&cursor, &pieces[i], max, lines);
    }
  if (ok && cursor.length == 0)
    return g_steal_pointer (&all);
  assay_interpreter_refuse (disassembler->interpreter, "lines of code are no such thing", NULL);
  return NULL;
}

GArray *
assay_disassemble (AssayDisassembler *disassembler, const AssayCodePiece *piece, guint max)
{
  g_autoptr (GPtrArray) all = assay_disassemble_pieces (disassembler, piece, 1, max);
  return all == NULL ? NULL : g_array_ref (g_ptr_array_index (all, 0));
}
