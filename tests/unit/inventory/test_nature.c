#include "support.h"

#include "inventory/nature_private.h"

/* What bytes may be to a machine, and ready-made programs that hide in texts and pictures. */

static const guint8 ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0 };

static AssayNature
nature_of (const void *bytes, gsize length)
{
  g_autoptr (AssayBlob) blob = blob_of_memory (bytes, length);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  assert_true (assay_nature_find (blob, &nature, &sha256, NULL));
  return nature;
}

/* BEFORE bytes of fill, then TEXT, then more fill. */
static AssayNature
nature_of_text (const char *text, gsize before, char fill)
{
  g_autofree char *whole = g_malloc (before + strlen (text) + 100);
  memset (whole, fill, before + strlen (text) + 100);
  memcpy (whole + before, text, strlen (text));
  return nature_of (whole, before + strlen (text) + 100);
}

static char *
in_hex (const char *format, const char *between)
{
  GString *out = g_string_new (NULL);
  for (gsize i = 0; i < sizeof ident; i++)
    {
      g_string_append (out, i == 0 ? "" : between);
      g_string_append_printf (out, "%s%02x", format, ident[i]);
    }
  return g_string_free (out, FALSE);
}

static void
plain_files_are_what_they_are (void **state)
{
  (void)state;
  assert_int_equal (nature_of ("", 0), ASSAY_NATURE_TEXT);
  assert_int_equal (nature_of ("int main;\n", 10), ASSAY_NATURE_TEXT);
  /* a bell, as in each configure that autoconf makes */
  assert_int_equal (nature_of ("FS = \"\a\"\n", 9), ASSAY_NATURE_TEXT);
  assert_int_equal (nature_of ("FS = \"\1\"\n", 9), ASSAY_NATURE_UNKNOWN);
  assert_int_equal (nature_of (ident, sizeof ident), ASSAY_NATURE_CODE);
  assert_int_equal (nature_of ("\0\1\2\3", 4), ASSAY_NATURE_UNKNOWN);
  assert_int_equal (nature_of ("ttcf\0\1\2\3", 8), ASSAY_NATURE_DATA);
}

static void
a_program_in_digits_is_code (void **state)
{
  (void)state;
  static const char *const settings[][2]
      = { { "", "" }, { "", " " }, { "0x", ", " }, { "0x", "," }, { "\\x", "" }, { "0X", ",\n" }, { "", "\n" } };
  static const gsize places[] = { 0, 1, 4096, ASSAY_BLOB_WINDOW_BYTES - 1, ASSAY_BLOB_WINDOW_BYTES - 15 };
  g_autofree char *base64 = g_base64_encode (ident, sizeof ident);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (settings); j++)
        {
          g_autofree char *lower = in_hex (settings[j][0], settings[j][1]);
          g_autofree char *upper = g_ascii_strup (lower, -1);
          assert_int_equal (nature_of_text (lower, places[i], ' '), ASSAY_NATURE_CODE);
          assert_int_equal (nature_of_text (upper, places[i], ' '), ASSAY_NATURE_CODE);
        }
      assert_int_equal (nature_of_text (base64, places[i], '\n'), ASSAY_NATURE_CODE);
    }
}

/* Digits that stand for no ELF file, and zeros that are no digits. */
static void
only_the_digits_of_a_program_are_code (void **state)
{
  (void)state;
  static const struct
  {
    const char *text;
    AssayNature nature;
  } texts[] = {
    { "7f454c46020101", ASSAY_NATURE_CODE },
    { "77f454c46020101", ASSAY_NATURE_CODE },
    { "7 7f 45 4c 46 01 02 01", ASSAY_NATURE_CODE },
    { "0x7f,0x45,0x4c,0x46,0x1,0x2,0x1", ASSAY_NATURE_TEXT },
    { "0x7f,000x45,0x4c,0x46,0x02,0x01,0x01", ASSAY_NATURE_TEXT },
    { "7 0x 0xf454c46020101", ASSAY_NATURE_CODE },
    { "7 00 xx f454c46020101", ASSAY_NATURE_CODE },
    { "7 00000000000000000000 xxxxxxxxxxxxxxxxxxxx f454c46020101", ASSAY_NATURE_TEXT },
    { "7f454c46030101", ASSAY_NATURE_TEXT },
    { "7f454c46020301", ASSAY_NATURE_TEXT },
    { "7f454c46000101", ASSAY_NATURE_TEXT },
    { "7f454c46020102", ASSAY_NATURE_TEXT },
    { "7f454c460201g01", ASSAY_NATURE_TEXT },
    { "7f454c4602017f454c46020101", ASSAY_NATURE_CODE },
    { "f0VMRgEBAR", ASSAY_NATURE_TEXT },
    { "f0VMRgMBAQ f0VMRgICAQ", ASSAY_NATURE_CODE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    for (gsize before = 0; before < 40; before++)
      assert_int_equal (nature_of_text (texts[i].text, ASSAY_BLOB_WINDOW_BYTES - before, '\n'), texts[i].nature);
}

/* Each byte at each place, by the words of nature.h. */
static void
a_control_anywhere_is_no_text (void **state)
{
  (void)state;
  guint8 text[300];
  for (guint byte = 0; byte < 256; byte++)
    for (gsize at = 0; at < sizeof text; at++)
      {
        gboolean allowed = byte >= 0x20 || (byte >= 7 && byte <= 13) || byte == 0x1a || byte == 0x1b;
        memset (text, '~', sizeof text);
        text[at] = (guint8)byte;
        assert_int_equal (assay_nature_is_text (text, sizeof text), allowed);
      }
}

static void
put_big (GByteArray *bytes, guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);
  g_byte_array_append (bytes, (const guint8 *)&big, 4);
}

static void
put_little (GByteArray *bytes, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);
  g_byte_array_append (bytes, (const guint8 *)&little, 4);
}

