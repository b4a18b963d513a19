#ifndef ASSAY_REPORT_SARIF_H
#define ASSAY_REPORT_SARIF_H

#include "report/source.h"
#include "util/output.h"

/* SARIF 2.1.0 (OASIS Standard, errata 01). Section numbers in comments are of that. */

/** AssaySarifRule: why a result stands there. Names of classes and rules in a report are from anywhere; these are not.
 */
typedef enum
{
  ASSAY_SARIF_VERDICT = 0,
  ASSAY_SARIF_POLICY,
  ASSAY_SARIF_UNDECIDED,
  ASSAY_SARIF_AMBIGUOUS,
  ASSAY_SARIF_MISSING,
  ASSAY_SARIF_BYTES_DIFFER,
  ASSAY_SARIF_BYTES_FOLLOW,
  ASSAY_SARIF_BYTES_ADDED,
  ASSAY_SARIF_BYTES_OPAQUE,
  ASSAY_SARIF_BYTES_UNREPRODUCIBLE,
  ASSAY_SARIF_BYTES_UNDECIDED,
  ASSAY_SARIF_BYTES_WAIVED,
  ASSAY_SARIF_FACT_DIFFERS,
  ASSAY_SARIF_FACT_UNDECIDED,
  ASSAY_SARIF_FACT_WAIVED,
  ASSAY_SARIF_RULE_COUNT,
} AssaySarifRule;

/**
 * AssaySarif: a document at work. All borrowed but the emitter.
 *
 * @head: of assay_report_head() or assay_report_head_of_json()
 * @side: what the expected side is called: "rebuild" or "expected"
 * @seen: fingerprint to how many results had it so far
 */
typedef struct
{
  AssayReportSource source;
  const json_t *head;
  const char *side;
  AssayEmitter emitter;
  AssayOutput *output;
  GHashTable *seen;
} AssaySarif;

/** assay_sarif_rule_id: as `bytes-differ`. assay_sarif_rule_level: "error", "warning" or "note". */
const char *assay_sarif_rule_id (AssaySarifRule rule);
const char *assay_sarif_rule_level (AssaySarifRule rule);

/** assay_sarif_emit_rules: the array of all rules with their help, in the order of their numbers. */
void assay_sarif_emit_rules (AssayEmitter *emitter);

/** assay_sarif_emit_text: a message object: @text, escaped already, with nothing in it that 3.11.5 or 3.11.6 would take
 * for a placeholder or a link. */
void assay_sarif_emit_text (AssayEmitter *emitter, const char *key, const char *text);

/** AssaySarifShare: how many results one part of a report has, and how many of these are in the document. */
typedef struct
{
  const char *noun;
  guint64 total;
  guint64 written;
} AssaySarifShare;

#define ASSAY_SARIF_SHARES 6

/** assay_sarif_count: fills in @out for all parts; the first is the verdict's own. */
void assay_sarif_count (const AssaySarif *sarif, AssaySarifShare out[ASSAY_SARIF_SHARES]);

/** assay_sarif_emit_results: the array of results, as many as assay_sarif_count() says. */
gboolean assay_sarif_emit_results (AssaySarif *sarif, GError **error);

/** assay_sarif_flush: hands on what there is, if it is much. Returns FALSE where that failed, or was cancelled. */
gboolean assay_sarif_flush (AssaySarif *sarif, GError **error);

#endif
