#include "support.h"

#include "inventory/operand.h"

#include <capstone/capstone.h>

/* Our decoder of x86 against Capstone, on programs of this machine: lengths, branches, and what is found from RIP. */

typedef struct
{
  guint instructions;
  guint unknown; /* to Capstone */
} Count;

static void
assert_targets (const cs_insn *theirs, const AssayOperand *ours, guint64 address)
{
  const cs_x86 *x86 = &theirs->detail->x86;
  gboolean is_branch = FALSE;
  for (guint i = 0; i < theirs->detail->groups_count; i++)
    is_branch = is_branch || theirs->detail->groups[i] == CS_GRP_BRANCH_RELATIVE;
  for (guint i = 0; i < x86->op_count; i++)
    {
      const cs_x86_op *operand = &x86->operands[i];
      gboolean of_counter = operand->type == X86_OP_MEM && operand->mem.base == X86_REG_RIP;
      if (!of_counter && !(operand->type == X86_OP_IMM && is_branch))
        continue;
      guint64 target = of_counter ? address + theirs->size + (guint64)operand->mem.disp : (guint64)operand->imm;
      if (ours->kind != ASSAY_OPERAND_RELATIVE || ours->target != target)
        fail_msg ("0x%" G_GINT64_MODIFIER "x: %s %s: ours points to 0x%" G_GINT64_MODIFIER "x", address,
                  theirs->mnemonic, theirs->op_str, ours->target);
    }
}

static void
compare_code (csh handle, AssayOperandDecoder *decoder, const guint8 *bytes, gsize length, guint64 address,
              Count *count)
{
  cs_insn *theirs = cs_malloc (handle);
  for (gsize at = 0; at < length;)
    {
      AssayOperand ours;
      const guint8 *next = bytes + at;
      size_t left = length - at;
      uint64_t next_address = address + at;
      gboolean decoded = assay_operand_decode (decoder, bytes + at, length - at, address + at, ASSAY_CODE_MAIN, &ours);
      count->instructions++;
      if (!cs_disasm_iter (handle, &next, &left, &next_address, theirs))
        count->unknown++;
      else if (!decoded || ours.size != theirs->size)
        fail_msg ("0x%" G_GINT64_MODIFIER "x: %s %s has %u bytes and not %u", address + at, theirs->mnemonic,
                  theirs->op_str, theirs->size, decoded ? ours.size : 0);
      else
        assert_targets (theirs, &ours, address + at);
      at += decoded ? ours.size : 1;
    }
  cs_free (theirs, 1);
}

static void
compare_program (const char *path, Count *count)
{
  csh handle = 0;
  const guint8 *bytes = NULL;
  g_autoptr (AssayBlob) blob = blob_of_file (path);
  g_autoptr (AssayElf) elf = read_elf (blob);
  assert_true (assay_blob_map (blob, &bytes, NULL));
  g_autoptr (AssayOperandDecoder) decoder = assay_operand_decoder_new (elf);
  const AssaySection *text = find_section (elf, ".text");
  assert_true (text != NULL && decoder != NULL);
  assert_int_equal (cs_open (CS_ARCH_X86, elf->machine == EM_386 ? CS_MODE_32 : CS_MODE_64, &handle), CS_ERR_OK);
  cs_option (handle, CS_OPT_DETAIL, CS_OPT_ON);
  compare_code (handle, decoder, bytes + text->offset, MIN (text->size, 1u << 20), text->address, count);
  cs_close (&handle);
}

static void
instructions_have_the_length_that_capstone_says (void **state)
{
  static const char *const paths[] = { "/usr/bin/env",
                                       "/bin/sh",
                                       "/lib/x86_64-linux-gnu/libc.so.6",
                                       "/usr/bin/readelf",
                                       "/lib/x86_64-linux-gnu/libcapstone.so.4",
                                       "/usr/lib32/libgcc_s.so.1",
                                       "/usr/lib32/libc.so.6" };
  Count count = { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      if (!g_file_test (paths[i], G_FILE_TEST_EXISTS))
        continue;
      g_autoptr (AssayBlob) blob = blob_of_file (paths[i]);
      g_autoptr (AssayElf) elf = read_elf (blob);
      if (elf->machine == EM_X86_64 || elf->machine == EM_386)
        compare_program (paths[i], &count);
    }
  if (count.instructions == 0)
    {
      print_message ("skipped: no programs for x86\n");
      skip ();
    }
  print_message ("%u instructions, %u of them unknown to Capstone\n", count.instructions, count.unknown);
  assert_true (count.instructions > 50000 && count.unknown * 100 < count.instructions);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (instructions_have_the_length_that_capstone_says),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
