#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inventory/coff.h"
#include "inventory/stencil.h"

#include <string.h>

/* An object of COFF, made here, is found in what holds its code with other bytes where a linker writes; and damage of
 * any byte of it is none of the reader's. */

#define CODE_OFFSET 60u
#define CODE_BYTES 32u
#define TABLE_OFFSET (CODE_OFFSET + CODE_BYTES)
#define SYMBOLS_OFFSET (TABLE_OFFSET + 4 * 10)
#define STRINGS_OFFSET (SYMBOLS_OFFSET + 2 * 18)
#define FILE_BYTES (STRINGS_OFFSET + 4 + 24)

static const guint8 code[CODE_BYTES] = "abcd....efgh....ijkl....mnop....";

static void
put (guint8 *at, guint32 value, guint width)
{
  for (guint i = 0; i < width; i++)
    at[i] = (guint8)(value >> (8 * i));
}

/* A header, one section, four relocations, and two symbols of which the second has a long name. */
static void
make_object (guint8 *file, guint32 machine, guint32 type)
{
  memset (file, 0, FILE_BYTES);
  put (file, machine, 2);
  put (file + 2, 1, 2);
  put (file + 8, SYMBOLS_OFFSET, 4);
  put (file + 12, 2, 4);
  memcpy (file + 20, ".text", 5);
  put (file + 36, CODE_BYTES, 4);
  put (file + 40, CODE_OFFSET, 4);
  put (file + 44, TABLE_OFFSET, 4);
  put (file + 52, 4, 2);
  put (file + 56, 0x60000020, 4);
  memcpy (file + CODE_OFFSET, code, CODE_BYTES);
  for (guint i = 0; i < 4; i++)
    {
      put (file + TABLE_OFFSET + 10 * i, 4 + 8 * i, 4);
      put (file + TABLE_OFFSET + 10 * i + 8, type, 2);
    }
  for (guint i = 0; i < 2; i++)
    {
      guint8 *symbol = file + SYMBOLS_OFFSET + (gsize)18 * i;
      put (symbol + 8, 8 * i, 4);
      put (symbol + 12, 1, 2);
      put (symbol + 14, 0x20, 2);
      symbol[16] = 2;
    }
  memcpy (file + SYMBOLS_OFFSET, "begin", 5);
  put (file + SYMBOLS_OFFSET + 18 + 4, 4, 4);
  put (file + STRINGS_OFFSET, 4 + 24, 4);
  memcpy (file + STRINGS_OFFSET + 4, "a_name_of_many_letters", 22);
}

static AssayBlob *
blob_of (const guint8 *data, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  return assay_blob_new_for_bytes (bytes);
}

/* The object in ELF, or NULL where it is none. */
static AssayBlob *
translate (const guint8 *data, gsize length, AssayCoffPlace place)
{
  guint64 left = 1000;
  g_autoptr (AssayCoff) coff = NULL;
  g_autoptr (AssayBlob) blob = blob_of (data, length);
  assert_true (assay_coff_read (blob, place, &left, &coff, NULL));
  if (coff == NULL)
    return NULL;
  g_autoptr (GBytes) bytes = assay_coff_write_elf (coff, blob, NULL);
  assert_non_null (bytes);
  assert_true (g_bytes_get_size (bytes) <= assay_coff_get_elf_size (coff));
  return assay_blob_new_for_bytes (bytes);
}

static guint
count_hits (AssayBlob *object, const guint8 *linked)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (AssayStencils) stencils = assay_stencils_new (&limits);
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (AssayFingerprintHit));
  g_autoptr (AssayBlob) blob = blob_of (linked, CODE_BYTES);
  assert_true (assay_stencils_add (stencils, object, 1, NULL));
  assay_stencils_settle (stencils);
  assert_true (assay_stencils_search (stencils, blob, hits, NULL));
  return hits->len;
}

