#ifndef ASSAY_REPORT_DOUBT_H
#define ASSAY_REPORT_DOUBT_H

#include "report/source.h"

/**
 * assay_report_doubt:
 * @source: of assay_report_load_split()
 *
 * What readers are shown of a stored report: the report itself where it adds up (assay_stored_audit()). One that does
 * not, or is not whole, was written or changed by somebody else, and its verdict follows from nothing: of that a copy
 * which shares the lists, whose verdict is `undecided` unless it is `mismatch`, and whose first reason says so. That a
 * report adds up does not make it true: whoever writes all of it can make it so, and the gate alone holds it against an
 * image.
 *
 * Returns: (transfer full): with the findings of @source it is what is shown
 */
json_t *assay_report_doubt (const AssayReportSource *source);

#endif
