#ifndef ASSAY_REPORT_REBUILD_TEXT_H
#define ASSAY_REPORT_REBUILD_TEXT_H

#include <jansson.h>

/** AssayRebuildDetail: how many differences are shown: the first ones, or all. */
typedef enum
{
  ASSAY_REBUILD_DETAIL_FIRST = 0,
  ASSAY_REBUILD_DETAIL_ALL,
} AssayRebuildDetail;

/** assay_report_render_rebuild: a report of `assay rebuild` (assay.rebuild/1 or assay.rebuilds/1, as this program
 * made it) for people.
 * Transfer full (free with g_free()). */
char *assay_report_render_rebuild (const json_t *report, AssayRebuildDetail detail);

#endif
