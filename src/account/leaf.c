#include "account/ahead.h"
#include "account/leaf_elf.h"
#include "account/origin.h"
#include "account/rules/rule.h"
#include "account/slot.h"
#include "account/waive/waive.h"

#include "crypto/sha256.h"
#include "util/checked.h"

#include <assay/error.h>

#include <elf.h>
#include <string.h>

/** One leaf under judgement. */
typedef struct
{
  AssayWork *work;
  AssayNodeAccount *node_account;
  AssayNode *expected;
  AssayElf *shipped_elf;
  AssayElf *expected_elf;
  GArray *pieces;          /* AssayPieceDigest, parallel to the shipped ELF's pieces */
  GArray *expected_parts;  /* AssayPieceDigest, of some sections of the expected ELF file */
  GArray *differences;     /* AssayDifference */
  AssayShown shown;        /* their first bytes; none of what was not compared here */
  const AssayAhead *ahead; /* what is known of a leaf that is equal; NULL: read it */
} LeafCase;

static void
leaf_case_clear (LeafCase *leaf)
{
  g_clear_pointer (&leaf->shipped_elf, assay_elf_free);
  g_clear_pointer (&leaf->expected_elf, assay_elf_free);
  g_clear_pointer (&leaf->pieces, g_array_unref);
  g_clear_pointer (&leaf->expected_parts, g_array_unref);
  g_clear_pointer (&leaf->differences, g_array_unref);
  g_clear_pointer (&leaf->shown.bytes, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LeafCase, leaf_case_clear)

static void
add_range (const LeafCase *leaf, guint64 offset, guint64 length, AssayClass class_, const char *rule,
           guint64 expected_offset)
{
  AssayRange range
      = { .offset = offset, .length = length, .class_ = class_, .rule = rule, .expected_offset = expected_offset };
  assay_ranges_add (leaf->node_account->ranges, &range);
}

/* ELF headers are read for names and digests alone: a file that says nonsense is still compared as bytes. */
static AssayElf *
read_elf (const LeafCase *leaf, const AssayNode *node)
{
  if (!assay_work_is_program (node))
    return NULL;
  g_autoptr (GError) ignored = NULL;
  return assay_elf_new (node->blob, leaf->work->options->limits, &ignored);
}

/* What a byte that is not equal is, when no rule explains it. A node that could not be read for what it is might be
 * explained by what it holds, so it is undecided; one that is broken by its own format is not. */
static AssayClass
class_of_difference (const LeafCase *leaf)
{
  const AssayNode *node = leaf->node_account->node;
  if (node->trouble != NULL && node->trouble_code != ASSAY_ERROR_MALFORMED)
    return ASSAY_CLASS_UNDECIDED;
  if (leaf->expected != NULL && leaf->expected->trouble != NULL
      && leaf->expected->trouble_code != ASSAY_ERROR_MALFORMED)
    return ASSAY_CLASS_UNDECIDED;
  return ASSAY_CLASS_UNEXPLAINED;
}

static gboolean
ends_before (const AssayProof *proof, guint64 offset)
{
  return proof->offset + proof->length <= offset;
}

/* One difference, split where proofs of rules begin and end. @next is the first proof that does not lie before it. */
static void
add_difference (const LeafCase *leaf, const AssayDifference *difference, const GArray *proofs, guint *next)
{
  AssayClass otherwise = class_of_difference (leaf);
  gboolean alone = difference->expected_offset == ASSAY_NO_COUNTERPART;
  guint64 end = difference->offset + difference->length;
  for (guint64 offset = difference->offset; offset < end;)
    {
      while (*next < proofs->len && ends_before (&g_array_index (proofs, AssayProof, *next), offset))
        ++*next;
      const AssayProof *proof = *next < proofs->len ? &g_array_index (proofs, AssayProof, *next) : NULL;
      gboolean proved = proof != NULL && proof->offset <= offset;
      guint64 stop = proof == NULL ? end : proved ? proof->offset + proof->length : proof->offset;
      stop = MIN (stop, end);
      add_range (leaf, offset, stop - offset, proved ? proof->class_ : otherwise,
                 proved  ? proof->rule
                 : alone ? "no-counterpart"
                         : "differs",
                 alone ? ASSAY_NO_COUNTERPART : difference->expected_offset + (offset - difference->offset));
      offset = stop;
    }
}

static void
classify (const LeafCase *leaf, const GArray *proofs)
{
  guint64 done = 0;
  guint next = 0;
  for (guint i = 0; i < leaf->differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (leaf->differences, AssayDifference, i);
      add_range (leaf, done, difference->offset - done, ASSAY_CLASS_IDENTICAL, "equal", ASSAY_NO_COUNTERPART);
      add_difference (leaf, difference, proofs, &next);
      done = difference->offset + difference->length;
    }
  add_range (leaf, done, leaf->node_account->node->size - done, ASSAY_CLASS_IDENTICAL, "equal", ASSAY_NO_COUNTERPART);
}

/* Where sizes differ something is gone or added even if each shipped byte has an equal counterpart. */
static void
judge_size (LeafCase *leaf, guint64 expected_size, const char *rule)
{
  const AssayNode *node = leaf->node_account->node;
  if (node->size == expected_size)
    return;
  g_autofree char *shipped = g_strdup_printf ("%" G_GUINT64_FORMAT, node->size);
  g_autofree char *expected = g_strdup_printf ("%" G_GUINT64_FORMAT, expected_size);
  assay_account_add_fact (leaf->work, node, "size", shipped, expected,
                          rule == NULL ? class_of_difference (leaf) : ASSAY_CLASS_EXPLAINED,
                          rule == NULL ? "differs" : rule);
}

/* Where the bytes end that segments load, whether a section names them or not: an image without the last of them is not
 * whole. */
static guint64
end_of_segments (const AssayElf *elf, guint64 base)
{
  gboolean physical = assay_elf_has_load_addresses (elf);
  guint64 end = 0;
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      guint64 start = physical ? segment->physical_address : segment->virtual_address;
      guint64 behind = 0;
      if (segment->type == PT_LOAD && segment->file_size > 0 && assay_u64_add (start, segment->file_size, &behind)
          && behind > base)
        end = MAX (end, behind - base);
    }
  return end;
}

