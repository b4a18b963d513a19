#include "debug_builds.h"

#include "inventory/debug/producers.h"

#include "inventory/producer.h"

/* What files say of the tools that made them: what is said is found, and what is damaged says nothing. */

/* All that was noted, one a line: place, section, text. */
static char *
told (const AssayProducers *producers)
{
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < list->len; i++)
    {
      const AssayProducer *producer = g_ptr_array_index (list, i);
      g_string_append_printf (text, "%d %s: %s\n", producer->place, producer->where, producer->text);
    }
  return g_string_free (text, FALSE);
}

static char *
told_by_elf (const GByteArray *file)
{
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_elf (producers, elf, blob);
  return told (producers);
}

/* What one section says in a file of a machine. */
static char *
told_by_section (guint16 machine, gboolean big_endian, const char *name, guint32 type, const void *data, gsize size)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (32, big_endian, machine, ET_EXEC);
  elf_maker_add_section (maker,
                         &(ElfMakerSection){ .name = name, .type = type, .alignment = 4, .data = data, .size = size });
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  return told_by_elf (file);
}

#define assert_told_by(expected, machine, big_endian, name, type, data)                                                \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *said = told_by_section (machine, big_endian, name, type, data, sizeof data - 1);                  \
    assert_string_equal (said, expected);                                                                              \
  }                                                                                                                    \
  G_STMT_END

static void
comments_are_told_once_and_escaped (void **state)
{
  static const char texts[] = "GCC: (GNU) 9.1\0clang\x1b[2J\0GCC: (GNU) 9.1\0\0cut";
  assert_told_by ("0 .comment: GCC: (GNU) 9.1\n0 .comment: clang\\x1B[2J\n0 .comment: cut\n", EM_386, FALSE, ".comment",
                  SHT_PROGBITS, texts);
  assert_told_by ("", EM_386, FALSE, ".comments", SHT_PROGBITS, texts);
  assert_told_by ("", EM_386, FALSE, ".comment", SHT_NOBITS, texts);
}

/* What is read ends somewhere: a text that goes on there is none. */
static void
a_text_that_is_cut_off_is_not_told (void **state)
{
  g_autoptr (GString) texts = g_string_new (NULL);
  while (texts->len < 4096 - 20)
    g_string_append_len (texts, "GCC: (GNU) 9.1\0", 15);
  g_string_append_len (texts, "GCC: (GNU) 9.2 and so on and on\0", 32);
  g_autofree char *said = told_by_section (EM_386, FALSE, ".comment", SHT_PROGBITS, texts->str, texts->len);
  assert_string_equal (said, "0 .comment: GCC: (GNU) 9.1\n");
}

static void
notes_of_tools_are_told (void **state)
{
  static const char gold[] = "\4\0\0\0\11\0\0\0\4\0\0\0GNU\0gold 1.16\0\0\0";
  static const char build[] = "\4\0\0\0\3\0\0\0\4\0\0\0Go\0\0a/b\0";
  static const char annobin[] = "\14\0\0\0\0\0\0\0\0\1\0\0GA$\5gcc 1.2\0";
  static const char other[] = "\4\0\0\0\4\0\0\0\1\0\0\0GNU\0gold";
  static const char beyond[] = "\4\0\0\0\377\377\377\177\4\0\0\0GNU\0gold";
  char android[16 + 8 + 4 + 128 + 1] = "\10\0\0\0\204\0\0\0\1\0\0\0Android\0\25\0\0\0r25b";
  memcpy (android + 24 + 64, "8937393", 7);
  assert_told_by ("3 .note.gnu.gold-version: gold 1.16\n", EM_386, FALSE, ".note.gnu.gold-version", SHT_NOTE, gold);
  assert_told_by ("6 .note.go.buildid: a/b\n", EM_386, FALSE, ".note.go.buildid", SHT_NOTE, build);
  assert_told_by ("3 .note.gnu.build.attributes: gcc 1.2\n", EM_386, FALSE, ".note.gnu.build.attributes", SHT_NOTE,
                  annobin);
  assert_told_by ("3 .note: Android NDK r25b (8937393)\n", EM_386, FALSE, ".note", SHT_NOTE, android);
  assert_told_by ("", EM_386, FALSE, ".note", SHT_NOTE, other);
  assert_told_by ("", EM_386, FALSE, ".note", SHT_NOTE, beyond);
  assert_told_by ("", EM_386, FALSE, ".note", SHT_PROGBITS, gold);
}

#define GO_HEAD(pointer_bytes, flags) "\xff Go buildinf:" pointer_bytes flags

