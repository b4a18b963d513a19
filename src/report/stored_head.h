#ifndef ASSAY_REPORT_STORED_HEAD_H
#define ASSAY_REPORT_STORED_HEAD_H

#include "report/stored.h"

/** assay_stored_read_head: what a report says of the whole: verdict, reasons, image, expected side, policy and options.
 * For stored.c alone. */
gboolean assay_stored_read_head (AssayStored *stored, GError **error);

#endif
