#include "support.h"

/* Programs of every Debian installation and the compiler's own parts: executables, a library, a relocatable file. */
static const char *const programs[]
    = { "/usr/bin/env", "/usr/bin/readelf", "/usr/bin/tail", "/bin/sh", "/usr/bin/gcc" };

static guint64
hex (const char *text)
{
  return g_ascii_strtoull (text, NULL, 16);
}

/* The words of a line, without empty ones. */
static GStrv
split_words (const char *line)
{
  g_auto (GStrv) all = g_strsplit_set (line, " \t", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  for (guint i = 0; all[i] != NULL; i++)
    if (all[i][0] != '\0')
      g_strv_builder_add (builder, all[i]);
  return g_strv_builder_end (builder);
}

/* "  [ 1] .interp  PROGBITS  0000000000000318 000318 00001c 00   A  0   0  1" */
static guint
compare_sections (const AssayElf *elf, const char *listing)
{
  guint count = 0;
  g_auto (GStrv) lines = g_strsplit (listing, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *close = strchr (lines[i], ']');
      if (strncmp (lines[i], "  [", 3) != 0 || close == NULL || !g_ascii_isdigit (close[-1]))
        continue;
      guint64 number = g_ascii_strtoull (lines[i] + 3 + strspn (lines[i] + 3, " "), NULL, 10);
      if (number == 0)
        continue;
      g_auto (GStrv) words = split_words (close + 1);
      count++;
      assert_true (number <= elf->sections->len);
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, number - 1);
      assert_int_equal (section->index, number);
      assert_string_equal (section->name, words[0]);
      assert_int_equal (section->address, hex (words[2]));
      assert_int_equal (section->offset, hex (words[3]));
      assert_int_equal (section->size, hex (words[4]));
      const char *flags = g_ascii_isdigit (words[6][0]) ? "" : words[6];
      assert_string_equal (assay_section_flags_text (section->flags), flags);
    }
  return count;
}

/* "  LOAD  0x000000 0x0000000000000000 0x0000000000000000 0x001670 0x001670 R E  0x1000" */
static guint
compare_segments (const AssayElf *elf, const char *listing)
{
  guint count = 0;
  g_auto (GStrv) lines = g_strsplit (listing, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = split_words (lines[i]);
      if (g_strv_length (words) < 7 || !g_str_has_prefix (words[1], "0x") || !g_str_has_prefix (words[5], "0x"))
        continue;
      assert_true (count < elf->segments->len);
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, count++);
      assert_string_equal (segment->name, words[0]);
      assert_int_equal (segment->offset, hex (words[1]));
      assert_int_equal (segment->virtual_address, hex (words[2]));
      assert_int_equal (segment->physical_address, hex (words[3]));
      assert_int_equal (segment->file_size, hex (words[4]));
      assert_int_equal (segment->memory_size, hex (words[5]));
    }
  return count;
}

static void
native_programs_are_as_readelf_says (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autoptr (AssayBlob) blob = blob_of_file (programs[i]);
      g_autoptr (AssayElf) elf = read_elf (blob);
      g_autofree char *sections = RUN (NULL, "env", "LC_ALL=C", "readelf", "-S", "-W", programs[i]);
      g_autofree char *segments = RUN (NULL, "env", "LC_ALL=C", "readelf", "-l", "-W", programs[i]);
      g_autofree char *notes = RUN (NULL, "env", "LC_ALL=C", "readelf", "-n", "-W", programs[i]);
      assert_true (elf->sections->len > 10 && elf->segments->len > 5);
      assert_int_equal (compare_sections (elf, sections), elf->sections->len);
      assert_int_equal (compare_segments (elf, segments), elf->segments->len);
      assert_non_null (elf->build_id);
      assert_non_null (strstr (notes, elf->build_id));
      assert_null (elf->trouble);
      assert_tiled (elf);
    }
}

/* The same answers from every place of a program: those of its program headers. */
static void
native_programs_are_executable_where_they_are (void **state)
{
  g_autoptr (AssayBlob) blob = blob_of_file ("/usr/bin/env");
  g_autoptr (AssayElf) elf = read_elf (blob);
  const AssaySection *text = find_section (elf, ".text");
  const AssaySection *rodata = find_section (elf, ".rodata");
  const AssaySection *bss = find_section (elf, ".bss");
  guint64 address = 0;
  assert_true (assay_elf_offset_is_executable (elf, text->offset));
  assert_true (assay_elf_offset_is_executable (elf, text->offset + text->size - 1));
  assert_false (assay_elf_offset_is_executable (elf, rodata->offset));
  assert_false (assay_elf_offset_is_executable (elf, elf->size - 1));
  assert_false (assay_elf_offset_is_executable (elf, elf->size));
  assert_true (assay_elf_address_of_offset (elf, text->offset + 5, &address));
  assert_int_equal (address, text->address + 5);
  assert_false (assay_elf_address_of_offset (elf, elf->size - 1, &address));
  assert_ptr_equal (assay_elf_section_at_address (elf, text->address), text);
  assert_ptr_equal (assay_elf_section_at_address (elf, bss->address + bss->size - 1), bss);
  assert_null (assay_elf_section_at_address (elf, bss->address + bss->size));
  assert_null (assay_elf_piece_at (elf, elf->size));
  assert_int_equal (assay_elf_piece_at (elf, 0)->kind, ASSAY_PIECE_ELF_HEADER);
  assert_int_equal (assay_elf_piece_at (elf, elf->size - 1)->kind, ASSAY_PIECE_SECTION_HEADERS);
  for (guint i = 0; i < elf->pieces->len; i++)
    {
      const AssayPiece *piece = &g_array_index (elf->pieces, AssayPiece, i);
      assert_ptr_equal (assay_elf_piece_at (elf, piece->offset), piece);
      assert_ptr_equal (assay_elf_piece_at (elf, piece->offset + piece->length - 1), piece);
    }
}

