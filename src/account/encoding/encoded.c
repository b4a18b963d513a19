#include "account/encoding/encoded.h"

#include "account/ambiguity.h"
#include "account/encoding/encoding.h"
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

/* An entry of a zip is a stream of its own. */
static gboolean
is_entry (const AssayNode *node, const AssaySpan *span)
{
  return assay_account_codec_of_entry (node, span) != NULL;
}

/* Any number of entries of one container ask for that. */
static guint64
encoded_size (AssayWork *work, const AssayNode *node)
{
  if (work->encoded_sizes == NULL)
    work->encoded_sizes = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  guint64 *known = g_hash_table_lookup (work->encoded_sizes, node);
  if (known != NULL)
    return *known;
  guint64 size = 0;
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      size += span->kind == ASSAY_SPAN_ENCODED ? span->length : 0;
    }
  g_hash_table_insert (work->encoded_sizes, (gpointer)node, g_memdup2 (&size, sizeof size));
  return size;
}

static gboolean
is_other_codec (const AssayNode *node, const AssayNode *expected)
{
  return g_strcmp0 (node->stream, expected->stream) != 0;
}

static gboolean
is_as_tight (const AssaySpan *span, const AssaySpan *other)
{
  return other != NULL && span->length <= other->length * RECOMPRESSED_TIMES + RECOMPRESSED_BYTES;
}

/* Whether a stream is no larger than its content gives reason for: than twice the rebuild's by the same codec, or by
 * another than the content itself and a little. */
static gboolean
is_tight (AssayWork *work, const AssayEncodedCase *encoded, const AssayNode *content)
{
  const AssayNode *node = encoded->node_account->node;
  const AssayNode *expected = encoded->node_account->match->expected;
  if (node->stream == NULL)
    return !is_entry (node, encoded->span) || is_as_tight (encoded->span, encoded->other);
  guint64 reason = is_other_codec (node, expected) ? content->size + content->size / 100
                                                   : encoded_size (work, expected) * RECOMPRESSED_TIMES;
  return encoded_size (work, node) <= reason + RECOMPRESSED_BYTES;
}

/* What tells one encoding from another: the codec, or where that is the same how long it became. */
static char *
describe_encoding (const char *codec, guint64 length, const char *which, const char *content)
{
  return g_strdup_printf ("%s of %" G_GUINT64_FORMAT "%s bytes%s", codec, length, which, content);
}

/** How a payload, or a container, is compressed on both sides. @content: (nullable): behind the shipped side, what is
 * other in it beside. */
typedef struct
{
  const AssayNode *shipped;
  guint64 shipped_length;
  const AssayNode *expected;
  guint64 expected_length;
  const char *content;
} Compression;

/* Says of a child, or of the container itself, that it was compressed in another way. */
static void
add_recompressed (AssayWork *work, const AssayNode *node, const Compression *both, AssayClass class_)
{
  const char *codec = both->shipped->stream == NULL ? "member" : both->shipped->stream;
  const char *wanted = both->expected->stream == NULL ? "member" : both->expected->stream;
  gboolean other_codec = strcmp (codec, wanted) != 0;
  gboolean same_length = both->shipped_length == both->expected_length;
  g_autofree char *now = other_codec ? g_strdup (codec)
                                     : describe_encoding (codec, both->shipped_length, same_length ? " other" : "",
                                                          both->content == NULL ? "" : both->content);
  g_autofree char *before = other_codec ? g_strdup (wanted) : describe_encoding (wanted, both->expected_length, "", "");
  assay_account_add_fact (work, node, "recompressed", now, before, class_, "recompressed");
}

void
assay_account_recompressed (AssayWork *work, const AssayNode *node, const AssayNode *expected, AssayClass class_)
{
  const Compression both = { node, encoded_size (work, node), expected, encoded_size (work, expected), NULL };
  add_recompressed (work, node, &both, class_);
}

