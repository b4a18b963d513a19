#include "operand_machine.h"

/* Instructions by hand, from the manuals of their machines. */

/* One instruction of a run. @mask in hexadecimal, NULL for one without operand. */
typedef struct
{
  const char *bytes;
  const char *mask;
  AssayOperandKind kind;
  guint64 target;
  guint part_shift;
  guint part_bits;
  gboolean rounded;
  gboolean has_whole;
  guint64 whole;
} Step;

static gsize
unhex (const char *text, guint8 *out)
{
  gsize length = 0;
  for (; text[0] != '\0'; text += 2)
    out[length++] = (guint8)(g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
  return length;
}

static void
assert_step (const Step *step, const AssayOperand *operand, gsize at)
{
  guint8 mask[ASSAY_OPERAND_BYTES_MAX] = { 0 };
  if (step->mask != NULL)
    unhex (step->mask, mask);
  if (operand->kind != step->kind || memcmp (operand->mask, mask, sizeof mask) != 0 || operand->target != step->target
      || operand->size != strlen (step->bytes) / 2)
    fail_msg ("step %u, %s: kind %u, size %u, target 0x%" G_GINT64_MODIFIER "x, mask %02x%02x%02x%02x", (guint)at,
              step->bytes, operand->kind, operand->size, operand->target, operand->mask[0], operand->mask[1],
              operand->mask[2], operand->mask[3]);
  assert_int_equal (operand->part_shift, step->part_shift);
  assert_int_equal (operand->part_bits, step->part_bits);
  assert_int_equal (operand->part_rounded, step->rounded);
  if (operand->has_whole != step->has_whole || operand->whole != step->whole)
    fail_msg ("step %u, %s: whole %u 0x%" G_GINT64_MODIFIER "x", (guint)at, step->bytes, operand->has_whole,
              operand->whole);
  assert_int_equal (operand->second_kind, ASSAY_OPERAND_NONE);
}

/* Decodes the steps one after another from @address on, with all of their bytes in sight. */
static void
run_steps (const Machine *machine, guint64 address, const Step *steps, gsize count)
{
  g_autoptr (AssayOperandDecoder) decoder = new_decoder (machine);
  guint8 bytes[1024];
  gsize length = 0;
  gsize at = 0;
  assert_non_null (decoder);
  for (gsize i = 0; i < count; i++)
    length += unhex (steps[i].bytes, bytes + length);
  for (gsize i = 0; i < count; i++)
    {
      AssayOperand operand;
      assert_true (assay_operand_decode (decoder, bytes + at, length - at, address + at, machine->mode, &operand));
      assert_step (&steps[i], &operand, i);
      at += operand.size;
    }
  assert_int_equal (at, length);
}

#define RUN_STEPS(machine, address, steps) run_steps (&(machine), (address), (steps), G_N_ELEMENTS (steps))
#define NOTHING .kind = ASSAY_OPERAND_NONE
#define RELATIVE(t) .kind = ASSAY_OPERAND_RELATIVE, .target = (t)
#define ABSOLUTE(t) .kind = ASSAY_OPERAND_ABSOLUTE, .target = (t)
#define PART(t, shift, width) .kind = ASSAY_OPERAND_PART, .target = (t), .part_shift = (shift), .part_bits = (width)
#define WHOLE(a) .has_whole = TRUE, .whole = (a)

static void
aarch64_is_decoded (void **state)
{
  const Machine machine = { EM_AARCH64, 64, FALSE, ASSAY_CODE_MAIN };
  const Machine big = { EM_AARCH64, 64, TRUE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "00040094", "ffffff03", RELATIVE (0x411000) },                       /* bl .+0x1000 */
    { "ffffff17", "ffffff03", RELATIVE (0x410000) },                       /* b .-4 */
    { "80000054", "e0ffff00", RELATIVE (0x410018) },                       /* b.eq .+16 */
    { "200000b4", "e0ffff00", RELATIVE (0x410010) },                       /* cbz x0, .+4 */
    { "e0ff0737", "e0ff0700", RELATIVE (0x41000c) },                       /* tbnz w0, #0, .-4 */
    { "01000010", "e0ffff60", RELATIVE (0x410014) },                       /* adr x1, . */
    { "42000058", "e0ffff00", RELATIVE (0x410020) },                       /* ldr x2, .+8 */
    { "000000b0", "e0ffff60", PART (0x411000, 12, 52), WHOLE (0x411028) }, /* adrp x0, .+0x1000 */
    { "00a00091", "00fc3f00", PART (0x28, 0, 12), WHOLE (0x411028) },      /* add x0, x0, #0x28 */
    { "030000d0", "e0ffff60", PART (0x412000, 12, 52), WHOLE (0x412018) }, /* adrp x3, .+0x2000 */
    { "1f2003d5", NULL, NOTHING },                                         /* nop */
    { "640c40f9", "00fc3f00", PART (0x18, 0, 12), WHOLE (0x412018) },      /* ldr x4, [x3, #0x18] */
    { "6508c03d", "00fc3f00", PART (0x20, 0, 12), WHOLE (0x412020) },      /* ldr q5, [x3, #0x20] */
    { "640800b9", "00fc3f00", PART (0x08, 0, 12), WHOLE (0x412008) },      /* str w4, [x3, #8] */
    { "a70c40f9", "00fc3f00", PART (0x18, 0, 12) },                        /* ldr x7, [x5, #0x18] */
    { "ff830091", NULL, NOTHING },                                         /* add sp, sp, #0x20 */
    { "fd7bbfa9", NULL, NOTHING },                                         /* stp x29, x30, [sp, #-16]! */
    { "08468252", "e0ff1f00", PART (0x1230, 0, 16), WHOLE (0x561230) },    /* mov w8, #0x1230 */
    { "c80aa072", "e0ff1f00", PART (0x560000, 16, 16), WHOLE (0x561230) }, /* movk w8, #0x56, lsl #16 */
    { "c0035fd6", NULL, NOTHING },                                         /* ret */
  };
  RUN_STEPS (machine, 0x410000, steps);
  RUN_STEPS (big, 0x410000, steps);
}

