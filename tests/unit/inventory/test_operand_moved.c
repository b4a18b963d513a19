#include "support.h"

#include "inventory/operand.h"

/*
 * The same objects linked at two places. Whatever differs in the code then depends on places, so that it must lie in
 * the operands that are told; and where an operand points to on one side is where it points to on the other.
 */

static const char source[] = "typedef unsigned long ul;\n"
                             "struct item { int v; struct item *n; double d; };\n"
                             "int table[64]; static struct item first = { 1, 0, 2.5 };\n"
                             "const char *names[] = { \"alpha\", \"beta\", \"gamma\", \"delta\" };\n"
                             "static const int lut[32] = { 1, 2, 3, 5, 7, 11, 13 };\n"
                             "int counter; char bytes[300]; double dbl; long long wide; short sh;\n"
                             "#define FUNCTION __attribute__ ((noinline))\n"
                             "FUNCTION int leaf (int x) { return x * 3 + table[x & 63]; }\n"
                             "FUNCTION static int sw (int x)\n"
                             "{\n"
                             "  switch (x)\n"
                             "    {\n"
                             "    case 0: return leaf (1);\n"
                             "    case 1: return lut[x];\n"
                             "    case 2: return 77;\n"
                             "    case 3: return counter++;\n"
                             "    case 4: return bytes[x * 3];\n"
                             "    case 5: return first.v;\n"
                             "    case 6: return 12345;\n"
                             "    case 7: return (int)dbl;\n"
                             "    case 8: return leaf (9);\n"
                             "    case 9: return table[7];\n"
                             "    default: return -1;\n"
                             "    }\n"
                             "}\n"
                             "int (*fp) (int) = leaf;\n"
                             "FUNCTION int outer (int x, ul n)\n"
                             "{\n"
                             "  int s = 0;\n"
                             "  for (ul i = 0; i < n; i++)\n"
                             "    {\n"
                             "      s += sw (x + (int)i);\n"
                             "      if (s > 1000)\n"
                             "        s -= leaf (s);\n"
                             "      bytes[i % 300] = (char)s;\n"
                             "      names[i & 3] = \"epsilon\";\n"
                             "    }\n"
                             "  dbl = s * 1.5;\n"
                             "  wide += s;\n"
                             "  sh = (short)s;\n"
                             "  return s + fp (x);\n"
                             "}\n"
                             "FUNCTION double fl (double a) { dbl += a * 3.25; return dbl + first.d; }\n"
                             "FUNCTION struct item *lst (struct item *i)\n"
                             "{\n"
                             "  struct item *r = &first;\n"
                             "  for (; i; i = i->n)\n"
                             "    if (i->v > r->v)\n"
                             "      r = i;\n"
                             "  r->n = &first;\n"
                             "  return r;\n"
                             "}\n"
                             "FUNCTION const char *nm (int i) { return names[i & 3]; }\n"
                             "void _start (void) { outer (3, 10); fl (2.0); lst (0); nm (2); for (;;); }\n";

typedef struct
{
  const char *name;
  const char *compile; /* of m.c to m.o; clang's own options come with it */
  const char *linker;
  AssayCodeMode mode;
} Target;

