#include "report/html_files.h"

#include "report/html_map.h"
#include "report/sentence.h"
#include "report/text.h"

#include <string.h>

/* What one file shows of itself: as much as anybody reads of one. */
#define MAX_SECTIONS 80
#define MAX_FUNCTIONS 40
#define MAX_CHANGES 40
#define MAX_BYTES (48u * 1024u)

/** One file at work. */
typedef struct
{
  const AssayHtmlPage *page;
  const AssayOutlineFile *file;
  AssayHtml *html;
} Inside;

static void
add_terms (const Inside *inside, const json_t *element)
{
  AssayHtml *html = inside->html;
  const char *shipped = assay_json_get_text (element, "sha256");
  const char *expected = assay_json_get_text (element, "expected_sha256");
  const char *origin = assay_json_get_text (element, "origin");
  assay_html_raw (html, "<dl class=\"facts\">");
  if (strcmp (inside->file->type, "file") == 0)
    assay_html_add_term (html, "Format", inside->file->format);
  assay_html_add_term (html, "Machine", assay_json_get_text (element, "machine"));
  assay_html_add_term (html, "Counterpart", assay_json_get_text (element, "expected_path"));
  assay_html_add_term (html, "Origin", strcmp (origin, "unknown") == 0 ? "" : origin);
  assay_html_add_term (html, "Origin is", assay_json_get_text (element, "origin_detail"));
  assay_html_add_term (html, "Trouble", assay_json_get_text (element, "trouble"));
  if (*shipped != '\0' && strcmp (shipped, expected) == 0)
    assay_html_add_digest (html, "SHA-256, both sides", shipped);
  else
    {
      assay_html_add_digest (html, "SHA-256, image", shipped);
      assay_html_add_digest (
          html, strcmp (inside->page->side, "rebuild") == 0 ? "SHA-256, rebuild" : "SHA-256, expected", expected);
    }
  assay_html_raw (html, "</dl>");
}

/** Findings of one function, or of one section outside of functions. */
typedef struct
{
  guint function;
  guint count;
  guint first; /* number of the finding to be shown */
  guint64 bytes;
  AssayClass class_;
} Group;

/* The findings in a range by function, in the order in which they stand. */
static GArray *
group_range (const Inside *inside, guint64 offset, guint64 size, guint *out_left)
{
  GArray *groups = g_array_new (FALSE, TRUE, sizeof (Group));
  *out_left = 0;
  for (guint i = 0; i < inside->file->mark_count; i++)
    {
      const AssayMark *mark = &g_array_index (inside->page->outline->marks, AssayMark, inside->file->first_mark + i);
      Group *last = groups->len > 0 ? &g_array_index (groups, Group, groups->len - 1) : NULL;
      if (mark->offset < offset || mark->offset - offset >= size)
        continue;
      if (last == NULL || last->function != mark->function || last->class_ != mark->class_)
        {
          Group group = { .function = mark->function, .first = mark->index, .class_ = mark->class_ };
          if (groups->len == MAX_FUNCTIONS || inside->html->text->len > MAX_BYTES)
            {
              (*out_left)++;
              continue;
            }
          g_array_append_val (groups, group);
          last = &g_array_index (groups, Group, groups->len - 1);
        }
      if (g_hash_table_contains (inside->page->shown, GUINT_TO_POINTER (mark->index))
          && !g_hash_table_contains (inside->page->shown, GUINT_TO_POINTER (last->first)))
        last->first = mark->index;
      last->count++;
      last->bytes += mark->length;
    }
  return groups;
}

static void
add_place (AssayHtml *html, const json_t *finding)
{
  const json_t *source = json_object_get (finding, "source");
  guint64 line = assay_text_number (json_object_get (source, "line"));
  const char *file = assay_json_get_text (source, "file");
  if (*file == '\0')
    return;
  assay_html_add (html, "<code>%s", file);
  if (line > 0)
    assay_html_add (html, ":%" G_GUINT64_FORMAT, line);
  assay_html_raw (html, "</code>");
}

