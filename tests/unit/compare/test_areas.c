#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare/areas.h"
#include "elf_maker.h"

#include <elf.h>
#include <string.h>

/* Which sections of two files are held against each other, and what a flat image is held against. */

/** A section of one side: its bytes are a text. @name NULL ends a list. */
typedef struct
{
  const char *name;
  guint32 type;
  guint64 flags;
  guint64 address;
  const char *text;
} Part;

/** Both sides. */
typedef struct
{
  AssayLimits limits;
  AssayBlob *blobs[2]; /* shipped, expected */
  AssayElf *elfs[2];
  AssayAreasInput input;
  GPtrArray *areas;
} Sides;

static GByteArray *
make_file (const Part *parts)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (32, FALSE, EM_386, ET_EXEC);
  guint32 last = 0;
  for (guint i = 0; parts[i].name != NULL; i++)
    last = elf_maker_add_section (maker, &(ElfMakerSection){ .name = parts[i].name,
                                                             .type = parts[i].type,
                                                             .flags = parts[i].flags,
                                                             .address = parts[i].address,
                                                             .data = parts[i].text,
                                                             .size = strlen (parts[i].text) });
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, parts[0].address, parts[0].address, 1, last);
  return elf_maker_build (maker);
}

static void
take_file (Sides *sides, guint side, const GByteArray *file)
{
  g_autoptr (GBytes) copy = g_bytes_new (file->data, file->len);
  sides->blobs[side] = assay_blob_new_for_bytes (copy);
  sides->elfs[side] = assay_elf_new (sides->blobs[side], &sides->limits, NULL);
  assert_non_null (sides->elfs[side]);
  assert_true (assay_elf_load_symbols (sides->elfs[side], sides->blobs[side], &sides->limits, NULL));
}

static void
divide (Sides *sides)
{
  g_autoptr (GError) error = NULL;
  sides->input = (AssayAreasInput){ .shipped = sides->blobs[0],
                                    .shipped_elf = sides->elfs[0],
                                    .expected = sides->blobs[1],
                                    .expected_elf = sides->elfs[1],
                                    .symbols_elf = sides->elfs[1] };
  sides->areas = assay_areas_new (&sides->input, &error);
  assert_null (error);
  assert_non_null (sides->areas);
}

static void
set_up (Sides *sides, const Part *shipped, const Part *expected)
{
  const Part *parts[] = { shipped, expected };
  memset (sides, 0, sizeof *sides);
  assay_limits_init (&sides->limits);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GByteArray) file = make_file (parts[i]);
      take_file (sides, i, file);
    }
  divide (sides);
}

static void
tear_down (Sides *sides)
{
  g_ptr_array_unref (sides->areas);
  for (guint i = 0; i < 2; i++)
    {
      assay_elf_free (sides->elfs[i]);
      assay_blob_unref (sides->blobs[i]);
    }
}

static const AssayArea *
area_at (const Sides *sides, guint index)
{
  assert_true (index < sides->areas->len);
  return g_ptr_array_index (sides->areas, index);
}

static void
assert_texts (const AssayArea *area, const char *shipped, const char *expected)
{
  assert_int_equal (area->drift.shipped_length, strlen (shipped));
  assert_int_equal (area->drift.expected_length, strlen (expected));
  assert_memory_equal (area->drift.shipped, shipped, strlen (shipped));
  assert_memory_equal (area->drift.expected, expected, strlen (expected));
}

#define CODE SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR
#define CONST SHT_PROGBITS, SHF_ALLOC

static void
sections_are_held_against_their_namesakes (void **state)
{
  (void)state;
  static const Part expected[] = { { ".text", CODE, 0x1000, "abcdefghij" },
                                   { ".rodata", CONST, 0x2000, "0123456789" },
                                   { ".rodata", CONST, 0x3000, "second one" },
                                   { ".gone", CONST, 0x4000, "gone" },
                                   { NULL, 0, 0, 0, NULL } };
  static const Part shipped[] = { { ".text", CODE, 0x1000, "abcdefghij" },
                                  { ".new", CONST, 0x1800, "new" },
                                  { ".rodata", CONST, 0x2100, "01234x6789" },
                                  { ".rodata", CONST, 0x3100, "second" },
                                  { NULL, 0, 0, 0, NULL } };
  Sides sides;
  set_up (&sides, shipped, expected);
  assert_int_equal (sides.areas->len, 3);
  assert_texts (area_at (&sides, 0), "abcdefghij", "abcdefghij");
  assert_true (area_at (&sides, 0)->equal);
  assert_true (area_at (&sides, 0)->code);
  assert_string_equal (area_at (&sides, 0)->name, ".text");
  assert_texts (area_at (&sides, 1), "01234x6789", "0123456789");
  assert_false (area_at (&sides, 1)->equal);
  assert_false (area_at (&sides, 1)->code);
  assert_int_equal (area_at (&sides, 1)->expected_address, 0x2000);
  assert_int_equal (area_at (&sides, 1)->shipped_address, 0x2100);
  assert_texts (area_at (&sides, 2), "second", "second one");
  tear_down (&sides);
}

