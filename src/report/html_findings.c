#include "report/html.h"

#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* Findings with bytes and instructions, and the bytes of the document that they may take. */
#define MAX_CARDS 250
#define MAX_CARDS_OUTSIDE 10 /* one behind the other, of one file and in no function */
#define CARDS_BYTES (1500u * 1024u)

/* Findings in lists: those that are no cards, and those that follow from others. */
#define LIST_BYTES (700u * 1024u)
#define RIPPLE_BYTES (400u * 1024u)

/* Calls that one finding was inlined through. */
#define MAX_INLINED 16

/* Bytes of a side that a list shows. */
#define LIST_HEX_DIGITS 16

/* What does not pass, the worst first, and what passes by a line of the policy alone: a reader looks at each of it. */
static const AssayClass looked_at[]
    = { ASSAY_CLASS_UNEXPLAINED, ASSAY_CLASS_UNREPRODUCIBLE, ASSAY_CLASS_UNDECIDED, ASSAY_CLASS_WAIVED };

static gboolean
is_looked_at (AssayClass class_)
{
  for (gsize i = 0; i < G_N_ELEMENTS (looked_at); i++)
    if (looked_at[i] == class_)
      return TRUE;
  return FALSE;
}

static gint
by_index (gconstpointer a, gconstpointer b)
{
  const AssayMark *first = *(const AssayMark *const *)a, *second = *(const AssayMark *const *)b;
  return first->index < second->index ? -1 : first->index > second->index;
}

/* The marks in the order of the report, in which the primary ones that say the most come first. */
static GPtrArray *
order_marks (const AssayOutline *outline)
{
  GPtrArray *marks = g_ptr_array_sized_new (outline->marks->len);
  for (guint i = 0; i < outline->marks->len; i++)
    g_ptr_array_add (marks, &g_array_index (outline->marks, AssayMark, i));
  g_ptr_array_sort (marks, by_index);
  return marks;
}

/* Of each function the first range that differs says what the others do. */
static gboolean
is_same_function (const AssayMark *shown, const AssayMark *mark)
{
  return shown != NULL && mark->function != 0 && shown->function == mark->function && shown->file == mark->file
         && shown->class_ == mark->class_;
}

void
assay_html_choose_cards (AssayHtmlPage *page)
{
  g_autoptr (GPtrArray) marks = order_marks (page->outline);
  for (gsize row = 0; row < G_N_ELEMENTS (looked_at); row++)
    {
      const AssayMark *shown = NULL;
      guint outside = 0;
      for (guint i = 0; i < marks->len && page->cards->len < MAX_CARDS; i++)
        {
          const AssayMark *mark = g_ptr_array_index (marks, i);
          if (mark->class_ != looked_at[row] || mark->ripple || is_same_function (shown, mark))
            continue;
          /* hundreds of ranges in a file that has no functions say no more than some of them */
          outside = mark->function == 0 && shown != NULL && shown->file == mark->file ? outside + 1 : 0;
          if (outside >= MAX_CARDS_OUTSIDE)
            continue;
          shown = mark;
          g_array_append_val (page->cards, mark->index);
          g_hash_table_add (page->shown, GUINT_TO_POINTER (mark->index));
        }
    }
}

static void
add_place (AssayHtml *html, const json_t *finding)
{
  const json_t *range = json_object_get (finding, "range");
  const char *address = assay_json_get_text (range, "address");
  guint64 offset = assay_text_number (json_object_get (range, "offset"));
  assay_html_add_count (html, assay_text_number (json_object_get (range, "length")), "byte", "bytes");
  g_autofree char *hex = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", offset);
  assay_html_add (html, " at offset <code>%s</code>", hex);
  if (*address != '\0' && strcmp (address, hex) != 0)
    assay_html_add (html, ", address <code>%s</code>", address);
}

/* Section and function, and whose names these are (T14). */
static void
add_names (AssayHtml *html, const json_t *finding)
{
  const char *section = assay_json_get_text (finding, "section");
  const char *function = assay_json_get_text (finding, "function");
  const char *symbol = assay_json_get_text (finding, "symbol");
  if (*section != '\0')
    assay_html_add (html, "<span class=\"at\">section <code>%s</code></span>", section);
  if (*function != '\0')
    assay_html_add (html, "<span class=\"at\">function <code>%s</code></span>", function);
  else if (*symbol != '\0')
    assay_html_add (html, "<span class=\"at\">object <code>%s</code></span>", symbol);
  if (strcmp (assay_json_get_text (finding, "named_by"), "shipped") == 0)
    assay_html_raw (html, "<span class=\"at\">(names that the image itself gives)</span>");
}

