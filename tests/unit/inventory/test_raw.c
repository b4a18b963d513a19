#include "support.h"

#include "inventory/raw.h"

/* What `objcopy -O binary` makes of the ranges: zeros between them. */
static GByteArray *
flatten (const GByteArray *file, const GArray *ranges)
{
  GByteArray *flat = g_byte_array_new ();
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      guint before = flat->len;
      g_byte_array_set_size (flat, (guint)range->image_offset);
      if (flat->len > before)
        memset (flat->data + before, 0, flat->len - before);
      g_byte_array_append (flat, file->data + range->file_offset, (guint)range->length);
    }
  return flat;
}

static GByteArray *
read_all (const char *path)
{
  char *content = NULL;
  gsize length = 0;
  assert_true (g_file_get_contents (path, &content, &length, NULL));
  return g_byte_array_new_take ((guint8 *)content, length);
}

/* Our flat image of an ELF file and objcopy's are the same bytes, and each is recognised as that file's. */
static void
assert_as_objcopy (const char *scratch, const char *path, const char *objcopy)
{
  g_autofree char *out = g_build_filename (scratch, "flat.bin", NULL);
  g_autofree char *ran = RUN (scratch, objcopy, "-O", "binary", path, out);
  assert_non_null (ran);
  g_autoptr (GByteArray) theirs = read_all (out);
  g_autoptr (GByteArray) file = read_all (path);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autoptr (GError) error = NULL;
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, &error);
  if (ranges == NULL)
    fail_msg ("%s: %s", path, error->message);
  g_autoptr (GByteArray) ours = flatten (file, ranges);
  assert_int_equal (ours->len, theirs->len);
  assert_memory_equal (ours->data, theirs->data, ours->len);
  g_autoptr (AssayBlob) raw = blob_of_array (theirs);
  gboolean matches = FALSE;
  assert_true (assay_raw_matches_elf (raw, blob, elf, &matches, NULL));
  assert_true (matches);
}

static void
native_programs_are_laid_out_as_objcopy_does (void **state)
{
  static const char *const paths[] = { "/usr/bin/env", "/usr/bin/readelf", "/bin/sh", "/usr/bin/gcc" };
  if (!has_program ("objcopy"))
    {
      print_message ("skipped: no objcopy\n");
      skip ();
    }
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_as_objcopy (*state, paths[i], "objcopy");
}

/* Firmware: code in flash, initialised data linked for RAM but loaded behind the code, a hole in between. */
static const char script[] = "MEMORY { flash (rx) : ORIGIN = 0x8000000, LENGTH = 1M\n"
                             "         ram (rw) : ORIGIN = 0x20000000, LENGTH = 1M }\n"
                             "SECTIONS {\n"
                             "  .vectors : { *(.vectors) } > flash\n"
                             "  .text 0x8000400 : { *(.text*) } > flash\n"
                             "  .rodata : { *(.rodata*) } > flash\n"
                             "  .data : { *(.data*) } > ram AT > flash\n"
                             "  .bss : { *(.bss*) } > ram\n"
                             "  /DISCARD/ : { *(.note*) *(.comment) *(.eh_frame*) }\n"
                             "}\n";
static const char firmware[]
    = "__attribute__ ((section (\".vectors\"), used)) const long vectors[4] = { 1, 2, 3, 4 };\n"
      "int data[5] = { 5, 6, 7, 8, 9 }; int bss[50]; const char text[] = \"firmware\";\n"
      "int _start (void) { return data[bss[3]] + text[2]; }\n";

static char *
link_firmware (const char *scratch, const char *compiler, const char *linker_option)
{
  write_file (scratch, "fw.c", firmware);
  write_file (scratch, "fw.ld", script);
  g_autofree char *ran
      = RUN (scratch, compiler, "-nostdlib", "-static", "-fno-pic", "-no-pie", "-fno-asynchronous-unwind-tables", "-O1",
             "-Wl,--build-id=none", linker_option, "-T", "fw.ld", "fw.c", "-o", "fw.elf");
  return ran != NULL ? g_build_filename (scratch, "fw.elf", NULL) : NULL;
}

/* Whether the data's place in the image is known by the address it is linked for, not by the one it is loaded to. */
static void
assert_located (const char *path)
{
  g_autoptr (AssayBlob) blob = blob_of_file (path);
  g_autoptr (AssayElf) elf = read_elf (blob);
  guint64 base = 0, address = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  const AssaySection *data = find_section (elf, ".data");
  assert_int_equal (base, 0x8000000);
  assert_int_equal (data->address, 0x20000000);
  assert_true (assay_raw_locate (elf, ranges, 0, &address));
  assert_int_equal (address, 0x8000000);
  assert_true (assay_raw_locate (elf, ranges, 0x400, &address));
  assert_int_equal (address, 0x8000400);
  assert_false (assay_raw_locate (elf, ranges, 0x3ff, &address));
  const AssayLoadRange *last = &g_array_index (ranges, AssayLoadRange, ranges->len - 1);
  assert_true (assay_raw_locate (elf, ranges, last->image_offset + 3, &address));
  assert_int_equal (address, 0x20000003);
  assert_false (assay_raw_locate (elf, ranges, last->image_offset + last->length, &address));
}