static void
add_fact (AssayWork *work, const AssayEncodedCase *encoded, AssayClass class_, const char *content)
{
  const AssayNode *node = encoded->node_account->node;
  const AssayNode *expected = encoded->node_account->match->expected;
  const Compression both = { node, encoded->span->length, expected,
                             encoded->other == NULL ? encoded_size (work, expected) : encoded->other->length, content };
  add_recompressed (work, child_of (node, encoded->span), &both, class_);
}

/* Of a kernel of that type U-Boot makes room by the length of its stream, four times that, and decodes as much as
 * comes (boot/bootm.c, bootm_load_os()). */
static gboolean
has_room_by_length (const AssayNode *node)
{
  static const char noload[] = "kernel_noload";
  const AssayNode *parent = node->parent;
  return g_strcmp0 (assay_node_get_fact (node, "type"), noload) == 0
         || (parent != NULL && parent->own_facts != NULL
             && g_strcmp0 (assay_facts_get (parent->own_facts, "image-type"), noload) == 0);
}

/* The code in front of these kernels decodes where the stream lies, with a little room between both: what it writes may
 * overtake what it reads, by how the stream is made, and then it reads what it has just written. */
static gboolean
is_decoded_in_place (const AssayNode *node)
{
  static const char *const kernels[] = { "bzimage", "zimage", NULL };
  return (node->parent != NULL && g_strv_contains (kernels, node->parent->format)) || has_room_by_length (node);
}

/* Whether all readers of the streams of both sides find one content, each its own. */
static gboolean
judge_readers (AssayWork *work, const AssayEncodedCase *encoded, AssayClass *out_class, GError **error)
{
  const AssayNode *node = encoded->node_account->node;
  const AssayNode *expected = encoded->node_account->match->expected;
  gboolean unambiguous = FALSE;
  g_autoptr (GError) local = NULL;
  *out_class = ASSAY_CLASS_UNDECIDED;
  if (assay_account_stream_is_unambiguous (work, node, encoded->span, &unambiguous, &local)
      && (!unambiguous || encoded->other == NULL
          || assay_account_stream_is_unambiguous (work, expected, encoded->other, &unambiguous, &local)))
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
  *out_class = ASSAY_CLASS_UNEXPLAINED;
  if (assay_account_is_fixed (work, node) || (is_other_codec (node, expected) && !codec_is_free (node_account))
      || !is_tight (work, encoded, child))
    return TRUE;
  if (!assay_account_is_made_again (node, encoded->span)
      && !assay_account_shows_more (node, encoded->span, expected, encoded->other, encoded->apparent, &shows_more,
                                    error))
    return FALSE;
  if (shows_more)
    return TRUE;
  *out_class = ASSAY_CLASS_UNDECIDED;
  return assay_work_is_unread (child) || assay_work_is_unread (other)
         || judge_readers (work, encoded, out_class, error);
}

/* A block with the ends of several files: what is in it they say. */
static gboolean
note_shared (AssayWork *work, const AssayEncodedCase *encoded, GError **error)
{
  gboolean equal = FALSE;
  if (!same_encoding (encoded, &equal, error))
    return FALSE;
  if (!equal)
    g_array_append_val (work->encoded_late, *encoded);
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
  if (encoded->span->kind != ASSAY_SPAN_ENCODED || node_account->match->equal || expected == NULL
      || expected->spans == NULL)
    return TRUE;
  if (child == NULL)
    return strcmp (node_account->node->format, "squashfs") != 0 || note_shared (work, encoded, error);
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
  add_fact (work, encoded, class_, NULL);
  return TRUE;
}

/* Where a policy lets nothing be compressed in another way: that the same library made both streams, asked in the same
 * way, is shown by making them again. Of several streams nobody knows here which part of the content is whose, and what
 * would take too long is not shown. */
