#include "account/times/freshness.h"

#include "account/names/names_of.h"
#include "account/names/other_names.h"
#include "account/work.h"
#include "unpack/fact.h"

#include <string.h>

/*
 * T7: a time may be another one, but not one that is none to a reader. Beyond 31 bits of seconds a system with 32 of
 * them says that the file cannot be looked at (stat(2), EOVERFLOW), and 0 is to some programs the time of a file that
 * is not there.
 */

/* What a time is to whoever reads it. */
typedef enum
{
  REACH_NONE, /* there is no time */
  REACH_BEFORE,
  REACH_ZERO,
  REACH_KNOWN,
  REACH_BEYOND,
} Reach;

/** The first year in which a local time, as a zip has it, may be beyond 31 bits. */
#define LAST_YEAR 2038

static Reach
reach_of_seconds (gint64 seconds)
{
  if (seconds < 0)
    return REACH_BEFORE;
  if (seconds == 0)
    return REACH_ZERO;
  return seconds > G_MAXINT32 ? REACH_BEYOND : REACH_KNOWN;
}

/* A local time, as a zip has it, by its year. */
static Reach
reach_of_text (const char *time)
{
  gint64 number = g_ascii_strtoll (time, NULL, 10);
  if (strchr (time, 'T') != NULL)
    return number >= LAST_YEAR ? REACH_BEYOND : REACH_KNOWN;
  return reach_of_seconds (number);
}

/* By the first of the times that it has, which is that of its content; where one of the others is beyond, so is the
 * file (stat(2) gives all). Linux has those of a directory of ISO 9660 from its own record. */
static Reach
reach_of_facts (const GArray *facts, const char *const *times)
{
  Reach reach = REACH_NONE;
  for (gsize i = 0; facts != NULL && times[i] != NULL; i++)
    {
      const char *time = assay_facts_get (facts, times[i]);
      Reach one = time == NULL ? REACH_NONE : reach_of_text (time);
      /* who takes the 32 bits of a zip for a number without a sign has one beyond in place of one before 1970 */
      if (reach == REACH_NONE || one == REACH_BEYOND || (one == REACH_BEFORE && reach != REACH_BEYOND))
        reach = one;
    }
  return reach;
}

/* All that stat(2) gives, and for those who ask for the time of 0 what comes first. Linux gives the time of creation in
 * the place of that of a change, of FAT up to 5.18 and of an ISO 9660 that has no other. */
static Reach
reach_of (const AssayNode *node)
{
  static const char *const times[] = { "mtime",     "dos-time",         "record.mtime",  "header.mtime", "atime",
                                       "ctime",     "birthtime",        "dot.birthtime", "dot.mtime",    "dot.atime",
                                       "dot.ctime", "dot.record.mtime", "pax.atime",     "pax.ctime",    NULL };
  Reach reach = reach_of_facts (node->facts, times);
  return reach == REACH_NONE && node->has_time ? reach_of_seconds (node->time_s) : reach;
}

/* What others take for the time of the content. Of a directory of ISO 9660 Linux has all times from its own record
 * (isofs_normalize_block_and_offset()), and of all that Rock Ridge does not say the one that a record has without it;
 * who knows no Rock Ridge has these alone, and who knows no pax headers what the header of a tar says. */
static const char *const views[][3] = { { "dot.mtime", "dot.record.mtime", NULL },
                                        { "record.mtime", NULL },
                                        { "dot.record.mtime", NULL },
                                        { "header.mtime", NULL } };

/* cron's tables, of which one without a time is none (Vixie's, and all that come from it), and the directories of all;
 * and dnsmasq's servers. */
static gboolean
is_name_of_such (const char *name)
{
  static const char *const names[] = { "crontab", "resolv.conf", "cron.d", "crontabs", "cron", NULL };
  g_autofree char *small = g_ascii_strdown (name, -1);
  return g_strv_contains (names, small);
}

static gboolean
is_name_of_their_directory (const char *name)
{
  static const char *const directories[] = { "cron.d", "crontabs", "cron", NULL };
  g_autofree char *small = g_ascii_strdown (name, -1);
  return g_strv_contains (directories, small);
}

/* Of a file or directory of more names than are followed: whether a link of the image is called so, which may lead to
 * anything then. */
static gboolean
has_such_link (AssayWork *work)
{
  const GPtrArray *nodes = work->account->nodes;
  gboolean found = FALSE;
  if (work->table_links != ASSAY_TABLE_LINKS_UNKNOWN)
    return work->table_links == ASSAY_TABLE_LINKS_SOME;
  for (guint i = 0; !found && i < nodes->len; i++)
    {
      const AssayNode *node = ((const AssayNodeAccount *)g_ptr_array_index (nodes, i))->node;
      found = (node->type == ASSAY_NODE_SYMLINK || node->type == ASSAY_NODE_HARDLINK)
              && is_name_of_such (assay_account_last_component (node->path));
    }
  work->table_links = found ? ASSAY_TABLE_LINKS_SOME : ASSAY_TABLE_LINKS_NONE;
  return found;
}

