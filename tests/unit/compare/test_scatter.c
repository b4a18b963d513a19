#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare/scatter.h"
#include "elf_maker.h"

#include <elf.h>
#include <string.h>

/* When a program is damaged throughout, and what merely looks so. */

#define UNITS 2048u
#define UNIT_BYTES 8u
#define ADDRESS 0x401000u

/** What of the shipped code is not as it was expected. */
typedef enum
{
  NOTHING,
  OPERANDS,   /* each call leads elsewhere */
  EVERYWHERE, /* an instruction of every fourth unit is another */
  FEW,        /* as before, in the first quarter alone */
  ANOTHER,    /* all instructions are others */
  SHIFTED,    /* two bytes more in front of everything, two fewer at the end */
} Damage;

/* add eax, ebx; call; nop */
static void
fill (guint8 *text, Damage damage)
{
  static const guint8 unit[UNIT_BYTES] = { 0x01, 0xd8, 0xe8, 0x10, 0x20, 0x00, 0x00, 0x90 };
  for (guint i = 0; i < UNITS; i++)
    {
      guint8 *at = text + i * UNIT_BYTES;
      memcpy (at, unit, UNIT_BYTES);
      at[3] = (guint8)i;
      if (damage == OPERANDS)
        at[3] += 0x33;
      if (damage == EVERYWHERE || (damage == FEW && i < UNITS / 4))
        at[0] = i % 4 == 0 ? 0x29 : at[0];
      if (damage == ANOTHER)
        memset (at, 0xc3, UNIT_BYTES);
    }
  if (damage == SHIFTED)
    memmove (text + 2, text, UNITS * UNIT_BYTES - 2);
}

static AssayBlob *
make_blob (Damage damage)
{
  guint8 text[UNITS * UNIT_BYTES];
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  fill (text, damage);
  guint32 last = elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                                   .type = SHT_PROGBITS,
                                                                   .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                                   .address = ADDRESS,
                                                                   .data = text,
                                                                   .size = sizeof text });
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, ADDRESS, ADDRESS, 1, last);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  return assay_blob_new_for_bytes (bytes);
}

/* @cut: bytes at the end that the shipped side has not */
static gboolean
ask (Damage damage, guint16 machine, gsize cut)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (AssayBlob) whole = make_blob (damage);
  g_autoptr (AssayBlob) shipped = assay_blob_new_slice (whole, 0, assay_blob_get_size (whole) - cut, NULL);
  g_autoptr (AssayBlob) expected = make_blob (NOTHING);
  g_autoptr (AssayElf) elf = assay_elf_new (expected, &limits, NULL);
  assert_non_null (elf);
  assert_true (assay_elf_load_symbols (elf, expected, &limits, NULL));
  elf->machine = machine;
  const AssayAreasInput input = { .shipped = shipped, .expected = expected, .expected_elf = elf, .symbols_elf = elf };
  return assay_scatter_is_throughout (&input);
}

static void
other_instructions_all_over_are_damage (void **state)
{
  (void)state;
  assert_true (ask (EVERYWHERE, EM_X86_64, 0));
}

static void
what_follows_from_a_move_is_none (void **state)
{
  (void)state;
  assert_false (ask (NOTHING, EM_X86_64, 0));
  assert_false (ask (OPERANDS, EM_X86_64, 0));
  assert_false (ask (SHIFTED, EM_X86_64, 0));
}

static void
a_part_of_the_code_is_not_all_of_it (void **state)
{
  (void)state;
  assert_false (ask (FEW, EM_X86_64, 0));
}

static void
another_program_is_looked_for (void **state)
{
  (void)state;
  assert_false (ask (ANOTHER, EM_X86_64, 0));
}

static void
what_cannot_be_told_is_not_claimed (void **state)
{
  (void)state;
  assert_false (ask (EVERYWHERE, EM_S390, 0));
  assert_false (ask (EVERYWHERE, EM_X86_64, 1));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (other_instructions_all_over_are_damage), cmocka_unit_test (what_follows_from_a_move_is_none),
    cmocka_unit_test (a_part_of_the_code_is_not_all_of_it),    cmocka_unit_test (another_program_is_looked_for),
    cmocka_unit_test (what_cannot_be_told_is_not_claimed),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
