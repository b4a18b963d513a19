#include "report/junit.h"

#include "judge/words.h"
#include "report/artifact.h"
#include "report/page.h"
#include "report/sentence.h"
#include "report/text.h"

#include <string.h>

/* The moment that was judged at, which was given; no clock is read. */
static char *
timestamp (const json_t *head)
{
  const json_t *time = json_object_get (json_object_get (head, "options"), "time");
  g_autoptr (GDateTime) moment
      = json_is_integer (time) ? g_date_time_new_from_unix_utc (json_integer_value (time)) : NULL;
  gboolean usable = moment != NULL && g_date_time_get_year (moment) >= 1970 && g_date_time_get_year (moment) <= 9999;
  return usable ? g_date_time_format (moment, "%Y-%m-%dT%H:%M:%S") : g_strdup ("1970-01-01T00:00:00");
}

static void
append_property (GString *xml, const char *name, const char *value)
{
  g_string_append_printf (xml, "<property name=\"%s\" value=\"", name);
  assay_junit_append (xml, value);
  g_string_append (xml, "\"/>\n");
}

static void
append_properties (const AssayJunit *junit, GString *xml)
{
  const json_t *image = json_object_get (junit->head, "image");
  const char *sha256 = json_string_value (json_object_get (image, "sha256"));
  const char *version = json_string_value (json_object_get (json_object_get (junit->head, "tool"), "version"));
  g_autofree char *judged = assay_text_judged (junit->head);
  g_autofree char *left = g_strdup_printf ("%" G_GUINT64_FORMAT, junit->left_out);
  g_string_append (xml, "<properties>\n");
  append_property (xml, "assay.verdict", assay_text_verdict (junit->head));
  append_property (xml, "assay.judged", judged);
  if (sha256 != NULL)
    append_property (xml, "assay.image.sha256", sha256);
  if (version != NULL)
    append_property (xml, "assay.version", version);
  append_property (xml, "assay.cases-left-out", left);
  g_string_append (xml, "</properties>\n");
}

static void
append_head (const AssayJunit *junit, GString *xml)
{
  const char *path = json_string_value (json_object_get (json_object_get (junit->head, "image"), "path"));
  g_autofree char *name = g_path_get_basename (path != NULL && *path != '\0' ? path : "image");
  g_autofree char *time = timestamp (junit->head);
  guint all = 0;
  for (gsize i = 0; i < ASSAY_JUNIT_OUTCOME_COUNT; i++)
    all += junit->counts[i];
  g_string_append (xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"");
  assay_junit_append (xml, name);
  g_string_append_printf (xml,
                          "\" package=\"assay\" id=\"0\" timestamp=\"%s\" hostname=\"localhost\" tests=\"%u\" "
                          "failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"0\">\n",
                          time, all, junit->counts[ASSAY_JUNIT_FAILURE], junit->counts[ASSAY_JUNIT_ERROR],
                          junit->counts[ASSAY_JUNIT_SKIPPED]);
  append_properties (junit, xml);
}

static void
append_foot (const AssayJunit *junit, GString *xml)
{
  g_autofree char *left = assay_words_count (junit->left_out, "case was", "cases were");
  g_string_append (xml, "<system-out>");
  if (junit->left_out > 0)
    g_string_append_printf (
        xml, "%s left out: those that pass before those that do not. The JSON report has all of them.", left);
  g_string_append (xml, "</system-out>\n<system-err></system-err>\n</testsuite>\n</testsuites>\n");
}

/* Facts that a reader looks at, by the file that they are of. */
static GHashTable *
list_facts (const AssayReportSource *source)
{
  GHashTable *facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
  guint length = assay_report_source_length (source, ASSAY_REPORT_FACTS);
  for (guint i = 0; i < length; i++)
    {
      if (!assay_sentence_is_concern (assay_report_source_label (source, ASSAY_REPORT_FACTS, i)))
        continue;
      g_autoptr (json_t) fact = assay_report_source_element (source, ASSAY_REPORT_FACTS, i);
      const char *path = json_string_value (json_object_get (fact, "path"));
      GArray *list = g_hash_table_lookup (facts, path != NULL ? path : "");
      if (list == NULL)
        {
          list = g_array_new (FALSE, FALSE, sizeof (guint));
          g_hash_table_insert (facts, g_strdup (path != NULL ? path : ""), list);
        }
      g_array_append_val (list, i);
    }
  return facts;
}

static gboolean
write_suites (AssayJunit *junit, AssayOutput *output, GError **error)
{
  g_autoptr (AssayOutline) outline = assay_outline_new (&junit->source, junit->head);
  g_autoptr (GHashTable) facts = list_facts (&junit->source);
  g_autoptr (GString) cases = g_string_new (NULL), head = g_string_new (NULL), foot = g_string_new (NULL);
  junit->outline = outline;
  junit->side = assay_text_expected_side (junit->head);
  junit->facts = facts;
  junit->cases = cases;
  if (!assay_junit_add_cases (junit, error))
    return FALSE;
  append_head (junit, head);
  append_foot (junit, foot);
  return assay_output_write (output, head->str, head->len, error)
         && assay_output_write (output, cases->str, cases->len, error)
         && assay_output_write (output, foot->str, foot->len, error);
}

gboolean
assay_report_write_junit (const AssayReport *report, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head (report);
  AssayJunit junit = { .source = { .report = report }, .head = head };
  return write_suites (&junit, output, error);
}

gboolean
assay_report_write_junit_of_json (const AssayReportSource *source, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head_of_json (source, error);
  AssayJunit junit = { .source = *source, .head = head };
  return head != NULL && write_suites (&junit, output, error);
}
