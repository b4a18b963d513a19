#include <assay/run.h>

#include "flow/flow.h"

struct _AssayRun
{
  AssayFlowOptions options;
  GPtrArray *scope; /* utf8, NULL-terminated when not empty */
  char *policy;
  AssayFlowResult *result;
};

AssayRun *
assay_run_new (void)
{
  AssayRun *run = g_new0 (AssayRun, 1);
  assay_flow_options_init (&run->options);
  run->scope = g_ptr_array_new_with_free_func (g_free);
  return run;
}

void
assay_run_free (AssayRun *run)
{
  if (run == NULL)
    return;
  assay_flow_result_free (run->result);
  g_ptr_array_unref (run->scope);
  g_free (run->policy);
  g_free (run);
}

void
assay_run_grant_scope (AssayRun *run, const char *glob)
{
  if (run->scope->len > 0)
    g_ptr_array_remove_index (run->scope, run->scope->len - 1);
  g_ptr_array_add (run->scope, g_strdup (glob));
  g_ptr_array_add (run->scope, NULL);
}

void
assay_run_set_policy (AssayRun *run, const char *path)
{
  g_free (run->policy);
  run->policy = g_strdup (path);
}

gboolean
assay_run_set_limit (AssayRun *run, const char *assignment, GError **error)
{
  return assay_limits_set (&run->options.limits, assignment, error);
}

static gboolean
begin (AssayRun *run, GError **error)
{
  if (run->result != NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "a run judges once; make another for another image");
      return FALSE;
    }
  run->options.scope = run->scope->len > 0 ? (char **)run->scope->pdata : NULL;
  run->options.policy = run->policy;
  return TRUE;
}

gboolean
assay_run_compare (AssayRun *run, const char *shipped, const char *expected, GError **error)
{
  if (!begin (run, error))
    return FALSE;
  run->result = assay_flow_compare (shipped, expected, &run->options, error);
  return run->result != NULL;
}

gboolean
assay_run_verify (AssayRun *run, const char *image, char *const *recipes, GError **error)
{
  if (!begin (run, error))
    return FALSE;
  run->result = assay_flow_verify (image, recipes, &run->options, error);
  return run->result != NULL;
}

AssayVerdict
assay_run_get_verdict (const AssayRun *run)
{
  return run->result == NULL ? ASSAY_VERDICT_UNDECIDED : assay_flow_result_get_verdict (run->result);
}

gboolean
assay_run_passed (const AssayRun *run)
{
  return run->result != NULL && assay_flow_result_passed (run->result);
}

gboolean
assay_run_write_report (const AssayRun *run, const char *path, GError **error)
{
  if (run->result == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "nothing was run that a report could speak of");
      return FALSE;
    }
  g_autoptr (AssayOutput) output = assay_output_new (path, error);
  return output != NULL && assay_report_write (assay_flow_result_get_report (run->result), output, error)
         && assay_output_commit (output, error);
}
