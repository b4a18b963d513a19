#include "support.h"

/* So many headers need extended numbering, and whatever is quadratic in them never ends. */
#define MANY 70000u
#define FLIPS 2000u

/* Asks everything that can be asked of a file, and checks what holds of every one. */
static void
exercise (const guint8 *data, gsize length)
{
  g_autoptr (AssayBlob) blob = blob_of_memory (data, length);
  g_autoptr (GError) error = NULL;
  AssayLimits limits;
  guint64 number = 0;
  assay_limits_init (&limits);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, &error);
  if (elf == NULL)
    {
      assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED));
      return;
    }
  assert_tiled (elf);
  if (!assay_elf_load_symbols (elf, blob, &limits, &error))
    fail_msg ("%s", error->message);
  for (guint i = 0; i < elf->symbols->len; i += 1 + elf->symbols->len / 50)
    {
      const AssaySymbol *symbol = &g_array_index (elf->symbols, AssaySymbol, i);
      const AssaySymbol *found = assay_elf_symbol_at (elf, symbol->address, symbol->section);
      assert_true (found != NULL || symbol->size == 0);
      assert_true (symbol->section <= elf->sections->len && symbol->name != NULL);
      assay_elf_section_at_address (elf, symbol->address);
    }
  for (guint64 offset = 0; offset <= elf->size; offset += 1 + elf->size / 50)
    {
      assert_int_equal (assay_elf_piece_at (elf, offset) != NULL, offset < elf->size);
      assay_elf_offset_is_executable (elf, offset);
      assay_elf_address_of_offset (elf, offset, &number);
    }
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &number, NULL);
  for (guint i = 0; ranges != NULL && i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      assert_true (range->length > 0 && range->file_offset <= elf->size
                   && range->length <= elf->size - range->file_offset);
    }
}

/* Places worth a lie: the ELF header and both tables. */
static gsize
pick_header_byte (const AssayElf *elf, const guint8 *data, GRand *random)
{
  for (;;)
    {
      guint which = g_rand_int_range (random, 0, (gint)elf->pieces->len);
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, which);
      gboolean is_header = piece->kind == ASSAY_PIECE_ELF_HEADER || piece->kind == ASSAY_PIECE_PROGRAM_HEADERS
                           || piece->kind == ASSAY_PIECE_SECTION_HEADERS;
      if (is_header)
        return (gsize)(piece->offset + g_rand_double (random) * (double)piece->length);
    }
}

static void
flip_and_cut (const char *path)
{
  g_autofree char *content = NULL;
  gsize length = 0;
  assert_true (g_file_get_contents (path, &content, &length, NULL));
  guint8 *data = (guint8 *)content;
  g_autoptr (AssayBlob) blob = blob_of_memory (data, length);
  g_autoptr (AssayElf) elf = read_elf (blob);
  /* The seed is part of the test: the same flips each time. */
  g_autoptr (GRand) random = g_rand_new_with_seed (0x5eed);
  for (guint i = 0; i < FLIPS; i++)
    {
      gsize at = pick_header_byte (elf, data, random);
      guint8 before = data[at];
      data[at] ^= (guint8)g_rand_int_range (random, 1, 256);
      exercise (data, length);
      data[at] = before;
    }
  for (guint i = 0; i < FLIPS / 4; i++)
    {
      /* A copy of exactly that length, so that the sanitizer sees a read behind its end. */
      gsize cut = (gsize)(g_rand_double (random) * (double)length);
      g_autofree guint8 *shorter = g_memdup2 (data, cut);
      exercise (shorter, cut);
    }
}

static void
damaged_programs_are_tiled (void **state)
{
  flip_and_cut ("/usr/bin/env");
  flip_and_cut ("/usr/bin/true");
}

