#include "account/encoded.h"

#include "account/ambiguity.h"
#include "unpack/fact.h"

#include <assay/error.h>

#include <string.h>

static const AssayNode *
child_of (const AssayNode *node, const AssaySpan *span)
{
  return span->child == ASSAY_SPAN_NO_CHILD ? NULL : g_ptr_array_index (node->children, span->child);
}

static gboolean
same_content (const AssayNode *a, const AssayNode *b, gboolean *out_same, GError **error)
{
  *out_same = FALSE;
  return a->blob == NULL || b->blob == NULL || assay_blob_equal (a->blob, b->blob, out_same, error);
}

static gboolean
same_encoding (const AssayEncodedCase *encoded, gboolean *out_same, GError **error)
{
  const AssayNodeAccount *node_account = encoded->node_account;
  const AssaySpan *span = encoded->span;
  const AssaySpan *other = encoded->other;
  *out_same = FALSE;
  if (other == NULL || other->length != span->length)
    return TRUE;
  g_autoptr (AssayBlob) ours = assay_blob_new_slice (node_account->node->blob, span->offset, span->length, error);
  g_autoptr (AssayBlob) theirs
      = ours == NULL ? NULL
                     : assay_blob_new_slice (node_account->match->expected->blob, other->offset, other->length, error);
  return theirs != NULL && assay_blob_equal (ours, theirs, out_same, error);
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

static gboolean
is_other_codec (const AssayNode *node, const AssayNode *expected)
{
  return g_strcmp0 (node->stream, expected->stream) != 0;
}

/* Whether a stream is no larger than its content gives reason for: than twice the rebuild's by the same codec, or by
 * another than the content itself and a little. */
static gboolean
is_tight (const AssayNode *node, const AssayNode *expected, const AssayNode *content)
{
  guint64 reason = is_other_codec (node, expected) ? content->size + content->size / 100
                                                   : encoded_size (expected) * RECOMPRESSED_TIMES;
  return node->stream == NULL || encoded_size (node) <= reason + RECOMPRESSED_BYTES;
}

/* What tells one encoding from another: the codec, or where that is the same how long it became. */
static char *
describe_encoding (const char *codec, guint64 length, const char *which)
{
  return g_strdup_printf ("%s of %" G_GUINT64_FORMAT "%s bytes", codec, length, which);
}

/** How a payload, or a container, is compressed on both sides. */
typedef struct
{
  const AssayNode *shipped;
  guint64 shipped_length;
  const AssayNode *expected;
  guint64 expected_length;
} Compression;

/* Says of a child, or of the container itself, that it was compressed in another way. */
static void
add_recompressed (AssayWork *work, const AssayNode *node, const Compression *both, AssayClass class_)
{
  const char *codec = both->shipped->stream == NULL ? "member" : both->shipped->stream;
  const char *wanted = both->expected->stream == NULL ? "member" : both->expected->stream;
  gboolean other_codec = strcmp (codec, wanted) != 0;
  gboolean same_length = both->shipped_length == both->expected_length;
  g_autofree char *now
      = other_codec ? g_strdup (codec) : describe_encoding (codec, both->shipped_length, same_length ? " other" : "");
  g_autofree char *before = other_codec ? g_strdup (wanted) : describe_encoding (wanted, both->expected_length, "");
  assay_account_add_fact (work, node, "recompressed", now, before, class_, "recompressed");
}

void
assay_account_recompressed (AssayWork *work, const AssayNode *node, const AssayNode *expected, AssayClass class_)
{
  const Compression both = { node, encoded_size (node), expected, encoded_size (expected) };
  add_recompressed (work, node, &both, class_);
}

static void
add_fact (AssayWork *work, const AssayEncodedCase *encoded, AssayClass class_)
{
  const AssayNode *node = encoded->node_account->node;
  const AssayNode *expected = encoded->node_account->match->expected;
  const Compression both = { node, encoded->span->length, expected,
                             encoded->other == NULL ? encoded_size (expected) : encoded->other->length };
  add_recompressed (work, child_of (node, encoded->span), &both, class_);
}

/* The code in front of these kernels decodes where the stream lies, with a little room between both: what it writes may
 * overtake what it reads, by how the stream is made, and then it reads what it has just written. */
static gboolean
is_decoded_in_place (const AssayNode *node)
{
  static const char *const kernels[] = { "bzimage", "zimage", NULL };
  return node->parent != NULL && g_strv_contains (kernels, node->parent->format);
}

static gboolean
is_unread (const AssayNode *node)
{
  return node->trouble != NULL && node->trouble_code != ASSAY_ERROR_MALFORMED;
}

/* A stream whose content passes, or may. What takes long is asked last, and only where nothing else decides. */
static gboolean
judge_stream (AssayWork *work, const AssayEncodedCase *encoded, AssayClass *out_class, GError **error)
{
  const AssayNodeAccount *node_account = encoded->node_account;
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  const AssayNode *child = child_of (node, encoded->span);
  const AssayNode *other = assay_pairing_get (work->pairing, child)->expected;
  gboolean shows_more = FALSE;
  gboolean unambiguous = FALSE;
  g_autoptr (GError) local = NULL;
  *out_class = ASSAY_CLASS_UNEXPLAINED;
  if (assay_account_is_fixed (work, node) || (is_other_codec (node, expected) && !codec_is_free (node_account))
      || !is_tight (node, expected, child))
    return TRUE;
  if (!assay_account_shows_more (node, encoded->span, expected, encoded->other, encoded->apparent, &shows_more, error))
    return FALSE;
  if (shows_more)
    return TRUE;
  *out_class = ASSAY_CLASS_UNDECIDED;
  if (is_unread (child) || is_unread (other))
    return TRUE;
  if (assay_account_stream_is_unambiguous (work, node, encoded->span, &unambiguous, &local))
    *out_class = unambiguous ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_UNEXPLAINED;
  else if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_LIMIT))
    assay_account_leave_open (work, node, local->message);
  else
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

