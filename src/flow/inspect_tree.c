#include "flow/inspect_tree.h"

#include "util/prefix.h"

#include <string.h>

/* So deep the columns behind a name still have their place on a line of 80. */
#define LEVELS 12

/** A node among all; others by their places in the array, NOTHING for none. */
typedef struct
{
  AssayNode *node;
  const char *label;
  guint first;
  guint last;
  guint next;
} Place;

#define NOTHING G_MAXUINT

/** The walk down; @indent is what stands in front of the children of the branches that are open. */
typedef struct
{
  GArray *places; /* of Place */
  GArray *open;   /* of guint: whose children are walked, the next child of each */
  GString *indent;
  GArray *lengths; /* of gsize: @indent before each open branch */
  AssayBranchVisit visit;
  gpointer data;
} Walk;

static gboolean
collect (AssayNode *node, gpointer data)
{
  GArray *places = data;
  const Place place = { node, node->path, NOTHING, NOTHING, NOTHING };
  g_array_append_val (places, place);
  return TRUE;
}

/* The nearest node whose path is the beginning of this one's, and what is left of the path; the root is in front of
 * all. */
static guint
find_parent (GHashTable *table, const char *path, const char **out_label)
{
  AssayPrefix prefix = assay_prefix_begin (path, 0);
  guint parent = 0;
  *out_label = path;
  while (assay_prefix_next (&prefix))
    {
      gpointer found = g_hash_table_lookup (table, &prefix);
      if (found == NULL)
        continue;
      parent = GPOINTER_TO_UINT (found) - 1;
      /* what an archive or a stream holds keeps both slashes, an entry of a directory none */
      *out_label = path + prefix.length + (path[prefix.length + 1] == '/' ? 0 : 1);
    }
  return parent;
}

static void
join (GArray *places)
{
  g_autoptr (GHashTable) table = assay_prefix_table_new ();
  for (guint i = 0; i < places->len; i++)
    g_hash_table_insert (table, assay_prefix_new (g_array_index (places, Place, i).node->path),
                         GUINT_TO_POINTER (i + 1));
  for (guint i = 1; i < places->len; i++)
    {
      Place *place = &g_array_index (places, Place, i);
      Place *parent = &g_array_index (places, Place, find_parent (table, place->node->path, &place->label));
      if (parent->first == NOTHING)
        parent->first = i;
      else
        g_array_index (places, Place, parent->last).next = i;
      parent->last = i;
    }
}

/* Shows one, and opens it; FALSE where the walk ends. */
static gboolean
enter (Walk *walk, guint index)
{
  const Place *place = &g_array_index (walk->places, Place, index);
  gsize before = walk->indent->len;
  gboolean is_root = walk->open->len == 0;
  gboolean is_indented = !is_root && walk->open->len <= LEVELS;
  gboolean is_last = place->next == NOTHING;
  g_autofree char *lead = is_root ? g_strdup ("")
                                  : g_strdup_printf ("%s%s", walk->indent->str,
                                                     !is_indented ? "… "
                                                     : is_last    ? "└─ "
                                                                  : "├─ ");
  if (is_indented)
    g_string_append (walk->indent, is_last ? "   " : "│  ");
  const AssayBranch branch = { place->node, place->label, lead, walk->indent->str };
  if (!walk->visit (&branch, walk->data))
    return FALSE;
  g_array_append_val (walk->lengths, before);
  g_array_append_val (walk->open, place->first);
  return TRUE;
}

void
assay_inspect_tree_visit (AssayNode *root, AssayBranchVisit visit, gpointer data)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Place));
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) lengths = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr (GString) indent = g_string_new (NULL);
  Walk walk = { places, open, indent, lengths, visit, data };
  assay_node_visit (root, collect, places);
  join (places);
  if (!enter (&walk, 0))
    return;
  while (open->len > 0)
    {
      guint *next = &g_array_index (open, guint, open->len - 1);
      guint child = *next;
      if (child == NOTHING)
        {
          g_string_truncate (indent, g_array_index (lengths, gsize, lengths->len - 1));
          g_array_set_size (open, open->len - 1);
          g_array_set_size (lengths, lengths->len - 1);
          continue;
        }
      *next = g_array_index (places, Place, child).next;
      if (!enter (&walk, child))
        return;
    }
}
