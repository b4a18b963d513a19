#include "account/fact_lists.h"
#include "account/package.h"
#include "account/slot.h"

#include "account/entry_facts.h"
#include "account/times/bytecode.h"
#include "unpack/fact.h"

#include <string.h>

/* Facts that say how a stream was compressed; they go with `recompressed`. Not the method of an entry of a zip: by that
 * readers refuse an archive, and what is stored is mapped as it stands. */
static const char *const compression_facts[] = { "extra-flags" };

/* Facts of a stream's own header that another codec has no place for. */
static const char *const codec_facts[] = { "mtime", "extra-flags", "os" };

static gboolean
is_one_of (const char *name, const char *const *names, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (strcmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/** An entry has a dozen facts; a device tree has one for each property, and is looked up by an index. */
#define FACTS_WITHOUT_INDEX 32u

/** A list of facts in which names are looked up. */
typedef struct
{
  const GArray *facts; /* NULL: none */
  GHashTable *index;   /* name to value, of a long list */
} FactIndex;

static void
fact_index_clear (FactIndex *index)
{
  g_clear_pointer (&index->index, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FactIndex, fact_index_clear)

static void
index_facts (FactIndex *index, const GArray *facts)
{
  index->facts = facts;
  if (facts == NULL || facts->len <= FACTS_WITHOUT_INDEX)
    return;
  index->index = g_hash_table_new (g_str_hash, g_str_equal);
  /* the first of one name counts */
  for (guint i = facts->len; i-- > 0;)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      g_hash_table_insert (index->index, (gpointer)fact->name, fact->value);
    }
}

static const char *
find_fact (const FactIndex *index, const char *name)
{
  if (index->index != NULL)
    return g_hash_table_lookup (index->index, name);
  return index->facts == NULL ? NULL : assay_facts_get (index->facts, name);
}

#define HEADER "header."

/* Entries give a mode without the bits of the type, which the node's own type says. */
static gboolean
supplied_equals (const char *name, const char *shipped, const char *supplied)
{
  gboolean is_mode = strcmp (name, "mode") == 0 || strcmp (name, HEADER "mode") == 0;
  if (is_mode && strspn (supplied, "01234567") == strlen (supplied))
    return (g_ascii_strtoull (shipped, NULL, 8) & 07777) == (g_ascii_strtoull (supplied, NULL, 8) & 07777);
  return strcmp (shipped, supplied) == 0;
}

static gboolean
goes_with_codec (const AssayFactLists *lists, const char *name)
{
  return lists->other_codec && is_one_of (name, codec_facts, G_N_ELEMENTS (codec_facts));
}

static gboolean
count_volume (AssayNode *node, gpointer data)
{
  *(guint *)data += strcmp (node->format, "iso9660") == 0;
  return TRUE;
}

/* U-Boot looks for the inode of a number from the first one on, and comes out of step behind a symbolic link with
 * attributes (fs/squashfs/sqfs_inode.c, sqfs_inode_size), so that a time may stand where it reads a number. */
static gboolean
is_inode_number (const AssayNode *node, const AssayFact *fact)
{
  guint64 number = 0;
  return node->parent != NULL && strcmp (node->parent->format, "squashfs") == 0
         && g_ascii_string_to_unsigned (fact->value, 10, 1, (guint64)node->parent->children->len + 1, &number, NULL);
}

/* By its volume's time a file system of ISO 9660 is found, as others are by their UUID (libblkid), and so by a boot
 * loader that looks for the one to start: among several it is a name. */
static gboolean
tells_apart (const AssayNode *node, const AssayFact *fact)
{
  guint volumes = 0;
  if (strcmp (node->format, "iso9660") != 0 || !g_str_has_prefix (fact->name, "volume."))
    return FALSE;
  const AssayNode *root = node;
  while (root->parent != NULL)
    root = root->parent;
  assay_node_visit ((AssayNode *)root, count_volume, &volumes);
  return volumes > 1;
}

/* The other way to say who owns a file. Readers differ in which of the two they take. */
static const char *
other_owner (const char *name)
{
  static const char *const pairs[][2] = { { "uid", "user" }, { "gid", "group" } };
  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (guint which = 0; which < 2; which++)
      if (strcmp (name, pairs[i][which]) == 0)
        return pairs[i][1 - which];
  return NULL;
}

static gboolean
is_supplied (const AssayFactLists *lists, const char *name)
{
  return lists->supplied != NULL && name != NULL && g_hash_table_contains (lists->supplied, name);
}

/* What `entries` say of a fact. A tar has some twice, for readers who do not know its pax headers: "header.uid". */
static const char *
supplied_for (const AssayFactLists *lists, const char *name)
{
  const char *said = lists->supplied == NULL ? NULL : g_hash_table_lookup (lists->supplied, name);
  if (said != NULL || lists->supplied == NULL || !g_str_has_prefix (name, HEADER))
    return said;
  static const char *const twice[] = { "mode", "uid", "gid", "user", "group", NULL };
  const char *plain = name + strlen (HEADER);
  return g_strv_contains (twice, plain) ? g_hash_table_lookup (lists->supplied, plain) : NULL;
}

/* Whether a fact of an entry, of which nobody says anything, is let be: not one that names the owner beside what is
 * said of him. */
static gboolean
is_let_be (const AssayFactLists *lists, const AssayFact *fact)
{
  return lists->content_only && supplied_for (lists, fact->name) == NULL && assay_fact_is_of_entry (lists->node, fact)
         && (*fact->value == '\0' || !is_supplied (lists, other_owner (fact->name)));
}

/* Which blocks of a file are holes no tree says, and no file alone. */
static gboolean
is_of_container_alone (const AssayWork *work, const AssayFactLists *lists, const AssayFact *fact)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, lists->node)->expected;
  return strcmp (fact->name, "holes") == 0 && expected != NULL
         && (expected->parent == NULL || expected->parent->blob == NULL);
}

