#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/waive/waivable.h"
#include "inventory/elf.h"
#include "unpack/fact.h"

#include "elf_maker.h"

#include <elf.h>
#include <string.h>

/* Which bytes a waiver may cover without `allow-code` (T13): only what is data by the tables of both sides. */

/** A kind of machine. */
typedef struct
{
  guint bits;
  gboolean big_endian;
  guint16 machine;
} Machine;

static const Machine machines[] = {
  { 64, FALSE, EM_X86_64 }, { 32, FALSE, EM_386 },   { 64, FALSE, EM_AARCH64 }, { 32, FALSE, EM_ARM },
  { 32, TRUE, EM_ARM },     { 32, TRUE, EM_MIPS },   { 64, TRUE, EM_MIPS },     { 32, TRUE, EM_PPC },
  { 64, TRUE, EM_PPC64 },   { 64, FALSE, EM_PPC64 }, { 64, FALSE, EM_RISCV },   { 32, FALSE, EM_RISCV },
};

/** What a file has that is not as usual. */
typedef enum
{
  PLAIN = 0,
  DATA_EXECUTABLE = 1 << 0, /* the segment of the data too */
  TEXT_NOT_MARKED = 1 << 1, /* .text has no SHF_EXECINSTR */
  NO_EXECUTABLE = 1 << 2,   /* no segment is executable */
  ENTRY_IN_DATA = 1 << 3,
  RELRO = 1 << 4, /* over the data */
  CUT_OFF = 1 << 5,
  NO_MARK = 1 << 6,          /* nothing says that the stack holds no code */
  STACK_EXECUTABLE = 1 << 7, /* it says that it does */
  SAME_PAGE = 1 << 8,        /* the data stands in the page that the text ends in */
} Twist;

static void
add_segments (ElfMaker *maker, Twist twist)
{
  guint32 text_flags = (twist & NO_EXECUTABLE) != 0 ? PF_R : PF_R | PF_X;
  guint32 data_flags = (twist & DATA_EXECUTABLE) != 0 ? PF_R | PF_W | PF_X : PF_R | PF_W;
  elf_maker_add_segment (maker, PT_LOAD, text_flags, 0x10000, 0x10000, 1, 1);
  elf_maker_add_segment (maker, PT_LOAD, data_flags, 0x20000, 0x20000, 2, 4);
  if ((twist & NO_MARK) == 0)
    elf_maker_add_segment (maker, PT_GNU_STACK, (twist & STACK_EXECUTABLE) != 0 ? PF_R | PF_W | PF_X : PF_R | PF_W, 0,
                           0, 0, 0);
  if ((twist & RELRO) != 0)
    elf_maker_add_segment (maker, PT_GNU_RELRO, PF_R, 0x20000, 0x20000, 2, 2);
}

static AssayNode *
make (const Machine *machine, guint16 type, Twist twist)
{
  static const guint8 content[64] = { 1, 2, 3 };
  ElfMaker *maker = elf_maker_new (machine->bits, machine->big_endian, machine->machine, type);
  const ElfMakerSection sections[] = {
    { .name = ".text",
      .type = SHT_PROGBITS,
      .address = 0x10000,
      .flags = SHF_ALLOC | ((twist & TEXT_NOT_MARKED) != 0 ? 0 : SHF_EXECINSTR),
      .data = content,
      .size = 64 },
    { .name = ".data",
      .type = SHT_PROGBITS,
      .address = 0x20000,
      .alignment = (twist & SAME_PAGE) != 0 ? 16 : 0x10000,
      .flags = SHF_ALLOC | SHF_WRITE,
      .data = content,
      .size = 64 },
    { .name = ".got",
      .type = SHT_PROGBITS,
      .address = 0x20040,
      .flags = SHF_ALLOC | SHF_WRITE,
      .data = content,
      .size = 64 },
    { .name = ".rela.dyn",
      .type = SHT_RELA,
      .address = 0x20080,
      .flags = SHF_ALLOC,
      .data = content,
      .size = 48,
      .entry_size = 24 },
    { .name = ".comment", .type = SHT_PROGBITS, .data = content, .size = 64 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    elf_maker_add_section (maker, &sections[i]);
  if (type != ET_REL)
    add_segments (maker, twist);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  elf_maker_free (maker);
  if ((twist & ENTRY_IN_DATA) != 0)
    for (guint i = 0; i < machine->bits / 8; i++) /* e_entry */
      file->data[24 + (machine->big_endian ? machine->bits / 8 - 1 - i : i)]
          = (guint8)(G_GUINT64_CONSTANT (0x20004) >> 8 * i);
  if ((twist & CUT_OFF) != 0)
    elf_maker_poke (file, ELF_FIELD_SHNUM, 0, 60000);
  AssayNode *node = g_new0 (AssayNode, 1);
  g_autoptr (GBytes) bytes = g_bytes_new (file->data, file->len);
  node->blob = assay_blob_new_for_bytes (bytes);
  node->size = file->len;
  node->format = "elf";
  node->type = ASSAY_NODE_FILE;
  return node;
}

static void
node_clear (AssayNode *node)
{
  assay_blob_unref (node->blob);
  g_clear_pointer (&node->facts, g_array_unref);
  g_free (node);
}

/* Whether the first byte of a section may be waived. */
static gboolean
is_open (AssayNode *shipped, AssayNode *expected, const char *section)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayMatch match = { .shipped = shipped, .expected = expected, .kind = ASSAY_MATCH_NAME };
  AssayNodeAccount node_account = { .node = shipped, .match = &match };
  g_auto (AssayWaivable) waivable = { NULL };
  assay_waivable_find (&waivable, &node_account, FALSE, &limits);
  if (waivable.open->len == 0)
    return FALSE;
  g_autoptr (AssayElf) elf = assay_elf_new (expected->blob, &limits, NULL);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *found = &g_array_index (elf->sections, AssaySection, i);
      if (strcmp (found->name, section) != 0)
        continue;
      for (guint j = 0; j < waivable.open->len; j++)
        {
          const AssayExtent *extent = &g_array_index (waivable.open, AssayExtent, j);
          if (extent->start <= found->offset && found->offset < extent->end)
            return TRUE;
        }
    }
  return FALSE;
}

