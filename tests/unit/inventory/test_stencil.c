#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inventory/stencil.h"

#include "elf_maker.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/* Code that is nearly all relocations is found in what was linked from it on machines of both widths and byte orders;
 * one byte that no linker changes makes it another. */

/** A kind of machine, and a type of relocation whose field is four bytes. */
typedef struct
{
  guint bits;
  gboolean big_endian;
  guint16 machine;
  guint32 type;
} Machine;

static const Machine machines[] = {
  { 64, FALSE, EM_X86_64, R_X86_64_PLT32 },    { 32, FALSE, EM_386, R_386_PC32 },
  { 64, FALSE, EM_AARCH64, R_AARCH64_CALL26 }, { 64, TRUE, EM_AARCH64, R_AARCH64_CALL26 },
  { 32, FALSE, EM_ARM, R_ARM_CALL },           { 32, TRUE, EM_ARM, R_ARM_CALL },
  { 32, TRUE, EM_SPARC, R_SPARC_WDISP30 },
};

/* Known bytes and holes of four, in turn. */
#define STRIDE 8u

static void
put_number (GByteArray *bytes, guint64 value, guint length, gboolean big_endian)
{
  for (guint i = 0; i < length; i++)
    {
      guint8 byte = (guint8)(value >> 8 * (big_endian ? length - 1 - i : i));
      g_byte_array_append (bytes, &byte, 1);
    }
}

static GByteArray *
make_section (const Machine *machine, const guint8 *code, guint length, guint64 flags)
{
  gboolean rela = machine->machine != EM_386 && machine->machine != EM_ARM;
  ElfMaker *maker = elf_maker_new (machine->bits, machine->big_endian, machine->machine, ET_REL);
  ElfMakerSection text
      = { .name = ".text", .type = SHT_PROGBITS, .flags = flags, .alignment = 4, .data = code, .size = length };
  guint32 index = elf_maker_add_section (maker, &text);
  g_autoptr (GByteArray) table = g_byte_array_new ();
  for (guint at = 4; at < length; at += STRIDE)
    {
      put_number (table, at, machine->bits / 8, machine->big_endian);
      put_number (table, machine->type, machine->bits / 8, machine->big_endian);
      if (rela)
        put_number (table, 0, machine->bits / 8, machine->big_endian);
    }
  ElfMakerSection relocations = { .name = rela ? ".rela.text" : ".rel.text",
                                  .type = rela ? SHT_RELA : SHT_REL,
                                  .alignment = 8,
                                  .data = table->data,
                                  .size = table->len,
                                  .info = index,
                                  .entry_size = machine->bits / 8 * (rela ? 3 : 2) };
  elf_maker_add_section (maker, &relocations);
  GByteArray *file = elf_maker_build (maker);
  elf_maker_free (maker);
  return file;
}

static GByteArray *
make_object (const Machine *machine, const guint8 *code, guint length)
{
  return make_section (machine, code, length, SHF_ALLOC | SHF_EXECINSTR);
}

static AssayBlob *
blob_of (const guint8 *data, gsize length)
{
  g_autoptr (GBytes) copy = g_bytes_new (data, length);
  return assay_blob_new_for_bytes (copy);
}

static AssayStencils *
stencils_of (const Machine *machine, const guint8 *code, guint length)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  AssayStencils *stencils = assay_stencils_new (&limits);
  g_autoptr (GByteArray) object = make_object (machine, code, length);
  g_autoptr (AssayBlob) blob = blob_of (object->data, object->len);
  assert_true (assay_stencils_add (stencils, blob, 5, NULL));
  assay_stencils_settle (stencils);
  return stencils;
}

static GArray *
search (const AssayStencils *stencils, const guint8 *data, gsize length)
{
  GArray *hits = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintHit));
  g_autoptr (AssayBlob) blob = blob_of (data, length);
  assert_true (assay_stencils_search (stencils, blob, hits, NULL));
  return hits;
}

/* Where the linked code is put: in front of, across and behind the end of a window of the search. */
static const guint places[] = { 0, 1001, 1024 * 1024 - 5, 1024 * 1024 + 1, 1100000 - 24 };

