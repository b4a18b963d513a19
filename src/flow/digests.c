#include "flow/judging.h"

#include "crypto/sha256.h"
#include "input/listing.h"

#include <assay/error.h>

/** Digests that are known already, by node. */
typedef struct
{
  const AssayImage *image;
  GHashTable *known; /* AssayNode -> AssayDigest */
} Known;

static gboolean
content_digest (const AssayDirectoryEntry *entry, guint index, AssayDigest *out, gpointer data, GError **error)
{
  Known *known = data;
  const GPtrArray *children = known->image->root->children;
  const AssayNode *node = index < children->len ? g_ptr_array_index (children, index) : NULL;
  if (node == NULL || node->blob == NULL || node->size != (guint64)entry->status.st_size)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s: the directory changed while it was read",
                   known->image->path);
      return FALSE;
    }
  const AssayDigest *digest = g_hash_table_lookup (known->known, node);
  if (digest == NULL)
    return assay_sha256_blob (node->blob, 0, node->size, out, error);
  *out = *digest;
  return TRUE;
}

gboolean
assay_flow_digest_directory (const AssayFlowResult *result, AssayImage *image, AssayDigest *out, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; result->account != NULL && i < result->account->nodes->len; i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (result->account->nodes, i);
      if (node_account->has_digest)
        g_hash_table_insert (known, node_account->node, &node_account->digest);
      if (node_account->has_expected_digest && node_account->match->expected != NULL)
        g_hash_table_insert (known, node_account->match->expected, &node_account->expected_digest);
    }
  Known data = { .image = image, .known = known };
  return assay_listing_digest_with (image->directory, content_digest, &data, out, error);
}
