#include "flow/judging.h"

#include <assay/error.h>

/* The expected side of a comparison is read where it lies: it is the user's own claim, not the image's. */
static gboolean
add_expected (AssayFlowResult *result, const char *path, GError **error)
{
  AssayUnpackOptions reading = { .limits = &result->options->limits, .progress = result->options->progress };
  result->expected = assay_image_open (path, &reading, error);
  if (result->expected == NULL)
    return FALSE;
  AssayExpectation *expectation = result->expected->blob != NULL
                                      ? assay_expectation_new_file (".", result->expected->blob, path)
                                      : assay_expectation_new_tree ("", result->expected->directory, path);
  expectation->supplies_owners = TRUE;
  g_ptr_array_add (result->expectations, expectation);
  return TRUE;
}

static gboolean
open_both (AssayFlowResult *result, const char *shipped, const char *expected, GError **error)
{
  const AssayFlowOptions *options = result->options;
  AssayUnpackOptions reading = { .limits = &options->limits, .progress = options->progress };
  ASSAY_TIMED (options->timings, ASSAY_STAGE_READING);
  result->image = assay_image_open (shipped, &reading, error);
  if (result->image == NULL || !add_expected (result, expected, error))
    return FALSE;
  assay_timings_add (options->timings, ASSAY_STAGE_READING, result->image->size + result->expected->size);
  return TRUE;
}

AssayFlowResult *
assay_flow_compare (const char *shipped, const char *expected, const AssayFlowOptions *options, GError **error)
{
  g_autoptr (AssayFlowResult) result = assay_flow_result_new (options);
  const char *const names[] = { shipped, expected, NULL };
  g_autoptr (GError) local = NULL;
  if (!assay_flow_options_check_inputs (options, names, error) || !assay_flow_load_policy (result, error)
      || !assay_flow_load_layout (result, error))
    return NULL;
  gboolean opened = open_both (result, shipped, expected, &local);
  result->expected_incomplete = !opened;
  if (!opened && !assay_flow_absorb (result, g_steal_pointer (&local), error))
    return NULL;
  return assay_flow_judge (result, error) ? g_steal_pointer (&result) : NULL;
}