static void
damaged_relocatable_files_are_tiled (void **state)
{
  const char *scratch = *state;
  if (!has_program ("gcc") || !has_program ("ld"))
    {
      print_message ("skipped: no gcc or ld\n");
      skip ();
    }
  write_file (scratch, "m.c",
              "static int a (int x) { return x + 1; } int t[9]; int b (int x) { return a (x) + t[x]; }");
  g_autofree char *compiled = RUN (scratch, "gcc", "-g", "-O0", "-ffunction-sections", "-c", "m.c", "-o", "m.o");
  /* As a kernel module: relocatable, of several objects, with a build-id. */
  g_autofree char *linked = RUN (scratch, "ld", "-r", "--build-id", "m.o", "-o", "m.ko");
  assert_true (compiled != NULL && linked != NULL);
  g_autofree char *object = g_build_filename (scratch, "m.o", NULL);
  g_autofree char *module = g_build_filename (scratch, "m.ko", NULL);
  flip_and_cut (object);
  flip_and_cut (module);
}

static GByteArray *
make_two_sections (guint bits, gboolean big_endian)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (bits, big_endian, EM_PPC64, ET_EXEC);
  guint32 text = elf_maker_add_section (
      maker,
      &(ElfMakerSection){
          .name = ".text", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR, .address = 0x1000, .size = 32 });
  guint32 data = elf_maker_add_section (
      maker,
      &(ElfMakerSection){
          .name = ".data", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE, .address = 0x1020, .size = 32 });
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, 0x1000, 0x1000, text, text);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, 0x1020, 0x1020, data, data);
  elf_maker_add_symbol (maker, "f", 0x1000, 32, ELF64_ST_INFO (STB_GLOBAL, STT_FUNC), text);
  return elf_maker_build (maker);
}

static void
files_cut_at_any_length_are_tiled (void **state)
{
  for (guint variant = 0; variant < 4; variant++)
    {
      g_autoptr (GByteArray) file = make_two_sections (variant < 2 ? 32 : 64, variant % 2 == 1);
      for (guint length = 0; length < file->len; length++)
        {
          g_autofree guint8 *shorter = g_memdup2 (file->data, length);
          exercise (shorter, length);
        }
    }
}

/* What one lie in a header leads to. */
typedef struct
{
  ElfMakerField field;
  guint32 index;
  guint64 value;
  const char *trouble; /* part of it */
  guint sections;      /* that can still be read */
  guint segments;
} Lie;

static const Lie lies[] = {
  { ELF_FIELD_SHOFF, 0, G_MAXUINT64, "the section header table does not lie in the file", 0, 2 },
  { ELF_FIELD_SHOFF, 0, 0, "the section header table does not lie in the file", 0, 2 },
  { ELF_FIELD_PHOFF, 0, G_MAXUINT64 - 8, "the program header table does not lie in the file", 5, 0 },
  { ELF_FIELD_SHENTSIZE, 0, 63, "the section header table has entries of 63 bytes instead of 64", 0, 2 },
  { ELF_FIELD_PHENTSIZE, 0, 0, "the program header table has entries of 0 bytes instead of 56", 5, 0 },
  { ELF_FIELD_SHNUM, 0, 0x8000, "the section header table leaves the file: 6 of 32768 entries", 5, 2 },
  { ELF_FIELD_EHSIZE, 0, 1, "the ELF header says that it has 1 bytes", 5, 2 },
  { ELF_FIELD_SHSTRNDX, 0, 77, "the string table of section names, section 77, cannot be read", 5, 2 },
  { ELF_FIELD_SHSTRNDX, 0, 1, "the string table of section names, section 1, cannot be read", 5, 2 },
  { ELF_FIELD_SECTION_NAME, 2, 0x7fffffff, "does not hold the names of 1 sections", 5, 2 },
  { ELF_FIELD_SECTION_OFFSET, 2, G_MAXUINT64, "section 2 leaves the file", 5, 2 },
  { ELF_FIELD_SECTION_SIZE, 1, G_MAXUINT64, "section 1 leaves the file", 5, 2 },
  { ELF_FIELD_SECTION_SIZE, 1, 33, "sections 1 and 2 overlap", 5, 2 },
  { ELF_FIELD_SECTION_OFFSET, 2, 8, "the ELF header and section 2 overlap", 5, 2 },
  { ELF_FIELD_SECTION_OFFSET, 2, 70, "the program header table and section 2 overlap", 5, 2 },
  { ELF_FIELD_SEGMENT_OFFSET, 1, G_MAXUINT64, "segment 1 leaves the file", 5, 2 },
  { ELF_FIELD_SEGMENT_FILESZ, 1, G_MAXUINT64, "segment 1 leaves the file", 5, 2 },
  { ELF_FIELD_SEGMENT_MEMSZ, 1, 31, "segment 1 has more bytes in the file than in memory", 5, 2 },
};

