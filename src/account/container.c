#include "account/encoding/encoded.h"
#include "account/package.h"
#include "account/slot.h"

#include <assay/error.h>

#include <string.h>

/* How a span is called on both sides: what it is, which child it speaks of, and the how-manieth of these it is. */
static char *
span_key (const AssaySpan *span, const AssayNode *expected_child, GHashTable *seen)
{
  g_autofree char *base = g_strdup_printf ("%d:%s:%p", (int)span->kind, span->name, (const void *)expected_child);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (seen, base)) + 1;
  g_hash_table_insert (seen, g_strdup (base), GUINT_TO_POINTER (count));
  return g_strdup_printf ("%s:%u", base, count);
}

static const AssayNode *
child_of (const AssayNode *node, const AssaySpan *span)
{
  return span->child == ASSAY_SPAN_NO_CHILD ? NULL : g_ptr_array_index (node->children, span->child);
}

static GHashTable *
index_spans (const AssayNode *expected)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < expected->spans->len; i++)
    {
      AssaySpan *span = &g_array_index (expected->spans, AssaySpan, i);
      g_hash_table_insert (index, span_key (span, child_of (expected, span), seen), span);
    }
  return index;
}

/** One span under judgement. */
typedef struct
{
  AssayNodeAccount *node_account;
  const AssaySpan *span;
  const AssaySpan *other; /* its counterpart, or NULL */
  gboolean rewritten;     /* the reader wrote it again, from facts that are accepted */
} SpanCase;

static void
add_whole (const SpanCase *span_case, AssayClass class_, const char *rule, guint64 expected_offset)
{
  AssayRange range = { .offset = span_case->span->offset,
                       .length = span_case->span->length,
                       .class_ = class_,
                       .rule = rule,
                       .label = class_ == ASSAY_CLASS_UNEXPLAINED ? span_case->span->fact : NULL,
                       .expected_offset = expected_offset };
  assay_ranges_add (span_case->node_account->ranges, &range);
}

static void
add_differences (const SpanCase *span_case, const GArray *differences)
{
  const AssaySpan *span = span_case->span;
  guint64 done = 0;
  for (guint i = 0; i <= differences->len; i++)
    {
      const AssayDifference *difference
          = i < differences->len ? &g_array_index (differences, AssayDifference, i) : NULL;
      guint64 next = difference == NULL ? span->length : difference->offset;
      AssayRange same = { .offset = span->offset + done,
                          .length = next - done,
                          .class_ = ASSAY_CLASS_IDENTICAL,
                          .rule = "equal",
                          .expected_offset = span_case->other->offset + done };
      assay_ranges_add (span_case->node_account->ranges, &same);
      if (difference == NULL)
        return;
      AssayRange differs = { .offset = span->offset + difference->offset,
                             .length = difference->length,
                             .class_ = ASSAY_CLASS_UNEXPLAINED,
                             .rule = "differs",
                             .label = span->fact,
                             .expected_offset = span_case->other->offset + difference->offset };
      assay_ranges_add (span_case->node_account->ranges, &differs);
      done = difference->offset + difference->length;
    }
}

/* The bytes of the span against those of its counterpart of equal length. */
static GArray *
compare_span (const SpanCase *span_case, GError **error)
{
  const AssayNodeAccount *node_account = span_case->node_account;
  g_autoptr (AssayBlob) shipped
      = assay_blob_new_slice (node_account->node->blob, span_case->span->offset, span_case->span->length, error);
  g_autoptr (AssayBlob) expected
      = shipped == NULL ? NULL
                        : assay_blob_new_slice (node_account->match->expected->blob, span_case->other->offset,
                                                span_case->other->length, error);
  if (expected == NULL)
    return NULL;
  g_autoptr (GArray) whole = g_array_new (FALSE, FALSE, sizeof (AssayCorrespondence));
  AssayCorrespondence correspondence = { 0, 0, span_case->span->length };
  g_array_append_val (whole, correspondence);
  AssayPass pass = { NULL };
  GArray *differences = NULL;
  return assay_blob_compare (shipped, expected, whole, &pass, &differences, error) ? differences : NULL;
}

