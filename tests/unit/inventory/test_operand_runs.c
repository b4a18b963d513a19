#include "operand_machine.h"

/* Bytes that are no whole instruction, and what a decoder keeps in mind from one to the next. */

/* A register that a far away instruction set is no longer believed. */
static void
runs_begin_anew (void **state)
{
  const Machine machine = { EM_AARCH64, 64, FALSE, ASSAY_CODE_MAIN };
  static const guint8 page[] = { 0x00, 0x00, 0x00, 0xb0 };
  static const guint8 low[] = { 0x00, 0xa0, 0x00, 0x91 };
  g_autoptr (AssayOperandDecoder) decoder = new_decoder (&machine);
  AssayOperand operand;
  assert_true (assay_operand_decode (decoder, page, 4, 0x1000, ASSAY_CODE_MAIN, &operand));
  assert_false (operand.has_whole);
  assert_true (assay_operand_decode (decoder, low, 4, 0x1004, ASSAY_CODE_MAIN, &operand));
  assert_true (operand.has_whole);
  assert_true (assay_operand_decode (decoder, page, 4, 0x1008, ASSAY_CODE_MAIN, &operand));
  assert_true (assay_operand_decode (decoder, low, 4, 0x2000, ASSAY_CODE_MAIN, &operand));
  assert_false (operand.has_whole);
}

static void
what_is_cut_off_is_none (void **state)
{
  static const Machine machines[]
      = { { EM_AARCH64, 64, FALSE, ASSAY_CODE_MAIN },  { EM_ARM, 32, FALSE, ASSAY_CODE_MAIN },
          { EM_ARM, 32, FALSE, ASSAY_CODE_ALTERNATE }, { EM_MIPS, 32, TRUE, ASSAY_CODE_MAIN },
          { EM_PPC, 32, TRUE, ASSAY_CODE_MAIN },       { EM_RISCV, 64, FALSE, ASSAY_CODE_MAIN },
          { EM_X86_64, 64, FALSE, ASSAY_CODE_MAIN },   { EM_386, 32, FALSE, ASSAY_CODE_ALTERNATE } };
  static const guint units[] = { 4, 2, 2, 4, 4, 2, 1, 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      /* A long instruction on each of them: 0xf0 begins one of Thumb, the last three bits one of RISC-V. */
      static const guint8 bytes[] = { 0xf3, 0xf0, 0x0f, 0xf0 };
      g_autoptr (AssayOperandDecoder) decoder = new_decoder (&machines[i]);
      AssayOperand operand;
      assert_int_equal (assay_operand_unit (decoder), units[i]);
      for (gsize length = 0; length < 2; length++)
        assert_false (assay_operand_decode (decoder, bytes, length, 0, machines[i].mode, &operand));
    }
  const Machine unknown = { EM_S390, 64, TRUE, ASSAY_CODE_MAIN };
  assert_null (new_decoder (&unknown));
  /* microMIPS is left to others. */
  g_autoptr (AssayOperandDecoder) mips = new_decoder (&machines[3]);
  AssayOperand operand;
  assert_false (assay_operand_decode (mips, (const guint8[4]){ 0 }, 4, 0, ASSAY_CODE_ALTERNATE, &operand));
}

/* Any bytes: an instruction stays in them, and masks no bit outside of itself. */
static void
garbage_is_survived (void **state)
{
  static const Machine machines[]
      = { { EM_AARCH64, 64, FALSE, 0 }, { EM_ARM, 32, FALSE, 0 },    { EM_ARM, 32, TRUE, 1 },
          { EM_MIPS, 32, TRUE, 0 },     { EM_MIPS, 64, FALSE, 0 },   { EM_PPC64, 64, TRUE, 0 },
          { EM_PPC, 32, FALSE, 0 },     { EM_RISCV, 64, FALSE, 0 },  { EM_RISCV, 32, FALSE, 0 },
          { EM_386, 32, FALSE, 0 },     { EM_X86_64, 64, FALSE, 0 }, { EM_386, 32, FALSE, 1 } };
  g_autoptr (GRand) random = g_rand_new_with_seed (0x5eed);
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      g_autoptr (AssayOperandDecoder) decoder = new_decoder (&machines[i]);
      for (guint round = 0; round < 200; round++)
        {
          gsize length = (gsize)g_rand_int_range (random, 1, 300);
          g_autofree guint8 *bytes = g_malloc (length);
          for (gsize j = 0; j < length; j++)
            bytes[j] = (guint8)g_rand_int (random);
          for (gsize at = 0; at < length;)
            {
              AssayOperand operand;
              if (!assay_operand_decode (decoder, bytes + at, length - at, at, machines[i].mode, &operand))
                {
                  at += assay_operand_unit (decoder);
                  continue;
                }
              assert_true (operand.size > 0 && operand.size <= length - at);
              guint masked = 0;
              for (guint j = 0; j < ASSAY_OPERAND_BYTES_MAX; j++)
                masked += j < operand.size && operand.mask[j] != 0 ? 1 : 0;
              for (guint j = operand.size; j < ASSAY_OPERAND_BYTES_MAX; j++)
                assert_int_equal (operand.mask[j], 0);
              assert_int_equal (masked > 0, operand.kind != ASSAY_OPERAND_NONE);
              at += operand.size;
            }
        }
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (runs_begin_anew),
    cmocka_unit_test (what_is_cut_off_is_none),
    cmocka_unit_test (garbage_is_survived),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
