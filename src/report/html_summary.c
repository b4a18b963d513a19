#include "report/html_map.h"

#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* Reasons that stand open; a reader of more than these looks on below. */
#define OPEN_REASONS 6

/* Reasons in all, and lines of a log in one of them. */
#define MAX_REASONS 200
#define MAX_LINES 60

/* The classes in the order of a reader: what is well first, what is not beneath. */
static const AssayClass rows[ASSAY_CLASS_COUNT] = {
  ASSAY_CLASS_IDENTICAL, ASSAY_CLASS_STRUCTURE, ASSAY_CLASS_EXPLAINED,      ASSAY_CLASS_WAIVED,
  ASSAY_CLASS_OUTSIDE,   ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNEXPLAINED,
};

/* Only what is indented, as the lines of a log are, begins a line of its own. */
static void
add_reason (AssayHtml *html, const char *reason)
{
  g_auto (GStrv) lines = g_strsplit (reason, "\n  ", MAX_LINES);
  assay_html_add (html, "<li>%s", lines[0]);
  if (lines[0] != NULL && lines[1] != NULL)
    {
      assay_html_raw (html, "<pre tabindex=\"0\">");
      for (guint i = 1; lines[i] != NULL; i++)
        assay_html_add (html, "%s\n", lines[i]);
      assay_html_raw (html, "</pre>");
    }
  assay_html_raw (html, "</li>");
}

static void
add_reasons (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const json_t *reasons = json_object_get (page->head, "reasons");
  gsize count = json_array_size (reasons);
  if (count == 0)
    return;
  assay_html_raw (html, "<h2 id=\"why\">Why</h2><ol class=\"why\">");
  for (gsize i = 0; i < MIN (count, MAX_REASONS); i++)
    {
      const char *reason = json_string_value (json_array_get (reasons, i));
      if (i == OPEN_REASONS)
        {
          assay_html_raw (html, "</ol><details><summary>");
          assay_html_add_count (html, count - i, "more reason", "more reasons");
          assay_html_add (html, "</summary><ol class=\"why\" start=\"%u\">", (guint)i + 1);
        }
      add_reason (html, reason != NULL ? reason : "");
    }
  assay_html_raw (html, count > OPEN_REASONS ? "</ol></details>" : "</ol>");
  assay_html_add_more (html, count - MIN (count, MAX_REASONS), "reason", "reasons");
}

static void
add_image (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const json_t *image = json_object_get (page->head, "image");
  const json_t *size = json_object_get (image, "size");
  const json_t *expected = json_object_get (page->head, "expected");
  const json_t *first = json_array_get (expected, 0);
  assay_html_raw (html, "<dl class=\"facts\">");
  assay_html_add_term (html, "Image", assay_json_get_text (image, "path"));
  if (size != NULL)
    {
      g_autofree char *bytes = assay_words_count (assay_text_number (size), "byte", "bytes");
      assay_html_add_term (html, "Size", bytes);
    }
  assay_html_add_term (html, "Format", assay_json_get_text (image, "format"));
  const char *product = assay_json_get_text (json_object_get (first, "recipe"), "product");
  g_autofree char *against = strcmp (assay_json_get_text (first, "kind"), "rebuild") == 0
                                 ? g_strdup_printf ("a rebuild%s%s%s", *product != '\0' ? " of " : "", product,
                                                    json_array_size (expected) > 1 ? ", and others" : "")
                                 : g_strdup (assay_json_get_text (first, "path"));
  assay_html_add_term (html, "Judged against", against);
  const char *result = assay_json_get_text (json_object_get (page->head, "policy"), "result");
  assay_html_add_term (html, "Policy",
                       strcmp (result, "pass") == 0   ? "holds"
                       : strcmp (result, "fail") == 0 ? "does not hold"
                                                      : "none given");
  assay_html_add_digest (html, "SHA-256", assay_json_get_text (image, "sha256"));
  assay_html_raw (html, "</dl>");
}

/* What was kept back from whoever judged. */
static void
add_unseen (AssayHtmlPage *page)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (json_object_get (page->head, "options"), "not_seen"), index, entry)
  {
    const char *name = json_string_value (entry);
    if (index < MAX_REASONS)
      assay_html_add (&page->html, "<p class=\"note\">Not seen: %s, which this user may not read.</p>",
                      name != NULL ? name : "?");
  }
}

