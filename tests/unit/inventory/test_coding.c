#include "support.h"

#include "inventory/coding.h"

/* Binary in digits, and texts that only look like it. */

static guint8 binary[3000];

static void
fill (void)
{
  guint32 state = 12345;
  for (gsize i = 0; i < sizeof binary; i++)
    {
      state = state * 1103515245u + 12345u;
      binary[i] = (guint8)(state >> 16);
    }
}

/* In pieces of PIECE bytes. */
static gboolean
is_binary_in_pieces (const char *text, gsize piece)
{
  AssayCoding coding;
  gsize length = strlen (text);
  assay_coding_init (&coding);
  for (gsize done = 0; done < length; done += piece)
    assay_coding_add (&coding, (const guint8 *)text + done, MIN (piece, length - done));
  return assay_coding_is_binary (&coding);
}

static gboolean
is_binary (const char *text)
{
  gboolean whole = is_binary_in_pieces (text, G_MAXINT32);
  assert_int_equal (is_binary_in_pieces (text, 1), whole);
  assert_int_equal (is_binary_in_pieces (text, 7), whole);
  return whole;
}

static char *
in_hex (const guint8 *bytes, gsize length, const char *before, const char *prefix, const char *between, guint per_line)
{
  GString *out = g_string_new (before);
  for (gsize i = 0; i < length; i++)
    {
      g_string_append (out, i == 0 ? "" : i % per_line == 0 ? "\n" : between);
      g_string_append_printf (out, "%s%02x", prefix, bytes[i]);
    }
  g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}

/* Lines of @per_line digits. */
static char *
in_base64 (const guint8 *bytes, gsize length, guint per_line, const char *end_of_line)
{
  g_autofree char *digits = g_base64_encode (bytes, length);
  GString *out = g_string_new (NULL);
  for (gsize i = 0; digits[i] != '\0'; i++)
    {
      g_string_append_c (out, digits[i]);
      if ((i + 1) % per_line == 0)
        g_string_append (out, end_of_line);
    }
  g_string_append (out, end_of_line);
  return g_string_free (out, FALSE);
}

static void
binary_in_hex_is_found (void **state)
{
  (void)state;
  static const struct
  {
    const char *before;
    const char *prefix;
    const char *between;
  } settings[] = { { "", "", "" },      { "", "", " " },     { "", "0x", ", " },       { "", "0X", "," },
                   { "\"", "\\x", "" }, { "{ ", "0x", "," }, { "@0001000\n", "", " " } };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *text
          = in_hex (binary, sizeof binary, settings[i].before, settings[i].prefix, settings[i].between, 16);
      g_autofree char *upper = g_ascii_strup (text, -1);
      assert_true (is_binary (text));
      assert_true (is_binary (upper));
      g_autofree char *among_words = g_strconcat ("see here\n", text, NULL);
      assert_false (is_binary (among_words));
    }
}

/* Records as they stand in lines; nobody adds their checksums up here. */
static void
binary_in_records_is_found (void **state)
{
  (void)state;
  static const char *const settings[][2]
      = { { "", ":10000000" },           { "\n", ":10000000" },    { "; a comment\n", ":10000000" },
          { "# a comment\n", "S11300" }, { "// one\n\n", "S315" }, { "", "S2140000" } };
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autoptr (GString) text = g_string_new (settings[i][0]);
      for (gsize at = 0; at + 16 <= sizeof binary; at += 16)
        {
          g_autofree char *digits = in_hex (binary + at, 16, "", "", "", 16);
          g_string_append_printf (text, "%s%s", settings[i][1], digits);
        }
      assert_true (is_binary (text->str));
      g_string_append (text, i % 2 == 0 ? "00: no record\n" : "SX: no record\n");
      assert_false (is_binary (text->str));
    }
}

static void
binary_in_base64_is_found (void **state)
{
  (void)state;
  static const guint lines[] = { 64, 76, 61, 100000 };
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    for (gsize less = 0; less < 3; less++)
      {
        g_autofree char *text = in_base64 (binary, sizeof binary - less, lines[i], i % 2 == 0 ? "\n" : "\r\n");
        assert_true (is_binary (text));
        g_autofree char *url = g_strdelimit (g_strdup (text), "+", '-');
        assert_true (is_binary (g_strdelimit (url, "/", '_')));
        g_autofree char *unpadded = g_strdelimit (g_strdup (text), "=", '\n');
        assert_true (is_binary (unpadded));
        g_autofree char *framed
            = g_strconcat ("-----BEGIN CERTIFICATE-----\n", text, "-----END CERTIFICATE-----\n", NULL);
        assert_false (is_binary (framed));
      }
}

static void
little_binary_is_no_finding (void **state)
{
  (void)state;
  for (gsize length = ASSAY_CODING_LEAST_BYTES - 3; length < ASSAY_CODING_LEAST_BYTES + 3; length++)
    {
      g_autofree char *hex = in_hex (binary, length, "", "", "", 32);
      g_autofree char *base64 = in_base64 (binary, length, 76, "\n");
      assert_int_equal (is_binary (hex), length >= ASSAY_CODING_LEAST_BYTES);
      assert_int_equal (is_binary (base64), length >= ASSAY_CODING_LEAST_BYTES);
    }
}

static void
what_stands_for_texts_and_pictures_is_none (void **state)
{
  (void)state;
  g_autofree guint8 *bytes = g_malloc (sizeof binary);
  for (int picture = 0; picture < 2; picture++)
    {
      if (picture)
        memcpy (memcpy (bytes, binary, sizeof binary), "\x89PNG\r\n\x1a\n", 8);
      else
        for (gsize i = 0; i < sizeof binary; i++)
          bytes[i] = (guint8)(' ' + binary[i] % 90);
      g_autofree char *hex = in_hex (bytes, sizeof binary, "", "", "", 32);
      g_autofree char *base64 = in_base64 (bytes, sizeof binary, 76, "\n");
      assert_false (is_binary (hex));
      assert_false (is_binary (base64));
    }
}

static void
tables_and_lists_are_none (void **state)
{
  (void)state;
  g_autoptr (GString) numbers = g_string_new (NULL);
  g_autoptr (GString) words = g_string_new (NULL);
  g_autoptr (GString) short_words = g_string_new (NULL);
  for (gsize i = 0; i < sizeof binary; i++)
    {
      g_string_append_printf (numbers, "%u,%s", 10 + binary[i] % 90, i % 16 == 15 ? "\n" : " ");
      g_string_append_printf (words, "Word%.*s\n", binary[i] % 7, "somehow");
      g_string_append_printf (short_words, "%c%c%c%c\n", 'a' + binary[i] % 26, 'a' + binary[i] % 24, 'k', 'z');
    }
  assert_false (is_binary (""));
  assert_false (is_binary (numbers->str));
  assert_false (is_binary (words->str));
  assert_false (is_binary (short_words->str));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (binary_in_hex_is_found),
    cmocka_unit_test (binary_in_records_is_found),
    cmocka_unit_test (binary_in_base64_is_found),
    cmocka_unit_test (little_binary_is_no_finding),
    cmocka_unit_test (what_stands_for_texts_and_pictures_is_none),
    cmocka_unit_test (tables_and_lists_are_none),
  };
  fill ();
  return cmocka_run_group_tests (tests, NULL, NULL);
}
