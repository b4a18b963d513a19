#include "support.h"

#include "inventory/disassembly.h"

/* What of an ELF header says which code it is. */
typedef struct
{
  guint16 machine;
  guint8 bits;
  gboolean big_endian;
  guint32 flags;
} Machine;

static AssayElf
fake_elf (const Machine *machine)
{
  return (AssayElf){
    .machine = machine->machine, .bits = machine->bits, .big_endian = machine->big_endian, .flags = machine->flags
  };
}

typedef struct
{
  Machine machine;
  AssayCodeMode mode;
  const char *bytes; /* hexadecimal */
  guint64 address;
  const char *lines[4];
} Case;

static const Case cases[] = {
  { { EM_X86_64, 64, FALSE, 0 }, ASSAY_CODE_MAIN, "554889e5c3", 0x1000, { "push rbp", "mov rbp, rsp", "ret" } },
  { { EM_X86_64, 64, FALSE, 0 }, ASSAY_CODE_MAIN, "e8fb0f0000", 0x1000, { "call 0x2000" } },
  { { EM_X86_64, 64, FALSE, 0 }, ASSAY_CODE_MAIN, "06c3", 0, { ".byte 0x06", "ret" } },
  { { EM_X86_64, 64, FALSE, 0 }, ASSAY_CODE_MAIN, "90e8fb", 0, { "nop", ".byte 0xe8", "sti" } },
  { { EM_386, 32, FALSE, 0 }, ASSAY_CODE_MAIN, "b8010000004089d8", 0, { "mov eax, 1", "inc eax", "mov eax, ebx" } },
  { { EM_386, 32, FALSE, 0 }, ASSAY_CODE_ALTERNATE, "b8010089d8cd10", 0, { "mov ax, 1", "mov ax, bx", "int 0x10" } },
  { { EM_ARM, 32, FALSE, 0 }, ASSAY_CODE_MAIN, "0100a0e31eff2fe1", 0, { "mov r0, #1", "bx lr" } },
  { { EM_ARM, 32, FALSE, 0 }, ASSAY_CODE_ALTERNATE, "012070474ff00003", 0, { "movs r0, #1", "bx lr", "mov.w r3, #0" } },
  { { EM_ARM, 32, TRUE, 0 }, ASSAY_CODE_MAIN, "e3a00001", 0, { "mov r0, #1" } },
  { { EM_ARM, 32, TRUE, EF_ARM_BE8 }, ASSAY_CODE_MAIN, "0100a0e3", 0, { "mov r0, #1" } },
  { { EM_AARCH64, 64, FALSE, 0 }, ASSAY_CODE_MAIN, "20008052c0035fd6", 0, { "movz w0, #0x1", "ret" } },
  { { EM_AARCH64, 64, TRUE, 0 }, ASSAY_CODE_MAIN, "20008052c0035fd6", 0, { "movz w0, #0x1", "ret" } },
  { { EM_AARCH64, 64, FALSE, 0 },
    ASSAY_CODE_MAIN,
    "00000000c0035fd6ff",
    0,
    { ".word 0x00000000", "ret", ".byte 0xff" } },
  { { EM_MIPS, 32, TRUE, 0 }, ASSAY_CODE_MAIN, "24020001", 0, { "addiu $v0, $zero, 1" } },
  { { EM_MIPS, 32, FALSE, 0 }, ASSAY_CODE_MAIN, "01000224", 0, { "addiu $v0, $zero, 1" } },
  { { EM_MIPS, 64, FALSE, 0x60000000 }, ASSAY_CODE_MAIN, "01000264", 0, { "daddiu $v0, $zero, 1" } },
  { { EM_MIPS, 32, TRUE, 0x20000000 }, ASSAY_CODE_MAIN, "64020001", 0, { "daddiu $v0, $zero, 1" } },
  { { EM_PPC, 32, TRUE, 0 }, ASSAY_CODE_MAIN, "386000014e800020", 0, { "li r3, 1", "blr" } },
  { { EM_PPC64, 64, FALSE, 0 }, ASSAY_CODE_MAIN, "010060382000804e", 0, { "li r3, 1", "blr" } },
  { { EM_PPC64, 64, TRUE, 0 }, ASSAY_CODE_MAIN, "38600001", 0, { "li r3, 1" } },
  { { EM_SPARCV9, 64, TRUE, 0 }, ASSAY_CODE_MAIN, "01000000", 0, { "nop" } },
  { { EM_S390, 64, TRUE, 0 }, ASSAY_CODE_MAIN, "07fe", 0, { "br %r14" } },
};

