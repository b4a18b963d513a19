#ifndef ASSAY_REPORT_SCHEMA_H
#define ASSAY_REPORT_SCHEMA_H

#include <glib.h>
#include <jansson.h>

/**
 * assay_schema_check:
 *
 * Whether a report has each member that assay_report_write() writes, all of them of their form: what is always written
 * must be there (T19, T20), integers are below 2^53 (T25), and the names of classes and limits are those that this
 * program knows, none more and none less. What the members say together is not looked at: assay_stored_audit().
 *
 * Errors: as assay_form_fail().
 */
gboolean assay_schema_check (const json_t *report, GError **error);

/** assay_schema_check_finding: the same of one element of `findings`, where they are not in the report. */
gboolean assay_schema_check_finding (const json_t *element, GError **error);

#endif