/* Bytes that the flat image of an ELF file reaches to. */
static gboolean
load_image_size (const AssayElf *elf, guint64 *out_size, GError **error)
{
  guint64 base = 0;
  g_autoptr (GArray) ranges = assay_elf_load_image (elf, &base, error);
  if (ranges == NULL)
    return FALSE;
  *out_size = 0;
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      *out_size = MAX (*out_size, range->image_offset + range->length);
    }
  *out_size = MAX (*out_size, end_of_segments (elf, base));
  return TRUE;
}

/* Whether the shipped bytes are laid on the segments of the rebuilt ELF file (T12): only where an output was named for
 * this very place. Two entries of one name are two files of one kind, and a flat image in the place of a program is
 * another file. One of the same size as the ELF file is that file with a damaged header, and not its flat image. */
static gboolean
is_placed (const LeafCase *leaf, guint64 *out_size)
{
  const AssayNode *node = leaf->node_account->node;
  const AssayMatch *match = leaf->node_account->match;
  g_autoptr (GError) ignored = NULL;
  return leaf->expected_elf != NULL && match->kind == ASSAY_MATCH_OUTPUT && !match->expectation->is_tree
         && !assay_work_is_program (node) && node->size != leaf->expected->size
         && load_image_size (leaf->expected_elf, out_size, &ignored);
}

static gboolean
find_differences (LeafCase *leaf, const AssayPass *pass, GError **error)
{
  AssayNode *node = leaf->node_account->node;
  if (leaf->ahead != NULL)
    {
      leaf->differences = g_array_new (FALSE, FALSE, sizeof (AssayDifference));
      return TRUE;
    }
  const AssayElf *aligned = leaf->node_account->placed || leaf->shipped_elf != NULL ? leaf->expected_elf : NULL;
  g_autoptr (GArray) correspondences
      = assay_align (node->blob, leaf->shipped_elf, leaf->expected->blob, aligned, error);
  return correspondences != NULL
         && assay_blob_compare (node->blob, leaf->expected->blob, correspondences, pass, &leaf->differences, error);
}