/* Signs that differ in shape, for who sees no colours. */
static const struct
{
  const char *verdict;
  const char *sign;
} signs[] = {
  { "identical", "<path d=\"M14 25l8 8 13-17\"/>" },
  { "equivalent", "<path d=\"M14 25l8 8 13-17\"/>" },
  { "waived", "<path d=\"M14 21c4-6 8-4 10-1s6 5 10-1M14 31c4-6 8-4 10-1s6 5 10-1\"/>" },
  { "mismatch", "<path d=\"M16 16l16 16M32 16L16 32\"/>" },
  { "undecided", "<path d=\"M18 19c0-8 12-8 12 0 0 5-6 5-6 10M24 34v1\"/>" },
};

void
assay_html_begin_banner (AssayHtml *html, const char *look)
{
  assay_html_add (
      html,
      "<header class=\"banner v-%s\"><svg class=\"sign\" viewBox=\"0 0 48 48\" aria-hidden=\"true\"><circle "
      "cx=\"24\" cy=\"24\" r=\"22\"/>",
      look);
  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    if (strcmp (signs[i].verdict, look) == 0)
      assay_html_raw (html, signs[i].sign);
  assay_html_raw (html, "</svg><div>");
}

void
assay_html_add_summary (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const char *verdict = assay_text_verdict (page->head);
  g_autofree char *sentence = assay_text_sentence (page->head), *judged = assay_text_judged (page->head);
  g_autofree char *word = g_ascii_strup (verdict, 1);
  gboolean failed = strcmp (assay_json_get_text (json_object_get (page->head, "policy"), "result"), "fail") == 0;
  /* A pass that the policy refuses is none, and must not look like one. */
  const char *look = failed && strcmp (verdict, "undecided") != 0 ? "mismatch" : verdict;
  gboolean refused = strcmp (look, verdict) != 0;
  assay_html_begin_banner (html, look);
  assay_html_add (html, "<h1>%s%s%s</h1><p class=\"lead\">%s</p><p>%s%s</p></div></header>", word, verdict + 1,
                  refused ? ", but refused" : "", sentence, judged,
                  failed ? " The policy does not hold: this is no pass." : "");
  add_image (page);
  add_unseen (page);
  add_reasons (page);
}

static void
add_row (AssayHtmlPage *page, AssayClass class_, const json_t *accounting, const json_t *facts, gboolean with_facts)
{
  AssayHtml *html = &page->html;
  const char *name = assay_class_name (class_);
  guint64 total = assay_text_number (json_object_get (accounting, "total"));
  guint64 part = assay_text_number (json_object_get (accounting, name));
  guint64 fact_count = assay_text_number (json_object_get (facts, name));
  g_autofree char *share = assay_text_share (part, total);
  /* the two that everybody looks for stand there though they be nothing */
  if (part == 0 && fact_count == 0 && class_ != ASSAY_CLASS_IDENTICAL && class_ != ASSAY_CLASS_UNEXPLAINED)
    return;
  assay_html_raw (html, "<tr><th scope=\"row\">");
  assay_html_add_class (html, class_);
  assay_html_raw (html, "</th><td class=\"n\">");
  assay_html_add_number (html, part);
  assay_html_add (html, "</td><td class=\"n\">%s</td>", share);
  if (with_facts)
    {
      assay_html_raw (html, "<td class=\"n\">");
      assay_html_add_number (html, fact_count);
      assay_html_raw (html, "</td>");
    }
  assay_html_raw (html, "<td class=\"b\">");
  assay_html_add_bar (html, class_, part, total);
  assay_html_raw (html, "</td></tr>");
}

static void
add_file_counts (AssayHtmlPage *page)
{
  static const char *const verdicts[] = { "mismatch", "undecided", "waived", "equivalent", "identical", "outside" };
  AssayHtml *html = &page->html;
  const json_t *files = json_object_get (json_object_get (page->head, "counts"), "files");
  if (assay_text_number (json_object_get (files, "total")) == 0)
    return;
  assay_html_raw (html, "<p class=\"counts\">Files and directories: ");
  for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++)
    {
      guint64 number = assay_text_number (json_object_get (files, verdicts[i]));
      if (number == 0)
        continue;
      assay_html_raw (html, "<span>");
      assay_html_add_number (html, number);
      assay_html_raw (html, " ");
      assay_html_add_verdict (html, verdicts[i]);
      assay_html_raw (html, "</span> ");
    }
  assay_html_raw (html, "</p>");
}

