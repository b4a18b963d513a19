#ifndef ASSAY_TEST_JUDGE_BUILD_H
#define ASSAY_TEST_JUDGE_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "judge/judge.h"

#include <string.h>

/* Accounts built by hand, piece by piece, so that they add up unless a test breaks them. */

typedef struct
{
  AssayAccount account;
  AssayPairing pairing;
  GPtrArray *failures;
  GPtrArray *owned_nodes;
  GPtrArray *owned_matches;
} Build;

static void
build_free_node (gpointer data)
{
  AssayNode *node = data;
  g_clear_pointer (&node->blob, assay_blob_unref);
  g_clear_pointer (&node->spans, g_array_unref);
  g_clear_pointer (&node->children, g_ptr_array_unref);
  g_free (node->path);
  g_free (node->trouble);
  g_free (node);
}

static void
build_free_node_account (gpointer data)
{
  AssayNodeAccount *node_account = data;
  g_clear_pointer (&node_account->ranges, assay_ranges_free);
  g_clear_pointer (&node_account->sections, g_array_unref);
  g_clear_pointer (&node_account->segments, g_array_unref);
  g_clear_pointer (&node_account->tools, g_array_unref);
  g_free (node_account);
}

static void
build_free_fact (gpointer data)
{
  AssayFactAccount *fact = data;
  g_free (fact->shipped);
  g_free (fact->expected);
  g_free (fact);
}

static void
build_free_missing (gpointer data)
{
  AssayMissing *missing = data;
  g_free (missing->path);
  g_free (missing);
}

static inline Build *
build_new (void)
{
  Build *build = g_new0 (Build, 1);
  build->account.nodes = g_ptr_array_new_with_free_func (build_free_node_account);
  build->account.facts = g_ptr_array_new_with_free_func (build_free_fact);
  build->account.findings = assay_findings_new ();
  build->account.undecided = g_ptr_array_new_with_free_func (g_free);
  build->account.unmatched_scope = g_ptr_array_new_with_free_func (g_free);
  build->pairing.missing = g_ptr_array_new_with_free_func (build_free_missing);
  build->pairing.ambiguous = g_ptr_array_new_with_free_func (g_free);
  build->pairing.unmatched = g_ptr_array_new_with_free_func (g_free);
  build->failures = g_ptr_array_new_with_free_func (g_free);
  build->owned_nodes = g_ptr_array_new_with_free_func (build_free_node);
  build->owned_matches = g_ptr_array_new_with_free_func (g_free);
  return build;
}

static inline void
build_free (Build *build)
{
  g_ptr_array_unref (build->account.nodes);
  g_ptr_array_unref (build->account.facts);
  assay_findings_unref (build->account.findings);
  g_ptr_array_unref (build->account.undecided);
  g_ptr_array_unref (build->account.unmatched_scope);
  g_ptr_array_unref (build->pairing.missing);
  g_ptr_array_unref (build->pairing.ambiguous);
  g_ptr_array_unref (build->pairing.unmatched);
  g_ptr_array_unref (build->failures);
  g_ptr_array_unref (build->owned_nodes);
  g_ptr_array_unref (build->owned_matches);
  g_free (build);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Build, build_free)

/* A node; where it has a size, with as many zeros as bytes. */
static inline AssayNode *
build_node (Build *build, const char *path, AssayNodeType type, gsize size)
{
  AssayNode *node = g_new0 (AssayNode, 1);
  node->path = g_strdup (path);
  node->type = type;
  node->size = size;
  if (type == ASSAY_NODE_FILE)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (size + 1), size);
      node->blob = assay_blob_new_for_bytes (bytes);
      node->format = "raw";
    }
  g_ptr_array_add (build->owned_nodes, node);
  return node;
}

static inline AssayNodeAccount *
build_account_for (Build *build, AssayNode *node, AssayMatchKind kind)
{
  AssayNodeAccount *node_account = g_new0 (AssayNodeAccount, 1);
  AssayMatch *match = g_new0 (AssayMatch, 1);
  match->shipped = node;
  match->kind = kind;
  g_ptr_array_add (build->owned_matches, match);
  node_account->node = node;
  node_account->match = match;
  node_account->in_scope = TRUE;
  node_account->worst = ASSAY_CLASS_IDENTICAL;
  node_account->ranges = assay_ranges_new ();
  g_ptr_array_add (build->account.nodes, node_account);
  return node_account;
}

/* A file of the image that an output of the rebuild stands for. */
static inline AssayNodeAccount *
build_file (Build *build, const char *path, gsize size)
{
  return build_account_for (build, build_node (build, path, ASSAY_NODE_FILE, size), ASSAY_MATCH_OUTPUT);
}

/* The next bytes of a file; the finding for them, until there is another one, or NULL. */
static inline AssayFinding *
build_range (Build *build, AssayNodeAccount *node_account, guint64 length, AssayClass class_, const char *rule)
{
  AssayRange range = { .length = length, .class_ = class_, .rule = rule };
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    range.offset = walk.range.offset + walk.range.length;
  assay_ranges_append (node_account->ranges, &range);
  node_account->totals[class_] += length;
  build->account.totals[class_] += length;
  build->account.total += length;
  if (class_ == ASSAY_CLASS_IDENTICAL)
    return NULL;
  AssayFinding *finding = assay_findings_begin (build->account.findings);
  finding->node = node_account->node;
  finding->offset = range.offset;
  finding->length = length;
  finding->class_ = class_;
  finding->rule = rule;
  finding->message = "a message";
  return finding;
}

static inline void
build_payload (AssayNodeAccount *node_account, guint64 offset, guint64 length)
{
  AssayRange range = { .offset = offset, .length = length, .payload = TRUE, .rule = "payload" };
  assay_ranges_append (node_account->ranges, &range);
  node_account->payload += length;
}

static inline void
build_fact (Build *build, const AssayNode *node, const char *fact, const char *shipped, const char *expected,
            AssayClass class_, const char *rule)
{
  build->account.fact_totals[class_]++;
  if (class_ == ASSAY_CLASS_IDENTICAL)
    return;
  AssayFactAccount *noted = g_new0 (AssayFactAccount, 1);
  noted->node = node;
  noted->fact = fact;
  noted->shipped = g_strdup (shipped);
  noted->expected = g_strdup (expected);
  noted->class_ = class_;
  noted->rule = rule;
  g_ptr_array_add (build->account.facts, noted);
}

static inline void
build_missing (Build *build, const char *path, AssayNode *expected)
{
  AssayMissing *missing = g_new0 (AssayMissing, 1);
  missing->path = g_strdup (path);
  missing->expected = expected;
  g_ptr_array_add (build->pairing.missing, missing);
}

static inline AssayJudgement *
build_judge (const Build *build)
{
  return assay_judgement_new (&build->account, &build->pairing, build->failures);
}

#endif