static gboolean
judge_span (AssayWork *work, const SpanCase *span_case, GError **error)
{
  AssayNodeAccount *node_account = span_case->node_account;
  g_autoptr (GArray) differences = NULL;
  gboolean judged = FALSE;
  if (node_account->match->equal)
    {
      add_whole (span_case, ASSAY_CLASS_IDENTICAL, "equal", ASSAY_NO_COUNTERPART);
      return TRUE;
    }
  if (span_case->other != NULL && span_case->other->length == span_case->span->length)
    {
      differences = compare_span (span_case, error);
      if (differences == NULL)
        return FALSE;
    }
  gboolean equal = differences != NULL && differences->len == 0;
  AssaySlotSpan at = { span_case->span, span_case->other, equal };
  if (!assay_account_slot (work, node_account, &at, &judged, error))
    return FALSE;
  if (judged)
    return TRUE;
  gboolean derived = FALSE;
  if (!equal && !assay_account_package_digest (work, node_account->node, span_case->span, &derived, error))
    return FALSE;
  if (equal)
    add_whole (span_case, ASSAY_CLASS_IDENTICAL, "equal", span_case->other->offset);
  else if (derived && span_case->other != NULL)
    add_whole (span_case, ASSAY_CLASS_STRUCTURE, "rewritten", span_case->other->offset);
  else if (span_case->rewritten)
    add_whole (span_case, ASSAY_CLASS_STRUCTURE, "rewritten",
               span_case->other == NULL ? ASSAY_NO_COUNTERPART : span_case->other->offset);
  else if (differences != NULL)
    add_differences (span_case, differences);
  else
    add_whole (span_case, assay_work_class_of_none (work, node_account->match),
               span_case->other == NULL ? "no-counterpart" : "differs",
               span_case->other == NULL ? ASSAY_NO_COUNTERPART : span_case->other->offset);
  return TRUE;
}

/* What cannot be read is undecided; only a cancelled run ends here. */
static gboolean
judge_readable_span (AssayWork *work, const SpanCase *span_case, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (judge_span (work, span_case, &local))
    return TRUE;
  if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  assay_account_leave_open (work, span_case->node_account->node, local->message);
  add_whole (span_case, ASSAY_CLASS_UNDECIDED, "unread", ASSAY_NO_COUNTERPART);
  return TRUE;
}

/* A part that nothing else brings about, as a trailer: one more or less of it is a difference even if every byte of it
 * is a constant. A stream's own header goes with its codec, and how many there are is judged by itself. */
static gboolean
is_announcement (const AssayNode *node, const AssaySpan *span)
{
  return node->stream == NULL && assay_span_stands_alone (span);
}

static gboolean
span_is_rewritten (AssayWork *work, const AssayNode *node, const AssaySpan *span)
{
  if (!span->rewritable || assay_account_is_fixed (work, node))
    return FALSE;
  const AssayNode *child = child_of (node, span);
  return child == NULL ? assay_own_facts_accepted (work, node) : assay_facts_accepted (work, child);
}

/* The children of the expected container that are some shipped child's counterpart: one that is not is missing as a
 * whole. */
static GHashTable *
find_counterparts (const AssayWork *work, const AssayNode *node)
{
  GHashTable *found = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < node->children->len; i++)
    g_hash_table_add (found, assay_pairing_get (work->pairing, g_ptr_array_index (node->children, i))->expected);
  return found;
}

/** Zeros behind the end, as packers fill up a block with, tar the largest; and behind what was compressed in another
 * way, one of a flash: not more. */
#define FILLED_BLOCK 20480u
#define FILLED_FLASH (256u << 10)

static guint64
filled_bytes (const AssayNode *node)
{
  guint64 filled = 0;
  for (guint i = node->spans->len; i > 0; i--)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i - 1);
      if (span->kind != ASSAY_SPAN_SLACK && span->kind != ASSAY_SPAN_PADDING)
        break;
      filled += span->length;
    }
  return filled;
}

/* Whether the size follows from how what is inside was written. More zeros behind the end do not: whoever loads the
 * file may write them over something else. U-Boot takes no device tree that is longer than it says (boot/image-fdt.c).
 */
static gboolean
size_follows (const AssayNode *node, const AssayNode *expected)
{
  guint64 ours = filled_bytes (node);
  guint64 theirs = filled_bytes (expected);
  if (node->size - ours != expected->size - theirs)
    return ours < FILLED_FLASH || node->size <= expected->size;
  return MAX (ours, theirs) - MIN (ours, theirs) <= FILLED_BLOCK && strcmp (node->format, "fdt") != 0;
}

/* What the rebuild has in its container and the image has not: bytes behind the end, a frame that carries nothing. What
 * can be written again from facts says nothing of its own; everything else is missing (T1). */
