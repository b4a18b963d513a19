#include "account/entry_facts.h"
#include "account/fact_lists.h"
#include "account/names/collisions.h"
#include "account/slot.h"
#include "account/supply.h"
#include "account/times/bytecode.h"
#include "account/waive/waive.h"

#include "unpack/fact.h"
#include "util/text.h"

#include <string.h>

/* What one container's header spans say of each child, and in the last place of the container itself. */
enum
{
  HEADER_NONE = 0,
  HEADER_REWRITTEN,
  HEADER_OPEN,
};

/* Spans that say one fact alone speak of that fact only: here of times. */
static GByteArray *
note_headers (AssayWork *work, const AssayNode *container)
{
  guint children = container->children == NULL ? 0 : container->children->len;
  GByteArray *headers = g_byte_array_sized_new (children + 1);
  g_byte_array_set_size (headers, children + 1);
  memset (headers->data, HEADER_NONE, children + 1);
  g_hash_table_insert (work->headers, (gpointer)container, headers);
  gboolean own_time = FALSE;
  for (guint i = 0; container->spans != NULL && i < container->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (container->spans, AssaySpan, i);
      guint8 *state = &headers->data[MIN (span->child, children)];
      gboolean own = span->child == ASSAY_SPAN_NO_CHILD;
      if (span->kind != ASSAY_SPAN_HEADER || (span->fact != NULL && !assay_fact_is_time (span->fact)))
        continue;
      if (span->fact != NULL && own)
        own_time = TRUE;
      if (span->fact == NULL && own && own_time)
        continue;
      if (!span->rewritable)
        *state = HEADER_OPEN;
      else if (*state == HEADER_NONE || (span->fact != NULL && own))
        *state = HEADER_REWRITTEN;
    }
  return headers;
}

/* Whether the reader wrote the header that carries a child's facts again, so that a time in it was derived. */
static gboolean
header_is_rewritten (AssayWork *work, const AssayNode *container, guint32 child)
{
  if (container == NULL || container->spans == NULL || assay_account_is_fixed (work, container))
    return FALSE;
  if (container->times_are_fields && child != ASSAY_SPAN_NO_CHILD)
    return TRUE;
  const GByteArray *headers = g_hash_table_lookup (work->headers, container);
  if (headers == NULL)
    headers = note_headers (work, container);
  return headers->data[MIN (child, headers->len - 1)] == HEADER_REWRITTEN;
}

static void
count_equal (AssayWork *work, const GArray *facts)
{
  if (facts != NULL)
    work->account->fact_totals[ASSAY_CLASS_IDENTICAL] += facts->len;
}

/* A name that ends in `#n` stands for a second entry of one path: unpack escapes it in names that only look so. */
static gboolean
is_duplicate (const AssayNode *node)
{
  const char *name = assay_node_local_name (node);
  const char *mark = strrchr (name, '#');
  if (mark == NULL || mark == name || mark[1] == '\0' || mark[-1] == '/')
    return FALSE;
  return strspn (mark + 1, "0123456789") == strlen (mark + 1);
}

/* The expected entry's own facts, where it is an entry and not a file given alone (T5). */
static const AssayNode *
expected_entry (const AssayMatch *match)
{
  return match->expected != NULL && match->expected->parent != NULL ? match->expected : NULL;
}

static void
judge_type (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  const char *shipped = assay_node_type_name (node->type);
  const char *wanted = assay_node_type_name (expected->type);
  gboolean equal = node->type == expected->type;
  assay_account_add_fact (work, node, "type", shipped, wanted, equal ? ASSAY_CLASS_IDENTICAL : ASSAY_CLASS_UNEXPLAINED,
                          "differs");
}

/* What entries of a recipe say of it is held against it as well, and explains nothing. A hard link is another name of a
 * file. */
static void
judge_supplied_type (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  const char *wanted = assay_account_supplied_type (work, node);
  const char *shipped = assay_node_type_name (node->type);
  gboolean is_said = expected != NULL && node->type != expected->type;
  const char *is = node->type == ASSAY_NODE_HARDLINK ? assay_node_type_name (ASSAY_NODE_FILE) : shipped;
  if (wanted != NULL && !is_said && strcmp (wanted, is) != 0)
    assay_account_add_fact (work, node, "type", shipped, wanted, ASSAY_CLASS_UNEXPLAINED, "differs");
}