static const Target targets[] = {
  { "x86-64", "gcc", "ld", 0 },
  { "i386", "gcc -m32", "ld -m elf_i386", 0 },
  { "aarch64", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-ld", 0 },
  { "x86-64", "clang --target=x86_64-linux-gnu", "ld.lld", 0 },
  { "i386", "clang --target=i386-linux-gnu", "ld.lld", 0 },
  { "aarch64", "clang --target=aarch64-linux-gnu", "ld.lld", 0 },
  { "aarch64_be", "clang --target=aarch64_be-linux-gnu", "ld.lld", 0 },
  { "arm", "clang --target=armv7-linux-gnueabi -marm -mfloat-abi=soft", "ld.lld", 0 },
  { "armv5", "clang --target=armv5-linux-gnueabi -mfloat-abi=soft", "ld.lld", 0 },
  { "thumb", "clang --target=armv7-linux-gnueabi -mthumb -mfloat-abi=softfp", "ld.lld", 1 },
  { "mips", "clang --target=mips-linux-gnu", "ld.lld", 0 },
  { "mipsel", "clang --target=mipsel-linux-gnu", "ld.lld", 0 },
  { "mips64el", "clang --target=mips64el-linux-gnu", "ld.lld", 0 },
  { "powerpc", "clang --target=powerpc-linux-gnu", "ld.lld", 0 },
  { "powerpc64le", "clang --target=powerpc64le-linux-gnu", "ld.lld", 0 },
  { "powerpc64", "clang --target=powerpc64-linux-gnu -mabi=elfv2", "ld.lld", 0 },
  { "riscv64", "clang --target=riscv64-linux-gnu", "ld.lld", 0 },
  { "riscv64gc", "clang --target=riscv64-linux-gnu -march=rv64gc -mabi=lp64d", "ld.lld", 0 },
  { "riscv32", "clang --target=riscv32-linux-gnu", "ld.lld", 0 },
};

static const char *const options[] = { "-O2 -fno-pic", "-Os -fno-pic", "-O2 -fPIE", "-Os -fPIE" };

/* Text, data and constants move by different distances. */
static const char script_format[]
    = "SECTIONS {\n"
      "  .text 0x%x : { *(.text*) }\n"
      "  .got : { *(.got*) }\n"
      "  .data 0x%x : { *(.data* .sdata* .toc*) }\n"
      "  .bss : { *(.bss* .sbss* COMMON) }\n"
      "  .rodata 0x%x : { *(.rodata*) }\n"
      "  .ARM.exidx : { *(.ARM.exidx*) }\n"
      "  /DISCARD/ : { *(.eh_frame*) *(.MIPS*) *(.pdr) *(.reginfo) *(.comment) *(.note*) *(.glink*) }\n"
      "}\n";

/* One side: a file that was linked. */
typedef struct
{
  AssayBlob *blob;
  AssayElf *elf;
  const guint8 *bytes;
  const AssaySection *text;
  AssayOperandDecoder *decoder;
} Side;

static gboolean
read_side (gpointer data, guint64 address, guint8 *out, gsize length)
{
  const Side *side = data;
  const AssaySection *section = assay_elf_section_at_address (side->elf, address);
  if (section == NULL || section->type == SHT_NOBITS || address + length > section->address + section->size)
    return FALSE;
  memcpy (out, side->bytes + section->offset + (address - section->address), length);
  return TRUE;
}

static void
open_side (const char *scratch, const char *name, Side *out)
{
  g_autofree char *path = g_build_filename (scratch, name, NULL);
  out->blob = blob_of_file (path);
  out->elf = read_elf (out->blob);
  assert_true (assay_blob_map (out->blob, &out->bytes, NULL));
  out->text = find_section (out->elf, ".text");
  out->decoder = assay_operand_decoder_new (out->elf);
  assert_true (out->text != NULL && out->decoder != NULL);
  assay_operand_decoder_set_memory (out->decoder, read_side, out);
}

static void
close_side (Side *side)
{
  assay_operand_decoder_free (side->decoder);
  assay_elf_free (side->elf);
  assay_blob_unref (side->blob);
}

/* Whether two addresses are of the same thing; numbers are equal. */
static gboolean
correspond (const Side *sides, guint64 first, guint64 second)
{
  if (first == second)
    return TRUE;
  /* An address right behind a section is the section's. */
  for (guint back = 0; back < 2; back++)
    {
      const AssaySection *one = assay_elf_section_at_address (sides[0].elf, first - back);
      if (one == NULL)
        continue;
      const AssaySection *other = find_section (sides[1].elf, one->name);
      if (other != NULL && first - one->address == second - other->address)
        return TRUE;
    }
  return FALSE;
}

static gboolean
targets_correspond (const Side *sides, const AssayOperand *operands, gboolean equal)
{
  const AssayOperand *one = &operands[0];
  const AssayOperand *other = &operands[1];
  if (one->second_kind != other->second_kind || !correspond (sides, one->second_target, other->second_target))
    return FALSE;
  if (one->kind == ASSAY_OPERAND_NONE || (equal && one->kind == ASSAY_OPERAND_PART))
    return TRUE;
  gboolean nowhere = assay_elf_section_at_address (sides[0].elf, one->target) == NULL
                     && assay_elf_section_at_address (sides[1].elf, other->target) == NULL;
  if (one->kind != ASSAY_OPERAND_PART && (correspond (sides, one->target, other->target) || (equal && nowhere)))
    return TRUE;
  return one->has_whole && other->has_whole && correspond (sides, one->whole, other->whole);
}

typedef struct
{
  guint instructions;
  guint differences;
  guint unknown; /* parts that differ, of which no whole is known */
} Count;

/* Compares the instructions at @at of both sides; returns how long they are. */
static gsize
compare_instruction (Side *sides, gsize at, const Target *target, Count *count)
{
  AssayOperand operands[2];
  for (guint i = 0; i < 2; i++)
    {
      const AssaySection *text = sides[i].text;
      if (!assay_operand_decode (sides[i].decoder, sides[i].bytes + text->offset + at, text->size - at,
                                 text->address + at, target->mode, &operands[i]))
        fail_msg ("%s: nothing is decoded at 0x%x", target->name, (guint)at);
    }
  const guint8 *one = sides[0].bytes + sides[0].text->offset + at;
  const guint8 *other = sides[1].bytes + sides[1].text->offset + at;
  assert_int_equal (operands[0].size, operands[1].size);
  assert_int_equal (operands[0].kind, operands[1].kind);
  assert_memory_equal (operands[0].mask, operands[1].mask, sizeof operands[0].mask);
  gboolean equal = memcmp (one, other, operands[0].size) == 0;
  for (guint i = 0; i < operands[0].size; i++)
    if (((one[i] ^ other[i]) & ~operands[0].mask[i]) != 0)
      fail_msg ("%s: a bit outside of the operand differs at 0x%x", target->name, (guint)at);
  count->instructions++;
  count->differences += equal ? 0 : 1;
  if (!equal && operands[0].kind == ASSAY_OPERAND_PART && !operands[0].has_whole)
    count->unknown++;
  else if (!targets_correspond (sides, operands, equal))
    fail_msg ("%s: kind %u at 0x%x points to 0x%" G_GINT64_MODIFIER "x and 0x%" G_GINT64_MODIFIER "x", target->name,
              operands[0].kind, (guint)at, operands[0].target, operands[1].target);
  return operands[0].size;
}

static gboolean
link_twice (const char *scratch, const Target *target, const char *option)
{
  static const guint places[][3] = { { 0x210000, 0x330000, 0x400000 }, { 0x220040, 0x348a40, 0x420910 } };
  g_autofree char *compile
      = g_strdup_printf ("%s %s -ffreestanding -fno-builtin -fno-stack-protector -fcf-protection=none "
                         "-fno-asynchronous-unwind-tables -w -c m.c -o m.o 2>compile.log || "
                         "%s %s -ffreestanding -fno-builtin -fno-asynchronous-unwind-tables -w -c m.c -o m.o",
                         target->compile, option, target->compile, option);
  g_autofree char *compiled = RUN (scratch, "sh", "-c", compile);
  if (compiled == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *script = g_strdup_printf (script_format, places[i][0], places[i][1], places[i][2]);
      g_autofree char *link = g_strdup_printf (
          "%s --unresolved-symbols=ignore-all -T script -e _start m.o -o linked.%u", target->linker, i);
      write_file (scratch, "script", script);
      g_autofree char *out = RUN (scratch, "sh", "-c", link);
      assert_non_null (out);
    }
  return TRUE;
}

/* Returns how many instructions differ. */
static guint
compare_links (const char *scratch, const Target *target, const char *option)
{
  Side sides[2];
  Count count = { 0 };
  assert_true (link_twice (scratch, target, option));
  open_side (scratch, "linked.0", &sides[0]);
  open_side (scratch, "linked.1", &sides[1]);
  assert_int_equal (sides[0].text->size, sides[1].text->size);
  for (gsize at = 0; at < sides[0].text->size;)
    at += compare_instruction (sides, at, target, &count);
  print_message ("%s %s: %u of %u instructions differ, %u of them in a part without whole\n", target->name, option,
                 count.differences, count.instructions, count.unknown);
  /* Parts that are far apart, or whose other one lies before it. */
  assert_true (count.unknown * 10 <= count.differences);
  assert_true (count.instructions > 60);
  close_side (&sides[0]);
  close_side (&sides[1]);
  return count.differences;
}

static void
moved_code_differs_in_operands_alone (void **state)
{
  write_file (*state, "m.c", source);
  for (gsize i = 0; i < G_N_ELEMENTS (targets); i++)
    {
      g_auto (GStrv) compiler = g_strsplit (targets[i].compile, " ", 2);
      g_auto (GStrv) linker = g_strsplit (targets[i].linker, " ", 2);
      if (!has_program (compiler[0]) || !has_program (linker[0]))
        {
          print_message ("skipped: no %s or %s\n", compiler[0], linker[0]);
          continue;
        }
      guint differences = 0;
      for (gsize j = 0; j < G_N_ELEMENTS (options); j++)
        differences += compare_links (*state, &targets[i], options[j]);
      assert_true (differences > 20);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (moved_code_differs_in_operands_alone, make_scratch, remove_scratch),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