static void
judge_untaken (AssayWork *work, const AssayNodeAccount *node_account, GHashTable *index, GHashTable *taken)
{
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  guint64 missing = 0;
  guint64 first = G_MAXUINT64;
  gboolean encoded = FALSE;
  gboolean fixed = assay_account_is_fixed (work, node);
  AssayClass by_form = fixed ? ASSAY_CLASS_UNEXPLAINED : ASSAY_CLASS_EXPLAINED;
  g_autoptr (GHashTable) counterparts = find_counterparts (work, node);
  GHashTableIter iterator;
  gpointer value = NULL;
  g_hash_table_iter_init (&iterator, index);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const AssaySpan *span = value;
      const AssayNode *child = child_of (expected, span);
      if (g_hash_table_contains (taken, span) || (!fixed && span->rewritable && !is_announcement (node, span))
          || span->kind == ASSAY_SPAN_PAYLOAD)
        continue;
      if (span->kind == ASSAY_SPAN_ENCODED)
        encoded = TRUE;
      else if (child == NULL || g_hash_table_contains (counterparts, child))
        {
          missing += span->length;
          first = MIN (first, span->offset);
        }
    }
  /* Another codec has said so already, in judge_encoded(). */
  if (encoded && g_strcmp0 (node->stream, expected->stream) == 0)
    assay_account_recompressed (work, node, expected, by_form);
  if (missing > 0)
    {
      g_autofree char *text = g_strdup_printf (
          "%" G_GUINT64_FORMAT " bytes more, the first at offset 0x%" G_GINT64_MODIFIER "x", missing, first);
      assay_account_add_fact (work, node, "missing-bytes", NULL, text, ASSAY_CLASS_UNEXPLAINED, "no-counterpart");
    }
  /* How long a stream is follows from how it was compressed. */
  if (node->size != expected->size && node->stream == NULL)
    {
      g_autofree char *shipped = g_strdup_printf ("%" G_GUINT64_FORMAT, node->size);
      g_autofree char *wanted = g_strdup_printf ("%" G_GUINT64_FORMAT, expected->size);
      if (size_follows (node, expected))
        assay_account_add_fact (work, node, "size", shipped, wanted, by_form, "rewritten");
      else
        assay_account_add_fact (work, node, "size", shipped, wanted, ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

/* A stream of which the rebuild has the content, and which has no byte beside that by which it would be seen that no
 * rebuild made it. */
static gboolean
is_bare (const AssayWork *work, const AssayNode *node)
{
  gboolean corresponds = FALSE;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      const AssayNode *child = child_of (node, span);
      if (span->kind != ASSAY_SPAN_ENCODED)
        return FALSE;
      corresponds |= child != NULL && assay_pairing_get (work->pairing, child)->kind != ASSAY_MATCH_NONE;
    }
  return node->stream != NULL && corresponds;
}

gboolean
assay_account_container (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  const AssayNode *node = node_account->node;
  const AssayMatch *match = node_account->match;
  gboolean paired = match->expected != NULL && match->expected->spans != NULL && !match->wrapped;
  g_autoptr (GHashTable) index = paired ? index_spans (match->expected) : NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) others = g_ptr_array_sized_new (node->spans->len);
  AssayApparent apparent = { 0 };
  if (paired && !match->equal)
    assay_account_order (work, node_account);
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      SpanCase span_case = { .node_account = node_account, .span = span };
      if (paired)
        {
          const AssayNode *child = child_of (node, span);
          const AssayNode *other = child == NULL ? NULL : assay_pairing_get (work->pairing, child)->expected;
          g_autofree char *key = span_key (span, other, seen);
          if (child == NULL || other != NULL)
            span_case.other = g_hash_table_lookup (index, key);
          g_hash_table_add (taken, (gpointer)span_case.other);
        }
      g_ptr_array_add (others, (gpointer)span_case.other);
      /* What the rebuild has in this place must follow from facts as well: else the image lacks something here. */
      span_case.rewritten = span_is_rewritten (work, node, span)
                            && (span_case.other == NULL ? !is_announcement (node, span) : span_case.other->rewritable);
      gboolean payload = span->kind == ASSAY_SPAN_PAYLOAD || span->kind == ASSAY_SPAN_ENCODED;
      const AssayEncodedCase encoded = { node_account, span, span_case.other, &apparent };
      if (!(payload ? assay_account_encoded (work, &encoded, error) : judge_readable_span (work, &span_case, error)))
        return FALSE;
    }
  if (match->expected == NULL && !match->equal && is_bare (work, node))
    assay_account_add_fact (work, node, "format", node->format, NULL, assay_work_class_of_none (work, match),
                            "no-counterpart");
  if (paired && !match->equal)
    {
      judge_untaken (work, node_account, index, taken);
      assay_account_parts (work, node_account, others);
    }
  return TRUE;
}
