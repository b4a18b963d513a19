#ifndef ASSAY_REPORT_RECOUNT_INPUTS_H
#define ASSAY_REPORT_RECOUNT_INPUTS_H

#include "report/stored.h"

/**
 * assay_stored_audit_inputs:
 *
 * The part of assay_stored_audit() that looks at what went in (T19): that the image is of the format of the first file;
 * that the digest of a source or toolchain is the one of its layers; that a rebuild has a digest if and only if it was
 * made, and was made where a verdict passes; that origins which a recording finds have one; that `verify` alone has
 * jobs, and a layout is named where one is used; and that each line of the policy waived what is said to be waived by
 * it.
 *
 * Returns: (transfer full) (nullable): what does not add up, as the end of a sentence
 */
char *assay_stored_audit_inputs (const AssayStored *stored);

#endif
