#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare/moves.h"
#include "elf_maker.h"
#include "inventory/raw_place.h"

#include <elf.h>
#include <string.h>

/*
 * A ROM for an x86: a pointer of 16 bits to `tail`, a text, and `tail` behind it. The text of the shipped one is
 * shorter by eight bytes, so that `tail` moved and the pointer with it.
 */

#define BASE 0xf0000u
#define CODE_BYTES 0x40u
#define TEXT_BYTES 0x20u
#define TAIL_BYTES 0x40u
#define ROM_BYTES (CODE_BYTES + TEXT_BYTES + TAIL_BYTES)

static void
fill (guint8 *rom, const char *text, guint text_bytes, guint16 pointer)
{
  memset (rom, 0, ROM_BYTES);
  for (guint i = 0; i < CODE_BYTES; i++)
    rom[i] = (guint8)(7 * i + 1);
  rom[0x10] = (guint8)pointer;
  rom[0x11] = (guint8)(pointer >> 8);
  memcpy (rom + CODE_BYTES, text, strlen (text));
  for (guint i = 0; i < TAIL_BYTES; i++)
    rom[CODE_BYTES + text_bytes + i] = (guint8)(11 * i + 3);
}

static GByteArray *
make_elf (const guint8 *rom)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (32, FALSE, EM_386, ET_EXEC);
  elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".text",
                                                    .type = SHT_PROGBITS,
                                                    .flags = SHF_ALLOC | SHF_EXECINSTR,
                                                    .address = BASE,
                                                    .data = rom,
                                                    .size = ROM_BYTES });
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, BASE, BASE, 1, 1);
  elf_maker_add_symbol (maker, "start", BASE, CODE_BYTES, ELF32_ST_INFO (STB_GLOBAL, STT_FUNC), 1);
  elf_maker_add_symbol (maker, "version", BASE + CODE_BYTES, TEXT_BYTES, ELF32_ST_INFO (STB_GLOBAL, STT_OBJECT), 1);
  elf_maker_add_symbol (maker, "tail", BASE + CODE_BYTES + TEXT_BYTES, TAIL_BYTES,
                        ELF32_ST_INFO (STB_GLOBAL, STT_OBJECT), 1);
  return elf_maker_build (maker);
}

typedef struct
{
  AssayBlob *blobs[3]; /* shipped, expected, ELF file */
  AssayElf *elf;
  GArray *ranges;
  GPtrArray *areas;
  AssayMoves *moves;
} Rom;

static AssayBlob *
blob_of (const void *bytes, gsize length)
{
  g_autoptr (GBytes) copy = g_bytes_new (bytes, length);
  return assay_blob_new_for_bytes (copy);
}

/* @in_front: bytes that stand before the parts of the ELF file in both images */
static void
compare (Rom *rom, const guint8 *shipped, const guint8 *expected, guint64 in_front)
{
  g_autoptr (GByteArray) file = make_elf (expected + in_front);
  AssayLimits limits;
  guint64 base = 0;
  guint64 displacement = 0;
  assay_limits_init (&limits);
  rom->blobs[0] = blob_of (shipped, ROM_BYTES + in_front);
  rom->blobs[1] = blob_of (expected, ROM_BYTES + in_front);
  rom->blobs[2] = blob_of (file->data, file->len);
  rom->elf = assay_elf_new (rom->blobs[2], &limits, NULL);
  assert_non_null (rom->elf);
  assert_true (assay_elf_load_symbols (rom->elf, rom->blobs[2], &limits, NULL));
  rom->ranges = assay_elf_load_image (rom->elf, &base, NULL);
  assert_true (assay_raw_place (rom->blobs[1], rom->blobs[2], rom->ranges, &displacement));
  assert_int_equal (displacement, in_front);
  for (guint i = 0; i < rom->ranges->len; i++)
    g_array_index (rom->ranges, AssayLoadRange, i).image_offset += displacement;
  AssayAreasInput input
      = { .shipped = rom->blobs[0], .expected = rom->blobs[1], .symbols_elf = rom->elf, .load_ranges = rom->ranges };
  rom->areas = assay_areas_new (&input, NULL);
  assert_non_null (rom->areas);
  rom->moves = assay_moves_new (rom->areas, rom->elf);
}

