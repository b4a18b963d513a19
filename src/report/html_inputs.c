#include "report/html.h"

#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* Lines of any one list that are shown, and bytes of all. */
#define MAX_ITEMS 200
#define PART_BYTES (250u * 1024u)

/** What these parts may still take. */
typedef struct
{
  AssayHtml *html;
  guint64 start;
} Part;

static gboolean
has_room (const Part *part, gsize index)
{
  return index < MAX_ITEMS && assay_html_length (part->html) - part->start < PART_BYTES;
}

static void
add_texts (const Part *part, const char *title, const json_t *texts)
{
  const json_t *entry;
  size_t index;
  if (json_array_size (texts) == 0)
    return;
  assay_html_add (part->html, "<h3>%s</h3><ul class=\"plain\">", title);
  json_array_foreach (texts, index, entry)
  {
    const char *text = json_string_value (entry);
    if (!has_room (part, index))
      break;
    assay_html_add (part->html, "<li>%s</li>", text != NULL ? text : "?");
  }
  assay_html_raw (part->html, "</ul>");
  assay_html_add_more (part->html, json_array_size (texts) - index, "line", "lines");
}

static void
add_used (const Part *part, const json_t *used)
{
  AssayHtml *html = part->html;
  const json_t *line;
  size_t index;
  if (json_array_size (used) == 0)
    return;
  assay_html_raw (html, "<h3>Lines that were used</h3><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                        "aria-label=\"Lines of the policy that were used\"><table class=\"list\"><thead><tr><th "
                        "scope=\"col\" class=\"n\">Line</th><th scope=\"col\">It</th><th scope=\"col\">Of</th><th "
                        "scope=\"col\" class=\"n\">Bytes</th><th scope=\"col\" class=\"n\">Facts</th><th "
                        "scope=\"col\">Reason</th><th scope=\"col\">Answered for by</th></tr></thead><tbody>");
  json_array_foreach (used, index, line)
  {
    if (!has_room (part, index))
      break;
    assay_html_add (html, "<tr><td class=\"n\">%" G_GUINT64_FORMAT "</td><td>%s</td><th scope=\"row\">",
                    assay_text_number (json_object_get (line, "line")),
                    strcmp (assay_json_get_text (line, "kind"), "blob") == 0 ? "accepts a blob" : "waives");
    assay_html_add_path (html, assay_json_get_text (line, "path"));
    assay_html_raw (html, "</th><td class=\"n\">");
    assay_html_add_number (html, assay_text_number (json_object_get (line, "bytes")));
    assay_html_raw (html, "</td><td class=\"n\">");
    assay_html_add_number (html, assay_text_number (json_object_get (line, "facts")));
    assay_html_add (html, "</td><td>%s</td><td>%s</td></tr>", assay_json_get_text (line, "reason"),
                    assay_json_get_text (line, "owner"));
  }
  assay_html_raw (html, "</tbody></table></div>");
  assay_html_add_more (html, json_array_size (used) - index, "line", "lines");
}

void
assay_html_add_policy (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const Part part = { html, assay_html_length (html) };
  const json_t *policy = json_object_get (page->head, "policy");
  const char *result = assay_json_get_text (policy, "result");
  const json_t *key;
  size_t index;
  if (strcmp (result, "pass") != 0 && strcmp (result, "fail") != 0)
    return;
  assay_html_add (html, "<section aria-labelledby=\"policy\"><h2 id=\"policy\">Policy</h2><p class=\"lead\">%s</p>",
                  strcmp (result, "pass") == 0 ? "The policy holds." : "The policy does not hold.");
  add_texts (&part, "What does not hold", json_object_get (policy, "failures"));
  add_used (&part, json_object_get (policy, "used"));
  add_texts (&part, "Remarks", json_object_get (policy, "notes"));
  assay_html_raw (html, "<dl class=\"facts\">");
  assay_html_add_digest (html, "SHA-256", assay_json_get_text (policy, "sha256"));
  json_array_foreach (json_object_get (policy, "keys"), index, key)
  {
    if (!has_room (&part, index))
      break;
    g_autofree char *term = g_strdup_printf ("Key of slot %s", assay_json_get_text (key, "slot"));
    assay_html_add_digest (html, term, assay_json_get_text (key, "sha256"));
  }
  assay_html_raw (html, "</dl></section>");
}

