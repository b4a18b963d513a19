#include "report/markdown.h"

#include "report/page.h"

#include <string.h>

/* A backtick could end the span, and a pipe the cell of a table, which is found first (GFM, 4.10): both are made
 * visible as controls are. */
void
assay_markdown_append (GString *out, const char *text)
{
  g_autofree char *shown = assay_page_escape (text);
  if (*shown == '\0')
    return;
  g_string_append_c (out, '`');
  for (const char *c = shown; *c != '\0'; c++)
    if (*c == '`' || *c == '|')
      g_string_append_printf (out, "\\x%02X", (guint)(guint8)*c);
    else
      g_string_append_c (out, *c);
  g_string_append_c (out, '`');
}

void
assay_markdown_append_plain (GString *out, const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    g_string_append_c (out, g_ascii_isalnum (*c) || strchr (" ,.;:%-", *c) != NULL ? *c : '?');
}
