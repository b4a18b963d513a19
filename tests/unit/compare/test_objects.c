#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare/objects.h"
#include "elf_maker.h"

#include <elf.h>
#include <string.h>

/* What an area is divided into, and which bits of it hold addresses. */

#define TEXT 0x10000u
#define DATA 0x20000u
#define TALKING 0x44434240u /* where addresses read as text: "ABCD" backwards */

/** A symbol of a file that is made here; @kind as STT_FUNC. */
typedef struct
{
  const char *name;
  guint64 address;
  guint64 size;
  guint8 kind;
} Label;

/** A file with .text and .data, and what is needed to ask for its objects. */
typedef struct
{
  AssayLimits limits;
  AssayBlob *blob;
  AssayElf *elf;
  AssayElf *shipped;
  AssayArea area;
  AssayAreasInput input;
} Case;

static AssayElf *
make_elf (const AssayLimits *limits, guint16 machine, gboolean big_endian, const guint8 *bytes, gsize length,
          const Label *labels, AssayBlob **out_blob)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (machine == EM_X86_64 ? 64 : 32, big_endian, machine, ET_EXEC);
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                    .address = TEXT,
                                                    .data = bytes,
                                                    .size = length });
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".data",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_ALLOC | SHF_WRITE,
                                                    .address = DATA,
                                                    .data = bytes,
                                                    .size = length });
  elf_maker_add_section (
      maker, &(ElfMakerSection){
                 .name = ".bss", .type = SHT_NOBITS, .flags = SHF_ALLOC | SHF_WRITE, .address = TALKING, .size = 16 });
  /* as an interrupt table: small numbers are addresses too, and yet are counts more often */
  elf_maker_add_section (
      maker, &(ElfMakerSection){ .name = ".vectors", .type = SHT_NOBITS, .flags = SHF_ALLOC, .size = 0x100 });
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, TEXT, TEXT, 1, 1);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, DATA, DATA, 2, 2);
  for (guint i = 0; labels != NULL && labels[i].name != NULL; i++)
    elf_maker_add_symbol (maker, labels[i].name, labels[i].address, labels[i].size,
                          ELF32_ST_INFO (STB_GLOBAL, labels[i].kind), labels[i].address >= DATA ? 2 : 1);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (GBytes) copy = g_bytes_new (file->data, file->len);
  *out_blob = assay_blob_new_for_bytes (copy);
  AssayElf *elf = assay_elf_new (*out_blob, limits, NULL);
  assert_non_null (elf);
  assert_true (assay_elf_load_symbols (elf, *out_blob, limits, NULL));
  return elf;
}

/* The area is one of the two sections; @bytes must stay. */
static void
set_up (Case *at, guint16 machine, gboolean big_endian, const char *section, const guint8 *bytes, gsize length,
        const Label *labels)
{
  memset (at, 0, sizeof *at);
  assay_limits_init (&at->limits);
  at->elf = make_elf (&at->limits, machine, big_endian, bytes, length, labels, &at->blob);
  at->area.name = section;
  at->area.code = strcmp (section, ".text") == 0;
  at->area.expected_address = at->area.code ? TEXT : DATA;
  at->area.shipped_address = at->area.expected_address;
  at->area.mask = g_malloc0 (length);
  at->area.drift.expected = bytes;
  at->area.drift.expected_length = length;
  at->area.drift.mask = at->area.mask;
  at->area.drift.objects = g_array_new (FALSE, TRUE, sizeof (AssayObject));
  at->input = (AssayAreasInput){ .expected_elf = at->elf, .symbols_elf = at->elf };
}

static void
tear_down (Case *at)
{
  assay_drift_clear (&at->area.drift);
  g_free (at->area.mask);
  g_clear_pointer (&at->shipped, assay_elf_free);
  assay_elf_free (at->elf);
  assay_blob_unref (at->blob);
}

static const AssayObject *
object_at (const Case *at, guint index)
{
  assert_true (index < at->area.drift.objects->len);
  return &g_array_index (at->area.drift.objects, AssayObject, index);
}

static void
assert_tiles (const Case *at)
{
  guint64 end = 0;
  for (guint i = 0; i < at->area.drift.objects->len; i++)
    {
      assert_int_equal (object_at (at, i)->offset, end);
      assert_true (object_at (at, i)->length > 0);
      end += object_at (at, i)->length;
    }
  assert_int_equal (end, at->area.drift.expected_length);
}

