#ifndef ASSAY_REPORT_MEMBER_H
#define ASSAY_REPORT_MEMBER_H

#include "report/element.h"

/**
 * AssayReportMember: a member of a report, but for `facts`, `files`, `findings` and `missing`.
 * @emit: writes the value; NULL where @array says which of the four stands there
 * @is_there: (nullable): whether this report has it; NULL: each has
 */
typedef struct
{
  const char *key;
  void (*emit) (const AssayReport *report, AssayEmitter *emitter);
  AssayReportArray array;
  gboolean (*is_there) (const AssayReport *report);
} AssayReportMember;

/** assay_report_members: all members of a report in the order of canonical JSON. Transfer none. */
const AssayReportMember *assay_report_members (gsize *out_count);

/** The name of the schema, in the member `schema`. */
#define ASSAY_REPORT_SCHEMA "assay.report/1"

#endif