static void
add_source (AssayHtml *html, const json_t *source)
{
  const char *file = assay_json_get_text (source, "file");
  const json_t *inlined = json_object_get (source, "inlined_by");
  const json_t *call;
  size_t index;
  if (*file == '\0')
    return;
  assay_html_add (html, "<p class=\"source\">Source: <code>%s</code>", file);
  if (json_object_get (source, "line") != NULL)
    assay_html_add (html, " line %" G_GUINT64_FORMAT, assay_text_number (json_object_get (source, "line")));
  if (json_array_size (inlined) > 0)
    assay_html_add (html, ", <code>%s</code>", assay_json_get_text (source, "function"));
  json_array_foreach (inlined, index, call)
  {
    const char *name = json_string_value (call);
    if (index < MAX_INLINED)
      assay_html_add (html, ", inlined in <code>%s</code>", name != NULL ? name : "?");
  }
  assay_html_raw (html, "</p>");
}

static void
add_waiver (AssayHtml *html, const json_t *waiver)
{
  const char *owner = assay_json_get_text (waiver, "owner");
  if (waiver == NULL)
    return;
  assay_html_add (html, "<p class=\"waiver\">Allowed by line %" G_GUINT64_FORMAT " of the policy: %s",
                  assay_text_number (json_object_get (waiver, "line")), assay_json_get_text (waiver, "reason"));
  if (*owner != '\0')
    assay_html_add (html, "; answered for by %s", owner);
  assay_html_raw (html, "</p>");
}

static void
add_card (AssayHtmlPage *page, const json_t *finding, guint index)
{
  AssayHtml *html = &page->html;
  AssayClass class_ = assay_outline_class (assay_json_get_text (finding, "class"));
  assay_html_add (html, "<article class=\"card c%c\" id=\"f%u\"><h4>", assay_html_letter (class_), index);
  assay_html_add_class (html, class_);
  assay_html_raw (html, " <span class=\"t\">");
  add_place (html, finding);
  assay_html_raw (html, "</span></h4>");
  assay_html_raw (html, "<p class=\"names\">");
  add_names (html, finding);
  assay_html_add (html, "</p><p>%s</p>", assay_json_get_text (finding, "message"));
  add_source (html, json_object_get (finding, "source"));
  add_waiver (html, json_object_get (finding, "waiver"));
  assay_html_add_bytes (page, finding);
  assay_html_raw (html, "</article>");
}

/* Returns how many of the cards there was room for. */
static guint
add_cards (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  guint64 start = assay_html_length (html);
  g_autofree char *last = NULL;
  guint i = 0;
  for (; i < page->cards->len && assay_html_length (html) - start < CARDS_BYTES && assay_html_flush (html); i++)
    {
      guint index = g_array_index (page->cards, guint, i);
      g_autoptr (json_t) finding = assay_report_source_element (&page->source, ASSAY_REPORT_FINDINGS, index);
      const char *path = assay_json_get_text (finding, "path");
      if (g_strcmp0 (last, path) != 0)
        {
          assay_html_raw (html, "<h3>");
          assay_html_add_path (html, path);
          assay_html_raw (html, "</h3>");
          g_free (last);
          last = g_strdup (path);
        }
      add_card (page, finding, index);
    }
  return i;
}

static void
add_hex (AssayHtml *html, const char *hex)
{
  gsize length = MIN (strspn (hex, "0123456789abcdef"), LIST_HEX_DIGITS);
  for (gsize i = 0; i + 1 < length; i += 2)
    assay_html_add (html, "%s%c%c", i > 0 ? " " : "", hex[i], hex[i + 1]);
  assay_html_raw (html, hex[length] != '\0' ? "\u2026" : "");
}

static void
add_list_row (AssayHtml *html, const json_t *finding, guint index, gboolean anchored)
{
  const char *function = assay_json_get_text (finding, "function");
  const char *symbol = assay_json_get_text (finding, "symbol");
  if (anchored)
    assay_html_add (html, "<tr id=\"f%u\"><td>", index);
  else
    assay_html_raw (html, "<tr><td>");
  assay_html_add_class (html, assay_outline_class (assay_json_get_text (finding, "class")));
  assay_html_raw (html, "</td><td>");
  add_place (html, finding);
  assay_html_add (html, "</td><td>%s</td><td><code>%s</code></td><td><code>", assay_json_get_text (finding, "section"),
                  *function != '\0' ? function : symbol);
  add_hex (html, assay_json_get_text (finding, "shipped"));
  assay_html_raw (html, "</code></td><td><code>");
  add_hex (html, assay_json_get_text (finding, "expected"));
  assay_html_raw (html, "</code></td></tr>");
}

/** A list of findings at work. */
typedef struct
{
  AssayHtmlPage *page;
  guint64 start;
  guint64 most;
  guint file;
  guint listed;
  guint left_out;
} List;

