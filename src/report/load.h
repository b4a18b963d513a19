#ifndef ASSAY_REPORT_LOAD_H
#define ASSAY_REPORT_LOAD_H

#include "report/listing.h"

#include <assay/digest.h>

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

/** Bytes of a report that is read in windows. */
#define ASSAY_REPORT_MAX_BYTES (G_GUINT64_CONSTANT (64) * 1024 * 1024 * 1024)

/**
 * assay_report_load_split:
 * @out_sha256: (nullable): of the bytes that were read
 * @out_findings: (transfer full) (nullable): assay_split_finish()
 *
 * Reads a report of any number of findings, once and in windows: what was checked is what is kept, whatever becomes of
 * the file. Errors: as assay_report_load(), but the 256 MiB are for all that is no finding, and for each finding, and
 * ASSAY_REPORT_MAX_BYTES for the whole; ASSAY_ERROR_LIMIT more than ASSAY_LISTING_MOST findings; of a private file in
 * TMPDIR, for findings of more than 16 MiB.
 *
 * Returns: (transfer full): the report, its findings left out where they are in @out_findings
 */
json_t *assay_report_load_split (const char *path, AssayDigest *out_sha256, AssayListing **out_findings,
                                 GError **error);

#endif
