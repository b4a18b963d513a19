#include "report/coverage.h"

#include "judge/words.h"
#include "report/coverage_words.h"
#include "report/html_map.h"
#include "report/text.h"

#include <string.h>

/* Rows of a list of files, and what one list may take. */
#define MAX_ROWS 2000
#define LIST_BYTES (1024u * 1024u)

/* Cells of the picture of the code. */
#define CELLS (ASSAY_HTML_COLUMNS * 16)

/** The page at work. @total: bytes of shipped code. */
typedef struct
{
  AssayHtml html;
  const json_t *coverage;
  const json_t *states;
  guint64 total;
} Page;

static guint64
part_of (const Page *page, gsize state)
{
  return assay_text_number (json_object_get (page->states, assay_coverage_words (state)->state));
}

/* --- what a reader sees first --- */

/* The colours of a verdict: all of it reviewed is well, a part is to be looked at, nothing is not. */
static const char *
look_of (const Page *page)
{
  guint64 reviewed = part_of (page, 0);
  gboolean recorded = json_is_true (json_object_get (page->coverage, "recorded"));
  return !recorded || reviewed == 0 ? "mismatch" : reviewed == page->total ? "identical" : "waived";
}

static void
add_banner (Page *page)
{
  AssayHtml *html = &page->html;
  g_autofree char *share = assay_text_share (part_of (page, 0), page->total);
  g_autofree char *sentence = assay_coverage_sentence (page->coverage);
  assay_html_begin_banner (html, look_of (page));
  assay_html_add (html, "<h1>%s reviewed</h1><p class=\"lead\">%s</p>", share, sentence);
  for (guint i = 0; i < ASSAY_COVERAGE_DOUBTS; i++)
    {
      const char *doubt = assay_coverage_doubt (page->coverage, i);
      if (doubt != NULL)
        assay_html_add (html, "<p>%s</p>", doubt);
    }
  assay_html_raw (html, "</div></header>");
}

static void
add_wide (AssayHtml *html, const char *term, const char *text)
{
  assay_html_add (html, "<div class=\"wide\"><dt>%s</dt><dd>%s</dd></div>", term, text);
}

static void
add_inputs (Page *page)
{
  AssayHtml *html = &page->html;
  const json_t *report = json_object_get (page->coverage, "report");
  const json_t *list = json_object_get (page->coverage, "list");
  g_autofree char *listed = assay_coverage_list_sentence (list);
  assay_html_raw (html, "<dl class=\"facts\">");
  assay_html_add_term (html, "Image", assay_json_get_text (json_object_get (report, "image"), "path"));
  assay_html_add_term (html, "Verdict on it", assay_text_word (report, "verdict"));
  add_wide (html, "List of what was reviewed", listed);
  add_wide (html, "Which code is of which file", ASSAY_COVERAGE_BY);
  assay_html_add_digest (html, "SHA-256 of the image",
                         assay_json_get_text (json_object_get (report, "image"), "sha256"));
  assay_html_add_digest (html, "SHA-256 of the report", assay_json_get_text (report, "sha256"));
  assay_html_add_digest (html, "SHA-256 of the list", assay_json_get_text (list, "sha256"));
  assay_html_raw (html, "</dl>");
}

static void
add_ways (Page *page)
{
  assay_html_raw (&page->html, "<nav aria-label=\"Parts of the page\"><a href=\"#code\">Shipped code</a> <a "
                               "href=\"#left\">Left to review</a> <a href=\"#done\">Reviewed</a> <a "
                               "href=\"#programs\">Programs</a> <a href=\"#beside\">Beside the code</a> <a "
                               "href=\"#words\">Words</a></nav>\n");
}

/* --- all of the code --- */

/* Of each state the mark that its cells have. */
static void
add_legend (Page *page)
{
  AssayHtml *html = &page->html;
  assay_html_raw (html, "<ul class=\"legend\" aria-label=\"What the cells mean\">");
  for (gsize i = 0; i < ASSAY_COVERAGE_STATES; i++)
    {
      const AssayCoverageWords *words = assay_coverage_words (i);
      if (part_of (page, i) == 0)
        continue;
      assay_html_raw (html, "<li>");
      assay_html_map_add_cell (html, words->class_);
      assay_html_add (html, "%s</li>", words->row);
    }
  assay_html_raw (html, "</ul>");
}

