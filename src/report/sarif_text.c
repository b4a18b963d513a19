#include "report/sarif.h"

#include "util/cancel.h"

/* As much as is handed on at a time. */
#define WINDOW_BYTES (64u * 1024u)

/*
 * A link in a plain text is `[words](place)` (3.11.6), a placeholder `{0}`, and braces are written twice (3.11.5). What
 * would be a link here was a name: its parenthesis is written as controls are. Not with the backslash of the standard,
 * which a name could bring another one for.
 */
void
assay_sarif_emit_text (AssayEmitter *emitter, const char *key, const char *text)
{
  g_autoptr (GString) plain = g_string_new (NULL);
  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '(' && c > text && c[-1] == ']')
        g_string_append (plain, "\\x28");
      else if (*c == '{' || *c == '}')
        g_string_append_printf (plain, "%c%c", *c, *c);
      else
        g_string_append_c (plain, *c);
    }
  assay_emitter_key (emitter, key);
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "text", plain->str);
  assay_emitter_close (emitter, '}');
}

gboolean
assay_sarif_flush (AssaySarif *sarif, GError **error)
{
  GString *text = sarif->emitter.text;
  if (assay_cancelled (error))
    return FALSE;
  if (text->len < WINDOW_BYTES)
    return TRUE;
  gboolean done = assay_output_write (sarif->output, text->str, text->len, error);
  g_string_truncate (text, 0);
  return done;
}
