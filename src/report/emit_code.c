#include "report/emit_code.h"

static void
emit_row (AssayEmitter *emitter, const AssayCodeRow *row)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_key (emitter, "differs");
  assay_emitter_flag (emitter, row->differs);
  assay_emitter_add_text (emitter, "expected", row->expected);
  assay_emitter_add_text (emitter, "shipped", row->shipped);
  assay_emitter_close (emitter, '}');
}

void
assay_report_emit_disassembly (AssayEmitter *emitter, const AssayFinding *finding)
{
  if (assay_finding_words (finding)->rows == NULL || assay_finding_words (finding)->rows->len == 0)
    return;
  assay_emitter_key (emitter, "disassembly");
  assay_emitter_open (emitter, '[');
  for (guint i = 0; i < assay_finding_words (finding)->rows->len; i++)
    emit_row (emitter, &g_array_index (assay_finding_words (finding)->rows, AssayCodeRow, i));
  assay_emitter_close (emitter, ']');
}

void
assay_report_emit_source (AssayEmitter *emitter, const AssayFinding *finding)
{
  if (assay_finding_words (finding)->file == NULL && assay_finding_words (finding)->source_function == NULL)
    return;
  assay_emitter_key (emitter, "source");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "file", assay_finding_words (finding)->file);
  assay_emitter_add_text (emitter, "function", assay_finding_words (finding)->source_function);
  if (assay_finding_words (finding)->inlined_by != NULL && assay_finding_words (finding)->inlined_by->len > 0)
    {
      assay_emitter_key (emitter, "inlined_by");
      assay_emitter_open (emitter, '[');
      for (guint i = 0; i < assay_finding_words (finding)->inlined_by->len; i++)
        assay_emitter_text (emitter, g_ptr_array_index (assay_finding_words (finding)->inlined_by, i));
      assay_emitter_close (emitter, ']');
    }
  if (assay_finding_words (finding)->line > 0)
    assay_emitter_add_count (emitter, "line", assay_finding_words (finding)->line);
  assay_emitter_close (emitter, '}');
}

static void
emit_change (AssayEmitter *emitter, const AssayChangeAccount *change)
{
  assay_emitter_open (emitter, '{');
  assay_emitter_add_text (emitter, "change", change->change);
  assay_emitter_add_count (emitter, "expected_offset", change->expected_offset);
  assay_emitter_add_count (emitter, "expected_size", change->expected_size);
  assay_emitter_add_text (emitter, "file", change->file);
  if (change->line > 0)
    assay_emitter_add_count (emitter, "line", change->line);
  assay_emitter_add_text (emitter, "name", change->name);
  assay_emitter_add_text (emitter, "named_by", change->named_by);
  assay_emitter_add_text (emitter, "old_name", change->old_name);
  assay_emitter_add_count (emitter, "shipped_offset", change->shipped_offset);
  assay_emitter_add_count (emitter, "shipped_size", change->shipped_size);
  assay_emitter_add_text (emitter, "what", change->what);
  assay_emitter_close (emitter, '}');
}

void
assay_report_emit_changes (AssayEmitter *emitter, const AssayNodeAccount *node_account)
{
  const AssayCodeCounts *code = &node_account->code;
  const GArray *changes = node_account->changes;
  if (changes != NULL)
    {
      assay_emitter_key (emitter, "changes");
      assay_emitter_open (emitter, '[');
      for (guint i = 0; i < changes->len; i++)
        emit_change (emitter, &g_array_index (changes, AssayChangeAccount, i));
      assay_emitter_close (emitter, ']');
    }
  assay_emitter_add_text (emitter, "coarse", assay_coarse_name (node_account->coarse));
  if (changes == NULL || code->functions == 0)
    return;
  assay_emitter_key (emitter, "code");
  assay_emitter_open (emitter, '{');
  assay_emitter_add_count (emitter, "added", code->added);
  assay_emitter_add_count (emitter, "bytes", code->bytes);
  assay_emitter_add_count (emitter, "changed", code->changed);
  assay_emitter_add_count (emitter, "functions", code->functions);
  assay_emitter_add_count (emitter, "moved", code->moved);
  assay_emitter_add_count (emitter, "removed", code->removed);
  assay_emitter_add_count (emitter, "renamed", code->renamed);
  assay_emitter_add_count (emitter, "untouched", code->untouched);
  assay_emitter_add_count (emitter, "untouched_bytes", code->untouched_bytes);
  assay_emitter_close (emitter, '}');
}
