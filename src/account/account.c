#include "account/ahead.h"
#include "account/beside/beside.h"
#include "account/encoding/encoded.h"
#include "account/named/digests.h"
#include "account/named/identifiers.h"
#include "account/names/names_of.h"
#include "account/names/naming.h"
#include "account/origin.h"
#include "account/signed.h"
#include "account/slot.h"
#include "account/supply.h"
#include "account/times/bytecode_found.h"
#include "account/times/freshness.h"
#include "account/waive/waive.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>

static void
node_account_free (AssayNodeAccount *node_account)
{
  g_clear_pointer (&node_account->ranges, assay_ranges_free);
  g_clear_pointer (&node_account->sections, g_array_unref);
  g_clear_pointer (&node_account->section_names, g_free);
  g_clear_pointer (&node_account->segments, g_array_unref);
  g_free (node_account->origin_detail);
  g_clear_pointer (&node_account->changes, g_array_unref);
  g_clear_pointer (&node_account->tools, g_array_unref);
  g_free (node_account);
}

static void
fact_account_free (AssayFactAccount *fact)
{
  g_free (fact->shipped);
  g_free (fact->expected);
  g_free (fact);
}

void
assay_account_free (AssayAccount *account)
{
  if (account == NULL)
    return;
  g_clear_pointer (&account->nodes, g_ptr_array_unref);
  g_clear_pointer (&account->facts, g_ptr_array_unref);
  g_clear_pointer (&account->findings, assay_findings_unref);
  g_clear_pointer (&account->undecided, g_ptr_array_unref);
  g_clear_pointer (&account->unmatched_scope, g_ptr_array_unref);
  g_clear_pointer (&account->misnamed, g_ptr_array_unref);
  g_clear_pointer (&account->grants, g_ptr_array_unref);
  g_clear_pointer (&account->holds, g_array_unref);
  g_free (account);
}

/* What differs by itself comes first, the most telling before the rest; all else as it stands in the image. */
static AssayFindingKey
key_of_cause (const AssayFinding *finding)
{
  const guint by_themselves = assay_finding_words (finding)->is_function ? 0 : 1;
  switch (finding->cause)
    {
    case ASSAY_CAUSE_PRIMARY:
      return (AssayFindingKey){ .major = by_themselves, .minor = (guint64)finding->order << 32 | finding->rank };
    case ASSAY_CAUSE_RIPPLE:
      return (AssayFindingKey){ .major = 3 };
    case ASSAY_CAUSE_UNKNOWN:
      break;
    }
  return (AssayFindingKey){ .major = 2 };
}

static AssayAccount *
account_new (void)
{
  AssayAccount *account = g_new0 (AssayAccount, 1);
  account->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify)node_account_free);
  account->facts = g_ptr_array_new_with_free_func ((GDestroyNotify)fact_account_free);
  account->findings = assay_findings_new_by (key_of_cause);
  account->undecided = g_ptr_array_new_with_free_func (g_free);
  account->unmatched_scope = g_ptr_array_new_with_free_func (g_free);
  account->misnamed = g_ptr_array_new ();
  return account;
}

static gboolean
in_scope (const AssayWork *work, const AssayNode *node)
{
  return work->aliased || assay_scope_holds (work->options->scope, work->links, node);
}

/* A container whose counterpart is no container, or counts as a whole, is one run of bytes: what it seems to hold has
 * no counterpart of its own. */
static gboolean
is_flat (const AssayNode *node, const AssayMatch *match)
{
  return node->spans != NULL && !match->equal && match->expected != NULL && !match->wrapped
         && (match->expected->spans == NULL || assay_node_is_whole (node, match->expected));
}

static void
take_into_scope (AssayWork *work, AssayNodeAccount *node_account)
{
  node_account->in_scope = TRUE;
  node_account->worst = ASSAY_CLASS_IDENTICAL;
  assay_account_note_scope (work, node_account->node);
}

/* What the scope names inside of one run of bytes is judged with all of that. */
static gboolean
is_in_flat (AssayWork *work, const AssayNode *node)
{
  const AssayNode *above = node->parent;
  while (above != NULL && !is_flat (above, assay_pairing_get (work->pairing, above)))
    above = above->parent;
  if (above == NULL)
    return FALSE;
  /* the last of all that have an account: nodes are visited behind their containers, and none in a flat one has any */
  AssayNodeAccount *flat = g_ptr_array_index (work->account->nodes, work->account->nodes->len - 1);
  if (!flat->in_scope && in_scope (work, node))
    take_into_scope (work, flat);
  return TRUE;
}

