#include "account/names/naming.h"
#include "account/rules/rule.h"
#include "util/cancel.h"
#include "util/nearby.h"

#include <string.h>

/** What a reader is told of bytes that no rule explains, in one sentence without names. */
static const struct
{
  const char *word;
  const char *message;
} messages[] = {
  { "differs", "these bytes are not the ones that the rebuild made" },
  { "no-counterpart", "the rebuild made nothing that belongs here" },
  { "unreproducible", "two of our own rebuilds differ from each other here, and neither proves these bytes" },
  { "scope", "outside the granted scope" },
  { "signature-unclaimed", "this is the place of a signature, and no line of the policy speaks of it" },
  { "signature-invalid", "no valid signature by the key that the policy gives" },
  { "unread", "could not be read" },
  { "opaque", "ready-made content that the rebuild did not compile from source" },
  { "waiver", "a line of the policy waives this difference" },
  { "blob", "a line of the policy accepts this file by its digest" },
};

static const char *
message_of (const char *word)
{
  const AssayRule *rule = assay_rules_find (word);
  if (rule != NULL)
    return rule->message;
  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    if (strcmp (messages[i].word, word) == 0)
      return messages[i].message;
  return word;
}

static guint8
read_window (AssayNearby *near, const AssayNode *node, guint64 offset, guint64 length, guint8 *out)
{
  if (node == NULL || node->blob == NULL || offset >= node->size)
    return 0;
  gsize take = MIN (MIN (length, ASSAY_FINDING_HEX_BYTES), node->size - offset);
  const AssayBlobSeen *seen = assay_blob_get_seen (node->blob);
  if (seen != NULL && offset <= sizeof seen->begins && take <= sizeof seen->begins - offset)
    {
      memcpy (out, seen->begins + offset, take);
      return (guint8)take;
    }
  return assay_nearby_read (near, node->blob, offset, out, take) ? (guint8)take : 0;
}

/** What all findings of one leaf are made with. @shown: what is known of the bytes that differ; @near: of the shipped
 * and of the expected side; @word: the rule of the last one, @message what is said of it, and whether that is of all of
 * the file; @like: the range of the last one, and up to @alike_end others of its kind are told the same */
typedef struct
{
  AssayWork *work;
  const AssayNodeAccount *node_account;
  AssayNaming *naming;
  AssayCauses *causes;
  AssayShownWalk shown;
  AssayNearby near[2];
  const char *word;
  const char *message;
  gboolean is_opaque;
  gboolean is_blob;
  AssayRange like;
  guint64 alike_end;
} Making;

/* What is opaque is so as a whole, and by itself: its sections say nothing more, and nothing that moved. */
static void
look_up_rule (Making *making, const char *rule)
{
  if (rule == making->word)
    return;
  making->word = rule;
  making->message = message_of (rule);
  making->is_opaque = strcmp (rule, "opaque") == 0;
  making->is_blob = strcmp (rule, "blob") == 0;
}

/* The bytes that it shows. What was aligned may say later which bytes were expected. */
static void
show_bytes (Making *making, const AssayRange *range, AssayFinding *finding)
{
  const AssayNodeAccount *node_account = making->node_account;
  const gsize length = (gsize)MIN (range->length, ASSAY_FINDING_HEX_BYTES);
  if (range->class_ == ASSAY_CLASS_OUTSIDE)
    return;
  if (making->shown.differences != NULL
      && assay_shown_take (&making->shown, range->offset, range->expected_offset, length, finding->shipped,
                           finding->expected))
    {
      finding->shipped_length = (guint8)length;
      finding->expected_length = range->expected_offset == ASSAY_NO_COUNTERPART ? 0 : (guint8)length;
      return;
    }
  finding->shipped_length
      = read_window (&making->near[0], node_account->node, range->offset, range->length, finding->shipped);
  if (range->expected_offset != ASSAY_NO_COUNTERPART)
    finding->expected_length = read_window (&making->near[1], node_account->match->expected, range->expected_offset,
                                            range->length, finding->expected);
}

