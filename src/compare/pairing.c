#include "compare/pairing.h"

#include "compare/bytes.h"
#include "compare/pair_children.h"
#include "util/text.h"

#include <string.h>

static void
missing_free (AssayMissing *missing)
{
  g_free (missing->path);
  g_free (missing);
}

void
assay_pairing_free (AssayPairing *pairing)
{
  if (pairing == NULL)
    return;
  g_clear_pointer (&pairing->matches, g_hash_table_unref);
  g_clear_pointer (&pairing->missing, g_ptr_array_unref);
  g_clear_pointer (&pairing->ambiguous, g_ptr_array_unref);
  g_clear_pointer (&pairing->unmatched, g_ptr_array_unref);
  g_free (pairing);
}

AssayMatch *
assay_pairing_get (const AssayPairing *pairing, const AssayNode *node)
{
  return g_hash_table_lookup (pairing->matches, node);
}

/** What a visit of the shipped tree needs. */
typedef struct
{
  AssayPairing *pairing;
  GHashTable *paths; /* node path -> AssayNode */
  const char *glob;
  GPtrArray *found;
} Visit;

static gboolean
enter_node (AssayNode *node, gpointer data)
{
  Visit *visit = data;
  AssayMatch *match = g_new0 (AssayMatch, 1);
  match->shipped = node;
  g_hash_table_insert (visit->pairing->matches, node, match);
  g_hash_table_insert (visit->paths, node->path, node);
  return TRUE;
}

static gboolean
collect_matching (AssayNode *node, gpointer data)
{
  Visit *visit = data;
  if (assay_text_glob_matches (visit->glob, node->path))
    g_ptr_array_add (visit->found, node);
  return TRUE;
}

/* The node that `at` names; NULL after saying in @pairing what stands in the way. */
static AssayNode *
resolve (AssayPairing *pairing, AssayNode *root, GHashTable *paths, const AssayExpectation *expectation)
{
  if (!assay_text_has_glob (expectation->at))
    {
      AssayNode *node = g_hash_table_lookup (paths, expectation->at);
      if (node == NULL)
        assay_pairing_add_missing (pairing, expectation->at, expectation->root);
      return node;
    }
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  Visit visit = { .pairing = pairing, .glob = expectation->at, .found = found };
  assay_node_visit (root, collect_matching, &visit);
  if (found->len == 1)
    return g_ptr_array_index (found, 0);
  if (found->len == 0)
    g_ptr_array_add (pairing->unmatched,
                     g_strdup_printf ("the output pattern %s matches nothing in the image", expectation->at));
  else
    g_ptr_array_add (pairing->ambiguous, g_strdup_printf ("the output pattern %s matches %u places of the image",
                                                          expectation->at, found->len));
  return NULL;
}

static gboolean
pair_file (AssayPairing *pairing, AssayNode *root, GHashTable *paths, AssayExpectation *expectation,
           const AssayUnpackOptions *options, GError **error)
{
  AssayNode *node = resolve (pairing, root, paths, expectation);
  if (node == NULL)
    return TRUE;
  AssayMatch *match = assay_pairing_get (pairing, node);
  if (match->kind != ASSAY_MATCH_NONE)
    {
      g_ptr_array_add (pairing->ambiguous, g_strdup_printf ("two outputs stand for %s: %s and %s", node->path,
                                                            match->expectation->from, expectation->from));
      return TRUE;
    }
  if (node->spans != NULL && node->blob != NULL)
    {
      gboolean equal = FALSE;
      if (!assay_blob_equal (node->blob, expectation->blob, &equal, error))
        return FALSE;
      if (equal)
        {
          assay_pairing_match_equal (pairing, node, expectation, ASSAY_MATCH_OUTPUT);
          return TRUE;
        }
    }
  return assay_expectation_unpack (expectation, options, error)
         && assay_pairing_match_node (pairing, node, expectation->root, expectation, ASSAY_MATCH_OUTPUT, error);
}