static void
clear (Rom *rom)
{
  assay_moves_free (rom->moves);
  g_ptr_array_unref (rom->areas);
  g_array_unref (rom->ranges);
  assay_elf_free (rom->elf);
  for (guint i = 0; i < G_N_ELEMENTS (rom->blobs); i++)
    assay_blob_unref (rom->blobs[i]);
}

static const AssayChange *
only_change (const Rom *rom)
{
  const GArray *changes = assay_moves_get_changes (rom->moves);
  assert_int_equal (changes->len, 1);
  return &g_array_index (changes, AssayChange, 0);
}

static void
a_text_that_shrank_is_the_only_change (void **state)
{
  (void)state;
  static const guint64 in_front[] = { 0, 0x30 };
  for (gsize i = 0; i < G_N_ELEMENTS (in_front); i++)
    {
      guint8 expected[ROM_BYTES + 0x30] = { 0 };
      guint8 shipped[ROM_BYTES + 0x30] = { 0 };
      Rom rom;
      fill (expected + in_front[i], "tool 1.2 (vendor build 7)", TEXT_BYTES, CODE_BYTES + TEXT_BYTES);
      fill (shipped + in_front[i], "tool 1.2 (vendor)", TEXT_BYTES - 8, CODE_BYTES + TEXT_BYTES - 8);
      compare (&rom, shipped, expected, in_front[i]);
      const AssayChange *change = only_change (&rom);
      assert_int_equal (change->kind, ASSAY_CHANGE_CHANGED);
      assert_string_equal (change->object->name, "version");
      assert_int_equal (change->object->kind, ASSAY_OBJECT_STRING);
      guint64 first = in_front[i] + CODE_BYTES + strlen ("tool 1.2 (vendor");
      assert_ptr_equal (assay_moves_change_at (rom.moves, first, NULL), change);
      /* the pointer followed */
      assert_null (assay_moves_change_at (rom.moves, in_front[i] + 0x10, NULL));
      clear (&rom);
    }
}

static void
a_pointer_that_leads_elsewhere_is_a_change (void **state)
{
  (void)state;
  guint8 expected[ROM_BYTES];
  guint8 shipped[ROM_BYTES];
  Rom rom;
  fill (expected, "tool 1.2 (vendor build 7)", TEXT_BYTES, CODE_BYTES + TEXT_BYTES);
  fill (shipped, "tool 1.2 (vendor)", TEXT_BYTES - 8, CODE_BYTES + TEXT_BYTES - 3);
  compare (&rom, shipped, expected, 0);
  const AssayChange *change = assay_moves_change_at (rom.moves, 0x10, NULL);
  assert_non_null (change);
  assert_string_equal (change->object->name, "start");
  assert_int_equal (assay_moves_get_changes (rom.moves)->len, 2);
  clear (&rom);
}

/* One byte of 32 may have been stamped on after linking; more, and the file is another one. */
static void
only_what_is_nearly_the_same_is_placed (void **state)
{
  (void)state;
  static const struct
  {
    guint changed;
    gboolean placed;
  } cases[] = { { 0, TRUE }, { ROM_BYTES / 32, TRUE }, { ROM_BYTES / 32 + 1, FALSE } };
  guint8 rom[ROM_BYTES];
  fill (rom, "tool 1.2 (vendor build 7)", TEXT_BYTES, CODE_BYTES + TEXT_BYTES);
  g_autoptr (GByteArray) file = make_elf (rom);
  g_autoptr (AssayBlob) blob = blob_of (file->data, file->len);
  AssayLimits limits;
  guint64 base = 0;
  assay_limits_init (&limits);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 stamped[ROM_BYTES];
      guint64 displacement = 99;
      memcpy (stamped, rom, sizeof stamped);
      for (guint j = 0; j < cases[i].changed; j++)
        stamped[j * 3] ^= 0x55;
      g_autoptr (AssayBlob) raw = blob_of (stamped, sizeof stamped);
      assert_int_equal (assay_raw_place (raw, blob, ranges, &displacement), cases[i].placed);
      assert_int_equal (displacement, cases[i].placed ? 0 : 99);
    }
  g_autoptr (AssayBlob) cut = blob_of (rom, sizeof rom - 1);
  guint64 displacement = 0;
  assert_false (assay_raw_place (cut, blob, ranges, &displacement));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (a_text_that_shrank_is_the_only_change),
    cmocka_unit_test (a_pointer_that_leads_elsewhere_is_a_change),
    cmocka_unit_test (only_what_is_nearly_the_same_is_placed),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
