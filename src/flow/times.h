#ifndef ASSAY_FLOW_TIMES_H
#define ASSAY_FLOW_TIMES_H

#include "flow/judging.h"

/**
 * AssayShippedTime: a time that the image itself says it was made at.
 *
 * @seconds: since 1970
 * @source: where it stands, for the report: "mtime of PATH", "text in PATH"
 */
typedef struct
{
  gint64 seconds;
  char *source;
} AssayShippedTime;

/**
 * assay_times_collect:
 * @result: a judged one
 *
 * Times that may be the one the image was built at, the most likely first, each once: what differing bytes print (a
 * date beside a time of day, as __DATE__ and __TIME__ or ISO 8601 have them; a decimal number of seconds), what
 * containers say of themselves (FIT, U-Boot, gzip, squashfs), the newest times of their entries, and days alone. They
 * are only tried: what is proven by one is a rebuild that is equal.
 *
 * Returns: (transfer full) (element-type AssayShippedTime)
 */
GPtrArray *assay_times_collect (const AssayFlowResult *result);

/** assay_times_scan: adds to @dates the days (seconds at 00:00), to @clocks the seconds of a day, and to @epochs the
 * decimal times that a text prints. (element-type gint64), each once. For tests. */
void assay_times_scan (const guint8 *bytes, gsize length, GArray *dates, GArray *clocks, GArray *epochs);

#endif