static gboolean
is_shown_alike (AssayWork *work, const AssayEncodedCase *encoded, gboolean *out_alike, GError **error)
{
  const AssayNode *node = encoded->node_account->node;
  const AssayNode *expected = encoded->node_account->match->expected;
  const AssayNode *child = child_of (node, encoded->span);
  const AssayNode *other = assay_pairing_get (work->pairing, child)->expected;
  g_autoptr (GError) local = NULL;
  *out_alike = FALSE;
  const char *codec = assay_account_codec_of (node, encoded->span);
  const char *wanted = encoded->other == NULL ? NULL : assay_account_codec_of (expected, encoded->other);
  if (codec == NULL || wanted == NULL || child->blob == NULL || other->blob == NULL
      || (node->stream != NULL && !assay_account_has_one_stream (node))
      || (expected->stream != NULL && !assay_account_has_one_stream (expected)))
    return TRUE;
  const AssayEncoded ours = { codec, node->blob, encoded->span->offset, encoded->span->length, child->blob };
  const AssayEncoded theirs = { wanted, expected->blob, encoded->other->offset, encoded->other->length, other->blob };
  if (assay_encoding_is_alike (&ours, &theirs, work->options->limits, &work->repacked, out_alike, &local))
    return TRUE;
  *out_alike = FALSE;
  if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_LIMIT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* A policy forbids that something was compressed in another way by a word of its own, and by a list of rules in which
 * that one is not. */
static gboolean
must_be_alike (const AssayWork *work)
{
  if (work->options->policy == NULL)
    return FALSE;
  const char *const *rules = (const char *const *)work->options->policy->require.rules;
  return !work->options->policy->require.allow_recompressed
         || (rules != NULL && !g_strv_contains (rules, "recompressed"));
}

/* What is said where the content passes by rules of its own: nothing, but that the stream must not be as it is, and
 * where a policy asks that it may have been compressed in another way. Where it does not pass that is said of the
 * content, and of the stream what is known without a look at it. */
static gboolean
judge_late (AssayWork *work, const AssayEncodedCase *encoded, AssayClass content, GError **error)
{
  const AssayNode *node = encoded->node_account->node;
  AssayClass class_ = content == ASSAY_CLASS_UNDECIDED ? content : ASSAY_CLASS_UNEXPLAINED;
  gboolean passes = assay_class_worse (content, ASSAY_CLASS_WAIVED) == ASSAY_CLASS_WAIVED;
  gboolean is_stream = node->stream != NULL || is_entry (node, encoded->span);
  gboolean says = is_other_codec (node, encoded->node_account->match->expected) || assay_account_is_fixed (work, node);
  /* of another content nobody knows how far the one of them would overtake the other, unless both were made alike */
  if (passes && is_decoded_in_place (node))
    {
      gboolean alike = FALSE;
      AssayClass alike_class = ASSAY_CLASS_UNEXPLAINED;
      if (!is_shown_alike (work, encoded, &alike, error)
          || (alike && !judge_readers (work, encoded, &alike_class, error)))
        return FALSE;
      if (!alike || alike_class != ASSAY_CLASS_EXPLAINED)
        add_fact (work, encoded, alike ? alike_class : class_, ", of other content, to be decoded where it lies");
      return TRUE;
    }
  if (passes && (is_stream || says) && !judge_stream (work, encoded, &class_, error))
    return FALSE;
  if (says || (passes && is_stream && class_ != ASSAY_CLASS_EXPLAINED))
    add_fact (work, encoded, class_, NULL);
  else if (passes && must_be_alike (work))
    {
      gboolean alike = FALSE;
      if (!is_shown_alike (work, encoded, &alike, error))
        return FALSE;
      if (!alike)
        add_fact (work, encoded, ASSAY_CLASS_EXPLAINED, ", of other content");
    }
  return TRUE;
}

/* Whether all files of the container have the rebuild's bytes. Its own tables say where blocks lie, and are judged by
 * themselves. */
static gboolean
find_all_equal (const AssayWork *work, const AssayNode *node, gboolean *out_equal, GError **error)
{
  *out_equal = TRUE;
  for (guint i = 0; *out_equal && i < node->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (node->children, i);
      const AssayMatch *match = assay_pairing_get (work->pairing, child);
      if (*assay_node_local_name (child) == '#' || child->type != ASSAY_NODE_FILE || match->equal)
        continue;
      *out_equal = FALSE;
      if (match->expected != NULL && !same_content (child, match->expected, out_equal, error))
        return FALSE;
    }
  return TRUE;
}

/* The blocks of one container with the ends of several files. Where a file is another by rules of its own, its block is
 * too, and that is nothing to say; how many blocks there are, and how they are packed, is chosen by nobody else. */
static gboolean
judge_shared (AssayWork *work, const AssayEncodedCase *encoded, gboolean equal, AssayClass *worst_class, GError **error)
{
  const AssayNode *node = encoded->node_account->node;
  const AssayNode *expected = encoded->node_account->match->expected;
  const AssaySpan *other = encoded->other;
  gboolean shows_more = FALSE;
  gboolean unambiguous = FALSE;
  if (!assay_account_shows_more (node, encoded->span, expected, other, encoded->apparent, &shows_more, error)
      || !assay_account_stream_is_unambiguous (work, node, encoded->span, &unambiguous, error))
    return FALSE;
  gboolean tight = !equal || is_as_tight (encoded->span, other);
  if (shows_more || !tight || (equal && !unambiguous) || assay_account_is_fixed (work, node))
    *worst_class = ASSAY_CLASS_UNEXPLAINED;
  return TRUE;
}

/** What is found of the shared blocks of one container after the other. */
typedef struct
{
  const AssayNodeAccount *node_account; /* NULL: none yet */
  AssayApparent apparent;
  gboolean equal; /* all files are */
  AssayClass class_;
} Shared;

static void
say_shared (AssayWork *work, const Shared *shared)
{
  const AssayNodeAccount *node_account = shared->node_account;
  if (node_account != NULL && (shared->equal || shared->class_ != ASSAY_CLASS_EXPLAINED || must_be_alike (work)))
    assay_account_recompressed (work, node_account->node, node_account->match->expected, shared->class_);
}

static gboolean
judge_shared_late (AssayWork *work, AssayEncodedCase *encoded, Shared *shared, GError **error)
{
  if (shared->node_account != encoded->node_account)
    {
      say_shared (work, shared);
      *shared = (Shared){ .node_account = encoded->node_account, .class_ = ASSAY_CLASS_EXPLAINED };
      if (!find_all_equal (work, encoded->node_account->node, &shared->equal, error))
        return FALSE;
    }
  encoded->apparent = &shared->apparent;
  return judge_shared (work, encoded, shared->equal, &shared->class_, error);
}

gboolean
assay_account_encoded_late (AssayWork *work, GHashTable *worst, GError **error)
{
  Shared shared = { .node_account = NULL };
  AssayApparent apparent = { 0 };
  const AssayNodeAccount *last = NULL;
  for (guint i = 0; i < work->encoded_late->len; i++)
    {
      AssayEncodedCase encoded = g_array_index (work->encoded_late, AssayEncodedCase, i);
      gconstpointer child = child_of (encoded.node_account->node, encoded.span);
      if (child == NULL)
        {
          if (!judge_shared_late (work, &encoded, &shared, error))
            return FALSE;
          continue;
        }
      if (encoded.node_account != last) /* those of one container stand behind one another */
        apparent = (AssayApparent){ 0 };
      last = encoded.node_account;
      encoded.apparent = &apparent;
      if (!judge_late (work, &encoded, (AssayClass)GPOINTER_TO_INT (g_hash_table_lookup (worst, child)), error))
        return FALSE;
    }
  say_shared (work, &shared);
  return TRUE;
}
