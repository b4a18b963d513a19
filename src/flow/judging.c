#include "flow/judging.h"
#include "flow/sides.h"

#include "cage/nursery.h"
#include "flow/digests.h"
#include "flow/made.h"
#include "flow/reached.h"
#include "flow/sources.h"
#include "unpack/filesystem.h"
#include "util/digest_table.h"
#include "util/text.h"

#include <assay/error.h>

AssayComponent *
assay_component_new (void)
{
  AssayComponent *component = g_new0 (AssayComponent, 1);
  component->made = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_made_free);
  component->expectations = g_ptr_array_new ();
  component->notes = g_ptr_array_new_with_free_func (g_free);
  return component;
}

gboolean
assay_component_is_cached (const AssayComponent *component)
{
  return component->rebuild != NULL && assay_rebuild_is_cached (component->rebuild);
}

guint
assay_component_count_rebuilds (const AssayComponent *component)
{
  return component->rebuild == NULL || component->failed ? 0 : component->has_second ? 2 : 1;
}

void
assay_component_free (AssayComponent *component)
{
  if (component == NULL)
    return;
  g_clear_pointer (&component->made, g_ptr_array_unref);
  g_clear_pointer (&component->expectations, g_ptr_array_unref);
  g_clear_error (&component->trouble);
  g_clear_error (&component->second_trouble);
  g_free (component->path);
  g_free (component->name);
  g_clear_pointer (&component->second, assay_rebuild_free);
  g_clear_pointer (&component->rebuild, assay_rebuild_free);
  g_clear_pointer (&component->notes, g_ptr_array_unref);
  g_free (component->time);
  g_free (component->replaced_time);
  g_free (component->time_source);
  g_clear_pointer (&component->digests, g_array_unref);
  g_clear_pointer (&component->recipe, assay_recipe_free);
  g_free (component);
}

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

/* A directory that could not be listed to its end has no account and no digest. */
static gboolean
check_directory (const AssayImage *image, GError **error)
{
  if (image->directory == NULL || image->root->trouble == NULL)
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (image->path, -1);
  g_set_error (error, ASSAY_ERROR, (int)image->root->trouble_code, "%s: %s", shown, image->root->trouble);
  return FALSE;
}

/* Bytes that are compared or digested: containers are little beside what they hold. */
static gboolean
count_leaf (AssayNode *node, gpointer data)
{
  guint64 *bytes = data;
  if (node->blob != NULL && node->spans == NULL && node->size <= G_MAXUINT64 - *bytes)
    *bytes += node->size;
  return TRUE;
}

/* @out_bytes: of all leaves of the image */
static gboolean
unpack_both (AssayFlowResult *result, const AssayUnpackOptions *unpack, guint64 *out_bytes, GError **error)
{
  const AssayFlowOptions *options = result->options;
  ASSAY_TIMED (options->timings, ASSAY_STAGE_UNPACKING);
  assay_progress_stage (options->progress, "unpacking", 0, NULL);
  if (!assay_flow_unpack_sides (result, unpack, error) || !check_directory (result->image, error))
    return FALSE;
  *out_bytes = 0;
  if (options->progress != NULL || options->timings != NULL)
    assay_node_visit (result->image->root, count_leaf, out_bytes);
  assay_timings_add (options->timings, ASSAY_STAGE_UNPACKING, *out_bytes);
  return TRUE;
}

static gboolean
pair_image (AssayFlowResult *result, const AssayUnpackOptions *unpack, GError **error)
{
  ASSAY_TIMED (result->options->timings, ASSAY_STAGE_PAIRING);
  assay_progress_stage (result->options->progress, "pairing", 0, NULL);
  result->pairing = assay_pairing_new (result->image->root, result->expectations, unpack, error);
  return result->pairing != NULL;
}

static gboolean
account_for (AssayFlowResult *result, GError **error)
{
  const AssayFlowOptions *options = result->options;
  AssayUnpackOptions unpack = { .limits = &options->limits, .layout = result->layout, .progress = options->progress };
  guint64 bytes = 0;
  if (!unpack_both (result, &unpack, &bytes, error) || !pair_image (result, &unpack, error))
    return FALSE;
  assay_pairing_restrict (result->pairing, result->image->root, result->scope);
  for (guint i = 0; i < result->ambiguous->len; i++)
    g_ptr_array_add (result->pairing->ambiguous, g_strdup (g_ptr_array_index (result->ambiguous, i)));
  AssayAccountOptions account = { .scope = result->scope,
                                  .entries = result->entries,
                                  .slots = result->slots,
                                  .policy = result->policy,
                                  .has_time = options->has_time,
                                  .time_s = options->time_s,
                                  .layout_granted = result->layout_granted,
                                  .expected_incomplete = result->expected_incomplete,
                                  .build_time = result->build_time,
                                  .recipe_time = result->recipe_time,
                                  .find_symbols = assay_flow_find_symbols,
                                  .find_symbols_data = result,
                                  .list_programs = assay_flow_list_programs,
                                  .list_programs_data = result,
                                  .find_origin = result->components->len > 0 ? assay_flow_find_origin : NULL,
                                  .find_origin_data = result,
                                  .digests = options->digests,
                                  .limits = &options->limits,
                                  .progress = options->progress,
                                  .timings = options->timings,
                                  .jobs = assay_rebuild_count_jobs (options->jobs) };
  assay_progress_stage (options->progress, "comparing", bytes, "bytes");
  result->account = assay_account_new (result->image->root, result->pairing, &account, error);
  if (result->account == NULL || !assay_image_check_unchanged (result->image, error))
    return FALSE;
  if (result->image->directory == NULL)
    return TRUE;
  ASSAY_TIMED (options->timings, ASSAY_STAGE_DIGESTING);
  result->image->has_sha256
      = assay_tree_digest_judged (result->image->root, result->account, &result->image->sha256, error);
  return result->image->has_sha256;
}

const char *
assay_flow_find_unseen (const AssayFlowResult *result)
{
  gboolean any = result->image != NULL && result->image->directory != NULL;
  for (guint i = 0; i < result->expectations->len; i++)
    any = any || ((const AssayExpectation *)g_ptr_array_index (result->expectations, i))->is_tree;
  return any && !assay_filesystem_sees_all () ? ASSAY_FILESYSTEM_UNSEEN : NULL;
}

gboolean
assay_flow_judge (AssayFlowResult *result, GError **error)
{
  g_autoptr (GError) local = NULL;
  ASSAY_TIMED (result->options->timings, ASSAY_STAGE_JUDGING);
  if (result->image != NULL && !account_for (result, &local)
      && !assay_flow_absorb (result, g_steal_pointer (&local), error))
    return FALSE;
  assay_flow_note_reached (result);
  result->judgement = assay_judgement_new (result->account, result->pairing, result->failures);
  assay_flow_hold_policy (result);
  result->report.image = assay_flow_describe_image (result);
  result->report.expected = assay_flow_describe_expected (result);
  result->report.policy = assay_flow_describe_policy (result);
  result->report.options = assay_flow_describe_options (result);
  result->report.sources = result->options->record ? assay_flow_describe_sources (result) : NULL;
  result->report.account = result->account;
  result->report.pairing = result->pairing;
  result->report.judgement = result->judgement;
  result->report.failures = result->failures;
  return TRUE;
}
