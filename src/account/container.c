#include "account/ambiguity.h"
#include "account/work.h"

#include "unpack/fact.h"

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
  const AssaySpan *other;  /* its counterpart, or NULL */
  gboolean rewritten;      /* the reader wrote it again, from facts that are accepted */
  guint64 shipped_encoded; /* bytes of all encoded spans of the node, and of its counterpart */
  guint64 expected_encoded;
  AssayApparent *apparent; /* what all of the counterpart's show */
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
  g_ptr_array_add (work->account->undecided,
                   g_strdup_printf ("%s: %s", span_case->node_account->node->path, local->message));
  add_whole (span_case, ASSAY_CLASS_UNDECIDED, "unread", ASSAY_NO_COUNTERPART);
  return TRUE;
}

static gboolean
same_content (const AssayNode *a, const AssayNode *b, gboolean *out_same, GError **error)
{
  *out_same = FALSE;
  return a->blob == NULL || b->blob == NULL || assay_blob_equal (a->blob, b->blob, out_same, error);
}

static gboolean
same_encoding (const SpanCase *span_case, gboolean *out_same, GError **error)
{
  *out_same = FALSE;
  if (span_case->other == NULL || span_case->other->length != span_case->span->length)
    return TRUE;
  g_autoptr (GArray) differences = compare_span (span_case, error);
  *out_same = differences != NULL && differences->len == 0;
  return differences != NULL;
}

/* Whoever opens a file by its name opens it with the codec that the name stands for: another codec is another file.
 * Only the image itself, and a package's member whose name says the codec (deb(5)), may be compressed by another one.
 */
static gboolean
codec_is_free (const AssayNodeAccount *node_account)
{
  return node_account->node->parent == NULL || node_account->match->kind == ASSAY_MATCH_RECOMPRESSED;
}

/** A stream that was compressed in another way may be so much larger than the rebuild's: levels of one codec differ by
 * less, and what is beyond is room for something else (empty blocks, padding bits) that no reader of the content sees.
 */
#define RECOMPRESSED_TIMES 2u
#define RECOMPRESSED_BYTES 4096u

static guint64
encoded_size (const AssayNode *node)
{
  guint64 size = 0;
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      size += span->kind == ASSAY_SPAN_ENCODED ? span->length : 0;
    }
  return size;
}

/* Whether a stream is no larger than its content gives reason for: than twice the rebuild's by the same codec, or by
 * another than the content itself and a little. */
static gboolean
is_tight (const SpanCase *span_case, const AssayNode *expected, const AssayNode *content)
{
  const AssayNode *node = span_case->node_account->node;
  gboolean same_codec = g_strcmp0 (node->stream, expected->stream) == 0;
  guint64 reason = same_codec ? span_case->expected_encoded * RECOMPRESSED_TIMES : content->size + content->size / 100;
  return node->stream == NULL || span_case->shipped_encoded <= reason + RECOMPRESSED_BYTES;
}

/* What tells one encoding from another: the codec, or where that is the same how long it became. */
static char *
describe_encoding (const char *codec, guint64 length, const char *which)
{
  return g_strdup_printf ("%s of %" G_GUINT64_FORMAT "%s bytes", codec, length, which);
}

/* Says of a child, or of the container itself, that it was compressed in another way. */
static void
add_recompressed (AssayWork *work, const AssayNode *node, const AssayNode *shipped, guint64 shipped_length,
                  const AssayNode *expected, guint64 expected_length, AssayClass class_)
{
  const char *codec = shipped->stream == NULL ? "member" : shipped->stream;
  const char *wanted = expected->stream == NULL ? "member" : expected->stream;
  gboolean other_codec = strcmp (codec, wanted) != 0;
  g_autofree char *now
      = other_codec ? g_strdup (codec)
                    : describe_encoding (codec, shipped_length, shipped_length == expected_length ? " other" : "");
  g_autofree char *before = other_codec ? g_strdup (wanted) : describe_encoding (wanted, expected_length, "");
  assay_account_add_fact (work, node, "recompressed", now, before, class_, "recompressed");
}

