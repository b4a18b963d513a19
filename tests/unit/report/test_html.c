#include "written.h"

#include "crypto/sha256.h"
#include "report/html_map.h"
#include "report/load.h"
#include "report/source.h"

#include <stdlib.h>

/* The page: what is in it is text, what it holds it holds from both sides alike, and its picture adds up. */

static gboolean
write_live (gconstpointer report, AssayOutput *output, GError **error)
{
  return assay_report_write_html (report, output, error);
}

static gboolean
write_stored (gconstpointer report, AssayOutput *output, GError **error)
{
  const AssayReportSource source = { .json = (json_t *)report };
  return assay_report_write_html_of_json (&source, output, error);
}

/* The page of a report, which is the one of what was stored of it. */
static char *
page_of (const AssayReport *report)
{
  char *page = written (write_live, report);
  g_autofree char *json = written (write_json, report);
  g_autoptr (json_t) stored = json_loads (json, 0, NULL);
  assert_non_null (stored);
  g_autofree char *again = written (write_stored, stored);
  assert_string_equal (page, again);
  return page;
}

static void
what_is_stored_has_the_same_page (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autofree char *page = page_of (&sample->report);
      assert_true (g_utf8_validate (page, -1, NULL));
      assert_true (g_str_has_suffix (page, "</main>\n</body>\n</html>\n"));
    }
}

static gboolean
is_listed (const char *const *list, const char *word)
{
  return g_strv_contains (list, word);
}

/* A tag from its `<` to its `>`: it is one of ours, with attributes of ours, each between double quotes. */
static const char *
check_tag (const char *at)
{
  static const char *const tags[]
      = { "!DOCTYPE", "a",       "article", "b",     "blockquote", "body", "caption",    "circle", "code",
          "dd",       "defs",    "details", "div",   "dl",         "dt",   "figcaption", "figure", "footer",
          "g",        "h1",      "h2",      "h3",    "h4",         "head", "header",     "html",   "i",
          "li",       "main",    "marker",  "meta",  "nav",        "ol",   "p",          "path",   "pre",
          "rect",     "section", "span",    "style", "summary",    "svg",  "table",      "tbody",  "td",
          "tfoot",    "th",      "thead",   "title", "tr",         "ul",   "wbr",        NULL };
  static const char *const attributes[] = { "aria-hidden",
                                            "aria-label",
                                            "aria-labelledby",
                                            "charset",
                                            "class",
                                            "colspan",
                                            "content",
                                            "cx",
                                            "cy",
                                            "d",
                                            "focusable",
                                            "height",
                                            "href",
                                            "html",
                                            "http-equiv",
                                            "id",
                                            "lang",
                                            "markerHeight",
                                            "markerUnits",
                                            "markerWidth",
                                            "name",
                                            "open",
                                            "preserveAspectRatio",
                                            "r",
                                            "refX",
                                            "refY",
                                            "role",
                                            "rx",
                                            "scope",
                                            "start",
                                            "stroke-width",
                                            "tabindex",
                                            "viewBox",
                                            "width",
                                            NULL };
  gsize length = strcspn (at + (at[1] == '/' ? 2 : 1), " />");
  g_autofree char *name = g_strndup (at + (at[1] == '/' ? 2 : 1), length);
  if (!is_listed (tags, name))
    fail_msg ("a tag that is none of ours: %.60s", at);
  at += (at[1] == '/' ? 2 : 1) + length;
  while (*at != '>')
    {
      at += strspn (at, " /");
      if (*at == '>')
        break;
      g_autofree char *attribute = g_strndup (at, strcspn (at, "= />"));
      if (!is_listed (attributes, attribute))
        fail_msg ("an attribute that is none of ours: %.60s", at);
      at += strlen (attribute);
      if (g_str_has_prefix (at, "=\""))
        {
          if (strcmp (attribute, "href") == 0)
            assert_true (at[2] == '#');
          at = strchr (at + 2, '"') + 1;
        }
    }
  return at + 1;
}

static void
no_name_is_markup (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autofree char *page = page_of (&sample->report);
      for (const char *at = page; (at = strchr (at, '<')) != NULL;)
        {
          gboolean style = g_str_has_prefix (at, "<style>");
          at = check_tag (at);
          /* the text of a style sheet ends with its own end tag alone */
          at = style ? strstr (at, "</style>") : at;
        }
      for (const char *c = page; *c != '\0'; c = g_utf8_next_char (c))
        {
          gunichar character = g_utf8_get_char (c);
          assert_true (character == '\n' || (character >= 0x20 && character != 0x7f));
          assert_false (character >= 0x202a && character <= 0x202e);
        }
    }
}

