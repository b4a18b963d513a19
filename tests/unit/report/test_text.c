#include "sample.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Pages as a reader sees them. `test_report_text NAME` prints one; golden/NAME.txt is that output, once it has been
 * read and found good.
 */

static Sample *
sample_crowd (void)
{
  Sample *sample = sample_new ();
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *path = g_strdup_printf ("usr/share/%u", i);
      AssayNodeAccount *file = build_file (sample->build, path, 1);
      sample_name (
          sample_bytes (build_range (sample->build, file, 1, ASSAY_CLASS_UNEXPLAINED, "differs"), "a", 1, "b", 1), NULL,
          NULL, FALSE, NULL, 0, "these bytes are not the ones that the rebuild made");
      build_fact (sample->build, file->node, "uid", "0", "1", ASSAY_CLASS_UNEXPLAINED, "differs");
      build_missing (sample->build, path, NULL);
    }
  sample_finish (sample, sample_image, sample_rebuild, sample_no_policy);
  return sample;
}

/* Names that try to be something else on a terminal. */
static Sample *
sample_hostile (void)
{
  Sample *sample = sample_new ();
  g_autofree char *endless = g_strnfill (3000, 'n');
  AssayNodeAccount *file = build_file (sample->build,
                                       "usr/\033[2J\033]0;pwned\007/\xe2\x80\xae"
                                       "fdp.exe\r\nIDENTICAL  The image",
                                       4);
  AssayFinding *finding = build_range (sample->build, file, 4, ASSAY_CLASS_UNEXPLAINED, "differs");
  sample_name (sample_bytes (finding, "\033[2J", 4, "\xff\xfe\x80\x7f", 4), "\033[0m\xff", endless, TRUE, "\033", 1,
               "\033[31m back\\slash");
  build_fact (sample->build, file->node, g_intern_string (endless), "\033c", "\xf0\x9f\x98\x80",
              ASSAY_CLASS_UNEXPLAINED, "differs");
  build_missing (sample->build, "\xe6\xbc\xa2\xe5\xad\x97\n/\xe6\xbc\xa2\xe5\xad\x97  two  spaces", NULL);
  sample_finish (sample, "{\"path\":\"\\u001b[2J\",\"format\":\"\\u009b\"}", "[{\"kind\":\"\\u001b[5m\"}]",
                 "{\"result\":\"\\u001b[32mpass\",\"failures\":[\"\\u001b[32m\"]}");
  return sample;
}

static const struct
{
  const char *name;
  Sample *(*make) (void);
  AssayTextStyle style;
} pages[] = {
  { "mismatch", sample_mismatch, ASSAY_TEXT_PLAIN },   { "mismatch-colour", sample_mismatch, ASSAY_TEXT_COLOUR },
  { "identical", sample_identical, ASSAY_TEXT_PLAIN }, { "equivalent", sample_equivalent, ASSAY_TEXT_PLAIN },
  { "undecided", sample_undecided, ASSAY_TEXT_PLAIN }, { "crowd", sample_crowd, ASSAY_TEXT_PLAIN },
  { "hostile", sample_hostile, ASSAY_TEXT_PLAIN },
};

static char *
render (Sample *(*make) (void), AssayTextStyle style)
{
  g_autoptr (Sample) sample = make ();
  g_autoptr (json_t) head = assay_report_head (&sample->report);
  return assay_report_render_text (head, style);
}

static void
pages_are_as_they_were_found_good (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autofree char *path = g_strdup_printf ("tests/unit/report/golden/%s.txt", pages[i].name);
      g_autofree char *golden = NULL;
      g_autofree char *text = render (pages[i].make, pages[i].style);
      assert_true (g_file_get_contents (path, &golden, NULL, NULL));
      if (strcmp (text, golden) != 0)
        fail_msg ("%s is now:\n%s", path, text);
    }
}

/* Takes the SGR sequences out, and nothing else. */
static char *
without_colour (const char *text)
{
  GString *out = g_string_new (NULL);
  while (*text != '\0')
    {
      gsize length = 0;
      if (g_str_has_prefix (text, "\033["))
        {
          length = 2 + strspn (text + 2, "0123456789;");
          length = text[length] == 'm' ? length + 1 : 0;
        }
      if (length == 0)
        g_string_append_c (out, *text);
      text += MAX (length, 1);
    }
  return g_string_free (out, FALSE);
}

static void
assert_narrow (const char *name, const char *text)
{
  g_autofree char *plain = without_colour (text);
  g_auto (GStrv) lines = g_strsplit (plain, "\n", -1);
  assert_true (g_utf8_validate (plain, -1, NULL));
  for (char **line = lines; *line != NULL; line++)
    {
      glong width = 0;
      for (const char *c = *line; *c != '\0'; c = g_utf8_next_char (c))
        width += g_unichar_iswide (g_utf8_get_char (c)) ? 2 : 1;
      if (width > 80 || g_str_has_suffix (*line, " "))
        fail_msg ("%s, %ld cells: %s", name, width, *line);
    }
}

static void
no_line_is_wider_than_80_columns (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autofree char *text = render (pages[i].make, pages[i].style);
      assert_narrow (pages[i].name, text);
    }
}