static void
go_tells_its_version (void **state)
{
  static const char inside[] = GO_HEAD ("\10", "\2") "\0\0\0\0\0\0\0\0"
                                                     "\0\0\0\0\0\0\0\0"
                                                     "\10go1.21.3"
                                                     "\0";
  static const char too_long[] = GO_HEAD ("\10", "\2") "\0\0\0\0\0\0\0\0"
                                                       "\0\0\0\0\0\0\0\0"
                                                       "\177go1.21.3";
  static const char endless[] = GO_HEAD ("\10", "\2") "\0\0\0\0\0\0\0\0"
                                                      "\0\0\0\0\0\0\0\0"
                                                      "\377\377\377\377\377\377\377\377\377\377\377";
  static const char lost[] = GO_HEAD ("\4", "\0") "\0\1\0\0"
                                                  "\0\1\0\0"
                                                  "\0\0\0\0\0\0\0\0";
  static const char odd[] = GO_HEAD ("\377", "\1") "\0\1\0\0"
                                                   "\0\1\0\0"
                                                   "\0\0\0\0\0\0\0\0";
  assert_told_by ("2 .go.buildinfo: go1.21.3\n", EM_386, FALSE, ".go.buildinfo", SHT_PROGBITS, inside);
  assert_told_by ("", EM_386, FALSE, ".go.buildinfo", SHT_PROGBITS, too_long);
  assert_told_by ("", EM_386, FALSE, ".go.buildinfo", SHT_PROGBITS, endless);
  assert_told_by ("", EM_386, FALSE, ".go.buildinfo", SHT_PROGBITS, lost);
  assert_told_by ("", EM_386, FALSE, ".go.buildinfo", SHT_PROGBITS, odd);
}

/* As before Go 1.18: the section points to a string, which points to its bytes. */
static void
old_go_is_followed (void **state)
{
  for (guint big_endian = 0; big_endian < 2; big_endian++)
    {
      guint8 bytes[64] = GO_HEAD ("\4", "\0");
      bytes[15] = (guint8)big_endian;
      const guint32 words[] = { 0x8020, 0, 0, 0, 0x8030, 8 };
      for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        {
          guint32 word = big_endian != 0 ? GUINT32_TO_BE (words[i]) : GUINT32_TO_LE (words[i]);
          memcpy (bytes + 16 + 4 * i, &word, sizeof word);
        }
      memcpy (bytes + 48, "go1.15.2", 8);
      g_autoptr (ElfMaker) maker = elf_maker_new (32, big_endian != 0, EM_MIPS, ET_EXEC);
      elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".go.buildinfo",
                                                        .type = SHT_PROGBITS,
                                                        .flags = SHF_ALLOC,
                                                        .address = 0x8000,
                                                        .data = bytes,
                                                        .size = sizeof bytes });
      elf_maker_add_segment (maker, PT_LOAD, PF_R, 0x8000, 0x8000, 1, 1);
      g_autoptr (GByteArray) file = elf_maker_build (maker);
      g_autofree char *said = told_by_elf (file);
      assert_string_equal (said, "2 .go.buildinfo: go1.15.2\n");
    }
}

static void
processors_are_told (void **state)
{
  static const char arm[] = "A\50\0\0\0aeabi\0\1\36\0\0\0\5Cortex-A7\0\6\12\7A\40\1x\0\103v2\0\10\1";
  static const char riscv[] = "A\33\0\0\0riscv\0\1\21\0\0\0\4\20\5rv32i2p1\0";
  static const char big[] = "A\0\0\0\23aeabi\0\1\0\0\0\11\6\3\7\101";
  static const char unknown[] = "A\21\0\0\0aeabi\0\1\7\0\0\0\6\177";
  static const char other[] = "A\21\0\0\0gnuxx\0\1\7\0\0\0\6\12";
  static const char without_end[] = "A\377\377\377\177aeabi\0\1\36\0\0\0\6\12";
  static const char nothing[] = "A\0\0\0\0\0\0\0\0";
  static const char inner_nothing[] = "A\21\0\0\0aeabi\0\1\0\0\0\0\6\12";
  assert_told_by ("4 .ARM.attributes: Arm architecture v7\n4 .ARM.attributes: Arm profile A\n"
                  "4 .ARM.attributes: CPU Cortex-A7\n",
                  EM_ARM, FALSE, ".ARM.attributes", SHT_ARM_ATTRIBUTES, arm);
  assert_told_by ("4 .riscv.attributes: RISC-V architecture rv32i2p1\n", EM_RISCV, FALSE, ".riscv.attributes",
                  SHT_RISCV_ATTRIBUTES, riscv);
  assert_told_by ("4 .ARM.attributes: Arm architecture v5T\n4 .ARM.attributes: Arm profile A\n", EM_ARM, TRUE,
                  ".ARM.attributes", SHT_ARM_ATTRIBUTES, big);
  assert_told_by ("4 .ARM.attributes: Arm architecture number 127\n", EM_ARM, FALSE, ".ARM.attributes",
                  SHT_ARM_ATTRIBUTES, unknown);
  assert_told_by ("", EM_ARM, FALSE, ".ARM.attributes", SHT_ARM_ATTRIBUTES, other);
  assert_told_by ("", EM_ARM, FALSE, ".ARM.attributes", SHT_ARM_ATTRIBUTES, without_end);
  assert_told_by ("", EM_ARM, FALSE, ".ARM.attributes", SHT_ARM_ATTRIBUTES, nothing);
  assert_told_by ("", EM_ARM, FALSE, ".ARM.attributes", SHT_ARM_ATTRIBUTES, inner_nothing);
  assert_told_by ("", EM_386, FALSE, ".ARM.attributes", SHT_ARM_ATTRIBUTES, arm);
}

