#include "account/beside/beside.h"

#include "account/beside/beneath.h"
#include "account/encoding/enders.h"
#include "account/entry_facts.h"
#include "account/faces.h"
#include "unpack/codec/deflate_codes.h"
#include "unpack/fact.h"
#include "util/cancel.h"
#include "util/prefix.h"

#include <string.h>

/*
 * What a container that the granted scope does not name, and that holds what it names, must have as the rebuild has it
 * (T2): all that decides, for some reader, whether the entries in scope come out at all, and as what. Its own facts (a
 * gzip header's flags, which Linux does not read; to which chips a range goes), in how many streams it is cut, what
 * ends it, the directories that an entry lies in and which stand before it, and other entries that take it away again.
 * Everything else beside the scope is not looked at.
 */

/* These are read by their tables, each of which was checked: what they say of themselves decides nothing of one entry.
 */
static const char *const by_tables[] = { "squashfs", "fdt", "fit", "layout", NULL };

/* What these hold is made in the order in which it stands, up to the first mark of an end. */
static const char *const in_order[] = { "cpio", "tar", NULL };

/** One container around the scope. */
typedef struct
{
  AssayWork *work;
  const AssayNode *node;
  const AssayNode *expected;
  GHashTable *above; /* AssayPrefix: local names of all directories that an entry in scope lies in, to that entry */
} Beside;

static gboolean
is_held (const Beside *beside, const AssayNode *child)
{
  return assay_beside_is_held (beside->work, child);
}

static void
note_above (Beside *beside, AssayNode *child)
{
  AssayPrefix above = assay_prefix_begin (assay_node_local_name (child), 0);
  /* an empty one is nobody's directory, but of a name that begins with a slash */
  for (gboolean more = *above.text == '/' || assay_prefix_next (&above); more; more = assay_prefix_next (&above))
    {
      AssayPrefix *key = g_memdup2 (&above, sizeof above);
      g_hash_table_insert (beside->above, key, child);
    }
}

/* The entries whose names are those of directories above something in scope, whatever they are, by these names. */
static GHashTable *
find_above (const Beside *beside, const AssayNode *container)
{
  GHashTable *found = assay_prefix_table_new ();
  for (guint i = 0; i < container->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (container->children, i);
      const char *name = assay_node_local_name (child);
      if (assay_prefix_lookup (beside->above, name) != NULL)
        g_hash_table_insert (found, assay_prefix_new (name), child);
    }
  return found;
}

static const char *
type_in (GHashTable *found, const AssayPrefix *name)
{
  const AssayNode *entry = g_hash_table_lookup (found, name);
  return entry == NULL ? "no entry" : assay_node_type_name (entry->type);
}

static gint
by_text (gconstpointer a, gconstpointer b)
{
  const AssayPrefix *first = a;
  const AssayPrefix *second = b;
  int order = memcmp (first->text, second->text, MIN (first->length, second->length));
  return order != 0 ? order : (first->length > second->length) - (first->length < second->length);
}

/* Who makes no directories by himself (Linux, cpio without -d) leaves out what lies in one that is not there. */
static void
judge_above (const Beside *beside)
{
  g_autoptr (GHashTable) shipped = find_above (beside, beside->node);
  g_autoptr (GHashTable) expected = find_above (beside, beside->expected);
  GHashTableIter iter;
  gpointer name = NULL;
  g_autoptr (GList) names = NULL;
  g_hash_table_iter_init (&iter, beside->above);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (strcmp (type_in (shipped, name), type_in (expected, name)) != 0)
      names = g_list_prepend (names, name);
  names = g_list_sort (names, by_text);
  for (const GList *at = names; at != NULL; at = at->next)
    assay_account_add_fact (beside->work, g_hash_table_lookup (beside->above, at->data), "directory",
                            type_in (shipped, at->data), type_in (expected, at->data), ASSAY_CLASS_UNEXPLAINED,
                            "differs");
}

/* Linux leaves out what lies in a directory that does not stand before it, and nobody says that it need not. */
static void
judge_directories (const Beside *beside)
{
  g_autoptr (GHashTable) made = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < beside->node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (beside->node->children, i);
      g_autofree char *name = assay_scope_plain_name (child);
      g_autofree char *above = g_path_get_dirname (name);
      if (is_held (beside, child) && strcmp (above, ".") != 0 && !g_hash_table_contains (made, above))
        assay_account_add_fact (beside->work, child, "directory", "no entry", "directory", ASSAY_CLASS_UNEXPLAINED,
                                "differs");
      if (child->type == ASSAY_NODE_DIRECTORY)
        g_hash_table_add (made, g_steal_pointer (&name));
    }
}

/* How many headers of the container's own stand before the first span that speaks of each child; of all of them where
 * none does. */
