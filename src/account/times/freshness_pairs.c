#include "account/times/freshness_pairs.h"

#include "account/times/moment.h"
#include "unpack/bytes.h"
#include "unpack/fact.h"

#include <string.h>

/* How the times of what was compiled and of its source are related, on both sides. */

/** More pairs of files of one name belong to no image that anybody means. */
#define PAIRS_MAX (1u << 16)

typedef struct
{
  AssayWork *work;
  GHashTable *judged; /* set of nodes whose entries are judged */
} Judging;

static gboolean
is_judged (const Judging *judging, const AssayNodeAccount *account)
{
  return g_hash_table_contains (judging->judged, account->node);
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

/** Who knows the extensions of a format, and who takes what each archive of it has; and Linux, which has the times of a
 * directory of ISO 9660 from its own record. */
static const char *const views[][4] = {
  { "mtime", "dos-time", "record.mtime", "header.mtime" },
  { "header.mtime", "record.mtime", "dos-time", "mtime" },
  { "dot.mtime", "mtime", "dos-time", "header.mtime" },
  { "dot.record.mtime", "dot.mtime", "record.mtime", "mtime" },
};

/** The same of the directory that a file system begins with. */
static const char *const root_views[][3] = {
  { "root.mtime", "volume.root.mtime", "dot.mtime" },
  { "root.mtime", "volume.root.mtime", "dot.mtime" },
  { "root.mtime", "dot.mtime", "volume.root.mtime" },
  { "root.mtime", "dot.record.mtime", "dot.mtime" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (views) == G_N_ELEMENTS (root_views));

static const char *
root_time (const AssayNode *node, gsize view)
{
  const char *value = NULL;
  for (gsize i = 0; node->own_facts != NULL && value == NULL && i < G_N_ELEMENTS (root_views[view]); i++)
    value = assay_facts_get (node->own_facts, root_views[view][i]);
  return value;
}

gboolean
assay_freshness_has_root_time (const AssayNode *node)
{
  return root_time (node, 0) != NULL;
}

static char *
time_of (const AssayFreshnessMember *member, const AssayNode *node, gsize view)
{
  if (member->is_root)
    return g_strdup (root_time (node, view));
  for (gsize i = 0; i < G_N_ELEMENTS (views[view]); i++)
    {
      const char *value = assay_node_get_fact (node, views[view][i]);
      if (value != NULL)
        return g_strdup (value);
    }
  return node->has_time ? g_strdup_printf ("%" G_GINT64_FORMAT ".%09u", node->time_s, node->time_ns) : NULL;
}

/* Fields of a zip with a time that some readers take before that of DOS: the old one of Info-ZIP, and those of NTFS and
 * PKWARE (APPNOTE, 4.5; Info-ZIP, proginfo/extrafld.txt). */
static gboolean
has_other_time (const AssayNode *node)
{
  static const char *const facts[] = { "extra", "local-extra" };
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autoptr (GBytes) extra = assay_facts_get_hex (node->facts, facts[i]);
      gsize length = 0;
      const guint8 *bytes = extra == NULL ? NULL : g_bytes_get_data (extra, &length);
      for (gsize at = 0; at + 4 <= length; at += 4 + assay_get_le16 (bytes + at + 2))
        {
          guint id = assay_get_le16 (bytes + at);
          if (id == 0x5855 || id == 0x000a || id == 0x000d)
            return TRUE;
        }
    }
  return FALSE;
}

static Times
times_of (const AssayFreshnessMember *member, gsize view)
{
  const AssayNode *node = member->account->node;
  const AssayMatch *match = member->account->match;
  const AssayNode *expected = match->expected;
  Times times = { .shipped = time_of (member, node, view) };
  /* what is equal as a whole is not unpacked on both sides */
  if (expected != NULL)
    times.expected = time_of (member, expected, view);
  else if (match->equal)
    times.expected = g_strdup (times.shipped);
  times.unknown = member->unknown || times.shipped == NULL || has_other_time (node)
                  || assay_node_get_fact (node, "long-times") != NULL
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
note (const Judging *judging, const AssayFreshnessMember *compiled, const AssayFreshnessMember *source,
      const char *shipped, const char *expected)
{
  const AssayNodeAccount *account = is_judged (judging, compiled->account) ? compiled->account : source->account;
  assay_account_add_fact (judging->work, account->node, "freshness", shipped, expected, ASSAY_CLASS_UNEXPLAINED,
                          "differs");
}

static gboolean
is_changed (const Times *times)
{
  return times->expected != NULL && g_strcmp0 (times->shipped, times->expected) != 0;
}

/* Where nobody knows how both are related, each must be as it is. */
static gboolean
judge_unknown (const Judging *judging, const AssayFreshnessMember *compiled, const AssayFreshnessMember *source,
               const Times *own, const Times *theirs)
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
  note (judging, compiled, source, shipped, changed->expected);
  return TRUE;
}

/* Packed in another way, or stripped: where its time is recorded, so is its length. */
static gboolean
is_resized (const AssayFreshnessMember *source)
{
  const AssayNode *node = source->account->node;
  const AssayNode *expected = source->account->match->expected;
  return node->type == ASSAY_NODE_FILE && expected != NULL && expected->size != node->size;
}

static gboolean
judge_size (const Judging *judging, const AssayFreshnessMember *compiled, const AssayFreshnessMember *source)
{
  if (assay_compiled_freshness (compiled->kind) != ASSAY_FRESHNESS_RECORDED || !is_resized (source))
    return FALSE;
  const AssayNode *node = source->account->node;
  g_autofree char *shipped = g_strdup_printf ("decided by the length of %s, %" G_GUINT64_FORMAT " bytes, beside %s",
                                              node->path, node->size, compiled->account->node->path);
  g_autofree char *expected = g_strdup_printf ("%" G_GUINT64_FORMAT " bytes", source->account->match->expected->size);
  note (judging, compiled, source, shipped, expected);
  return TRUE;
}

static gboolean
judge_pair_as (const Judging *judging, const AssayFreshnessMember *compiled, const AssayFreshnessMember *source,
               gsize view)
{
  g_auto (Times) own = times_of (compiled, view);
  g_auto (Times) theirs = times_of (source, view);
  AssayFreshness freshness = assay_compiled_freshness (compiled->kind);
  if (own.unknown || theirs.unknown || own.local != theirs.local || freshness == ASSAY_FRESHNESS_RECORDED)
    return judge_unknown (judging, compiled, source, &own, &theirs);
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
      const gboolean by_own = is_judged (judging, compiled->account);
      const char *other = by_own ? source->account->node->path : compiled->account->node->path;
      g_autofree char *is = g_strdup_printf ("%s %s%s", word_of (by_own ? shipped : -shipped), other, where);
      note (judging, compiled, source, is, word_of (by_own ? expected : -expected));
      return TRUE;
    }
  return FALSE;
}

