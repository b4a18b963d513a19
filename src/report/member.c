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
  for (guint i = 0; i < reasons->len; i++)
    assay_emitter_text (emitter, g_ptr_array_index (reasons, i));
  assay_emitter_close (emitter, ']');
}

static void
emit_schema (const AssayReport *report, AssayEmitter *emitter)
{
  assay_emitter_text (emitter, ASSAY_REPORT_SCHEMA);
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
    { "accounting", emit_accounting, 0 },
    { "expected", emit_expected, 0 },
    { "fact_accounting", emit_fact_accounting, 0 },
    { "facts", NULL, ASSAY_REPORT_FACTS },
    { "files", NULL, ASSAY_REPORT_FILES },
    { "findings", NULL, ASSAY_REPORT_FINDINGS },
    { "image", emit_image, 0 },
    { "judged", emit_judged, 0 },
    { "missing", NULL, ASSAY_REPORT_MISSING },
    { "options", emit_options, 0 },
    { "policy", emit_policy, 0 },
    { "reasons", emit_reasons, 0 },
    { "schema", emit_schema, 0 },
    { "tool", emit_tool, 0 },
    { "verdict", emit_verdict, 0 },
  };
  *out_count = G_N_ELEMENTS (members);
  return members;
}
