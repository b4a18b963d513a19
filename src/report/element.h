#ifndef ASSAY_REPORT_ELEMENT_H
#define ASSAY_REPORT_ELEMENT_H

#include "report/pattern.h"
#include "report/report.h"

/** AssayReportArray: the arrays of a report that grow with the image. */
typedef enum
{
  ASSAY_REPORT_FACTS = 0,
  ASSAY_REPORT_FILES,
  ASSAY_REPORT_FINDINGS,
  ASSAY_REPORT_MISSING,
  ASSAY_REPORT_ARRAY_COUNT,
} AssayReportArray;

/** assay_report_array_name: the member's name. */
const char *assay_report_array_name (AssayReportArray array);

/** assay_report_array_length: how many elements the report has. */
guint assay_report_array_length (const AssayReport *report, AssayReportArray array);

/**
 * assay_report_array_label: the verdict of a file, or the class of a fact or finding, as it stands in the element; NULL
 * for arrays whose elements have none.
 */
const char *assay_report_array_label (const AssayReport *report, AssayReportArray array, guint index);

/** assay_report_array_emit: writes one element. @pattern: what the call before left of another element of the array */
void assay_report_array_emit (const AssayReport *report, AssayReportArray array, guint index, AssayPattern *pattern,
                              AssayEmitter *emitter);

/** assay_report_emit_classes: the members of an accounting, sorted, with @total and (unless NULL) @payload among them.
 */
void assay_report_emit_classes (AssayEmitter *emitter, const guint64 totals[ASSAY_CLASS_COUNT], const guint64 *payload,
                                guint64 total);

#endif
