#include "account/beside.h"

#include "unpack/fact.h"
#include "unpack/marks.h"

#include <string.h>

/*
 * A loader finds the partition that it starts by its place in the table, its type, name or GUID, and Linux its root by
 * these or by the UUID or label of the file system in it (`root=`): another partition that says the same, or is marked
 * as the one to be started, is taken for the one in scope (T2).
 */

static const char *const of_table[]
    = { "partition-type", "partition-guid", "partition-name", "attributes", "active", NULL };

static const char *const of_system[] = { "uuid", "label", "volume-id" };

static const char *
own_fact (const AssayNode *node, const char *name)
{
  return node == NULL || node->own_facts == NULL ? NULL : assay_facts_get (node->own_facts, name);
}

/* What the file systems in scope are found by: "uuid=..." and the like. */
static GHashTable *
find_held (const AssayWork *work, const AssayNode *node)
{
  GHashTable *held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      for (gsize k = 0; k < G_N_ELEMENTS (of_system) && assay_beside_is_held (work, child); k++)
        if (own_fact (child, of_system[k]) != NULL)
          g_hash_table_add (held, g_strconcat (of_system[k], "=", own_fact (child, of_system[k]), NULL));
    }
  return held;
}

/* A file system beside the scope that has what one in scope is found by, and not in the rebuild. */
static void
judge_system (AssayWork *work, const AssayNode *child, const AssayNode *theirs, GHashTable *held)
{
  for (gsize k = 0; k < G_N_ELEMENTS (of_system); k++)
    {
      const char *ours = own_fact (child, of_system[k]);
      const char *wanted = own_fact (theirs, of_system[k]);
      g_autofree char *key = g_strconcat (of_system[k], "=", ours, NULL);
      if (ours != NULL && g_strcmp0 (ours, wanted) != 0 && g_hash_table_contains (held, key))
        assay_account_add_fact (work, child, of_system[k], ours, wanted, ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

/* Of these the names are facts, or they have none. */
static gboolean
says_names (const AssayNode *node)
{
  static const char *const formats[] = { "ext", "fat", "squashfs", NULL };
  gboolean is_known_leaf
      = node->spans == NULL && strcmp (node->format, "raw") != 0 && strcmp (node->format, "elf") != 0;
  return g_strv_contains (formats, node->format)
         || !(is_known_leaf || strcmp (node->format, "iso9660") == 0
              || assay_marks_find_other (node->blob, node->format));
}

/* A file system of another kind beside the scope, whose names nobody reads here: it has those that it has in the
 * rebuild, where it has the same bytes. */
static void
judge_unread_names (AssayWork *work, const AssayNode *child, const AssayNode *theirs)
{
  gboolean equal = FALSE;
  if (child->blob == NULL || says_names (child)
      || (theirs != NULL && theirs->blob != NULL && assay_blob_equal (child->blob, theirs->blob, &equal, NULL)
          && equal))
    return;
  assay_account_add_fact (work, child, "content", "a file system that may have the names of one in scope",
                          "the bytes of the rebuild", ASSAY_CLASS_UNEXPLAINED, "differs");
}

void
assay_beside_partitions (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) held = find_held (work, node);
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      if (assay_beside_is_held (work, child))
        continue;
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      if (theirs == NULL)
        assay_account_add_fact (work, child, "name", assay_node_local_name (child), NULL, ASSAY_CLASS_UNEXPLAINED,
                                "added");
      else
        assay_beside_facts (work, child, of_table, child->facts, theirs->facts);
      judge_system (work, child, theirs, held);
      if (g_hash_table_size (held) > 0)
        judge_unread_names (work, child, theirs);
    }
}