static void
lies_are_named_and_tiled (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (lies); i++)
    for (guint big_endian = 0; big_endian < 2; big_endian++)
      {
        const Lie *lie = &lies[i];
        g_autoptr (GByteArray) file = make_two_sections (64, big_endian);
        elf_maker_poke (file, lie->field, lie->index, lie->value);
        g_autoptr (AssayBlob) blob = blob_of_array (file);
        g_autoptr (AssayElf) elf = read_elf (blob);
        if (elf->trouble == NULL || strstr (elf->trouble, lie->trouble) == NULL)
          fail_msg ("expected \"%s\", got \"%s\"", lie->trouble, elf->trouble);
        assert_int_equal (elf->sections->len, lie->sections);
        assert_int_equal (elf->segments->len, lie->segments);
        assert_tiled (elf);
        exercise (file->data, file->len);
      }
}

/* A symbol table that lies costs names or symbols, never the file. */
static void
lies_of_symbol_tables_are_named (void **state)
{
  static const Lie symbol_lies[] = {
    { ELF_FIELD_SECTION_ENTSIZE, 3, 1, "has entries of 1 bytes", 0, 0 },
    { ELF_FIELD_SECTION_LINK, 3, 99, "has no string table", 1, 0 },
    { ELF_FIELD_SECTION_LINK, 3, 1, "does not hold the names of 1 symbols", 1, 0 },
    { ELF_FIELD_SECTION_SIZE, 3, 47, "is cut off", 0, 0 },
    { ELF_FIELD_SECTION_SIZE, 3, G_MAXUINT64, "is cut off", 1, 0 },
    { ELF_FIELD_SECTION_SIZE, 4, 1, "does not hold the names of 1 symbols", 1, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (symbol_lies); i++)
    {
      const Lie *lie = &symbol_lies[i];
      g_autoptr (GByteArray) file = make_two_sections (64, TRUE);
      elf_maker_poke (file, lie->field, lie->index, lie->value);
      g_autoptr (AssayBlob) blob = blob_of_array (file);
      g_autoptr (AssayElf) elf = read_elf (blob);
      load_symbols (elf, blob);
      if (elf->trouble == NULL || strstr (elf->trouble, lie->trouble) == NULL)
        fail_msg ("expected \"%s\", got \"%s\"", lie->trouble, elf->trouble);
      assert_true (elf->symbols->len >= lie->sections);
    }
}

/* The names of a hidden table cannot make code look like data. */
static void
unreadable_tables_make_every_byte_executable (void **state)
{
  static const Lie hiding[] = {
    { ELF_FIELD_PHENTSIZE, 0, 0, NULL, 0, 0 },
    { ELF_FIELD_PHOFF, 0, G_MAXUINT64, NULL, 0, 0 },
    { ELF_FIELD_PHNUM, 0, 0x7fff, NULL, 0, 0 },
    { ELF_FIELD_SEGMENT_FILESZ, 0, G_MAXUINT64, NULL, 0, 0 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (hiding); i++)
    {
      g_autoptr (GByteArray) file = make_two_sections (64, FALSE);
      guint64 data = elf_maker_peek (file, ELF_FIELD_SECTION_OFFSET, 2);
      elf_maker_poke (file, hiding[i].field, hiding[i].index, hiding[i].value);
      g_autoptr (AssayBlob) blob = blob_of_array (file);
      g_autoptr (AssayElf) elf = read_elf (blob);
      assert_true (assay_elf_offset_is_executable (elf, data));
      assert_true (assay_elf_offset_is_executable (elf, elf->size - 1));
    }
}

static void
what_is_no_elf_is_malformed (void **state)
{
  static const guint8 zeros[128];
  g_autoptr (GByteArray) file = make_two_sections (64, FALSE);
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayBlob) empty = blob_of_memory (zeros, 0);
  g_autoptr (AssayBlob) zero = blob_of_memory (zeros, sizeof zeros);
  g_autoptr (AssayBlob) cut = blob_of_memory (file->data, 63);
  g_autoptr (AssayBlob) whole = blob_of_memory (file->data, 64);
  assert_fails (assay_elf_new (empty, &limits, &error), ASSAY_ERROR_MALFORMED, error);
  assert_fails (assay_elf_new (zero, &limits, &error), ASSAY_ERROR_MALFORMED, error);
  assert_fails (assay_elf_new (cut, &limits, &error), ASSAY_ERROR_MALFORMED, error);
  g_autoptr (AssayElf) header_only = read_elf (whole);
  assert_int_equal (header_only->pieces->len, 1);
  file->data[EI_CLASS] = 3;
  g_autoptr (AssayBlob) unknown = blob_of_array (file);
  assert_fails (assay_elf_new (unknown, &limits, &error), ASSAY_ERROR_MALFORMED, error);
}

static void
limits_are_errors_that_name_them (void **state)
{
  g_autoptr (GByteArray) file = make_two_sections (64, FALSE);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (GError) error = NULL;
  AssayLimits limits;
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_SECTIONS] = 5;
  assert_null (assay_elf_new (blob, &limits, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT));
  assert_non_null (strstr (error->message, "limit sections"));
  g_clear_error (&error);
  limits.value[ASSAY_LIMIT_SECTIONS] = 6;
  limits.value[ASSAY_LIMIT_SYMBOLS] = 1;
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, &error);
  assert_non_null (elf);
  assert_fails (assay_elf_load_symbols (elf, blob, &limits, &error), ASSAY_ERROR_LIMIT, error);
  assert_null (elf->symbols);
}

