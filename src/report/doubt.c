#include "report/doubt.h"

#include "report/stored.h"
#include "util/json.h"

#include <string.h>

/* Why nobody should believe the verdict, or NULL. */
static char *
find_fault (const AssayReportSource *source)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AssayStored) stored = assay_stored_read_source (source, &error);
  return stored != NULL ? assay_stored_audit (stored) : g_strdup (error->message);
}

json_t *
assay_report_doubt (const AssayReportSource *source)
{
  json_t *report = source->json;
  g_autofree char *fault = find_fault (source);
  if (fault == NULL)
    return json_incref (report);
  json_t *shown = json_copy (report);
  const char *verdict = assay_json_get_text (report, "verdict");
  const json_t *given = json_object_get (report, "reasons");
  gboolean is_mismatch = strcmp (verdict, "mismatch") == 0;
  g_autofree char *first
      = g_strdup_printf ("This report does not add up: %s.%s%s%s", fault, is_mismatch ? "" : " So its verdict, `",
                         is_mismatch ? "" : verdict, is_mismatch ? "" : "`, follows from nothing.");
  json_t *reasons = json_is_array (given) ? json_copy ((json_t *)given) : json_array ();
  json_array_insert_new (reasons, 0, assay_json_text (first));
  json_object_set_new (shown, "reasons", reasons);
  if (!is_mismatch)
    json_object_set_new (shown, "verdict", json_string ("undecided"));
  return shown;
}