static void
arm_is_decoded (void **state)
{
  const Machine machine = { EM_ARM, 32, FALSE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "020000eb", "ffffff00", RELATIVE (0x8010) },                         /* bl .+16 */
    { "fdffff0a", "ffffff00", RELATIVE (0x8000) },                         /* beq .-4 */
    { "000000fb", "ffffff01", RELATIVE (0x8012) },                         /* blx .+10 */
    { "24009fe5", "ff0f8000", RELATIVE (0x8038) },                         /* ldr r0, [pc, #36] */
    { "24109fe5", "ff0f8000", RELATIVE (0x803c) },                         /* ldr r1, [pc, #36] */
    { "01108fe0", NULL, NOTHING },                                         /* add r1, pc, r1 */
    { "08201fe5", "ff0f8000", RELATIVE (0x8018) },                         /* ldr r2, [pc, #-8] */
    { "343205e3", "ff0f0f00", PART (0x5234, 0, 16), WHOLE (0x125234) },    /* movw r3, #0x5234 */
    { "123040e3", "ff0f0f00", PART (0x120000, 16, 16), WHOLE (0x125234) }, /* movt r3, #0x12 */
    { "04408fe2", "ff0f0000", RELATIVE (0x8030) },                         /* adr r4, .+12 */
    { "d850cfe1", "0f0f8000", RELATIVE (0x8038) },                         /* ldrd r5, [pc, #8] */
    { "010a9fed", "ff008000", RELATIVE (0x8038) },                         /* vldr s0, [pc, #4] */
    { "0100a0e3", NULL, NOTHING },                                         /* mov r0, #1 */
    { "1eff2fe1", NULL, NOTHING },                                         /* bx lr */
    { "00000100", "ffffffff", ABSOLUTE (0x10000) },                        /* the literals */
    { "10000000", "ffffffff", RELATIVE (0x802c) },
    { "0100a0e3", NULL, NOTHING },
  };
  RUN_STEPS (machine, 0x8000, steps);
}