static GArray *
count_marks (const AssayNode *container)
{
  guint children = container->children->len;
  GArray *marks = g_array_sized_new (FALSE, FALSE, sizeof (guint), children);
  g_autofree gboolean *seen = g_new0 (gboolean, children + 1);
  guint count = 0;
  g_array_set_size (marks, children);
  for (guint i = 0; i < container->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (container->spans, AssaySpan, i);
      if (span->child < children && !seen[span->child])
        {
          seen[span->child] = TRUE;
          g_array_index (marks, guint, span->child) = count;
        }
      count += span->kind == ASSAY_SPAN_HEADER && span->child == ASSAY_SPAN_NO_CHILD;
    }
  for (guint i = 0; i < children; i++)
    if (!seen[i])
      g_array_index (marks, guint, i) = count;
  return marks;
}

/* Who stops at the first end does not come to what stands behind it; Linux reads on. */
static void
judge_ends (const Beside *beside)
{
  g_autoptr (GArray) marks = count_marks (beside->node);
  for (guint i = 0; i < beside->node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (beside->node->children, i);
      if (is_held (beside, child) && g_array_index (marks, guint, i) > 0)
        assay_account_add_fact (beside->work, child, "layout", "behind an end of the archive", NULL,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

/* Order among those that are held, directories above them too; and no end before what the rebuild has before the end.
 */
static void
judge_order (const Beside *beside)
{
  g_autoptr (GArray) shipped = count_marks (beside->node);
  g_autoptr (GArray) expected = count_marks (beside->expected);
  guint32 last = 0;
  for (guint i = 0; i < beside->node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (beside->node->children, i);
      const AssayMatch *match = assay_pairing_get (beside->work->pairing, child);
      if (match->expected == NULL || match->expected->parent != beside->expected
          || !(is_held (beside, child) || assay_prefix_lookup (beside->above, assay_node_local_name (child)) != NULL))
        continue;
      if (beside->node->ordered && match->expected->index < last)
        {
          assay_account_add_fact (beside->work, child, "order", "another order of members", "the order of the rebuild",
                                  ASSAY_CLASS_UNEXPLAINED, "differs");
          return;
        }
      if (g_array_index (shipped, guint, i) != g_array_index (expected, guint, match->expected->index))
        {
          assay_account_add_fact (beside->work, child, "layout", "parts in other places among each other",
                                  "the places of the rebuild", ASSAY_CLASS_UNEXPLAINED, "differs");
          return;
        }
      last = match->expected->index;
    }
}

/* The entries of a container beside those in scope. */
static void
judge_entries (AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  gboolean paired = expected != NULL && expected->spans != NULL;
  Beside beside = { .work = work, .node = node, .expected = paired ? expected : NULL };
  g_autoptr (GHashTable) above = assay_prefix_table_new ();
  beside.above = above;
  for (guint i = 0; i < node->children->len && !assay_cancelled (NULL); i++)
    if (is_held (&beside, g_ptr_array_index (node->children, i)))
      note_above (&beside, g_ptr_array_index (node->children, i));
  const AssayNode *ender = assay_account_find_ender (work, node, beside.expected);
  if (ender != NULL)
    assay_account_add_fact (work, ender, "layout", "an entry at which some readers end", NULL, ASSAY_CLASS_UNEXPLAINED,
                            "differs");
  if (paired && g_strv_contains (in_order, node->format))
    {
      judge_above (&beside);
      judge_order (&beside);
    }
  else if (!paired && strcmp (node->format, "cpio") == 0)
    {
      judge_directories (&beside);
      judge_ends (&beside);
    }
  if (strcmp (node->format, "iso9660") == 0)
    assay_beside_iso (work, node, beside.expected);
}

/* A container that no rebuild makes: an output is one file inside of it. */
static void
judge_alone (AssayWork *work, const AssayNode *node)
{
  assay_beside_alone (work, node);
  assay_beside_stream (work, node, NULL);
  const AssayNode *late = assay_beneath_find_moved (work, node, NULL, ASSAY_BENEATH_IN_SCOPE);
  if (late != NULL)
    assay_account_add_fact (work, late, "order", "behind what lies in it", NULL, ASSAY_CLASS_UNEXPLAINED, "differs");
  /* Who stops at the end of the first has less than was judged. */
  assay_account_streams (work, node, NULL);
}

/* Where the bytes of a part begin. */
static guint64
place_of (const AssayNode *container, guint32 child)
{
  for (guint i = 0; i < container->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (container->spans, AssaySpan, i);
      if (span->child == child)
        return span->offset;
    }
  return container->size;
}

/* Of what stands behind another file nothing says where: whoever wants it knows, or looks where the other one ends. */
static void
judge_places (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  for (guint i = 0; i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayNode *theirs = assay_beside_counterpart (work, child, expected);
      if (!assay_beside_is_held (work, child) || theirs == NULL)
        continue;
      guint64 ours = place_of (node, child->index);
      guint64 wanted = place_of (expected, theirs->index);
      if (ours == wanted)
        continue;
      g_autofree char *shipped = g_strdup_printf ("%" G_GUINT64_FORMAT, ours);
      g_autofree char *place = g_strdup_printf ("%" G_GUINT64_FORMAT, wanted);
      assay_account_add_fact (work, child, "place", shipped, place, ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

/* A container that the rebuild has too. */
static void
judge_paired (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  assay_account_facts_around (work, node);
  if (g_str_has_suffix (node->format, "-appended") && strcmp (node->format, expected->format) == 0)
    judge_places (work, node, expected);
  /* Who goes by the name of a member, as dpkg does, asks for one codec. */
  if (node->stream != NULL && g_strcmp0 (node->stream, expected->stream) != 0)
    assay_account_add_fact (work, node, "format", node->format, expected->format, ASSAY_CLASS_UNEXPLAINED, "differs");
  else
    assay_beside_stream (work, node, expected);
  assay_account_streams (work, node, expected);
}

/* Who takes the container for something else does not come to what was judged. One that the rebuild has as well is what
 * the vendor made, as a disk that is an ISO 9660 volume too. */
static void
judge_faces (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  if (assay_account_has_second_face (node) && !(expected != NULL && assay_account_has_second_face (expected)))
    assay_account_add_fact (work, node, "format", "one that some readers take for another", node->format,
                            ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* By which codec blocks are read, and whether at all, even where none is packed; and by whom. */
static const char *const of_tables[] = { "compressor", "root-inode", ASSAY_DEFLATE_CODES, NULL };

/* By what a partition is found, and whether it is booted: exchanged with another, that one's system runs. */
static const char *const of_partitions[]
    = { "partition-type", "partition-guid", "partition-name", "attributes", "active", "first-sector", NULL };

/* A file in a zip that unzip(1) takes for a text, or gives nobody rights to. */
static void
judge_text (AssayWork *work, const AssayNode *node, const AssayNode *entry)
{
  static const char *const attributes[] = { "internal-attributes", NULL };
  const char *said = node->parent == NULL || strcmp (node->parent->format, "zip") != 0
                         ? NULL
                         : assay_facts_get (node->facts, attributes[0]);
  if (said != NULL && !assay_entry_stays_as_it_is (node, said))
    assay_beside_facts (work, node, attributes, node->facts, entry == NULL ? NULL : entry->facts);
}

/* What a squashfs holds is copied to other disks as well, as boot files of a snap are; parts of the others are asked
 * for by their names alone. */
static gboolean
has_names_of_files (const AssayNode *node, const AssayNode *expected)
{
  gboolean paired = expected != NULL && expected->spans != NULL;
  return node->children != NULL && node->stream == NULL
         && !(paired && g_strv_contains (by_tables, node->format) && strcmp (node->format, "squashfs") != 0);
}

void
assay_account_surround (AssayWork *work, const AssayNodeAccount *node_account)
{
  const AssayNode *node = node_account->node;
  const AssayMatch *match = node_account->match;
  gboolean of_tree = node->parent != NULL && strcmp (node->parent->format, "fit") == 0;
  const AssayNode *entry = match->expected != NULL && match->expected->parent != NULL ? match->expected : NULL;
  if (of_tree)
    {
      assay_beside_facts (work, node, assay_beside_loading, node->facts, entry == NULL ? NULL : entry->facts);
      assay_beside_demands (work, node);
    }
  else if (entry != NULL)
    assay_beside_facts (work, node, of_partitions, node->facts, entry->facts);
  judge_text (work, node, entry);
  if (node->spans != NULL && strcmp (node->format, "rauc") == 0)
    assay_beside_bundle (work, node);
  if (!match->wrapped && !match->equal)
    {
      assay_beside_modules (work, node, match->expected);
      assay_beside_compiled (work, node, match->expected);
      assay_beside_targets (work, node, match->expected);
      assay_beside_layers (work, node, match->expected);
      assay_beside_installers (work, node, match->expected);
      assay_beside_renamed (work, node, match->expected);
      assay_beside_partitions (work, node, match->expected);
      if (has_names_of_files (node, match->expected))
        assay_beside_names (work, node, match->expected);
    }
  if (node->spans == NULL || match->wrapped || match->equal)
    return;
  gboolean paired = match->expected != NULL && match->expected->spans != NULL;
  if (paired)
    assay_account_order_in_scope (work, node_account);
  if (paired && strcmp (node->format, "fit") == 0 && strcmp (match->expected->format, "fit") == 0)
    assay_beside_choice (work, node, match->expected);
  judge_faces (work, node, paired ? match->expected : NULL);
  if (paired && strcmp (node->format, "squashfs") == 0)
    assay_beside_facts (work, node, of_tables, node->own_facts, match->expected->own_facts);
  if (paired && g_strv_contains (by_tables, node->format))
    return;
  if (strcmp (node->format, "rpm") == 0)
    assay_beside_package (work, node, !paired);
  assay_beside_kept (work, node, paired ? match->expected : NULL);
  if (strcmp (node->format, "zip") == 0)
    assay_beside_versions (work, node, paired ? match->expected : NULL);
  assay_beside_readable (work, node, paired ? match->expected : NULL);
  if (paired)
    judge_paired (work, node, match->expected);
  else
    judge_alone (work, node);
  judge_entries (work, node_account);
}
