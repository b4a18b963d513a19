#include "flow/gate_blobs.h"

#include "flow/gate_files.h"
#include "util/prefix.h"
#include "util/text.h"

#include <string.h>

struct _AssayGateBlobs
{
  const AssayStored *stored;
  const AssayNode *root;
  GHashTable *digests;
  GHashTable *nodes;   /* path, as AssayPrefix, to AssayNode; NULL until something is looked for */
  GHashTable *covered; /* AssayPolicyBlob to GByteArray: of each file whether the line speaks of it */
};

AssayGateBlobs *
assay_gate_blobs_new (const AssayStored *stored, const AssayNode *root, GHashTable *digests)
{
  AssayGateBlobs *blobs = g_new0 (AssayGateBlobs, 1);
  blobs->stored = stored;
  blobs->root = root;
  blobs->digests = digests;
  blobs->covered = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_byte_array_unref);
  return blobs;
}

void
assay_gate_blobs_free (AssayGateBlobs *blobs)
{
  if (blobs == NULL)
    return;
  g_clear_pointer (&blobs->nodes, g_hash_table_unref);
  g_hash_table_unref (blobs->covered);
  g_free (blobs);
}

static const AssayNode *
find_node (AssayGateBlobs *blobs, const char *path)
{
  if (blobs->root == NULL)
    return NULL;
  if (blobs->nodes == NULL)
    blobs->nodes = assay_gate_nodes_by_path (blobs->root);
  return assay_prefix_lookup (blobs->nodes, path);
}

gboolean
assay_gate_blobs_has_digest (AssayGateBlobs *blobs, const AssayNodeAccount *where, const AssayDigest *wanted)
{
  if (where->has_digest)
    return assay_digest_equal (&where->digest, wanted);
  if (where->node->index == 0 && where->node->type == ASSAY_NODE_FILE && blobs->stored->has_image)
    return assay_digest_equal (&blobs->stored->image, wanted);
  const AssayNode *node = find_node (blobs, where->node->path);
  const AssayDigest *digest = node == NULL ? NULL : assay_gate_digest (blobs->digests, node);
  return node == NULL || (digest != NULL && assay_digest_equal (digest, wanted));
}

static GByteArray *
find_covered (AssayGateBlobs *blobs, const AssayPolicyBlob *blob)
{
  const GPtrArray *nodes = blobs->stored->account->nodes;
  GByteArray *covered = g_byte_array_new ();
  g_byte_array_set_size (covered, nodes->len);
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *where = g_ptr_array_index (nodes, i);
      guint above = g_array_index (blobs->stored->above, guint, i);
      covered->data[i]
          = (above > 0 && covered->data[above - 1] != 0)
            || (where->node->type == ASSAY_NODE_FILE && assay_text_glob_matches (blob->path, where->node->path)
                && assay_gate_blobs_has_digest (blobs, where, &blob->sha256));
    }
  g_hash_table_insert (blobs->covered, (gpointer)blob, covered);
  return covered;
}

gboolean
assay_gate_blobs_cover (AssayGateBlobs *blobs, const AssayPolicyBlob *blob, const AssayNodeAccount *where)
{
  const GByteArray *covered = g_hash_table_lookup (blobs->covered, blob);
  if (covered == NULL)
    covered = find_covered (blobs, blob);
  return covered->data[where->node->index] != 0;
}