static void
judge_clashes (AssayWork *work, const AssayNode *node)
{
  const char *name = assay_node_local_name (node);
  if (is_duplicate (node))
    assay_account_add_fact (work, node, "duplicate-name", name, NULL, ASSAY_CLASS_UNEXPLAINED, "duplicate-name");
  if (assay_account_collides (work, node))
    assay_account_add_fact (work, node, "case-collision", name, NULL, ASSAY_CLASS_UNEXPLAINED, "case-collision");
}

static void
judge_name (AssayWork *work, const AssayNode *node, const AssayMatch *match, gboolean detached)
{
  const char *name = assay_node_local_name (node);
  if (detached)
    assay_account_add_fact (work, node, "name", name, NULL, ASSAY_CLASS_EXPLAINED, "signature");
  else if (match->kind == ASSAY_MATCH_NONE)
    assay_account_add_fact (work, node, "name", name, NULL, assay_work_class_of_none (work, match), "added");
  else if (match->kind == ASSAY_MATCH_RECOMPRESSED)
    assay_account_add_fact (work, node, "name", name, assay_node_local_name (match->expected), ASSAY_CLASS_EXPLAINED,
                            "recompressed");
  else
    work->account->fact_totals[ASSAY_CLASS_IDENTICAL]++;
}

/* Whether somewhere in @container the bytes that this child is decoded from may differ from the expected ones. */
static gboolean
is_encoded_child (AssayWork *work, const AssayNode *node)
{
  return node->decoded && node->parent != NULL && node->parent->spans != NULL
         && !assay_account_is_fixed (work, node->parent);
}

static gboolean
tree_without_owners (const AssayMatch *match)
{
  return match->expectation != NULL && match->expectation->is_tree && !match->expectation->supplies_owners
         && match->expected != NULL && match->expected->parent == match->expectation->root;
}

/* A rebuilt tree lies on disk with the owners of whoever built it: these are not what the source says. */
static const char *const owners[] = { "uid", "gid", NULL };

/* The list by which a text image is written again speaks of all its bytes, also of those beside the scope; and what a
 * stream was called before nobody asks who unpacks it. Of the root of an ISO 9660 image it is asked apart who may go
 * through it (beside/iso.c). */
static const char *const of_no_scope[] = { "records", "name", "dot.mode", "dot.uid", "dot.gid", NULL };

/* The facts but for some; their texts stay those of @facts. */
static GArray *
facts_without (const GArray *facts, const char *const *left_out)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (AssayFact));
  for (guint i = 0; i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      if (!g_strv_contains (left_out, fact->name))
        g_array_append_val (kept, *fact);
    }
  return kept;
}

/* T4: what could not be read of an entry, on either side, might be anything. */
static void
judge_unread (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  const char *reason = node->unread_facts;
  if (reason == NULL && expected != NULL)
    reason = expected->unread_facts;
  if (reason == NULL)
    return;
  assay_account_add_fact (work, node, "xattr", NULL, NULL, ASSAY_CLASS_UNDECIDED, "unread");
  assay_account_leave_open (work, node, reason);
}

static void
judge_entry (AssayWork *work, const AssayNode *node, const AssayMatch *match, gboolean content_only)
{
  const AssayNode *expected = expected_entry (match);
  const char *detail = NULL;
  gboolean detached = assay_account_detached (work, node, &detail) == ASSAY_DETACHED_VALID;
  g_autoptr (GArray) kept
      = expected != NULL && tree_without_owners (match) ? facts_without (expected->facts, owners) : NULL;
  gboolean exact = FALSE;
  gboolean named = !(node->decoded && node->parent->stream != NULL);
  GHashTable *supplied = assay_account_supply (work, node, &exact);
  AssayFactLists lists = { .node = node,
                           .shipped = node->facts,
                           .expected = kept != NULL       ? kept
                                       : expected != NULL ? expected->facts
                                                          : NULL,
                           .supplied = supplied,
                           .demands_all = named || exact,
                           .times_rewritten = header_is_rewritten (work, node->parent, node->index),
                           .recompressed = is_encoded_child (work, node),
                           .detached = detached,
                           .content_only = content_only };
  if (named)
    judge_clashes (work, node);
  if (named && !content_only)
    judge_name (work, node, match, detached);
  if (expected != NULL)
    judge_type (work, node, expected);
  judge_supplied_type (work, node, expected);
  judge_unread (work, node, expected);
  assay_fact_lists_judge (work, &lists);
  if (!content_only)
    assay_account_bytecode_of_directory (work, node, expected);
}