static char *
texts_in (const void *data, gsize size)
{
  g_autoptr (AssayBlob) blob = blob_of_memory (data, size);
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_texts (producers, NULL, blob, 0, size);
  return told (producers);
}

static void
version_texts_are_told (void **state)
{
  static const struct
  {
    const char *data;
    const char *text;
  } cases[] = {
    { "xGCC: (GNU) 12.2.0", "xGCC: (GNU) 12.2.0" },
    { "\1GCC: (Debian 12.2.0-14) 12.2.0", "GCC: (Debian 12.2.0-14) 12.2.0" },
    { "Linux version 5.1 (u@h) (gcc version 8.3.0 (Buildroot 2019.02 (x)) ) #1",
      "gcc version 8.3.0 (Buildroot 2019.02 (x))" },
    { "(aarch64-linux-gnu-gcc (GCC) 9.1.1 20190503, GNU x", "aarch64-linux-gnu-gcc (GCC) 9.1.1 20190503" },
    { "by GNU ld (GNU Binutils) 2.40.", "GNU ld (GNU Binutils) 2.40" },
    { "Debian clang version 14.0.6", "clang version 14.0.6" },
    { "clang version 14.0.6 (https://x y)\n", "clang version 14.0.6 (https://x y)" },
    { "Debian LLD 14.0.6 (compatible with GNU linkers)", "LLD 14.0.6 (compatible with GNU linkers)" },
    { "rustc version 1.63.0 (4b91a6ea7 2022-08-08)", "rustc version 1.63.0 (4b91a6ea7 2022-08-08)" },
    { "gcc: (no end 1.2", NULL },
    { "gcc (GNU", NULL },
    { "gcc (GNU)", NULL },
    { "gcc (GNU) x.y", NULL },
    { "gcc (G\nNU) 1.2", NULL },
    { "icc (GNU) 1.2", NULL },
    { "my version 1.2", NULL },
    { " (", NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *said = texts_in (cases[i].data, strlen (cases[i].data));
      g_autofree char *expected = cases[i].text == NULL ? g_strdup ("") : g_strdup_printf ("5 : %s\n", cases[i].text);
      assert_string_equal (said, expected);
    }
}

/* Wherever it lies in a large file, also where two windows meet. */
static void
a_text_is_found_at_any_place (void **state)
{
  static const char text[] = "GCC: (GNU) 12.2.0";
  const gsize size = 3 * ASSAY_BLOB_WINDOW_BYTES;
  g_autofree char *bytes = g_malloc0 (size);
  for (gsize at = ASSAY_BLOB_WINDOW_BYTES - sizeof text - 2; at < ASSAY_BLOB_WINDOW_BYTES + 4; at++)
    {
      memcpy (bytes + at, text, sizeof text);
      g_autoptr (AssayBlob) blob = blob_of_memory (bytes, size);
      g_autoptr (AssayProducers) producers = assay_producers_new ();
      assay_producers_add_texts (producers, NULL, blob, 0, size);
      g_autoptr (GPtrArray) list = assay_producers_list (producers);
      assert_int_equal (list->len, 1);
      assert_int_equal (((const AssayProducer *)g_ptr_array_index (list, 0))->offset, at);
      memset (bytes + at, 0, sizeof text);
    }
}

static void
texts_without_end_are_cut_off (void **state)
{
  const gsize size = 4u << 20;
  g_autofree char *bytes = g_malloc (size);
  for (gsize i = 0; i < size; i++)
    bytes[i] = "gcc ("[i % 5];
  g_autoptr (AssayBlob) blob = blob_of_memory (bytes, size);
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_texts (producers, NULL, blob, 0, size);
  g_autofree char *said = told (producers);
  assert_string_equal (said, "");
  assert_false (assay_producers_is_whole (producers, ASSAY_PRODUCER_TEXT));
  assert_true (assay_producers_is_whole (producers, ASSAY_PRODUCER_DEBUG));
}

/* Thousands of different texts are not kept. */
static void
more_texts_than_are_kept_are_said_to_be_more (void **state)
{
  g_autoptr (GString) texts = g_string_new (NULL);
  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (texts, "GCC: (GNU) 1.%u\n", i);
  g_autoptr (AssayBlob) blob = blob_of_memory (texts->str, texts->len);
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_texts (producers, NULL, blob, 0, texts->len);
  g_autoptr (GPtrArray) list = assay_producers_list (producers);
  assert_in_range (list->len, 1, 2000);
  assert_false (assay_producers_is_whole (producers, ASSAY_PRODUCER_TEXT));
}

/* Of an ELF file only what is loaded, by section and offset. */
static void
only_loaded_texts_count (void **state)
{
  static const char text[] = "GCC: (GNU) 12.2.0";
  for (guint loaded = 0; loaded < 2; loaded++)
    {
      g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_REL);
      elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".rodata",
                                                        .type = SHT_PROGBITS,
                                                        .flags = loaded != 0 ? SHF_ALLOC : 0,
                                                        .data = text,
                                                        .size = sizeof text });
      g_autoptr (GByteArray) file = elf_maker_build (maker);
      g_autoptr (AssayBlob) blob = blob_of_array (file);
      g_autoptr (AssayElf) elf = read_elf (blob);
      g_autoptr (AssayProducers) producers = assay_producers_new ();
      assay_producers_add_texts (producers, elf, blob, 0, file->len);
      g_autofree char *said = told (producers);
      assert_string_equal (said, loaded != 0 ? "5 .rodata: GCC: (GNU) 12.2.0\n" : "");
    }
}