static void
draw_code (Page *page)
{
  AssayHtml *html = &page->html;
  g_autofree AssayHtmlMap *map = g_new (AssayHtmlMap, 1);
  assay_html_map_init (map, page->total, CELLS);
  for (gsize i = 0; i < ASSAY_COVERAGE_STATES; i++)
    assay_html_map_add (map, assay_coverage_words (i)->class_, part_of (page, i), 0);
  assay_html_raw (html, "<figure>");
  assay_html_map_draw (map, NULL, html,
                       "All bytes of shipped code by what is known of their source; the table has them "
                       "as numbers");
  assay_html_raw (html, "<figcaption>The shipped code, sorted by what is known of its source. One cell is ");
  assay_html_add_size (html, map->block);
  assay_html_raw (html, ", and shows the worst in it.</figcaption>");
  add_legend (page);
  assay_html_raw (html, "</figure>");
}

static void
add_state (Page *page, gsize state)
{
  AssayHtml *html = &page->html;
  const AssayCoverageWords *words = assay_coverage_words (state);
  guint64 part = part_of (page, state);
  g_autofree char *share = assay_text_share (part, page->total);
  if (part == 0 && state != 0)
    return;
  assay_html_raw (html, "<tr><th scope=\"row\">");
  assay_html_add_sign (html, words->class_, words->mark, words->row);
  assay_html_raw (html, "</th><td class=\"n\">");
  assay_html_add_number (html, part);
  assay_html_add (html, "</td><td class=\"n\">%s</td><td class=\"b\">", share);
  assay_html_add_bar (html, words->class_, part, page->total);
  assay_html_raw (html, "</td></tr>");
}

static void
add_code (Page *page)
{
  AssayHtml *html = &page->html;
  g_autofree char *beside = assay_coverage_beside_sentence (page->coverage);
  assay_html_raw (html, "<section aria-labelledby=\"code\"><h2 id=\"code\">Shipped code</h2><div class=\"pair\">");
  if (page->total > 0)
    draw_code (page);
  assay_html_raw (html,
                  "<table class=\"account\"><thead><tr><th scope=\"col\">Source</th><th scope=\"col\" class=\"n\">"
                  "Bytes</th><th scope=\"col\" class=\"n\">Share</th><th scope=\"col\" class=\"b\"><span "
                  "class=\"sr\">Bar</span></th></tr></thead><tbody>");
  for (gsize i = 0; i < ASSAY_COVERAGE_STATES; i++)
    add_state (page, i);
  assay_html_raw (html, "</tbody><tfoot><tr><th scope=\"row\">total</th><td class=\"n\">");
  assay_html_add_number (html, page->total);
  assay_html_raw (html, "</td><td></td><td class=\"b\"></td></tr></tfoot></table></div>");
  if (beside != NULL)
    assay_html_add (html, "<p class=\"note\">%s</p>", beside);
  assay_html_raw (html, "</section>\n");
}

/* --- files --- */

static void
add_source (Page *page, const json_t *row, gboolean with_why)
{
  AssayHtml *html = &page->html;
  const AssayCoverageWords *words = assay_coverage_words_of (assay_json_get_text (row, "state"));
  guint64 bytes = assay_text_number (json_object_get (row, "bytes"));
  g_autofree char *share = assay_text_share (bytes, page->total);
  gboolean source = json_object_get (row, "file") != NULL;
  assay_html_raw (html, "<tr><td class=\"n\">");
  assay_html_add_number (html, bytes);
  assay_html_add (html,
                  source ? "</td><td class=\"n\">%s</td><th scope=\"row\">"
                         : "</td><td class=\"n\">%s</td><th scope=\"row\">in ",
                  share);
  assay_html_add_path (html, assay_json_get_text (row, source ? "file" : "path"));
  if (with_why)
    {
      g_autofree char *why = assay_coverage_why (row);
      assay_html_raw (html, "<p class=\"z\">");
      assay_html_add_sign (html, words->class_, words->mark, words->row);
      assay_html_add (html, ": %s</p>", why);
    }
  assay_html_raw (html, "</th></tr>");
}

