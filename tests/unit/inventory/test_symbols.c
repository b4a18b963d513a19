#include "support.h"

#define FUNC ELF64_ST_INFO (STB_GLOBAL, STT_FUNC)
#define OBJECT ELF64_ST_INFO (STB_GLOBAL, STT_OBJECT)
#define LABEL ELF64_ST_INFO (STB_LOCAL, STT_NOTYPE)

typedef struct
{
  guint64 address;
  guint32 section;
  const char *name; /* NULL: nobody holds it */
} Question;

/* Asked often enough that the answers come by both ways: by a look through all symbols, and by the index. */
static void
assert_answers (const AssayElf *elf, const Question *questions, gsize count)
{
  for (gsize asked = 0; asked < 40 + count; asked++)
    {
      gsize i = asked % count;
      const AssaySymbol *symbol = assay_elf_symbol_at (elf, questions[i].address, questions[i].section);
      const char *name = symbol != NULL ? symbol->name : "nobody";
      const char *expected = questions[i].name != NULL ? questions[i].name : "nobody";
      if (strcmp (name, expected) != 0)
        fail_msg ("0x%" G_GINT64_MODIFIER "x: expected %s, got %s", questions[i].address, expected, name);
    }
}

static ElfMaker *
new_program (guint bits, gboolean big_endian, guint16 machine)
{
  ElfMaker *maker = elf_maker_new (bits, big_endian, machine, ET_EXEC);
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                    .address = 0x1000,
                                                    .size = 0x100 });
  elf_maker_add_section (
      maker,
      &(ElfMakerSection){
          .name = ".data", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE, .address = 0x2000, .size = 0x100 });
  return maker;
}

static AssayElf *
read_with_symbols (ElfMaker *maker)
{
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  AssayElf *elf = read_elf (blob);
  load_symbols (elf, blob);
  assert_null (elf->trouble);
  return elf;
}

static void
the_smallest_holder_answers (void **state)
{
  for (guint variant = 0; variant < 4; variant++)
    {
      g_autoptr (ElfMaker) maker = new_program (variant < 2 ? 32 : 64, variant % 2 == 1, EM_PPC64);
      elf_maker_add_symbol (maker, "outer", 0x1000, 0x80, FUNC, 1);
      elf_maker_add_symbol (maker, "middle", 0x1010, 0x40, FUNC, 1);
      elf_maker_add_symbol (maker, "inner", 0x1020, 0x10, FUNC, 1);
      elf_maker_add_symbol (maker, "object", 0x1000, 0x100, OBJECT, 1);
      elf_maker_add_symbol (maker, "tiny", 0x1024, 0x4, OBJECT, 1);
      elf_maker_add_symbol (maker, "variable", 0x2000, 8, OBJECT, 2);
      elf_maker_add_symbol (maker, "mark", 0x2008, 0, LABEL, 2);
      elf_maker_add_symbol (maker, "file.c", 0x1000, 0x100, ELF64_ST_INFO (STB_LOCAL, STT_FILE), 1);
      elf_maker_add_symbol (maker, "", 0x1000, 0x100, ELF64_ST_INFO (STB_LOCAL, STT_SECTION), 1);
      elf_maker_add_symbol (maker, "thread", 0x1000, 0x1, ELF64_ST_INFO (STB_GLOBAL, STT_TLS), 1);
      elf_maker_add_symbol (maker, "elsewhere", 0x1000, 0x1, FUNC, SHN_UNDEF);
      elf_maker_add_reserved_symbol (maker, "common", 0x1000, 0x1, OBJECT, SHN_COMMON);
      elf_maker_add_reserved_symbol (maker, "absolute", 0x9000, 0x10, OBJECT, SHN_ABS);
      g_autoptr (AssayElf) elf = read_with_symbols (maker);
      static const Question questions[]
          = { { 0x0fff, 0, NULL },       { 0x1000, 0, "outer" },   { 0x100f, 0, "outer" },    { 0x1010, 0, "middle" },
              { 0x1020, 0, "inner" },    { 0x1025, 0, "inner" },   { 0x102f, 0, "inner" },    { 0x1030, 0, "middle" },
              { 0x1050, 0, "outer" },    { 0x107f, 0, "outer" },   { 0x1080, 0, "object" },   { 0x1100, 0, NULL },
              { 0x2007, 0, "variable" }, { 0x2008, 0, NULL },      { 0x9000, 0, "absolute" }, { 0x1020, 1, "inner" },
              { 0x1020, 2, NULL },       { 0x2000, 2, "variable" } };
      assert_answers (elf, questions, G_N_ELEMENTS (questions));
      assert_int_equal (elf->symbols->len, 7);
      for (guint i = 1; i < elf->symbols->len; i++)
        assert_true (g_array_index (elf->symbols, AssaySymbol, i - 1).address
                     <= g_array_index (elf->symbols, AssaySymbol, i).address);
    }
}

