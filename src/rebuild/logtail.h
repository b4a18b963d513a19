#ifndef ASSAY_REBUILD_LOGTAIL_H
#define ASSAY_REBUILD_LOGTAIL_H

#include <glib.h>

/** assay_log_tail: the last 20 lines of a log, escaped, each indented by two blanks behind a line feed; "" if there is
 * nothing. Transfer full. */
char *assay_log_tail (const char *path);

#endif