static void
add_group (const Inside *inside, const Group *group)
{
  AssayHtml *html = inside->html;
  g_autoptr (json_t) finding = assay_report_source_element (&inside->page->source, ASSAY_REPORT_FINDINGS, group->first);
  const char *name = assay_json_get_text (finding, group->function != 0 ? "function" : "symbol");
  gboolean leads = g_hash_table_contains (inside->page->shown, GUINT_TO_POINTER (group->first));
  assay_html_raw (html, "<tr><th scope=\"row\">");
  if (leads)
    assay_html_add (html, "<a href=\"#f%u\">", group->first);
  if (*name != '\0')
    assay_html_add (html, "<code>%s</code>", name);
  else
    assay_html_add (html, "%" G_GUINT64_FORMAT,
                    assay_text_number (json_object_get (json_object_get (finding, "range"), "offset")));
  assay_html_raw (html, leads ? "</a></th><td>" : "</th><td>");
  assay_html_add_class (html, group->class_);
  assay_html_raw (html, "</td><td class=\"n\">");
  assay_html_add_number (html, group->bytes);
  assay_html_raw (html, "</td><td class=\"n\">");
  assay_html_add_number (html, group->count);
  assay_html_raw (html, "</td><td>");
  add_place (html, finding);
  assay_html_raw (html, "</td></tr>");
}

/* Where in a section something differs. */
static void
add_functions (const Inside *inside, guint64 offset, guint64 size, const char *name)
{
  AssayHtml *html = inside->html;
  guint left = 0;
  g_autoptr (GArray) groups = group_range (inside, offset, size, &left);
  if (groups->len == 0)
    return;
  g_autofree char *label = g_strdup_printf ("Map of section %s by class", name);
  assay_html_add (html, "<details class=\"section\"><summary>Inside <code>%s</code></summary>", name);
  assay_html_map_draw_range (inside->page, html, inside->file, offset, size, label);
  assay_html_add (html, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Functions in %s\">", name);
  assay_html_raw (html, "<table><thead><tr><th scope=\"col\">Function, object or offset</th><th "
                        "scope=\"col\">Class</th><th scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\" "
                        "class=\"n\">Ranges</th><th scope=\"col\">Source</th></tr></thead><tbody>");
  for (guint i = 0; i < groups->len; i++)
    add_group (inside, &g_array_index (groups, Group, i));
  assay_html_raw (html, "</tbody></table></div>");
  assay_html_add_more (html, left, "range", "ranges");
  assay_html_raw (html, "</details>");
}

static void
add_section_row (const Inside *inside, const json_t *section)
{
  AssayHtml *html = inside->html;
  const char *shipped = assay_json_get_text (section, "sha256");
  const char *expected = assay_json_get_text (section, "expected_sha256");
  assay_html_add (html, "<tr><th scope=\"row\"><code>%s</code></th><td>", assay_json_get_text (section, "name"));
  assay_html_add_class (html, assay_outline_class (assay_json_get_text (section, "class")));
  assay_html_raw (html, "</td><td class=\"n\">");
  assay_html_add_number (html, assay_text_number (json_object_get (section, "size")));
  assay_html_add (html, "</td><td class=\"n\"><code>%s</code></td><td><code>%s</code></td><td>%s</td></tr>",
                  assay_json_get_text (section, "address"), assay_json_get_text (section, "flags"),
                  *shipped == '\0' || *expected == '\0' ? "\u2013"
                  : strcmp (shipped, expected) == 0     ? "equal"
                                                        : "differ");
}

static void
add_sections (const Inside *inside, const json_t *sections)
{
  AssayHtml *html = inside->html;
  gsize count = json_array_size (sections);
  if (count == 0)
    return;
  assay_html_raw (html, "<details class=\"section\"><summary>");
  assay_html_add_count (html, count, "section", "sections");
  assay_html_raw (html,
                  "</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Sections\">"
                  "<table><thead><tr><th scope=\"col\">Section</th><th scope=\"col\">Class</th><th scope=\"col\" "
                  "class=\"n\">Bytes</th><th scope=\"col\" class=\"n\">Address</th><th scope=\"col\">Flags</th><th "
                  "scope=\"col\">Digests</th></tr></thead><tbody>");
  gsize shown = 0;
  for (; shown < MIN (count, MAX_SECTIONS) && html->text->len < MAX_BYTES; shown++)
    add_section_row (inside, json_array_get (sections, shown));
  assay_html_raw (html, "</tbody></table></div>");
  assay_html_add_more (html, count - shown, "section", "sections");
  assay_html_raw (html, "</details>");
  for (gsize i = 0; i < shown; i++)
    {
      const json_t *section = json_array_get (sections, i);
      add_functions (inside, assay_text_number (json_object_get (section, "offset")),
                     assay_text_number (json_object_get (section, "size")), assay_json_get_text (section, "name"));
    }
}