static GByteArray *
make_small (guint bits, gboolean big_endian, guint16 machine)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (bits, big_endian, machine, ET_EXEC);
  guint8 note[36] = { 0 };
  note[big_endian ? 3 : 0] = 4;
  note[big_endian ? 7 : 4] = 20;
  note[big_endian ? 11 : 8] = NT_GNU_BUILD_ID;
  memcpy (note + 12, "GNU", 4);
  memset (note + 16, 0xab, 20);
  guint32 id = elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".note.gnu.build-id",
                                                                 .type = SHT_NOTE,
                                                                 .flags = SHF_ALLOC,
                                                                 .address = 0x10100,
                                                                 .alignment = 0x100,
                                                                 .data = note,
                                                                 .size = sizeof note });
  guint32 text = elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                                   .type = SHT_PROGBITS,
                                                                   .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                                   .address = 0x10200,
                                                                   .alignment = 0x100,
                                                                   .size = 64 });
  guint32 data = elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".data\n\\",
                                                                   .type = SHT_PROGBITS,
                                                                   .flags = SHF_ALLOC | SHF_WRITE,
                                                                   .address = 0x20300,
                                                                   .alignment = 0x100,
                                                                   .size = 16 });
  guint32 bss = elf_maker_add_section (
      maker,
      &(ElfMakerSection){
          .name = ".bss", .type = SHT_NOBITS, .flags = SHF_ALLOC | SHF_WRITE, .address = 0x20310, .size = 0x1000 });
  elf_maker_add_segment (maker, PT_NOTE, PF_R, 0x10100, 0x10100, id, id);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, 0x10100, 0x10100, id, text);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, 0x20300, 0x10300, data, bss);
  elf_maker_add_segment (maker, 0x6abcdef0, 0, 0, 0, 0, 0);
  GByteArray *file = elf_maker_build (maker);
  g_byte_array_append (file, (const guint8 *)"behind", 6);
  return file;
}

static void
assert_small (const AssayElf *elf)
{
  static const AssayPieceKind kinds[] = { ASSAY_PIECE_ELF_HEADER,
                                          ASSAY_PIECE_PROGRAM_HEADERS,
                                          ASSAY_PIECE_GAP,
                                          ASSAY_PIECE_SECTION,
                                          ASSAY_PIECE_GAP,
                                          ASSAY_PIECE_SECTION,
                                          ASSAY_PIECE_GAP,
                                          ASSAY_PIECE_SECTION,
                                          ASSAY_PIECE_SECTION,
                                          ASSAY_PIECE_GAP,
                                          ASSAY_PIECE_SECTION_HEADERS,
                                          ASSAY_PIECE_TAIL };
  const AssaySegment *data = &g_array_index (elf->segments, AssaySegment, 2);
  const AssaySection *text = find_section (elf, ".text");
  guint64 address = 0;
  assert_null (elf->trouble);
  assert_string_equal (elf->build_id, "abababababababababababababababababababab");
  assert_int_equal (elf->entry, 0x1000);
  assert_int_equal (elf->sections->len, 5);
  assert_int_equal (elf->segments->len, 4);
  assert_string_equal (g_array_index (elf->sections, AssaySection, 2).name, ".data\\x0A\\\\");
  assert_string_equal (g_array_index (elf->segments, AssaySegment, 3).name, "0x6abcdef0");
  assert_int_equal (data->file_size, 16);
  assert_int_equal (data->memory_size, 0x1010);
  assert_int_equal (data->physical_address, 0x10300);
  assert_int_equal (elf->pieces->len, G_N_ELEMENTS (kinds));
  for (guint i = 0; i < elf->pieces->len; i++)
    assert_int_equal (g_array_index (elf->pieces, AssayPiece, i).kind, kinds[i]);
  assert_int_equal (g_array_index (elf->pieces, AssayPiece, elf->pieces->len - 1).length, 6);
  assert_true (assay_elf_address_of_offset (elf, text->offset + 8, &address));
  assert_int_equal (address, 0x10208);
  assert_string_equal (assay_elf_section_at_address (elf, 0x20400)->name, ".bss");
  assert_true (assay_elf_offset_is_executable (elf, text->offset));
  assert_false (assay_elf_offset_is_executable (elf, data->offset));
  assert_tiled (elf);
}

