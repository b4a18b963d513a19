#ifndef ASSAY_REPORT_COVERAGE_BUILD_H
#define ASSAY_REPORT_COVERAGE_BUILD_H

#include "report/coverage.h"

/** AssayCoverageBuild: what the recording of one rebuild says of files, beside what was reviewed. */
typedef struct _AssayCoverageBuild AssayCoverageBuild;

/** assay_coverage_build_new: @recording: of a report, of its schema; both are borrowed and must outlive it. */
AssayCoverageBuild *assay_coverage_build_new (const json_t *recording, const AssayReviewed *reviewed);
void assay_coverage_build_free (AssayCoverageBuild *build);

/**
 * assay_coverage_build_judge:
 * @file: that line tables name; @unit: (nullable): that was given to the compiler
 * @out_why: (transfer full) (nullable): the file because of which @file does not count, where it is another one
 */
AssayCoverageState assay_coverage_build_judge (const AssayCoverageBuild *build, const char *file, const char *unit,
                                               char **out_why);

/** assay_coverage_build_uses: whether a line of the list has path and digest of a file that the build read. */
gboolean assay_coverage_build_uses (const AssayCoverageBuild *build, guint line);

/**
 * assay_coverage_build_describe:
 *
 * (transfer full): what else a reader has to know: `never_read`, delivered files that the build did not open; `unsure`,
 * of which nobody knows; `unnamed`, that it opened and no line table names, with whether they are reviewed; and
 * `line_control`, texts that give their lines to other files, and whether they are believed.
 */
json_t *assay_coverage_build_describe (const AssayCoverageBuild *build);

#endif