static void
add_sources (Page *page, const json_t *rows, gboolean with_why)
{
  AssayHtml *html = &page->html;
  gsize count = json_array_size (rows), shown = 0;
  guint64 until = assay_html_length (html) + LIST_BYTES;
  assay_html_raw (html, "<table class=\"lines\"><thead><tr><th scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\" "
                        "class=\"n\">Share</th><th scope=\"col\">File</th></tr></thead><tbody>");
  for (; shown < MIN (count, MAX_ROWS) && assay_html_length (html) < until && assay_html_flush (html); shown++)
    add_source (page, json_array_get (rows, shown), with_why);
  assay_html_raw (html, "</tbody></table>");
  assay_html_add_more (html, count - shown, "file", "files");
}

static void
add_left (Page *page)
{
  AssayHtml *html = &page->html;
  const json_t *left = json_object_get (page->coverage, "left");
  assay_html_raw (html, "<section aria-labelledby=\"left\"><h2 id=\"left\">Left to review</h2>");
  if (json_array_size (left) == 0)
    assay_html_raw (html, "<p>Nothing.</p>");
  else
    {
      assay_html_raw (html, "<p class=\"note\">The largest first: who reads from the top has the most of the image "
                            "soonest.</p>");
      add_sources (page, left, TRUE);
    }
  assay_html_raw (html, "</section>\n");
}

static void
add_done (Page *page)
{
  AssayHtml *html = &page->html;
  const json_t *done = json_object_get (page->coverage, "reviewed");
  const json_t *unused = json_object_get (json_object_get (page->coverage, "list"), "unused");
  g_autoptr (json_t) names = json_array ();
  const json_t *line;
  size_t index;
  assay_html_raw (html, "<section aria-labelledby=\"done\"><h2 id=\"done\">Reviewed</h2>");
  if (json_array_size (done) == 0)
    assay_html_raw (html, "<p>Nothing.</p>");
  else
    {
      assay_html_raw (html, "<details><summary>");
      assay_html_add_count (html, json_array_size (done), "file", "files");
      assay_html_raw (html, ", of which all that reached the image counts</summary>");
      add_sources (page, done, FALSE);
      assay_html_raw (html, "</details>");
    }
  json_array_foreach (unused, index, line) json_array_append (names, json_object_get (line, "path"));
  assay_html_add_names (html, "In the list, and not read by the build with that digest", names,
                        assay_html_length (html) + LIST_BYTES);
  assay_html_raw (html, "</section>\n");
}

static void
add_program (Page *page, const json_t *file)
{
  AssayHtml *html = &page->html;
  guint64 code = assay_text_number (json_object_get (file, "code"));
  guint64 reviewed = assay_text_number (json_object_get (file, "reviewed"));
  g_autofree char *share = assay_text_share (reviewed, code);
  assay_html_raw (html, "<tr><td class=\"n\">");
  assay_html_add_number (html, code);
  assay_html_add (html, "</td><td class=\"n\">%s</td><td class=\"b\">", code > 0 ? share : "");
  assay_html_add_bar (html, ASSAY_CLASS_IDENTICAL, reviewed, code);
  assay_html_raw (html, "</td><th scope=\"row\">");
  assay_html_add_path (html, assay_json_get_text (file, "path"));
  assay_html_raw (html, "</th></tr>");
}

static void
add_programs (Page *page)
{
  AssayHtml *html = &page->html;
  const json_t *files = json_object_get (page->coverage, "files");
  gsize count = json_array_size (files), shown = 0;
  guint64 until = assay_html_length (html) + LIST_BYTES;
  assay_html_raw (html, "<section aria-labelledby=\"programs\"><h2 id=\"programs\">Programs of the image</h2>");
  if (count == 0)
    assay_html_raw (html, "<p>None is known.</p></section>\n");
  if (count == 0)
    return;
  assay_html_raw (html, "<table class=\"lines\"><thead><tr><th scope=\"col\" class=\"n\">Bytes of code</th><th "
                        "scope=\"col\" class=\"n\">Reviewed</th><th scope=\"col\" class=\"b\"><span "
                        "class=\"sr\">Bar</span></th><th scope=\"col\">Program</th></tr></thead><tbody>");
  for (; shown < MIN (count, MAX_ROWS) && assay_html_length (html) < until && assay_html_flush (html); shown++)
    add_program (page, json_array_get (files, shown));
  assay_html_raw (html, "</tbody></table>");
  assay_html_add_more (html, count - shown, "program", "programs");
  assay_html_raw (html, "</section>\n");
}