static void
every_class_and_byte_order_reads_alike (void **state)
{
  static const struct
  {
    guint bits;
    gboolean big_endian;
    guint16 machine;
    const char *name;
  } variants[] = { { 32, FALSE, EM_ARM, "ARM" },
                   { 32, TRUE, EM_MIPS, "MIPS" },
                   { 64, FALSE, EM_AARCH64, "AArch64" },
                   { 64, TRUE, EM_PPC64, "PowerPC64" } };
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autoptr (GByteArray) file = make_small (variants[i].bits, variants[i].big_endian, variants[i].machine);
      g_autoptr (AssayBlob) blob = blob_of_array (file);
      g_autoptr (AssayElf) elf = read_elf (blob);
      assert_int_equal (elf->bits, variants[i].bits);
      assert_int_equal (elf->big_endian, variants[i].big_endian);
      assert_string_equal (assay_elf_machine_name (elf->machine), variants[i].name);
      assert_small (elf);
    }
}

/* The table of section headers may lie anywhere, and so may the file inside another. */
static void
unaligned_files_read_alike (void **state)
{
  g_autoptr (GByteArray) file = make_small (64, TRUE, EM_PPC64);
  g_byte_array_prepend (file, (const guint8 *)"odd", 3);
  g_autoptr (AssayBlob) outer = blob_of_array (file);
  g_autoptr (AssayBlob) blob = assay_blob_new_slice (outer, 3, file->len - 3, NULL);
  g_autoptr (AssayElf) elf = read_elf (blob);
  assert_small (elf);
}

static void
relocatable_files_are_executable_by_sections (void **state)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_REL);
  guint32 data = elf_maker_add_section (
      maker, &(ElfMakerSection){ .name = ".data", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE, .size = 8 });
  elf_maker_add_section (
      maker,
      &(ElfMakerSection){ .name = ".text", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR, .size = 8 });
  /* Whoever links it or loads it into a kernel never looks at this. */
  elf_maker_add_segment (maker, PT_LOAD, PF_R, 0, 0, 0, data);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  const AssaySection *text = find_section (elf, ".text");
  guint64 address = 0;
  assert_true (assay_elf_offset_is_executable (elf, text->offset));
  assert_false (assay_elf_offset_is_executable (elf, text->offset - 1));
  assert_false (assay_elf_address_of_offset (elf, text->offset, &address));
  assert_null (assay_elf_section_at_address (elf, 0));
}

/* .tbss says addresses that it does not take: those of what follows. */
static void
thread_templates_hold_no_address (void **state)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".tbss",
                                                    .type = SHT_NOBITS,
                                                    .flags = SHF_ALLOC | SHF_WRITE | SHF_TLS,
                                                    .address = 0x1000,
                                                    .size = 16 });
  elf_maker_add_section (
      maker, &(ElfMakerSection){
                 .name = ".data", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE, .address = 0x1000, .size = 8 });
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  assert_string_equal (assay_elf_section_at_address (elf, 0x1000)->name, ".data");
  assert_null (assay_elf_section_at_address (elf, 0x1008));
}

static void
texts_are_those_of_readelf (void **state)
{
  assert_string_equal (assay_section_flags_text (0), "");
  assert_string_equal (assay_section_flags_text (SHF_WRITE | SHF_ALLOC | SHF_EXECINSTR), "WAX");
  assert_string_equal (assay_section_flags_text (SHF_ALLOC | SHF_MERGE | SHF_STRINGS | SHF_EXCLUDE), "AMSE");
  assert_string_equal (assay_section_flags_text (G_GUINT64_CONSTANT (1) << 40), "x");
  assert_ptr_equal (assay_section_flags_text (SHF_ALLOC), assay_section_flags_text (SHF_ALLOC));
  assert_string_equal (assay_segment_flags_text (PF_R | PF_X), "RX");
  assert_string_equal (assay_segment_flags_text (0xfffffff0), "");
  assert_string_equal (assay_elf_machine_name (EM_RISCV), "RISC-V");
  assert_string_equal (assay_elf_machine_name (0xfeed), "machine 0xfeed");
  assert_ptr_equal (assay_elf_machine_name (0xfeed), assay_elf_machine_name (0xfeed));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (native_programs_are_as_readelf_says),
    cmocka_unit_test (native_programs_are_executable_where_they_are),
    cmocka_unit_test (every_class_and_byte_order_reads_alike),
    cmocka_unit_test (unaligned_files_read_alike),
    cmocka_unit_test (relocatable_files_are_executable_by_sections),
    cmocka_unit_test (thread_templates_hold_no_address),
    cmocka_unit_test (texts_are_those_of_readelf),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