static void
assert_object (const Case *at, guint index, guint64 offset, guint64 length, AssayObjectKind kind, const char *name)
{
  const AssayObject *object = object_at (at, index);
  assert_int_equal (object->offset, offset);
  assert_int_equal (object->length, length);
  assert_int_equal (object->kind, kind);
  if (name == NULL)
    assert_null (object->name);
  else
    {
      assert_non_null (object->name);
      assert_string_equal (object->name, name);
    }
}

static void
symbols_divide_an_area (void **state)
{
  (void)state;
  guint8 bytes[96];
  memset (bytes, 1, sizeof bytes);
  static const Label labels[] = {
    { "table", TEXT + 8, 8, STT_OBJECT },
    { "run", TEXT + 16, 16, STT_FUNC },
    { "alias", TEXT + 16, 0, STT_FUNC }, /* of no size */
    { "label", TEXT + 40, 0, STT_FUNC }, /* up to the next one */
    { "last", TEXT + 64, 500, STT_FUNC } /* more than there is */,
    { "elsewhere", DATA, 8, STT_OBJECT },
    { NULL, 0, 0, 0 },
  };
  Case at;
  set_up (&at, EM_X86_64, FALSE, ".text", bytes, sizeof bytes, labels);
  assay_objects_build (&at.area, &at.input);
  assert_tiles (&at);
  assert_object (&at, 0, 0, 8, ASSAY_OBJECT_STRETCH, NULL);
  assert_object (&at, 1, 8, 8, ASSAY_OBJECT_DATA, "table");
  assert_object (&at, 2, 16, 16, ASSAY_OBJECT_FUNCTION, "run");
  assert_object (&at, 3, 32, 8, ASSAY_OBJECT_STRETCH, NULL);
  assert_object (&at, 4, 40, 24, ASSAY_OBJECT_FUNCTION, "label");
  assert_object (&at, 5, 64, 32, ASSAY_OBJECT_FUNCTION, "last");
  assert_int_equal (at.area.drift.objects->len, 6);
  tear_down (&at);
}

/* Of names for one place: one with a size, then a function. What begins within another is none of its own. */
static void
one_place_has_one_object (void **state)
{
  (void)state;
  guint8 bytes[32];
  memset (bytes, 1, sizeof bytes);
  static const Label labels[] = {
    { "a_data", TEXT, 16, STT_OBJECT },  { "run", TEXT, 16, STT_FUNC },        { "also_run", TEXT, 16, STT_FUNC },
    { "within", TEXT + 8, 4, STT_FUNC }, { "behind", TEXT + 8, 24, STT_FUNC }, { NULL, 0, 0, 0 },
  };
  Case at;
  set_up (&at, EM_X86_64, FALSE, ".text", bytes, sizeof bytes, labels);
  assay_objects_build (&at.area, &at.input);
  assert_tiles (&at);
  assert_object (&at, 0, 0, 16, ASSAY_OBJECT_FUNCTION, "also_run");
  assert_object (&at, 1, 16, 16, ASSAY_OBJECT_STRETCH, NULL);
  tear_down (&at);
}

/* Texts of no name, and those that a name covers; among code a text must be longer to be believed. */
static void
texts_are_objects (void **state)
{
  (void)state;
  static const guint8 bytes[] = "\1\1\1\0four\0abc\0\2\2longer text\0\0\0named text\0\0\0\1";
  static const Label in_data[] = { { "message", DATA + 29, 13, STT_OBJECT }, { NULL, 0, 0, 0 } };
  Case at;
  set_up (&at, EM_X86_64, FALSE, ".data", bytes, sizeof bytes, in_data);
  assay_objects_build (&at.area, &at.input);
  assert_tiles (&at);
  assert_object (&at, 0, 0, 4, ASSAY_OBJECT_STRETCH, NULL);
  assert_object (&at, 1, 4, 5, ASSAY_OBJECT_STRING, NULL);
  /* too short a text, and one that begins behind other bytes than a NUL */
  assert_object (&at, 2, 9, 20, ASSAY_OBJECT_STRETCH, NULL);
  assert_object (&at, 3, 29, 13, ASSAY_OBJECT_STRING, "message");
  tear_down (&at);
  set_up (&at, EM_X86_64, FALSE, ".text", bytes, sizeof bytes, NULL);
  assay_objects_build (&at.area, &at.input);
  assert_tiles (&at);
  assert_object (&at, 0, 0, 29, ASSAY_OBJECT_STRETCH, NULL);
  assert_object (&at, 1, 29, 11, ASSAY_OBJECT_STRING, NULL);
  tear_down (&at);
}

