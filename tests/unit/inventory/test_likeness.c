#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inventory/likeness.h"

#include "elf_maker.h"

#include <elf.h>
#include <string.h>

/* A copy of a program is like it, whatever its headers say and with some bytes changed; another program is not, also
 * where both hold the same library in another place. */

/** What a program of these tests is made of. */
typedef struct
{
  guint32 own_seed;
  guint own_bytes;
  guint library_bytes; /* the same in all programs, behind what is a program's own */
  guint16 type;
  guint32 data_seed;
} Contents;

static void
add_noise (GByteArray *bytes, guint32 seed, guint length)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (guint i = 0; i < length; i++)
    {
      guint8 byte = (guint8)g_rand_int (random);
      g_byte_array_append (bytes, &byte, 1);
    }
}

static GByteArray *
make_program (const Contents *contents)
{
  g_autoptr (GByteArray) code = g_byte_array_new ();
  g_autoptr (GByteArray) data = g_byte_array_new ();
  ElfMaker *maker = elf_maker_new (64, FALSE, EM_X86_64, contents->type);
  add_noise (code, contents->own_seed, contents->own_bytes);
  add_noise (code, 99, contents->library_bytes);
  add_noise (data, contents->data_seed, 2000);
  ElfMakerSection text = { .name = ".text",
                           .type = SHT_PROGBITS,
                           .flags = SHF_ALLOC | SHF_EXECINSTR,
                           .address = 0x1000,
                           .data = code->data,
                           .size = code->len };
  ElfMakerSection values = { .name = ".data",
                             .type = SHT_PROGBITS,
                             .flags = SHF_ALLOC | SHF_WRITE,
                             .address = 0x100000,
                             .data = data->data,
                             .size = data->len };
  guint32 first = elf_maker_add_section (maker, &text);
  guint32 second = elf_maker_add_section (maker, &values);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_X, 0x1000, 0x1000, first, first);
  elf_maker_add_segment (maker, PT_LOAD, PF_R | PF_W, 0x100000, 0x100000, second, second);
  GByteArray *file = elf_maker_build (maker);
  elf_maker_free (maker);
  return file;
}

static AssayLikeness *
likeness_of (const GByteArray *file)
{
  g_autoptr (GBytes) copy = g_bytes_new (file->data, file->len);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (copy);
  g_autoptr (GError) error = NULL;
  AssayLikeness *likeness = assay_likeness_new (blob, &error);
  assert_null (error);
  assert_non_null (likeness);
  return likeness;
}

static gboolean
are_like (const GByteArray *a, const GByteArray *b)
{
  g_autofree AssayLikeness *first = likeness_of (a);
  g_autofree AssayLikeness *second = likeness_of (b);
  gboolean like = assay_likeness_match (first, second);
  assert_int_equal (like, assay_likeness_match (second, first));
  if (like)
    assert_true (assay_likeness_may_match (&first->size, &second->size));
  return like;
}

static const Contents plain
    = { .own_seed = 1, .own_bytes = 3000, .library_bytes = 9000, .type = ET_DYN, .data_seed = 5 };

static void
test_changed_copies (void **state)
{
  (void)state;
  g_autoptr (GByteArray) program = make_program (&plain);
  g_autoptr (GByteArray) longer = make_program (&plain);
  g_autoptr (GByteArray) header = make_program (&plain);
  g_autoptr (GByteArray) patched = make_program (&plain);
  Contents with_data = plain;
  with_data.data_seed = 6;
  g_autoptr (GByteArray) data = make_program (&with_data);
  add_noise (longer, 7, 60000);
  header->data[EI_ABIVERSION] = 1;
  memset (patched->data + 2000, 0x90, 600);
  assert_true (are_like (program, program));
  assert_true (are_like (program, longer));
  assert_true (are_like (program, header));
  assert_true (are_like (program, patched));
  assert_true (are_like (program, data));
}

static void
test_others (void **state)
{
  (void)state;
  Contents other = plain;
  other.own_seed = 2;
  other.own_bytes = 3100;
  Contents object = plain;
  object.type = ET_REL;
  Contents short_code = plain;
  short_code.own_bytes = 300;
  short_code.library_bytes = 0;
  Contents short_other = short_code;
  short_other.data_seed = 6;
  g_autoptr (GByteArray) program = make_program (&plain);
  g_autoptr (GByteArray) same_library = make_program (&other);
  g_autoptr (GByteArray) linkable = make_program (&object);
  g_autoptr (GByteArray) small = make_program (&short_code);
  g_autoptr (GByteArray) small_other = make_program (&short_other);
  assert_false (are_like (program, same_library));
  assert_false (are_like (program, linkable));
  assert_false (are_like (linkable, linkable));
  /* code as every program has: its data decide */
  assert_false (are_like (small, small_other));
  assert_true (are_like (small, small));
}

static void
test_raw_images (void **state)
{
  (void)state;
  g_autoptr (GByteArray) image = g_byte_array_new ();
  g_autoptr (GByteArray) behind_header = g_byte_array_new ();
  g_autoptr (GByteArray) part = g_byte_array_new ();
  g_autoptr (GByteArray) zeros = g_byte_array_new ();
  g_autoptr (GByteArray) program = make_program (&plain);
  add_noise (image, 20, 300000);
  add_noise (behind_header, 21, 61);
  g_byte_array_append (behind_header, image->data, image->len);
  add_noise (part, 22, 300000);
  g_byte_array_append (part, image->data, 100000);
  g_byte_array_set_size (zeros, 5000);
  memset (zeros->data, 0, zeros->len);
  assert_true (are_like (image, behind_header));
  assert_false (are_like (image, part));
  assert_false (are_like (zeros, zeros));
  assert_false (are_like (image, program));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_changed_copies),
    cmocka_unit_test (test_others),
    cmocka_unit_test (test_raw_images),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
