#ifndef ASSAY_REPORT_SOURCE_H
#define ASSAY_REPORT_SOURCE_H

#include "report/element.h"
#include "report/listing.h"
#include "util/json.h"

/**
 * AssayReportSource: the four arrays of a report, in memory as the rooms before made them or as JSON that was read
 * back, so that what is written of one is, byte for byte, what is written of the other. All borrowed.
 *
 * @report: or NULL
 * @json: (where @report is NULL): the whole report; its arrays hold objects
 * @findings: (nullable): its findings, where they are not in @json
 */
struct _AssayReportSource
{
  const AssayReport *report;
  json_t *json;
  AssayListing *findings;
};

guint assay_report_source_length (const AssayReportSource *source, AssayReportArray array);

/** assay_report_source_label: as assay_report_array_label(); NULL too where somebody wrote no string there. */
const char *assay_report_source_label (const AssayReportSource *source, AssayReportArray array, guint index);

/** assay_report_source_element: a new reference; not to be changed. */
json_t *assay_report_source_element (const AssayReportSource *source, AssayReportArray array, guint index);

/** assay_emitter_load: what was emitted, read back. A new reference. */
json_t *assay_emitter_load (const AssayEmitter *emitter);

#endif