gboolean
assay_account_encoded (AssayWork *work, const AssayEncodedCase *encoded, GError **error)
{
  const AssayNodeAccount *node_account = encoded->node_account;
  const AssayNode *child = child_of (node_account->node, encoded->span);
  const AssayNode *expected = node_account->match->expected;
  AssayRange range = { .offset = encoded->span->offset,
                       .length = encoded->span->length,
                       .payload = TRUE,
                       .rule = "payload",
                       .expected_offset = ASSAY_NO_COUNTERPART };
  assay_ranges_add (node_account->ranges, &range);
  if (encoded->span->kind != ASSAY_SPAN_ENCODED || child == NULL || node_account->match->equal || expected == NULL)
    return TRUE;
  const AssayNode *other = assay_pairing_get (work->pairing, child)->expected;
  gboolean equal_content = FALSE;
  gboolean equal_encoding = FALSE;
  AssayClass class_ = ASSAY_CLASS_UNEXPLAINED;
  if (other == NULL || other->parent != expected)
    return TRUE;
  if (!same_encoding (encoded, &equal_encoding, error) || !same_content (child, other, &equal_content, error))
    return FALSE;
  if (equal_encoding)
    return TRUE;
  if (!equal_content)
    {
      g_array_append_val (work->encoded_late, *encoded);
      return TRUE;
    }
  if (!is_decoded_in_place (node_account->node) && !judge_stream (work, encoded, &class_, error))
    return FALSE;
  add_fact (work, encoded, class_);
  return TRUE;
}

/* What is said where the content passes by rules of its own: nothing, but that the stream must not be as it is. Where
 * it does not pass that is said of the content, and of the stream what is known without a look at it. */
static gboolean
judge_late (AssayWork *work, const AssayEncodedCase *encoded, AssayClass content, GError **error)
{
  const AssayNode *node = encoded->node_account->node;
  AssayClass class_ = content == ASSAY_CLASS_UNDECIDED ? content : ASSAY_CLASS_UNEXPLAINED;
  gboolean passes = assay_class_worse (content, ASSAY_CLASS_WAIVED) == ASSAY_CLASS_WAIVED;
  gboolean says = is_other_codec (node, encoded->node_account->match->expected) || assay_account_is_fixed (work, node);
  if (passes && (node->stream != NULL || says) && !judge_stream (work, encoded, &class_, error))
    return FALSE;
  if (says || (passes && node->stream != NULL && class_ != ASSAY_CLASS_EXPLAINED))
    add_fact (work, encoded, class_);
  return TRUE;
}

gboolean
assay_account_encoded_late (AssayWork *work, GHashTable *worst, GError **error)
{
  for (guint i = 0; i < work->encoded_late->len; i++)
    {
      AssayApparent apparent = { 0 };
      AssayEncodedCase encoded = g_array_index (work->encoded_late, AssayEncodedCase, i);
      gconstpointer child = child_of (encoded.node_account->node, encoded.span);
      encoded.apparent = &apparent;
      if (!judge_late (work, &encoded, (AssayClass)GPOINTER_TO_INT (g_hash_table_lookup (worst, child)), error))
        return FALSE;
    }
  return TRUE;
}
