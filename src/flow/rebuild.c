#include "flow/rebuild.h"

#include "flow/allowance.h"
#include "flow/causes.h"
#include "flow/kept.h"
#include "flow/retrying.h"
#include "util/json.h"
#include "util/output.h"
#include "util/text.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/** What `rebuild` works on. */
typedef struct
{
  const AssayRebuildWish *wish;
  AssayFlowResult *result;
  AssayComponent *component;
  AssayRecipeLimits allowed;
  AssayRebuildOptions options;
  GPtrArray *unlike; /* AssayUnlike; NULL unless rebuilt twice */
  GPtrArray *trials; /* AssayCauseTrial; NULL unless causes were asked for */
} Rebuilding;

static void
rebuilding_clear (Rebuilding *rebuilding)
{
  g_clear_pointer (&rebuilding->unlike, g_ptr_array_unref);
  g_clear_pointer (&rebuilding->trials, g_ptr_array_unref);
  g_clear_pointer (&rebuilding->result, assay_flow_result_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rebuilding, rebuilding_clear)

/* What is wrong with an input ends this command, which has nothing else to say. */
static gboolean
prepare (Rebuilding *rebuilding, GError **error)
{
  const AssayRebuildWish *wish = rebuilding->wish;
  char *recipes[] = { (char *)wish->recipe, NULL };
  const char *const names[] = { wish->recipe, NULL };
  AssayFlowResult *result = rebuilding->result;
  if (!assay_flow_options_check_inputs (result->options, names, error) || !assay_kept_check (wish->output, error)
      || !assay_flow_prepare (result, recipes, error))
    return FALSE;
  rebuilding->component = g_ptr_array_index (result->components, 0);
  if (!assay_flow_check_output_apart (wish->output, rebuilding->component->recipe, error))
    return FALSE;
  if (result->failures->len == 0)
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, g_ptr_array_index (result->failures, 0));
  return FALSE;
}

