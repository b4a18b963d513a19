#ifndef ASSAY_FLOW_INSPECT_H
#define ASSAY_FLOW_INSPECT_H

#include "flow/flow.h"
#include "util/output.h"

/** AssayInspectFormat: how an inventory is written. */
typedef enum
{
  ASSAY_INSPECT_TEXT = 0,
  ASSAY_INSPECT_JSON, /* canonical JSON, schema assay.inventory/1 */
} AssayInspectFormat;

/**
 * assay_flow_inspect:
 * @style: of the text; JSON has none
 * @out_complete: FALSE when something could not be read to its end
 *
 * Writes what an image holds: every node with size, SHA-256 and facts, and the sections and segments of ELF files.
 * Nothing is judged. Errors: as assay_flow_compare(), and ASSAY_ERROR_IO.
 */
gboolean assay_flow_inspect (const char *path, const AssayFlowOptions *options, AssayInspectFormat format,
                             AssayTextStyle style, AssayOutput *output, gboolean *out_complete, GError **error);

#endif