static void
switches_of_arm_are_decoded (void **state)
{
  const Machine machine = { EM_ARM, 32, TRUE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "e3500001", NULL, NOTHING },                 /* cmp r0, #1 */
    { "979ff100", NULL, NOTHING },                 /* ldrls pc, [pc, r0, lsl #2] */
    { "ea000002", "00ffffff", RELATIVE (0x8018) }, /* b .+16 */
    { "00008018", "ffffffff", ABSOLUTE (0x8018) }, /* the table */
    { "0000801c", "ffffffff", ABSOLUTE (0x801c) },
    { "e3a00001", NULL, NOTHING }, /* mov r0, #1 */
  };
  RUN_STEPS (machine, 0x8000, steps);
}

static void
thumb_is_decoded (void **state)
{
  const Machine machine = { EM_ARM, 32, FALSE, ASSAY_CODE_ALTERNATE };
  static const Step steps[] = {
    { "00f000f8", "ff07ff2f", RELATIVE (0x8004) },    /* bl .+4 */
    { "fff7fcff", "ff07ff2f", RELATIVE (0x8000) },    /* bl .-4 */
    { "00f000e8", "ff07fe2f", RELATIVE (0x800c) },    /* blx .+4 */
    { "00f000b8", "ff07ff2f", RELATIVE (0x8010) },    /* b.w .+4 */
    { "00f00080", "3f04ff2f", RELATIVE (0x8014) },    /* beq.w .+4 */
    { "01d0", "ff00", RELATIVE (0x801a) },            /* beq .+6 */
    { "fee7", "ff07", RELATIVE (0x8016) },            /* b . */
    { "08b1", "f802", RELATIVE (0x801e) },            /* cbz r0, .+6 */
    { "0148", "ff00", RELATIVE (0x8020) },            /* ldr r0, [pc, #4] */
    { "01a1", "ff00", RELATIVE (0x8024) },            /* adr r1, .+8 */
    { "00bf", NULL, NOTHING },                        /* nop */
    { "45f23423", "0f04ff70", PART (0x5234, 0, 16) }, /* movw r3, #0x5234 */
  };
  static const Step more[] = {
    { "45f23423", "0f04ff70", PART (0x5234, 0, 16), WHOLE (0x125234) },    /* movw r3, #0x5234 */
    { "c0f21203", "0f04ff70", PART (0x120000, 16, 16), WHOLE (0x125234) }, /* movt r3, #0x12 */
    { "dff80840", "8000ff0f", RELATIVE (0x8014) },                         /* ldr.w r4, [pc, #8] */
    { "0ff20405", "0004ff70", RELATIVE (0x8014) },                         /* adr.w r5, .+8 */
    { "7c44", NULL, NOTHING },                                             /* add r4, pc */
    { "7047", NULL, NOTHING },                                             /* bx lr */
    { "04000000", "ffffffff", RELATIVE (0x8018) },                         /* the literal */
    { "01de", NULL, NOTHING },                                             /* udf #1 */
  };
  /* The load in the first run makes a literal of its last instruction, which the shorter run leaves out. */
  run_steps (&machine, 0x8000, steps, G_N_ELEMENTS (steps) - 1);
  RUN_STEPS (machine, 0x8000, more);
}

