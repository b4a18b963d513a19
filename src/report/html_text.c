#include "report/html.h"

#include "judge/words.h"
#include "report/page.h"
#include "report/text.h"
#include "util/cancel.h"

#include <string.h>

/* As much as is handed on at a time. */
#define WINDOW_BYTES (64u * 1024u)

/* Names of a list that unfolds. */
#define MAX_NAMES 200

/* Bytes of a term that a column has room for; a longer one has a line of its own. */
#define MAX_NARROW 24

/* Entities by name where they have one that every reader knows (HTML Living Standard, 13.2.5.76). */
static const char *
entity_of (char c)
{
  switch (c)
    {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '`':
      return "&#96;";
    default:
      return NULL;
    }
}

static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *shown = assay_page_escape (text);
  for (const char *c = shown; *c != '\0'; c++)
    {
      const char *entity = entity_of (*c);
      if (entity != NULL)
        g_string_append (out, entity);
      else
        g_string_append_c (out, *c);
    }
}

char *
assay_html_escape (const char *text)
{
  GString *out = g_string_new (NULL);
  append_escaped (out, text);
  return g_string_free (out, FALSE);
}

void
assay_html_raw (AssayHtml *html, const char *markup)
{
  g_string_append (html->text, markup);
}

void
assay_html_add (AssayHtml *html, const char *format, ...)
{
  GString *out = html->text;
  va_list arguments;
  va_start (arguments, format);
  for (const char *c = format; *c != '\0'; c++)
    {
      if (*c != '%')
        {
          g_string_append_c (out, *c);
          continue;
        }
      c++;
      if (*c == 's')
        append_escaped (out, va_arg (arguments, const char *));
      else if (*c == 'u')
        g_string_append_printf (out, "%u", va_arg (arguments, guint));
      else if (*c == 'c')
        g_string_append_c (out, (char)va_arg (arguments, int));
      else if (g_str_has_prefix (c, G_GUINT64_FORMAT))
        {
          g_string_append_printf (out, "%" G_GUINT64_FORMAT, va_arg (arguments, guint64));
          c += strlen (G_GUINT64_FORMAT) - 1;
        }
      else if (*c == '%')
        g_string_append_c (out, '%');
      else
        g_error ("markup with a directive that it must not have: %s", format);
    }
  va_end (arguments);
}

guint64
assay_html_length (const AssayHtml *html)
{
  return html->written + html->text->len;
}

gboolean
assay_html_flush (AssayHtml *html)
{
  if (html->error != NULL || assay_cancelled (&html->error))
    return FALSE;
  if (html->output == NULL || html->text->len < WINDOW_BYTES)
    return TRUE;
  html->written += html->text->len;
  gboolean done = assay_output_write (html->output, html->text->str, html->text->len, &html->error);
  g_string_truncate (html->text, 0);
  return done;
}

/* Letters that are told apart at a glance, and do not stand for two things. */
static const char letters[ASSAY_CLASS_COUNT] = {
  [ASSAY_CLASS_IDENTICAL] = 'I',      [ASSAY_CLASS_STRUCTURE] = 'S',   [ASSAY_CLASS_EXPLAINED] = 'E',
  [ASSAY_CLASS_OUTSIDE] = 'O',        [ASSAY_CLASS_WAIVED] = 'W',      [ASSAY_CLASS_UNDECIDED] = 'U',
  [ASSAY_CLASS_UNREPRODUCIBLE] = 'R', [ASSAY_CLASS_UNEXPLAINED] = 'X',
};

char
assay_html_letter (AssayClass class_)
{
  return letters[class_];
}

void
assay_html_add_class (AssayHtml *html, AssayClass class_)
{
  assay_html_add (html, "<b class=\"k k%c\" aria-hidden=\"true\">%c</b> %s", letters[class_], letters[class_],
                  assay_class_name (class_));
}

void
assay_html_add_sign (AssayHtml *html, AssayClass class_, const char *mark, const char *name)
{
  assay_html_add (html, "<b class=\"k k%c\" aria-hidden=\"true\">%s</b> %s", letters[class_], mark, name);
}

