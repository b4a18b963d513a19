#include "account/times/bytecode.h"

#include "account/names/names_of.h"
#include "account/times/bytecode_found.h"

#include <string.h>

/*
 * Python runs the byte code beside a source instead of it, if the byte code records the time that the source has: then
 * a time alone decides which code runs, though every byte is the rebuild's.
 */

/** The times of a source on both sides; NULL where nobody says one. */
typedef struct
{
  const char *shipped;
  const char *expected;
  gboolean are_local; /* nobody knows where, or which of several a reader takes */
} Times;

static gint64
seconds_of (const char *value)
{
  return g_ascii_strtoll (value, NULL, 10);
}

/* Python takes the seconds of a time as a floating-point number, which may round it up to the next. */
static gint64
rounded_seconds_of (const char *value)
{
  return (gint64)(g_ascii_strtod (value, NULL) + 1e-6);
}

static gboolean
is_at (const char *value, guint32 time)
{
  return (guint32)seconds_of (value) == time || (guint32)rounded_seconds_of (value) == time;
}

/** FAT begins with 1980, in local time, of zones up to so far from UTC; its times go in steps of two seconds. */
#define FAT_BEGINS G_GINT64_CONSTANT (315532800)
#define FURTHEST_ZONE (14 * 3600)
#define COARSEST_STEP 2

/* Whether a file of that time may have the recorded one where it is unpacked: file systems round to steps of their own,
 * up and down, and begin and end with years of their own, to which they bring what lies beyond. Those of 32 bits with a
 * sign end with 2038, those without begin with 1970, and others with 1901, 1904 or 1980. */
static gboolean
may_become (const char *value, guint32 time)
{
  gint64 seconds = seconds_of (value);
  if (seconds < 0 || seconds > G_MAXINT32)
    return TRUE;
  gboolean before_fat = seconds < FAT_BEGINS + FURTHEST_ZONE;
  return ABS (seconds - (gint64)time) <= COARSEST_STEP
         || (before_fat && ABS (FAT_BEGINS - (gint64)time) <= FURTHEST_ZONE + COARSEST_STEP);
}

/* The times of DOS, in a zip as on a disk, are those of a zone that nobody says, and zipimport lets them differ by a
 * second: each may be any that byte code records. Times of Rock Ridge in the long form Linux reads as if they were in
 * the short one. */
static gboolean
is_local (const AssayNode *node, const char *value)
{
  return strchr (value, 'T') != NULL || assay_node_get_fact (node, "long-times") != NULL
         || (node->parent != NULL && strcmp (node->parent->format, "fat") == 0);
}

/* Two times of one second are one to who compares whole seconds, but where one of them alone is rounded up. What has no
 * time may have any. */
static gboolean
decides (const AssayRecorded *recorded, gconstpointer data)
{
  const Times *times = data;
  if (times->shipped == NULL)
    return TRUE;
  if (recorded->unknown || times->are_local)
    return g_strcmp0 (times->shipped, times->expected) != 0;
  if (times->expected == NULL)
    return may_become (times->shipped, recorded->time);
  if (seconds_of (times->shipped) == seconds_of (times->expected))
    return rounded_seconds_of (times->shipped) != rounded_seconds_of (times->expected)
           && (is_at (times->shipped, recorded->time) || is_at (times->expected, recorded->time));
  return may_become (times->shipped, recorded->time) || may_become (times->expected, recorded->time);
}

static const AssayBytecode *
bytecode_of (AssayWork *work, const AssayNode *node)
{
  if (work->bytecode == NULL)
    work->bytecode = assay_bytecode_new (node);
  return work->bytecode;
}

static gboolean
is_noted (const AssayWork *work, const AssayNode *node)
{
  const GPtrArray *facts = work->account->facts;
  for (guint i = facts->len; i-- > 0;)
    {
      const AssayFactAccount *noted = g_ptr_array_index (facts, i);
      if (noted->node != node)
        return FALSE;
      if (strcmp (noted->fact, "byte-code") == 0)
        return TRUE;
    }
  return FALSE;
}

/* Which side runs the byte code, and in what words: the side that has, or may have, its time. */
static void
note (AssayWork *work, const AssayNode *node, const Times *times, const AssayRecorded *recorded)
{
  const char *shipped = times->shipped;
  const char *expected = times->expected;
  const char *path = recorded->node->path;
  gboolean has_it = shipped != NULL && is_at (shipped, recorded->time);
  gboolean exact = has_it || (expected != NULL && is_at (expected, recorded->time));
  gboolean now = expected == NULL || recorded->unknown || times->are_local || has_it
                 || (!exact && shipped != NULL && may_become (shipped, recorded->time));
  const char *words = recorded->unknown  ? "perhaps the time of"
                      : times->are_local ? "to some reader perhaps the time in"
                      : exact            ? "the time in"
                                         : "on some file system perhaps the time in";
  const char *side = now ? shipped : expected;
  g_autofree char *fits = g_strdup_printf ("%s, %s %s", side == NULL ? "none" : side, words, path);
  assay_account_add_fact (work, node, "byte-code", now ? fits : shipped, now ? expected : fits, ASSAY_CLASS_UNEXPLAINED,
                          expected == NULL ? "no-counterpart" : "differs");
}

static char *
time_of (const AssayNode *node)
{
  if (node == NULL || !node->has_time)
    return NULL;
  return node->time_ns == 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, node->time_s)
                            : g_strdup_printf ("%" G_GINT64_FORMAT ".%09u", node->time_s, node->time_ns);
}

void
assay_account_bytecode (AssayWork *work, const AssayNode *node, const char *shipped, const char *expected)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  if ((node->type != ASSAY_NODE_FILE && node->type != ASSAY_NODE_HARDLINK) || match->kind == ASSAY_MATCH_NONE
      || is_noted (work, node))
    return;
  g_autofree char *of_tree = expected == NULL ? time_of (match->expected) : NULL;
  const Times times
      = { shipped, expected == NULL ? of_tree : expected, is_local (node, shipped == NULL ? "" : shipped) };
  g_autoptr (GPtrArray) names = assay_account_names (work, node);
  const AssayRecorded *recorded = assay_bytecode_find (bytecode_of (work, node), node, names, decides, &times);
  if (recorded != NULL)
    note (work, node, &times, recorded);
}

void
assay_account_bytecode_of_directory (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  g_autofree char *shipped = time_of (node);
  g_autofree char *wanted = time_of (expected);
  if (shipped != NULL && wanted != NULL)
    assay_account_bytecode (work, node, shipped, wanted);
}
