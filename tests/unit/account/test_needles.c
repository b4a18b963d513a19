#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "account/named/digits.h"
#include "account/named/needles.h"
#include "account/named/sums.h"
#include "account/names/names_of.h"
#include "crypto/digest.h"

#include <string.h>

/* Where digests are found, at every place and in every form; and what is none. */

#define OWNER 7u
#define KIND 3u
#define AROUND 24u

static void
count (guint owner, guint kind, gpointer data)
{
  guint *found = data;
  assert_int_equal (owner, OWNER);
  assert_int_equal (kind, KIND);
  (*found)++;
}

/** Letters of base 64 that are found without the others. */
#define PART_LETTERS 16u

static void
fill (guint8 *digest, gsize length, guint8 seed)
{
  for (gsize i = 0; i < length; i++)
    digest[i] = (guint8)(seed + 37 * i + (i * i >> 1));
}

static guint
search (AssayNeedles *needles, const void *bytes, gsize length)
{
  guint found = 0;
  assay_needles_search (needles, bytes, length, count, &found);
  return found;
}

/* @text at each place of a word, and with the last byte missing, and with any byte changed */
static void
check_text (AssayNeedles *needles, const char *text, gsize length, gboolean whole)
{
  guint8 around[256];
  /* what stands between digits may be anything */
  gsize middle = length / 2 + (strchr (":- ", text[length / 2]) != NULL ? 1 : 0);
  for (gsize place = 0; place < AROUND; place++)
    {
      memset (around, 0xee, sizeof around);
      memcpy (around + place, text, length);
      assert_true (search (needles, around, place + length) > 0);
      assert_true (search (needles, around, sizeof around) > 0);
      if (whole)
        assert_int_equal (search (needles, around, place + length - 1), 0);
      around[place + middle] ^= 1;
      /* half of what is in base 64 is found */
      assert_int_equal (search (needles, around, sizeof around) > 0, !whole && length / 2 >= PART_LETTERS + 3);
    }
}

static char *
hexadecimal (const guint8 *bytes, gsize length, gboolean capitals, const char *separator)
{
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, capitals ? "%s%02X" : "%s%02x", i == 0 ? "" : separator, bytes[i]);
  return g_string_free (text, FALSE);
}

static void
check_forms (gsize length, guint8 seed)
{
  guint8 digest[64];
  guint8 encoded[70] = { 1, 2 };
  static const char *const separators[] = { "", ":", "-", " " };
  g_autoptr (AssayNeedles) needles = assay_needles_new ();
  fill (digest, length, seed);
  assay_needles_add (needles, digest, length, OWNER, KIND);
  check_text (needles, (const char *)digest, length, TRUE);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (separators); i++)
    {
      g_autofree char *text = hexadecimal (digest, length, i % 2 == 1, separators[i / 2]);
      check_text (needles, text, strlen (text), TRUE);
    }
  for (gsize before = 0; before < 3; before++)
    {
      memcpy (encoded + before, digest, length);
      g_autofree char *text = g_base64_encode (encoded, before + length);
      check_text (needles, text, strlen (text), FALSE);
      g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
      check_text (needles, text, strlen (text), FALSE);
    }
}

static void
test_forms (void **state)
{
  static const gsize lengths[] = { 16, 20, 28, 32, 48, 64 };
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (guint seed = 0; seed < 256; seed += 51)
      check_forms (lengths[i], (guint8)seed);
}

/* What is dropped between digits, and what is not. */
static void
test_squeezed (void **state)
{
  static const struct
  {
    const char *text;
    const char *digits;
  } cases[] = {
    { "", "" },
    { "AB cd\r\n\tEF", "abcdef" },
    { "0xA1, 0xb2,", "a1b2" },
    { "\\xA1\\xb2", "a1b2" },
    { "10x2", "10\1"
              "2" },
    { "a sum: 12", "a\1"
                   "12" },
    { "12\xc2\xa0"
      "34",
      "12\1"
      "34" },
    { "12xyz34", "12\1"
                 "34" },
    { "x12", "\1"
             "12" },
  };
  guint8 out[64];
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].text);
      gsize written = assay_digits_squeeze ((const guint8 *)cases[i].text, length, out);
      assert_int_equal (written, strlen (cases[i].digits));
      assert_memory_equal (out, cases[i].digits, written);
    }
  assert_int_equal (assay_digits_squeeze ((const guint8 *)"12\0"
                                                          "34",
                                          5, out),
                    0);
}