static void
mips_is_decoded (void **state)
{
  const Machine machine = { EM_MIPS, 32, TRUE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "0c100040", "03ffffff", ABSOLUTE (0x80400100) },                                          /* jal */
    { "10400003", "0000ffff", RELATIVE (0x80100014) },                                          /* beq v0, zero, .+16 */
    { "04110001", "0000ffff", RELATIVE (0x80100010) },                                          /* bal .+8 */
    { "4501fffc", "0000ffff", RELATIVE (0x80100000) },                                          /* bc1t .-12 */
    { "3c028012", "0000ffff", PART (0x80120000, 16, 16), .rounded = TRUE, WHOLE (0x8011fff0) }, /* lui v0, 0x8012 */
    { "00031880", NULL, NOTHING },                                                              /* sll v1, v1, 2 */
    { "00431021", NULL, NOTHING },                                                              /* addu v0, v0, v1 */
    { "8c42fff0", "0000ffff", PART (0xfff0, 0, 16), WHOLE (0x8011fff0) },                       /* lw v0, -16(v0) */
    { "8c43fff0", "0000ffff", PART (0xfff0, 0, 16) },                                           /* lw v1, -16(v0) */
    { "3c041234", "0000ffff", PART (0x12340000, 16, 16), .rounded = TRUE, WHOLE (0x12345678) }, /* lui a0, 0x1234 */
    { "34845678", "0000ffff", PART (0x5678, 0, 16), WHOLE (0x12345678) },                       /* ori a0, a0, 0x5678 */
    { "27bdffe0", NULL, NOTHING },                                                              /* addiu sp, sp, -32 */
    { "afbf001c", NULL, NOTHING },                                                              /* sw ra, 28(sp) */
    { "24020001", NULL, NOTHING },                                                              /* addiu v0, zero, 1 */
    { "03e00008", NULL, NOTHING },                                                              /* jr ra */
  };
  RUN_STEPS (machine, 0x80100000, steps);
}

/* One word at 0x418010, whatever is asked for. */
static gboolean
read_table (gpointer data, guint64 address, guint8 *out, gsize length)
{
  static const guint8 word[] = { 0x00, 0x43, 0x00, 0x00 };
  if (address != 0x418010 || length != sizeof word)
    return FALSE;
  memcpy (out, word, sizeof word);
  return TRUE;
}

/* The global pointer is 0x400000 + 0x18000 - 0x7ff0 + … and an entry of its table holds the page 0x430000. */
static void
tables_of_mips_are_followed (void **state)
{
  static const char code[] = "3c1c0002"  /* lui gp, 2 */
                             "279c0000"  /* addiu gp, gp, 0 */
                             "0399e021"  /* addu gp, gp, t9 */
                             "8f828010"  /* lw v0, -32752(gp) */
                             "24420123"; /* addiu v0, v0, 0x123 */
  static const guint64 wholes[] = { 0x420000, 0x420000, 0, 0x418010, 0x430123 };
  const Machine machine = { EM_MIPS, 32, TRUE, ASSAY_CODE_MAIN };
  for (guint with_memory = 0; with_memory < 2; with_memory++)
    {
      g_autoptr (AssayOperandDecoder) decoder = new_decoder (&machine);
      guint8 bytes[64];
      gsize length = unhex (code, bytes);
      if (with_memory == 1)
        assay_operand_decoder_set_memory (decoder, read_table, NULL);
      for (gsize i = 0; i < length / 4; i++)
        {
          AssayOperand operand;
          assert_true (
              assay_operand_decode (decoder, bytes + 4 * i, length - 4 * i, 0x400000 + 4 * i, machine.mode, &operand));
          gboolean expected = wholes[i] != 0 && (i < 4 || with_memory == 1);
          assert_int_equal (operand.has_whole, expected);
          assert_int_equal (operand.whole, expected ? wholes[i] : 0);
        }
    }
}