static void
add_beside (Page *page)
{
  AssayHtml *html = &page->html;
  static const char *const titles[ASSAY_COVERAGE_BESIDE_COUNT] = {
    [ASSAY_COVERAGE_DOUBTED] = "May give other names to lines (#line and the like), and are not reviewed",
    [ASSAY_COVERAGE_READ]
    = ("Read and not reviewed, and no line table names them (macros, scripts, tables, or what goes "
       "by another name)"),
    [ASSAY_COVERAGE_NEVER] = "Never opened, so that they reached nothing that is shipped",
    [ASSAY_COVERAGE_UNSURE] = "Not known",
  };
  assay_html_raw (html, "<section aria-labelledby=\"beside\"><h2 id=\"beside\">Files beside the code</h2><p "
                        "class=\"note\">Of the delivery, and in no line of shipped code.</p>");
  for (guint kind = 0; kind < ASSAY_COVERAGE_BESIDE_COUNT; kind++)
    {
      g_autoptr (json_t) names = assay_coverage_beside_names (page->coverage, (AssayCoverageBeside)kind);
      assay_html_add_names (html, titles[kind], names, assay_html_length (html) + LIST_BYTES);
    }
  assay_html_raw (html, "</section>\n");
}

static void
add_words (Page *page)
{
  AssayHtml *html = &page->html;
  assay_html_raw (html, "<section aria-labelledby=\"words\"><h2 id=\"words\">Words</h2><dl class=\"words\">");
  for (gsize i = 0; i < ASSAY_COVERAGE_STATES; i++)
    {
      const AssayCoverageWords *words = assay_coverage_words (i);
      if (part_of (page, i) == 0 && i > 0)
        continue;
      assay_html_raw (html, "<div><dt>");
      assay_html_add_sign (html, words->class_, words->mark, words->row);
      assay_html_add (html, "</dt><dd>%s</dd></div>", words->meaning);
    }
  assay_html_raw (html, "</dl></section>\n");
}

static void
add_foot (Page *page)
{
  const json_t *tool = json_object_get (page->coverage, "tool");
  assay_html_add (
      &page->html,
      "<footer><p>Made by %s %s. This page loads nothing. It believes the report that it is of: whether to, "
      "<code>assay gate</code> decides. Line tables are what compilers say of themselves, and no proof; and "
      "bytes say nothing of which of them matter.</p></footer>\n",
      assay_json_get_text (tool, "name"), assay_json_get_text (tool, "version"));
}

gboolean
assay_coverage_write_html (const json_t *coverage, AssayOutput *output, GError **error)
{
  static void (*const parts[]) (Page *) = { add_banner, add_inputs,   add_ways,   add_code,  add_left,
                                            add_done,   add_programs, add_beside, add_words, add_foot };
  g_autoptr (GString) text = g_string_new (NULL);
  const json_t *code = json_object_get (coverage, "code");
  Page page = { .html = { .text = text, .output = output, .all = "--format json" },
                .coverage = coverage,
                .states = json_object_get (code, "states"),
                .total = assay_text_number (json_object_get (code, "bytes")) };
  g_autofree char *title
      = g_strdup_printf ("Reviewed source of %s",
                         assay_json_get_text (json_object_get (json_object_get (coverage, "report"), "image"), "path"));
  assay_html_begin (&page.html, title);
  for (gsize i = 0; i < G_N_ELEMENTS (parts) && assay_html_flush (&page.html); i++)
    parts[i](&page);
  return assay_html_end (&page.html, error);
}
