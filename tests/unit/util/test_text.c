#include "scratch.h"

#include "util/text.h"

typedef struct
{
  const char *raw;
  gsize length;
  const char *escaped;
} Case;

#define CASE(raw, escaped)                                                                                             \
  {                                                                                                                    \
    raw, sizeof (raw) - 1, escaped                                                                                     \
  }

static const Case names[] = {
  CASE ("usr/bin/su", "usr/bin/su"),
  CASE ("", "%2F"),
  CASE ("/", "%2F"),
  CASE ("//", "%2F%2F"),
  CASE (".", "%2E"),
  CASE ("./", "%2E"),
  CASE ("..", "%2E%2E"),
  CASE ("...", "..."),
  CASE (".hidden", ".hidden"),
  CASE ("./x", "x"),
  CASE ("././x", "%2E/x"),
  CASE (".//x", "%2Fx"),
  CASE ("../x", "%2E%2E/x"),
  CASE ("a/../b", "a/%2E%2E/b"),
  CASE ("a/./b", "a/%2E/b"),
  CASE ("a/", "a"),
  CASE ("a//", "a/%2F"),
  CASE ("a//b", "a/%2F/b"),
  CASE ("a///b", "a/%2F/%2F/b"),
  CASE ("/abs", "%2Fabs"),
  CASE ("//abs", "%2F%2F/abs"),
  CASE ("/./x", "%2F%2E/x"),
  CASE ("#gzip", "%23gzip"),
  CASE ("a/#gzip", "a/%23gzip"),
  CASE ("/#x", "%2F%23x"),
  CASE ("@0x40000", "%400x40000"),
  CASE ("kernel@1", "kernel@1"),
  CASE ("foo#2", "foo%232"),
  CASE ("foo##2", "foo#%232"),
  CASE ("foo#2/x", "foo%232/x"),
  CASE ("foo#2x", "foo#2x"),
  CASE ("foo#", "foo#"),
  CASE ("#", "%23"),
  CASE ("#2", "%232"),
  CASE ("100%", "100%25"),
  CASE ("%2F", "%252F"),
  CASE ("a\nb\x1b[0m\x7f", "a%0Ab%1B[0m%7F"),
  CASE ("a\0b", "a%00b"),
  CASE ("a\xff\xfe", "a%FF%FE"),
  CASE ("\xc3\xa9", "\xc3\xa9"),
  CASE ("\xc3", "%C3"),
  CASE ("\xc0\xaf", "%C0%AF"),               /* overlong `/` */
  CASE ("\xed\xa0\x80", "%ED%A0%80"),        /* a surrogate */
  CASE ("\xf4\x90\x80\x80", "%F4%90%80%80"), /* above U+10FFFF */
  CASE ("\xe2\x80\xae"
        "gpj",
        "%E2%80%AEgpj"),                                                                 /* U+202E */
  CASE ("\xe2\x81\xa6", "%E2%81%A6"),                                                    /* U+2066 */
  CASE ("\xe2\x80\xa8", "%E2%80%A8"),                                                    /* U+2028 */
  CASE ("\xd8\x9c", "%D8%9C"),                                                           /* U+061C */
  CASE ("\xc2\x85", "%C2%85"),                                                           /* U+0085 */
  CASE ("a\xc2\xad", "a%C2%AD"),                                                         /* soft hyphen */
  CASE ("a\xcd\x8f", "a%CD%8F"),                                                         /* U+034F */
  CASE ("a\xe1\x85\x9f", "a%E1%85%9F"),                                                  /* a filler of Hangul */
  CASE ("a\xe2\x80\x8b", "a%E2%80%8B"),                                                  /* zero-width space */
  CASE ("a\xe2\x80\x8d", "a%E2%80%8D"),                                                  /* zero-width joiner */
  CASE ("a\xe2\x81\xa0", "a%E2%81%A0"),                                                  /* word joiner */
  CASE ("a\xe2\x81\xa4", "a%E2%81%A4"),                                                  /* invisible plus */
  CASE ("a\xe2\xa0\x80", "a%E2%A0%80"),                                                  /* blank of Braille */
  CASE ("a\xef\xb8\x8f", "a%EF%B8%8F"),                                                  /* variation selector 16 */
  CASE ("a\xef\xbb\xbf", "a%EF%BB%BF"),                                                  /* byte order mark */
  CASE ("a\xef\xbf\xb9", "a%EF%BF%B9"),                                                  /* anchor of an annotation */
  CASE ("a\xf0\x9d\x85\xb3", "a%F0%9D%85%B3"),                                           /* U+1D173 */
  CASE ("a\xf3\xa0\x80\xa0", "a%F3%A0%80%A0"),                                           /* tag space */
  CASE ("a\xf3\xa0\x84\x80", "a%F3%A0%84%80"),                                           /* variation selector 17 */
  CASE ("\xe2\x80\x8a\xe2\x80\x90\xe2\xa0\x81", "\xe2\x80\x8a\xe2\x80\x90\xe2\xa0\x81"), /* what has a width */
  CASE ("back\\slash *?[", "back\\slash *?["),
};

static void
names_are_escaped_as_t8_says (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *escaped = assay_text_escape_name (names[i].raw, names[i].length);
      assert_string_equal (escaped, names[i].escaped);
    }
}