static gboolean
collect (AssayNode *node, gpointer data)
{
  AssayWork *work = data;
  if (is_in_flat (work, node))
    return TRUE;
  AssayNodeAccount *node_account = g_new0 (AssayNodeAccount, 1);
  node_account->node = node;
  node_account->match = assay_pairing_get (work->pairing, node);
  node_account->worst = ASSAY_CLASS_OUTSIDE;
  if (in_scope (work, node))
    take_into_scope (work, node_account);
  node_account->rights = assay_node_rights (work->rights, node);
  node_account->flat = is_flat (node, node_account->match);
  node_account->unclaimed = !node_account->flat && assay_node_holds_unclaimed (node);
  node_account->ranges = assay_ranges_new ();
  g_ptr_array_add (work->account->nodes, node_account);
  return TRUE;
}

static void
judge_facts (AssayWork *work)
{
  for (guint i = 0; i < work->account->nodes->len; i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (work->account->nodes, i);
      const AssayNode *node = node_account->node;
      assay_account_facts (work, node, node_account->in_scope, node->parent != NULL && in_scope (work, node->parent));
      if (node_account->in_scope && strcmp (node->format, "fit") == 0)
        assay_beside_growth (work, node);
    }
}

static gboolean
differs (const AssayNodeAccount *node_account)
{
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (!range->payload && range->class_ != ASSAY_CLASS_IDENTICAL && range->class_ != ASSAY_CLASS_OUTSIDE)
        return TRUE;
    }
  return FALSE;
}

/* A finding of each range; of a leaf that differs, also what its parts are called, and why they do. */
static gboolean
tell (AssayWork *work, AssayNodeAccount *node_account, gboolean named, GError **error)
{
  g_auto (AssayNaming) naming = { NULL };
  if (named)
    {
      assay_interpreter_renew (work->shipped_interpreter);
      assay_interpreter_renew (work->expected_interpreter);
      assay_naming_load (&naming, work, node_account);
      assay_account_tools (node_account, &naming);
      assay_timings_add (work->options->timings, ASSAY_STAGE_EXPLAINING, node_account->node->size);
    }
  g_autoptr (AssayCauses) causes = named ? assay_causes_new (node_account, &naming) : NULL;
  return assay_account_add_findings (work, node_account, named ? &naming : NULL, causes, error);
}

/* Many windows of both sides are read. What cannot be held is opened for each of them, or not shown. */
static gboolean
explain (AssayWork *work, AssayNodeAccount *node_account, gboolean named, GError **error)
{
  ASSAY_TIMED (work->options->timings, ASSAY_STAGE_EXPLAINING);
  AssayBlob *sides[2] = { named ? node_account->node->blob : NULL, NULL };
  if (named && node_account->match->expected != NULL)
    sides[1] = node_account->match->expected->blob;
  for (gsize i = 0; i < G_N_ELEMENTS (sides); i++)
    if (sides[i] != NULL && !assay_blob_hold (sides[i], NULL))
      sides[i] = NULL;
  gboolean told = tell (work, node_account, named, error);
  for (gsize i = 0; i < G_N_ELEMENTS (sides); i++)
    if (sides[i] != NULL)
      assay_blob_release (sides[i]);
  return told;
}

static gboolean
compare_leaf (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  ASSAY_TIMED (work->options->timings, ASSAY_STAGE_COMPARING);
  assay_timings_add (work->options->timings, ASSAY_STAGE_COMPARING, node_account->node->size);
  return assay_account_leaf (work, node_account, error);
}

static gboolean
judge_bytes (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  const AssayNode *node = node_account->node;
  gboolean leaf = node->spans == NULL || node_account->flat;
  gboolean done = TRUE;
  if (node->blob == NULL)
    {
      if (node->parent == NULL && !node_account->in_scope && g_hash_table_contains (work->around, node))
        assay_account_surround (work, node_account); /* a tree */
      return TRUE;
    }
  if (!node_account->in_scope)
    done = assay_account_outside (work, node_account, error);
  else if (leaf)
    done = compare_leaf (work, node_account, error);
  else
    {
      done
          = assay_account_container (work, node_account, error) && assay_account_own_origin (work, node_account, error);
      if (done)
        assay_waive_bytes (work, node_account);
    }
  if (!done || !assay_ranges_close (node_account, error))
    return FALSE;
  gboolean explained = explain (work, node_account, leaf && differs (node_account), error);
  assay_account_leaf_done (work);
  if (!explained)
    return FALSE;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    {
      work->account->totals[i] += node_account->totals[i];
      work->account->total += node_account->totals[i];
    }
  return TRUE;
}

