#include "account/bytecode.h"
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

/* That it equals the rebuild's file is all there is to say of it: then it is the rebuild's that is read on. */
static gboolean
settle (AssaySettling *settling, const AssayNodeAccount *node_account, GError **error)
{
  AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  gboolean equal = FALSE;
  g_autoptr (GError) failure = NULL;
  gboolean read
      = expected == NULL || expected->blob == NULL || assay_blob_equal (node->blob, expected->blob, &equal, &failure);
  if (g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (!read)
    assay_settling_fail (settling, node, failure->message);
  else if (equal)
    assay_settling_replace (settling, node, expected->blob);
  else
    return assay_settling_copy (settling, node, error);
  return TRUE;
}

gboolean
assay_account_settle (AssayWork *work, GError **error)
{
  for (guint i = 0; i < work->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (work->account->nodes, i);
      AssayNode *node = node_account->node;
      /* Judged before, against another rebuild, whose file it had in its place. */
      if (node->source != NULL && assay_settling_is_open (node))
        assay_node_replace_blob (node, node->source);
      if (assay_settling_is_open (node) && is_judged (work, node_account)
          && !settle (work->settling, node_account, error))
        return FALSE;
    }
  assay_settling_close (work->settling);
  return TRUE;
}