static void
labels_reach_to_the_next_symbol (void **state)
{
  g_autoptr (ElfMaker) maker = new_program (64, FALSE, EM_X86_64);
  elf_maker_add_section (
      maker,
      &(ElfMakerSection){
          .name = ".fini", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR, .address = 0x1100, .size = 0x10 });
  elf_maker_add_symbol (maker, "_start", 0x1000, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "sized", 0x1010, 0x10, FUNC, 1);
  elf_maker_add_symbol (maker, "loop", 0x1014, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "typed", 0x1040, 0, FUNC, 1);
  elf_maker_add_symbol (maker, "around", 0x1080, 0x80, FUNC, 1);
  elf_maker_add_symbol (maker, "inside", 0x1090, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "after", 0x1098, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "last", 0x1100, 0, FUNC, 3);
  elf_maker_add_symbol (maker, "etext", 0x1100, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "_edata", 0x2100, 0, LABEL, 2);
  g_autoptr (AssayElf) elf = read_with_symbols (maker);
  static const Question questions[]
      = { { 0x1000, 0, "_start" }, { 0x100f, 0, "_start" }, { 0x1010, 0, "sized" },  { 0x1014, 0, "sized" },
          { 0x101f, 0, "sized" },  { 0x1020, 0, "loop" },   { 0x103f, 0, "loop" },   { 0x1040, 0, "typed" },
          { 0x107f, 0, "typed" },  { 0x1090, 0, "around" }, { 0x1098, 0, "around" }, { 0x10ff, 0, "around" },
          { 0x1100, 0, "last" },   { 0x110f, 0, "last" },   { 0x1110, 0, NULL },     { 0x2000, 0, NULL },
          { 0x107f, 1, "typed" } };
  assert_answers (elf, questions, G_N_ELEMENTS (questions));
}

static void
arm_symbols_lose_thumb_bit_and_marks (void **state)
{
  g_autoptr (ElfMaker) maker = new_program (32, TRUE, EM_ARM);
  elf_maker_add_symbol (maker, "thumb", 0x1001, 0x10, FUNC, 1);
  elf_maker_add_symbol (maker, "arm", 0x1010, 0x10, FUNC, 1);
  elf_maker_add_symbol (maker, "odd", 0x2001, 0x1, OBJECT, 2);
  elf_maker_add_symbol (maker, "$t", 0x1000, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "$a.17", 0x1010, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "$d", 0x1018, 0, LABEL, 1);
  elf_maker_add_symbol (maker, "$dollar", 0x1020, 0, LABEL, 1);
  g_autoptr (AssayElf) elf = read_with_symbols (maker);
  static const Question questions[]
      = { { 0x1000, 0, "thumb" },   { 0x100f, 0, "thumb" }, { 0x1010, 0, "arm" }, { 0x1018, 0, "arm" },
          { 0x1020, 0, "$dollar" }, { 0x2000, 0, NULL },    { 0x2001, 0, "odd" } };
  assert_answers (elf, questions, G_N_ELEMENTS (questions));
  assert_int_equal (elf->symbols->len, 4);
}