/* Of most bytes that differ in a file that differs throughout, nothing is said that was not said of those before. */
static void
note_alike (Making *making, const AssayRange *range, const AssayFinding *finding)
{
  making->like = *range;
  making->alike_end = 0;
  if (range->expected_offset == ASSAY_NO_COUNTERPART || range->label != NULL || finding->has_own_message
      || making->is_opaque || making->is_blob || (making->causes != NULL && !assay_causes_are_alike (making->causes)))
    return;
  making->alike_end = making->naming == NULL
                          ? G_MAXUINT64
                          : assay_naming_alike_until (making->naming, range->expected_offset, finding);
}

static void
add_finding (Making *making, const AssayRange *range)
{
  const AssayNodeAccount *node_account = making->node_account;
  AssayFinding *finding = assay_findings_begin (making->work->account->findings);
  show_bytes (making, range, finding);
  finding->node = node_account->node;
  finding->offset = range->offset;
  finding->length = range->length;
  finding->class_ = range->class_;
  finding->rule = range->rule;
  finding->grant = range->grant;
  gboolean detailed = node_account->origin_detail != NULL && (making->is_opaque || making->is_blob);
  finding->message = range->detail != NULL ? range->detail : making->message;
  if (detailed)
    finding->message = assay_finding_tell (finding)->own_message
        = g_strdup_printf ("%s: %s", making->message, node_account->origin_detail);
  else if (range->label != NULL)
    finding->message = assay_finding_tell (finding)->own_message
        = g_strdup_printf ("%s: %s", range->label, finding->message);
  finding->order = making->work->order;
  if (making->naming != NULL)
    {
      assay_naming_apply (making->naming, range->expected_offset, finding);
      const char *message = assay_naming_describe (making->naming, range->expected_offset, finding);
      if (message != NULL)
        assay_findings_say (making->work->account->findings, message);
    }
  if (making->causes != NULL && !making->is_opaque)
    assay_causes_apply (making->causes, finding);
  note_alike (making, range, finding);
}

static gboolean
is_alike (const Making *making, const AssayRange *range)
{
  const AssayRange *like = &making->like;
  return range->offset < making->alike_end && range->length <= making->alike_end - range->offset
         && range->expected_offset != ASSAY_NO_COUNTERPART
         && range->expected_offset - range->offset == like->expected_offset - like->offset && range->rule == like->rule
         && range->class_ == like->class_ && range->grant == like->grant && range->detail == like->detail
         && range->label == like->label;
}

/* One that is told what the last one is told. */
static void
repeat_finding (Making *making, const AssayRange *range)
{
  AssayFinding *finding = assay_findings_repeat (making->work->account->findings);
  if (finding->has_address)
    finding->address += range->offset - finding->offset;
  finding->offset = range->offset;
  finding->length = range->length;
  finding->shipped_length = finding->expected_length = 0;
  show_bytes (making, range, finding);
}

gboolean
assay_account_add_findings (AssayWork *work, const AssayNodeAccount *node_account, AssayNaming *naming,
                            AssayCauses *causes, GError **error)
{
  Making making = { .work = work,
                    .node_account = node_account,
                    .naming = naming,
                    .causes = causes,
                    .shown = { .differences = work->shown_differences, .shown = &work->shown } };
  AssayRangeWalk walk = assay_ranges_walk (node_account->ranges);
  while (assay_ranges_next_other (&walk))
    {
      if (is_alike (&making, &walk.range))
        {
          if (assay_cancelled (error))
            return FALSE;
          repeat_finding (&making, &walk.range);
          continue;
        }
      AssayRange rest = walk.range;
      while (rest.length > 0)
        {
          AssayRange part = rest;
          if (assay_cancelled (error))
            return FALSE;
          look_up_rule (&making, rest.rule);
          if (naming != NULL && !making.is_opaque)
            part.length = assay_naming_split (naming, rest.offset, rest.expected_offset, rest.length);
          if (causes != NULL && !making.is_opaque)
            part.length = assay_causes_split (causes, part.offset, part.length);
          add_finding (&making, &part);
          rest.offset += part.length;
          rest.length -= part.length;
          if (rest.expected_offset != ASSAY_NO_COUNTERPART)
            rest.expected_offset += part.length;
        }
    }
  return TRUE;
}