static char *
told_by_debug (const char *scratch, const char *name)
{
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayBlob) blob = scratch_blob (scratch, name);
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_debug (producers, interpreter, blob);
  return told (producers);
}

static void
debug_information_tells_compilers (void **state)
{
  static const struct
  {
    const char *tool;
    const char *command; /* makes `x` */
    const char *words[2];
  } builds[] = {
    { "gcc", "gcc -gdwarf-4 -O2 lib/a.c main.c -o x", { "GNU C", "-O2" } },
    { "gcc", "gcc -gdwarf-5 -O1 lib/a.c main.c -o x", { "GNU C", "-O1" } },
    { "gcc", "gcc -gdwarf-5 -gz=zlib -O1 lib/a.c main.c -o x", { "GNU C", "-O1" } },
    { "gcc", "gcc -gdwarf-4 -Os -c lib/a.c -o x", { "GNU C", "-Os" } },
    { "gcc", "gcc -gdwarf-5 -O2 -c lib/a.c && gcc -g -O0 -c main.c && gcc a.o main.o -o x", { "-O0", "-O2" } },
    { "gcc", "gcc -gdwarf-4 -gsplit-dwarf -O2 -c lib/a.c -o a.o && mv a.dwo x", { "GNU C", "-O2" } },
    { "gcc", "gcc -gdwarf-5 -gsplit-dwarf -O2 -c lib/a.c -o a.o && mv a.dwo x", { "GNU C", "-O2" } },
    { "dwp",
      "gcc -gdwarf-4 -gsplit-dwarf -O2 -c lib/a.c -o a.o && gcc -gdwarf-4 -gsplit-dwarf -O0 -c main.c -o main.o && "
      "gcc a.o main.o -o p && dwp -e p -o x",
      { "-O0", "-O2" } },
    { "gcc", "gcc -g -O2 lib/a.c main.c -o p && objcopy --only-keep-debug p x", { "GNU C", "-O2" } },
    { "clang", "clang -gdwarf-5 -O2 lib/a.c main.c -o x", { "clang version", "clang" } },
  };
  const char *scratch = *state;
  write_sources (scratch);
  for (gsize i = 0; i < G_N_ELEMENTS (builds); i++)
    {
      if (!has_program (builds[i].tool))
        {
          print_message ("skipped: no %s: %s\n", builds[i].tool, builds[i].command);
          continue;
        }
      assert_true (build (scratch, builds[i].command));
      g_autofree char *said = told_by_debug (scratch, "x");
      assert_true (g_str_has_prefix (said, "1 DW_AT_producer: "));
      for (gsize j = 0; j < 2; j++)
        if (strstr (said, builds[i].words[j]) == NULL)
          fail_msg ("%s: no %s in %s", builds[i].command, builds[i].words[j], said);
    }
}

