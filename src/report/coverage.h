#ifndef ASSAY_REPORT_COVERAGE_H
#define ASSAY_REPORT_COVERAGE_H

#include "input/reviewed.h"
#include "report/report.h"

/**
 * AssayCoverageState: what becomes of bytes of shipped code when one asks whether their source was reviewed.
 *
 * Only ASSAY_COVERAGE_REVIEWED counts. Of all others the first that applies:
 * @ASSAY_COVERAGE_DIFFERS: they are not what a rebuild made, or no rebuild has anything for them
 * @ASSAY_COVERAGE_UNNAMED: no line of a source is known for them
 * @ASSAY_COVERAGE_GENERATED: the file, or the one that the compiler was given, was made by the build, and no line of
 * the list says of what
 * @ASSAY_COVERAGE_ELSEWHERE: the build read no such file, or did not say which one the compiler was given
 * @ASSAY_COVERAGE_ALTERED: the build wrote the file, or gave it another name, so that nobody knows what was read
 * @ASSAY_COVERAGE_TOOLCHAIN: the file came with the toolchain, and is not in the list
 * @ASSAY_COVERAGE_OTHER: the list has it with another digest
 * @ASSAY_COVERAGE_UNLISTED: the list does not have it
 * @ASSAY_COVERAGE_RENAMED: it is reviewed, but a text that is not may have given its own lines this name (`#line`)
 */
typedef enum
{
  ASSAY_COVERAGE_UNNAMED = 0,
  ASSAY_COVERAGE_DIFFERS,
  ASSAY_COVERAGE_GENERATED,
  ASSAY_COVERAGE_ELSEWHERE,
  ASSAY_COVERAGE_ALTERED,
  ASSAY_COVERAGE_TOOLCHAIN,
  ASSAY_COVERAGE_OTHER,
  ASSAY_COVERAGE_UNLISTED,
  ASSAY_COVERAGE_RENAMED,
  ASSAY_COVERAGE_REVIEWED,
} AssayCoverageState;

/** The name of the schema, in the member `schema`. */
#define ASSAY_COVERAGE_SCHEMA "assay.coverage/1"

/**
 * assay_coverage_new:
 * @report: of assay_report_load(); @sha256: of its bytes
 *
 * T17: how much of the shipped code comes from source files that were reviewed. A file counts where the build read it,
 * as it was delivered, with a digest that the list has for it; by which file code comes from, line tables of the
 * rebuild say. What the report says is believed: whoever asks knows where it is from.
 *
 * Without a recording, or of an image that nobody rebuilt, nothing counts.
 *
 * Returns: (transfer full): JSON of the schema assay.coverage/1 (doc/coverage.md)
 * Errors: ASSAY_ERROR_USAGE it is no report, or its bytes do not add up.
 */
json_t *assay_coverage_new (const json_t *report, const AssayDigest *sha256, const AssayReviewed *reviewed,
                            GError **error);

/** assay_coverage_render_text: for people, in 80 columns. Transfer full. */
char *assay_coverage_render_text (const json_t *coverage, AssayTextStyle style);

/** assay_coverage_write_html: as one page that loads nothing and runs nothing (report/html.h). Errors: as
 * assay_output_write(). */
gboolean assay_coverage_write_html (const json_t *coverage, AssayOutput *output, GError **error);

#endif