void
assay_html_add_account (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const json_t *accounting = json_object_get (page->head, "accounting");
  const json_t *facts = json_object_get (page->head, "fact_accounting");
  guint64 fact_total = assay_text_number (json_object_get (facts, "total"));
  assay_html_raw (html, "<section aria-labelledby=\"account\"><h2 id=\"account\">Account</h2><table class=\"account\">"
                        "<caption>Every byte has one class. Worse stands lower.</caption><thead><tr><th "
                        "scope=\"col\">Class</th><th scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\" "
                        "class=\"n\">Share</th>");
  assay_html_raw (html, fact_total > 0 ? "<th scope=\"col\" class=\"n\">Facts</th>" : "");
  assay_html_raw (html, "<th scope=\"col\" class=\"b\"><span class=\"sr\">Bar</span></th></tr></thead><tbody>");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    add_row (page, rows[i], accounting, facts, fact_total > 0);
  assay_html_raw (html, "</tbody><tfoot><tr><th scope=\"row\">total</th><td class=\"n\">");
  assay_html_add_number (html, assay_text_number (json_object_get (accounting, "total")));
  assay_html_raw (html, "</td><td></td>");
  if (fact_total > 0)
    {
      assay_html_raw (html, "<td class=\"n\">");
      assay_html_add_number (html, fact_total);
      assay_html_raw (html, "</td>");
    }
  assay_html_raw (html, "<td class=\"b\"></td></tr></tfoot></table>");
  add_file_counts (page);
  assay_html_raw (html, "</section>");
}

/** Where bytes of the whole go. */
typedef struct
{
  AssayHtmlMap *map;
  guint file;
} Whole;

static void
add_part (AssayClass class_, guint64 length, gpointer data)
{
  Whole *whole = data;
  assay_html_map_add (whole->map, class_, length, whole->file);
}

static void
draw_whole (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  g_autofree AssayHtmlMap *map = g_new (AssayHtmlMap, 1);
  g_autofree guint *files = g_new0 (guint, ASSAY_HTML_IMAGE_CELLS);
  Whole whole = { map, 0 };
  assay_html_map_init (map, page->outline->total, ASSAY_HTML_IMAGE_CELLS);
  map->files = files;
  for (; whole.file < page->outline->files->len; whole.file++)
    assay_outline_walk_own (page->outline, &g_array_index (page->outline->files, AssayOutlineFile, whole.file),
                            add_part, &whole);
  assay_html_map_draw (map, page, html, "Map of all bytes of the image by class; the account has them as numbers");
  assay_html_raw (html, "<figcaption>From the top left, row by row: the image unpacked, each file behind what holds "
                        "it. One cell is ");
  assay_html_add_size (html, map->block);
  assay_html_raw (html, ", a row ");
  assay_html_add_size (html, map->block * ASSAY_HTML_COLUMNS);
  assay_html_raw (html, "; it shows the worst class in it, so that one byte that does not pass marks a whole cell. "
                        "Marked cells lead to their file.</figcaption>");
}

static void
add_legend (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  assay_html_raw (html, "<ul class=\"legend\" aria-label=\"What the cells mean\">");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (assay_text_number (json_object_get (json_object_get (page->head, "accounting"), assay_class_name (rows[i])))
          == 0)
        continue;
      assay_html_raw (html, "<li>");
      assay_html_map_add_cell (html, rows[i]);
      assay_html_add_class (html, rows[i]);
      assay_html_raw (html, "</li>");
    }
  assay_html_raw (html, "</ul>");
}

void
assay_html_add_map (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  assay_html_raw (html, "<section aria-labelledby=\"map\"><h2 id=\"map\">Byte map</h2>");
  if (page->outline->total == 0)
    assay_html_raw (html, "<p class=\"note\">There are no bytes to show.</p>");
  else if (!page->outline->adds_up)
    assay_html_raw (html, "<p class=\"note\">The numbers of this report do not add up, so that no picture can be drawn "
                          "of them. Do not trust it; <code>assay gate</code> says which they are.</p>");
  else
    {
      assay_html_raw (html, "<figure>");
      draw_whole (page);
      assay_html_raw (html, "</figure>");
      add_legend (page);
    }
  assay_html_raw (html, "</section>");
}
