#include "report/html.h"

#include "account/rules/rule.h"
#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* What tables of rules, and of origins, may take. */
#define RULES_BYTES (150u * 1024u)
#define ORIGINS_BYTES (300u * 1024u)

/* Source files that are named of one program. */
#define MAX_SOURCES 12

static const AssayClass order[]
    = { ASSAY_CLASS_WAIVED, ASSAY_CLASS_EXPLAINED, ASSAY_CLASS_STRUCTURE, ASSAY_CLASS_OUTSIDE };

/* Findings say what their rule is; of one that explains facts alone, its own word for it. */
static const char *
what_it_says (const AssayKind *kind)
{
  const AssayRule *rule = *kind->message == '\0' ? assay_rules_find (kind->rule) : NULL;
  return rule == NULL ? kind->message : rule->message;
}

static void
add_kind (AssayHtml *html, const AssayKind *kind)
{
  assay_html_raw (html, "<tr><td>");
  assay_html_add_class (html, kind->class_);
  assay_html_add (html, "</td><th scope=\"row\"><code>%s</code></th><td>%s</td><td class=\"n\">", kind->rule,
                  what_it_says (kind));
  assay_html_add_number (html, kind->bytes);
  assay_html_raw (html, "</td><td class=\"n\">");
  assay_html_add_number (html, kind->ranges);
  assay_html_raw (html, "</td><td class=\"n\">");
  assay_html_add_number (html, kind->facts);
  assay_html_raw (html, "</td><td>");
  assay_html_add_path (html, kind->path);
  assay_html_raw (html, "</td></tr>");
}

void
assay_html_add_rules (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const GPtrArray *kinds = page->outline->kinds;
  guint64 start = assay_html_length (html);
  guint left = kinds->len;
  if (kinds->len == 0)
    return;
  assay_html_raw (html,
                  "<section aria-labelledby=\"rules\"><h2 id=\"rules\">Rules used</h2><p class=\"note\">What "
                  "accounted for bytes and facts that are not equal.</p><div class=\"scroll\" tabindex=\"0\" "
                  "role=\"region\" aria-label=\"Rules used\"><table class=\"list rules\"><thead><tr><th "
                  "scope=\"col\">Class</th><th scope=\"col\">Rule</th><th scope=\"col\">It says</th><th "
                  "scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\" class=\"n\">Ranges</th><th scope=\"col\" "
                  "class=\"n\">Facts</th><th scope=\"col\">First in</th></tr></thead><tbody>");
  for (gsize row = 0; row < G_N_ELEMENTS (order); row++)
    for (guint i = 0; i < kinds->len && assay_html_length (html) - start < RULES_BYTES; i++)
      {
        const AssayKind *kind = g_ptr_array_index (kinds, i);
        if (kind->class_ != order[row])
          continue;
        add_kind (html, kind);
        left--;
      }
  assay_html_raw (html, "</tbody></table></div>");
  assay_html_add_more (html, left, "rule", "rules");
  assay_html_raw (html, "</section>");
}

/** Of one file, which sources its changes name. */
static void
note_source (GPtrArray *sources, const char *file)
{
  for (guint i = 0; i < sources->len; i++)
    if (strcmp (g_ptr_array_index (sources, i), file) == 0)
      return;
  if (*file != '\0' && sources->len <= MAX_SOURCES)
    g_ptr_array_add (sources, g_strdup (file));
}

/* The sources that stand behind what changed in a file, by the debug information of the rebuild. */
static GPtrArray *
sources_of (const AssayHtmlPage *page, const json_t *element, const AssayOutlineFile *file)
{
  GPtrArray *sources = g_ptr_array_new_with_free_func (g_free);
  const json_t *change;
  size_t index;
  json_array_foreach (json_object_get (element, "changes"), index, change)
      note_source (sources, assay_json_get_text (change, "file"));
  for (guint i = 0; i < file->mark_count && i < MAX_SOURCES * MAX_SOURCES; i++)
    {
      const AssayMark *mark = &g_array_index (page->outline->marks, AssayMark, file->first_mark + i);
      if (mark->function == 0)
        continue;
      g_autoptr (json_t) finding = assay_report_source_element (&page->source, ASSAY_REPORT_FINDINGS, mark->index);
      note_source (sources, assay_json_get_text (json_object_get (finding, "source"), "file"));
    }
  return sources;
}

static void
add_origin (AssayHtmlPage *page, const json_t *element, const GPtrArray *sources)
{
  AssayHtml *html = &page->html;
  assay_html_raw (html, "<tr><th scope=\"row\">");
  assay_html_add_path (html, assay_json_get_text (element, "path"));
  assay_html_add (html, "</th><td><span class=\"w\">%s</span></td><td>%s</td><td>",
                  assay_json_get_text (element, "origin"), assay_json_get_text (element, "origin_detail"));
  for (guint i = 0; i < MIN (sources->len, MAX_SOURCES); i++)
    assay_html_add (html, "%s<code>%s</code>", i > 0 ? ", " : "", (const char *)g_ptr_array_index (sources, i));
  assay_html_raw (html, sources->len > MAX_SOURCES ? ", \u2026</td></tr>" : "</td></tr>");
}

static const char origins_begin[]
    = "<section aria-labelledby=\"origins\"><h2 id=\"origins\">Sources behind files</h2><p class=\"note\">Where the "
      "expected bytes of a file come from, as far as it was recorded, and which source files stand behind what differs "
      "in it, by the debug information of the rebuild.</p><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Sources behind files\"><table class=\"list\"><thead><tr><th scope=\"col\">File</th><th "
      "scope=\"col\">Origin</th><th scope=\"col\">Which is</th><th scope=\"col\">Sources of what "
      "differs</th></tr></thead>"
      "<tbody>";

void
assay_html_add_origins (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const GArray *files = page->outline->files;
  guint64 start = assay_html_length (html);
  guint listed = 0, left_out = 0;
  for (guint i = 0; i < files->len && assay_html_flush (html); i++)
    {
      const AssayOutlineFile *file = &g_array_index (files, AssayOutlineFile, i);
      if (strcmp (file->type, "file") != 0)
        continue;
      g_autoptr (json_t) element = assay_report_source_element (&page->source, ASSAY_REPORT_FILES, i);
      const char *origin = assay_json_get_text (element, "origin");
      g_autoptr (GPtrArray) sources = sources_of (page, element, file);
      if (sources->len == 0 && (*origin == '\0' || strcmp (origin, "unknown") == 0))
        continue;
      if (assay_html_length (html) - start > ORIGINS_BYTES)
        {
          left_out++;
          continue;
        }
      assay_html_raw (html, listed++ == 0 ? origins_begin : "");
      add_origin (page, element, sources);
    }
  if (listed == 0)
    return;
  assay_html_raw (html, "</tbody></table></div>");
  assay_html_add_more (html, left_out, "file", "files");
  assay_html_raw (html, "</section>");
}
