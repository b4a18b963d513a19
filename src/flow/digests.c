#include "flow/digests.h"

#include "crypto/sha256.h"
#include "util/text.h"

#include <string.h>

static gboolean
is_owner (const AssayFact *fact)
{
  return strcmp (fact->name, "uid") == 0 || strcmp (fact->name, "gid") == 0;
}

/* The SHA-256 of a file's content as text, or "-" of what has none. */
static gboolean
content_of (const AssayNode *node, GHashTable *known, char hex[ASSAY_DIGEST_HEX_SIZE], GError **error)
{
  AssayDigest digest;
  const AssayDigest *found = known == NULL ? NULL : g_hash_table_lookup (known, node);
  g_strlcpy (hex, "-", ASSAY_DIGEST_HEX_SIZE);
  if (node->blob == NULL)
    return TRUE;
  /* of what was judged, and not by another read */
  const AssayBlobSeen *seen = known == NULL ? NULL : assay_blob_get_seen (node->blob);
  if (found == NULL && seen != NULL)
    found = &seen->sha256;
  if (found == NULL && !assay_sha256_blob (node->blob, 0, node->size, &digest, error))
    return FALSE;
  assay_digest_to_hex (found == NULL ? &digest : found, hex);
  return TRUE;
}

static gboolean
add_entry (AssaySha256 *tree, const AssayNode *node, GHashTable *known, AssayTreeFacts facts, GError **error)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  if (!content_of (node, known, hex, error))
    return FALSE;
  g_autoptr (GString) lines = g_string_new (NULL);
  g_string_append_printf (lines, "entry %s %" G_GUINT64_FORMAT " %s %s\n", assay_node_type_name (node->type),
                          node->size, hex, node->path);
  for (guint i = 0; i < node->facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (node->facts, AssayFact, i);
      g_autofree char *name = assay_text_escape_line (fact->name, -1);
      if (facts == ASSAY_TREE_FACTS_ALL || !is_owner (fact))
        g_string_append_printf (lines, "fact %s %s\n", name, fact->value);
    }
  assay_sha256_update (tree, lines->str, lines->len);
  return TRUE;
}

gboolean
assay_tree_digest (const AssayNode *root, GHashTable *known, AssayTreeFacts facts, AssayDigest *out, GError **error)
{
  g_autoptr (AssaySha256) tree = assay_sha256_new ();
  if (!add_entry (tree, root, known, facts, error))
    return FALSE;
  for (guint i = 0; i < root->children->len; i++)
    if (!add_entry (tree, g_ptr_array_index (root->children, i), known, facts, error))
      return FALSE;
  assay_sha256_finish (tree, out);
  return TRUE;
}

gboolean
assay_tree_digest_judged (const AssayNode *root, const AssayAccount *account, AssayDigest *out, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; account != NULL && i < account->nodes->len; i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (node_account->has_digest)
        g_hash_table_insert (known, node_account->node, &node_account->digest);
      if (node_account->has_expected_digest && node_account->match->expected != NULL)
        g_hash_table_insert (known, node_account->match->expected, &node_account->expected_digest);
    }
  return assay_tree_digest (root, known, ASSAY_TREE_FACTS_ALL, out, error);
}
