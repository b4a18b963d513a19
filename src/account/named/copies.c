#include "account/named/copies.h"

#include "crypto/sha256.h"

#include "util/cancel.h"
#include "util/digest_table.h"

#include <assay/error.h>

#include <string.h>

/** The bytes of one file on both sides. */
typedef struct
{
  const AssayNode *node;
  AssayDigest shipped;
  AssayDigest expected;
} Pair;

/** @pairs: (element-type Pair); @ours: @theirs: the digests of one side, to the first that has it. @sizes: of what
 * differs, on either side */
typedef struct
{
  AssayWork *work;
  GPtrArray *pairs;
  GHashTable *ours;
  GHashTable *theirs;
  GHashTable *sizes;
} Copies;

static void
copies_clear (Copies *copies)
{
  g_clear_pointer (&copies->theirs, g_hash_table_unref);
  g_clear_pointer (&copies->ours, g_hash_table_unref);
  g_clear_pointer (&copies->sizes, g_hash_table_unref);
  g_clear_pointer (&copies->pairs, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Copies, copies_clear)

/* A file of a name that comes to a disk, or a partition; what an ar holds is read by dpkg and linkers alone. */
static gboolean
is_entry (const AssayNode *node)
{
  static const char *const packages[] = { "ar", "deb", NULL };
  return node->type == ASSAY_NODE_FILE && node->blob != NULL && node->parent != NULL
         && !g_strv_contains (packages, node->parent->format)
         && (*assay_node_local_name (node) != '#' || assay_node_get_fact (node, "partition-type") != NULL);
}

static gboolean
find_digests (const AssayNodeAccount *node_account, gboolean differs, Pair *out, GError **error)
{
  const AssayNode *node = node_account->node;
  const AssayMatch *match = node_account->match;
  out->node = node;
  if (node_account->has_digest)
    out->shipped = node_account->digest;
  else if (!assay_sha256_blob (node->blob, 0, node->size, &out->shipped, error))
    return FALSE;
  out->expected = out->shipped;
  if (!differs)
    return TRUE;
  if (node_account->has_expected_digest)
    out->expected = node_account->expected_digest;
  else if (!assay_sha256_blob (match->expected->blob, 0, match->expected->size, &out->expected, error))
    return FALSE;
  return TRUE;
}

/* @first: the file that has the same bytes on one side, and others on the other */
static void
say (AssayWork *work, const AssayNode *node, const AssayNode *first, gboolean were_equal)
{
  g_autofree char *equal = g_strdup_printf ("the bytes of %s", first->path);
  g_autofree char *other = g_strdup_printf ("others than %s", first->path);
  assay_account_add_fact (work, node, "copies", were_equal ? other : equal, were_equal ? equal : other,
                          ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* @differs: the file itself has other bytes than were expected: that is said of it, else of the one that has. */
static void
add_pair (Copies *copies, const Pair *pair, gboolean differs)
{
  const Pair *expected = g_hash_table_lookup (copies->theirs, &pair->expected);
  const Pair *shipped = g_hash_table_lookup (copies->ours, &pair->shipped);
  gboolean parted = expected != NULL && !assay_digest_equal (&expected->shipped, &pair->shipped);
  gboolean joined = shipped != NULL && !assay_digest_equal (&shipped->expected, &pair->expected);
  const Pair *other = parted ? expected : shipped;
  if (parted || joined)
    say (copies->work, differs ? pair->node : other->node, differs ? other->node : pair->node, parted);
  if (expected != NULL && shipped != NULL)
    return;
  Pair *kept = g_memdup2 (pair, sizeof *pair);
  g_ptr_array_add (copies->pairs, kept);
  if (shipped == NULL)
    g_hash_table_insert (copies->ours, &kept->shipped, kept);
  if (expected == NULL)
    g_hash_table_insert (copies->theirs, &kept->expected, kept);
}

/* What cannot be read is no end of all. */
static gboolean
ask (Copies *copies, const AssayNodeAccount *node_account, gboolean differs, GError **error)
{
  Pair pair;
  g_autoptr (GError) failure = NULL;
  if (assay_cancelled (error))
    return FALSE;
  if (find_digests (node_account, differs, &pair, &failure))
    {
      add_pair (copies, &pair, differs);
      return TRUE;
    }
  if (g_error_matches (failure, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  g_autofree char *why = g_strdup_printf ("whether it is a copy of another file is not known: %s", failure->message);
  assay_account_leave_open (copies->work, node_account->node, why);
  return TRUE;
}

static void
note_size (GHashTable *sizes, guint64 size)
{
  g_hash_table_add (sizes, g_memdup2 (&size, sizeof size));
}

gboolean
assay_account_check_copies (AssayWork *work, const GPtrArray *differing, GError **error)
{
  g_autoptr (GHashTable) asked = g_hash_table_new (NULL, NULL);
  g_auto (Copies) copies = { .work = work,
                             .pairs = g_ptr_array_new_with_free_func (g_free),
                             .ours = assay_digest_table_new (NULL, NULL),
                             .theirs = assay_digest_table_new (NULL, NULL),
                             .sizes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL) };
  for (guint i = 0; i < differing->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (differing, i);
      g_hash_table_add (asked, (gpointer)node_account);
      if (!is_entry (node_account->node))
        continue;
      note_size (copies.sizes, node_account->node->size);
      note_size (copies.sizes, node_account->match->expected->size);
      if (!ask (&copies, node_account, TRUE, error))
        return FALSE;
    }
  for (guint i = 0; copies.pairs->len > 0 && i < work->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (work->account->nodes, i);
      const AssayNode *node = node_account->node;
      if (node_account->in_scope && !g_hash_table_contains (asked, node_account) && is_entry (node)
          && g_hash_table_contains (copies.sizes, &node->size) && !ask (&copies, node_account, FALSE, error))
        return FALSE;
    }
  return TRUE;
}
