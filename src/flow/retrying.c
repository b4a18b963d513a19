#include "flow/retrying.h"

#include "flow/times.h"

#include <assay/error.h>

#define VARIABLE "SOURCE_DATE_EPOCH"

/* T15: into the sandbox goes one integer and nothing else of the image. */
static void
set_time (AssayFlowResult *result, const AssayShippedTime *time)
{
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, time->seconds);
  for (guint i = 0; i < result->components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (result->components, i);
      GHashTable *environment = component->recipe->environment;
      component->replaced_time = g_strdup (g_hash_table_lookup (environment, VARIABLE));
      component->time = g_strdup (value);
      component->time_source = g_strdup (time->source);
      g_hash_table_replace (environment, g_strdup (VARIABLE), g_strdup (value));
    }
  result->build_time = g_strdup (value);
  for (guint i = 0; i < result->components->len && result->recipe_time == NULL; i++)
    result->recipe_time = g_strdup (((AssayComponent *)g_ptr_array_index (result->components, i))->replaced_time);
}

static gboolean
is_recipe_time (const AssayFlowResult *result, const AssayShippedTime *time)
{
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, time->seconds);
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      if (g_strcmp0 (g_hash_table_lookup (component->recipe->environment, VARIABLE), value) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_pass (const AssayFlowResult *result)
{
  AssayVerdict verdict = assay_flow_result_get_verdict (result);
  return verdict == ASSAY_VERDICT_IDENTICAL || verdict == ASSAY_VERDICT_EQUIVALENT || verdict == ASSAY_VERDICT_WAIVED;
}

/* What was tried is known only after the report's head was made. */
static void
describe_again (AssayFlowResult *result)
{
  json_decref (result->report.expected);
  result->report.expected = assay_flow_describe_expected (result);
}

/* The same image against a rebuild at @time. What goes wrong on the way leaves the first result as it is. */
static AssayFlowResult *
try_time (const AssayFlowResult *first, char *const *recipes, const AssayShippedTime *time, GError **error)
{
  g_autoptr (AssayFlowResult) again = assay_flow_result_new (first->options);
  if (!assay_flow_prepare (again, recipes, error))
    return NULL;
  set_time (again, time);
  again->image = first->image;
  gboolean done = assay_flow_build (again, error) && assay_flow_judge (again, error);
  if (!done)
    again->image = NULL;
  return done ? g_steal_pointer (&again) : NULL;
}

AssayFlowResult *
assay_flow_retry_at_shipped_time (AssayFlowResult *first, char *const *recipes, GError **error)
{
  g_autoptr (AssayFlowResult) kept = first;
  if (assay_flow_result_get_verdict (first) != ASSAY_VERDICT_MISMATCH || first->expected_incomplete
      || first->failures->len > 0 || first->image == NULL)
    return g_steal_pointer (&kept);
  g_autoptr (GPtrArray) times = assay_times_collect (first);
  guint64 left = first->options->limits.value[ASSAY_LIMIT_REBUILD_TIMES];
  for (guint i = 0; i < times->len && left > 0; i++)
    {
      const AssayShippedTime *time = g_ptr_array_index (times, i);
      if (is_recipe_time (first, time))
        continue;
      left--;
      g_autoptr (AssayFlowResult) again = try_time (first, recipes, time, error);
      if (again == NULL)
        return NULL;
      if (is_pass (again))
        {
          first->image = NULL; /* it belongs to the other one now, and so does what was tried before it */
          GPtrArray *tried = g_steal_pointer (&again->times_tried);
          again->times_tried = g_steal_pointer (&first->times_tried);
          first->times_tried = tried;
          describe_again (again);
          return g_steal_pointer (&again);
        }
      again->image = NULL;
      g_ptr_array_add (first->times_tried, g_strdup_printf ("%" G_GINT64_FORMAT, time->seconds));
    }
  describe_again (first);
  return g_steal_pointer (&kept);
}