/* 70,000 sections, of which each holds a function of its own; all overlap when @overlapping. */
static void
read_many_sections (guint bits, gboolean big_endian, gboolean overlapping)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (bits, big_endian, EM_MIPS, ET_REL);
  for (guint i = 1; i <= MANY; i++)
    {
      char name[32];
      g_snprintf (name, sizeof name, ".text.f%u", i);
      elf_maker_add_section (
          maker, &(ElfMakerSection){
                     .name = name, .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR, .data = name, .size = 4 });
      elf_maker_add_symbol (maker, name + 6, 0, 4, ELF64_ST_INFO (STB_GLOBAL, STT_FUNC), i);
    }
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  assert_int_equal (elf_maker_peek (file, ELF_FIELD_SHNUM, 0), 0);
  assert_int_equal (elf_maker_peek (file, ELF_FIELD_SHSTRNDX, 0), SHN_XINDEX);
  for (guint i = 1; overlapping && i <= MANY; i++)
    elf_maker_poke (file, ELF_FIELD_SECTION_SIZE, i, file->len - elf_maker_peek (file, ELF_FIELD_SECTION_OFFSET, i));
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  load_symbols (elf, blob);
  assert_int_equal (elf->sections->len, MANY + 4);
  assert_int_equal (elf->symbols->len, MANY);
  assert_int_equal (elf->trouble != NULL, overlapping);
  if (overlapping)
    assert_non_null (strstr (elf->trouble, "sections 1 and 2 overlap"));
  assert_tiled (elf);
  for (guint i = 1; i <= MANY; i++)
    {
      const AssaySymbol *symbol = assay_elf_symbol_at (elf, 2, i);
      assert_non_null (symbol);
      assert_int_equal (symbol->section, i);
      assert_string_equal (symbol->name, g_array_index (elf->sections, AssaySection, i - 1).name + 6);
    }
}

static void
seventy_thousand_sections_are_read (void **state)
{
  read_many_sections (64, FALSE, FALSE);
  read_many_sections (32, TRUE, FALSE);
}