static gboolean
compare_leaf (LeafCase *leaf, const AssayPass *pass, GError **error)
{
  AssayNode *node = leaf->node_account->node;
  guint64 expected_size = leaf->expected->size;
  guint64 image_size = 0;
  gboolean placed = is_placed (leaf, &image_size);
  leaf->node_account->placed = placed;
  if (!find_differences (leaf, pass, error))
    return FALSE;
  gboolean differs = leaf->differences->len > 0 || node->size != expected_size;
  g_autoptr (GArray) proofs = g_array_new (FALSE, FALSE, sizeof (AssayProof));
  AssayRuleCase rule_case = { .node = node,
                              .expected = leaf->expected,
                              .match = leaf->node_account->match,
                              .shipped_elf = leaf->shipped_elf,
                              .expected_elf = leaf->expected_elf,
                              .differences = leaf->differences,
                              .fixed = differs && assay_account_is_fixed (leaf->work, node),
                              .placed = placed,
                              .options = leaf->work->options,
                              .proofs = proofs };
  if (differs && !assay_account_is_measured (leaf->work, node) && !assay_rules_prove (&rule_case, error))
    return FALSE;
  classify (leaf, proofs);
  if (!assay_account_unreproducible (leaf->work, leaf->node_account, error))
    return FALSE;
  if (placed)
    expected_size = MAX (image_size, node->size); /* what lies behind the image is judged byte by byte */
  judge_size (leaf, expected_size, rule_case.size_rule);
  return TRUE;
}

/* What the rebuild has nothing for; it may be a signature of what it has. */
static void
add_unpaired (const LeafCase *leaf)
{
  static const char *const rules[] = {
    [ASSAY_DETACHED_NONE] = "no-counterpart",
    [ASSAY_DETACHED_INVALID] = "signature-invalid",
    [ASSAY_DETACHED_VALID] = "signature",
  };
  const AssayNodeAccount *node_account = leaf->node_account;
  AssayRange range = { .length = node_account->node->size, .expected_offset = ASSAY_NO_COUNTERPART };
  AssayDetached detached = assay_account_detached (leaf->work, node_account->node, &range.detail);
  range.rule = rules[detached];
  range.class_ = detached == ASSAY_DETACHED_VALID ? ASSAY_CLASS_EXPLAINED
                                                  : assay_work_class_of_none (leaf->work, node_account->match);
  assay_ranges_add (node_account->ranges, &range);
}

/* That the rebuild has nothing for it is all there is to say of a file, unless it may be a signature: then it is the
 * bytes that it was looked into with that are digested, and not read again. A change since is found at the end. */
static gboolean
take_seen (LeafCase *leaf)
{
  const AssayAccountOptions *options = leaf->work->options;
  AssayNodeAccount *node_account = leaf->node_account;
  const AssayNode *node = node_account->node;
  const AssayBlobSeen *seen = assay_blob_get_seen (node->blob);
  if (seen == NULL || leaf->expected != NULL || node_account->match->equal || leaf->shipped_elf != NULL
      || node->trouble != NULL || (options->slots != NULL && options->slots->len > 0))
    return FALSE;
  const AssayDifference whole = { .offset = 0, .length = node->size, .expected_offset = ASSAY_NO_COUNTERPART };
  leaf->differences = g_array_new (FALSE, FALSE, sizeof whole);
  g_array_append_val (leaf->differences, whole);
  node_account->digest = seen->sha256;
  assay_progress_add (options->progress, node->size);
  return TRUE;
}

