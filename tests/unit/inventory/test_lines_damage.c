#include "debug_builds.h"

#include "inventory/debug/lines.h"

/* Debug information that lies: whatever is written in it, reading ends, and says something or nothing. All in this
 * process, where sanitizers see what happens. */

#define FLIPS 400u

typedef struct
{
  guint64 offset;
  guint64 length;
} Part;

static GByteArray *
read_all (const char *scratch, const char *name)
{
  g_autofree char *path = g_build_filename (scratch, name, NULL);
  char *content = NULL;
  gsize length = 0;
  assert_true (g_file_get_contents (path, &content, &length, NULL));
  return g_byte_array_new_take ((guint8 *)content, length);
}

/* Where the debug sections lie, and the tables that lead to them. */
static GArray *
find_parts (const GByteArray *file)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_autoptr (AssayBlob) blob = blob_of_memory (file->data, file->len);
  g_autoptr (AssayElf) elf = read_elf (blob);
  for (guint i = 0; i < elf->sections->len; i++)
    {
      const AssaySection *section = &g_array_index (elf->sections, AssaySection, i);
      gboolean counts = strstr (section->name, "debug") != NULL || section->type == SHT_RELA;
      const Part part = { .offset = section->offset, .length = section->size };
      if (counts && section->size > 0)
        g_array_append_val (parts, part);
    }
  assert_true (parts->len > 3);
  return parts;
}

/* Opens it and asks for places all over the addresses that honest files have. */
static void
exercise (const guint8 *data, gsize length, const GPtrArray *split, guint64 address, guint32 section)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (AssayBlob) blob = blob_of_memory (data, length);
  g_autoptr (AssayDebugLines) lines = assay_debug_lines_new (blob, split, &limits, NULL);
  if (lines == NULL)
    return;
  for (guint64 at = address < 64 ? 0 : address - 64; at < address + 256; at += 3)
    {
      g_auto (AssaySourcePlace) place = { 0 };
      guint64 end = 0;
      if (!assay_debug_lines_find (lines, at, section, &place, &end))
        continue;
      assert_true (end > at);
      assert_true (place.file != NULL || place.function != NULL);
      assert_non_null (place.inlined_by);
      assert_true (place.file == NULL || strlen (place.file) <= 4096);
      assert_true (place.function == NULL || strlen (place.function) <= 4096);
    }
}

static void
flip_all (const char *scratch, const char *name, const char *const *split_names, gboolean flip_split)
{
  g_autoptr (GByteArray) file = read_all (scratch, name);
  g_autoptr (AssayBlob) honest = scratch_blob (scratch, name);
  g_autoptr (AssayElf) elf = read_elf (honest);
  load_symbols (elf, honest);
  const AssaySymbol *outer = find_symbol (elf, "outer");
  guint32 section = elf->type == ET_REL ? outer->section : 0;
  g_autoptr (GByteArray) other = flip_split ? read_all (scratch, split_names[0]) : NULL;
  GByteArray *target = flip_split ? other : file;
  g_autoptr (GArray) parts = find_parts (target);
  g_autoptr (GPtrArray) honest_split = scratch_blobs (scratch, flip_split ? NULL : split_names);
  /* The seed is part of the test: the same flips each time. */
  g_autoptr (GRand) random = g_rand_new_with_seed (0x5eed);
  for (guint i = 0; i < FLIPS; i++)
    {
      const Part *part = &g_array_index (parts, Part, (guint)g_rand_int_range (random, 0, (gint)parts->len));
      guint count = (guint)g_rand_int_range (random, 1, 4);
      /* Exact copies, so that the sanitizer sees a read behind their end. */
      g_autofree guint8 *copy = g_memdup2 (target->data, target->len);
      for (guint j = 0; j < count; j++)
        copy[part->offset + (guint64)(g_rand_double (random) * (double)part->length)]
            = g_rand_boolean (random) ? (guint8)g_rand_int (random) : 0xff;
      g_autoptr (GPtrArray) split = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
      if (flip_split)
        g_ptr_array_add (split, blob_of_memory (copy, target->len));
      exercise (flip_split ? file->data : copy, file->len, flip_split ? split : honest_split, outer->address, section);
    }
}

