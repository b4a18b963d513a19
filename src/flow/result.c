#include "flow/judging.h"

#include "cage/nursery.h"
#include "unpack/filesystem.h"
#include "util/digest_table.h"

#include <assay/error.h>

AssayFlowResult *
assay_flow_result_new (const AssayFlowOptions *options)
{
  AssayFlowResult *result = g_new0 (AssayFlowResult, 1);
  /* before there are threads, whose locks a copy would hold for ever; whoever needs it later says why there is none */
  assay_nursery_open (NULL);
  result->options = options;
  result->components = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_component_free);
  result->expectations = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_expectation_free);
  result->failures = g_ptr_array_new_with_free_func (g_free);
  result->ambiguous = g_ptr_array_new_with_free_func (g_free);
  result->notes = g_ptr_array_new_with_free_func (g_free);
  result->natures = assay_digest_table_new (g_free, NULL);
  result->slots = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_slot_free);
  result->entries = g_ptr_array_new_with_free_func (g_free);
  result->layout = g_array_new (FALSE, FALSE, sizeof (AssayUnpackLayout));
  result->policy_inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_policy_input_free);
  result->times_tried = g_ptr_array_new_with_free_func (g_free);
  result->scope = options->scope;
  return result;
}

void
assay_flow_result_free (AssayFlowResult *result)
{
  if (result == NULL)
    return;
  g_clear_pointer (&result->report.image, json_decref);
  g_clear_pointer (&result->report.expected, json_decref);
  g_clear_pointer (&result->report.policy, json_decref);
  g_clear_pointer (&result->report.options, json_decref);
  g_clear_pointer (&result->report.sources, json_decref);
  g_clear_pointer (&result->judgement, assay_judgement_free);
  g_clear_pointer (&result->account, assay_account_free);
  g_clear_pointer (&result->pairing, assay_pairing_free);
  g_clear_pointer (&result->expectations, g_ptr_array_unref);
  g_clear_pointer (&result->components, g_ptr_array_unref);
  g_clear_pointer (&result->cache, assay_cache_free);
  g_clear_pointer (&result->secret, assay_secret_free);
  g_clear_pointer (&result->notes, g_ptr_array_unref);
  g_clear_pointer (&result->natures, g_hash_table_unref);
  g_clear_pointer (&result->expected, assay_image_free);
  g_clear_pointer (&result->image, assay_image_free);
  g_clear_pointer (&result->failures, g_ptr_array_unref);
  g_clear_pointer (&result->ambiguous, g_ptr_array_unref);
  g_clear_pointer (&result->rules, assay_policy_rules_free);
  g_clear_pointer (&result->policy, assay_policy_free);
  g_clear_pointer (&result->slots, g_ptr_array_unref);
  g_clear_pointer (&result->programs, g_ptr_array_unref);
  g_clear_pointer (&result->symbols, assay_symbol_index_free);
  g_clear_pointer (&result->entries, g_ptr_array_unref);
  g_clear_pointer (&result->layout, g_array_unref);
  g_clear_pointer (&result->times_tried, g_ptr_array_unref);
  g_free (result->build_time);
  g_free (result->recipe_time);
  g_clear_pointer (&result->layout_file, assay_layout_file_free);
  g_clear_pointer (&result->policy_inputs, g_ptr_array_unref);
  g_clear_pointer (&result->policy_failures, g_ptr_array_unref);
  g_clear_pointer (&result->policy_notes, g_ptr_array_unref);
  g_free (result);
}

const AssayReport *
assay_flow_result_get_report (const AssayFlowResult *result)
{
  return &result->report;
}

GPtrArray *
assay_flow_result_list_notes (const AssayFlowResult *result)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < result->notes->len; i++)
    g_ptr_array_add (notes, g_strdup (g_ptr_array_index (result->notes, i)));
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      for (guint j = 0; j < component->notes->len; j++)
        g_ptr_array_add (notes, g_strdup_printf ("%s: %s", component->recipe->product,
                                                 (const char *)g_ptr_array_index (component->notes, j)));
    }
  return notes;
}

const AssayPolicyRules *
assay_flow_result_get_rules (const AssayFlowResult *result)
{
  return result->rules;
}

gboolean
assay_flow_result_policy_holds (const AssayFlowResult *result)
{
  return result->policy_failures == NULL || result->policy_failures->len == 0;
}

gboolean
assay_flow_result_passed (const AssayFlowResult *result)
{
  switch (result->judgement->verdict)
    {
    case ASSAY_VERDICT_IDENTICAL:
    case ASSAY_VERDICT_EQUIVALENT:
    case ASSAY_VERDICT_WAIVED:
      return assay_flow_result_policy_holds (result);
    case ASSAY_VERDICT_MISMATCH:
    case ASSAY_VERDICT_UNDECIDED:
      break;
    }
  return FALSE;
}

AssayVerdict
assay_flow_result_get_verdict (const AssayFlowResult *result)
{
  return result->judgement->verdict;
}

gboolean
assay_flow_absorb (AssayFlowResult *result, GError *local, GError **error)
{
  gboolean final = g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_USAGE)
                   || g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED)
                   || g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_INTERNAL);
  if (final)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  g_ptr_array_add (result->failures, g_strdup (local->message));
  g_error_free (local);
  return TRUE;
}

const char *
assay_flow_find_unseen (const AssayFlowResult *result)
{
  gboolean any = result->image != NULL && result->image->directory != NULL;
  for (guint i = 0; i < result->expectations->len; i++)
    any = any || ((const AssayExpectation *)g_ptr_array_index (result->expectations, i))->is_tree;
  return any && !assay_filesystem_sees_all () ? ASSAY_FILESYSTEM_UNSEEN : NULL;
}
