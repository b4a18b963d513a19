#include "report/html.h"

#include "crypto/sha256.h"
#include "report/html_map.h"
#include "report/text.h"

#include <assay/error.h>

#include <string.h>

/*
 * The Content Security Policy (W3C, CSP Level 3) of the page: it may load nothing, send nothing and run nothing, and
 * has the one style sheet that it brings, by its digest. It is a second wall: no text of a report gets as far as
 * markup.
 */
static void
add_policy (AssayHtml *html, const char *style)
{
  AssayDigest digest;
  assay_sha256_bytes (style, strlen (style), &digest);
  g_autofree char *base64 = g_base64_encode (digest.bytes, sizeof digest.bytes);
  /* base64 has no character that markup minds */
  assay_html_raw (html,
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
  assay_html_raw (html, base64);
  assay_html_raw (html, "'; base-uri 'none'; form-action 'none'\">\n");
}

void
assay_html_begin (AssayHtml *html, const char *title)
{
  g_autofree char *style = assay_html_style ();
  assay_html_raw (html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  add_policy (html, style);
  assay_html_add (
      html,
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>%s</title>\n<style>",
      title);
  assay_html_raw (html, style);
  assay_html_raw (html, "</style>\n</head>\n<body>\n");
  /* what cells are filled with stands in front of all of them */
  assay_html_map_add_marks (html);
  assay_html_raw (html, "\n<main>\n");
}

gboolean
assay_html_end (AssayHtml *html, GError **error)
{
  assay_html_raw (html, "</main>\n</body>\n</html>\n");
  if (html->error != NULL)
    {
      g_propagate_error (error, html->error);
      return FALSE;
    }
  return assay_output_write (html->output, html->text->str, html->text->len, error);
}

static void
add_head (AssayHtmlPage *page)
{
  g_autofree char *title = g_strdup_printf ("%s: %s", assay_text_verdict (page->head),
                                            assay_json_get_text (json_object_get (page->head, "image"), "path"));
  assay_html_begin (&page->html, title);
}

/* Ways to the parts; those that a report may be without are not among them. */
static void
add_ways (AssayHtmlPage *page)
{
  static const struct
  {
    const char *id;
    const char *title;
  } parts[] = {
    { "map", "Byte map" }, { "account", "Account" }, { "findings", "Findings" },      { "facts", "Facts" },
    { "files", "Files" },  { "rules", "Rules" },     { "sources", "Licensed files" }, { "inputs", "Inputs" },
    { "words", "Words" },
  };
  AssayHtml *html = &page->html;
  assay_html_raw (html, "<nav aria-label=\"Parts of the report\">");
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      gboolean absent = (strcmp (parts[i].id, "files") == 0 && page->outline->files->len == 0)
                        || (strcmp (parts[i].id, "rules") == 0 && page->outline->kinds->len == 0)
                        || (strcmp (parts[i].id, "sources") == 0 && json_object_get (page->head, "sources") == NULL);
      if (!absent)
        assay_html_add (html, "<a href=\"#%s\">%s</a> ", parts[i].id, parts[i].title);
    }
  assay_html_raw (html, "</nav>\n");
}

static gboolean
appears (const json_t *head, const char *class_)
{
  return assay_text_number (json_object_get (json_object_get (head, "accounting"), class_)) > 0
         || assay_text_number (json_object_get (json_object_get (head, "fact_accounting"), class_)) > 0;
}

static void
add_words (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const char *verdict = assay_text_verdict (page->head);
  assay_html_add (
      html,
      "<section aria-labelledby=\"words\"><h2 id=\"words\">Words</h2><dl class=\"words\"><div><dt>%s</dt><dd>"
      "%s</dd></div>",
      verdict, assay_text_verdict_meaning (verdict));
  for (guint severity = 1; severity <= ASSAY_CLASS_COUNT; severity++)
    {
      AssayClass class_ = assay_outline_by_severity (severity);
      const char *name = assay_class_name (class_);
      if (!appears (page->head, name))
        continue;
      assay_html_raw (html, "<div><dt>");
      assay_html_add_class (html, class_);
      assay_html_add (html, "</dt><dd>%s</dd></div>", assay_text_class_meaning (name));
    }
  assay_html_raw (html, "<div><dt><code>a//b</code></dt><dd>b, which lies inside a</dd></div></dl></section>");
}

static void
add_foot (AssayHtmlPage *page)
{
  const json_t *tool = json_object_get (page->head, "tool");
  assay_html_add (&page->html,
                  "<footer><p>Made by %s %s. This page only shows what a report says, and loads nothing. Whether to "
                  "believe it, <code>assay gate</code> decides from the report and the image. That the image is what "
                  "the source builds does not say that the source is harmless.</p></footer>\n",
                  assay_json_get_text (tool, "name"), assay_json_get_text (tool, "version"));
}

static void
add_pictures (AssayHtmlPage *page)
{
  assay_html_raw (&page->html, "<div class=\"pair\">");
  assay_html_add_map (page);
  assay_html_add_account (page);
  assay_html_raw (&page->html, "</div>");
}

static const struct
{
  void (*add) (AssayHtmlPage *page);
} parts[] = {
  { add_head },
  { assay_html_add_summary },
  { add_ways },
  { add_pictures },
  { assay_html_add_findings },
  { assay_html_add_facts },
  { assay_html_add_files },
  { assay_html_add_policy },
  { assay_html_add_rules },
  { assay_html_add_origins },
  { assay_html_add_sources },
  { assay_html_add_inputs },
  { add_words },
  { add_foot },
};

static gboolean
write_page (AssayHtmlPage *page, AssayOutput *output, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (AssayOutline) outline = assay_outline_new (&page->source, page->head);
  g_autoptr (GArray) cards = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) shown = g_hash_table_new (NULL, NULL);
  AssayHtml *html = &page->html;
  *html = (AssayHtml){ .text = text, .output = output };
  page->outline = outline;
  page->side = assay_text_expected_side (page->head);
  page->cards = cards;
  page->shown = shown;
  assay_html_choose_cards (page);
  for (gsize i = 0; i < G_N_ELEMENTS (parts) && assay_html_flush (html); i++)
    parts[i].add (page);
  return assay_html_end (html, error);
}

gboolean
assay_report_write_html (const AssayReport *report, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head (report);
  AssayHtmlPage page = { .source = { .report = report }, .head = head };
  return write_page (&page, output, error);
}

gboolean
assay_report_write_html_of_json (const AssayReportSource *source, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head_of_json (source, error);
  AssayHtmlPage page = { .source = *source, .head = head };
  return head != NULL && write_page (&page, output, error);
}
