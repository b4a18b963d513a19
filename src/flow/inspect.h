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
 * AssayInspectRequest: what is shown, and how.
 * @path: the image
 * @recipes: (nullable) (array zero-terminated): files whose `layout` says how raw images are divided
 * @style: of the text; JSON has none
 */
typedef struct
{
  const char *path;
  char **recipes;
  AssayInspectFormat format;
  AssayTextStyle style;
} AssayInspectRequest;

/**
 * assay_flow_inspect:
 * @out_complete: FALSE when something could not be read to its end
 *
 * Writes what an image holds: every node with size, SHA-256 and facts, and the sections and segments of ELF files.
 * Nothing is judged. Errors: as assay_flow_compare() and assay_recipe_load(), and ASSAY_ERROR_IO.
 */
gboolean assay_flow_inspect (const AssayInspectRequest *request, const AssayFlowOptions *options, AssayOutput *output,
                             gboolean *out_complete, GError **error);

#endif
