#include "flow/flow.h"

#include <assay/error.h>

void
assay_flow_options_init (AssayFlowOptions *options)
{
  *options = (AssayFlowOptions){ .scope = NULL };
  assay_limits_init (&options->limits);
}

gboolean
assay_flow_options_check_inputs (const AssayFlowOptions *options, const char *const *names, GError **error)
{
  guint count = g_strcmp0 (options->policy, "-") == 0;
  for (; *names != NULL; names++)
    count += g_strcmp0 (*names, "-") == 0;
  if (count <= 1)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "standard input can be read once, and %u inputs are `-`", count);
  return FALSE;
}