/* Offsets are those of the files: what they say stands there. */
static void
offsets_are_those_of_the_files (void **state)
{
  (void)state;
  static const Part expected[]
      = { { ".text", CODE, 0x1000, "abc" }, { ".rodata", CONST, 0x2000, "0123" }, { NULL, 0, 0, 0, NULL } };
  static const Part shipped[]
      = { { ".text", CODE, 0x1000, "abcdefg" }, { ".rodata", CONST, 0x2004, "0124" }, { NULL, 0, 0, 0, NULL } };
  Sides sides;
  set_up (&sides, shipped, expected);
  assert_int_equal (sides.areas->len, 2);
  for (guint i = 0; i < 2; i++)
    {
      guint8 bytes[8];
      const AssayArea *area = area_at (&sides, i);
      assert_true (assay_blob_read (sides.blobs[0], area->shipped_offset, bytes, area->drift.shipped_length, NULL));
      assert_memory_equal (bytes, area->drift.shipped, area->drift.shipped_length);
      assert_true (assay_blob_read (sides.blobs[1], area->expected_offset, bytes, area->drift.expected_length, NULL));
      assert_memory_equal (bytes, area->drift.expected, area->drift.expected_length);
    }
  tear_down (&sides);
}

/* An area that is equal has one object, which is where it was; one that is not is tiled by what was placed. */
static void
every_object_is_placed (void **state)
{
  (void)state;
  static const Part expected[] = { { ".text", CODE, 0x1000, "abcdefghijklmnop" },
                                   { ".rodata", CONST, 0x2000, "0123456789qrstuvwxyz" },
                                   { NULL, 0, 0, 0, NULL } };
  static const Part shipped[] = { { ".text", CODE, 0x1010, "abcdefghijklmnop" },
                                  { ".rodata", CONST, 0x2000, "0123456789xqrstuvwxyz" },
                                  { NULL, 0, 0, 0, NULL } };
  Sides sides;
  set_up (&sides, shipped, expected);
  const AssayDrift *equal = &area_at (&sides, 0)->drift;
  assert_int_equal (equal->objects->len, 1);
  assert_int_equal (g_array_index (equal->objects, AssayObject, 0).placement, ASSAY_PLACEMENT_FOUND);
  assert_int_equal (g_array_index (equal->objects, AssayObject, 0).shipped_length, 16);
  assert_int_equal (equal->added->len, 0);
  const AssayDrift *other = &area_at (&sides, 1)->drift;
  assert_true (other->objects->len > 0);
  for (guint i = 0; i < other->objects->len; i++)
    {
      const AssayObject *object = &g_array_index (other->objects, AssayObject, i);
      assert_int_not_equal (object->placement, ASSAY_PLACEMENT_UNKNOWN);
      assert_true (object->shipped_offset + object->shipped_length <= other->shipped_length);
    }
  tear_down (&sides);
}

/* Tables that follow from the rest, what is not loaded, and what became of another kind. */
static void
some_sections_have_no_area (void **state)
{
  (void)state;
  static const struct
  {
    Part expected;
    Part shipped;
  } cases[] = {
    { { ".eh_frame", CONST, 0x1000, "abcd" }, { ".eh_frame", CONST, 0x1000, "abce" } },
    { { ".comment", SHT_PROGBITS, 0, 0x1000, "abcd" }, { ".comment", SHT_PROGBITS, 0, 0x1000, "abce" } },
    { { ".note", SHT_NOTE, SHF_ALLOC, 0x1000, "abcd" }, { ".note", SHT_NOTE, SHF_ALLOC, 0x1000, "abce" } },
    { { ".x", CONST, 0x1000, "abcd" }, { ".x", SHT_NOTE, SHF_ALLOC, 0x1000, "abcd" } },
    { { ".x", CONST, 0x1000, "" }, { ".x", CONST, 0x1000, "abcd" } },
    { { ".x", CONST, 0x1000, "abcd" }, { ".y", CONST, 0x1000, "abcd" } },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Part expected[] = { cases[i].expected, { NULL, 0, 0, 0, NULL } };
      const Part shipped[] = { cases[i].shipped, { NULL, 0, 0, 0, NULL } };
      Sides sides;
      set_up (&sides, shipped, expected);
      if (sides.areas->len != 0)
        fail_msg ("case %u has an area", (guint)i);
      tear_down (&sides);
    }
}