/* What is said of an entry that is not there: a label, a hash node that was taken away. An owner who is said by name
 * and by number is there if one of both is. */
static void
judge_demands (AssayWork *work, const AssayFactLists *lists, const FactIndex *shipped, const FactIndex *expected)
{
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (lists->supplied), (GCompareFunc)strcmp);
  for (const GList *at = names; at != NULL; at = at->next)
    {
      const char *name = at->data;
      const char *demanded = g_hash_table_lookup (lists->supplied, name);
      const char *other = other_owner (name);
      const char *own = lists->node->own_facts == NULL ? NULL : assay_facts_get (lists->node->own_facts, name);
      if (find_fact (shipped, name) != NULL || find_fact (expected, name) != NULL
          || (own != NULL && strcmp (own, demanded) == 0)
          || (is_supplied (lists, other) && find_fact (shipped, other) != NULL))
        continue;
      assay_account_add_fact (work, lists->node, name, own, demanded, ASSAY_CLASS_UNEXPLAINED,
                              own == NULL ? "no-counterpart" : "differs");
    }
}

/* What some reader gives a file that is unpacked. */
static gboolean
is_time_of_file (const char *fact)
{
  static const char *const times[] = { "mtime", "header.mtime", "record.mtime", "dos-time" };
  return is_one_of (fact, times, G_N_ELEMENTS (times));
}