/* The image's own directory, as any other: against another that the user gave, or the tree that a rebuild made. Where
 * the rebuild made no tree to stand for the whole image nobody said what it should be, unless the recipe's entries do.
 */
static void
judge_root (AssayWork *work, const AssayNode *node, const AssayMatch *match)
{
  const AssayNode *expected = match->expected;
  gboolean given = expected != NULL && match->expectation->is_tree && expected == match->expectation->root;
  g_autoptr (GArray) kept
      = given && !match->expectation->supplies_owners ? facts_without (expected->facts, owners) : NULL;
  AssayFactLists lists = { .node = node,
                           .shipped = node->facts,
                           .expected = kept != NULL ? kept
                                       : given      ? expected->facts
                                                    : NULL,
                           .supplied = assay_account_supply (work, node, NULL) };
  if (given)
    {
      judge_unread (work, node, expected);
      assay_fact_lists_judge (work, &lists);
      return;
    }
  assay_fact_lists_judge_supplied (work, &lists);
}

static void
judge_own_lists (AssayWork *work, const AssayNode *node, const GArray *shipped, const GArray *wanted)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  const AssayNode *expected = match->expected;
  gboolean containers = expected != NULL && node->spans != NULL && expected->spans != NULL && !match->wrapped;
  /* The same entries in another kind of container are read by another program; streams say so by `recompressed`. */
  if (containers && strcmp (node->format, expected->format) != 0 && (node->stream == NULL || expected->stream == NULL))
    assay_account_add_fact (work, node, "format", node->format, expected->format, ASSAY_CLASS_UNEXPLAINED, "differs");
  gboolean free_form = node->stream != NULL && !assay_account_is_fixed (work, node);
  AssayFactLists lists = { .node = node,
                           .shipped = shipped,
                           .expected = wanted,
                           .times_rewritten = header_is_rewritten (work, node, ASSAY_SPAN_NO_CHILD),
                           .recompressed = free_form,
                           .other_codec = containers && free_form && expected->stream != NULL
                                          && strcmp (node->stream, expected->stream) != 0 };
  assay_fact_lists_judge (work, &lists);
}

static void
judge_own (AssayWork *work, const AssayNode *node, const AssayMatch *match)
{
  judge_own_lists (work, node, node->own_facts,
                   match->expected == NULL || match->wrapped ? NULL : match->expected->own_facts);
}

void
assay_account_facts_around (AssayWork *work, const AssayNode *node)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  g_autoptr (GArray) shipped = facts_without (node->own_facts, of_no_scope);
  g_autoptr (GArray) wanted = facts_without (expected->own_facts, of_no_scope);
  judge_own_lists (work, node, shipped, wanted);
}

void
assay_account_facts (AssayWork *work, const AssayNode *node, gboolean in_scope, gboolean parent_in_scope)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  /* Facts belong to the container: equal bytes of a file alone say nothing of the entry that holds it. */
  gboolean entry_equal = match->equal && node->parent != NULL && assay_pairing_get (work->pairing, node->parent)->equal;
  gboolean supplied = entry_equal || expected_entry (match) != NULL || match->kind == ASSAY_MATCH_NONE;
  /* What is wrapped has no entry of its own: the wrapper's was judged. */
  gboolean wrapped = node->parent != NULL && assay_pairing_get (work->pairing, node->parent)->wrapped;
  gboolean judged = node->parent != NULL && !wrapped && (parent_in_scope || in_scope);
  if (judged && entry_equal)
    {
      count_equal (work, node->facts);
      work->account->fact_totals[ASSAY_CLASS_IDENTICAL]++;
    }
  else if (judged)
    judge_entry (work, node, match, !parent_in_scope && !supplied);
  if (in_scope && node->parent == NULL && node->type == ASSAY_NODE_DIRECTORY)
    judge_root (work, node, match);
  /* An output stands for content: a link or directory in its place has none to compare. */
  if (in_scope && match->expected != NULL && match->expected->parent == NULL && match->expected->blob != NULL
      && node->blob == NULL)
    judge_type (work, node, match->expected);
  if (in_scope && match->equal)
    count_equal (work, node->own_facts);
  else if (in_scope)
    judge_own (work, node, match);
}

gboolean
assay_facts_accepted (AssayWork *work, const AssayNode *node)
{
  const char *detail = NULL;
  return !g_hash_table_contains (work->unaccepted, node)
         && (assay_pairing_get (work->pairing, node)->kind != ASSAY_MATCH_NONE
             || assay_account_detached (work, node, &detail) == ASSAY_DETACHED_VALID);
}