static void
test_nothing (void **state)
{
  guint8 bytes[4096] = { 0 };
  g_autoptr (AssayNeedles) needles = assay_needles_new ();
  (void)state;
  assert_int_equal (search (needles, bytes, sizeof bytes), 0);
  assert_int_equal (search (needles, bytes, 0), 0);
}

/* FIPS 180-4, FIPS 202, RFC 1321, RFC 7693, GB/T 32905-2016, ISO/IEC 10118-3: digests of "abc". */
static void
test_kinds (void **state)
{
  static const char *const begins[ASSAY_DIGEST_KINDS]
      = { "900150983cd24fb0", "a9993e364706816a", "23097d223405d822", "ba7816bf8f01cfea",
          "cb00753f45a35e8b", "ddaf35a193617aba", "4634270f707b6a54", "53048e2681941ef9",
          "e642824c3f8cf24a", "3a985da74fe225b2", "ec01498288516fc9", "b751850b1a57168a",
          "ba80a53f981c4d0d", "508c5e8c327c14e2", "66c7f0f462eeedd9", "8eb208f7e05d987a" };
  static const gsize lengths[ASSAY_DIGEST_KINDS] = { 16, 20, 28, 32, 48, 64, 28, 32, 28, 32, 48, 64, 64, 32, 32, 20 };
  guint8 digest[ASSAY_DIGEST_LONGEST];
  g_autoptr (AssayDigester) digester = assay_digester_new (NULL);
  (void)state;
  assert_non_null (digester);
  assay_digester_update (digester, "ab", 2);
  assay_digester_update (digester, "c", 1);
  for (guint kind = 0; kind < ASSAY_DIGEST_KINDS; kind++)
    {
      gsize length = assay_digester_finish (digester, kind, digest);
      assert_int_equal (length, lengths[kind]);
      g_autofree char *text = hexadecimal (digest, 8, FALSE, "");
      assert_string_equal (text, begins[kind]);
    }
}

static gboolean
note_sum (guint owner, const char *said, gpointer data)
{
  assert_int_equal (owner, OWNER);
  g_string_append_printf (data, "%s ", said);
  return FALSE;
}

/* What is found in a text of sums of "123456789", which a file holds of that name in the same directory. */
static char *
find_sums (const char *name, const char *text)
{
  g_autoptr (GPtrArray) children = g_ptr_array_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  AssayNode root = { .path = (char *)".", .type = ASSAY_NODE_DIRECTORY, .format = "directory", .children = children };
  AssayNode file = { .path = (char *)name, .format = "raw", .parent = &root };
  AssayNode list = { .path = (char *)"list", .format = "raw", .parent = &root, .blob = blob, .size = strlen (text) };
  AssayWork work = { .names = NULL };
  AssayCrcs crcs = { 0 };
  g_autoptr (AssayNamedSums) sums = assay_named_sums_new (&work);
  g_autoptr (GString) found = g_string_new (NULL);
  g_ptr_array_add (children, &file);
  g_ptr_array_add (children, &list);
  assay_crcs_update (&crcs, "1234", 4);
  assay_crcs_update (&crcs, "56789", 5);
  assay_named_sums_add (sums, &file, &crcs, OWNER);
  assert_true (assay_named_sums_read (sums, &list, note_sum, found, NULL));
  g_clear_pointer (&work.names, assay_names_free);
  return g_string_free (g_steal_pointer (&found), FALSE);
}

/* POSIX, "cksum"; "123456789" is what sums are told by: cbf43926, and of cksum 930766865. */
static void
test_sums (void **state)
{
  static const char text[] = "CBF43926 file\n930766865 9 dir/file\nxcbf43926\n930766866\nfile 3421780262";
  g_autofree char *found = find_sums ("file", text);
  g_autofree char *other = find_sums ("fil", text);
  g_autofree char *near = find_sums ("file", "file:\ncbf43926\n");
  (void)state;
  assert_string_equal (found, "cbf43926 930766865 3421780262 ");
  assert_string_equal (other, "");
  assert_string_equal (near, "cbf43926 ");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_forms), cmocka_unit_test (test_squeezed), cmocka_unit_test (test_nothing),
    cmocka_unit_test (test_kinds), cmocka_unit_test (test_sums),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
