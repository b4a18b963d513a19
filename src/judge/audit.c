#include "judge/audit.h"

#include "judge/words.h"
#include "util/checked.h"

/** What has been added up so far. */
typedef struct
{
  GHashTable *accounts;    /* AssayNode -> AssayNodeAccount */
  const AssayNode *shared; /* whose children all have an account: asked once for each of its blocks */
  guint64 totals[ASSAY_CLASS_COUNT];
  guint64 total;
} Audit;

static guint
length_of (const GPtrArray *array)
{
  return array == NULL ? 0 : array->len;
}

/* Of what is not in scope nothing passes; bytes that stand around something in scope may count against it. */
static gboolean
may_be_outside (AssayClass class_)
{
  return class_ == ASSAY_CLASS_OUTSIDE || class_ == ASSAY_CLASS_UNEXPLAINED || class_ == ASSAY_CLASS_UNDECIDED;
}

static gboolean
is_class (AssayClass class_)
{
  return (guint)class_ < ASSAY_CLASS_COUNT;
}

/* Adds places up that go on from where those before them ended; FALSE at the first gap, overlap or nonsense. */
static gboolean
add_places (const AssayRangePlace *places, guint count, gboolean in_scope, guint64 totals[ASSAY_CLASS_COUNT],
            guint64 *payload, guint64 *end)
{
  for (guint i = 0; i < count; i++)
    {
      const AssayRangePlace *place = &places[i];
      if (place->offset != *end || place->length == 0 || !assay_u64_add (*end, place->length, end))
        return FALSE;
      if (place->payload)
        *payload += place->length;
      else if (!is_class (place->class_) || (!in_scope && !may_be_outside (place->class_)))
        return FALSE;
      else
        totals[place->class_] += place->length;
    }
  return TRUE;
}

/* How many bytes from the start on the ranges cover; FALSE at the first gap, overlap or nonsense. */
static gboolean
walk_ranges (const AssayNodeAccount *node_account, guint64 totals[ASSAY_CLASS_COUNT], guint64 *out_payload,
             guint64 *out_end)
{
  AssayRangePlace places[ASSAY_RANGE_PLACES];
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  *out_end = *out_payload = 0;
  for (guint count; (count = assay_ranges_next_places (&walk, places)) > 0;)
    if (!add_places (places, count, node_account->in_scope, totals, out_payload, out_end))
      return FALSE;
  return TRUE;
}

/* Adds one node up from its ranges. A node without bytes has no ranges, whatever its entry says of a size. */
static gboolean
add_node (Audit *audit, const AssayNodeAccount *node_account)
{
  guint64 totals[ASSAY_CLASS_COUNT] = { 0 };
  guint64 payload = 0, end = 0;
  const AssayNode *node = node_account->node;
  if (!walk_ranges (node_account, totals, &payload, &end) || payload != node_account->payload)
    return FALSE;
  if (end != node->size && (node->blob != NULL || end != 0))
    return FALSE;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    {
      if (totals[i] != node_account->totals[i] || !assay_u64_add (audit->totals[i], totals[i], &audit->totals[i])
          || !assay_u64_add (audit->total, totals[i], &audit->total))
        return FALSE;
    }
  return TRUE;
}

/* Of a node that add_node() took: only one without any range may leave its bytes out. */
static gboolean
covers_all (const AssayNodeAccount *node_account)
{
  return node_account->node->size == 0 || assay_ranges_length (node_account->ranges) > 0;
}

/* A block that several entries of a file system are decoded from: each of these must answer for its own bytes. */
static gboolean
all_children_accounted (Audit *audit, const AssayNode *node)
{
  if (audit->shared == node)
    return TRUE;
  for (guint i = 0; i < length_of (node->children); i++)
    {
      const AssayNodeAccount *child_account
          = g_hash_table_lookup (audit->accounts, g_ptr_array_index (node->children, i));
      if (child_account == NULL || !covers_all (child_account))
        return FALSE;
    }
  audit->shared = node;
  return TRUE;
}

/* Whether the child that a payload span speaks of has an account of its own, over all of its bytes. */
static gboolean
child_is_accounted (Audit *audit, const AssayNode *node, const AssaySpan *span)
{
  if (span->child == ASSAY_SPAN_NO_CHILD && span->kind == ASSAY_SPAN_ENCODED && node->shares_extents)
    return all_children_accounted (audit, node);
  if (span->child >= length_of (node->children))
    return FALSE;
  const AssayNode *child = g_ptr_array_index (node->children, span->child);
  const AssayNodeAccount *child_account = g_hash_table_lookup (audit->accounts, child);
  if (child_account == NULL || (span->kind == ASSAY_SPAN_PAYLOAD && child->size != span->length))
    return FALSE;
  return covers_all (child_account);
}