/* Where .bss went is known by its address alone. */
static void
what_has_no_bytes_still_has_a_place (void **state)
{
  (void)state;
  static const Part expected[] = { { ".text", CODE, 0x1000, "abcdefgh" },
                                   { ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0x3000, "0123456789" },
                                   { NULL, 0, 0, 0, NULL } };
  static const Part shipped[] = { { ".text", CODE, 0x1000, "abcdefgx" },
                                  { ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0x3040, "0123456" },
                                  { NULL, 0, 0, 0, NULL } };
  Sides sides;
  set_up (&sides, shipped, expected);
  assert_int_equal (sides.areas->len, 2);
  const AssayArea *area = area_at (&sides, 1);
  assert_int_equal (area->drift.expected_length, 0);
  assert_int_equal (area->drift.objects->len, 1);
  assert_int_equal (g_array_index (area->drift.objects, AssayObject, 0).length, 7);
  assert_int_equal (area->expected_address, 0x3000);
  assert_int_equal (area->shipped_address, 0x3040);
  tear_down (&sides);
}

/* A table may say that a section reaches beyond the file. */
static void
a_section_that_leaves_the_file_has_no_area (void **state)
{
  (void)state;
  static const Part parts[] = { { ".text", CODE, 0x1000, "abcdefgh" }, { NULL, 0, 0, 0, NULL } };
  static const struct
  {
    ElfMakerField field;
    guint64 value;
    guint areas;
  } cases[] = { { ELF_FIELD_SECTION_OFFSET, 0xfffffffe, 0 },
                { ELF_FIELD_SECTION_SIZE, 0xfffffff0, 0 },
                { ELF_FIELD_SECTION_SIZE, 4, 1 } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint side = 0; side < 2; side++)
      {
        Sides sides = { .areas = NULL };
        assay_limits_init (&sides.limits);
        for (guint j = 0; j < 2; j++)
          {
            g_autoptr (GByteArray) file = make_file (parts);
            if (j == side)
              elf_maker_poke (file, cases[i].field, 1, cases[i].value);
            take_file (&sides, j, file);
          }
        divide (&sides);
        assert_int_equal (sides.areas->len, cases[i].areas);
        tear_down (&sides);
      }
}

/* The flat image of a file is one area: from the raw file that the rebuild made, or laid out from its ELF file. */
static void
a_flat_image_is_one_area (void **state)
{
  (void)state;
  static const Part parts[]
      = { { ".text", CODE, 0x1000, "abcdefgh" }, { ".rodata", CONST, 0x1010, "01234567" }, { NULL, 0, 0, 0, NULL } };
  static const char flat[] = "abcdefgh\0\0\0\0\0\0\0\0"
                             "01234567";
  g_autoptr (GByteArray) file = make_file (parts);
  g_autoptr (GBytes) shipped_bytes = g_bytes_new_static ("abcdefgh\0\0\0\0\0\0\0\0"
                                                         "0123456x",
                                                         24);
  g_autoptr (GBytes) expected_bytes = g_bytes_new_static (flat, 24);
  g_autoptr (AssayBlob) shipped = assay_blob_new_for_bytes (shipped_bytes);
  g_autoptr (AssayBlob) expected = assay_blob_new_for_bytes (expected_bytes);
  for (guint from_elf = 0; from_elf < 2; from_elf++)
    {
      Sides sides = { .areas = NULL };
      guint64 base = 0;
      assay_limits_init (&sides.limits);
      take_file (&sides, 0, file);
      g_autoptr (GArray) ranges = assay_elf_load_image (sides.elfs[0], &base, NULL);
      assert_non_null (ranges);
      AssayAreasInput input = { .shipped = shipped,
                                .expected = from_elf ? sides.blobs[0] : expected,
                                .expected_elf = from_elf ? sides.elfs[0] : NULL,
                                .symbols_elf = sides.elfs[0],
                                .load_ranges = ranges };
      g_autoptr (GPtrArray) areas = assay_areas_new (&input, NULL);
      assert_int_equal (areas->len, 1);
      const AssayArea *area = g_ptr_array_index (areas, 0);
      assert_null (area->name);
      assert_true (area->code);
      assert_int_equal (area->drift.expected_length, 24);
      assert_memory_equal (area->drift.expected, flat, 24);
      assert_int_equal (area->drift.shipped_length, 24);
      assert_int_equal (area->expected_address, 0x1000);
      /* without a word of where its parts stand there is nothing to divide */
      input.load_ranges = NULL;
      g_autoptr (GPtrArray) none = assay_areas_new (&input, NULL);
      assert_int_equal (none->len, 0);
      assay_elf_free (sides.elfs[0]);
      assay_blob_unref (sides.blobs[0]);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (sections_are_held_against_their_namesakes),
    cmocka_unit_test (offsets_are_those_of_the_files),
    cmocka_unit_test (every_object_is_placed),
    cmocka_unit_test (some_sections_have_no_area),
    cmocka_unit_test (what_has_no_bytes_still_has_a_place),
    cmocka_unit_test (a_section_that_leaves_the_file_has_no_area),
    cmocka_unit_test (a_flat_image_is_one_area),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