static void
damaged_programs_are_survived (void **state)
{
  static const char *const builds[]
      = { "gcc -gdwarf-4 -O2 lib/a.c main.c -o prog", "gcc -gdwarf-5 -O2 lib/a.c main.c -o prog",
          "gcc -gdwarf-5 -O2 -gz=zlib lib/a.c main.c -o prog" };
  write_sources (*state);
  for (gsize i = 0; i < G_N_ELEMENTS (builds); i++)
    {
      assert_true (build (*state, builds[i]));
      flip_all (*state, "prog", NULL, FALSE);
    }
}

static void
damaged_relocatable_files_are_survived (void **state)
{
  write_sources (*state);
  assert_true (build (*state, "gcc -gdwarf-5 -O2 -ffunction-sections -c lib/a.c -o a.o"));
  flip_all (*state, "a.o", NULL, FALSE);
}

static void
damaged_split_files_are_survived (void **state)
{
  static const char *const split[] = { "a.dwo", NULL };
  static const char *const package[] = { "prog.dwp", NULL };
  write_sources (*state);
  for (guint version = 4; version <= 5; version++)
    {
      g_autofree char *command = g_strdup_printf ("gcc -gdwarf-%u -gsplit-dwarf -O2 -c lib/a.c main.c && "
                                                  "gcc a.o main.o -o prog",
                                                  version);
      assert_true (build (*state, command));
      flip_all (*state, "prog", split, FALSE);
      flip_all (*state, "prog", split, TRUE);
      if (version == 4 && has_program ("dwp"))
        {
          assert_true (build (*state, "dwp -e prog -o prog.dwp"));
          flip_all (*state, "prog", package, TRUE);
        }
    }
}

/* A file with the given sections and one executable section at 0x1000. */
static GByteArray *
make_file (const GByteArray *info, const GByteArray *abbrev, const GByteArray *line)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  const struct
  {
    const char *name;
    const GByteArray *bytes;
  } sections[] = { { ".debug_info", info }, { ".debug_abbrev", abbrev }, { ".debug_line", line } };
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                    .address = 0x1000,
                                                    .size = 0x100 });
  for (gsize i = 0; i < G_N_ELEMENTS (sections); i++)
    if (sections[i].bytes != NULL)
      elf_maker_add_section (maker, &(ElfMakerSection){ .name = sections[i].name,
                                                        .type = SHT_PROGBITS,
                                                        .data = sections[i].bytes->data,
                                                        .size = sections[i].bytes->len });
  return elf_maker_build (maker);
}

static void
put (GByteArray *array, guint64 value, guint size)
{
  for (guint i = 0; i < size; i++)
    {
      guint8 byte = (guint8)(value >> (8 * i));
      g_byte_array_append (array, &byte, 1);
    }
}

static void
put_length (GByteArray *array, guint at)
{
  guint32 length = array->len - at - 4;
  for (guint i = 0; i < 4; i++)
    array->data[at + i] = (guint8)(length >> (8 * i));
}

/* DW_TAG_compile_unit with DW_AT_low_pc, DW_AT_high_pc, DW_AT_stmt_list, and children as @child says. */
static GByteArray *
make_abbreviations (void)
{
  static const guint8 bytes[] = { 1, 0x11, 1, 0x11, 0x01, 0x12, 0x0f, 0x10, 0x17, 0, 0, /* the unit */
                                  2, 0x0b, 1, 0,    0,                                  /* a block with children */
                                  3, 0x0b, 1, 0x01, 0x13, 0,    0,                      /* the same with a sibling */
                                  0 };
  return g_byte_array_append (g_byte_array_new (), bytes, sizeof bytes);
}