static gboolean
pair_tree (AssayPairing *pairing, AssayNode *root, GHashTable *paths, AssayExpectation *expectation,
           const AssayUnpackOptions *options, GError **error)
{
  if (!assay_expectation_unpack (expectation, options, error))
    return FALSE;
  gsize length = strlen (expectation->at);
  while (length > 0 && expectation->at[length - 1] == '/')
    length--;
  g_autofree char *container = length == 0 ? g_strdup (".") : g_strndup (expectation->at, length);
  AssayNode *top = g_hash_table_lookup (paths, container);
  if (top == NULL)
    {
      assay_pairing_add_missing (pairing, container, NULL);
      return TRUE;
    }
  AssayMatch *match = assay_pairing_get (pairing, top);
  if (length == 0 && top->format != NULL && strcmp (top->format, "directory") == 0)
    {
      match->kind = ASSAY_MATCH_OUTPUT;
      match->expectation = expectation;
      match->expected = expectation->root;
    }
  for (guint i = 0; i < expectation->root->children->len; i++)
    {
      AssayNode *entry = g_ptr_array_index (expectation->root->children, i);
      g_autofree char *path = g_strconcat (expectation->at, entry->path, NULL);
      AssayNode *node = g_hash_table_lookup (paths, path);
      if (node == NULL)
        assay_pairing_add_missing (pairing, path, entry);
      else if (!assay_pairing_match_node (pairing, node, entry, expectation, ASSAY_MATCH_OUTPUT, error))
        return FALSE;
    }
  return TRUE;
}

/* Files before trees; the deeper place first; so that what is named most closely is paired first. */
static gint
by_depth (gconstpointer a, gconstpointer b)
{
  const AssayExpectation *first = *(AssayExpectation *const *)a;
  const AssayExpectation *second = *(AssayExpectation *const *)b;
  if (first->is_tree != second->is_tree)
    return first->is_tree ? 1 : -1;
  gsize length_first = strcmp (first->at, ".") == 0 ? 0 : strlen (first->at);
  gsize length_second = strcmp (second->at, ".") == 0 ? 0 : strlen (second->at);
  if (length_first != length_second)
    return length_first > length_second ? -1 : 1;
  return strcmp (first->from, second->from);
}

AssayPairing *
assay_pairing_new (AssayNode *shipped, GPtrArray *expectations, const AssayUnpackOptions *options, GError **error)
{
  g_autoptr (AssayPairing) pairing = g_new0 (AssayPairing, 1);
  pairing->matches = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  pairing->missing = g_ptr_array_new_with_free_func ((GDestroyNotify)missing_free);
  pairing->ambiguous = g_ptr_array_new_with_free_func (g_free);
  pairing->unmatched = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) paths = g_hash_table_new (g_str_hash, g_str_equal);
  Visit visit = { .pairing = pairing, .paths = paths };
  assay_node_visit (shipped, enter_node, &visit);

  g_autoptr (GPtrArray) ordered = g_ptr_array_new ();
  for (guint i = 0; i < expectations->len; i++)
    g_ptr_array_add (ordered, g_ptr_array_index (expectations, i));
  g_ptr_array_sort (ordered, by_depth);
  for (guint i = 0; i < ordered->len; i++)
    {
      AssayExpectation *expectation = g_ptr_array_index (ordered, i);
      gboolean done = expectation->is_tree ? pair_tree (pairing, shipped, paths, expectation, options, error)
                                           : pair_file (pairing, shipped, paths, expectation, options, error);
      if (!done)
        return NULL;
    }
  return g_steal_pointer (&pairing);
}

/* Whether a scope names something at @path or the container that it should be in. */
static gboolean
is_granted (char **scope, const char *path)
{
  if (assay_text_any_glob_matches (scope, path))
    return TRUE;
  g_autofree char *above = g_strdup (path);
  for (char *joint = g_strrstr (above, "//"); joint != NULL; joint = g_strrstr (above, "//"))
    {
      *joint = '\0';
      if (assay_text_any_glob_matches (scope, above))
        return TRUE;
    }
  return FALSE;
}

/* Where other readers would look for what is missing. */
static gboolean
is_granted_elsewhere (char **scope, const AssayMissing *missing)
{
  g_autofree char *other = missing->expected == NULL ? NULL : assay_node_get_other_name (missing->expected);
  gsize length = strlen (missing->path);
  gsize name = missing->expected == NULL ? 0 : strlen (assay_node_local_name (missing->expected));
  if (other == NULL || name > length)
    return FALSE;
  g_autofree char *path = g_strdup_printf ("%.*s%s", (int)(length - name), missing->path, other);
  return is_granted (scope, path);
}

void
assay_pairing_restrict (AssayPairing *pairing, const AssayNode *shipped, char **scope)
{
  /* an image that is one file is all that it holds */
  if (scope == NULL || (shipped->blob != NULL && assay_text_any_glob_matches (scope, shipped->path)))
    return;
  for (guint i = pairing->missing->len; i-- > 0;)
    {
      const AssayMissing *missing = g_ptr_array_index (pairing->missing, i);
      if (!is_granted (scope, missing->path) && !is_granted_elsewhere (scope, missing))
        g_ptr_array_remove_index (pairing->missing, i);
    }
}
