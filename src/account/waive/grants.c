#include "account/waive/waive.h"

#include "crypto/sha256.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

static void
grant_free (gpointer data)
{
  AssayGrant *grant = data;
  g_ptr_array_unref (grant->remarks);
  g_free (grant);
}

static AssayGrant *
grant_add (GPtrArray *grants, int line, const char *path, const char *reason)
{
  AssayGrant *grant = g_new0 (AssayGrant, 1);
  grant->line = line;
  grant->path = path;
  grant->reason = reason;
  grant->remarks = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (grants, grant);
  return grant;
}

GPtrArray *
assay_grants_new (const AssayPolicy *policy)
{
  GPtrArray *grants = g_ptr_array_new_with_free_func (grant_free);
  for (guint i = 0; policy != NULL && i < policy->waive->len; i++)
    {
      const AssayPolicyWaiver *waiver = g_ptr_array_index (policy->waive, i);
      AssayGrant *grant = grant_add (grants, waiver->line, waiver->path, waiver->reason);
      grant->waiver = waiver;
      grant->owner = waiver->owner;
    }
  for (guint i = 0; policy != NULL && i < policy->blobs->len; i++)
    {
      const AssayPolicyBlob *blob = g_ptr_array_index (policy->blobs, i);
      grant_add (grants, blob->line, blob->path, blob->reason)->blob = blob;
    }
  return grants;
}

void
assay_grant_remark (AssayGrant *grant, char *text)
{
  for (guint i = 0; i < grant->remarks->len; i++)
    if (strcmp (g_ptr_array_index (grant->remarks, i), text) == 0)
      {
        g_free (text);
        return;
      }
  if (grant->remarks->len < ASSAY_GRANT_REMARKS)
    g_ptr_array_add (grant->remarks, text);
  else
    {
      grant->more_remarks++;
      g_free (text);
    }
}

static gboolean
digest_node (const AssayNode *node, AssayDigest *out)
{
  g_autoptr (GError) ignored = NULL;
  if (node->blob != NULL)
    return assay_sha256_blob (node->blob, 0, node->size, out, &ignored);
  if (node->type != ASSAY_NODE_SYMLINK && node->type != ASSAY_NODE_HARDLINK)
    return FALSE;
  g_autoptr (GBytes) target = assay_facts_get_raw (node->facts, "link");
  if (target == NULL)
    return FALSE;
  assay_sha256_bytes (g_bytes_get_data (target, NULL), g_bytes_get_size (target), out);
  return TRUE;
}

gboolean
assay_work_digest (AssayWork *work, const AssayNode *node, AssayDigest *out)
{
  const AssayDigest *known = g_hash_table_lookup (work->digests, node);
  if (known == NULL && !digest_node (node, out))
    return FALSE;
  if (known == NULL)
    g_hash_table_insert (work->digests, (gpointer)node, g_memdup2 (out, sizeof *out));
  else
    *out = *known;
  return TRUE;
}

gboolean
assay_work_has_digest (AssayWork *work, const AssayNode *node, const AssayDigest *wanted)
{
  AssayDigest digest;
  return assay_work_digest (work, node, &digest) && assay_digest_equal (&digest, wanted);
}

gboolean
assay_grant_holds (AssayWork *work, AssayGrant *grant, const AssayNode *node, const AssayNode *digested)
{
  const AssayPolicyWaiver *waiver = grant->waiver;
  if (!assay_text_glob_matches (waiver->path, node->path))
    return FALSE;
  if (waiver->has_expires && !work->options->has_time)
    assay_grant_remark (grant, g_strdup ("it expires, and no --time says that it has not yet"));
  else if (waiver->has_expires && work->options->time_s >= waiver->expires)
    assay_grant_remark (grant, g_strdup ("it has expired"));
  else if (waiver->has_sha256 && !assay_work_has_digest (work, digested, &waiver->sha256))
    assay_grant_remark (grant, g_strdup_printf ("%s has another digest than the line gives", digested->path));
  else
    return TRUE;
  return FALSE;
}

gboolean
assay_class_may_be_waived (AssayClass class_)
{
  return class_ == ASSAY_CLASS_UNEXPLAINED || class_ == ASSAY_CLASS_UNREPRODUCIBLE;
}