static void
code_is_found_with_other_bytes_in_its_holes (void **state)
{
  static const struct
  {
    guint32 machine;
    guint32 type;
  } kinds[] = { { 0x8664, 4 }, { 0xfd1d, 4 }, { 0x014c, 20 }, { 0xaa64, 3 }, { 0x01c4, 20 } };
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      guint8 file[FILE_BYTES];
      guint8 linked[CODE_BYTES];
      make_object (file, kinds[i].machine, kinds[i].type);
      g_autoptr (AssayBlob) object = translate (file, sizeof file, ASSAY_COFF_EMBEDDED);
      assert_non_null (object);
      memcpy (linked, code, sizeof linked);
      for (guint at = 4; at < CODE_BYTES; at += 8)
        memset (linked + at, 0x5a, 4);
      assert_int_equal (count_hits (object, linked), 1);
      linked[8] ^= 1;
      assert_int_equal (count_hits (object, linked), 0);
    }
  (void)state;
}

static void
an_address_of_64_bits_is_one_hole (void **state)
{
  guint8 file[FILE_BYTES];
  guint8 linked[CODE_BYTES];
  make_object (file, 0x8664, 1);
  put (file + 52, 1, 2);
  g_autoptr (AssayBlob) object = translate (file, sizeof file, ASSAY_COFF_WHOLE);
  memcpy (linked, code, sizeof linked);
  memset (linked + 4, 0x5a, 8);
  assert_int_equal (count_hits (object, linked), 1);
  linked[12] ^= 1;
  assert_int_equal (count_hits (object, linked), 0);
  (void)state;
}

/* Each byte of the object as each of a few values, and the object cut off anywhere. */
static void
damage_is_read_all_the_same (void **state)
{
  static const guint8 values[] = { 0, 1, 0x7f, 0x80, 0xff };
  guint8 file[FILE_BYTES];
  for (guint i = 0; i < FILE_BYTES * G_N_ELEMENTS (values); i++)
    {
      make_object (file, 0x8664, 4);
      file[i / G_N_ELEMENTS (values)] = values[i % G_N_ELEMENTS (values)];
      g_autoptr (AssayBlob) object = translate (file, sizeof file, ASSAY_COFF_WHOLE);
      if (object != NULL)
        count_hits (object, code);
    }
  make_object (file, 0x8664, 4);
  for (gsize length = 0; length < sizeof file; length++)
    {
      g_autoptr (AssayBlob) object = translate (file, length, ASSAY_COFF_EMBEDDED);
      assert_true (object == NULL || length >= SYMBOLS_OFFSET);
    }
  (void)state;
}

static void
what_only_begins_so_is_none (void **state)
{
  guint8 file[FILE_BYTES];
  make_object (file, 0x8664, 4);
  memset (file + 20, 7, 8);
  put (file + 2, 1, 2);
  put (file + 56, 0, 4); /* nothing of it is loaded */
  assert_null (translate (file, sizeof file, ASSAY_COFF_EMBEDDED));
  make_object (file, 0x8663, 4);
  assert_null (translate (file, sizeof file, ASSAY_COFF_WHOLE));
  make_object (file, 0x8664, 4);
  put (file + 12, 0x10000000, 4); /* symbols behind the end */
  assert_null (translate (file, sizeof file, ASSAY_COFF_WHOLE));
  (void)state;
}

static void
magics_are_found (void **state)
{
  guint8 bytes[4096];
  memset (bytes, 0x55, sizeof bytes);
  assert_int_equal (assay_coff_find (bytes, sizeof bytes, 0), sizeof bytes);
  memcpy (bytes + 1000, "\x64\x86\x01\x00", 4);
  memcpy (bytes + 2000, "MZ", 2);
  memcpy (bytes + 3000, "\0\0\xff\xff", 4);
  memcpy (bytes + 4093, "\x64\x86\x01", 3);
  assert_int_equal (assay_coff_find (bytes, sizeof bytes, 0), 1000);
  assert_int_equal (assay_coff_find (bytes, sizeof bytes, 1001), 2000);
  assert_int_equal (assay_coff_find (bytes, sizeof bytes, 2001), 3000);
  assert_int_equal (assay_coff_find (bytes, sizeof bytes, 3001), sizeof bytes);
  (void)state;
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (code_is_found_with_other_bytes_in_its_holes),
    cmocka_unit_test (an_address_of_64_bits_is_one_hole),
    cmocka_unit_test (damage_is_read_all_the_same),
    cmocka_unit_test (what_only_begins_so_is_none),
    cmocka_unit_test (magics_are_found),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
