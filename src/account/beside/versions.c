#include "account/beside/beside.h"

#include "account/names/collisions.h"

#include <string.h>

/*
 * A jar whose manifest says `Multi-Release` has several classes of one name, of which a Java machine takes the one of
 * the highest version that it has (JEP 238): whichever is in scope, the others decide whether it runs (T2).
 */

#define VERSIONS "meta-inf/versions/"
#define MANIFEST "meta-inf/manifest.mf"

/* The folded name by which a Java machine asks for the entry: without the version before it. */
static char *
asked_name (const AssayNode *entry)
{
  g_autofree char *plain = assay_scope_plain_name (entry);
  g_autofree char *folded = assay_account_fold_widely (plain);
  if (!g_str_has_prefix (folded, VERSIONS))
    return g_steal_pointer (&folded);
  const char *version = folded + strlen (VERSIONS);
  gsize digits = strspn (version, "0123456789");
  return g_strdup (digits > 0 && version[digits] == '/' ? version + digits + 1 : folded);
}

static guint
count_manifests (const AssayNode *archive)
{
  guint count = 0;
  for (guint i = 0; i < archive->children->len; i++)
    {
      g_autofree char *name = asked_name (g_ptr_array_index (archive->children, i));
      count += strcmp (name, MANIFEST) == 0;
    }
  return count;
}

static void
fail (AssayWork *work, const AssayNode *node, const char *what)
{
  assay_account_add_fact (work, node, "multi-release", what, NULL, ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* Whether there are versions at all, the manifest alone says. */
static void
judge_manifests (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (expected != NULL && count_manifests (node) != count_manifests (expected))
    fail (work, node, "another number of manifests than the rebuild has, which say whether classes have versions");
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *name = asked_name (child);
      if (strcmp (name, MANIFEST) == 0 && !assay_beside_is_rebuilt (work, child, expected))
        fail (work, child, "another manifest than the rebuild's, which says whether classes have versions");
    }
}

void
assay_beside_versions (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean any = FALSE;
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (child->type == ASSAY_NODE_FILE && assay_beside_is_held (work, child))
        g_hash_table_add (held, asked_name (child));
    }
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      g_autofree char *name = asked_name (child);
      if (assay_beside_is_held (work, child) || !g_hash_table_contains (held, name))
        continue;
      any = TRUE;
      if (!assay_beside_is_rebuilt (work, child, expected))
        fail (work, child, "another version of a file in scope");
    }
  if (any)
    judge_manifests (work, node, expected);
}