static void
files_without_debug_information_tell_nothing (void **state)
{
  const char *scratch = *state;
  write_sources (scratch);
  write_file (scratch, "x", "no ELF file");
  g_autofree char *text = told_by_debug (scratch, "x");
  assert_string_equal (text, "");
  assert_true (build (scratch, "gcc -O2 lib/a.c main.c -o x"));
  g_autofree char *plain = told_by_debug (scratch, "x");
  assert_string_equal (plain, "");
}

/* Any number of sections may be the same bytes: reading them all would never end. */
static void
many_sections_are_not_all_read (void **state)
{
  const gsize size = 200000;
  g_autofree char *notes = g_malloc0 (size);
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  for (guint i = 0; i < 20000; i++)
    elf_maker_add_section (
        maker, &(ElfMakerSection){ .name = ".note", .type = SHT_NOTE, .data = notes, .size = i == 0 ? size : 0 });
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  for (guint i = 2; i <= 20000; i++)
    {
      elf_maker_poke (file, ELF_FIELD_SECTION_OFFSET, i, elf_maker_peek (file, ELF_FIELD_SECTION_OFFSET, 1));
      elf_maker_poke (file, ELF_FIELD_SECTION_SIZE, i, size);
    }
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autoptr (AssayProducers) producers = assay_producers_new ();
  assay_producers_add_elf (producers, elf, blob);
  g_autofree char *said = told (producers);
  assert_string_equal (said, "");
  assert_false (assay_producers_is_whole (producers, ASSAY_PRODUCER_NOTE));
  assert_false (assay_producers_is_whole (producers, ASSAY_PRODUCER_COMMENT));
  assert_true (assay_producers_is_whole (producers, ASSAY_PRODUCER_DEBUG));
}

/* Any byte may be another one: less is found, or something else, and nothing worse happens. */
static void
damaged_files_are_survived (void **state)
{
  const char *scratch = *state;
  AssayLimits limits;
  assay_limits_init (&limits);
  write_sources (scratch);
  assert_true (build (scratch, "gcc -g -O1 lib/a.c main.c -o x"));
  g_autofree char *path = g_build_filename (scratch, "x", NULL);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
  for (guint i = 0; i < 1500; i++)
    {
      gsize at = (gsize)(g_rand_double (random) * (double)length);
      char old = bytes[at];
      bytes[at] = (char)g_rand_int (random);
      g_autoptr (AssayBlob) blob = blob_of_memory (bytes, length);
      g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
      g_autoptr (AssayProducers) producers = assay_producers_new ();
      if (elf != NULL)
        assay_producers_add_elf (producers, elf, blob);
      gboolean whole = FALSE;
      g_autoptr (GPtrArray) texts = assay_debug_producers_read (blob, &limits, ASSAY_DEBUG_TEXT_PRODUCER, &whole, NULL);
      for (guint j = 0; texts != NULL && j < texts->len; j++)
        assert_true (strlen (g_ptr_array_index (texts, j)) <= 4096);
      assay_producers_add_texts (producers, elf, blob, 0, length);
      g_autofree char *said = told (producers);
      assert_true (g_utf8_validate (said, -1, NULL));
      bytes[at] = old;
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (comments_are_told_once_and_escaped),
    cmocka_unit_test (a_text_that_is_cut_off_is_not_told),
    cmocka_unit_test (notes_of_tools_are_told),
    cmocka_unit_test (go_tells_its_version),
    cmocka_unit_test (old_go_is_followed),
    cmocka_unit_test (processors_are_told),
    cmocka_unit_test (version_texts_are_told),
    cmocka_unit_test (a_text_is_found_at_any_place),
    cmocka_unit_test (texts_without_end_are_cut_off),
    cmocka_unit_test (more_texts_than_are_kept_are_said_to_be_more),
    cmocka_unit_test (only_loaded_texts_count),
    cmocka_unit_test_setup_teardown (debug_information_tells_compilers, make_scratch, remove_scratch),
    cmocka_unit_test (many_sections_are_not_all_read),
    cmocka_unit_test_setup_teardown (damaged_files_are_survived, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (files_without_debug_information_tell_nothing, make_scratch, remove_scratch),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