/* A fact counts for the node that it is of, whoever found it. */
static void
weigh_facts (AssayAccount *account)
{
  g_autoptr (GHashTable) accounts = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < account->nodes->len; i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      g_hash_table_insert (accounts, node_account->node, node_account);
    }
  for (guint i = 0; i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      AssayNodeAccount *node_account = g_hash_table_lookup (accounts, fact->node);
      if (node_account != NULL)
        node_account->worst = assay_class_worse (node_account->worst, fact->class_);
    }
}

/** Which globs of a scope name something. */
typedef struct
{
  const char *glob;
  gboolean matched;
} ScopeVisit;

static gboolean
match_scope (AssayNode *node, gpointer data)
{
  ScopeVisit *visit = data;
  visit->matched = assay_text_glob_matches (visit->glob, node->path);
  return !visit->matched;
}

static void
check_scope (AssayWork *work, AssayNode *shipped)
{
  for (char **glob = work->options->scope; glob != NULL && *glob != NULL; glob++)
    {
      ScopeVisit visit = { *glob, FALSE };
      assay_node_visit (shipped, match_scope, &visit);
      if (!visit.matched)
        g_ptr_array_add (work->account->unmatched_scope,
                         g_strdup_printf ("the scope %s matches nothing in the image", *glob));
    }
}

/* The worst class of a node and of all that it holds; nodes stand behind their containers. */
static GHashTable *
worst_beneath (const AssayAccount *account)
{
  GHashTable *worst = g_hash_table_new (NULL, NULL);
  for (guint i = account->nodes->len; i-- > 0;)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      const AssayNode *node = node_account->node;
      AssayClass own = node_account->worst;
      gpointer beneath = NULL;
      if (g_hash_table_lookup_extended (worst, node, NULL, &beneath))
        own = assay_class_worse (own, (AssayClass)GPOINTER_TO_INT (beneath));
      g_hash_table_insert (worst, (gpointer)node, GINT_TO_POINTER (own));
      gpointer above = NULL;
      if (node->parent == NULL)
        continue;
      if (g_hash_table_lookup_extended (worst, node->parent, NULL, &above))
        own = assay_class_worse (own, (AssayClass)GPOINTER_TO_INT (above));
      g_hash_table_insert (worst, node->parent, GINT_TO_POINTER (own));
    }
  return worst;
}

/* The last word: bytes that are not the rebuild's are never identical, whatever the parts say. A container that differs
 * from its counterpart while nothing in it does hides something; not so one that was laid on the segments of an ELF
 * file, as a kernel's flat image is, byte by byte. */
static void
doubt (AssayWork *work)
{
  g_autoptr (GHashTable) worst = worst_beneath (work->account);
  for (guint i = 0; i < work->account->nodes->len; i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (work->account->nodes, i);
      const AssayMatch *match = node_account->match;
      const AssayNode *node = node_account->node;
      AssayClass class_ = (AssayClass)GPOINTER_TO_INT (g_hash_table_lookup (worst, node));
      gboolean differs = node->spans != NULL && !node_account->placed && !match->equal && match->expected != NULL
                         && match->expected->blob != NULL;
      if (!node_account->in_scope || !differs || class_ != ASSAY_CLASS_IDENTICAL)
        continue;
      assay_account_add_fact (work, node, "content", "other bytes", "the bytes of the rebuild", ASSAY_CLASS_UNEXPLAINED,
                              "differs");
      node_account->worst = ASSAY_CLASS_UNEXPLAINED;
    }
}

static gboolean
judge_encoded_late (AssayWork *work, GError **error)
{
  if (work->encoded_late->len == 0)
    return TRUE;
  weigh_facts (work->account);
  g_autoptr (GHashTable) worst = worst_beneath (work->account);
  return assay_account_encoded_late (work, worst, error);
}

