#include "account/times/freshness.h"

#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "account/times/freshness_pairs.h"
#include "unpack/fact.h"

#include <string.h>

/*
 * Every byte of two files may be the rebuild's, and yet a time decide which of the two runs: a loader that finds what
 * was compiled beside its source takes what is newer (T7). What no rule may explain is not a time but how two are
 * related.
 */

/**
 * @groups: key to AssayFreshnessGroup
 * @names: the names of members, in small letters
 * @judged: set of nodes whose entries are judged
 * @reached: keys of names of files of the image, and of links to them; @reached_directories: of directories
 * @of_directories: something is compiled from a directory, @in_directories: from what is in one
 * @described: directories in which a link is called as what describes one
 * @member: that is added
 * @node: whose names are looked at
 */
typedef struct
{
  AssayWork *work;
  GHashTable *groups;
  GStringChunk *names;
  GHashTable *judged;
  GHashTable *reached;
  GHashTable *reached_directories;
  gboolean of_directories;
  gboolean in_directories;
  GPtrArray *described;
  AssayFreshnessMember member;
  const AssayNode *node;
} Search;

static void
group_free (gpointer data)
{
  AssayFreshnessGroup *group = data;
  g_array_unref (group->compiled);
  g_array_unref (group->sources);
  g_free (group);
}

static void
found_compiled (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  Search *search = data;
  AssayFreshnessGroup *group = g_hash_table_lookup (search->groups, key);
  if (!assay_compiled_begins (kind, search->node->blob))
    return;
  if (group == NULL)
    {
      group = g_new0 (AssayFreshnessGroup, 1);
      group->compiled = g_array_new (FALSE, FALSE, sizeof (AssayFreshnessMember));
      group->sources = g_array_new (FALSE, FALSE, sizeof (AssayFreshnessMember));
      g_hash_table_insert (search->groups, g_strdup (key), group);
      search->of_directories = search->of_directories || g_str_has_suffix (key, "/");
      search->in_directories = search->in_directories || g_str_has_suffix (key, "/*");
    }
  search->member.kind = kind;
  if (search->member.account != NULL)
    g_array_append_val (group->compiled, search->member);
}

static void
found_source (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  Search *search = data;
  AssayFreshnessGroup *group = g_hash_table_lookup (search->groups, key);
  search->member.kind = kind;
  if (group != NULL)
    g_array_append_val (group->sources, search->member);
}

static void
find_kinds_of (Search *search, const AssayNode *node, const char *last)
{
  g_autofree char *directory = assay_account_small_directory (node);
  if (!assay_compiled_may_be (last, directory))
    return;
  g_autofree char *name = g_ascii_strdown (last, -1);
  assay_compiled_find (name, directory, found_compiled, search);
  if ((node->type == ASSAY_NODE_SYMLINK || node->type == ASSAY_NODE_HARDLINK) && assay_compiled_is_of_directory (name))
    g_ptr_array_add (search->described, g_string_chunk_insert_const (search->names, directory));
}

/* Whether anything in the image may be compiled: few images have such files. */
static gboolean
find_kinds (Search *search)
{
  const GPtrArray *nodes = search->work->account->nodes;
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNode *node = ((const AssayNodeAccount *)g_ptr_array_index (nodes, i))->node;
      if (node->parent == NULL || node->type == ASSAY_NODE_DIRECTORY)
        continue;
      search->node = node;
      g_ptr_array_set_size (others, 0);
      assay_account_add_other_names (node, search->names, others);
      find_kinds_of (search, node, assay_account_last_component (node->path));
      for (guint k = 0; k < others->len; k++)
        find_kinds_of (search, node, g_ptr_array_index (others, k));
    }
  return g_hash_table_size (search->groups) > 0;
}

static void
add_by_name (Search *search, const AssayNodeAccount *account, const char *name, gboolean unknown)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  g_autofree char *directory = assay_account_small_directory (account->node);
  search->member
      = (AssayFreshnessMember){ account, NULL, g_string_chunk_insert_const (search->names, small), unknown, FALSE };
  search->node = account->node;
  if (account->node->type != ASSAY_NODE_DIRECTORY)
    assay_compiled_find (small, directory, found_compiled, search);
  assay_compiled_find_source (small, directory, account->node->type == ASSAY_NODE_DIRECTORY, found_source, search);
}

/* A file that has more names than are followed may be a source of anything. */
static void
judge_many (Search *search, const AssayNodeAccount *account)
{
  if (g_hash_table_contains (search->judged, account->node))
    assay_freshness_judge_alone (search->work, account);
}

static void
note_reached (GHashTable *reached, const char *name)
{
  g_hash_table_add (reached, assay_names_key (name));
}

