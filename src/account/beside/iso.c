#include "account/beside/beside.h"

#include "account/entry_facts.h"
#include "account/names/collisions.h"
#include "account/names/other_names.h"
#include "unpack/fact.h"
#include "util/cancel.h"
#include "util/prefix.h"
#include "util/text.h"

#include <string.h>

/*
 * What an ISO 9660 image says of names that lead to something in scope (T2): how the records of the directories above
 * are written and marked, who may go through them, and what other trees have under the same names.
 */

#define JOLIET "#joliet/"

/** One image around the scope. @above: (set of AssayPrefix): local names of directories that lead to something in
 * scope, in each tree; @files: (element-type utf8 AssayNode): what is in scope and no directory, by folded local names;
 * @twins: (set of AssayNode): entries of Joliet that lead to these */
typedef struct
{
  AssayWork *work;
  const AssayNode *node;
  const AssayNode *expected;
  GHashTable *above;
  GHashTable *files;
  GHashTable *twins;
} Image;

static void
note_above (const Image *image, const AssayNode *child)
{
  AssayPrefix above = assay_prefix_begin (assay_node_local_name (child), 0);
  while (assay_prefix_next (&above))
    g_hash_table_add (image->above, g_memdup2 (&above, sizeof above));
}

static void
note_held (const Image *image)
{
  for (guint i = 0; i < image->node->children->len && !assay_cancelled (NULL); i++)
    {
      AssayNode *child = g_ptr_array_index (image->node->children, i);
      const char *name = assay_node_local_name (child);
      if (!assay_beside_is_held (image->work, child))
        continue;
      note_above (image, child);
      if (child->type != ASSAY_NODE_DIRECTORY && !g_str_has_prefix (name, JOLIET))
        g_hash_table_insert (image->files, assay_account_fold_widely (name), child);
    }
}

/* The file in scope that has the name of an entry of Joliet. */
static const AssayNode *
held_twin (const Image *image, const AssayNode *child)
{
  const char *name = assay_node_local_name (child);
  if (child->type == ASSAY_NODE_DIRECTORY || !g_str_has_prefix (name, JOLIET))
    return NULL;
  g_autofree char *folded = assay_account_fold_widely (name + strlen (JOLIET));
  return g_hash_table_lookup (image->files, folded);
}

static void
note_twins (const Image *image)
{
  for (guint i = 0; i < image->node->children->len && !assay_cancelled (NULL); i++)
    {
      AssayNode *child = g_ptr_array_index (image->node->children, i);
      if (held_twin (image, child) == NULL)
        continue;
      g_hash_table_add (image->twins, child);
      note_above (image, child);
    }
}

/* Marks by which readers hide a directory and all in it, or do not come to it; whoever makes the image. */
static const char *const marks[] = { "attributes", "relocated", "dot.relocated", NULL };

/* How its name is written, where its own record stands, and who may enter it by a list that some restore. */
static const char *const forms[] = { "iso-name",     "name-parts", "continued",      "moved-to", "unlisted",
                                     "dot.unlisted", "xattr.aaip", "dot.xattr.aaip", NULL };

/* Records of the further pieces of a file. */
static void
judge_pieces (const Image *image, const AssayNode *child, const AssayNode *theirs)
{
  const GArray *const sides[] = { child->facts, theirs == NULL ? NULL : theirs->facts };
  for (gsize side = 0; side < G_N_ELEMENTS (sides); side++)
    for (guint i = 0; sides[side] != NULL && i < sides[side]->len; i++)
      {
        const char *const name[] = { g_array_index (sides[side], AssayFact, i).name, NULL };
        if (!g_str_has_prefix (name[0], "section-") || !g_str_has_suffix (name[0], ".attributes")
            || (side > 0 && assay_node_get_fact (child, name[0]) != NULL))
          continue;
        assay_beside_facts (image->work, child, name, sides[0], sides[1]);
      }
}

/* Without another to hold it against: what is written in pieces though it has room in one. */
static void
judge_form_alone (const Image *image, const AssayNode *child)
{
  static const char *const pieces[] = { "name-parts", "continued", NULL };
  for (gsize i = 0; pieces[i] != NULL; i++)
    {
      const char *const name[] = { pieces[i], NULL };
      const AssayFact fact = { pieces[i], (char *)assay_node_get_fact (child, pieces[i]) };
      if (fact.value != NULL && !assay_fact_is_of_entry (child, &fact))
        assay_beside_facts (image->work, child, name, child->facts, NULL);
    }
}

static const char *
get (const GArray *facts, const char *name)
{
  return facts == NULL ? NULL : assay_facts_get (facts, name);
}

