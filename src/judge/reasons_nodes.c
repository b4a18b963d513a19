#include "judge/reasons.h"

#include "judge/words.h"

#include <string.h>

/** How many broken containers, and how many moved files, are named. */
#define MOST_NAMED 3

/* Of a file that is too short no byte differs. */
static gboolean
is_other (const AssayNodeAccount *node_account)
{
  return node_account->totals[ASSAY_CLASS_UNEXPLAINED] > 0
         || (node_account->has_digest && node_account->has_expected_digest
             && !assay_digest_equal (&node_account->digest, &node_account->expected_digest));
}

void
assay_reasons_add_broken (AssayReasons *reasons)
{
  guint named = 0;
  for (guint i = 0; i < reasons->account->nodes->len && named < MOST_NAMED; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (reasons->account->nodes, i);
      const AssayNode *node = node_account->node;
      if (node == NULL || node->trouble == NULL || node->trouble_code != ASSAY_ERROR_MALFORMED
          || !is_other (node_account))
        continue;
      g_autofree char *place = assay_words_place (node);
      assay_reasons_add (
          reasons,
          g_strdup_printf ("%s breaks the rules of its own format and was not opened (%s)", place, node->trouble),
          g_str_has_prefix (place, "the "));
      named++;
    }
}

static gboolean
is_changed_file (const AssayNodeAccount *node_account)
{
  return node_account->node != NULL && node_account->has_digest && node_account->has_expected_digest
         && node_account->node->size > 0 && node_account->totals[ASSAY_CLASS_UNEXPLAINED] > 0;
}

void
assay_reasons_add_moved (AssayReasons *reasons)
{
  g_autoptr (GHashTable) expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  char hex[ASSAY_DIGEST_HEX_SIZE];
  guint named = 0;
  for (guint i = 0; i < reasons->account->nodes->len; i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (reasons->account->nodes, i);
      if (node_account->node == NULL || !node_account->has_expected_digest)
        continue;
      assay_digest_to_hex (&node_account->expected_digest, hex);
      /* of several that should hold it, one that does not is the place where it is missing */
      const AssayNodeAccount *before = g_hash_table_lookup (expected, hex);
      if (before != NULL && (is_changed_file (before) || !is_changed_file (node_account)))
        continue;
      g_hash_table_insert (expected, g_strdup (hex), node_account);
    }
  for (guint i = 0; i < reasons->account->nodes->len && named < MOST_NAMED; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (reasons->account->nodes, i);
      if (!is_changed_file (node_account))
        continue;
      assay_digest_to_hex (&node_account->digest, hex);
      const AssayNodeAccount *other = g_hash_table_lookup (expected, hex);
      if (other == NULL || other == node_account)
        continue;
      g_autofree char *place = assay_words_place (node_account->node);
      g_autofree char *origin = assay_words_place (other->node);
      assay_reasons_add (reasons, g_strdup_printf ("%s holds, byte for byte, what should be %s", place, origin),
                         g_str_has_prefix (place, "the "));
      named++;
    }
}

void
assay_reasons_add_displaced (AssayReasons *reasons)
{
  guint named = 0;
  for (guint i = 0; i < reasons->account->nodes->len && named < MOST_NAMED; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (reasons->account->nodes, i);
      const AssayDisplacement *displacement = &node_account->displacement;
      if (node_account->node == NULL || !node_account->in_scope || !node_account->has_displacement)
        continue;
      g_autofree char *place = assay_words_place (node_account->node);
      g_autofree char *words
          = displacement->swapped_bytes == 1
                ? g_strdup ("")
                : g_strdup_printf (", the bytes of each word of %u in reverse", displacement->swapped_bytes);
      assay_reasons_add (reasons,
                         g_strdup_printf ("%s holds all that the rebuild has for it, from offset 0x%" G_GINT64_MODIFIER
                                          "x on%s; that was searched for, and is a hint and no match",
                                          place, displacement->offset, words),
                         g_str_has_prefix (place, "the "));
      named++;
    }
}

/* Containers of whose form something is unexplained: of their own bytes, or of what their entries say. */
static GHashTable *
find_other_forms (const AssayAccount *account)
{
  GHashTable *found = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (fact->class_ != ASSAY_CLASS_UNEXPLAINED || fact->node == NULL)
        continue;
      g_hash_table_add (found, (gpointer)fact->node);
      g_hash_table_add (found, fact->node->parent);
    }
  for (guint i = 0; i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (node_account->totals[ASSAY_CLASS_UNEXPLAINED] > 0)
        g_hash_table_add (found, (gpointer)assay_reasons_keeper (node_account->node));
    }
  return found;
}

void
assay_reasons_add_misnamed (AssayReasons *reasons)
{
  const GPtrArray *misnamed = reasons->account->misnamed;
  guint named = 0;
  if (misnamed == NULL || misnamed->len == 0)
    return;
  g_autoptr (GHashTable) others = find_other_forms (reasons->account);
  for (guint i = 0; i < misnamed->len && named < MOST_NAMED; i++)
    {
      const AssayNode *node = g_ptr_array_index (misnamed, i);
      if (!g_hash_table_contains (others, node))
        continue;
      g_autofree char *place = assay_words_place (node);
      assay_reasons_add (
          reasons,
          g_strdup_printf ("%s is of the format %s, and who reads a file of that name, or in that place, may "
                           "take its bytes as they are, so that no time, order or other encoding in it "
                           "is explained; a policy can accept its bytes by digest (blobs) and its times "
                           "by a line of waive",
                           place, node->format),
          g_str_has_prefix (place, "the "));
      named++;
    }
}
