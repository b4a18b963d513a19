#include "account/work.h"

#include "unpack/fact.h"

#include <string.h>

/*
 * Where a container has its parts: each among the others, and where nothing else says it, at which offset (T5, T6).
 */

gboolean
assay_span_stands_alone (const AssaySpan *span)
{
  return span->child == ASSAY_SPAN_NO_CHILD && (span->kind == ASSAY_SPAN_HEADER || span->kind == ASSAY_SPAN_SLACK);
}

/* Whether the place of a part among all others says something: a trailer ends what a reader sees, and padding between
 * two streams ends it for some. Padding between members follows from their sizes. */
static gboolean
is_landmark (const AssayNode *node, const AssaySpan *span)
{
  return assay_span_stands_alone (span)
         || (node->stream != NULL && span->child == ASSAY_SPAN_NO_CHILD && span->kind == ASSAY_SPAN_PADDING);
}

/* How many landmarks that have a counterpart stand before each span of the expected side. */
static GHashTable *
rank_expected (const AssayNode *expected, GHashTable *matched)
{
  GHashTable *ranks = g_hash_table_new (NULL, NULL);
  guint rank = 0;
  for (guint i = 0; i < expected->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (expected->spans, AssaySpan, i);
      g_hash_table_insert (ranks, (gpointer)span, GUINT_TO_POINTER (rank));
      rank += is_landmark (expected, span) && g_hash_table_contains (matched, span);
    }
  return ranks;
}

/* Every part must stand between the same landmarks as its counterpart. */
static gboolean
parts_keep_places (const AssayNode *node, const AssayNode *expected, const GPtrArray *others)
{
  g_autoptr (GHashTable) matched = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < others->len; i++)
    if (others->pdata[i] != NULL)
      g_hash_table_add (matched, others->pdata[i]);
  g_autoptr (GHashTable) ranks = rank_expected (expected, matched);
  guint rank = 0;
  for (guint i = 0; i < others->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      const AssaySpan *other = g_ptr_array_index (others, i);
      /* padding that is no landmark is counted off, and goes with whatever it fills up */
      gboolean counts = span->kind != ASSAY_SPAN_PADDING || is_landmark (node, span);
      if (counts && other != NULL && GPOINTER_TO_UINT (g_hash_table_lookup (ranks, other)) != rank)
        return FALSE;
      rank += is_landmark (node, span) && other != NULL;
    }
  return TRUE;
}

static guint
count_encoded (const AssayNode *node)
{
  guint count = 0;
  for (guint i = 0; i < node->spans->len; i++)
    count += g_array_index (node->spans, AssaySpan, i).kind == ASSAY_SPAN_ENCODED;
  return count;
}

/* Many readers stop at the end of the first stream: where another follows, it matters where the cut is. */
void
assay_account_streams (AssayWork *work, const AssayNode *node, const AssayNode *expected)
{
  guint shipped_count = count_encoded (node);
  guint expected_count = expected == NULL ? 1 : count_encoded (expected);
  if (node->stream == NULL || (expected != NULL && expected->stream == NULL)
      || (shipped_count == 1 && expected_count == 1))
    return;
  g_autofree char *shipped_text = g_strdup_printf ("%u", shipped_count);
  g_autofree char *expected_text = g_strdup_printf ("%u", expected_count);
  assay_account_add_fact (work, node, "streams", shipped_text, expected_text, ASSAY_CLASS_UNEXPLAINED, "differs");
}

/** The pages of those who map what a zip holds, and the words of those who go by all of it (zipalign). */
#define ZIP_PAGES_BYTES (64u << 10)
#define ZIP_PAGE_BYTES (4u << 10)
#define ZIP_WORD_BYTES 4u
/** Linux takes no device tree at another multiple, and U-Boot may hand it over where it lies in an image. */
#define TREE_BYTES 8u
/** Linux before 6.7 gives a processor its microcode where it lies, and Intel's take it only at such a multiple. */
#define MICROCODE_BYTES 16u
#define MICROCODE "kernel/x86/microcode/"

static gboolean
is_stored (const AssaySpan *span)
{
  return span->kind == ASSAY_SPAN_PAYLOAD && span->length > 0 && span->child != ASSAY_SPAN_NO_CHILD;
}

/* From which multiple on a place is no chance: of a word where all that is stored stands so. */
static guint64
least_alignment (const AssayNode *expected)
{
  if (strcmp (expected->format, "zip") != 0)
    return ZIP_WORD_BYTES;
  for (guint i = 0; i < expected->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (expected->spans, AssaySpan, i);
      if (is_stored (span) && span->offset % ZIP_WORD_BYTES != 0)
        return ZIP_PAGE_BYTES;
    }
  return ZIP_WORD_BYTES;
}