static void
begin_file (List *list, const json_t *finding)
{
  AssayHtml *html = &list->page->html;
  if (list->listed > 0)
    assay_html_raw (html, "</tbody>");
  assay_html_raw (html, "<tbody><tr><th colspan=\"6\" scope=\"rowgroup\">");
  assay_html_add_path (html, assay_json_get_text (finding, "path"));
  assay_html_raw (html, "</th></tr>");
}

static void
list_mark (List *list, const AssayMark *mark)
{
  AssayHtml *html = &list->page->html;
  if (assay_html_length (html) - list->start > list->most || !assay_html_flush (html))
    {
      list->left_out++;
      return;
    }
  g_autoptr (json_t) finding = assay_report_source_element (&list->page->source, ASSAY_REPORT_FINDINGS, mark->index);
  if (list->listed == 0)
    assay_html_add (html,
                    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"List of ranges\"><table "
                    "class=\"list\"><thead><tr><th scope=\"col\">Class</th><th scope=\"col\">Place</th><th "
                    "scope=\"col\">Section</th><th scope=\"col\">Function</th><th scope=\"col\">Image</th><th "
                    "scope=\"col\">%s</th></tr></thead>",
                    strcmp (list->page->side, "rebuild") == 0 ? "Rebuild" : "Expected");
  if (list->listed == 0 || list->file != mark->file)
    begin_file (list, finding);
  list->file = mark->file;
  list->listed++;
  add_list_row (html, finding, mark->index, g_hash_table_contains (list->page->shown, GUINT_TO_POINTER (mark->index)));
}

static void
end_list (List *list)
{
  if (list->listed > 0)
    assay_html_raw (&list->page->html, "</tbody></table></div>");
  assay_html_add_more (&list->page->html, list->left_out, "range", "ranges");
}

/* What was no card: @ripple: what follows from other changes, or else what stands by itself. */
static void
add_list (AssayHtmlPage *page, const GPtrArray *marks, guint cards, gboolean ripple, guint64 most)
{
  List list = { .page = page, .start = assay_html_length (&page->html), .most = most };
  g_autoptr (GHashTable) drawn = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < cards; i++)
    g_hash_table_add (drawn, GUINT_TO_POINTER (g_array_index (page->cards, guint, i)));
  for (guint i = 0; i < marks->len; i++)
    {
      const AssayMark *mark = g_ptr_array_index (marks, i);
      if (mark->ripple == ripple && is_looked_at (mark->class_)
          && !g_hash_table_contains (drawn, GUINT_TO_POINTER (mark->index)))
        list_mark (&list, mark);
    }
  end_list (&list);
}

static void
count_marks (const AssayOutline *outline, guint *out_primary, guint *out_ripple)
{
  *out_primary = *out_ripple = 0;
  for (guint i = 0; i < outline->marks->len; i++)
    {
      const AssayMark *mark = &g_array_index (outline->marks, AssayMark, i);
      if (is_looked_at (mark->class_))
        (*(mark->ripple ? out_ripple : out_primary))++;
    }
}

static void
add_folded (AssayHtmlPage *page, guint cards, guint further, guint ripple)
{
  AssayHtml *html = &page->html;
  g_autoptr (GPtrArray) marks = order_marks (page->outline);
  if (further > 0)
    {
      assay_html_raw (html, "<details><summary>");
      assay_html_add_count (html, further, "further range", "further ranges");
      assay_html_raw (html, ", in functions and files shown above, or in others</summary>");
      add_list (page, marks, cards, FALSE, LIST_BYTES);
      assay_html_raw (html, "</details>");
    }
  if (ripple > 0)
    {
      assay_html_raw (html, "<details><summary>");
      assay_html_add_count (html, ripple, "range that differs", "ranges that differ");
      assay_html_raw (html, " only because of what changed or moved elsewhere</summary>");
      add_list (page, marks, cards, TRUE, RIPPLE_BYTES);
      assay_html_raw (html, "</details>");
    }
}

void
assay_html_add_findings (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  guint primary = 0, ripple = 0;
  count_marks (page->outline, &primary, &ripple);
  assay_html_raw (html, "<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>");
  if (primary + ripple == 0)
    {
      assay_html_raw (html, "<p class=\"note\">No byte is unexplained, undecided or waived.</p></section>");
      return;
    }
  assay_html_raw (html, "<p class=\"note\">");
  assay_html_add_count (html, primary, "range", "ranges");
  assay_html_raw (html, " to look at: what does not pass, or by a line of the policy alone");
  if (ripple > 0)
    {
      assay_html_raw (html, "; ");
      assay_html_add_number (html, ripple);
      assay_html_raw (html, ripple == 1 ? " more only follows from these" : " more only follow from these");
    }
  assay_html_raw (html, ". Bytes that differ are underlined; of each function the first range is shown.</p>");
  guint cards = add_cards (page);
  add_folded (page, cards, primary - cards, ripple);
  assay_html_raw (html, "</section>");
}
