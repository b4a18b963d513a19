#include "flow/gate_scope.h"

#include "account/scope.h"
#include "judge/words.h"
#include "util/prefix.h"
#include "util/text.h"

#include <string.h>

/** A tree, and what the scope holds of it. */
typedef struct
{
  char **scope;
  GHashTable *links;
  gboolean aliased;
} Held;

static Held
hold (char **scope, AssayNode *root)
{
  Held held = { scope, assay_scope_links (root), FALSE };
  held.aliased = assay_scope_has_aliases (scope, held.links, root);
  return held;
}

static gboolean
is_held (const Held *held, const AssayNode *node)
{
  return held->aliased || assay_scope_holds (held->scope, held->links, node);
}

static char *
blame (const AssayNode *node, const char *fault)
{
  g_autofree char *place = assay_words_place (node);
  return g_strdup_printf ("%s %s", place, fault);
}

static gboolean
is_called_outside (const AssayNodeAccount *said)
{
  return said->totals[ASSAY_CLASS_OUTSIDE] > 0 || !said->in_scope;
}

/* What is not in scope may count against it, and is never equal; a run of bytes is in scope with what it may hold. */
static gboolean
is_called_equal (const AssayNodeAccount *said, const char *verdict)
{
  return !said->flat && (said->totals[ASSAY_CLASS_IDENTICAL] > 0 || strcmp (verdict, "identical") == 0);
}

/* The tree that the report speaks of, for as long as @bare and @children live. Its first node has all others for
 * children: that is enough to find links, and containers are found upwards. */
static void
build_tree (const AssayStored *stored, AssayBlob *bytes, AssayNode *bare, GPtrArray *children)
{
  for (guint i = 0; i < stored->nodes->len; i++)
    {
      const AssayNode *node = g_ptr_array_index (stored->nodes, i);
      guint above = g_array_index (stored->above, guint, i);
      bare[i] = (AssayNode){ .parent = above == 0 ? NULL : &bare[above - 1],
                             .path = node->path,
                             .type = node->type,
                             .format = node->format,
                             .size = node->size,
                             .blob = node->type == ASSAY_NODE_FILE ? bytes : NULL };
      if (i > 0)
        g_ptr_array_add (children, &bare[i]);
    }
  bare[0].children = children;
}

static char *
check_by_report (const AssayStored *stored, char **scope)
{
  guint count = stored->nodes->len;
  g_autoptr (GBytes) none = g_bytes_new (NULL, 0);
  g_autoptr (AssayBlob) bytes = assay_blob_new_for_bytes (none);
  g_autofree AssayNode *bare = g_new0 (AssayNode, MAX (count, 1));
  g_autoptr (GPtrArray) children = g_ptr_array_new ();
  if (count == 0)
    return NULL;
  build_tree (stored, bytes, bare, children);
  Held held = hold (scope, bare);
  g_autoptr (GHashTable) links = held.links;
  for (guint i = 0; i < count; i++)
    if (is_called_outside (g_ptr_array_index (stored->account->nodes, i)) && is_held (&held, &bare[i]))
      return blame (&bare[i], "is in the scope, and called outside of it");
  return NULL;
}

static gboolean
is_any_flat (const AssayStored *stored)
{
  for (guint i = 0; i < stored->nodes->len; i++)
    if (((const AssayNodeAccount *)g_ptr_array_index (stored->account->nodes, i))->flat)
      return TRUE;
  return FALSE;
}

static gboolean
is_pass (const AssayStored *stored)
{
  return stored->verdict != ASSAY_VERDICT_UNDECIDED && stored->verdict != ASSAY_VERDICT_MISMATCH;
}

static gboolean
names_any (const char *glob, const GPtrArray *nodes)
{
  for (guint i = 0; i < nodes->len; i++)
    if (assay_text_glob_matches (glob, ((const AssayNode *)g_ptr_array_index (nodes, i))->path))
      return TRUE;
  return FALSE;
}

static char *
find_unmatched (char **scope, const GPtrArray *nodes)
{
  while (*scope != NULL && names_any (*scope, nodes))
    scope++;
  return *scope == NULL ? NULL : g_strdup_printf ("no file of it is in its scope `%s`", *scope);
}

char *
assay_gate_check_scope (const AssayStored *stored, char **scope)
{
  /* What lies in one run of bytes the report does not name. */
  char *fault = is_pass (stored) && !is_any_flat (stored) ? find_unmatched (scope, stored->nodes) : NULL;
  return fault != NULL ? fault : check_by_report (stored, scope);
}

static gboolean
is_divided_by_layout (const AssayStored *stored)
{
  for (guint i = 0; i < stored->nodes->len; i++)
    if (strcmp (((const AssayNode *)g_ptr_array_index (stored->nodes, i))->format, "layout") == 0)
      return TRUE;
  return FALSE;
}

static gboolean
note_read (AssayNode *node, gpointer data)
{
  GPtrArray *read = data;
  if (node->trouble != NULL)
    g_ptr_array_set_size (read, 0);
  else
    g_ptr_array_add (read, node);
  return node->trouble == NULL;
}

static char *
check_node (const AssayGateImage *image, const Held *held, guint index, gboolean all_read)
{
  const AssayNodeAccount *said = g_ptr_array_index (image->stored->account->nodes, index);
  const AssayNode *node = assay_prefix_lookup (image->nodes, said->node->path);
  const char *verdict = g_ptr_array_index (image->stored->file_verdicts, index);
  gboolean inside = node != NULL && is_held (held, node);
  if (inside && is_called_outside (said))
    return blame (node, "is in the scope, and called outside of it");
  return node != NULL && !inside && all_read && is_called_equal (said, verdict)
             ? blame (node, "is not in the scope, and called a part of it")
             : NULL;
}

char *
assay_gate_check_scope_of_image (const AssayGateImage *image)
{
  const AssayStored *stored = image->stored;
  char *fault = NULL;
  if (stored->scope == NULL || image->root == NULL || !image->opened || is_divided_by_layout (stored))
    return NULL;
  /* Names and links that could not be read may take more into the scope than those that could. */
  g_autoptr (GPtrArray) read = g_ptr_array_new ();
  assay_node_visit ((AssayNode *)image->root, note_read, read);
  gboolean all_read = read->len > 0;
  if (all_read && is_pass (stored))
    fault = find_unmatched (stored->scope, read);
  Held held = hold (stored->scope, (AssayNode *)image->root);
  g_autoptr (GHashTable) links = held.links;
  for (guint i = 0; i < stored->nodes->len && fault == NULL; i++)
    fault = check_node (image, &held, i, all_read);
  return fault;
}