static void
judge_fact (AssayWork *work, const AssayFactLists *lists, const FactIndex *others, const AssayFact *fact)
{
  const char *supplied = supplied_for (lists, fact->name);
  const char *expected = supplied != NULL ? supplied : find_fact (others, fact->name);
  if (is_let_be (lists, fact) || is_of_container_alone (work, lists, fact))
    return;
  AssayClass class_ = assay_work_class_of_none (work, assay_pairing_get (work->pairing, lists->node));
  const char *rule = expected == NULL ? "no-counterpart" : "differs";
  if (supplied != NULL ? supplied_equals (fact->name, fact->value, supplied)
                       : expected != NULL && strcmp (fact->value, expected) == 0)
    class_ = ASSAY_CLASS_IDENTICAL;
  else if (lists->times_rewritten && (expected != NULL || lists->detached) && assay_fact_is_time (fact->name)
           && assay_fact_says_time (fact->value) && !tells_apart (lists->node, fact)
           && !is_inode_number (lists->node, fact) && assay_account_package_time (work, lists->node, fact))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "container-time";
    }
  else if (lists->times_rewritten && expected != NULL && supplied == NULL
           && assay_account_sparse_name (work, lists->node, fact))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "process-number";
    }
  else if (work->options->slots != NULL
           && (assay_account_detached_number (work, lists->node, fact, expected)
               || assay_account_signed_room (work, lists->node, fact)))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "signature";
    }
  else if (expected == NULL
               ? goes_with_codec (lists, fact->name)
               : lists->recompressed && is_one_of (fact->name, compression_facts, G_N_ELEMENTS (compression_facts)))
    {
      class_ = ASSAY_CLASS_EXPLAINED;
      rule = "recompressed";
    }
  if (class_ != ASSAY_CLASS_IDENTICAL && is_time_of_file (fact->name))
    assay_account_bytecode (work, lists->node, fact->value, expected);
  assay_account_add_fact (work, lists->node, fact->name, fact->value, expected, class_, rule);
}

/* Which names of a tree are one file nobody asks of an archive, which may have as many files. */
static gboolean
is_of_tree_alone (const AssayWork *work, const AssayFactLists *lists, const AssayFact *fact)
{
  const AssayNode *container = lists->node->parent;
  const AssayNode *expected = assay_pairing_get (work->pairing, lists->node)->expected;
  return strcmp (fact->name, "inode") == 0 && container != NULL && container->blob != NULL
         && (expected == NULL || expected->parent == NULL || expected->parent->blob == NULL);
}

void
assay_fact_lists_judge (AssayWork *work, const AssayFactLists *lists)
{
  g_auto (FactIndex) shipped = { NULL };
  g_auto (FactIndex) expected = { NULL };
  index_facts (&shipped, lists->shipped);
  index_facts (&expected, lists->expected);
  for (guint i = 0; lists->shipped != NULL && i < lists->shipped->len; i++)
    judge_fact (work, lists, &expected, &g_array_index (lists->shipped, AssayFact, i));
  for (guint i = 0; lists->expected != NULL && i < lists->expected->len; i++)
    {
      const AssayFact *fact = &g_array_index (lists->expected, AssayFact, i);
      if (find_fact (&shipped, fact->name) == NULL && !is_of_tree_alone (work, lists, fact))
        {
          gboolean by_codec = goes_with_codec (lists, fact->name);
          gboolean by_signature = work->options->slots != NULL && assay_account_signed_room (work, lists->node, fact);
          if (is_time_of_file (fact->name))
            assay_account_bytecode (work, lists->node, NULL, fact->value);
          assay_account_add_fact (work, lists->node, fact->name, NULL, fact->value,
                                  by_codec || by_signature ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_UNEXPLAINED,
                                  by_codec       ? "recompressed"
                                  : by_signature ? "signature"
                                                 : "no-counterpart");
        }
    }
  if (lists->demands_all && lists->supplied != NULL)
    judge_demands (work, lists, &shipped, &expected);
}

void
assay_fact_lists_judge_supplied (AssayWork *work, const AssayFactLists *lists)
{
  FactIndex none = { NULL };
  for (guint i = 0; lists->supplied != NULL && i < lists->shipped->len; i++)
    {
      const AssayFact *fact = &g_array_index (lists->shipped, AssayFact, i);
      if (g_hash_table_contains (lists->supplied, fact->name))
        judge_fact (work, lists, &none, fact);
    }
}
