#include "flow/judging.h"
#include "flow/sides.h"

#include <assay/error.h>

AssayFlowResult *
assay_flow_compare (const char *shipped, const char *expected, const AssayFlowOptions *options, GError **error)
{
  g_autoptr (AssayFlowResult) result = assay_flow_result_new (options);
  const char *const names[] = { shipped, expected, NULL };
  g_autoptr (GError) local = NULL;
  if (!assay_flow_options_check_inputs (options, names, error) || !assay_flow_load_policy (result, error)
      || !assay_flow_load_layout (result, error))
    return NULL;
  gboolean opened = assay_flow_open_sides (result, shipped, expected, &local);
  result->expected_incomplete = !opened;
  if (!opened && !assay_flow_absorb (result, g_steal_pointer (&local), error))
    return NULL;
  return assay_flow_judge (result, error) ? g_steal_pointer (&result) : NULL;
}