/* By the entry, or by the directory's own record, which says only what it says otherwise. */
static const char *
get_own (const GArray *facts, gboolean own, const char *name)
{
  g_autofree char *own_name = g_strconcat ("dot.", name, NULL);
  const char *value = own ? get (facts, own_name) : NULL;
  return value != NULL ? value : get (facts, name);
}

/* Who may look into a directory and go through it: that it may be written to is nothing on such a file system. */
static char *
describe_reach (const GArray *facts, gboolean own)
{
  const char *mode = get_own (facts, own, "mode");
  if (mode == NULL || strspn (mode, "01234567") != strlen (mode))
    return g_strdup ("none");
  guint bits = (guint)g_ascii_strtoull (mode, NULL, 8) & 0555;
  if ((bits >> 6 & 7) == (bits & 7) && (bits >> 3 & 7) == (bits & 7))
    return g_strdup_printf ("0%03o to read and search", bits);
  return g_strdup_printf ("0%03o to read and search, of %s:%s", bits, get_own (facts, own, "uid"),
                          get_own (facts, own, "gid"));
}

static void
judge_reach (const Image *image, const AssayNode *node, const GArray *shipped, const GArray *expected)
{
  for (guint own = 0; own < 2; own++)
    {
      g_autofree char *ours = describe_reach (shipped, own == 1);
      g_autofree char *theirs = describe_reach (expected, own == 1);
      if (strcmp (ours, theirs) == 0)
        continue;
      assay_account_add_fact (image->work, node, own == 1 ? "dot.mode" : "mode", ours, theirs, ASSAY_CLASS_UNEXPLAINED,
                              "differs");
      return;
    }
}

/* What leads to the scope and is not in it. */
static void
judge_leading (const Image *image, const AssayNode *child)
{
  const AssayNode *theirs = assay_beside_counterpart (image->work, child, image->expected);
  assay_beside_facts (image->work, child, marks, child->facts, theirs == NULL ? NULL : theirs->facts);
  judge_pieces (image, child, theirs);
  if (theirs == NULL)
    {
      judge_form_alone (image, child);
      return;
    }
  assay_beside_facts (image->work, child, forms, child->facts, theirs->facts);
  if (child->type == ASSAY_NODE_DIRECTORY)
    judge_reach (image, child, child->facts, theirs->facts);
}

static gboolean
leads_into_scope (const Image *image, const AssayNode *child)
{
  gboolean leads = assay_prefix_lookup (image->above, assay_node_local_name (child)) != NULL
                   || g_hash_table_contains (image->work->around, child) || g_hash_table_contains (image->twins, child);
  return leads && !assay_scope_holds (image->work->options->scope, image->work->links, child);
}

/* Where the rebuild has a file of the scope under another name, as in the tree of Joliet, the image has it there too.
 */