static void
dense_code_is_found_and_other_is_not (void **state)
{
  static const guint8 code[24] = "abcd....efgh....ijkl....";
  for (gsize i = 0; i < G_N_ELEMENTS (machines); i++)
    {
      g_autoptr (AssayStencils) stencils = stencils_of (&machines[i], code, sizeof code);
      for (gsize j = 0; j < G_N_ELEMENTS (places); j++)
        {
          g_autofree guint8 *output = g_malloc0 (1100000);
          memcpy (output + places[j], "abcd1234efgh5678ijkl9ABC", sizeof code);
          g_autoptr (GArray) hits = search (stencils, output, 1100000);
          assert_int_equal (hits->len, 1);
          const AssayFingerprintHit *hit = &g_array_index (hits, AssayFingerprintHit, 0);
          assert_int_equal (hit->offset, places[j]);
          assert_int_equal (hit->length, sizeof code);
          assert_int_equal (hit->source, 5);
          output[places[j] + 9] ^= 1;
          g_autoptr (GArray) none = search (stencils, output, 1100000);
          assert_int_equal (none->len, 0);
        }
    }
}

/* In bytes that may be anything four known ones are found by chance; eight are not. */
static void
little_code_is_not_found_by_itself (void **state)
{
  static const guint8 output[] = "....abcd1234efgh5678....";
  g_autoptr (AssayStencils) little = stencils_of (&machines[0], (const guint8 *)"abcd....", 8);
  g_autoptr (AssayStencils) enough = stencils_of (&machines[0], (const guint8 *)"abcd....efgh....", 16);
  g_autoptr (GArray) none = search (little, output, sizeof output);
  g_autoptr (GArray) one = search (enough, output, sizeof output);
  assert_int_equal (none->len, 0);
  assert_int_equal (one->len, 1);
}

static void
what_is_no_object_adds_nothing (void **state)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (AssayStencils) stencils = assay_stencils_new (&limits);
  g_autoptr (AssayBlob) text = blob_of ((const guint8 *)"text", 4);
  assert_true (assay_stencils_add (stencils, text, 1, NULL));
  assay_stencils_settle (stencils);
  g_autoptr (GArray) none = search (stencils, (const guint8 *)"text", 4);
  assert_int_equal (none->len, 0);
}

/* Half of the section is holes. */
static guint
count_data (guint8 first, guint length, guint64 flags)
{
  AssayLimits limits;
  guint8 content[200];
  assay_limits_init (&limits);
  for (guint i = 0; i < sizeof content; i++)
    content[i] = (guint8)(first + i % 31);
  g_autoptr (AssayStencils) stencils = assay_stencils_new (&limits);
  g_autoptr (GByteArray) object = make_section (&machines[0], content, length, flags);
  g_autoptr (AssayBlob) blob = blob_of (object->data, object->len);
  assert_true (assay_stencils_add_data (stencils, blob, 5, NULL));
  assay_stencils_settle (stencils);
  g_autofree guint8 *output = g_malloc0 (4096);
  memcpy (output + 777, content, length);
  g_autoptr (GArray) hits = search (stencils, output, 4096);
  return hits->len;
}

static void
data_is_found_unless_anybody_may_have_it (void **state)
{
  (void)state;
  assert_int_equal (count_data (0x80, 48, SHF_ALLOC), 1);
  assert_int_equal (count_data (0x80, 48, SHF_ALLOC | SHF_WRITE), 1);
  assert_int_equal (count_data (0x80, 40, SHF_ALLOC), 0); /* too little of it is known */
  assert_int_equal (count_data ('@', 200, SHF_ALLOC), 0); /* a text */
  assert_int_equal (count_data (0x80, 200, SHF_ALLOC | SHF_MERGE), 0);
  assert_int_equal (count_data (0x80, 200, 0), 0);
  assert_int_equal (count_data (0x80, 200, SHF_ALLOC | SHF_EXECINSTR), 0); /* that is code */
}

static void
more_than_the_limit_is_said (void **state)
{
  static const guint8 code[24] = "abcd....efgh....ijkl....";
  AssayLimits limits;
  assay_limits_init (&limits);
  limits.value[ASSAY_LIMIT_DELIVERED_CODE] = sizeof code - 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayStencils) stencils = assay_stencils_new (&limits);
  g_autoptr (GByteArray) object = make_object (&machines[0], code, sizeof code);
  g_autoptr (AssayBlob) blob = blob_of (object->data, object->len);
  assert_false (assay_stencils_add (stencils, blob, 1, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT));
  assert_non_null (strstr (error->message, "limit delivered-code (23 bytes) hit"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (dense_code_is_found_and_other_is_not),
    cmocka_unit_test (little_code_is_not_found_by_itself),
    cmocka_unit_test (what_is_no_object_adds_nothing),
    cmocka_unit_test (data_is_found_unless_anybody_may_have_it),
    cmocka_unit_test (more_than_the_limit_is_said),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