/* A sign of another shape for each verdict, and the letter of the class whose colours it has. */
static const struct
{
  const char *verdict;
  const char *sign;
  char colour;
} signs[] = {
  { "identical", "=", 'I' },    { "equivalent", "\u2248", 'E' }, { "waived", "~", 'W' },
  { "outside", "\u2013", 'O' }, { "mismatch", "\u2260", 'X' },   { "undecided", "?", 'U' },
};

void
assay_html_add_verdict (AssayHtml *html, const char *verdict)
{
  gsize row = 0;
  while (row + 1 < G_N_ELEMENTS (signs) && strcmp (signs[row].verdict, verdict) != 0)
    row++;
  assay_html_add (html, "<b class=\"k k%c\" aria-hidden=\"true\">%s</b> <span class=\"w\">%s</span>", signs[row].colour,
                  signs[row].sign, signs[row].verdict);
}

void
assay_html_add_path (AssayHtml *html, const char *path)
{
  if (strcmp (path, ".") == 0)
    {
      assay_html_raw (html, "<span class=\"p\">the image itself</span>");
      return;
    }
  g_autofree char *escaped = assay_html_escape (path);
  assay_html_raw (html, "<code class=\"p\">");
  for (const char *c = escaped; *c != '\0'; c++)
    {
      g_string_append_c (html->text, *c);
      if (*c == '/' && c[1] != '/' && c[1] != '\0')
        assay_html_raw (html, "<wbr>");
    }
  assay_html_raw (html, "</code>");
}

void
assay_html_add_number (AssayHtml *html, guint64 number)
{
  g_autofree char *shown = assay_words_number (number);
  assay_html_raw (html, shown);
}

void
assay_html_add_count (AssayHtml *html, guint64 number, const char *one, const char *many)
{
  g_autofree char *shown = assay_words_count (number, one, many);
  assay_html_raw (html, shown);
}

void
assay_html_add_more (AssayHtml *html, guint64 number, const char *one, const char *many)
{
  if (number == 0)
    return;
  assay_html_raw (html, "<p class=\"more\">\u2026 and ");
  assay_html_add_count (html, number, one, many);
  assay_html_add (html, " more; %s has them all.</p>", html->all != NULL ? html->all : "the JSON report");
}

void
assay_html_add_term (AssayHtml *html, const char *term, const char *text)
{
  if (*text == '\0')
    return;
  assay_html_raw (html, strlen (text) > MAX_NARROW ? "<div class=\"wide\">" : "<div>");
  assay_html_add (html, "<dt>%s</dt><dd>%s</dd></div>", term, text);
}

void
assay_html_add_digest (AssayHtml *html, const char *term, const char *sha256)
{
  if (*sha256 != '\0')
    assay_html_add (html, "<div class=\"wide\"><dt>%s</dt><dd><code>%s</code></dd></div>", term, sha256);
}

void
assay_html_add_bar (AssayHtml *html, AssayClass class_, guint64 part, guint64 total)
{
  guint width = total == 0 ? 0 : (guint)((unsigned __int128)MIN (part, total) * 200 / total);
  if (part > 0)
    assay_html_add (html,
                    "<svg class=\"bar\" viewBox=\"0 0 200 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path "
                    "class=\"f%c\" d=\"M0 0h%uv10H0z\"/></svg>",
                    assay_html_letter (class_), MAX (width, 2));
}

void
assay_html_add_names (AssayHtml *html, const char *title, const json_t *names, guint64 until)
{
  gsize count = json_array_size (names), shown = 0;
  if (count == 0)
    return;
  assay_html_add (html, "<details><summary>%s: ", title);
  assay_html_add_count (html, count, "file", "files");
  assay_html_raw (html, "</summary><ul class=\"plain\">");
  for (; shown < MIN (count, MAX_NAMES) && assay_html_length (html) < until; shown++)
    {
      const char *name = json_string_value (json_array_get (names, shown));
      assay_html_add (html, "<li><code>%s</code></li>", name != NULL ? name : "?");
    }
  assay_html_raw (html, "</ul>");
  assay_html_add_more (html, count - shown, "file", "files");
  assay_html_raw (html, "</details>");
}