static gboolean
open_with (const Machine *machine, guint16 type, Twist shipped_twist, Twist expected_twist, const char *section)
{
  AssayNode *shipped = make (machine, type, shipped_twist);
  AssayNode *expected = make (machine, type, expected_twist);
  gboolean open = is_open (shipped, expected, section);
  node_clear (shipped);
  node_clear (expected);
  return open;
}

static void
data_is_open_and_what_steers_is_not (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      const Machine *machine = &machines[i];
      for (guint16 type = ET_REL; type <= ET_DYN; type++)
        {
          assert_true (open_with (machine, type, PLAIN, PLAIN, ".data"));
          assert_true (open_with (machine, type, PLAIN, PLAIN, ".comment"));
          assert_false (open_with (machine, type, PLAIN, PLAIN, ".text"));
          assert_false (open_with (machine, type, PLAIN, PLAIN, ".got"));
          assert_false (open_with (machine, type, PLAIN, PLAIN, ".rela.dyn"));
          assert_false (open_with (machine, type, PLAIN, PLAIN, ".shstrtab") && type == ET_REL);
        }
    }
}

/* What one side alone says is enough to close it. */
static void
either_side_closes (void **state)
{
  static const struct
  {
    Twist twist;
    const char *section;
  } cases[] = {
    { DATA_EXECUTABLE, ".data" },  { NO_EXECUTABLE, ".data" }, { ENTRY_IN_DATA, ".data" },   { RELRO, ".data" },
    { CUT_OFF, ".data" },          { CUT_OFF, ".comment" },    { TEXT_NOT_MARKED, ".text" }, { NO_MARK, ".data" },
    { STACK_EXECUTABLE, ".data" }, { SAME_PAGE, ".data" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (cases); j++)
      {
        const Twist twists[][2]
            = { { cases[j].twist, PLAIN }, { PLAIN, cases[j].twist }, { cases[j].twist, cases[j].twist } };
        for (gsize k = 0; k < G_N_ELEMENTS (twists); k++)
          if (open_with (&machines[i], ET_EXEC, twists[k][0], twists[k][1], cases[j].section))
            fail_msg ("machine %u: case %u, side %u: %s is open", (guint)i, (guint)j, (guint)k, cases[j].section);
      }
}

static AssayNode *
make_text (const char *text, const char *mode)
{
  AssayNode *node = g_new0 (AssayNode, 1);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  node->blob = assay_blob_new_for_bytes (bytes);
  node->size = strlen (text);
  node->format = "raw";
  node->type = ASSAY_NODE_FILE;
  node->facts = assay_facts_new ();
  if (mode != NULL)
    assay_facts_take (node->facts, "mode", g_strdup (mode));
  return node;
}

static gboolean
text_is_open (const char *shipped_text, const char *expected_text, const char *mode)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayNode *shipped = make_text (shipped_text, mode);
  AssayNode *expected = make_text (expected_text, mode);
  AssayMatch match = { .shipped = shipped, .expected = expected, .kind = ASSAY_MATCH_NAME };
  AssayNodeAccount node_account = { .node = shipped, .match = &match };
  g_auto (AssayWaivable) waivable = { NULL };
  assay_waivable_find (&waivable, &node_account, FALSE, &limits);
  gboolean open = waivable.open->len > 0;
  node_clear (shipped);
  node_clear (expected);
  return open;
}

static void
a_text_is_open_where_nobody_runs_it (void **state)
{
  assert_true (text_is_open ("build 2\n", "build 1\n", "0100644"));
  assert_true (text_is_open ("gr\xc3\xbc\xc3\x9f\n", "gr\xc3\xb6\xc3\x9f\n", "0100600"));
  assert_false (text_is_open ("build 2\n", "build 1\n", "0100645"));
  assert_false (text_is_open ("build 2\n", "build 1\n", "0100744"));
  assert_false (text_is_open ("build 2\n", "build 1\n", NULL));
  assert_false (text_is_open ("build 22\n", "build 1\n", "0100644"));
  assert_false (text_is_open ("#!/bin/x", "build 1\n", "0100644"));
  assert_false (text_is_open ("build 2\n", "#!/bin/x", "0100644"));
  assert_false (text_is_open ("build \033\n", "build 1\n", "0100644"));
  assert_false (text_is_open ("build \377\n", "build 1\n", "0100644"));
}

int
main (void)
{
  const struct CMUnitTest tests[]
      = { cmocka_unit_test (data_is_open_and_what_steers_is_not), cmocka_unit_test (either_side_closes),
          cmocka_unit_test (a_text_is_open_where_nobody_runs_it) };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
