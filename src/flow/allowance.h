#ifndef ASSAY_FLOW_ALLOWANCE_H
#define ASSAY_FLOW_ALLOWANCE_H

#include "flow/judging.h"

/** AssayAllowanceItem: one thing that a rebuild may take, by its name in recipes, reports and `--limit`. */
typedef struct
{
  AssayLimit limit;
  gsize member; /* of AssayRecipeLimits: offset of a guint64 */
} AssayAllowanceItem;

/** assay_allowance_items: all of them, up to one of ASSAY_LIMIT_NONE. */
extern const AssayAllowanceItem assay_allowance_items[];

/** assay_allowance_get: the item's value in @limits. */
guint64 assay_allowance_get (const AssayRecipeLimits *limits, const AssayAllowanceItem *item);

/**
 * assay_flow_allow:
 * @out: every member is set
 *
 * What a recipe's rebuild may take (T19). A recipe is written by somebody whom nobody trusts, so that it gets no more
 * than the limit in force, the default or what `--limit` says, whatever it asks for; and less where it asks for less. A
 * recipe that the policy pins gets what it asks for, up to `--limit` where that is given.
 */
void assay_flow_allow (const AssayFlowResult *result, const AssayRecipe *recipe, AssayRecipeLimits *out);

/** assay_flow_note_allowance: after a rebuild that failed: says of each limit of which the recipe asked for more than
 * it got. */
void assay_flow_note_allowance (AssayFlowResult *result, const AssayRecipe *recipe);

/** assay_flow_describe_allowance: what was in force, for the report. */
json_t *assay_flow_describe_allowance (const AssayFlowResult *result, const AssayRecipe *recipe);

#endif