static void
add_change (const Inside *inside, const json_t *change)
{
  AssayHtml *html = inside->html;
  const char *name = assay_json_get_text (change, "name"), *old_name = assay_json_get_text (change, "old_name");
  const char *file = assay_json_get_text (change, "file");
  guint64 line = assay_text_number (json_object_get (change, "line"));
  assay_html_add (html, "<tr><td>%s</td><th scope=\"row\">%s <code>%s</code>%s%s%s</th><td class=\"n\">",
                  assay_json_get_text (change, "change"), assay_json_get_text (change, "what"), name,
                  *old_name != '\0' ? ", expected as " : "", old_name,
                  strcmp (assay_json_get_text (change, "named_by"), "shipped") == 0 ? " (as the image calls it)" : "");
  assay_html_add_number (html, assay_text_number (json_object_get (change, "shipped_size")));
  assay_html_raw (html, "</td><td class=\"n\">");
  assay_html_add_number (html, assay_text_number (json_object_get (change, "expected_size")));
  assay_html_raw (html, "</td><td>");
  if (*file != '\0')
    assay_html_add (html, "<code>%s:%" G_GUINT64_FORMAT "</code>", file, line);
  assay_html_raw (html, "</td></tr>");
}

static void
add_changes (const Inside *inside, const json_t *changes)
{
  AssayHtml *html = inside->html;
  gsize count = json_array_size (changes);
  if (count == 0)
    return;
  assay_html_raw (html, "<details class=\"section\"><summary>");
  assay_html_add_count (html, count, "change of functions and objects", "changes of functions and objects");
  assay_html_raw (html, "</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\">"
                        "<table><thead><tr><th scope=\"col\">Change</th><th scope=\"col\">Of</th><th scope=\"col\" "
                        "class=\"n\">Bytes, image</th><th scope=\"col\" class=\"n\">expected</th><th "
                        "scope=\"col\">Source</th></tr></thead><tbody>");
  gsize shown = 0;
  for (; shown < MIN (count, MAX_CHANGES) && html->text->len < MAX_BYTES; shown++)
    add_change (inside, json_array_get (changes, shown));
  assay_html_raw (html, "</tbody></table></div>");
  assay_html_add_more (html, count - shown, "change", "changes");
  assay_html_raw (html, "</details>");
}

/* Why so much that differs has so little beside it. */
static void
add_coarse (const Inside *inside, const json_t *element)
{
  const char *sentence = assay_sentence_coarse (element);
  if (sentence == NULL)
    return;
  assay_html_raw (inside->html, "<p>Described in less detail: ");
  assay_html_raw (inside->html, sentence);
  assay_html_raw (inside->html, ".</p>");
}

char *
assay_html_file_body (const AssayHtmlPage *page, guint number)
{
  AssayHtml html = { .text = g_string_new (NULL) };
  const AssayOutlineFile *file = &g_array_index (page->outline->files, AssayOutlineFile, number);
  g_autoptr (json_t) element = assay_report_source_element (&page->source, ASSAY_REPORT_FILES, number);
  const json_t *sections = json_object_get (element, "sections");
  Inside inside = { page, file, &html };
  g_autofree char *label
      = g_strdup_printf ("Map of %s by class", strcmp (file->path, ".") == 0 ? "the image's own bytes" : file->path);
  if (file->size == 0 && strcmp (file->type, "file") != 0)
    return g_string_free (html.text, FALSE);
  assay_html_raw (&html, "<div class=\"body\">");
  add_terms (&inside, element);
  assay_html_map_draw_range (page, &html, file, 0, file->size, label);
  add_coarse (&inside, element);
  add_changes (&inside, json_object_get (element, "changes"));
  if (json_array_size (sections) > 0)
    add_sections (&inside, sections);
  assay_html_raw (&html, "</div>");
  return g_string_free (html.text, FALSE);
}
