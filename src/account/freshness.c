#include "account/freshness.h"

#include "account/compiled.h"
#include "account/moment.h"
#include "account/names_of.h"
#include "account/other_names.h"
#include "unpack/fact.h"

#include <string.h>

/*
 * Every byte of two files may be the rebuild's, and yet a time decide which of the two runs: a loader that finds what
 * was compiled beside its source takes what is newer (T7). What no rule may explain is not a time but how two are
 * related.
 */

/** More pairs of files of one name belong to no image that anybody means. */
#define PAIRS_MAX (1u << 16)

/**
 * A file, or a directory, by one of its names.
 * @kind: of what is compiled; NULL of a source
 * @unknown: it is a link to what is not in the image
 * @is_root: it is the directory that a file system begins with
 */
typedef struct
{
  const AssayNodeAccount *account;
  const AssayCompiledKind *kind;
  const char *name; /* interned by the search */
  gboolean unknown;
  gboolean is_root;
} Member;

/** What has one key. */
typedef struct
{
  GArray *compiled;
  GArray *sources;
} Group;

/**
 * @groups: key to Group
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
  Member member;
  const AssayNode *node;
} Search;

static void
group_free (gpointer data)
{
  Group *group = data;
  g_array_unref (group->compiled);
  g_array_unref (group->sources);
  g_free (group);
}

static void
found_compiled (const AssayCompiledKind *kind, const char *key, gpointer data)
{
  Search *search = data;
  Group *group = g_hash_table_lookup (search->groups, key);
  if (!assay_compiled_begins (kind, search->node->blob))
    return;
  if (group == NULL)
    {
      group = g_new0 (Group, 1);
      group->compiled = g_array_new (FALSE, FALSE, sizeof (Member));
      group->sources = g_array_new (FALSE, FALSE, sizeof (Member));
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
  Group *group = g_hash_table_lookup (search->groups, key);
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
  if (node->type == ASSAY_NODE_SYMLINK && assay_compiled_is_of_directory (name))
    g_ptr_array_add (search->described, g_string_chunk_insert_const (search->names, directory));
}

/* Whether anything in the image may be compiled: few images have such files. */
static gboolean
find_kinds (Search *search)
{
  const GPtrArray *nodes = search->work->account->nodes;
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNode *node = ((const AssayNodeAccount *)g_ptr_array_index (nodes, i))->node;
      if (node->parent == NULL || node->type == ASSAY_NODE_DIRECTORY)
        continue;
      search->node = node;
      g_autofree char *other = assay_node_get_other_name (node);
      find_kinds_of (search, node, assay_account_last_component (node->path));
      if (other != NULL)
        find_kinds_of (search, node, assay_account_last_component (other));
    }
  return g_hash_table_size (search->groups) > 0;
}

static void
add_by_name (Search *search, const AssayNodeAccount *account, const char *name, gboolean unknown)
{
  g_autofree char *small = g_ascii_strdown (name, -1);
  g_autofree char *directory = assay_account_small_directory (account->node);
  search->member = (Member){ account, NULL, g_string_chunk_insert_const (search->names, small), unknown, FALSE };
  search->node = account->node;
  if (account->node->type != ASSAY_NODE_DIRECTORY)
    assay_compiled_find (small, directory, found_compiled, search);
  assay_compiled_find_source (small, directory, account->node->type == ASSAY_NODE_DIRECTORY, found_source, search);
}

static gboolean
is_judged (const Search *search, const AssayNodeAccount *account)
{
  return g_hash_table_contains (search->judged, account->node);
}

/** The times of an entry on both sides, as one reader takes them. */
typedef struct
{
  char *shipped;
  char *expected;
  gboolean local;   /* nobody knows of which zone */
  gboolean unknown; /* which one a reader takes */
} Times;

