#include "flow/flow.h"

#include "util/output.h"

#include <assay/error.h>

void
assay_flow_options_init (AssayFlowOptions *options)
{
  *options = (AssayFlowOptions){ .scope = NULL };
  assay_limits_init (&options->limits);
}

static gboolean
check_apart (const AssayFlowOptions *options, const char *const *names, GError **error)
{
  const char *const more[] = { options->policy, options->layout };
  for (; *names != NULL; names++)
    if (!assay_output_check_apart (options->output, *names, error))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (more); i++)
    if (more[i] != NULL && !assay_output_check_apart (options->output, more[i], error))
      return FALSE;
  return TRUE;
}

gboolean
assay_flow_options_check_inputs (const AssayFlowOptions *options, const char *const *names, GError **error)
{
  const char *const *given = names;
  guint count = g_strcmp0 (options->policy, "-") == 0;
  for (; *names != NULL; names++)
    count += g_strcmp0 (*names, "-") == 0;
  if (count <= 1)
    return check_apart (options, given, error);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "standard input can be read once, and %u inputs are `-`", count);
  return FALSE;
}
