#include "account/ahead.h"
#include "account/times/bytecode_found.h"
#include "account/work.h"

#include <assay/error.h>

/* Whether a line of the policy could let bytes pass that the rebuild has nothing for: they are waived, or the signature
 * of something. */
static gboolean
is_grantable (const AssayAccountOptions *options)
{
  const AssayPolicy *policy = options->policy;
  return (options->slots != NULL && options->slots->len > 0)
         || (policy != NULL && (policy->waive->len > 0 || policy->blobs->len > 0));
}

/* Of byte code the times are read wherever it stands, and judged at the place of the module. */
static gboolean
is_judged (const AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *expected = node_account->match->expected;
  if (assay_bytecode_is_name (node_account->node->path))
    return TRUE;
  return node_account->in_scope && ((expected != NULL && expected->blob != NULL) || is_grantable (work->options));
}

static gboolean
has_counterpart (const AssayNodeAccount *node_account)
{
  const AssayNode *expected = node_account->match->expected;
  return expected != NULL && expected->blob != NULL;
}

/* Leaves that are compared whole, and would be read later on for that. */
static gboolean
is_read_ahead (const AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  if (node->blob == NULL || !has_counterpart (node_account))
    return FALSE;
  if (assay_settling_is_open (node))
    return is_judged (work, node_account);
  return node_account->in_scope && !node_account->match->equal && (node->spans == NULL || node_account->flat);
}

/* What is judged of both comes from another read than that of when they were looked into (T19). */
static void
forget_seen (const AssayNode *node, const AssayNode *expected)
{
  assay_blob_forget_seen (node->blob);
  assay_blob_forget_seen (expected->blob);
}

static void
add_job (GArray *jobs, const AssayNodeAccount *node_account)
{
  const AssayAheadJob job = { .node = node_account->node,
                              .expected = node_account->match->expected,
                              .program = assay_work_is_program (node_account->node) };
  g_array_append_val (jobs, job);
}

/* That it equals the rebuild's file is all there is to say of it: then it is the rebuild's that is read on. */
static gboolean
settle (AssayWork *work, AssayAheadJob *job, GError **error)
{
  AssayNode *node = job->node;
  gboolean open = assay_settling_is_open (node);
  if (!job->seen)
    forget_seen (node, job->expected);
  if (job->found != NULL)
    g_hash_table_insert (work->ahead, node, g_steal_pointer (&job->found));
  if (open && job->failure != NULL)
    assay_settling_fail (work->settling, node, job->failure->message);
  else if (open && job->seen)
    assay_node_replace_blob (node, job->expected->blob);
  else if (open && job->equal)
    assay_settling_replace (work->settling, node, job->expected->blob, job->format);
  else if (open)
    return assay_settling_copy (work->settling, node, error);
  return TRUE;
}

gboolean
assay_account_settle (AssayWork *work, GError **error)
{
  g_autoptr (GArray) jobs = assay_ahead_jobs_new ();
  for (guint i = 0; i < work->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (work->account->nodes, i);
      AssayNode *node = node_account->node;
      /* Judged before, against another rebuild, whose file it had in its place. */
      if (node->source != NULL && assay_settling_is_open (node))
        assay_node_replace_blob (node, node->source);
      if (is_read_ahead (work, node_account))
        {
          add_job (jobs, node_account);
          continue;
        }
      if (node->blob != NULL && has_counterpart (node_account))
        forget_seen (node, node_account->match->expected);
      if (assay_settling_is_open (node) && is_judged (work, node_account)
          && !assay_settling_copy (work->settling, node, error))
        return FALSE;
    }
  /* One alone gains nothing by threads, and is read when it is judged. */
  gboolean alone = jobs->len == 1 && !assay_settling_is_open (g_array_index (jobs, AssayAheadJob, 0).node);
  if (alone)
    {
      const AssayAheadJob *job = &g_array_index (jobs, AssayAheadJob, 0);
      forget_seen (job->node, job->expected);
      g_array_set_size (jobs, 0);
    }
  ASSAY_TIMED (work->options->timings, ASSAY_STAGE_COMPARING);
  if (!assay_ahead_run (work, jobs, error))
    return FALSE;
  for (guint i = 0; i < jobs->len; i++)
    if (!settle (work, &g_array_index (jobs, AssayAheadJob, i), error))
      return FALSE;
  assay_settling_close (work->settling);
  return TRUE;
}