static gboolean
is_unread (const AssayNode *node)
{
  return node->trouble != NULL && node->trouble_code != ASSAY_ERROR_MALFORMED;
}

/* A stream of equal content that was compressed in another way says so, as a fact (T6). Where the content differs, the
 * account of the content speaks, unless even the codec is another, or the stream must be as it is. */
static gboolean
judge_encoded (AssayWork *work, const SpanCase *span_case, GError **error)
{
  const AssayNodeAccount *node_account = span_case->node_account;
  const AssayNode *child = child_of (node_account->node, span_case->span);
  const AssayNode *expected_node = node_account->match->expected;
  AssayRange range = { .offset = span_case->span->offset,
                       .length = span_case->span->length,
                       .payload = TRUE,
                       .rule = "payload",
                       .expected_offset = ASSAY_NO_COUNTERPART };
  assay_ranges_add (node_account->ranges, &range);
  if (span_case->span->kind != ASSAY_SPAN_ENCODED || child == NULL || node_account->match->equal
      || expected_node == NULL)
    return TRUE;
  const AssayNode *other = assay_pairing_get (work->pairing, child)->expected;
  gboolean equal_content = FALSE;
  gboolean equal_encoding = FALSE;
  if (other == NULL || other->parent != expected_node)
    return TRUE;
  if (!same_encoding (span_case, &equal_encoding, error) || !same_content (child, other, &equal_content, error))
    return FALSE;
  gboolean other_codec = g_strcmp0 (node_account->node->stream, expected_node->stream) != 0;
  gboolean fixed = assay_account_is_fixed (work, node_account->node);
  gboolean shows_more = FALSE;
  gboolean unambiguous = TRUE;
  if (!equal_encoding
      && !assay_account_stream_is_unambiguous (node_account->node, span_case->span, &unambiguous, error))
    return FALSE;
  if (equal_content && !equal_encoding
      && !assay_account_shows_more (node_account->node, span_case->span, expected_node, span_case->other,
                                    span_case->apparent, &shows_more, error))
    return FALSE;
  gboolean refused = fixed || shows_more || (other_codec && !codec_is_free (node_account))
                     || !is_tight (span_case, expected_node, child);
  gboolean unknown = is_unread (child) || is_unread (other);
  if (!equal_encoding
      && (equal_content || other_codec || fixed || (!unambiguous && node_account->node->stream != NULL)))
    add_recompressed (work, child, node_account->node, span_case->span->length, expected_node,
                      span_case->other == NULL ? span_case->expected_encoded : span_case->other->length,
                      refused        ? ASSAY_CLASS_UNEXPLAINED
                      : unknown      ? ASSAY_CLASS_UNDECIDED
                      : !unambiguous ? ASSAY_CLASS_UNEXPLAINED
                                     : ASSAY_CLASS_EXPLAINED);
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
    add_recompressed (work, node, node, encoded_size (node), expected, encoded_size (expected), by_form);
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
      assay_account_add_fact (work, node, "size", shipped, wanted, by_form, "rewritten");
    }
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
  const SpanCase common = { .node_account = node_account,
                            .shipped_encoded = encoded_size (node),
                            .expected_encoded = match->expected == NULL ? 0 : encoded_size (match->expected),
                            .apparent = &apparent };
  if (paired && !match->equal)
    assay_account_order (work, node_account);
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      SpanCase span_case = common;
      span_case.span = span;
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
      if (!(payload ? judge_encoded (work, &span_case, error) : judge_readable_span (work, &span_case, error)))
        return FALSE;
    }
  if (paired && !match->equal)
    {
      judge_untaken (work, node_account, index, taken);
      assay_account_parts (work, node_account, others);
    }
  return TRUE;
}