/* Whatever a table says, every byte has one object. The numbers are those of a plain generator, the same each time. */
static void
objects_tile_whatever_symbols_say (void **state)
{
  (void)state;
  guint32 seed = 1;
  for (guint round = 0; round < 500; round++)
    {
      static const guint8 kinds[] = { STT_FUNC, STT_OBJECT, STT_NOTYPE };
      guint8 bytes[256];
      char names[24][8];
      Label labels[25] = { { NULL, 0, 0, 0 } };
      for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (seed = seed * 1664525u + 1013904223u) >> 30 == 0 ? 0 : (guint8)(seed >> 25);
      for (guint i = 0; i < 24; i++)
        {
          seed = seed * 1664525u + 1013904223u;
          g_snprintf (names[i], sizeof names[i], "s%u", i % 20);
          labels[i] = (Label){ names[i], TEXT + (seed >> 24), (seed >> 16) % 64, kinds[(seed >> 8) % 3] };
        }
      Case at;
      set_up (&at, EM_386, FALSE, ".text", bytes, 1 + (seed >> 20) % 255, labels);
      assay_objects_build (&at.area, &at.input);
      assert_tiles (&at);
      assay_objects_mask (&at.area, &at.input);
      tear_down (&at);
    }
}

/* A name that the shipped file has twice, or in front of the area, says nothing of where it went. */
static void
hints_are_names_that_stand_once (void **state)
{
  (void)state;
  guint8 bytes[64];
  memset (bytes, 1, sizeof bytes);
  static const Label labels[] = { { "once", DATA, 16, STT_OBJECT },
                                  { "twice", DATA + 16, 16, STT_OBJECT },
                                  { "before", DATA + 32, 16, STT_OBJECT },
                                  { "gone", DATA + 48, 16, STT_OBJECT },
                                  { NULL, 0, 0, 0 } };
  static const Label shipped[] = { { "once", DATA + 24, 16, STT_OBJECT },
                                   { "twice", DATA, 8, STT_OBJECT },
                                   { "twice", DATA + 8, 8, STT_OBJECT },
                                   { "before", TEXT, 8, STT_FUNC },
                                   { NULL, 0, 0, 0 } };
  Case at;
  set_up (&at, EM_X86_64, FALSE, ".data", bytes, sizeof bytes, labels);
  g_autoptr (AssayBlob) blob = NULL;
  at.shipped = make_elf (&at.limits, EM_X86_64, FALSE, bytes, sizeof bytes, shipped, &blob);
  at.input.shipped_elf = at.shipped;
  assay_objects_build (&at.area, &at.input);
  assert_int_equal (at.area.drift.objects->len, 4);
  assert_int_equal (object_at (&at, 0)->hint, 24);
  for (guint i = 1; i < 4; i++)
    assert_true (object_at (&at, i)->hint == ASSAY_DRIFT_NOWHERE);
  tear_down (&at);
}

static void
names_that_stand_twice_here_have_no_hint (void **state)
{
  (void)state;
  guint8 bytes[64];
  memset (bytes, 1, sizeof bytes);
  static const Label labels[] = { { "twice", DATA, 16, STT_OBJECT },
                                  { "once", DATA + 16, 32, STT_OBJECT },
                                  { "twice", DATA + 48, 16, STT_OBJECT },
                                  { NULL, 0, 0, 0 } };
  static const Label shipped[]
      = { { "twice", DATA, 16, STT_OBJECT }, { "once", DATA + 24, 16, STT_OBJECT }, { NULL, 0, 0, 0 } };
  Case at;
  set_up (&at, EM_X86_64, FALSE, ".data", bytes, sizeof bytes, labels);
  g_autoptr (AssayBlob) blob = NULL;
  at.shipped = make_elf (&at.limits, EM_X86_64, FALSE, bytes, sizeof bytes, shipped, &blob);
  at.input.shipped_elf = at.shipped;
  assay_objects_build (&at.area, &at.input);
  assert_int_equal (at.area.drift.objects->len, 3);
  assert_true (object_at (&at, 0)->hint == ASSAY_DRIFT_NOWHERE);
  assert_int_equal (object_at (&at, 1)->hint, 24);
  assert_true (object_at (&at, 2)->hint == ASSAY_DRIFT_NOWHERE);
  tear_down (&at);
}

static void
assert_masked (const Case *at, guint64 first, guint64 last)
{
  for (guint64 i = first; i < last; i++)
    assert_int_equal (at->area.mask[i], 0xff);
}