static GByteArray *
unhex (const char *text)
{
  GByteArray *bytes = g_byte_array_new ();
  for (; text[0] != '\0'; text += 2)
    {
      guint8 byte = (guint8)(g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
      g_byte_array_append (bytes, &byte, 1);
    }
  return bytes;
}

/* Numbers of registers differ between versions of Capstone: "li 3, 1" is the same. Blanks too. */
static char *
simplify (const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);
  for (const char *at = text; at != NULL && *at != '\0'; at++)
    if (!(*at == 'r' && g_ascii_isdigit (at[1])) && *at != ' ' && *at != '$')
      g_string_append_c (out, *at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
instructions_are_told (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayElf elf = fake_elf (&cases[i].machine);
      g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
      g_autoptr (AssayDisassembler) disassembler = assay_disassembler_new (interpreter, &elf);
      g_autoptr (GByteArray) bytes = unhex (cases[i].bytes);
      assert_non_null (disassembler);
      const AssayCodePiece piece = { bytes->data, bytes->len, cases[i].address, cases[i].mode };
      g_autoptr (GArray) lines = assay_disassemble (disassembler, &piece, 0);
      assert_non_null (lines);
      guint64 address = cases[i].address;
      for (guint j = 0; j < lines->len; j++)
        {
          const AssayCodeLine *line = &g_array_index (lines, AssayCodeLine, j);
          assert_int_equal (line->address, address);
          assert_true (j < G_N_ELEMENTS (cases[i].lines) && cases[i].lines[j] != NULL);
          assert_non_null (line->text);
          g_autofree char *ours = simplify (line->text);
          g_autofree char *expected = simplify (cases[i].lines[j]);
          assert_string_equal (ours, expected);
          address += line->size;
        }
      assert_int_equal (address, cases[i].address + bytes->len);
      assert_true (lines->len == G_N_ELEMENTS (cases[i].lines) || cases[i].lines[lines->len] == NULL);
    }
}

static void
lines_are_limited (void **state)
{
  static const guint8 bytes[] = { 0x90, 0x90, 0x90, 0x90 };
  const Machine machine = { EM_X86_64, 64, FALSE, 0 };
  const AssayCodePiece piece = { bytes, sizeof bytes, 0, ASSAY_CODE_MAIN };
  const AssayCodePiece empty = { bytes, 0, 0, ASSAY_CODE_MAIN };
  const AssayCodePiece pieces[] = { piece, empty, piece };
  AssayElf elf = fake_elf (&machine);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayDisassembler) disassembler = assay_disassembler_new (interpreter, &elf);
  g_autoptr (GArray) two = assay_disassemble (disassembler, &piece, 2);
  assert_int_equal (two->len, 2);
  g_autoptr (GArray) none = assay_disassemble (disassembler, &empty, 0);
  assert_int_equal (none->len, 0);
  g_autoptr (GPtrArray) all = assay_disassemble_pieces (disassembler, pieces, G_N_ELEMENTS (pieces), 3);
  assert_int_equal (all->len, 3);
  for (guint i = 0; i < all->len; i++)
    assert_int_equal (((GArray *)g_ptr_array_index (all, i))->len, i == 1 ? 0 : 3);
  const AssayCodePiece long_one = { bytes, ASSAY_DISASSEMBLY_BYTES + 1, 0, ASSAY_CODE_MAIN };
  assert_null (assay_disassemble (disassembler, &long_one, 0));
}

static void
unknown_machines_have_none (void **state)
{
  static const Machine machines[] = { { EM_RISCV, 64, FALSE, 0 }, { EM_LOONGARCH, 64, FALSE, 0 }, { 0, 0, FALSE, 0 } };
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      AssayElf elf = fake_elf (&machines[i]);
      g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
      assert_null (assay_disassembler_new (interpreter, &elf));
    }
}

/* Any bytes at all: the lines are without gap, and hold plain ASCII. */
static void
garbage_is_covered (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (0x5eed);
  guint8 bytes[997];
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AssayElf elf = fake_elf (&cases[i].machine);
      g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
      g_autoptr (AssayDisassembler) disassembler = assay_disassembler_new (interpreter, &elf);
      for (guint round = 0; round < 20; round++)
        {
          guint64 at = 0;
          for (gsize j = 0; j < sizeof bytes; j++)
            bytes[j] = (guint8)g_rand_int (random);
          const AssayCodePiece piece = { bytes, sizeof bytes, 0, round % 2 == 0 ? ASSAY_CODE_MAIN : cases[i].mode };
          g_autoptr (GArray) lines = assay_disassemble (disassembler, &piece, 0);
          assert_non_null (lines);
          for (guint j = 0; j < lines->len; j++)
            {
              const AssayCodeLine *line = &g_array_index (lines, AssayCodeLine, j);
              assert_int_equal (line->address, at);
              assert_true (line->size > 0 && line->text[0] != '\0');
              for (const char *c = line->text; *c != '\0'; c++)
                assert_true (g_ascii_isprint (*c));
              at += line->size;
            }
          assert_int_equal (at, sizeof bytes);
        }
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (instructions_are_told),
    cmocka_unit_test (lines_are_limited),
    cmocka_unit_test (unknown_machines_have_none),
    cmocka_unit_test (garbage_is_covered),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
