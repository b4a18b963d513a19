#ifndef ASSAY_REPORT_STORED_PROGRAM_H
#define ASSAY_REPORT_STORED_PROGRAM_H

#include "account/account.h"

#include <jansson.h>

/**
 * assay_stored_read_program:
 *
 * What a file of a report says that a policy may forbid: rights, whether it was looked into, sections and segments.
 * Texts but for names are borrowed from @file.
 *
 * Errors: ASSAY_ERROR_USAGE a member that is not of its form.
 */
gboolean assay_stored_read_program (const json_t *file, const char *path, AssayNodeAccount *out, GError **error);

/** assay_stored_clear_program: what was read. */
void assay_stored_clear_program (AssayNodeAccount *node_account);

#endif
