#include "report/html.h"

#include "report/text.h"

#include <string.h>

/* What the section may take, and lines of any one list that are shown. */
#define SOURCES_BYTES (400u * 1024u)
#define MAX_LINES 200

/** What the section may still take. */
typedef struct
{
  AssayHtml *html;
  guint64 start;
} Part;

/** A source file, and the bytes of code that come from it; borrowed. */
typedef struct
{
  const char *file;
  guint64 bytes;
} Share;

static gboolean
has_room (const Part *part, guint index)
{
  return index < MAX_LINES && assay_html_length (part->html) - part->start < SOURCES_BYTES;
}

static gint
by_bytes (gconstpointer a, gconstpointer b)
{
  const Share *first = a;
  const Share *second = b;
  return first->bytes != second->bytes ? (first->bytes < second->bytes ? 1 : -1) : strcmp (first->file, second->file);
}

/* Pieces of one file that were compiled in several units are one line, the largest first. */
static GArray *
add_up (const json_t *parts)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  GArray *shares = g_array_new (FALSE, FALSE, sizeof (Share));
  const json_t *piece;
  size_t index;
  json_array_foreach (parts, index, piece)
  {
    const char *file = assay_json_get_text (piece, "file");
    guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, file));
    if (place == 0)
      {
        const Share share = { file, 0 };
        g_array_append_val (shares, share);
        place = shares->len;
        g_hash_table_insert (places, (gpointer)file, GUINT_TO_POINTER (place));
      }
    g_array_index (shares, Share, place - 1).bytes += assay_text_number (json_object_get (piece, "bytes"));
  }
  g_array_sort (shares, by_bytes);
  return shares;
}

static void
add_binary (const Part *part, const json_t *binary)
{
  AssayHtml *html = part->html;
  g_autoptr (GArray) shares = add_up (json_object_get (binary, "parts"));
  guint shown = 0;
  assay_html_raw (html, "<details><summary>");
  assay_html_add_path (html, assay_json_get_text (binary, "path"));
  assay_html_raw (html, ": ");
  assay_html_add_count (html, assay_text_number (json_object_get (binary, "code")), "byte of code", "bytes of code");
  assay_html_raw (html, ", from ");
  assay_html_add_count (html, shares->len, "file", "files");
  assay_html_raw (html,
                  "</summary><table class=\"lines\"><thead><tr><th scope=\"col\" class=\"n\">Bytes of code</th><th "
                  "scope=\"col\">File</th></tr></thead><tbody>");
  for (; shown < shares->len && has_room (part, shown); shown++)
    {
      const Share *share = &g_array_index (shares, Share, shown);
      assay_html_raw (html, "<tr><td class=\"n\">");
      assay_html_add_number (html, share->bytes);
      assay_html_raw (html, "</td><th scope=\"row\">");
      assay_html_add_path (html, share->file);
      assay_html_raw (html, "</th></tr>");
    }
  assay_html_raw (html, "</tbody></table>");
  assay_html_add_more (html, shares->len - shown, "file", "files");
  assay_html_raw (html, "</details>");
}

static void
add_recording (const Part *part, const json_t *entry)
{
  AssayHtml *html = part->html;
  guint64 until = part->start + SOURCES_BYTES;
  const json_t *recording = json_object_get (entry, "recording");
  const json_t *file;
  size_t index;
  guint named = 0;
  if (recording == NULL)
    return;
  json_array_foreach (json_object_get (recording, "read"), index, file) named
      += json_is_true (json_object_get (file, "named")) ? 1 : 0;
  assay_html_add (html, "<h3>%s</h3><p>The build opened ",
                  assay_json_get_text (json_object_get (entry, "recipe"), "product"));
  assay_html_add_count (html, json_array_size (json_object_get (recording, "read")), "delivered file",
                        "delivered files");
  assay_html_raw (html, " and ");
  assay_html_add_count (html, json_array_size (json_object_get (recording, "toolchain")), "file of the toolchain",
                        "files of the toolchain");
  if (named > 0)
    {
      assay_html_raw (html, "; debug information names ");
      assay_html_add_number (html, named);
      assay_html_raw (html, " of the delivered ones for a part of the image");
    }
  assay_html_raw (html,
                  json_is_true (json_object_get (recording, "whole")) ? ".</p>" : ". The recording is not whole.</p>");
  assay_html_add_names (html, "Why it is not whole", json_object_get (recording, "why"), until);
  assay_html_add_names (html, "Never opened, so that they reached nothing", json_object_get (recording, "never_read"),
                        until);
  assay_html_add_names (html, "Moved or written unopened", json_object_get (recording, "unsure"), until);
}

void
assay_html_add_sources (AssayHtmlPage *page)
{
  AssayHtml *html = &page->html;
  const Part part = { html, assay_html_length (html) };
  const json_t *sources = json_object_get (page->head, "sources");
  const json_t *entry;
  size_t index;
  guint shown = 0, count = (guint)json_array_size (sources);
  if (!json_is_array (sources))
    return;
  assay_html_raw (html, "<section aria-labelledby=\"sources\"><h2 id=\"sources\">Licensed files in each program</h2><p "
                        "class=\"note\">By the line tables of the rebuild, and what its recording says of the "
                        "delivery. What is named here was compiled; whether it was reviewed, <code>assay "
                        "coverage</code> says.</p>");
  for (; shown < count && has_room (&part, shown); shown++)
    add_binary (&part, json_array_get (sources, shown));
  assay_html_add_more (html, count - shown, "program", "programs");
  json_array_foreach (json_object_get (page->head, "expected"), index, entry) add_recording (&part, entry);
  assay_html_raw (html, "</section>");
}
