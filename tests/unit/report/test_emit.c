#include "report/emit.h"
#include "util/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* What the emitter makes of one text is what the canonical form of the same JSON has. */
static void
assert_text (const char *text)
{
  AssayEmitter emitter;
  assay_emitter_init (&emitter);
  assay_emitter_open (&emitter, '[');
  assay_emitter_text (&emitter, text);
  assay_emitter_close (&emitter, ']');
  g_string_append_c (emitter.text, '\n');
  g_autoptr (json_t) list = json_pack ("[o]", assay_json_text (text));
  char *canonical = assay_json_canonical (list);
  assert_string_equal (emitter.text->str, canonical);
  free (canonical);
  assay_emitter_clear (&emitter);
}

static void
texts_are_those_of_the_canonical_form (void **state)
{
  static const char *const texts[] = { "",     "plain",  "\"", "\\", "a\\b\"c", "/",     "tab\there", "end\n",
                                       "\x7f", "x\x7fy", "~",  " ",  "é",       "aé\"b", "\xff",      "ok\xc3" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_text (texts[i]);
  for (gunichar c = 1; c < 0x3000; c++)
    {
      char character[7] = "";
      character[g_unichar_to_utf8 (c, character)] = '\0';
      g_autofree char *text = g_strdup_printf ("before%safter", character);
      assert_text (character);
      assert_text (text);
    }
}

/* Texts are looked at eight bytes at a time. */
static void
each_byte_is_seen_in_each_place (void **state)
{
  for (gsize place = 0; place < 19; place++)
    for (guint byte = 1; byte < 0x100; byte++)
      {
        char text[] = "0123456789 abcdefgh";
        text[place] = (char)byte;
        assert_text (text);
      }
}

static void
hexadecimal_is_that_of_printf (void **state)
{
  static const guint8 bytes[] = { 0x00, 0x0f, 0xf0, 0x9a, 0xff };
  AssayEmitter emitter;
  assay_emitter_init (&emitter);
  for (guint64 value = 1; value != 0; value = value << 5 | value >> 62)
    {
      g_autofree char *expected = g_strdup_printf ("\"k\":\"0x%" G_GINT64_MODIFIER "x\"", value);
      emitter.comma = FALSE;
      g_string_truncate (emitter.text, 0);
      assay_emitter_add_hex64 (&emitter, "k", value);
      assert_string_equal (emitter.text->str, expected);
      if (value >> 63 != 0)
        break;
    }
  g_string_truncate (emitter.text, 0);
  assay_emitter_add_hex64 (&emitter, "z", 0);
  assay_emitter_add_bytes (&emitter, "none", bytes, 0);
  assay_emitter_add_bytes (&emitter, "b", bytes, sizeof bytes);
  assert_string_equal (emitter.text->str, ",\"z\":\"0x0\",\"b\":\"000ff09aff\"");
  assay_emitter_clear (&emitter);
}

static void
numbers_are_those_of_printf (void **state)
{
  static const guint64 numbers[] = {
    0, 1, 9, 10, 99, 100, 4294967295, 4294967296, 999999999999999, 9007199254740991, 9007199254740992, G_MAXUINT64
  };
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      AssayEmitter emitter;
      gboolean exact = numbers[i] < G_GUINT64_CONSTANT (1) << 53;
      g_autofree char *expected = exact ? g_strdup_printf ("%" G_GUINT64_FORMAT, numbers[i])
                                        : g_strdup_printf ("\"0x%" G_GINT64_MODIFIER "x\"", numbers[i]);
      assay_emitter_init (&emitter);
      assay_emitter_count (&emitter, numbers[i]);
      assert_string_equal (emitter.text->str, expected);
      assay_emitter_clear (&emitter);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (texts_are_those_of_the_canonical_form),
    cmocka_unit_test (each_byte_is_seen_in_each_place),
    cmocka_unit_test (hexadecimal_is_that_of_printf),
    cmocka_unit_test (numbers_are_those_of_printf),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
