#ifndef ASSAY_REPORT_LOAD_H
#define ASSAY_REPORT_LOAD_H

#include <assay/digest.h>
#include <jansson.h>

/**
 * assay_report_load:
 * @path: a file, or `-` for standard input
 * @out_sha256: (nullable): of the bytes that were read
 *
 * Reads a report (schema assay.report/1) as strict JSON (assay_json_parse()). What it says is not looked at.
 *
 * Errors: ASSAY_ERROR_USAGE it cannot be read, is larger than ASSAY_JSON_MAX_BYTES, is no such JSON, or of another
 * schema; a signed statement is said to be one. ASSAY_ERROR_CANCELLED a signal came while nothing did.
 */
json_t *assay_report_load (const char *path, AssayDigest *out_sha256, GError **error);

#endif