/* Every member of a head that is text, set to something endless. */
static void
no_member_breaks_the_page (void **state)
{
  static const char *const places[] = {
    "{\"verdict\":%s}",
    "{\"image\":{\"path\":%s,\"format\":%s,\"sha256\":%s,\"size\":%s}}",
    "{\"expected\":[{\"kind\":%s,\"path\":%s,\"recipe\":{\"sha256\":%s},\"source\":%s}]}",
    "{\"policy\":{\"result\":%s,\"failures\":[%s,%s]}}",
    "{\"reasons\":[%s]}",
    "{\"missing\":[{\"path\":%s,\"size\":%s}],\"counts\":{\"missing\":{\"total\":%s}}}",
    "{\"facts\":[{\"path\":%s,\"class\":%s,\"fact\":%s,\"shipped\":%s,\"expected\":%s}]}",
    "{\"findings\":[{\"path\":%s,\"class\":%s,\"section\":%s,\"symbol\":%s,\"function\":%s,\"named_by\":%s,\"message\":"
    "%s,"
    "\"shipped\":%s,\"expected\":%s,\"range\":{\"offset\":%s,\"length\":%s,\"address\":%s}}]}",
    "{\"accounting\":{\"total\":%s,\"identical\":%s,\"waived\":%s}}",
  };
  g_autofree char *letters = g_strnfill (3000, 'a'), *digits = g_strnfill (16, 'f'), *spaces = g_strnfill (700, ' ');
  g_auto (GStrv) none = g_new0 (char *, 501);
  for (guint i = 0; i < 500; i++)
    none[i] = g_strdup ("\xf0\x9f\x98\x80/");
  g_autofree char *smiles = g_strjoinv ("/", none), *number = g_strconcat ("0x", digits, NULL);
  const char *const values[] = { letters, digits, spaces, smiles, number, "" };
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < G_N_ELEMENTS (values); j++)
      {
        g_autofree char *value = g_strdup_printf ("\"%s\"", values[j]);
        g_auto (GStrv) parts = g_strsplit (places[i], "%s", -1);
        g_autofree char *document = g_strjoinv (value, parts);
        g_autoptr (json_t) head = sample_json (document);
        g_autofree char *text = assay_report_render_text (head, ASSAY_TEXT_COLOUR);
        assert_narrow (places[i], text);
      }
}

static void
nothing_but_colour_reaches_the_terminal (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    for (AssayTextStyle style = ASSAY_TEXT_PLAIN; style <= ASSAY_TEXT_COLOUR; style++)
      {
        g_autofree char *text = render (pages[i].make, style);
        g_autofree char *plain = style == ASSAY_TEXT_COLOUR ? without_colour (text) : g_strdup (text);
        assert_true (g_utf8_validate (plain, -1, NULL));
        for (const char *c = plain; *c != '\0'; c = g_utf8_next_char (c))
          assert_true (*c == '\n' || (!g_unichar_iscntrl (g_utf8_get_char (c)) && g_utf8_get_char (c) != 0x202e));
      }
}

/* A head that somebody wrote may be anything: whatever is no use is left out. */
static void
any_head_can_be_shown (void **state)
{
  static const char *const heads[] = {
    "{}",
    "[]",
    "{\"verdict\":7,\"judged\":[],\"accounting\":\"x\",\"reasons\":{\"a\":1},\"facts\":[1,null,{}],\"findings\":[[],{}]"
    ","
    "\"missing\":[0],\"image\":null,\"expected\":[1,{}],\"policy\":3,\"counts\":[]}",
    "{\"verdict\":\"passed\",\"reasons\":[1,null],\"image\":{\"path\":1,\"size\":-3}}",
    "{\"accounting\":{\"total\":1,\"identical\":9007199254740991,\"unexplained\":\"0xffffffffffffffff\",\"waived\":"
    "\"0xg\"}}",
    "{\"accounting\":{\"total\":\"0xffffffffffffffff\",\"identical\":\"0xfffffffffffffffe\",\"waived\":1}}",
    "{\"findings\":[{\"class\":\"x\",\"shipped\":\"zz\",\"expected\":\"0\",\"range\":{\"offset\":\"q\",\"length\":-1}},"
    "{\"class\":\"unexplained\",\"shipped\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011\"}]"
    "}",
  };
  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr (json_t) head = sample_json (heads[i]);
      g_autofree char *text = assay_report_render_text (head, ASSAY_TEXT_PLAIN);
      assert_true (g_str_has_prefix (text, "UNDECIDED  "));
    }
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (pages_are_as_they_were_found_good),
    cmocka_unit_test (no_line_is_wider_than_80_columns),
    cmocka_unit_test (no_member_breaks_the_page),
    cmocka_unit_test (nothing_but_colour_reaches_the_terminal),
    cmocka_unit_test (any_head_can_be_shown),
  };
  for (guint i = 0; argc == 2 && i < G_N_ELEMENTS (pages); i++)
    if (strcmp (pages[i].name, argv[1]) == 0)
      {
        g_autofree char *text = render (pages[i].make, pages[i].style);
        fputs (text, stdout);
        return EXIT_SUCCESS;
      }
  return cmocka_run_group_tests (tests, NULL, NULL);
}