static void
assert_open (const Case *at, guint64 first, guint64 last)
{
  for (guint64 i = first; i < last; i++)
    assert_int_equal (at->area.mask[i], 0);
}

static void
put_word (guint8 *bytes, guint size, gboolean big_endian, guint64 value)
{
  for (guint i = 0; i < size; i++)
    bytes[big_endian ? size - 1 - i : i] = (guint8)(value >> 8 * i);
  assert_int_equal (assay_word_read (bytes, size, big_endian), value);
}

/* Words of data that are addresses of this file; not numbers, not what stands askew, and no address of nothing. */
static void
pointers_are_masked_and_numbers_are_not (void **state)
{
  (void)state;
  static const struct
  {
    guint16 machine;
    guint size;
    gboolean big_endian;
  } machines[] = { { EM_X86_64, 8, FALSE }, { EM_386, 4, FALSE }, { EM_ARM, 4, FALSE }, { EM_MIPS, 4, TRUE } };
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      guint size = machines[i].size;
      gboolean big_endian = machines[i].big_endian;
      guint8 bytes[80] = { 0 };
      Case at;
      put_word (bytes, size, big_endian, TEXT + 7);
      put_word (bytes + size, size, big_endian, 0x12);
      put_word (bytes + 2 * size, size, big_endian, DATA + sizeof bytes - 1);
      put_word (bytes + 3 * size, size, big_endian, DATA + sizeof bytes);
      put_word (bytes + 4 * size + 1, size, big_endian, TEXT);
      set_up (&at, machines[i].machine, big_endian, ".data", bytes, sizeof bytes, NULL);
      assay_objects_build (&at.area, &at.input);
      assay_objects_mask (&at.area, &at.input);
      assert_masked (&at, 0, size);
      assert_open (&at, size, 2 * size);
      assert_masked (&at, 2 * size, 3 * size);
      assert_open (&at, 3 * size, sizeof bytes);
      tear_down (&at);
    }
}

/* push rbx; mov eax, 0x11223344; call +0x10; mov ecx, TEXT + 4; pop; ret: what is called and the address, not the
 * number. */
static void
operands_are_masked_where_they_are_addresses (void **state)
{
  (void)state;
  static const guint8 bytes[]
      = { 0x53, 0xb8, 0x44, 0x33, 0x22, 0x11, 0xe8, 0x10, 0, 0, 0, 0xb9, 0x04, 0, 1, 0, 0x5b, 0xc3 };
  static const Label labels[] = { { "run", TEXT, sizeof bytes, STT_FUNC }, { NULL, 0, 0, 0 } };
  Case at;
  set_up (&at, EM_386, FALSE, ".text", bytes, sizeof bytes, labels);
  assay_objects_build (&at.area, &at.input);
  assay_objects_mask (&at.area, &at.input);
  assert_open (&at, 0, 7);
  assert_masked (&at, 7, 11);
  assert_open (&at, 11, 12);
  assert_masked (&at, 12, 16);
  assert_open (&at, 16, sizeof bytes);
  tear_down (&at);
}

/* A text that reads as an address is still a text; the same bytes without its end are an address. */
static void
texts_are_never_masked (void **state)
{
  (void)state;
  for (guint8 end = 0; end < 2; end++)
    {
      const guint8 bytes[] = { 'A', 'B', 'C', 'D', end, 0, 0, 0 };
      Case at;
      set_up (&at, EM_386, FALSE, ".data", bytes, sizeof bytes, NULL);
      assay_objects_build (&at.area, &at.input);
      assay_objects_mask (&at.area, &at.input);
      if (end == 0)
        assert_object (&at, 0, 0, 5, ASSAY_OBJECT_STRING, NULL);
      for (guint i = 0; i < 4; i++)
        assert_int_equal (at.area.mask[i], end == 0 ? 0 : 0xff);
      assert_open (&at, 4, sizeof bytes);
      tear_down (&at);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (symbols_divide_an_area),
    cmocka_unit_test (one_place_has_one_object),
    cmocka_unit_test (texts_are_objects),
    cmocka_unit_test (objects_tile_whatever_symbols_say),
    cmocka_unit_test (hints_are_names_that_stand_once),
    cmocka_unit_test (names_that_stand_twice_here_have_no_hint),
    cmocka_unit_test (pointers_are_masked_and_numbers_are_not),
    cmocka_unit_test (operands_are_masked_where_they_are_addresses),
    cmocka_unit_test (texts_are_never_masked),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