static void
judge_links (const Image *image)
{
  g_autoptr (GHashTable) index = assay_beside_index (image->node);
  for (guint i = 0; i < image->expected->children->len; i++)
    {
      const AssayNode *theirs = g_ptr_array_index (image->expected->children, i);
      if (theirs->type != ASSAY_NODE_HARDLINK || assay_node_get_fact (theirs, "link") == NULL)
        continue;
      g_autofree char *target = assay_facts_get_text (theirs->facts, "link");
      const AssayNode *held = g_hash_table_lookup (index, target);
      const AssayNode *ours = g_hash_table_lookup (index, assay_node_local_name (theirs));
      if (held == NULL || !assay_beside_is_held (image->work, held))
        continue;
      const char *leads = ours == NULL ? NULL : assay_node_get_fact (ours, "link");
      if (g_strcmp0 (leads, assay_node_get_fact (theirs, "link")) != 0)
        assay_account_add_fact (image->work, ours == NULL ? held : ours, "link", leads,
                                assay_node_get_fact (theirs, "link"), ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

/* Entries of Joliet that have the name of a file in scope and do not lead to it: of an empty file, which begins
 * nowhere, and what the shipped image alone has. */
static void
judge_twins (const Image *image)
{
  for (guint i = 0; i < image->node->children->len && !assay_cancelled (NULL); i++)
    {
      const AssayNode *twin = g_ptr_array_index (image->node->children, i);
      const AssayNode *theirs = assay_beside_counterpart (image->work, twin, image->expected);
      if (!g_hash_table_contains (image->twins, twin) || (theirs != NULL && theirs->type == ASSAY_NODE_HARDLINK)
          || assay_beside_is_held (image->work, twin) || assay_beside_is_rebuilt (image->work, twin, image->expected))
        continue;
      assay_account_add_fact (image->work, twin, "content", theirs == NULL ? "a file" : "other bytes",
                              theirs == NULL ? NULL : "the bytes of the rebuild", ASSAY_CLASS_UNEXPLAINED,
                              theirs == NULL ? "no-counterpart" : "differs");
    }
}

/* The same where no rebuild makes the image: in the tree of Joliet, which Linux and Windows prefer where there is no
 * Rock Ridge, the name leads to the same file. */
static void
judge_joliet (const Image *image)
{
  g_autoptr (GHashTable) index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < image->node->children->len; i++)
    {
      AssayNode *child = g_ptr_array_index (image->node->children, i);
      const char *name = assay_node_local_name (child);
      if (g_str_has_prefix (name, JOLIET))
        g_hash_table_insert (index, assay_account_fold_widely (name + strlen (JOLIET)), child);
    }
  for (guint i = 0; g_hash_table_size (index) > 0 && i < image->node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (image->node->children, i);
      const char *name = assay_node_local_name (child);
      if (child->type != ASSAY_NODE_FILE || g_str_has_prefix (name, JOLIET)
          || !assay_beside_is_held (image->work, child))
        continue;
      g_autofree char *folded = assay_account_fold_widely (name);
      const AssayNode *other = g_hash_table_lookup (index, folded);
      /* what is empty lies nowhere, so that nothing makes both one file */
      if (other != NULL && other->type == ASSAY_NODE_FILE && other->size == 0 && child->size == 0)
        continue;
      g_autofree char *target = other == NULL ? NULL : assay_facts_get_text (other->facts, "link");
      if (g_strcmp0 (target, name) != 0)
        assay_account_add_fact (image->work, child, "link", target == NULL ? "not in the tree of Joliet" : target, name,
                                ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

void
assay_beside_iso (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autoptr (GHashTable) above = g_hash_table_new_full (assay_prefix_hash, assay_prefix_equal, g_free, NULL);
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) twins = g_hash_table_new (NULL, NULL);
  const Image image = { work, node, expected, above, files, twins };
  note_held (&image);
  note_twins (&image);
  for (guint i = 0; i < node->children->len && !assay_cancelled (NULL); i++)
    if (leads_into_scope (&image, g_ptr_array_index (node->children, i)))
      judge_leading (&image, g_ptr_array_index (node->children, i));
  if (expected == NULL)
    {
      assay_beside_facts (work, node, marks, node->own_facts, NULL);
      judge_joliet (&image);
      return;
    }
  judge_reach (&image, node, node->own_facts, expected->own_facts);
  judge_links (&image);
  judge_twins (&image);
}

/* What an entry of ISO 9660 is called where nobody reads Rock Ridge: that, without version and without a dot that
 * nothing follows. */
static char *
plain_name (const AssayNode *entry)
{
  char *name = assay_facts_get_text (entry->facts, "iso-name");
  char *version = strrchr (name, ';');
  if (version != NULL)
    *version = '\0';
  if (g_str_has_suffix (name, "."))
    name[strlen (name) - 1] = '\0';
  /* as Linux writes what may stand in no name of its own */
  return g_strdelimit (name, ";/", '.');
}

/* And where somebody takes the first part of a name for all of it. */
static char *
first_part (const AssayNode *entry)
{
  char *parts = assay_facts_get_text (entry->facts, "name-parts");
  parts[strcspn (parts, "/")] = '\0';
  return parts;
}

static void
add_other_name (const AssayNode *entry, const char *name, GStrvBuilder *names)
{
  g_autofree char *above = g_path_get_dirname (assay_node_local_name (entry));
  g_autofree char *escaped = assay_text_escape_name (name, strlen (name));
  g_autofree char *path = strcmp (above, ".") == 0 ? g_strdup (escaped) : g_strconcat (above, "/", escaped, NULL);
  g_autofree char *other = assay_account_fold_widely (path);
  g_autofree char *folded = assay_account_fold_widely (assay_node_local_name (entry));
  if (strcmp (other, folded) != 0)
    g_strv_builder_add (names, path);
}

char **
assay_beside_iso_names (const AssayNode *entry)
{
  static const struct
  {
    const char *fact;
    char *(*read) (const AssayNode *entry);
  } others[] = { { "iso-name", plain_name }, { "name-parts", first_part } };
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *name = assay_node_get_fact (entry, others[i].fact) == NULL ? NULL : others[i].read (entry);
      if (name != NULL)
        add_other_name (entry, name, names);
    }
  return g_strv_builder_end (names);
}
