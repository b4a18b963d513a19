#include "account/slot.h"

#include "account/rules/fit.h"
#include "unpack/fact.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

static AssaySlotCase
case_of (const AssayWork *work, const AssayNode *node, const char *name)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  gboolean paired = match->expected != NULL && match->expected->spans != NULL && !match->wrapped;
  return (AssaySlotCase){ .slots = work->options->slots,
                          .node = node,
                          .expected = paired ? match->expected : NULL,
                          .name = name,
                          .layout_granted = work->options->layout_granted,
                          .list_programs = work->options->list_programs,
                          .list_programs_data = work->options->list_programs_data,
                          .limits = work->options->limits };
}

/* Each slot is verified once, whoever asks: the facts of its entry, and each of its spans. */
static const AssaySlotVerdict *
verdict_of (AssayWork *work, const AssayNode *node, const char *name, GError **error)
{
  g_autofree char *key = g_strdup_printf ("%p:%s", (const void *)node, name);
  AssaySlotVerdict *verdict = g_hash_table_lookup (work->verdicts, key);
  if (verdict != NULL)
    return verdict;
  AssaySlotCase slot_case = case_of (work, node, name);
  AssaySlotVerdict found = { .state = ASSAY_SLOT_UNKNOWN };
  if (!assay_slot_judge (&slot_case, &found, error))
    return NULL;
  verdict = g_memdup2 (&found, sizeof found);
  g_hash_table_insert (work->verdicts, g_steal_pointer (&key), verdict);
  return verdict;
}

/* What the policy's line found wrong, as a sentence for the reader. */
static const char *
problem_text (const AssaySlotVerdict *verdict, const char *name)
{
  g_autofree char *text
      = g_strdup_printf ("the policy speaks of the slot \"%s\", but the signature %s", name, verdict->problem);
  return assay_text_intern (text);
}

static void
add (AssayNodeAccount *node_account, const AssaySlotSpan *at, guint64 start, guint64 length, AssayClass class_,
     const char *rule, const char *detail)
{
  AssayRange range = { .offset = at->span->offset + start,
                       .length = length,
                       .class_ = class_,
                       .rule = rule,
                       .detail = detail,
                       .expected_offset = at->other == NULL ? ASSAY_NO_COUNTERPART : at->other->offset + start };
  assay_ranges_add (node_account->ranges, &range);
}

/* A valid signature, and the zeros behind it. */
static void
add_valid (AssayNodeAccount *node_account, const AssaySlotSpan *at, const AssaySlotVerdict *verdict)
{
  guint64 length = verdict->length == 0 ? at->span->length : MIN (verdict->length, at->span->length);
  add (node_account, at, 0, length, ASSAY_CLASS_EXPLAINED, "signature", NULL);
  if (at->other != NULL)
    add (node_account, at, length, at->span->length - length, ASSAY_CLASS_IDENTICAL, "equal", NULL);
  else
    add (node_account, at, length, at->span->length - length, ASSAY_CLASS_EXPLAINED, "filler", NULL);
}

/* A slot of a layout must be signed once a policy speaks of it; elsewhere what the rebuild has as well is right. */
static gboolean
judge_slot (AssayWork *work, AssayNodeAccount *node_account, const AssaySlotSpan *at, gboolean *out_judged,
            GError **error)
{
  const AssayNode *node = node_account->node;
  const char *name = at->span->slot;
  gboolean of_layout = strcmp (node->format, "layout") == 0;
  const AssaySlotVerdict *verdict = verdict_of (work, node, name, error);
  if (verdict == NULL)
    return FALSE;
  AssaySlotCase slot_case = case_of (work, node, name);
  AssayClass otherwise = assay_work_class_of_none (work, node_account->match);
  *out_judged = TRUE;
  if (at->equal && (!of_layout || verdict->state == ASSAY_SLOT_UNCLAIMED))
    *out_judged = FALSE;
  else if (verdict->state == ASSAY_SLOT_UNCLAIMED)
    add (node_account, at, 0, at->span->length, otherwise, "signature-unclaimed", assay_slot_advice (&slot_case));
  else if (verdict->state != ASSAY_SLOT_VALID)
    add (node_account, at, 0, at->span->length, otherwise, "signature-invalid", problem_text (verdict, name));
  else if (at->other != NULL && !of_layout)
    add (node_account, at, 0, at->span->length, otherwise, "signature-invalid",
         "the rebuild has bytes of its own in a place that a signature should explain");
  else
    add_valid (node_account, at, verdict);
  return TRUE;
}