static GByteArray *
begin_unit (void)
{
  GByteArray *info = g_byte_array_new ();
  put (info, 0, 4);
  put (info, 4, 2); /* version */
  put (info, 0, 4); /* abbreviations */
  put (info, 8, 1); /* address size */
  put (info, 1, 1);
  put (info, 0x1000, 8);
  put (info, 0x80, 1);
  put (info, 1, 1);
  put (info, 0, 4); /* line table */
  return info;
}

/* A unit whose entries nest a million deep: whoever follows them by recursion has no stack left. */
static void
deep_nesting_ends (void **state)
{
  g_autoptr (GByteArray) info = begin_unit ();
  g_autoptr (GByteArray) abbreviations = make_abbreviations ();
  guint at = info->len;
  g_byte_array_set_size (info, at + 1000000);
  memset (info->data + at, 2, 1000000);
  put_length (info, 0);
  g_autoptr (GByteArray) file = make_file (info, abbreviations, NULL);
  exercise (file->data, file->len, NULL, 0x1000, 0);
}

/* Siblings that point backwards make a circle. */
static void
circles_end (void **state)
{
  g_autoptr (GByteArray) info = begin_unit ();
  g_autoptr (GByteArray) abbreviations = make_abbreviations ();
  guint at = info->len;
  for (guint i = 0; i < 1000; i++)
    {
      put (info, 3, 1);
      put (info, i % 2 == 0 ? at : at + 5 * ((i * 7) % 1000), 4);
    }
  put_length (info, 0);
  g_autoptr (GByteArray) file = make_file (info, abbreviations, NULL);
  exercise (file->data, file->len, NULL, 0x1000, 0);
}

/* 200,000 files, each in a directory with a name of 200,000 bytes: joined before anybody asks they take 40 GB. */
static void
joined_names_take_no_memory (void **state)
{
  g_autoptr (GByteArray) info = begin_unit ();
  g_autoptr (GByteArray) abbreviations = make_abbreviations ();
  g_autoptr (GByteArray) line = g_byte_array_new ();
  put (info, 0, 1);
  put_length (info, 0);
  put (line, 0, 4);
  put (line, 4, 2);
  put (line, 0, 4); /* header length, below */
  guint header = line->len;
  static const guint8 parameters[] = { 1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1 };
  g_byte_array_append (line, parameters, sizeof parameters);
  guint at = line->len;
  g_byte_array_set_size (line, at + 200000);
  memset (line->data + at, 'd', 200000);
  put (line, 0, 2); /* ends the name and the list */
  for (guint i = 0; i < 200000; i++)
    {
      static const guint8 file[] = { 'f', 0, 1, 0, 0 };
      g_byte_array_append (line, file, sizeof file);
    }
  put (line, 0, 1);
  guint32 length = line->len - header;
  for (guint i = 0; i < 4; i++)
    line->data[header - 4 + i] = (guint8)(length >> (8 * i));
  static const guint8 program[] = { 0, 9, 2, 0, 0x10, 0, 0, 0, 0, 0, 0, 1, 2, 0x40, 0, 1, 1 };
  g_byte_array_append (line, program, sizeof program);
  put_length (line, 0);
  g_autoptr (GByteArray) file = make_file (info, abbreviations, line);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayInterpreter) interpreter = new_interpreter ();
  g_autoptr (AssayLines) lines = open_lines (interpreter, blob, NULL);
  g_auto (AssaySourcePlace) place = { 0 };
  assert_true (assay_lines_find (lines, 0x1010, 0, &place));
  assert_int_equal (place.line, 1);
  /* The longest path of Linux, and not a byte more. */
  assert_int_equal (strlen (place.file), 4096);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (damaged_programs_are_survived, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (damaged_relocatable_files_are_survived, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (damaged_split_files_are_survived, make_scratch, remove_scratch),
    cmocka_unit_test (deep_nesting_ends),
    cmocka_unit_test (circles_end),
    cmocka_unit_test (joined_names_take_no_memory),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