/* Everything is read once: judged, and digested, in the same pass (T19). */
static gboolean
read_leaf (LeafCase *leaf, GError **error)
{
  AssayNodeAccount *node_account = leaf->node_account;
  AssayNode *node = node_account->node;
  gboolean whole = assay_ahead_wants_whole (leaf->work, leaf->pieces != NULL);
  const AssayPass pass = { .whole = whole ? &node_account->digest : NULL,
                           .pieces = leaf->pieces,
                           .progress = leaf->work->options->progress,
                           .shown = &leaf->shown };
  gboolean done = TRUE;
  if (take_seen (leaf))
    add_unpaired (leaf);
  else if (leaf->expected != NULL && !node_account->match->equal)
    done = compare_leaf (leaf, &pass, error);
  else
    {
      done = assay_blob_compare (node->blob, NULL, NULL, &pass, &leaf->differences, error);
      gboolean equal = node_account->match->equal;
      if (done && equal)
        add_range (leaf, 0, node->size, ASSAY_CLASS_IDENTICAL, "equal", ASSAY_NO_COUNTERPART);
      else if (done)
        add_unpaired (leaf);
    }
  node_account->has_digest = done && whole;
  return done;
}

static gboolean
require_settled (const LeafCase *leaf, GError **error)
{
  const char *reason = assay_settling_get_failure (leaf->work->settling, leaf->node_account->node);
  if (reason != NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, reason);
  return reason == NULL;
}

static AssayElfSides
sides_of (const LeafCase *leaf)
{
  return (AssayElfSides){ leaf->shipped_elf, leaf->pieces, leaf->expected, leaf->expected_elf, leaf->expected_parts };
}

/* What is not equal is read once more, for all digests that are wanted of it. */
static gboolean
digest_other (LeafCase *leaf, GError **error)
{
  const AssayElfSides sides = sides_of (leaf);
  g_autoptr (GArray) unused = NULL;
  leaf->expected_parts = assay_leaf_expected_parts (&sides, leaf->differences);
  const AssayPass pass = { .whole = &leaf->node_account->expected_digest, .pieces = leaf->expected_parts };
  if (leaf->expected_parts == NULL)
    return assay_sha256_blob (leaf->expected->blob, 0, leaf->expected->size, pass.whole, error);
  return assay_blob_compare (leaf->expected->blob, NULL, NULL, &pass, &unused, error);
}

static gboolean
digest_expected (LeafCase *leaf, GError **error)
{
  AssayNodeAccount *node_account = leaf->node_account;
  if (!node_account->has_digest || (leaf->expected == NULL && !node_account->match->equal))
    return TRUE;
  gboolean equal
      = node_account->match->equal || (leaf->differences->len == 0 && leaf->expected->size == node_account->node->size);
  if (equal)
    node_account->expected_digest = node_account->digest;
  else if (!digest_other (leaf, error))
    return FALSE;
  node_account->has_expected_digest = TRUE;
  return TRUE;
}

static void
give_up (LeafCase *leaf, const GError *reason)
{
  AssayNodeAccount *node_account = leaf->node_account;
  assay_ranges_free (node_account->ranges);
  node_account->ranges = assay_ranges_new ();
  add_range (leaf, 0, node_account->node->size, ASSAY_CLASS_UNDECIDED, "unread", ASSAY_NO_COUNTERPART);
  if (node_account->node->size == 0)
    assay_account_add_fact (leaf->work, node_account->node, "content", NULL, NULL, ASSAY_CLASS_UNDECIDED, "unread");
  assay_account_leave_open (leaf->work, node_account->node, reason->message);
}

/* Where else the shipped bytes hold what was expected of them: said to the reader, and to nobody else (T12). */
static void
note_displacement (const LeafCase *leaf)
{
  AssayNodeAccount *node_account = leaf->node_account;
  const AssayNode *node = node_account->node;
  g_autoptr (GError) ignored = NULL;
  guint64 base = 0;
  if (leaf->expected == NULL || leaf->shipped_elf != NULL || node_account->match->equal
      || (leaf->differences->len == 0 && !node_account->placed && node->size == leaf->expected->size))
    return;
  g_autoptr (GArray) ranges = leaf->expected_elf != NULL ? assay_elf_load_image (leaf->expected_elf, &base, &ignored)
                                                         : g_array_new (FALSE, TRUE, sizeof (AssayLoadRange));
  if (ranges == NULL)
    return;
  const AssayLoadRange whole = { .length = leaf->expected->size };
  if (leaf->expected_elf == NULL)
    g_array_append_val (ranges, whole);
  assay_displacement_find (node->blob, leaf->expected->blob, ranges, &node_account->has_displacement,
                           &node_account->displacement, &ignored);
}