/** More links of one name belong to no image that anybody means. */
#define DESCRIBED_MAX 64u

/* What describes a directory may stand in another one, and be called so by a link. */
static void
add_described (Search *search, const AssayNodeAccount *account, const char *name)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  if (!assay_compiled_is_of_directory (small))
    return;
  if (search->described->len > DESCRIBED_MAX)
    judge_many (search, account);
  for (guint i = 0; i < MIN (search->described->len, DESCRIBED_MAX); i++)
    assay_compiled_find (small, g_ptr_array_index (search->described, i), found_compiled, search);
}

static void
add_file (Search *search, const AssayNodeAccount *account)
{
  const AssayNode *node = account->node;
  g_autoptr (GPtrArray) names = assay_account_names (search->work, node);
  const GPtrArray *directories = assay_account_directory_names (search->work, node);
  if (names == NULL || (directories == NULL && search->in_directories))
    judge_many (search, account);
  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      add_by_name (search, account, g_ptr_array_index (names, i), FALSE);
      add_described (search, account, g_ptr_array_index (names, i));
      note_reached (search->reached, g_ptr_array_index (names, i));
    }
  search->member = (AssayFreshnessMember){ .account = account };
  for (guint i = 0; directories != NULL && search->in_directories && i < directories->len; i++)
    {
      g_autofree char *small = g_ascii_strdown (g_ptr_array_index (directories, i), -1);
      assay_compiled_find_in_directory (small, found_source, search);
    }
}

static void
add_directory (Search *search, const AssayNodeAccount *account)
{
  const GPtrArray *names = assay_account_directory_names (search->work, account->node);
  if (names == NULL && search->of_directories)
    judge_many (search, account);
  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      add_by_name (search, account, g_ptr_array_index (names, i), FALSE);
      note_reached (search->reached_directories, g_ptr_array_index (names, i));
    }
}

/* To a file, or a directory, that the image may not have. What leads to one that it has is one of the names of that,
 * but for what describes the directory that it stands in. */
static void
add_link (Search *search, const AssayNodeAccount *account)
{
  const char *name = assay_account_last_component (account->node->path);
  g_autofree char *small = g_ascii_strdown (name, -1);
  g_autofree char *target = assay_names_target_key (account->node);
  if (target == NULL || !g_hash_table_contains (search->reached, target))
    add_by_name (search, account, name, TRUE);
  if (target == NULL || g_hash_table_contains (search->reached_directories, target))
    return;
  search->member = (AssayFreshnessMember){ account, NULL, g_string_chunk_insert_const (search->names, small), TRUE };
  assay_compiled_find_source (small, small, TRUE, found_source, search);
  assay_compiled_find_in_directory (small, found_source, search);
}

/* Any file system may be mounted at the directory that something describes: here /usr. */
static void
add_root (Search *search, const AssayNodeAccount *account)
{
  if (!assay_freshness_has_root_time (account->node))
    return;
  search->member = (AssayFreshnessMember){ account, NULL, "usr", FALSE, TRUE };
  assay_compiled_find_source ("usr", "", TRUE, found_source, search);
}

/* Links come last: what leads to a file of the image is one of the names of that. */
static void
find_members (Search *search)
{
  const GPtrArray *nodes = search->work->account->nodes;
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *account = g_ptr_array_index (nodes, i);
      if (assay_account_times_are_judged (search->work, account))
        g_hash_table_add (search->judged, account->node);
      if (account->node->parent == NULL)
        continue;
      add_root (search, account);
      if (account->node->type == ASSAY_NODE_FILE || account->node->type == ASSAY_NODE_HARDLINK)
        add_file (search, account);
      else if (account->node->type == ASSAY_NODE_DIRECTORY)
        add_directory (search, account);
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *account = g_ptr_array_index (nodes, i);
      if (account->node->type == ASSAY_NODE_SYMLINK)
        add_link (search, account);
    }
}

void
assay_account_freshness (AssayWork *work)
{
  g_autoptr (GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, group_free);
  g_autoptr (GStringChunk) names = g_string_chunk_new (4096);
  g_autoptr (GPtrArray) described = g_ptr_array_new ();
  Search search = { .work = work, .groups = groups, .names = names, .described = described };
  if (!find_kinds (&search))
    return;
  g_autoptr (GHashTable) judged = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) reached = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) reached_directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  search.judged = judged;
  search.reached = reached;
  search.reached_directories = reached_directories;
  find_members (&search);
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (groups), (GCompareFunc)strcmp);
  for (const GList *at = keys; at != NULL; at = at->next)
    assay_freshness_judge_group (work, judged, at->data, g_hash_table_lookup (groups, at->data));
}