static void
add_layers (const Part *part, const char *title, const json_t *layers)
{
  AssayHtml *html = part->html;
  const json_t *layer;
  size_t index;
  if (json_array_size (layers) == 0)
    return;
  assay_html_add (html, "<h4>%s</h4><ul class=\"plain layers\">", title);
  json_array_foreach (layers, index, layer)
  {
    if (!has_room (part, index))
      break;
    const char *why = assay_json_get_text (layer, "why");
    assay_html_add (html, "<li>%s%s <code class=\"d\">%s</code>%s%s</li>", assay_json_get_text (layer, "name"),
                    assay_json_get_text (layer, "path"), assay_json_get_text (layer, "sha256"),
                    *why != '\0' ? ": " : "", why);
  }
  assay_html_raw (html, "</ul>");
  assay_html_add_more (html, json_array_size (layers) - index, "layer", "layers");
}

/* Without a pin anybody could have supplied it. */
static const char *
authenticity (const json_t *part)
{
  const json_t *flag = json_object_get (part, "authenticated");
  return json_is_true (flag) ? "pinned by the policy" : json_is_false (flag) ? "unauthenticated" : "";
}

static void
add_second (const Part *part, const json_t *second)
{
  AssayHtml *html = part->html;
  const json_t *variation;
  size_t index;
  if (second == NULL)
    return;
  assay_html_add (html, "<h4>Second rebuild</h4><p>%s</p><ul class=\"plain\">",
                  json_is_true (json_object_get (second, "reproducible")) ? "Both rebuilds made the same."
                                                                          : "The two rebuilds differ.");
  json_array_foreach (json_object_get (second, "variations"), index, variation)
  {
    if (!has_room (part, index))
      break;
    assay_html_add (html, "<li>%s: %s%s</li>", assay_json_get_text (variation, "name"),
                    json_is_true (json_object_get (variation, "varied")) ? "" : "not varied; ",
                    assay_json_get_text (variation, "detail"));
  }
  assay_html_raw (html, "</ul>");
}

static void
add_expected (const Part *part, const json_t *entry)
{
  AssayHtml *html = part->html;
  const json_t *recipe = json_object_get (entry, "recipe"), *source = json_object_get (entry, "source");
  const json_t *toolchain = json_object_get (entry, "toolchain");
  const char *kind = assay_json_get_text (entry, "kind"), *path = assay_json_get_text (entry, "path");
  const char *product = assay_json_get_text (recipe, "product");
  gboolean host = strcmp (assay_json_get_text (toolchain, "kind"), "host") == 0;
  assay_html_add (html, "<h3>%s%s%s</h3><dl class=\"facts\">",
                  strcmp (kind, "rebuild") == 0 ? "Rebuild"
                  : strcmp (kind, "path") == 0  ? "Given"
                                                : kind,
                  *product != '\0' || *path != '\0' ? ": " : "", *product != '\0' ? product : path);
  assay_html_add_term (html, "Licence", assay_json_get_text (recipe, "licence"));
  assay_html_add_term (html, "Recipe", authenticity (recipe));
  assay_html_add_term (html, "Source", authenticity (source));
  assay_html_add_term (html, "Toolchain", authenticity (toolchain));
  assay_html_add_term (html, "Toolchain is",
                       host ? "that of the machine that rebuilt" : assay_json_get_text (toolchain, "kind"));
  assay_html_add_term (html, "From the cache", json_is_true (json_object_get (entry, "cached")) ? "yes" : "");
  assay_html_add_digest (html, "SHA-256 of the recipe", assay_json_get_text (recipe, "sha256"));
  assay_html_add_digest (html, "SHA-256 of the source", assay_json_get_text (source, "sha256"));
  assay_html_add_digest (html, "SWHID of the source", assay_json_get_text (source, "swhid"));
  assay_html_add_digest (html, "SHA-256 of the toolchain", assay_json_get_text (toolchain, "sha256"));
  assay_html_add_digest (html, "SHA-256 of what came out", assay_json_get_text (entry, "sha256"));
  assay_html_raw (html, "</dl>");
  add_layers (part, "Source", json_object_get (source, "layers"));
  add_layers (part, "Patches", json_object_get (source, "patches"));
  add_layers (part, "Further inputs", json_object_get (source, "inputs"));
  add_layers (part, "Not looked into", json_object_get (source, "unread"));
  add_layers (part, "Toolchain", json_object_get (toolchain, "layers"));
  add_layers (part, "Files of entries", json_object_get (recipe, "mtrees"));
  add_second (part, json_object_get (entry, "second"));
}