/* What the text of a name is, is there to be read. */
static void
names_are_shown_as_they_are (void **state)
{
  g_autoptr (Sample) sample = sample_nasty ();
  g_autofree char *page = page_of (&sample->report);
  assert_non_null (strstr (page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  assert_non_null (strstr (page, "\\xE2\\x80\\xAE"));
  assert_non_null (strstr (page, "&amp;lt;&amp;#60;"));
}

static void
text_is_escaped (void **state)
{
  static const struct
  {
    const char *text;
    const char *shown;
  } cases[] = {
    { NULL, "" },
    { "plain text, \xc3\xa4", "plain text, \xc3\xa4" },
    { "<&>\"'`", "&lt;&amp;&gt;&quot;&#39;&#96;" },
    { "&amp;", "&amp;amp;" },
    { "a\nb\tc", "a\\x0Ab\\x09c" },
    { "\x1b[2J\x7f", "\\x1B[2J\\x7F" },
    { "\xe2\x80\xae\xe2\x81\xa6", "\\xE2\\x80\\xAE\\xE2\\x81\\xA6" },
    { "\xe2\x80\x8b", "\\xE2\\x80\\x8B" },
    { "\xff<", "\\xFF&lt;" },
    { "a\\x3cb", "a\\x3cb" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *shown = assay_html_escape (cases[i].text);
      assert_string_equal (shown, cases[i].shown);
    }
  g_autofree char *endless = g_strnfill (100000, '<');
  g_autofree char *shown = assay_html_escape (endless);
  assert_true (strlen (shown) < 4000 && strstr (shown, "[99400]") != NULL);
}

static void
the_policy_has_the_digest_of_the_style (void **state)
{
  g_autoptr (Sample) sample = sample_identical ();
  g_autofree char *page = page_of (&sample->report);
  const char *begin = strstr (page, "<style>") + strlen ("<style>");
  const char *end = strstr (begin, "</style>");
  AssayDigest digest;
  assay_sha256_bytes (begin, (gsize)(end - begin), &digest);
  g_autofree char *base64 = g_base64_encode (digest.bytes, sizeof digest.bytes);
  g_autofree char *policy
      = g_strdup_printf ("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                         "'sha256-%s'; base-uri 'none'; form-action 'none'\">",
                         base64);
  assert_non_null (strstr (page, policy));
  /* in front of all that it could be too late for */
  assert_true (strstr (page, policy) < strstr (page, "<title>"));
  assert_null (strstr (page, "<script"));
  assert_null (strstr (page, " style="));
  assert_null (strstr (page, "@import"));
}

static guint
count_of (const AssayHtmlMap *map, AssayClass class_)
{
  guint count = 0;
  for (guint i = 0; i < map->count; i++)
    count += map->cells[i] == assay_outline_severity (class_) + 1;
  return count;
}

static void
a_cell_shows_the_worst_in_it (void **state)
{
  g_autofree AssayHtmlMap *map = g_new (AssayHtmlMap, 1);
  assay_html_map_init (map, (guint64)1 << 30, ASSAY_HTML_IMAGE_CELLS);
  assert_int_equal (map->block, 512 * 1024);
  assert_int_equal (map->count, 2048);
  assay_html_map_add (map, ASSAY_CLASS_IDENTICAL, 1000 * 512 * 1024 + 17, 0);
  assay_html_map_add (map, ASSAY_CLASS_UNEXPLAINED, 1, 0);
  assay_html_map_add (map, ASSAY_CLASS_EXPLAINED, 512 * 1024, 0);
  assay_html_map_add (map, ASSAY_CLASS_IDENTICAL, G_MAXUINT64, 0);
  assert_int_equal (count_of (map, ASSAY_CLASS_UNEXPLAINED), 1);
  assert_int_equal (map->cells[1000], assay_outline_severity (ASSAY_CLASS_UNEXPLAINED) + 1);
  assert_int_equal (count_of (map, ASSAY_CLASS_EXPLAINED), 1);
  assert_int_equal (count_of (map, ASSAY_CLASS_IDENTICAL), 2046);
  static const guint64 totals[] = { 1, 2, 47, 49, 3072, 3073, 4096, G_MAXUINT64 };
  for (guint i = 0; i < G_N_ELEMENTS (totals); i++)
    {
      assay_html_map_init (map, totals[i], ASSAY_HTML_IMAGE_CELLS);
      assay_html_map_add (map, ASSAY_CLASS_UNDECIDED, G_MAXUINT64, 0);
      assert_true (map->count >= 1 && map->count <= ASSAY_HTML_IMAGE_CELLS);
      assert_int_equal (count_of (map, ASSAY_CLASS_UNDECIDED), map->count);
    }
}

static void
add_length (AssayClass class_, guint64 length, gpointer data)
{
  ((guint64 *)data)[class_] += length;
}

static AssayOutline *
outline_of (const AssayReport *report)
{
  const AssayReportSource source = { .report = report };
  g_autoptr (json_t) head = assay_report_head (report);
  return assay_outline_new (&source, head);
}

static void
each_byte_is_in_the_picture_once (void **state)
{
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autoptr (Sample) sample = samples[i]();
      g_autoptr (AssayOutline) outline = outline_of (&sample->report);
      guint64 all[ASSAY_CLASS_COUNT] = { 0 };
      assert_true (outline->adds_up);
      for (guint j = 0; j < outline->files->len; j++)
        assay_outline_walk_own (outline, &g_array_index (outline->files, AssayOutlineFile, j), add_length, all);
      for (guint j = 0; j < ASSAY_CLASS_COUNT; j++)
        assert_int_equal (all[j], sample->report.account->totals[j]);
    }
}

/* Each is a report that says more, or less, than it has. */
static void
what_does_not_add_up_has_no_picture (void **state)
{
  static const char *const lies[]
      = { "accounting.total", "files.size", "findings.length", "findings.offset", "findings.path", "files.identical" };
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (Sample) sample = sample_mismatch ();
      g_autofree char *text = written (write_json, &sample->report);
      g_autoptr (json_t) report = json_loads (text, 0, NULL);
      json_t *finding = json_array_get (json_object_get (report, "findings"), 0);
      json_t *file = json_array_get (json_object_get (report, "files"), 0);
      json_t *const owners[]
          = { json_object_get (report, "accounting"), file,    json_object_get (finding, "range"),
              json_object_get (finding, "range"),     finding, json_object_get (file, "accounting") };
      const char *key = strchr (lies[i], '.') + 1;
      json_object_set_new (owners[i], key,
                           strcmp (key, "path") == 0 ? json_string ("nowhere")
                           : strcmp (key, "size") == 0
                               ? json_integer (7)
                               : json_integer (json_integer_value (json_object_get (owners[i], key)) + 1000000));
      g_autofree char *page = written (write_stored, report);
      if (strstr (page, "do not add up, so that no picture") == NULL || strstr (page, "class=\"map\"") != NULL)
        fail_msg ("a picture of a report with another %s", lies[i]);
    }
}

static void
a_report_without_anything_has_a_page (void **state)
{
  g_autoptr (AssayJudgement) judgement = assay_judgement_new (NULL, NULL, NULL);
  AssayReport report = { .judgement = judgement };
  g_autofree char *page = page_of (&report);
  assert_non_null (strstr (page, "<h1>Undecided</h1>"));
  assert_non_null (strstr (page, "There are no bytes to show."));
}

/* A pass that the policy refuses must not look like one. */
static void
what_the_policy_refuses_looks_like_no_pass (void **state)
{
  g_autoptr (Sample) sample = sample_identical ();
  json_object_set_new (sample->report.policy, "result", json_string ("fail"));
  g_autofree char *page = page_of (&sample->report);
  assert_non_null (strstr (page, "class=\"banner v-mismatch\""));
  assert_non_null (strstr (page, "<h1>Identical, but refused</h1>"));
}

/* What differs by itself stands open and first, what follows from it is folded. */
static void
ripple_is_folded_behind_primary_changes (void **state)
{
  g_autoptr (Sample) sample = sample_mismatch ();
  g_autoptr (AssayFindings) without = sample->build->account.findings;
  sample->build->account.findings = assay_findings_new ();
  for (guint i = 0; i < assay_findings_length (without); i++)
    {
      AssayFinding *finding = assay_findings_begin (sample->build->account.findings);
      *finding = *assay_findings_get (without, i);
      const AssayFindingWords *words = assay_finding_words (finding);
      finding->words = NULL;
      sample_name (finding, words->section, words->symbol, words->is_function, words->named_by, finding->address,
                   finding->message);
      finding->cause = g_strcmp0 (words->symbol, "banner") == 0 ? ASSAY_CAUSE_RIPPLE : ASSAY_CAUSE_PRIMARY;
    }
  g_autofree char *page = page_of (&sample->report);
  const char *primary = strstr (page, "<article class=\"card cX\"");
  const char *folded = strstr (page, "1 range that differs only because of what changed or moved elsewhere</summary>");
  assert_true (primary != NULL && folded != NULL && primary < folded);
  assert_non_null (strstr (primary, "svr_auth_password"));
  assert_non_null (strstr (folded, "<code>banner</code>"));
  g_autofree char *open = g_strndup (primary, (gsize)(folded - primary));
  assert_null (strstr (open, "<code>banner</code>"));
}

int
main (int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (text_is_escaped),
    cmocka_unit_test (what_is_stored_has_the_same_page),
    cmocka_unit_test (no_name_is_markup),
    cmocka_unit_test (names_are_shown_as_they_are),
    cmocka_unit_test (the_policy_has_the_digest_of_the_style),
    cmocka_unit_test (a_cell_shows_the_worst_in_it),
    cmocka_unit_test (each_byte_is_in_the_picture_once),
    cmocka_unit_test (what_does_not_add_up_has_no_picture),
    cmocka_unit_test (a_report_without_anything_has_a_page),
    cmocka_unit_test (what_the_policy_refuses_looks_like_no_pass),
    cmocka_unit_test (ripple_is_folded_behind_primary_changes),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