static void
firmware_is_laid_out_as_objcopy_does (void **state)
{
  static const struct
  {
    const char *compiler, *objcopy, *option;
  } variants[] = { { "gcc", "objcopy", "-Wl,-z,noseparate-code" },
                   { "gcc", "objcopy", "-Wl,-z,separate-code" },
                   /* The first segment begins with the ELF headers, or at a page before the first section. */
                   { "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objcopy", "-Wl,-z,max-page-size=65536" },
                   { "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objcopy", "-Wl,-n" } };
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      if (!has_program (variants[i].compiler) || !has_program (variants[i].objcopy))
        {
          print_message ("skipped: no %s\n", variants[i].compiler);
          continue;
        }
      g_autofree char *path = link_firmware (*state, variants[i].compiler, variants[i].option);
      assert_non_null (path);
      assert_as_objcopy (*state, path, variants[i].objcopy);
      assert_located (path);
    }
}

/* A program at the default addresses: its first segment begins with the ELF headers, objcopy's image does not. */
static void
images_begin_at_the_first_section (void **state)
{
  const char *scratch = *state;
  if (!has_program ("aarch64-linux-gnu-gcc") || !has_program ("aarch64-linux-gnu-objcopy"))
    {
      print_message ("skipped: no aarch64-linux-gnu-gcc\n");
      skip ();
    }
  write_file (scratch, "s.c", firmware);
  g_autofree char *ran
      = RUN (scratch, "aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-fno-pic", "-no-pie", "s.c", "-o", "s.elf");
  assert_non_null (ran);
  g_autofree char *path = g_build_filename (scratch, "s.elf", NULL);
  assert_as_objcopy (scratch, path, "aarch64-linux-gnu-objcopy");
  g_autoptr (AssayBlob) blob = blob_of_file (path);
  g_autoptr (AssayElf) elf = read_elf (blob);
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  const AssaySegment *first = &g_array_index (elf->segments, AssaySegment, 0);
  assert_non_null (ranges);
  assert_int_equal (first->offset, 0);
  assert_true (base > first->physical_address);
}

typedef struct
{
  guint64 load_address[2];
  gboolean sections;
  guint16 type;
} Shape;

/* Two parts of 16 bytes, linked for 0x1000 and 0x2000. */
static GByteArray *
make_parts (Shape shape)
{
  g_autoptr (ElfMaker) maker = elf_maker_new (32, TRUE, EM_MIPS, shape.type);
  for (guint i = 0; i < 2; i++)
    elf_maker_add_section (maker, &(ElfMakerSection){ .name = ".part",
                                                      .type = SHT_PROGBITS,
                                                      .flags = SHF_ALLOC,
                                                      .address = 0x1000 + 0x1000 * i,
                                                      .data = "0123456789abcdef",
                                                      .size = 16 });
  for (guint32 i = 0; i < 2; i++)
    elf_maker_add_segment (maker, PT_LOAD, PF_R, 0x1000 + 0x1000 * i, shape.load_address[i], i + 1, i + 1);
  GByteArray *file = elf_maker_build (maker);
  if (!shape.sections)
    {
      elf_maker_poke (file, ELF_FIELD_SHNUM, 0, 0);
      elf_maker_poke (file, ELF_FIELD_SHSTRNDX, 0, 0);
      elf_maker_poke (file, ELF_FIELD_SHOFF, 0, 0);
    }
  return file;
}

static void
assert_base (Shape shape, guint64 expected_base, guint64 expected_second)
{
  g_autoptr (GByteArray) file = make_parts (shape);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  assert_non_null (ranges);
  assert_int_equal (base, expected_base);
  assert_int_equal (ranges->len, 2);
  assert_int_equal (g_array_index (ranges, AssayLoadRange, 1).image_offset, expected_second);
}

static void
segments_stand_in_for_missing_sections (void **state)
{
  assert_base ((Shape){ { 0x100, 0x200 }, TRUE, ET_EXEC }, 0x100, 0x100);
  assert_base ((Shape){ { 0x100, 0x200 }, FALSE, ET_EXEC }, 0x100, 0x100);
  assert_base ((Shape){ { 0x200, 0x100 }, FALSE, ET_EXEC }, 0x100, 0x100);
  /* All load addresses 0 is no statement. */
  assert_base ((Shape){ { 0, 0 }, TRUE, ET_EXEC }, 0x1000, 0x1000);
  assert_base ((Shape){ { 0, 0 }, FALSE, ET_EXEC }, 0x1000, 0x1000);
}

