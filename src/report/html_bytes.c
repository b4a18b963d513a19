#include "report/html.h"

#include "judge/words.h"
#include "report/text.h"

#include <string.h>

/* Bytes of a row: two sides of it stand beside each other, or one on a telephone. */
#define ROW 8

/* Rows of instructions that one finding shows: what a report of ours has at most is less. */
#define MAX_ROWS 40

/** The first bytes of one side. */
typedef struct
{
  guint8 bytes[ASSAY_FINDING_HEX_BYTES];
  gsize length;
} Side;

static void
read_side (const json_t *finding, const char *key, Side *out)
{
  const char *hex = assay_json_get_text (finding, key);
  out->length = 0;
  while (out->length < ASSAY_FINDING_HEX_BYTES && g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]))
    {
      out->bytes[out->length++] = (guint8)(g_ascii_xdigit_value (hex[0]) * 16 + g_ascii_xdigit_value (hex[1]));
      hex += 2;
    }
}

static gboolean
differs_at (const Side *side, const Side *other, gsize index)
{
  gboolean in_side = index < side->length, in_other = index < other->length;
  return in_side != in_other || (in_side && side->bytes[index] != other->bytes[index]);
}

/* A cell of a row; those that differ are marked, a run of them at once. */
static void
add_cell (AssayHtml *html, const char *text, gboolean marked, gboolean *in_mark)
{
  if (marked != *in_mark)
    assay_html_raw (html, marked ? "<b>" : "</b>");
  *in_mark = marked;
  assay_html_add (html, "%s", text);
}

static void
end_mark (AssayHtml *html, gboolean *in_mark)
{
  if (*in_mark)
    assay_html_raw (html, "</b>");
  *in_mark = FALSE;
}

static void
add_row (AssayHtml *html, const Side *side, const Side *other, gsize row, gsize width)
{
  gboolean in_mark = FALSE;
  for (gsize i = row; i < row + width; i++)
    {
      char digits[3] = "  ";
      gboolean marked = i < MAX (side->length, other->length) && other->length > 0 && differs_at (side, other, i);
      if (i < side->length)
        g_snprintf (digits, sizeof digits, "%02x", side->bytes[i]);
      else if (i < other->length)
        memcpy (digits, "--", 2);
      if (i > row)
        {
          if (!marked)
            end_mark (html, &in_mark);
          assay_html_raw (html, " ");
        }
      add_cell (html, digits, marked, &in_mark);
    }
  end_mark (html, &in_mark);
  assay_html_raw (html, "  <i>");
  for (gsize i = row; i < MIN (row + width, side->length); i++)
    {
      char shown[2] = { (char)(side->bytes[i] >= 0x20 && side->bytes[i] < 0x7f ? side->bytes[i] : '.'), '\0' };
      add_cell (html, shown, other->length > 0 && differs_at (side, other, i), &in_mark);
    }
  end_mark (html, &in_mark);
  assay_html_raw (html, "</i>\n");
}

static void
add_side (AssayHtml *html, const char *title, const Side *side, const Side *other)
{
  gsize longest = MAX (side->length, other->length);
  assay_html_add (html, "<figure><figcaption>%s</figcaption><pre tabindex=\"0\">", title);
  for (gsize row = 0; row < longest; row += ROW)
    add_row (html, side, other, row, MIN (longest, ROW));
  assay_html_raw (html, "</pre></figure>");
}

static void
add_hex (AssayHtmlPage *page, const json_t *finding, const char *title)
{
  AssayHtml *html = &page->html;
  guint64 length = assay_text_number (json_object_get (json_object_get (finding, "range"), "length"));
  Side shipped, expected;
  read_side (finding, "shipped", &shipped);
  read_side (finding, "expected", &expected);
  gsize longest = MAX (shipped.length, expected.length);
  if (longest == 0)
    return;
  assay_html_raw (html, "<div class=\"sides hex\">");
  if (shipped.length > 0)
    add_side (html, "Image", &shipped, &expected);
  if (expected.length > 0)
    add_side (html, title, &expected, &shipped);
  assay_html_raw (html, "</div>");
  if (length > longest)
    {
      assay_html_raw (html, "<p class=\"more\">\u2026 and ");
      assay_html_add_count (html, length - longest, "byte", "bytes");
      assay_html_raw (html, " more of this range.</p>");
    }
}

/* Both sides' instructions, a row of each beside the other. */
static void
add_code (AssayHtmlPage *page, const json_t *rows, const char *title)
{
  AssayHtml *html = &page->html;
  const json_t *row;
  size_t index;
  if (json_array_size (rows) == 0)
    return;
  assay_html_add (html,
                  "<table class=\"code\"><caption class=\"sr\">Instructions of both sides</caption><thead><tr><th "
                  "scope=\"col\">Image</th><th scope=\"col\" class=\"d\"><span class=\"sr\">Differs</span></th><th "
                  "scope=\"col\">%s</th></tr></thead><tbody>",
                  title);
  json_array_foreach (rows, index, row)
  {
    gboolean differs = !json_is_false (json_object_get (row, "differs"));
    if (index == MAX_ROWS)
      break;
    assay_html_raw (html, differs ? "<tr class=\"x\"><td>" : "<tr><td>");
    assay_html_add (html, "%s</td><td class=\"d\">%s</td><td>%s</td></tr>", assay_json_get_text (row, "shipped"),
                    differs ? "\u2260" : "", assay_json_get_text (row, "expected"));
  }
  assay_html_raw (html, "</tbody></table>");
}

static void
add_texts (AssayHtmlPage *page, const json_t *finding, const char *title)
{
  static const char *const keys[] = { "shipped_text", "expected_text" };
  AssayHtml *html = &page->html;
  if (json_object_get (finding, keys[0]) == NULL && json_object_get (finding, keys[1]) == NULL)
    return;
  assay_html_raw (html, "<div class=\"sides text\">");
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (json_object_get (finding, keys[i]) != NULL)
      assay_html_add (html, "<figure><figcaption>%s, as text</figcaption><blockquote>%s</blockquote></figure>",
                      i == 0 ? "Image" : title, assay_json_get_text (finding, keys[i]));
  assay_html_raw (html, "</div>");
}

void
assay_html_add_bytes (AssayHtmlPage *page, const json_t *finding)
{
  const char *title = strcmp (page->side, "rebuild") == 0 ? "Rebuild" : "Expected";
  add_texts (page, finding, title);
  add_code (page, json_object_get (finding, "disassembly"), title);
  add_hex (page, finding, title);
}