static gboolean
is_one_of (const GPtrArray *names, gboolean (*test) (const char *name))
{
  gboolean found = FALSE;
  for (guint i = 0; names != NULL && !found && i < names->len; i++)
    found = test (g_ptr_array_index (names, i));
  return found;
}

/* By any name that it has, as all of them look through links. */
static gboolean
is_absent_at_zero (AssayWork *work, const AssayNode *node)
{
  const GPtrArray *directories = assay_account_directory_names (work, node);
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  g_autofree char *directory = assay_account_small_directory (node);
  return is_one_of (names, is_name_of_such) || is_one_of (directories, is_name_of_their_directory)
         || is_name_of_such (assay_account_last_component (node->path)) || is_name_of_their_directory (directory)
         || ((names == NULL || directories == NULL) && has_such_link (work));
}

gboolean
assay_account_times_are_judged (const AssayWork *work, const AssayNodeAccount *account)
{
  const AssayNode *parent = account->node->parent;
  return parent != NULL && !assay_pairing_get (work->pairing, parent)->wrapped
         && (account->in_scope || work->aliased || assay_scope_holds (work->options->scope, work->links, parent));
}

/* Of the directory that a file system begins with, which is no entry, or of the one that the image is. */
static Reach
reach_of_root (const AssayNode *node)
{
  static const char *const times[] = { "root.mtime",       "root.atime",        "root.ctime", "root.birthtime",
                                       "dot.birthtime",    "dot.mtime",         "dot.atime",  "dot.ctime",
                                       "dot.record.mtime", "volume.root.mtime", NULL };
  return node->parent == NULL && node->type == ASSAY_NODE_DIRECTORY ? reach_of (node)
                                                                    : reach_of_facts (node->own_facts, times);
}

static const char *
say (Reach reach)
{
  return reach == REACH_ZERO     ? "a time of 0, which some take for no file"
         : reach == REACH_BEYOND ? "a time that systems with 32 bits for it do not have"
         : reach == REACH_BEFORE ? "a time before 1970"
                                 : "another time";
}

/* stat(2) of it fails as that of a file does, and with it who makes it the root of a system. */
static void
judge_root (AssayWork *work, const AssayNodeAccount *account)
{
  const AssayNode *node = account->node;
  const AssayNode *expected = account->match->expected;
  if (expected == NULL || !(account->in_scope || work->aliased || g_hash_table_contains (work->around, node)))
    return;
  Reach ours = reach_of_root (node);
  Reach theirs = reach_of_root (expected);
  if (ours != theirs && ours != REACH_NONE && theirs != REACH_NONE && (ours == REACH_BEYOND || theirs == REACH_BEYOND))
    assay_account_add_fact (work, node, "time-reach", say (ours), say (theirs), ASSAY_CLASS_UNEXPLAINED, "differs");
}

/* The time that a gzip file stores becomes that of what is unpacked (gunzip -N); one of 0 says nothing there. */
static void
judge_stored (AssayWork *work, const AssayNodeAccount *account)
{
  static const char *const times[] = { "mtime", NULL };
  const AssayNode *expected = account->match->expected;
  if (expected == NULL || g_strcmp0 (account->node->stream, "gzip") != 0 || !account->in_scope)
    return;
  Reach ours = reach_of_facts (account->node->own_facts, times);
  Reach theirs = reach_of_facts (expected->own_facts, times);
  if ((ours == REACH_BEYOND) != (theirs == REACH_BEYOND))
    assay_account_add_fact (work, account->node, "time-reach", say (ours), say (theirs), ASSAY_CLASS_UNEXPLAINED,
                            "differs");
}

/* Whether somebody takes the one for something else than the other. */
static gboolean
are_apart (AssayWork *work, const AssayNode *node, Reach ours, Reach theirs)
{
  if (ours == theirs || ours == REACH_NONE || theirs == REACH_NONE)
    return FALSE;
  return ours == REACH_BEYOND || theirs == REACH_BEYOND || (ours != REACH_ZERO && theirs != REACH_ZERO)
         || is_absent_at_zero (work, node);
}

static void
judge_entry (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  Reach ours = reach_of (node);
  Reach theirs = reach_of (expected);
  for (gsize i = 0; i < G_N_ELEMENTS (views) && !are_apart (work, node, ours, theirs); i++)
    {
      ours = reach_of_facts (node->facts, views[i]);
      theirs = reach_of_facts (expected->facts, views[i]);
    }
  if (are_apart (work, node, ours, theirs))
    assay_account_add_fact (work, node, "time-reach", say (ours), say (theirs), ASSAY_CLASS_UNEXPLAINED, "differs");
}

void
assay_account_odd_times (AssayWork *work)
{
  const GPtrArray *nodes = work->account->nodes;
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *account = g_ptr_array_index (nodes, i);
      const AssayNode *expected = account->match->expected;
      judge_root (work, account);
      judge_stored (work, account);
      if (expected != NULL && assay_account_times_are_judged (work, account))
        judge_entry (work, account->node, expected);
    }
}
