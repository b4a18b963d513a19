#ifndef ASSAY_REPORT_RECOUNT_PARTS_H
#define ASSAY_REPORT_RECOUNT_PARTS_H

#include "report/stored.h"

/**
 * assay_stored_audit_parts:
 * @findings: those of @stored, by file and place
 *
 * The part of assay_stored_audit() that looks at what a report says twice: that the first file is the image and holds
 * all of it; that what a container leaves to its members is what these have; that digests are equal exactly where all
 * bytes are; that what has content and a counterpart has an origin (T16); and of programs assay_stored_audit_code().
 * Findings are inside their files already, and do not overlap.
 *
 * Returns: (transfer full) (nullable): what does not add up, as the end of a sentence
 */
char *assay_stored_audit_parts (const AssayStored *stored, AssayFindings *findings);

#endif