static void
times_clear (Times *times)
{
  g_clear_pointer (&times->shipped, g_free);
  g_clear_pointer (&times->expected, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Times, times_clear)

/** Who knows the extensions of a format, and who takes what each archive of it has. */
static const char *const views[][4] = {
  { "mtime", "dos-time", "record.mtime", "header.mtime" },
  { "header.mtime", "record.mtime", "dos-time", "mtime" },
};

static const char *
root_time_of (const AssayNode *node)
{
  static const char *const facts[] = { "root.mtime", "volume.root.mtime" };
  const char *value = NULL;
  for (gsize i = 0; node->own_facts != NULL && value == NULL && i < G_N_ELEMENTS (facts); i++)
    value = assay_facts_get (node->own_facts, facts[i]);
  return value;
}

static char *
time_of (const Member *member, const AssayNode *node, gsize view)
{
  if (member->is_root)
    return g_strdup (root_time_of (node));
  for (gsize i = 0; i < G_N_ELEMENTS (views[view]); i++)
    {
      const char *value = assay_node_get_fact (node, views[view][i]);
      if (value != NULL)
        return g_strdup (value);
    }
  return node->has_time ? g_strdup_printf ("%" G_GINT64_FORMAT ".%09u", node->time_s, node->time_ns) : NULL;
}

static Times
times_of (const Member *member, gsize view)
{
  const AssayNode *node = member->account->node;
  const AssayNode *expected = member->account->match->expected;
  Times times = { .shipped = time_of (member, node, view),
                  .expected = expected == NULL ? NULL : time_of (member, expected, view) };
  times.unknown = member->unknown || times.shipped == NULL || assay_node_get_fact (node, "long-times") != NULL
                  || (expected != NULL && assay_node_get_fact (expected, "long-times") != NULL);
  if (member->is_root)
    return times;
  times.local = (times.shipped != NULL && strchr (times.shipped, 'T') != NULL)
                || (node->parent != NULL && strcmp (node->parent->format, "fat") == 0);
  return times;
}

static gboolean
is_other_case (AssayFreshness freshness, gint shipped, gint expected)
{
  switch (freshness)
    {
    case ASSAY_FRESHNESS_NOT_OLDER:
      return (shipped >= 0) != (expected >= 0);
    case ASSAY_FRESHNESS_NEWER:
      return (shipped > 0) != (expected > 0);
    case ASSAY_FRESHNESS_ANY:
    case ASSAY_FRESHNESS_RECORDED:
      break;
    }
  return (shipped > 0) - (shipped < 0) != (expected > 0) - (expected < 0);
}

static const char *
word_of (gint order)
{
  return order > 0 ? "newer than" : order < 0 ? "older than" : "as old as";
}

static void
note (Search *search, const Member *compiled, const Member *source, const char *shipped, const char *expected)
{
  const AssayNodeAccount *account = is_judged (search, compiled->account) ? compiled->account : source->account;
  assay_account_add_fact (search->work, account->node, "freshness", shipped, expected, ASSAY_CLASS_UNEXPLAINED,
                          "differs");
}

static gboolean
is_changed (const Times *times)
{
  return times->expected != NULL && g_strcmp0 (times->shipped, times->expected) != 0;
}

/* Where nobody knows how both are related, each must be as it is. */
static gboolean
judge_unknown (Search *search, const Member *compiled, const Member *source, const Times *own, const Times *theirs)
{
  gboolean recorded = assay_compiled_freshness (compiled->kind) == ASSAY_FRESHNESS_RECORDED;
  const Times *changed = is_changed (theirs) && !source->unknown               ? theirs
                         : is_changed (own) && !compiled->unknown && !recorded ? own
                                                                               : NULL;
  if (changed == NULL)
    return FALSE;
  const char *path = changed == own ? compiled->account->node->path : source->account->node->path;
  const char *other = changed == own ? source->account->node->path : compiled->account->node->path;
  g_autofree char *shipped = g_strdup_printf ("decided by the time of %s, %s, beside %s", path,
                                              changed->shipped == NULL ? "none" : changed->shipped, other);
  note (search, compiled, source, shipped, changed->expected);
  return TRUE;
}

static gboolean
judge_pair_as (Search *search, const Member *compiled, const Member *source, gsize view)
{
  g_auto (Times) own = times_of (compiled, view);
  g_auto (Times) theirs = times_of (source, view);
  AssayFreshness freshness = assay_compiled_freshness (compiled->kind);
  if (own.unknown || theirs.unknown || own.local != theirs.local || freshness == ASSAY_FRESHNESS_RECORDED)
    return judge_unknown (search, compiled, source, &own, &theirs);
  /* what has no counterpart is judged by that */
  if (own.expected == NULL || theirs.expected == NULL)
    return FALSE;
  for (gsize i = 0; i < ASSAY_MOMENT_KEEPERS; i++)
    {
      gint shipped = assay_moments_compare (own.shipped, theirs.shipped, i);
      gint expected = assay_moments_compare (own.expected, theirs.expected, i);
      if (!is_other_case (freshness, shipped, expected))
        continue;
      const char *where = i == 0 ? "" : ", on some file system";
      const gboolean by_own = is_judged (search, compiled->account);
      const char *other = by_own ? source->account->node->path : compiled->account->node->path;
      g_autofree char *is = g_strdup_printf ("%s %s%s", word_of (by_own ? shipped : -shipped), other, where);
      note (search, compiled, source, is, word_of (by_own ? expected : -expected));
      return TRUE;
    }
  return FALSE;
}

/* A file system is the directory that it is mounted at to what does not lie in it. */
static gboolean
is_around (const Member *source, const AssayNode *node)
{
  while (node != NULL && node != source->account->node)
    node = node->parent;
  return source->is_root && node != NULL;
}

static gboolean
judge_pair (Search *search, const char *key, const Member *compiled, const Member *source)
{
  if (compiled->account == source->account || is_around (source, compiled->account->node)
      || !assay_compiled_is_of (compiled->kind, key, source->name)
      || (!is_judged (search, compiled->account) && !is_judged (search, source->account)))
    return FALSE;
  for (gsize view = 0; view < G_N_ELEMENTS (views); view++)
    if (judge_pair_as (search, compiled, source, view))
      return TRUE;
  return FALSE;
}

static gboolean
any_changed (const GArray *members)
{
  for (guint i = 0; i < members->len; i++)
    for (gsize view = 0; view < G_N_ELEMENTS (views); view++)
      {
        g_auto (Times) times = times_of (&g_array_index (members, Member, i), view);
        if (is_changed (&times))
          return TRUE;
      }
  return FALSE;
}

static void
judge_group (Search *search, const char *key, const Group *group)
{
  if (!any_changed (group->compiled) && !any_changed (group->sources))
    return;
  if ((guint64)group->compiled->len * group->sources->len > PAIRS_MAX)
    {
      const Member *first = &g_array_index (group->compiled, Member, 0);
      assay_account_leave_open (search->work, first->account->node,
                                "more than 65536 pairs of files have its name and that of its source");
      return;
    }
  for (guint i = 0; i < group->compiled->len; i++)
    for (guint j = 0; j < group->sources->len; j++)
      if (judge_pair (search, key, &g_array_index (group->compiled, Member, i),
                      &g_array_index (group->sources, Member, j)))
        break;
}

/* A file that has more names than are followed may be a source of anything. */
static void
judge_many (Search *search, const AssayNodeAccount *account)
{
  Member member = { .account = account };
  g_auto (Times) times = times_of (&member, 0);
  if (is_judged (search, account) && is_changed (&times))
    assay_account_add_fact (search->work, account->node, "freshness", times.shipped, times.expected,
                            ASSAY_CLASS_UNEXPLAINED, "differs");
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
  search->member = (Member){ .account = account };
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
  search->member = (Member){ account, NULL, g_string_chunk_insert_const (search->names, small), TRUE };
  assay_compiled_find_source (small, small, TRUE, found_source, search);
  assay_compiled_find_in_directory (small, found_source, search);
}

/* Any file system may be mounted at the directory that something describes: here /usr. */
static void
add_root (Search *search, const AssayNodeAccount *account)
{
  if (root_time_of (account->node) == NULL)
    return;
  search->member = (Member){ account, NULL, "usr", FALSE, TRUE };
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
    judge_group (&search, at->data, g_hash_table_lookup (groups, at->data));
}
