#include "report/html.h"

#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* What facts may take: those that do not pass, or by a line of the policy alone; and those that a rule explains. */
#define LOOKED_AT_BYTES (500u * 1024u)
#define EXPLAINED_BYTES (200u * 1024u)
#define MISSING_BYTES (200u * 1024u)

/* The order of a reader: what does not pass first. */
static const AssayClass looked_at[]
    = { ASSAY_CLASS_UNEXPLAINED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_WAIVED };
static const AssayClass explained[] = { ASSAY_CLASS_EXPLAINED, ASSAY_CLASS_STRUCTURE, ASSAY_CLASS_OUTSIDE };

/** A table of facts at work. */
typedef struct
{
  AssayHtmlPage *page;
  guint64 start;
  guint64 most;
  guint listed;
  guint left_out;
} Table;

static void
add_value (AssayHtml *html, const char *name, const json_t *fact, const char *key)
{
  g_autofree char *escaped = assay_text_member (fact, key);
  g_autofree char *shown = assay_words_value (name, escaped);
  if (shown != NULL)
    assay_html_add (html, "<td><code>%s</code></td>", shown);
  else
    assay_html_raw (html, "<td><span class=\"z\">not there</span></td>");
}

static void
add_evidence (AssayHtml *html, const json_t *fact)
{
  const json_t *waiver = json_object_get (fact, "waiver");
  const char *owner = assay_json_get_text (waiver, "owner");
  if (waiver == NULL)
    {
      assay_html_add (html, "<td>%s</td>", assay_json_get_text (fact, "rule"));
      return;
    }
  assay_html_add (html, "<td>line %" G_GUINT64_FORMAT " of the policy: %s%s%s</td>",
                  assay_text_number (json_object_get (waiver, "line")), assay_json_get_text (waiver, "reason"),
                  *owner != '\0' ? "; answered for by " : "", owner);
}

static void
begin_table (Table *table, const char *caption)
{
  assay_html_add (&table->page->html,
                  "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table class=\"list\"><thead>"
                  "<tr><th scope=\"col\">Class</th><th scope=\"col\">Of</th><th scope=\"col\">Fact</th><th "
                  "scope=\"col\">Image</th><th scope=\"col\">%s</th><th scope=\"col\">Rule</th></tr></thead><tbody>",
                  caption, strcmp (table->page->side, "rebuild") == 0 ? "Rebuild" : "Expected");
}

static void
add_fact (Table *table, guint index, AssayClass class_, const char *caption)
{
  AssayHtml *html = &table->page->html;
  if (assay_html_length (html) - table->start > table->most || !assay_html_flush (html))
    {
      table->left_out++;
      return;
    }
  g_autoptr (json_t) fact = assay_report_source_element (&table->page->source, ASSAY_REPORT_FACTS, index);
  const char *name = assay_json_get_text (fact, "fact");
  if (table->listed++ == 0)
    begin_table (table, caption);
  assay_html_raw (html, "<tr><td>");
  assay_html_add_class (html, class_);
  assay_html_raw (html, "</td><th scope=\"row\">");
  assay_html_add_path (html, assay_json_get_text (fact, "path"));
  assay_html_add (html, "</th><td>%s</td>", assay_words_fact_noun (name));
  add_value (html, name, fact, "shipped");
  add_value (html, name, fact, "expected");
  add_evidence (html, fact);
  assay_html_raw (html, "</tr>");
}

static void
add_classes (AssayHtmlPage *page, const AssayClass *classes, gsize count, guint64 most, const char *caption)
{
  Table table = { .page = page, .start = assay_html_length (&page->html), .most = most };
  guint length = assay_report_source_length (&page->source, ASSAY_REPORT_FACTS);
  for (gsize row = 0; row < count; row++)
    for (guint i = 0; i < length; i++)
      if (assay_outline_class (assay_report_source_label (&page->source, ASSAY_REPORT_FACTS, i)) == classes[row])
        add_fact (&table, i, classes[row], caption);
  if (table.listed > 0)
    assay_html_raw (&page->html, "</tbody></table></div>");
  assay_html_add_more (&page->html, table.left_out, "fact", "facts");
}

static guint
count_classes (const AssayHtmlPage *page, const AssayClass *classes, gsize count)
{
  guint length = assay_report_source_length (&page->source, ASSAY_REPORT_FACTS), sum = 0;
  for (guint i = 0; i < length; i++)
    {
      AssayClass class_ = assay_outline_class (assay_report_source_label (&page->source, ASSAY_REPORT_FACTS, i));
      for (gsize row = 0; row < count; row++)
        sum += class_ == classes[row];
    }
  return sum;
}

static void
add_missing (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  guint length = assay_report_source_length (&page->source, ASSAY_REPORT_MISSING), i = 0;
  guint64 start = assay_html_length (html);
  if (length == 0)
    return;
  assay_html_raw (html,
                  "<section aria-labelledby=\"missing\"><h2 id=\"missing\">Missing</h2><p class=\"note\">What was "
                  "expected and is not in the image.</p><ul class=\"plain\">");
  for (; i < length && assay_html_length (html) - start < MISSING_BYTES && assay_html_flush (html); i++)
    {
      g_autoptr (json_t) element = assay_report_source_element (&page->source, ASSAY_REPORT_MISSING, i);
      const json_t *size = json_object_get (element, "size");
      assay_html_raw (html, "<li>");
      assay_html_add_path (html, assay_json_get_text (element, "path"));
      assay_html_raw (html, size != NULL ? " <span class=\"z\">" : "");
      if (size != NULL)
        assay_html_add_count (html, assay_text_number (size), "byte</span>", "bytes</span>");
      assay_html_raw (html, "</li>");
    }
  assay_html_raw (html, "</ul>");
  assay_html_add_more (html, length - i, "file", "files");
  assay_html_raw (html, "</section>");
}

void
assay_html_add_facts (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  guint bad = count_classes (page, looked_at, G_N_ELEMENTS (looked_at));
  guint good = count_classes (page, explained, G_N_ELEMENTS (explained));
  add_missing (page);
  assay_html_raw (html, "<section aria-labelledby=\"facts\"><h2 id=\"facts\">Facts</h2><p class=\"note\">Names, modes, "
                        "owners, times, links: what counts beside the bytes.</p>");
  add_classes (page, looked_at, G_N_ELEMENTS (looked_at), LOOKED_AT_BYTES, "Facts that do not pass by themselves");
  if (bad == 0)
    assay_html_raw (html, "<p class=\"note\">No fact is unexplained, undecided or waived.</p>");
  if (good > 0)
    {
      assay_html_raw (html, "<details><summary>");
      assay_html_add_count (html, good, "fact", "facts");
      assay_html_raw (html, " that a rule explains, or that nobody judged</summary>");
      add_classes (page, explained, G_N_ELEMENTS (explained), EXPLAINED_BYTES, "Facts that a rule explains");
      assay_html_raw (html, "</details>");
    }
  assay_html_raw (html, "</section>");
}