static void
relocatable_files_ask_with_a_section (void **state)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_AARCH64, ET_REL);
  for (guint i = 0; i < 3; i++)
    elf_maker_add_section (
        maker,
        &(ElfMakerSection){ .name = ".text.x", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR, .size = 16 });
  elf_maker_add_symbol (maker, "first", 0, 16, FUNC, 1);
  elf_maker_add_symbol (maker, "second", 0, 8, FUNC, 2);
  elf_maker_add_symbol (maker, "third", 4, 0, LABEL, 3);
  elf_maker_add_symbol (maker, "$x", 0, 0, LABEL, 3);
  g_autoptr (AssayElf) elf = read_with_symbols (maker);
  static const Question questions[]
      = { { 0, 1, "first" }, { 15, 1, "first" }, { 16, 1, NULL },    { 0, 2, "second" }, { 8, 2, NULL },
          { 3, 3, NULL },    { 4, 3, "third" },  { 15, 3, "third" }, { 0, 0, "second" }, { 0, 4, NULL } };
  assert_answers (elf, questions, G_N_ELEMENTS (questions));
}

static void
files_without_symbols_have_none (void **state)
{
  g_autoptr (ElfMaker) maker = new_program (64, FALSE, EM_X86_64);
  g_autoptr (AssayElf) elf = read_with_symbols (maker);
  assert_int_equal (elf->symbols->len, 0);
  assert_null (assay_elf_symbol_at (elf, 0x1000, 0));
}

/* Each symbol holds all that those behind it hold: what looks for the smallest one by walking never ends. */
static void
deep_nesting_is_no_burden (void **state)
{
  const guint count = 200000;
  g_autoptr (ElfMaker) maker = new_program (64, FALSE, EM_X86_64);
  for (guint i = 0; i < count; i++)
    elf_maker_add_symbol (maker, "f", 0x1000 + i, 2 * (guint64)(count - i), FUNC, 1);
  g_autoptr (AssayElf) elf = read_with_symbols (maker);
  for (guint i = 0; i < count; i++)
    {
      assert_int_equal (assay_elf_symbol_at (elf, 0x1000 + i, 0)->address, 0x1000 + i);
      assert_non_null (assay_elf_symbol_at (elf, 0x1000 + 2 * (guint64)count - i - 1, 1));
    }
}

static void
a_real_program_is_as_nm_says (void **state)
{
  const char *scratch = *state;
  if (!has_program ("gcc") || !has_program ("nm"))
    {
      print_message ("skipped: no gcc or nm\n");
      skip ();
    }
  write_file (scratch, "p.c",
              "int table[40]; int twice (int x) { return x + x; } int main (void) { return twice (*table); }");
  g_autofree char *linked = RUN (scratch, "gcc", "-O0", "p.c", "-o", "p");
  g_autofree char *listing = RUN (scratch, "nm", "-S", "--defined-only", "p");
  assert_non_null (linked);
  g_autofree char *path = g_build_filename (scratch, "p", NULL);
  g_autoptr (AssayBlob) blob = blob_of_file (path);
  g_autoptr (AssayElf) elf = read_elf (blob);
  load_symbols (elf, blob);
  g_auto (GStrv) lines = g_strsplit (listing, "\n", -1);
  guint seen = 0;
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
      if (g_strv_length (words) != 4 || strchr ("TB", words[2][0]) == NULL)
        continue;
      const AssaySymbol *symbol = assay_elf_symbol_at (elf, g_ascii_strtoull (words[0], NULL, 16) + 1, 0);
      assert_non_null (symbol);
      assert_string_equal (symbol->name, words[3]);
      assert_int_equal (symbol->size, g_ascii_strtoull (words[1], NULL, 16));
      seen++;
    }
  assert_true (seen >= 3);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (the_smallest_holder_answers),
    cmocka_unit_test (labels_reach_to_the_next_symbol),
    cmocka_unit_test (arm_symbols_lose_thumb_bit_and_marks),
    cmocka_unit_test (relocatable_files_ask_with_a_section),
    cmocka_unit_test (files_without_symbols_have_none),
    cmocka_unit_test (deep_nesting_is_no_burden),
    cmocka_unit_test_setup_teardown (a_real_program_is_as_nm_says, make_scratch, remove_scratch),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