static void
powerpc_is_decoded (void **state)
{
  const Machine machine = { EM_PPC, 32, TRUE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "48000100", "03fffffc", RELATIVE (0x10000100) },                                          /* b .+0x100 */
    { "4bfffffd", "03fffffc", RELATIVE (0x10000000) },                                          /* bl .-4 */
    { "48000102", "03fffffc", ABSOLUTE (0x100) },                                               /* ba 0x100 */
    { "4182fff4", "0000fffc", RELATIVE (0x10000000) },                                          /* beq .-12 */
    { "3d201002", "0000ffff", PART (0x10020000, 16, 16), .rounded = TRUE, WHOLE (0x1001fff8) }, /* lis r9, 0x1002 */
    { "60000000", NULL, NOTHING },                                                              /* nop */
    { "8129fff8", "0000ffff", PART (0xfff8, 0, 16), WHOLE (0x1001fff8) },                       /* lwz r9, -8(r9) */
    { "81290008", "0000ffff", PART (8, 0, 16) },                                                /* lwz r9, 8(r9) */
    { "3d401234", "0000ffff", PART (0x12340000, 16, 16), .rounded = TRUE, WHOLE (0x12345678) }, /* lis r10, 0x1234 */
    { "614a5678", "0000ffff", PART (0x5678, 0, 16), WHOLE (0x12345678) },                       /* ori r10, r10 */
    { "9421ffe0", NULL, NOTHING },                                                              /* stwu r1, -32(r1) */
    { "429f0005", "0000fffc", RELATIVE (0x10000030) },                                          /* bcl 20,31,.+4 */
    { "7fc802a6", NULL, NOTHING },                                                              /* mflr r30 */
    { "3fde0002", "0000ffff", PART (0x20000, 16, 16), .rounded = TRUE, WHOLE (0x10020034) },    /* addis r30, r30 */
    { "3bde0004", "0000ffff", PART (4, 0, 16), WHOLE (0x10020034) },                            /* addi r30, r30 */
    { "801e0010", "0000ffff", PART (0x10, 0, 16), WHOLE (0x10020044) },                         /* lwz r0, 16(r30) */
    { "4e800020", NULL, NOTHING },                                                              /* blr */
  };
  RUN_STEPS (machine, 0x10000000, steps);
}

/* Data is found from r2, which begins as a distance from the function. */
static void
powerpc64_is_decoded (void **state)
{
  const Machine machine = { EM_PPC64, 64, FALSE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "02004c3c", "ffff0000", PART (0x20000, 16, 16), .rounded = TRUE, WHOLE (0x10017f00) }, /* addis r2, r12, 2 */
    { "007f4238", "ffff0000", PART (0x7f00, 0, 16), WHOLE (0x10027f00) },                    /* addi r2, r2, 0x7f00 */
    { "0100223d", "ffff0000", PART (0x10000, 16, 16), .rounded = TRUE, WHOLE (0x10037f10) }, /* addis r9, r2, 1 */
    { "100029e9", "fcff0000", PART (0x10, 0, 16), WHOLE (0x10037f10) },                      /* ld r9, 16(r9) */
    { "0880a2e8", "fcff0000", PART (0x8008, 0, 16), WHOLE (0x1001ff08) },                    /* ld r5, -32760(r2) */
    { "2000804e", NULL, NOTHING },                                                           /* blr */
  };
  Step expected[G_N_ELEMENTS (steps)];
  memcpy (expected, steps, sizeof steps);
  expected[0].whole = expected[1].whole;
  RUN_STEPS (machine, 0x10000000, expected);
}

