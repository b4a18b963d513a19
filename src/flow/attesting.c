#include "flow/attesting.h"

#include "report/load.h"
#include "report/stored.h"
#include "util/json.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

static char *
attest (const AssayAttestSource *source, const AssayAttesting *attesting, GError **error)
{
  g_autoptr (GString) statement = assay_predicate_make (attesting->predicate, source, error);
  return statement == NULL ? NULL
                           : assay_envelope_seal (attesting->signer, statement->str, statement->len, attesting->form,
                                                  attesting->certificate, error);
}

char *
assay_flow_attest_result (const AssayFlowResult *result, const AssayAttesting *attesting, GError **error)
{
  const AssayReport *report = assay_flow_result_get_report (result);
  g_autoptr (GString) text = assay_report_write_text (report, ASSAY_STATEMENT_MOST_BYTES, error);
  if (text == NULL)
    return NULL;
  g_autoptr (json_t) json = attesting->predicate->whole ? assay_json_parse (text->str, text->len, "report", error)
                                                        : assay_report_head (report);
  const AssayAttestSource source = { json, text->str, text->len, ASSAY_ATTEST_JUDGED, attesting->resource_uri };
  return json == NULL ? NULL : attest (&source, attesting, error);
}

char *
assay_flow_attest_report (const char *path, const AssayAttesting *attesting, GError **error)
{
  g_autoptr (json_t) json = assay_report_load (path, NULL, error);
  g_autoptr (AssayStored) stored = json == NULL ? NULL : assay_stored_read (json, error);
  if (stored == NULL)
    return NULL;
  g_autofree char *fault = assay_stored_audit (stored);
  if (fault != NULL)
    {
      g_autofree char *shown = assay_text_escape_line (path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: the report does not add up: %s", shown, fault);
      return NULL;
    }
  char *text = assay_json_canonical (json);
  const AssayAttestSource source = { json, text, strlen (text), ASSAY_ATTEST_IMPORTED, attesting->resource_uri };
  char *envelope = attest (&source, attesting, error);
  free (text);
  return envelope;
}