/* Why what is not equal is undecided and not unexplained: the side that could not be read says it (T4). */
static void
note_trouble (const LeafCase *leaf)
{
  const AssayNode *node = leaf->node_account->node;
  gboolean differs = leaf->differences->len > 0
                     || (leaf->expected != NULL && leaf->expected->size != leaf->node_account->node->size);
  if (!differs || leaf->node_account->match->equal || class_of_difference (leaf) != ASSAY_CLASS_UNDECIDED)
    return;
  if (node->trouble != NULL && node->trouble_code != ASSAY_ERROR_MALFORMED)
    assay_account_leave_open (leaf->work, node, node->trouble);
  else
    g_ptr_array_add (leaf->work->account->undecided,
                     leaf->expected->parent == NULL
                         ? g_strdup_printf ("The rebuild: %s", leaf->expected->trouble)
                         : g_strdup_printf ("%s, of the rebuild: %s", leaf->expected->path, leaf->expected->trouble));
}

static void
use_ahead (LeafCase *leaf)
{
  AssayNodeAccount *node_account = leaf->node_account;
  const AssayAhead *ahead = assay_ahead_find (leaf->work, node_account->node, leaf->pieces);
  if (ahead == NULL || leaf->expected == NULL || node_account->match->equal)
    return;
  leaf->ahead = ahead;
  node_account->digest = ahead->whole;
  if (ahead->pieces != NULL)
    {
      g_array_unref (leaf->pieces);
      leaf->pieces = g_array_ref (ahead->pieces);
    }
}

gboolean
assay_account_leaf (AssayWork *work, AssayNodeAccount *node_account, GError **error)
{
  g_auto (LeafCase) leaf = { .work = work,
                             .node_account = node_account,
                             .shown = { .most = ASSAY_FINDING_HEX_BYTES, .bytes = g_byte_array_new () } };
  AssayNode *expected = node_account->match->expected;
  leaf.expected = expected != NULL && expected->blob != NULL ? expected : NULL;
  leaf.shipped_elf = read_elf (&leaf, node_account->node);
  if (leaf.shipped_elf != NULL && work->options->digests != ASSAY_DIGESTS_FILES)
    leaf.pieces = assay_ahead_pieces (leaf.shipped_elf);
  use_ahead (&leaf);
  /* what is equal says nothing that the shipped file does not say */
  if (!node_account->match->equal && leaf.ahead == NULL)
    leaf.expected_elf = read_elf (&leaf, leaf.expected);
  g_autoptr (GError) local = NULL;
  if (!require_settled (&leaf, &local) || !read_leaf (&leaf, &local) || !digest_expected (&leaf, &local))
    {
      if (g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      give_up (&leaf, local);
      return TRUE;
    }
  note_displacement (&leaf);
  note_trouble (&leaf);
  if (!assay_account_origin (work, node_account, error))
    return FALSE;
  assay_waive_bytes (work, node_account);
  const AssayElfSides sides = sides_of (&leaf);
  assay_leaf_describe_elf (node_account, &sides);
  g_hash_table_remove (work->ahead, node_account->node); /* all that was wanted of it is in the account */
  if (leaf.shown.bytes->len > 0)
    {
      work->shown = leaf.shown;
      work->shown_differences = g_steal_pointer (&leaf.differences);
      leaf.shown.bytes = NULL;
    }
  return TRUE;
}

void
assay_account_leaf_done (AssayWork *work)
{
  g_clear_pointer (&work->shown.bytes, g_byte_array_unref);
  g_clear_pointer (&work->shown_differences, g_array_unref);
}