static void
riscv_is_decoded (void **state)
{
  const Machine machine = { EM_RISCV, 64, FALSE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "ef004000", "00f0ffff", RELATIVE (0x10004) },                                       /* jal .+4 */
    { "6ff0dfff", "00f0ffff", RELATIVE (0x10000) },                                       /* j .-4 */
    { "e38c05fe", "800f00fe", RELATIVE (0x10000) },                                       /* beqz a1, .-8 */
    { "17250000", "00f0ffff", PART (0x1200c, 12, 0), WHOLE (0x12004) },                   /* auipc a0, 2 */
    { "130585ff", "0000f0ff", PART (0xff8, 0, 12), WHOLE (0x12004) },                     /* addi a0, a0, -8 */
    { "97000000", "00f0ffff", PART (0x10014, 12, 0), WHOLE (0x10024) },                   /* auipc ra, 0 */
    { "e7800001", "0000f0ff", PART (0x10, 0, 12), WHOLE (0x10024) },                      /* jalr 16(ra) */
    { "b7150100", "00f0ffff", PART (0x11000, 12, 20), .rounded = TRUE, WHOLE (0x11008) }, /* lui a1, 0x11 */
    { "23b4a500", "800f00fe", PART (8, 0, 12), WHOLE (0x11008) },                         /* sd a0, 8(a1) */
    { "83b64500", "0000f0ff", PART (4, 0, 12), WHOLE (0x11004) },                         /* ld a3, 4(a1) */
    { "130101fe", NULL, NOTHING },                                                        /* addi sp, sp, -32 */
    { "13051000", NULL, NOTHING },                                                        /* li a0, 1 */
    { "01a0", "fc1f", RELATIVE (0x10030) },                                               /* c.j . */
    { "7dd9", "7c1c", RELATIVE (0x10028) },                                               /* c.beqz a0, .-10 */
    { "4565", "7c10", PART (0x11000, 12, 20), .rounded = TRUE, WHOLE (0x1100c) },         /* c.lui a0, 0x11 */
    { "3105", NULL, NOTHING },                                                            /* c.addi a0, 12 */
    { "4565", "7c10", PART (0x11000, 12, 20), .rounded = TRUE, WHOLE (0x1100c) },         /* c.lui a0, 0x11 */
    { "1305c500", "0000f0ff", PART (0xc, 0, 12), WHOLE (0x1100c) },                       /* addi a0, a0, 12 */
    { "8280", NULL, NOTHING },                                                            /* ret */
  };
  Step expected[G_N_ELEMENTS (steps)];
  memcpy (expected, steps, sizeof steps);
  /* C.ADDI ends what C.LUI began: linkers fill in neither. */
  expected[14].has_whole = FALSE;
  expected[14].whole = 0;
  RUN_STEPS (machine, 0x10000, expected);
  /* What is C.ADDIW in 64 bits is C.JAL in 32. */
  const Machine narrow = { EM_RISCV, 32, FALSE, ASSAY_CODE_MAIN };
  static const Step call[] = { { "0120", "fc1f", RELATIVE (0x10000) } };
  RUN_STEPS (narrow, 0x10000, call);
  static const Step add[] = { { "0120", NULL, NOTHING } };
  RUN_STEPS (machine, 0x10000, add);
}

static void
x86_is_decoded (void **state)
{
  const Machine machine = { EM_X86_64, 64, FALSE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "e8fb0f0000", "00ffffffff", RELATIVE (0x2000) },                                 /* call */
    { "74fe", "00ff", RELATIVE (0x1005) },                                             /* je . */
    { "0f8400000000", "0000ffffffff", RELATIVE (0x100d) },                             /* je .+6 */
    { "488b05f8ffffff", "000000ffffffff", RELATIVE (0x100c) },                         /* mov rax, [rip - 8] */
    { "bf00104000", "00ffffffff", ABSOLUTE (0x401000) },                               /* mov edi, 0x401000 */
    { "48b88877665544332211", "0000ffffffffffffffff", ABSOLUTE (0x1122334455667788) }, /* movabs */
    { "48c7c0ffffffff", "000000ffffffff", ABSOLUTE (G_MAXUINT64) },                    /* mov rax, -1 */
    { "8b04c500104000", "000000ffffffff", ABSOLUTE (0x401000) },           /* mov eax, [rax * 8 + 0x401000] */
    { "488b4310", NULL, NOTHING },                                         /* mov rax, [rbx + 16] */
    { "83c001", NULL, NOTHING },                                           /* add eax, 1 */
    { "660f1f840000000000", NULL, NOTHING },                               /* nop */
    { "c5fd6f0510000000", "00000000ffffffff", RELATIVE (0x1059) },         /* vmovdqa ymm0, [rip + 16] */
    { "62f17c48280500000000", "000000000000ffffffff", RELATIVE (0x1053) }, /* vmovaps zmm0, [rip] */
    { "c7f800000000", "0000ffffffff", RELATIVE (0x1059) },                 /* xbegin .+6 */
    { "c3", NULL, NOTHING },
  };
  RUN_STEPS (machine, 0x1000, steps);
}

