#include "account/findings/finding_private.h"

#include <string.h>

gboolean
assay_findings_any (const AssayFindings *findings, gboolean (*holds) (const AssayFinding *finding, gconstpointer data),
                    gconstpointer data)
{
  if (findings == NULL)
    return FALSE;
  for (guint i = 0; i < findings->kinds->len; i++)
    {
      AssayFinding common = { 0 };
      assay_finding_kind_fill (g_ptr_array_index (findings->kinds, i), &common);
      if (holds (&common, data))
        return TRUE;
    }
  return findings->is_open && holds (&findings->open, data);
}

void
assay_findings_visit (AssayFindings *findings, AssayFindingVisitor visit, gpointer data)
{
  guint firsts[MAJORS] = { 0 };
  if (findings == NULL)
    return;
  for (guint i = 1; i < MAJORS; i++)
    firsts[i] = firsts[i - 1] + findings->parts[i - 1].series.length;
  for (guint i = 0; i < findings->sums->len; i++)
    {
      AssayFinding common = { 0 };
      const Sum *sum = &g_array_index (findings->sums, Sum, i);
      if (sum->count == 0)
        continue;
      assay_finding_kind_fill (g_ptr_array_index (findings->kinds, i), &common);
      visit (&common, firsts[sum->part] + sum->first, sum->bytes, data);
    }
  if (findings->is_open)
    visit (&findings->open, findings->length - 1, findings->open.length, data);
}

static void
count_class (guint64 counts[ASSAY_CLASS_COUNT], AssayClass class_, guint count)
{
  counts[(guint)class_ < ASSAY_CLASS_COUNT ? class_ : ASSAY_CLASS_UNDECIDED] += count;
}

void
assay_findings_count (const AssayFindings *findings, guint64 out_counts[ASSAY_CLASS_COUNT])
{
  memset (out_counts, 0, ASSAY_CLASS_COUNT * sizeof *out_counts);
  for (guint i = 0; findings != NULL && i < findings->sums->len; i++)
    count_class (out_counts, ((const AssayFindingKind *)g_ptr_array_index (findings->kinds, i))->class_,
                 g_array_index (findings->sums, Sum, i).count);
  if (findings != NULL && findings->is_open)
    count_class (out_counts, findings->open.class_, 1);
}