/* A file system is the directory that it is mounted at to what does not lie in it. */
static gboolean
is_around (const AssayFreshnessMember *source, const AssayNode *node)
{
  while (node != NULL && node != source->account->node)
    node = node->parent;
  return source->is_root && node != NULL;
}

static gboolean
judge_pair (const Judging *judging, const char *key, const AssayFreshnessMember *compiled,
            const AssayFreshnessMember *source)
{
  if (compiled->account == source->account || is_around (source, compiled->account->node)
      || !assay_compiled_is_of (compiled->kind, key, source->name)
      || (!is_judged (judging, compiled->account) && !is_judged (judging, source->account)))
    return FALSE;
  for (gsize view = 0; view < G_N_ELEMENTS (views); view++)
    if (judge_pair_as (judging, compiled, source, view))
      return TRUE;
  return judge_size (judging, compiled, source);
}

static gboolean
any_changed (const GArray *members)
{
  for (guint i = 0; i < members->len; i++)
    if (is_resized (&g_array_index (members, AssayFreshnessMember, i)))
      return TRUE;
  for (guint i = 0; i < members->len; i++)
    for (gsize view = 0; view < G_N_ELEMENTS (views); view++)
      {
        g_auto (Times) times = times_of (&g_array_index (members, AssayFreshnessMember, i), view);
        if (is_changed (&times))
          return TRUE;
      }
  return FALSE;
}

void
assay_freshness_judge_group (AssayWork *work, GHashTable *judged, const char *key, const AssayFreshnessGroup *group)
{
  const Judging judging = { work, judged };
  if (!any_changed (group->compiled) && !any_changed (group->sources))
    return;
  if ((guint64)group->compiled->len * group->sources->len > PAIRS_MAX)
    {
      const AssayFreshnessMember *first = &g_array_index (group->compiled, AssayFreshnessMember, 0);
      assay_account_leave_open (work, first->account->node,
                                "more than 65536 pairs of files have its name and that of its source");
      return;
    }
  for (guint i = 0; i < group->compiled->len; i++)
    for (guint j = 0; j < group->sources->len; j++)
      if (judge_pair (&judging, key, &g_array_index (group->compiled, AssayFreshnessMember, i),
                      &g_array_index (group->sources, AssayFreshnessMember, j)))
        break;
}

void
assay_freshness_judge_alone (AssayWork *work, const AssayNodeAccount *account)
{
  const AssayFreshnessMember member = { .account = account };
  g_auto (Times) times = times_of (&member, 0);
  if (is_changed (&times))
    assay_account_add_fact (work, account->node, "freshness", times.shipped, times.expected, ASSAY_CLASS_UNEXPLAINED,
                            "differs");
}