/* A range marked as payload is a byte that the node itself does not answer for: exactly a span that a child answers
 * for. */
static gboolean
payloads_are_accounted (Audit *audit, const AssayNodeAccount *node_account)
{
  const GArray *spans = node_account->node->spans;
  guint next = 0;
  AssayRangeWalk walk = assay_ranges_walk (node_account->payload > 0 ? node_account->ranges : NULL);
  while (assay_ranges_next (&walk))
    {
      const AssayRange *range = &walk.range;
      if (!range->payload)
        continue;
      while (spans != NULL && next < spans->len && g_array_index (spans, AssaySpan, next).offset < range->offset)
        next++;
      if (spans == NULL || next >= spans->len)
        return FALSE;
      const AssaySpan *span = &g_array_index (spans, AssaySpan, next);
      gboolean payload = span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED;
      if (!payload || span->offset != range->offset || span->length != range->length
          || !child_is_accounted (audit, node_account->node, span))
        return FALSE;
    }
  return TRUE;
}

static char *
blame (const AssayNodeAccount *node_account, const char *fault)
{
  g_autofree char *place = assay_words_place (node_account->node);
  return g_strconcat (place, " ", fault, NULL);
}

static char *
audit_nodes (Audit *audit, const AssayAccount *account)
{
  for (guint i = 0; i < length_of (account->nodes); i++)
    {
      AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (node_account->node == NULL)
        return g_strdup ("it speaks of something that is not in the image");
      if (!g_hash_table_insert (audit->accounts, node_account->node, node_account))
        return blame (node_account, "is counted twice");
      if (!add_node (audit, node_account))
        return blame (node_account, "is not accounted for from its first to its last byte");
    }
  for (guint i = 0; i < length_of (account->nodes); i++)
    if (!payloads_are_accounted (audit, g_ptr_array_index (account->nodes, i)))
      return blame (g_ptr_array_index (account->nodes, i), "leaves bytes to a content that has no account");
  return NULL;
}

static char *
audit_totals (const Audit *audit, const AssayAccount *account)
{
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (audit->totals[i] != account->totals[i])
      return g_strdup_printf ("the %s bytes of all files are not the sum that it names", assay_class_name (i));
  return audit->total == account->total ? NULL : g_strdup ("the classes are not the total that it names");
}

/* Facts are never structure (T5); the identical ones are counted and not listed. */
static char *
audit_facts (const AssayAccount *account)
{
  guint64 counted[ASSAY_CLASS_COUNT] = { 0 };
  for (guint i = 0; i < length_of (account->facts); i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (!is_class (fact->class_) || fact->class_ == ASSAY_CLASS_STRUCTURE || fact->class_ == ASSAY_CLASS_IDENTICAL)
        return g_strdup ("a fact has a class that facts do not have");
      counted[fact->class_]++;
    }
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (i != ASSAY_CLASS_IDENTICAL && counted[i] != account->fact_totals[i])
      return g_strdup_printf ("the %s facts are not as many as it names", assay_class_name (i));
  return NULL;
}

/* Every byte that is not identical lies in a finding (contract.md): fewer bytes in findings than in the class is a
 * loss. */
static char *
audit_findings (const AssayAccount *account)
{
  guint64 found[ASSAY_CLASS_COUNT] = { 0 };
  for (guint i = 0; i < assay_findings_length (account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      if (finding->node == NULL || !is_class (finding->class_)
          || !assay_range_fits (finding->offset, finding->length, finding->node->size)
          || !assay_u64_add (found[finding->class_], finding->length, &found[finding->class_]))
        return g_strdup ("a finding lies outside of its file");
    }
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    if (i != ASSAY_CLASS_IDENTICAL && found[i] < account->totals[i])
      return g_strdup_printf ("not every %s byte is in a finding", assay_class_name (i));
  return NULL;
}

char *
assay_account_audit (const AssayAccount *account)
{
  g_autoptr (GHashTable) accounts = g_hash_table_new (NULL, NULL);
  Audit audit = { .accounts = accounts };
  char *fault = audit_nodes (&audit, account);
  if (fault == NULL)
    fault = audit_totals (&audit, account);
  if (fault == NULL)
    fault = audit_facts (account);
  return fault != NULL ? fault : audit_findings (account);
}