static gint
by_text (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* By name, whatever order somebody wrote them in. */
static void
add_limits (const Part *part, json_t *limits)
{
  AssayHtml *html = part->html;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (void *i = json_object_iter (limits); i != NULL; i = json_object_iter_next (limits, i))
    g_ptr_array_add (names, (gpointer)json_object_iter_key (i));
  if (names->len == 0)
    return;
  g_ptr_array_sort (names, by_text);
  assay_html_raw (html, "<details><summary>Limits</summary><table class=\"limits\"><thead><tr><th "
                        "scope=\"col\">Limit</th><th scope=\"col\" class=\"n\">Value</th></tr></thead><tbody>");
  for (guint i = 0; i < names->len && has_room (part, i); i++)
    {
      const char *name = g_ptr_array_index (names, i);
      assay_html_add (html, "<tr><th scope=\"row\">%s</th><td class=\"n\">", name);
      assay_html_add_number (html, assay_text_number (json_object_get (limits, name)));
      assay_html_raw (html, "</td></tr>");
    }
  assay_html_raw (html, "</tbody></table></details>");
}

static void
add_scope (AssayHtml *html, const json_t *scope)
{
  const json_t *glob;
  size_t index;
  assay_html_raw (html, "<div><dt>Scope</dt><dd>");
  if (json_array_size (scope) == 0)
    assay_html_raw (html, "the whole image");
  json_array_foreach (scope, index, glob)
  {
    const char *text = json_string_value (glob);
    if (index < MAX_ITEMS)
      assay_html_add (html, "%s<code>%s</code>", index > 0 ? ", " : "", text != NULL ? text : "?");
  }
  assay_html_raw (html, "</dd></div>");
}

static void
add_options (const Part *part, const json_t *head)
{
  AssayHtml *html = part->html;
  const json_t *options = json_object_get (head, "options"), *tool = json_object_get (head, "tool");
  const json_t *time = json_object_get (options, "time"), *jobs = json_object_get (options, "jobs");
  assay_html_add (html, "<h3>Run</h3><dl class=\"facts\"><div><dt>Program</dt><dd>%s %s</dd></div>",
                  assay_json_get_text (tool, "name"), assay_json_get_text (tool, "version"));
  assay_html_add_term (html, "Mode", assay_json_get_text (options, "mode"));
  assay_html_add_term (html, "Digests", assay_json_get_text (options, "digests"));
  add_scope (html, json_object_get (options, "scope"));
  if (json_is_integer (time))
    {
      g_autofree char *text = g_strdup_printf ("%" JSON_INTEGER_FORMAT, json_integer_value (time));
      g_autofree char *shown = assay_words_value ("mtime", text);
      assay_html_add_term (html, "Judged as of", shown);
    }
  if (json_is_integer (jobs))
    assay_html_add (html, "<div><dt>Jobs</dt><dd>%" G_GUINT64_FORMAT "</dd></div>", assay_text_number (jobs));
  assay_html_add_term (html, "Rebuilt twice", json_is_true (json_object_get (options, "twice")) ? "yes" : "");
  assay_html_add_digest (html, "SHA-256 of the program", assay_json_get_text (options, "program_sha256"));
  assay_html_add_digest (html, "SHA-256 of the layout", assay_json_get_text (options, "layout_sha256"));
  assay_html_raw (html, "</dl>");
  add_limits (part, json_object_get (options, "limits"));
}

void
assay_html_add_inputs (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const Part part = { html, assay_html_length (html) };
  const json_t *entry;
  size_t index;
  assay_html_raw (html, "<section aria-labelledby=\"inputs\"><h2 id=\"inputs\">Inputs and environment</h2>");
  json_array_foreach (json_object_get (page->head, "expected"), index, entry)
  {
    if (!has_room (&part, index))
      break;
    add_expected (&part, entry);
  }
  add_options (&part, page->head);
  assay_html_raw (html, "</section>");
}
