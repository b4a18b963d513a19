#include "report/junit.h"

#include "report/page.h"

#include <string.h>

/* Cases, and bytes of these, of one document: servers read all of it into memory. */
#define MAX_CASES 20000
#define CASES_BYTES (8u * 1024u * 1024u)

/* What is said inside of cases. */
#define DETAILS_BYTES (4u * 1024u * 1024u)

void
assay_junit_append (GString *xml, const char *text)
{
  g_autofree char *shown = assay_page_escape (text);
  for (const char *c = shown; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);
      if (strchr ("&<>\"'", *c) != NULL)
        g_string_append_printf (xml, "&#%d;", *c);
      else if (character == 0xfffe || character == 0xffff) /* all that is no Char and is not escaped yet (2.2) */
        g_string_append_printf (xml, "\\xEF\\xBF\\x%02X", (guint)(guint8)c[2]);
      else
        g_string_append_unichar (xml, character);
    }
}

static const struct
{
  const char *element;
  const char *type; /* NULL: the element has none */
} outcomes[ASSAY_JUNIT_OUTCOME_COUNT] = {
  [ASSAY_JUNIT_FAILURE] = { "failure", "mismatch" },
  [ASSAY_JUNIT_ERROR] = { "error", "undecided" },
  [ASSAY_JUNIT_SKIPPED] = { "skipped", NULL },
};

/* Lines of details are made of escaped text already; a line ends where ours does. */
static void
append_details (AssayJunit *junit, GString *xml, const char *details)
{
  g_auto (GStrv) lines = g_strsplit (details, "\n", -1);
  gsize start = xml->len;
  if (junit->details_bytes > DETAILS_BYTES)
    {
      g_string_append (xml, "The JSON report has the details.");
      return;
    }
  for (char **line = lines; *line != NULL; line++)
    {
      assay_junit_append (xml, *line);
      g_string_append (xml, line[1] != NULL ? "\n" : "");
    }
  junit->details_bytes += xml->len - start;
}

static void
append_outcome (AssayJunit *junit, GString *xml, AssayJunitOutcome outcome, const char *message, const char *details)
{
  g_string_append_printf (xml, "<%s message=\"", outcomes[outcome].element);
  assay_junit_append (xml, message);
  g_string_append_c (xml, '"');
  if (outcomes[outcome].type != NULL)
    g_string_append_printf (xml, " type=\"%s\"", outcomes[outcome].type);
  g_string_append_c (xml, '>');
  if (details != NULL)
    append_details (junit, xml, details);
  g_string_append_printf (xml, "</%s>", outcomes[outcome].element);
}

void
assay_junit_add_case (AssayJunit *junit, const char *kind, const char *name, AssayJunitOutcome outcome,
                      const char *message, const char *details)
{
  guint count = 0;
  for (gsize i = 0; i < ASSAY_JUNIT_OUTCOME_COUNT; i++)
    count += junit->counts[i];
  if (count >= MAX_CASES || junit->cases->len >= CASES_BYTES)
    {
      junit->left_out++;
      return;
    }
  junit->counts[outcome]++;
  g_string_append_printf (junit->cases, "<testcase classname=\"assay.%s\" name=\"", kind);
  assay_junit_append (junit->cases, name);
  g_string_append (junit->cases, "\" time=\"0\">");
  if (outcome != ASSAY_JUNIT_PASSED)
    append_outcome (junit, junit->cases, outcome, message, details);
  g_string_append (junit->cases, "</testcase>\n");
}
