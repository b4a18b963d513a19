#include "report/member.h"

static const guint64 no_totals[ASSAY_CLASS_COUNT];

static void
emit_accounting (const AssayReport *report, AssayEmitter *emitter)
{
  const AssayAccount *account = report->account;
  assay_report_emit_classes (emitter, account != NULL ? account->totals : no_totals, NULL,
                             account != NULL ? account->total : 0);
}

static void
emit_fact_accounting (const AssayReport *report, AssayEmitter *emitter)
{
  const guint64 *totals = report->account != NULL ? report->account->fact_totals : no_totals;
  guint64 total = 0;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    total += totals[i];
  assay_report_emit_classes (emitter, totals, NULL, total);
}

static void
emit_object (AssayEmitter *emitter, const json_t *object)
{
  if (object != NULL)
    assay_emitter_json (emitter, object);
  else
    {
      assay_emitter_open (emitter, '{');
      assay_emitter_close (emitter, '}');
    }
}

static void
emit_expected (const AssayReport *report, AssayEmitter *emitter)
{
  if (report->expected != NULL)
    assay_emitter_json (emitter, report->expected);
  else
    {
      assay_emitter_open (emitter, '[');
      assay_emitter_close (emitter, ']');
    }
}

static void
emit_image (const AssayReport *report, AssayEmitter *emitter)
{
  emit_object (emitter, report->image);
}

static void
emit_options (const AssayReport *report, AssayEmitter *emitter)
{
  emit_object (emitter, report->options);
}

static void
emit_policy (const AssayReport *report, AssayEmitter *emitter)
{
  emit_object (emitter, report->policy);
}

static void
emit_texts (AssayEmitter *emitter, const GPtrArray *texts)
{
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    assay_emitter_text (emitter, g_ptr_array_index (texts, i));
}

/* What makes a mismatch without any byte or fact: the verdict must follow from what a report says (T20). */
static void
emit_ambiguous (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_open (emitter, '[');
  emit_texts (emitter, report->pairing != NULL ? report->pairing->ambiguous : NULL);
  assay_emitter_close (emitter, ']');
}

/* What leaves open what the verdict is. */
static void
emit_undecided (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_open (emitter, '[');
  emit_texts (emitter, report->failures);
  emit_texts (emitter, report->account != NULL ? report->account->undecided : NULL);
  emit_texts (emitter, report->pairing != NULL ? report->pairing->unmatched : NULL);
  emit_texts (emitter, report->account != NULL ? report->account->unmatched_scope : NULL);
  assay_emitter_close (emitter, ']');
}

static void
emit_judged (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_add_count (emitter, "bytes", report->judgement->judged);
  assay_emitter_add_count (emitter, "of", report->account != NULL ? report->account->total : 0);
  assay_emitter_close (emitter, '}');
}

static void
emit_reasons (const AssayReport *report, AssayEmitter *emitter)
{
  const GPtrArray *reasons = report->judgement->reasons;
  assay_emitter_open (emitter, '[');
  emit_texts (emitter, reasons);
  assay_emitter_close (emitter, ']');
}

static void
emit_schema (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_text (emitter, ASSAY_REPORT_SCHEMA);
}

static gboolean
has_sources (const AssayReport *report)
{
  return report->sources != NULL;
}

static void
emit_sources (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_json (emitter, report->sources);
}

static void
emit_tool (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "name", "assay");
  assay_emitter_add_text (emitter, "version", ASSAY_VERSION);
  assay_emitter_close (emitter, '}');
}

static void
emit_verdict (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_text (emitter, assay_verdict_name (report->judgement->verdict));
}

const AssayReportMember *
assay_report_members (gsize *out_count)
{
  static const AssayReportMember members[] = {
    { "accounting", emit_accounting, 0, NULL },
    { "ambiguous", emit_ambiguous, 0, NULL },
    { "expected", emit_expected, 0, NULL },
    { "fact_accounting", emit_fact_accounting, 0, NULL },
    { "facts", NULL, ASSAY_REPORT_FACTS, NULL },
    { "files", NULL, ASSAY_REPORT_FILES, NULL },
    { "findings", NULL, ASSAY_REPORT_FINDINGS, NULL },
    { "image", emit_image, 0, NULL },
    { "judged", emit_judged, 0, NULL },
    { "missing", NULL, ASSAY_REPORT_MISSING, NULL },
    { "options", emit_options, 0, NULL },
    { "policy", emit_policy, 0, NULL },
    { "reasons", emit_reasons, 0, NULL },
    { "schema", emit_schema, 0, NULL },
    { "sources", emit_sources, 0, has_sources },
    { "tool", emit_tool, 0, NULL },
    { "undecided", emit_undecided, 0, NULL },
    { "verdict", emit_verdict, 0, NULL },
  };
  *out_count = G_N_ELEMENTS (members);
  return members;
}
