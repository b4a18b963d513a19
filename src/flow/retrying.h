#ifndef ASSAY_FLOW_RETRYING_H
#define ASSAY_FLOW_RETRYING_H

#include "flow/judging.h"

/**
 * assay_flow_retry_at_shipped_time:
 * @first: (transfer full): a judged result of `verify`
 *
 * T10: a time inside of content is explained only by a rebuild at that time that is equal. Where @first is a mismatch,
 * rebuilds with SOURCE_DATE_EPOCH set to each of a few times that the image itself carries (limit rebuild-times), and
 * judges the image against that. The first that passes is the result, with the fact `build-time`, explained by the rule
 * `rebuilt-at-time`; it can thus be no better than `equivalent`. If none passes, @first.
 *
 * Returns: (transfer full): NULL on an error that ends everything
 */
AssayFlowResult *assay_flow_retry_at_shipped_time (AssayFlowResult *first, char *const *recipes, GError **error);

/* verify.c: the two halves of a verification before it is judged */

/** assay_flow_prepare: policy, recipes and their inputs; everything that can be wrong before the first step. */
gboolean assay_flow_prepare (AssayFlowResult *result, char *const *recipes, GError **error);

/** assay_flow_check_output_apart: whether what is written to @output (nullable) lies in nothing that a recipe names.
 * Errors: ASSAY_ERROR_USAGE. */
gboolean assay_flow_check_output_apart (const char *output, const AssayRecipe *recipe, GError **error);

/** assay_flow_build: rebuilds all components. */
gboolean assay_flow_build (AssayFlowResult *result, GError **error);

#endif