static void
put (GByteArray *bytes, const char *text)
{
  g_byte_array_append (bytes, (const guint8 *)text, (guint)strlen (text));
}

/* With one chunk of zeros, which begins at byte 16. */
static GByteArray *
make_png (guint32 length)
{
  GByteArray *file = g_byte_array_new ();
  put (file, "\x89PNG\r\n\x1a\n");
  put_big (file, length);
  put (file, "IDAT");
  g_byte_array_set_size (file, 16 + length);
  memset (file->data + 16, 0, length);
  put_big (file, 0);
  put_big (file, 0);
  put (file, "IEND");
  put_big (file, 0);
  return file;
}

static GByteArray *
make_riff (guint32 length)
{
  GByteArray *file = g_byte_array_new ();
  put (file, "RIFF");
  put_little (file, length + 4);
  put (file, "WAVE");
  g_byte_array_set_size (file, 12 + length);
  memset (file->data + 12, 0, length);
  return file;
}

static GByteArray *
make_woff (guint32 length)
{
  GByteArray *file = g_byte_array_new ();
  put (file, "wOF2");
  put_big (file, 0x10000);
  put_big (file, 12 + length);
  g_byte_array_set_size (file, 12 + length);
  memset (file->data + 12, 0, length);
  return file;
}

static GByteArray *
make_font (guint32 length)
{
  GByteArray *file = g_byte_array_new ();
  put (file, "OTTO");
  put_big (file, 0x00010000); /* one table, and the first half of what finds it quickly */
  put_big (file, 0);
  put (file, "glyf");
  put_big (file, 0);
  put_big (file, 28);
  put_big (file, length);
  g_byte_array_set_size (file, 28 + length);
  memset (file->data + 28, 0, length);
  return file;
}

static void
a_program_in_a_picture_is_code (void **state)
{
  (void)state;
  static const gsize places[] = { 16, 100, ASSAY_BLOB_WINDOW_BYTES - 6, ASSAY_BLOB_WINDOW_BYTES };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GByteArray) picture = make_png ((guint32)(places[i] + sizeof ident));
      assert_int_equal (nature_of (picture->data, picture->len), ASSAY_NATURE_DATA);
      memcpy (picture->data + places[i], ident, sizeof ident);
      assert_int_equal (nature_of (picture->data, picture->len), ASSAY_NATURE_CODE);
    }
}

static void
what_only_begins_as_data_may_be_anything (void **state)
{
  (void)state;
  GByteArray *(*const makers[]) (guint32 length) = { make_png, make_riff, make_woff, make_font };
  for (gsize i = 0; i < G_N_ELEMENTS (makers); i++)
    {
      g_autoptr (GByteArray) file = makers[i](1000);
      guint whole = file->len;
      assert_int_equal (nature_of (file->data, whole), ASSAY_NATURE_DATA);
      for (guint length = 16; length < whole; length++)
        assert_int_equal (nature_of (file->data, length < whole - 3 || i < 3 ? length : whole - 4),
                          ASSAY_NATURE_UNKNOWN);
      g_byte_array_set_size (file, whole + 40);
      memset (file->data + whole, 0x90, 40);
      assert_int_equal (nature_of (file->data, whole + 40), ASSAY_NATURE_UNKNOWN);
      assert_int_equal (nature_of (file->data, whole + 4), ASSAY_NATURE_UNKNOWN);
    }
  g_autoptr (GByteArray) large = make_riff (1001);
  g_byte_array_append (large, (const guint8 *)"", 1); /* what makes an odd chunk even */
  g_autoptr (GByteArray) second = make_riff (20);
  g_byte_array_append (large, second->data, second->len);
  assert_int_equal (nature_of (large->data, large->len), ASSAY_NATURE_DATA);
}

/* Sources speak of ELF files, and hold numbers. */
static void
texts_that_only_speak_of_programs_are_texts (void **state)
{
  (void)state;
  static const char *const texts[] = { "if (memcmp (head, \"\\177ELF\", 4) == 0)",
                                       "{ 0x7f, 0x45, 0x4c, 0x46 }",
                                       "{ 0x7f, 'E', 'L', 'F', 2, 1, 1 }",
                                       "7f 45 4c 46 03 01 01",
                                       "0 string \\177ELF ELF",
                                       "f0VMRg==",
                                       "7f454c46g020101 is no run of bytes" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_int_equal (nature_of_text (texts[i], 3, '\n'), ASSAY_NATURE_TEXT);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (plain_files_are_what_they_are),
    cmocka_unit_test (a_program_in_digits_is_code),
    cmocka_unit_test (only_the_digits_of_a_program_are_code),
    cmocka_unit_test (a_control_anywhere_is_no_text),
    cmocka_unit_test (a_program_in_a_picture_is_code),
    cmocka_unit_test (what_only_begins_as_data_may_be_anything),
    cmocka_unit_test (texts_that_only_speak_of_programs_are_texts),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