static void
what_has_no_flat_image_is_malformed (void **state)
{
  static const Shape shapes[] = { { { 0x100, 0x108 }, TRUE, ET_EXEC },
                                  { { 0x100, 0x108 }, FALSE, ET_EXEC },
                                  { { 0x100, 0x100 }, TRUE, ET_EXEC },
                                  { { 0x100, 0x200 }, TRUE, ET_REL } };
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autoptr (GByteArray) file = make_parts (shapes[i]);
      g_autoptr (AssayBlob) blob = blob_of_array (file);
      g_autoptr (AssayElf) elf = read_elf (blob);
      g_autoptr (GError) error = NULL;
      guint64 base = 0;
      gboolean matches = TRUE;
      assert_fails (assay_elf_load_image (elf, &base, &error), ASSAY_ERROR_MALFORMED, error);
      assert_true (assay_raw_matches_elf (blob, blob, elf, &matches, NULL));
      assert_false (matches);
    }
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_X86_64, ET_EXEC);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autoptr (GError) error = NULL;
  guint64 base = 0;
  assert_fails (assay_elf_load_image (elf, &base, &error), ASSAY_ERROR_MALFORMED, error);
}

static void
raw_images_match_only_when_all_is_there (void **state)
{
  g_autoptr (GByteArray) file = make_parts ((Shape){ { 0x100, 0x120 }, TRUE, ET_EXEC });
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, NULL);
  g_autoptr (GByteArray) flat = flatten (file, ranges);
  assert_int_equal (flat->len, 0x30);
  for (guint i = 0; i <= flat->len; i++)
    {
      g_autoptr (GByteArray) changed = g_byte_array_sized_new (flat->len);
      g_byte_array_append (changed, flat->data, flat->len);
      gboolean in_hole = i >= 0x10 && i < 0x20;
      if (i < flat->len)
        changed->data[i] ^= 1;
      g_autoptr (AssayBlob) raw = blob_of_array (changed);
      g_autoptr (AssayBlob) cut = blob_of_memory (flat->data, i);
      gboolean matches = FALSE, cut_matches = TRUE;
      assert_true (assay_raw_matches_elf (raw, blob, elf, &matches, NULL));
      assert_int_equal (matches, in_hole || i == flat->len);
      assert_true (assay_raw_matches_elf (cut, blob, elf, &cut_matches, NULL));
      assert_int_equal (cut_matches, i == flat->len);
    }
  g_byte_array_append (flat, (const guint8 *)"filler", 6);
  g_autoptr (AssayBlob) longer = blob_of_array (flat);
  gboolean matches = FALSE;
  assert_true (assay_raw_matches_elf (longer, blob, elf, &matches, NULL));
  assert_true (matches);
}

/* The bytes at both sides of a window's edge are compared too. */
static void
long_ranges_are_compared_to_their_last_byte (void **state)
{
  const guint length = 2 * ASSAY_BLOB_WINDOW_BYTES + 5;
  static const guint edges[] = { 0, ASSAY_BLOB_WINDOW_BYTES - 1, ASSAY_BLOB_WINDOW_BYTES, 2 * ASSAY_BLOB_WINDOW_BYTES,
                                 2 * ASSAY_BLOB_WINDOW_BYTES + 4 };
  g_autoptr (ElfMaker) maker = elf_maker_new (64, FALSE, EM_AARCH64, ET_EXEC);
  guint32 text = elf_maker_add_section (
      maker, &(ElfMakerSection){
                 .name = ".text", .type = SHT_PROGBITS, .flags = SHF_ALLOC, .address = 0x1000, .size = length });
  elf_maker_add_segment (maker, PT_LOAD, PF_R, 0x1000, 0x1000, text, text);
  g_autoptr (GByteArray) file = elf_maker_build (maker);
  g_autoptr (AssayBlob) blob = blob_of_array (file);
  g_autoptr (AssayElf) elf = read_elf (blob);
  g_autofree guint8 *flat = g_malloc0 (length);
  for (gsize i = 0; i <= G_N_ELEMENTS (edges); i++)
    {
      gboolean matches = FALSE;
      if (i < G_N_ELEMENTS (edges))
        flat[edges[i]] = 1;
      g_autoptr (AssayBlob) raw = blob_of_memory (flat, length);
      assert_true (assay_raw_matches_elf (raw, blob, elf, &matches, NULL));
      assert_int_equal (matches, i == G_N_ELEMENTS (edges));
      if (i < G_N_ELEMENTS (edges))
        flat[edges[i]] = 0;
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (native_programs_are_laid_out_as_objcopy_does, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (firmware_is_laid_out_as_objcopy_does, make_scratch, remove_scratch),
    cmocka_unit_test_setup_teardown (images_begin_at_the_first_section, make_scratch, remove_scratch),
    cmocka_unit_test (segments_stand_in_for_missing_sections),
    cmocka_unit_test (what_has_no_flat_image_is_malformed),
    cmocka_unit_test (raw_images_match_only_when_all_is_there),
    cmocka_unit_test (long_ranges_are_compared_to_their_last_byte),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