static gboolean
build_first (Rebuilding *rebuilding, GError **error)
{
  AssayComponent *component = rebuilding->component;
  gint64 begun_us = g_get_monotonic_time ();
  component->rebuild = assay_rebuild_run (component->recipe, component->digests, &rebuilding->options, error);
  if (component->rebuild == NULL)
    return FALSE;
  component->took_s = (guint64)((g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC);
  for (guint i = 0; i < component->recipe->outputs->len; i++)
    {
      g_autoptr (GPtrArray) made
          = assay_made_find (component->rebuild, component->recipe, g_ptr_array_index (component->recipe->outputs, i),
                             rebuilding->options.limits, error);
      if (made == NULL)
        return FALSE;
      while (made->len > 0)
        {
          AssayMade *one = g_ptr_array_steal_index (made, 0);
          AssayExpectation *expectation = assay_flow_expect (one);
          g_ptr_array_add (component->made, one);
          g_ptr_array_add (component->expectations, expectation);
          g_ptr_array_add (rebuilding->result->expectations, expectation);
        }
    }
  assay_made_digest (component->made, &component->outputs_sha256);
  return TRUE;
}

static gboolean
build (Rebuilding *rebuilding, GError **error)
{
  AssayComponent *component = rebuilding->component;
  const AssayFlowOptions *options = rebuilding->result->options;
  assay_flow_allow (rebuilding->result, component->recipe, &rebuilding->allowed);
  rebuilding->options = (AssayRebuildOptions){ .work_dir = options->work_dir,
                                               .jobs = options->jobs,
                                               .limits = &options->limits,
                                               .allowed = &rebuilding->allowed,
                                               .search = ASSAY_REBUILD_SEARCH_NOTHING,
                                               .shell = rebuilding->wish->shell,
                                               .record = options->record,
                                               .progress = options->progress };
  if (!build_first (rebuilding, error))
    return FALSE;
  if (!options->twice)
    return TRUE;
  if (!assay_flow_rebuild_again (rebuilding->result, component, &rebuilding->options, error))
    return FALSE;
  rebuilding->unlike = assay_unlike_list (component, &options->limits, error);
  return rebuilding->unlike != NULL
         && (!rebuilding->wish->find_causes
             || assay_causes_find (component, &rebuilding->options, &rebuilding->unlike, &rebuilding->trials, error));
}

static json_t *
describe_outputs (const Rebuilding *rebuilding)
{
  json_t *list = json_array ();
  const AssayComponent *component = rebuilding->component;
  for (guint i = 0; i < component->made->len; i++)
    {
      const AssayMade *made = g_ptr_array_index (component->made, i);
      json_t *described = json_object ();
      char hex[ASSAY_DIGEST_HEX_SIZE];
      g_autofree char *name = assay_kept_name (made, component->recipe);
      assay_digest_to_hex (&made->sha256, hex);
      json_object_set_new (described, "from", assay_json_text (made->output->from));
      json_object_set_new (described, "path", assay_json_text (name));
      json_object_set_new (described, "type", json_string (made->blob == NULL ? "directory" : "file"));
      json_object_set_new (described, "sha256", json_string (hex));
      if (made->blob != NULL)
        json_object_set_new (described, "size", assay_json_count (assay_blob_get_size (made->blob)));
      json_array_append_new (list, described);
    }
  return list;
}

static json_t *
describe_unlike (const Rebuilding *rebuilding, const AssayUnlike *unlike)
{
  json_t *described = json_object ();
  g_autofree char *name = assay_kept_name (unlike->made, rebuilding->component->recipe);
  json_object_set_new (described, "output", assay_json_text (name));
  json_object_set_new (described, "path", assay_json_text (unlike->path));
  if (unlike->fact != NULL)
    json_object_set_new (described, "fact", assay_json_text (unlike->fact));
  else
    {
      json_t *range = json_object ();
      json_object_set_new (range, "offset", assay_json_count (unlike->offset));
      json_object_set_new (range, "length", assay_json_count (unlike->length));
      json_object_set_new (described, "range", range);
    }
  if (unlike->first != NULL)
    json_object_set_new (described, "first", assay_json_text (unlike->first));
  if (unlike->second != NULL)
    json_object_set_new (described, "second", assay_json_text (unlike->second));
  if (rebuilding->trials == NULL)
    return described;
  json_t *causes = json_array ();
  for (guint i = 0; i < unlike->causes->len; i++)
    json_array_append_new (causes, json_string (g_ptr_array_index (unlike->causes, i)));
  json_object_set_new (described, "causes", causes);
  return described;
}

static json_t *
describe_trials (const GPtrArray *trials)
{
  json_t *list = json_array ();
  for (guint i = 0; i < trials->len; i++)
    {
      const AssayCauseTrial *trial = g_ptr_array_index (trials, i);
      json_t *described = json_object ();
      json_object_set_new (described, "with", json_string (trial->name));
      if (trial->failure != NULL)
        json_object_set_new (described, "failure", assay_json_text (trial->failure));
      json_array_append_new (list, described);
    }
  return list;
}

/* The parts that the report of `verify` has of a rebuild too, and what only this one has. */
static json_t *
describe (const Rebuilding *rebuilding)
{
  const AssayComponent *component = rebuilding->component;
  json_t *report = assay_flow_describe_component (rebuilding->result, component);
  json_t *second = json_object_get (report, "second");
  json_object_del (report, "kind");
  json_object_del (report, "cached");
  json_object_set_new (report, "schema", json_string ("assay.rebuild/1"));
  json_object_set_new (report, "tool", json_pack ("{s:s,s:s}", "name", "assay", "version", ASSAY_VERSION));
  json_t *options = assay_flow_describe_options (rebuilding->result);
  json_object_set_new (options, "mode", json_string ("rebuild"));
  json_object_set_new (report, "options", options);
  json_object_set_new (report, "outputs", describe_outputs (rebuilding));
  if (second == NULL)
    return report;
  json_object_set (report, "reproducible", json_object_get (second, "reproducible"));
  json_t *differences = json_array ();
  for (guint i = 0; i < rebuilding->unlike->len; i++)
    json_array_append_new (differences, describe_unlike (rebuilding, g_ptr_array_index (rebuilding->unlike, i)));
  json_object_set_new (report, "differences", differences);
  if (rebuilding->trials != NULL)
    json_object_set_new (report, "trials", describe_trials (rebuilding->trials));
  return report;
}

json_t *
assay_flow_rebuild_only (const AssayRebuildWish *wish, const AssayFlowOptions *options, GError **error)
{
  g_auto (Rebuilding) rebuilding = { .wish = wish, .result = assay_flow_result_new (options) };
  if (!prepare (&rebuilding, error) || !build (&rebuilding, error))
    return NULL;
  g_autoptr (json_t) report = describe (&rebuilding);
  char *record = assay_json_canonical (report);
  gboolean written
      = assay_kept_write (wish->output, rebuilding.component->made, rebuilding.component->recipe, record, error);
  free (record);
  return written ? g_steal_pointer (&report) : NULL;
}
