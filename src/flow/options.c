#include "flow/flow.h"

void
assay_flow_options_init (AssayFlowOptions *options)
{
  *options = (AssayFlowOptions){ .scope = NULL };
  assay_limits_init (&options->limits);
}
