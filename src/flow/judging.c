#include "flow/judging.h"
#include "flow/sides.h"

#include "flow/digests.h"
#include "flow/reached.h"
#include "flow/sources.h"
#include "util/text.h"

#include <assay/error.h>

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