/* A number that follows from which key signed, in a place that the rebuild left at zero. */
static gboolean
follows (AssayWork *work, const AssayNodeAccount *node_account, const AssaySlotSpan *at, const AssaySlot *slot,
         const AssaySpan *slot_span, gboolean *out_follows, GError **error)
{
  guint8 bytes[8] = { 0 };
  guint8 expected[8] = { 0 };
  guint64 number = 0;
  const AssaySlotVerdict *verdict = verdict_of (work, node_account->node, slot_span->slot, error);
  if (verdict == NULL)
    return FALSE;
  if (verdict->state != ASSAY_SLOT_VALID || verdict->slot != slot || at->span->length > sizeof bytes)
    return TRUE;
  if (at->other != NULL && at->other->length != at->span->length)
    return TRUE;
  if (!assay_blob_read (node_account->node->blob, at->span->offset, bytes, at->span->length, error)
      || (at->other != NULL
          && !assay_blob_read (node_account->match->expected->blob, at->other->offset, expected, at->other->length,
                               error)))
    return FALSE;
  for (guint i = 0; i < sizeof bytes; i++)
    {
      number |= (guint64)bytes[i] << 8 * i;
      if (expected[i] != 0)
        return TRUE;
    }
  *out_follows = slot->mask != NULL ? number == verdict->mask : number == slot->index_from + verdict->number;
  return TRUE;
}

static gboolean
judge_number (AssayWork *work, AssayNodeAccount *node_account, const AssaySlotSpan *at, gboolean *out_judged,
              GError **error)
{
  const AssayNode *node = node_account->node;
  for (guint i = 0; work->options->slots != NULL && i < work->options->slots->len; i++)
    {
      const AssaySlot *slot = g_ptr_array_index (work->options->slots, i);
      const char *wanted = slot->mask != NULL ? slot->mask : slot->index;
      gboolean right = FALSE;
      const AssaySpan *slot_span
          = wanted == NULL || strcmp (wanted, at->span->name) != 0 ? NULL : assay_slot_span (node, slot->name);
      if (slot_span != NULL && !follows (work, node_account, at, slot, slot_span, &right, error))
        return FALSE;
      if (!right)
        continue;
      add (node_account, at, 0, at->span->length, ASSAY_CLASS_EXPLAINED, "signature", NULL);
      *out_judged = TRUE;
      return TRUE;
    }
  return TRUE;
}

gboolean
assay_account_slot (AssayWork *work, AssayNodeAccount *node_account, const AssaySlotSpan *at, gboolean *out_judged,
                    GError **error)
{
  *out_judged = FALSE;
  if (at->span->slot != NULL)
    return judge_slot (work, node_account, at, out_judged, error);
  if (at->equal || strcmp (node_account->node->format, "layout") != 0)
    return TRUE;
  return judge_number (work, node_account, at, out_judged, error);
}

AssayDetached
assay_account_detached (AssayWork *work, const AssayNode *node, const char **out_detail)
{
  g_autoptr (GError) error = NULL;
  gboolean several = FALSE;
  AssaySlotCase slot_case = case_of (work, node, node->path);
  if (node->parent == NULL || node->spans != NULL || assay_pairing_get (work->pairing, node)->kind != ASSAY_MATCH_NONE
      || assay_slot_find (&slot_case, &several) == NULL)
    return ASSAY_DETACHED_NONE;
  const AssaySlotVerdict *verdict = verdict_of (work, node, node->path, &error);
  if (verdict == NULL)
    *out_detail = "the policy speaks of this signature, but it or what it covers cannot be read";
  else if (verdict->state != ASSAY_SLOT_VALID)
    *out_detail = problem_text (verdict, node->path);
  return verdict != NULL && verdict->state == ASSAY_SLOT_VALID ? ASSAY_DETACHED_VALID : ASSAY_DETACHED_INVALID;
}

static gboolean
is_detached (AssayWork *work, const AssayNode *node)
{
  const char *ignored = NULL;
  return assay_account_detached (work, node, &ignored) == ASSAY_DETACHED_VALID;
}

static void
count_detached (AssayWork *work, const AssayNode *container)
{
  guint count = 0;
  g_array_set_size (work->detached_before, 0);
  for (guint i = 0; i < container->children->len; i++)
    {
      g_array_append_val (work->detached_before, count);
      count += is_detached (work, g_ptr_array_index (container->children, i)) ? 1 : 0;
    }
  work->detached_of = container;
}

/* The inode's number of the entry at @index, plus @add. */
static gboolean
inode_is (const AssayNode *container, guint index, guint64 add, guint64 number)
{
  guint64 found = 0;
  const AssayNode *entry = index < container->children->len ? g_ptr_array_index (container->children, index) : NULL;
  return entry != NULL && assay_facts_get (entry->facts, "inode") != NULL
         && assay_facts_get_number (entry->facts, "inode", 10, 0, &found) && found + add == number;
}