static gboolean
judge_all (AssayWork *work, AssayNode *shipped, GError **error)
{
  if (!assay_account_settle (work, error))
    return FALSE;
  judge_facts (work);
  assay_account_freshness (work);
  assay_account_odd_times (work);
  assay_account_check_supply (work, shipped);
  for (guint i = 0; i < work->account->nodes->len; i++)
    {
      work->order = i;
      if (!judge_bytes (work, g_ptr_array_index (work->account->nodes, i), error))
        return FALSE;
    }
  return judge_encoded_late (work, error) && assay_account_check_named_digests (work, error)
         && assay_account_check_named_identifiers (work, error);
}

/* What all parts made: the account of the whole image. */
static void
finish (AssayWork *work, AssayNode *shipped)
{
  const AssayAccountOptions *options = work->options;
  weigh_facts (work->account);
  doubt (work);
  /* A rebuild that is equal at the time of the image proves that time, and says that it needed it. */
  if (options->build_time != NULL)
    assay_account_add_fact (work, shipped, "build-time", options->build_time, options->recipe_time,
                            ASSAY_CLASS_EXPLAINED, "rebuilt-at-time");
  AssayFindings *sorted = assay_findings_sort (work->account->findings, key_of_cause);
  assay_findings_unref (work->account->findings);
  work->account->findings = sorted;
  assay_account_hold_signatures (work);
}

/* What was found on the way. Facts beside a scope are judged with the bytes, and ask for it too. */
static void
clear_found (AssayWork *work)
{
  g_clear_pointer (&work->bytecode, assay_bytecode_free);
  g_clear_pointer (&work->names, assay_names_free);
  g_clear_pointer (&work->signed_beside, assay_signed_beside_free);
  g_clear_pointer (&work->encoded_sizes, g_hash_table_unref);
  g_clear_pointer (&work->sourced, g_hash_table_unref);
  assay_account_leaf_done (work);
}

AssayAccount *
assay_account_new (AssayNode *shipped, const AssayPairing *pairing, const AssayAccountOptions *options, GError **error)
{
  g_autoptr (AssayAccount) account = account_new ();
  g_autoptr (GHashTable) unaccepted = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) verdicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GArray) detached_before = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) headers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_byte_array_unref);
  g_autoptr (GHashTable) fixed = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) measured = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) processes = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) run = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  g_autoptr (GHashTable) started = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  g_autoptr (GHashTable) rights = assay_rights_new ();
  g_autoptr (GHashTable) packages = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  g_autoptr (GHashTable) around = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) links = assay_scope_links (shipped);
  g_autoptr (GHashTable) digests = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GHashTable) origins = assay_origin_findings_new ();
  g_autoptr (AssaySettling) settling = assay_settling_new ();
  g_autoptr (GHashTable) ahead = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)assay_ahead_free);
  g_autoptr (GHashTable) folded = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  g_autoptr (GArray) encoded_late = g_array_new (FALSE, FALSE, sizeof (AssayEncodedCase));
  g_autoptr (AssaySupplies) supplies = assay_supplies_new (options->entries);
  g_autoptr (AssayInterpreter) shipped_interpreter = assay_interpreter_new_for (options->interpret, options->limits);
  g_autoptr (AssayInterpreter) expected_interpreter = assay_interpreter_new_for (options->interpret, options->limits);
  AssayWork work = { .pairing = pairing,
                     .options = options,
                     .account = account,
                     .settling = settling,
                     .ahead = ahead,
                     .unaccepted = unaccepted,
                     .digests = digests,
                     .origins = origins,
                     .links = links,
                     .verdicts = verdicts,
                     .detached_before = detached_before,
                     .headers = headers,
                     .packages = packages,
                     .rights = rights,
                     .fixed = fixed,
                     .measured = measured,
                     .processes = processes,
                     .run = run,
                     .started = started,
                     .around = around,
                     .folded = folded,
                     .supplies = supplies,
                     .encoded_late = encoded_late,
                     .shipped_interpreter = shipped_interpreter,
                     .expected_interpreter = expected_interpreter };
  account->grants = assay_grants_new (options->policy);
  work.aliased = assay_scope_has_aliases (options->scope, links, shipped);
  assay_node_visit (shipped, collect, &work);
  check_scope (&work, shipped);
  gboolean judged = judge_all (&work, shipped, error);
  clear_found (&work);
  if (!judged)
    return NULL;
  finish (&work, shipped);
  return g_steal_pointer (&account);
}