static void
seventy_thousand_overlapping_sections_are_tiled (void **state)
{
  read_many_sections (64, FALSE, TRUE);
}

static void
extended_segment_counts_are_read (void **state)
{
  for (guint variant = 0; variant < 2; variant++)
    {
      guint count = variant == 0 ? 2 : MANY;
      g_autoptr (ElfMaker) maker = elf_maker_new (64, TRUE, EM_PPC64, ET_EXEC);
      guint32 text = elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                                       .type = SHT_PROGBITS,
                                                                       .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                                       .address = 0x1000,
                                                                       .size = 64 });
      elf_maker_extend (maker);
      for (guint i = 0; i < count; i++)
        elf_maker_add_segment (maker, PT_LOAD, i == count - 1 ? PF_X : PF_R, 0x1000, 0x1000, text, text);
      g_autoptr (GByteArray) file = elf_maker_build (maker);
      assert_int_equal (elf_maker_peek (file, ELF_FIELD_PHNUM, 0), PN_XNUM);
      g_autoptr (AssayBlob) blob = blob_of_array (file);
      g_autoptr (AssayElf) elf = read_elf (blob);
      assert_int_equal (elf->segments->len, count);
      assert_int_equal (elf->sections->len, 2);
      assert_null (elf->trouble);
      assert_true (assay_elf_offset_is_executable (elf, find_section (elf, ".text")->offset));
      assert_tiled (elf);
    }
}

/* The counts in section 0 can lie as well as those in the header. */
static void
extended_counts_that_lie_are_trouble (void **state)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_REL);
  elf_maker_extend (maker);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  elf_maker_poke (file, ELF_FIELD_SECTION_SIZE, 0, G_MAXUINT64);
  elf_maker_poke (file, ELF_FIELD_SECTION_LINK, 0, G_MAXUINT32);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  assert_int_equal (elf->sections->len, 1);
  assert_non_null (strstr (elf->trouble, "2 of 18446744073709551615 entries"));
  assert_non_null (strstr (elf->trouble, "section 4294967295, cannot be read"));
  exercise (file->data, file->len);
}

/* All names share one long string: 1000 sections times 1 MB must not become a gigabyte. */
static void
names_that_share_bytes_are_bounded (void **state)
{
  const gsize length = 1000 * 1000;
  g_autofree char *name = g_strnfill (length, 'n');
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_REL);
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = name, .type = SHT_PROGBITS, .size = 1 });
  for (guint i = 0; i < 1000; i++)
    elf_maker_add_section (maker, &(ElfMakerSection){ .name = "", .type = SHT_PROGBITS, .size = 1 });
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  for (guint i = 2; i <= 1001; i++)
    elf_maker_poke (file, ELF_FIELD_SECTION_NAME, i, i);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  guint64 total = 0;
  for (guint i = 0; i < elf->sections->len; i++)
    total += strlen (g_array_index (elf->sections, AssaySection, i).name);
  assert_true (total > 0 && total <= 4 * (length + 4096));
  assert_non_null (strstr (elf->trouble, "does not hold the names of"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (damaged_programs_are_tiled),
    cmocka_unit_test_setup_teardown (damaged_relocatable_files_are_tiled, make_scratch, remove_scratch),
    cmocka_unit_test (files_cut_at_any_length_are_tiled),
    cmocka_unit_test (lies_are_named_and_tiled),
    cmocka_unit_test (lies_of_symbol_tables_are_named),
    cmocka_unit_test (unreadable_tables_make_every_byte_executable),
    cmocka_unit_test (what_is_no_elf_is_malformed),
    cmocka_unit_test (limits_are_errors_that_name_them),
    cmocka_unit_test (seventy_thousand_sections_are_read),
    cmocka_unit_test (seventy_thousand_overlapping_sections_are_tiled),
    cmocka_unit_test (extended_segment_counts_are_read),
    cmocka_unit_test (extended_counts_that_lie_are_trouble),
    cmocka_unit_test (names_that_share_bytes_are_bounded),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