static void
two_operands_of_x86_are_decoded (void **state)
{
  const Machine machine = { EM_X86_64, 64, FALSE, ASSAY_CODE_MAIN };
  static const guint8 mask[ASSAY_OPERAND_BYTES_MAX] = { 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
  g_autoptr (AssayOperandDecoder) decoder = new_decoder (&machine);
  guint8 bytes[16];
  AssayOperand operand;
  gsize length = unhex ("c7051000000000104000", bytes); /* mov dword [rip + 16], 0x401000 */
  assert_true (assay_operand_decode (decoder, bytes, length, 0x1000, ASSAY_CODE_MAIN, &operand));
  assert_int_equal (operand.size, 10);
  assert_int_equal (operand.kind, ASSAY_OPERAND_RELATIVE);
  assert_int_equal (operand.target, 0x101a);
  assert_int_equal (operand.second_kind, ASSAY_OPERAND_ABSOLUTE);
  assert_int_equal (operand.second_target, 0x401000);
  assert_memory_equal (operand.mask, mask, sizeof mask);
}

/* Position independent code of 32 bits: the table of its addresses is at 0x10e8. */
static void
i386_is_decoded (void **state)
{
  const Machine machine = { EM_386, 32, FALSE, ASSAY_CODE_MAIN };
  static const Step steps[] = {
    { "e8f0000000", "00ffffffff", RELATIVE (0x10f5) },                    /* call thunk */
    { "81c3e3000000", "0000ffffffff", RELATIVE (0x10e8) },                /* add ebx, 0xe3 */
    { "8d8300010000", "0000ffffffff", RELATIVE (0x11e8) },                /* lea eax, [ebx + 0x100] */
    { "8b8000010000", "0000ffffffff", ABSOLUTE (0x100), WHOLE (0x11e8) }, /* mov eax, [eax + 0x100] */
    { "a100200000", "00ffffffff", ABSOLUTE (0x2000), WHOLE (0x30e8) },    /* mov eax, [0x2000] */
    { "e800000000", "00ffffffff", RELATIVE (0x1021) },                    /* call .+5 */
    { "5b", NULL, NOTHING },                                              /* pop ebx */
    { "81c3c7000000", "0000ffffffff", RELATIVE (0x10e8) },                /* add ebx, 0xc7 */
    { "40", NULL, NOTHING },                                              /* inc eax */
    { "c3", NULL, NOTHING },
  };
  RUN_STEPS (machine, 0x1000, steps);
}

static void
real_mode_is_decoded (void **state)
{
  const Machine machine = { EM_386, 32, FALSE, ASSAY_CODE_ALTERNATE };
  static const Step steps[] = {
    { "e8fd0f", "00ffff", RELATIVE (0x2000) },                 /* call */
    { "b83412", "00ffff", ABSOLUTE (0x1234) },                 /* mov ax, 0x1234 */
    { "a13412", "00ffff", ABSOLUTE (0x1234) },                 /* mov ax, [0x1234] */
    { "66b878563412", "0000ffffffff", ABSOLUTE (0x12345678) }, /* mov eax, 0x12345678 */
    { "8b4704", NULL, NOTHING },                               /* mov ax, [bx + 4] */
    { "ea00100020", "00ffff0000", ABSOLUTE (0x1000) },         /* jmp 0x2000:0x1000 */
    { "ebfe", "00ff", RELATIVE (0x1017) },                     /* jmp . */
  };
  RUN_STEPS (machine, 0x1000, steps);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (aarch64_is_decoded),
    cmocka_unit_test (arm_is_decoded),
    cmocka_unit_test (switches_of_arm_are_decoded),
    cmocka_unit_test (thumb_is_decoded),
    cmocka_unit_test (mips_is_decoded),
    cmocka_unit_test (tables_of_mips_are_followed),
    cmocka_unit_test (powerpc_is_decoded),
    cmocka_unit_test (powerpc64_is_decoded),
    cmocka_unit_test (riscv_is_decoded),
    cmocka_unit_test (x86_is_decoded),
    cmocka_unit_test (two_operands_of_x86_are_decoded),
    cmocka_unit_test (i386_is_decoded),
    cmocka_unit_test (real_mode_is_decoded),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
