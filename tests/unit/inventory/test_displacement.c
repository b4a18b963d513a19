/* Where a raw image holds what a rebuild has for it: a hint, found only where all of it is moved by one displacement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inventory/displacement.h"

#include <string.h>

#define CONTENT_BYTES 256u

/* Content of which no word is like another. */
static void
fill (guint8 *out, gsize length)
{
  for (gsize i = 0; i < length; i++)
    out[i] = (guint8)(7 * i + (i >> 3));
}

static void
reverse_words (guint8 *bytes, gsize length, gsize word)
{
  for (gsize at = 0; at + word <= length; at += word)
    for (gsize i = 0; i < word / 2; i++)
      {
        guint8 kept = bytes[at + i];
        bytes[at + i] = bytes[at + word - 1 - i];
        bytes[at + word - 1 - i] = kept;
      }
}

static gboolean
find (const guint8 *raw, gsize raw_length, const guint8 *content, const AssayLoadRange *ranges, guint count,
      AssayDisplacement *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) raw_bytes = g_bytes_new (raw, raw_length);
  g_autoptr (GBytes) content_bytes = g_bytes_new (content, CONTENT_BYTES);
  g_autoptr (AssayBlob) raw_blob = assay_blob_new_for_bytes (raw_bytes);
  g_autoptr (AssayBlob) content_blob = assay_blob_new_for_bytes (content_bytes);
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (AssayLoadRange));
  gboolean found = FALSE;
  g_array_append_vals (list, ranges, count);
  assert_true (assay_displacement_find (raw_blob, content_blob, list, &found, out, &error));
  assert_null (error);
  return found;
}

static void
test_moved_and_swapped (void **state)
{
  static const struct
  {
    gsize offset;
    gsize word;
    gboolean found;
  } cases[] = {
    { 0, 1, FALSE }, { 1, 1, TRUE }, { 100, 1, TRUE }, { 0, 2, TRUE },
    { 8, 2, TRUE },  { 0, 4, TRUE }, { 64, 4, TRUE },  { 0, 8, FALSE },
  };
  const AssayLoadRange whole = { .length = CONTENT_BYTES };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 raw[CONTENT_BYTES + 128];
      guint8 content[CONTENT_BYTES];
      AssayDisplacement displacement = { 0 };
      memset (raw, 0xff, sizeof raw);
      fill (content, sizeof content);
      memcpy (raw + cases[i].offset, content, sizeof content);
      reverse_words (raw, sizeof raw, cases[i].word);
      assert_int_equal (find (raw, sizeof raw, content, &whole, 1, &displacement), cases[i].found);
      if (!cases[i].found)
        continue;
      assert_int_equal (displacement.offset, cases[i].offset);
      assert_int_equal (displacement.swapped_bytes, cases[i].word);
      raw[cases[i].offset + CONTENT_BYTES - 1] ^= 1;
      raw[cases[i].offset + CONTENT_BYTES - 4] ^= 1;
      assert_false (find (raw, sizeof raw, content, &whole, 1, &displacement));
    }
}

/* The second range stands where the displacement of the first one says, or nothing is said at all. */
static void
test_one_displacement_for_all (void **state)
{
  const AssayLoadRange ranges[] = { { .image_offset = 0, .file_offset = 0, .length = 128 },
                                    { .image_offset = 256, .file_offset = 128, .length = 128 } };
  guint8 raw[512] = { 0 };
  guint8 content[CONTENT_BYTES];
  AssayDisplacement displacement = { 0 };
  fill (content, sizeof content);
  memcpy (raw + 16, content, 128);
  memcpy (raw + 16 + 256, content + 128, 128);
  assert_true (find (raw, sizeof raw, content, ranges, 2, &displacement));
  assert_int_equal (displacement.offset, 16);
  memmove (raw + 20 + 256, raw + 16 + 256, 128);
  assert_false (find (raw, sizeof raw, content, ranges, 2, &displacement));
}

static void
test_nothing_to_go_by (void **state)
{
  guint8 raw[512] = { 0 };
  guint8 content[CONTENT_BYTES] = { 0 };
  AssayDisplacement displacement = { 0 };
  const AssayLoadRange whole = { .length = CONTENT_BYTES };
  const AssayLoadRange far = { .image_offset = G_MAXUINT64 - 8, .length = CONTENT_BYTES };
  assert_false (find (raw, sizeof raw, content, &whole, 1, &displacement)); /* zeros stand everywhere */
  fill (content, sizeof content);
  memcpy (raw + 16, content, sizeof content);
  assert_false (find (raw, sizeof raw, content, &far, 1, &displacement));
  assert_false (find (raw, 200, content, &whole, 1, &displacement));
  assert_false (find (raw, sizeof raw, content, &whole, 0, &displacement));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_moved_and_swapped),
    cmocka_unit_test (test_one_displacement_for_all),
    cmocka_unit_test (test_nothing_to_go_by),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