/* By the mark of a flattened device tree (Devicetree Specification, 5.2). */
static gboolean
is_tree (const AssayNode *node)
{
  static const guint8 mark[] = { 0xd0, 0x0d, 0xfe, 0xed };
  guint8 head[sizeof mark];
  return node->blob != NULL && node->size >= sizeof head && assay_blob_read (node->blob, 0, head, sizeof head, NULL)
         && memcmp (head, mark, sizeof head) == 0;
}

/* Of what multiple's place something must not lose: what a zip holds as it is may be mapped from it, where it stands at
 * one of a page or of a word (Android's linker and resources). 1: of none. */
static guint64
alignment_of (const AssayNode *node, const AssaySpan *span)
{
  if (!is_stored (span))
    return 1;
  if (strcmp (node->format, "zip") == 0)
    return ZIP_PAGES_BYTES;
  const AssayNode *child = g_ptr_array_index (node->children, span->child);
  if (strcmp (node->format, "cpio") == 0)
    return strstr (assay_node_local_name (child), MICROCODE) != NULL ? MICROCODE_BYTES : 1;
  gboolean tree = strcmp (node->format, "fit") == 0 ? g_strcmp0 (assay_node_get_fact (child, "type"), "flat_dt") == 0
                                                    : strcmp (node->format, "uboot") == 0 && is_tree (child);
  return tree ? TREE_BYTES : 1;
}

/* What is asked of a place, up to @most: for a zip by any of these, for all else by that alone. */
static guint64
multiple_of (guint64 offset, guint64 most)
{
  static const guint64 of_zip[] = { ZIP_PAGES_BYTES, 4 * ZIP_PAGE_BYTES, ZIP_PAGE_BYTES, ZIP_WORD_BYTES };
  if (most != ZIP_PAGES_BYTES)
    return offset % most == 0 ? most : 1;
  for (gsize i = 0; i < G_N_ELEMENTS (of_zip); i++)
    if (offset % of_zip[i] == 0)
      return of_zip[i];
  return 1;
}

/* Whether one of both stands at a multiple at which the other does not. */
static gboolean
has_other_alignment (const AssayNode *node, const AssaySpan *span, const AssaySpan *other, guint64 least)
{
  guint64 most = alignment_of (node, span);
  guint64 has = multiple_of (span->offset, most);
  guint64 had = multiple_of (other->offset, most);
  return has != had && MAX (has, had) >= least;
}

/* How much later something stands for what is in front of it, which is packed in another way; a signature moves it too,
 * and there whoever signs makes room for it. Parts stand at multiples of four. */
static gint64
growth_of (const AssaySpan *span, const AssaySpan *other)
{
  if (other == NULL || (span->kind != ASSAY_SPAN_PAYLOAD && span->kind != ASSAY_SPAN_ENCODED))
    return 0;
  return (gint64)((span->length + 3) / 4) - (gint64)((other->length + 3) / 4);
}

/* T5: where something stands that no table points at, its place is what a reader knows of it: a boot loader that was
 * told an address, or the kernel, which takes the next archive only at a multiple of four. How many zeros stand before
 * it, and how long a stream before it became, are no longer free then. */
static void
judge_places (AssayWork *work, const AssayNode *node, const AssayNode *expected, const GPtrArray *others)
{
  guint64 least = least_alignment (expected);
  gboolean mapped = strcmp (node->format, "zip") == 0;
  gint64 grown = 0;
  for (guint i = 0; i < others->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      const AssaySpan *other = g_ptr_array_index (others, i);
      gboolean moved = mapped || grown != 0;
      grown += growth_of (span, other);
      if (other == NULL || span->offset == other->offset
          || !(span->placed || assay_span_is_behind (node, span)
               || (moved && has_other_alignment (node, span, other, least))
               || (span->kind == ASSAY_SPAN_SLACK && !assay_span_holds_zeros (node, span))))
        continue;
      g_autofree char *here = g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x", span->name, span->offset);
      g_autofree char *there = g_strdup_printf ("%s at 0x%" G_GINT64_MODIFIER "x", other->name, other->offset);
      assay_account_add_fact (work, node, "place", here, there, ASSAY_CLASS_UNEXPLAINED, "differs");
    }
}

void
assay_account_parts (AssayWork *work, const AssayNodeAccount *node_account, const GPtrArray *others)
{
  const AssayNode *node = node_account->node;
  const AssayNode *expected = node_account->match->expected;
  assay_account_streams (work, node, expected);
  judge_places (work, node, expected, others);
  if (!parts_keep_places (node, expected, others))
    assay_account_add_fact (work, node, "layout", "parts in other places among each other", "the places of the rebuild",
                            ASSAY_CLASS_UNEXPLAINED, "differs");
}