gboolean
assay_account_detached_number (AssayWork *work, const AssayNode *node, const AssayFact *fact, const char *expected)
{
  const AssayNode *container = node->parent;
  guint64 number = 0;
  guint64 wanted = 0;
  if (container == NULL || strcmp (container->format, "cpio") != 0
      || !assay_number_parse (fact->value, strlen (fact->value), 10, &number))
    return FALSE;
  if (expected == NULL && !is_detached (work, node))
    return FALSE;
  if (strcmp (fact->name, "nlink") == 0)
    return expected == NULL && number == 1;
  if (strcmp (fact->name, "inode") != 0)
    return FALSE;
  if (expected == NULL)
    return node->index > 0 ? inode_is (container, node->index - 1, 1, number) : inode_is (container, 1, 0, number + 1);
  if (work->detached_of != container)
    count_detached (work, container);
  guint before = g_array_index (work->detached_before, guint, node->index);
  return before > 0 && assay_number_parse (expected, strlen (expected), 10, &wanted) && wanted + before == number;
}

/* Whether it has signatures, and all of them are valid. */
static gboolean
is_signed (AssayWork *work, const AssayNode *node)
{
  gboolean any = FALSE;
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const char *name = g_array_index (node->spans, AssaySpan, i).slot;
      const AssaySlotVerdict *verdict = name == NULL ? NULL : verdict_of (work, node, name, NULL);
      if (name != NULL && (verdict == NULL || verdict->state != ASSAY_SLOT_VALID))
        return FALSE;
      any = any || name != NULL;
    }
  return any;
}

gboolean
assay_account_signed_room (AssayWork *work, const AssayNode *node, const AssayFact *fact)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  gboolean follows = FALSE;
  return strcmp (fact->name, "free-bytes") == 0 && strcmp (node->format, "fit") == 0 && match->expected != NULL
         && strcmp (match->expected->format, "fit") == 0 && is_signed (work, node)
         && assay_fit_room_follows (node->blob, match->expected->blob, &follows, NULL) && follows;
}

static gboolean
is_held (const AssayAccount *account, guint number)
{
  for (guint i = 0; i < account->holds->len; i++)
    if (g_array_index (account->holds, AssaySignatureHold, i).number == number)
      return TRUE;
  return FALSE;
}

/** What is judged already is asked first: mostly it holds all lines. */
typedef enum
{
  HOLD_JUDGED = 0,
  HOLD_ANY,
} HoldPass;

/* Whether a signature verifies by itself: the rebuild may have the same one. Of a FIT it may have some properties, and
 * of one that it has to the last byte all of them. */
static gboolean
verifies (AssayWork *work, AssaySlotCase *slot_case, HoldPass pass)
{
  g_autofree char *key = g_strdup_printf ("%p:%s", (const void *)slot_case->node, slot_case->name);
  const AssaySlotVerdict *known = g_hash_table_lookup (work->verdicts, key);
  AssaySlotVerdict found = { .state = ASSAY_SLOT_UNKNOWN };
  if (known != NULL && known->state == ASSAY_SLOT_VALID)
    return TRUE;
  if (pass == HOLD_JUDGED)
    return FALSE;
  if (strcmp (slot_case->node->format, "fit") != 0)
    slot_case->expected = NULL;
  else if (assay_pairing_get (work->pairing, slot_case->node)->equal)
    slot_case->expected = slot_case->node;
  return assay_slot_judge (slot_case, &found, NULL) && found.state == ASSAY_SLOT_VALID;
}

static void
hold_slot (AssayWork *work, const AssayNode *node, const char *name, HoldPass pass)
{
  gboolean several = FALSE;
  guint number = 0;
  AssaySlotCase slot_case = case_of (work, node, name);
  const AssaySlot *slot = assay_slot_find (&slot_case, &several);
  gboolean speaks
      = slot != NULL && !several && g_ptr_array_find ((GPtrArray *)(gsize)work->options->slots, slot, &number);
  if (!speaks || is_held (work->account, number) || (node->spans == NULL && node->size > slot->max_size)
      || !verifies (work, &slot_case, pass))
    return;
  AssaySignatureHold hold = { number, node, name };
  g_array_append_val (work->account->holds, hold);
}

static void
hold_node (AssayWork *work, const AssayNode *node, HoldPass pass)
{
  const char *last = NULL; /* of a FIT one slot has several spans */
  for (guint i = 0; node->spans != NULL && i < node->spans->len; i++)
    {
      const char *name = g_array_index (node->spans, AssaySpan, i).slot;
      if (name != NULL && g_strcmp0 (name, last) != 0)
        hold_slot (work, node, name, pass);
      last = name != NULL ? name : last;
    }
  if (node->spans == NULL && node->parent != NULL && node->type == ASSAY_NODE_FILE && node->size > 0)
    hold_slot (work, node, node->path, pass);
}

void
assay_account_hold_signatures (AssayWork *work)
{
  AssayAccount *account = work->account;
  guint lines = work->options->slots == NULL ? 0 : work->options->slots->len;
  account->holds = g_array_new (FALSE, FALSE, sizeof (AssaySignatureHold));
  for (HoldPass pass = HOLD_JUDGED; pass <= HOLD_ANY; pass++)
    for (guint i = 0; i < account->nodes->len && account->holds->len < lines; i++)
      {
        const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
        if (node_account->in_scope)
          hold_node (work, node_account->node, pass);
      }
}
