#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inventory/be8.h"
#include "inventory/elf.h"

#include "elf_maker.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/* The bytes of instructions are turned around by the mapping symbols of their section, and nothing else is. */

static const char code[] = "0123456789abcdefgh";

typedef struct
{
  guint32 number; /* of the section of code */
  GByteArray *file;
} Object;

static void
object_clear (Object *object)
{
  g_clear_pointer (&object->file, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Object, object_clear)

/* @fill: sections in front of the code */
static Object
make_object (gboolean big_endian, guint fill, const char *const *names, const guint *places)
{
  ElfMaker *maker = elf_maker_new (32, big_endian, EM_ARM, ET_REL);
  ElfMakerSection empty = { .name = "", .type = SHT_PROGBITS };
  ElfMakerSection text = {
    .name = ".text", .type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR, .data = code, .size = sizeof code - 1
  };
  for (guint i = 0; i < fill; i++)
    elf_maker_add_section (maker, &empty);
  Object object = { .number = elf_maker_add_section (maker, &text) };
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    elf_maker_add_symbol (maker, names[i], places[i], 0, ELF32_ST_INFO (STB_LOCAL, STT_NOTYPE), object.number);
  object.file = elf_maker_build (maker);
  elf_maker_free (maker);
  return object;
}

static GBytes *
write_form (const Object *object, AssayBe8Form form)
{
  AssayLimits limits;
  GBytes *swapped = NULL;
  assay_limits_init (&limits);
  g_autoptr (GBytes) bytes = g_bytes_new (object->file->data, object->file->len);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  assert_true (assay_be8_write (blob, &limits, form, &swapped, NULL));
  return swapped;
}

/* The content of one section is this, and all else is as it was but for its header. */
static void
assert_content (GBytes *swapped, guint32 number, const char *expected)
{
  AssayLimits limits;
  char content[sizeof code] = { 0 };
  assay_limits_init (&limits);
  assert_non_null (swapped);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (swapped);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  assert_non_null (elf);
  const AssaySection *section = &g_array_index (elf->sections, AssaySection, number - 1);
  assert_int_equal (section->size, sizeof code - 1);
  assert_true (assay_blob_read (blob, section->offset, content, section->size, NULL));
  assert_string_equal (content, expected);
}

static void
assert_form (const Object *object, AssayBe8Form form, const char *expected)
{
  g_autoptr (GBytes) swapped = write_form (object, form);
  assert_content (swapped, object->number, expected);
  assert_int_equal (g_bytes_get_size (swapped), object->file->len);
}

static void
each_form_is_written (void **state)
{
  static const char *const names[] = { "$d.1", "$a", "$t.x", "$another", "$x", NULL };
  static const guint places[] = { 12, 2, 8, 0, 0 };
  g_auto (Object) object = make_object (TRUE, 0, names, places);
  assert_form (&object, ASSAY_BE8_MAPPED, "0154326798bacdefgh");
  assert_form (&object, ASSAY_BE8_WORDS, "32107654ba98fedcgh");
  assert_form (&object, ASSAY_BE8_HALVES, "1032547698badcfehg");
}

static void
the_number_of_a_section_may_be_wide (void **state)
{
  static const char *const names[] = { "$a", "$d", NULL };
  static const guint places[] = { 0, 8 };
  g_auto (Object) object = make_object (TRUE, 0xff10, names, places);
  assert_form (&object, ASSAY_BE8_MAPPED, "3210765489abcdefgh");
}

static void
sections_of_one_place_are_swapped_apart (void **state)
{
  static const char *const names[] = { "$a", NULL };
  static const guint places[] = { 0 };
  g_auto (Object) object = make_object (TRUE, 1, names, places);
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (GBytes) bytes = g_bytes_new (object.file->data, object.file->len);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  g_autoptr (AssayElf) elf = assay_elf_new (blob, &limits, NULL);
  const AssaySection *text = &g_array_index (elf->sections, AssaySection, object.number - 1);
  /* the empty one becomes another header of the same bytes, which are code by it too */
  elf_maker_poke (object.file, ELF_FIELD_SECTION_OFFSET, 1, text->offset);
  elf_maker_poke (object.file, ELF_FIELD_SECTION_SIZE, 1, text->size);
  g_autoptr (GBytes) swapped = write_form (&object, ASSAY_BE8_MAPPED);
  assert_content (swapped, object.number, "32107654ba98fedcgh");
  assert_content (swapped, 1, code);
}

static void
what_is_no_such_object_has_none (void **state)
{
  static const char *const names[] = { "$a", NULL };
  static const guint places[] = { 0 };
  g_auto (Object) little = make_object (FALSE, 0, names, places);
  g_auto (Object) unmarked = make_object (TRUE, 0, NULL, NULL);
  g_autoptr (GBytes) none = write_form (&little, ASSAY_BE8_WORDS);
  g_autoptr (GBytes) as_it_is = write_form (&unmarked, ASSAY_BE8_MAPPED);
  assert_null (none);
  assert_null (as_it_is);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (each_form_is_written),
    cmocka_unit_test (the_number_of_a_section_may_be_wide),
    cmocka_unit_test (sections_of_one_place_are_swapped_apart),
    cmocka_unit_test (what_is_no_such_object_has_none),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