/* What two names have in common by rule: a trailing `/`, then one leading `./`. */
static char *
normalise (const char *name)
{
  g_autofree char *copy = g_strdup (name);
  if (g_str_has_suffix (copy, "/"))
    copy[strlen (copy) - 1] = '\0';
  return g_strdup (g_str_has_prefix (copy, "./") ? copy + 2 : copy);
}

static void
assert_is_plain_path (const char *path)
{
  g_auto (GStrv) components = g_strsplit (path, "/", -1);
  assert_non_null (components[0]);
  for (char **component = components; *component != NULL; component++)
    {
      assert_string_not_equal (*component, "");
      assert_string_not_equal (*component, ".");
      assert_string_not_equal (*component, "..");
      assert_true (**component != '#' && **component != '@');
      assert_false (g_regex_match_simple ("#[0-9]+$", *component, 0, 0));
    }
}

/* All names of up to five of the characters that mean something: none becomes another, none imitates what we write. */
static void
no_two_names_become_one (void **state)
{
  static const char alphabet[] = "./#@%2Fa";
  const guint base = sizeof alphabet - 1;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint length = 0, count = 1; length <= 5; length++, count *= base)
    for (guint number = 0; number < count; number++)
      {
        char name[6] = "";
        for (guint i = 0, rest = number; i < length; i++, rest /= base)
          name[i] = alphabet[rest % base];
        char *escaped = assay_text_escape_name (name, length);
        char *normal = normalise (name);
        assert_is_plain_path (escaped);
        const char *other = g_hash_table_lookup (seen, escaped);
        if (other != NULL)
          assert_string_equal (other, normal);
        g_hash_table_replace (seen, escaped, normal);
      }
}

static void
any_bytes_become_utf8 (void **state)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  for (guint round = 0; round < 2000; round++)
    {
      char raw[64];
      gsize length = (gsize)g_rand_int_range (random, 0, sizeof raw);
      for (gsize i = 0; i < length; i++)
        raw[i] = (char)(guint8)g_rand_int (random);
      /* An allocation of exactly this size, so that the sanitizer sees a read behind it. */
      g_autofree char *exact = g_memdup2 (raw, length);
      g_autofree char *name = assay_text_escape_name (exact, length);
      g_autofree char *line = assay_text_escape_line (exact, (gssize)length);
      assert_true (g_utf8_validate (name, -1, NULL));
      assert_true (g_utf8_validate (line, -1, NULL));
      assert_is_plain_path (name);
    }
}

static void
lines_hold_nothing_that_moves_the_cursor (void **state)
{
  static const Case lines[] = {
    CASE ("plain text", "plain text"),
    CASE ("a\nb\tc", "a\\x0Ab\\x09c"),
    CASE ("\x1b[31m", "\\x1B[31m"),
    CASE ("\x7f", "\\x7F"),
    CASE ("C:\\x0A", "C:\\\\x0A"),
    CASE ("\xe2\x80\xae", "\\xE2\\x80\\xAE"),
    CASE ("a\xe2\x80\x8b", "a\\xE2\\x80\\x8B"),
    CASE ("a\xf3\xa0\x81\xbf", "a\\xF3\\xA0\\x81\\xBF"),
    CASE ("\xff", "\\xFF"),
    CASE ("a\0b", "a\\x00b"),
    CASE ("\xe2\x82\xac", "\xe2\x82\xac"),
    CASE ("", ""),
    CASE ("\xc2\x9b"
          "31m",
          "\\xC2\\x9B31m"),
  };
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *escaped = assay_text_escape_line (lines[i].raw, (gssize)lines[i].length);
      assert_string_equal (escaped, lines[i].escaped);
    }
  g_autofree char *name = assay_text_line_to_name ("a\\x0Ab\\\\x41 100%\\xzz\\x4");
  assert_string_equal (name, "a%0Ab\\x41 100%25\\xzz\\x4");
  g_autofree char *shown = assay_text_escape_shown ("a\\x0Ab\nc\\");
  assert_string_equal (shown, "a\\x0Ab\\x0Ac\\");
  g_autofree char *counted = assay_text_escape_line ("a\nb", -1);
  assert_string_equal (counted, "a\\x0Ab");
}

static void
bytes_become_hex (void **state)
{
  const guint8 bytes[] = { 0x00, 0x0f, 0xa5, 0xff };
  g_autofree char *hex = assay_text_hex (bytes, sizeof bytes);
  g_autofree char *empty = assay_text_hex (bytes, 0);
  assert_string_equal (hex, "000fa5ff");
  assert_string_equal (empty, "");
}

static void
one_copy_of_a_text (void **state)
{
  g_autofree char *first = g_strdup ("load");
  g_autofree char *second = g_strdup ("load");
  const char *one = assay_text_intern (first);
  assert_ptr_not_equal (one, first);
  assert_ptr_equal (one, assay_text_intern (second));
  assert_ptr_not_equal (one, assay_text_intern ("loaD"));
  first[0] = 'r';
  assert_string_equal (one, "load");
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (names_are_escaped_as_t8_says),
    cmocka_unit_test (no_two_names_become_one),
    cmocka_unit_test (any_bytes_become_utf8),
    cmocka_unit_test (lines_hold_nothing_that_moves_the_cursor),
    cmocka_unit_test (bytes_become_hex),
    cmocka_unit_test (one_copy_of_a_text),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
