#include "account/rules/signature.h"

#include "inventory/elf.h"
#include "unpack/bytes.h"

#include <string.h>

/* How a range of a layout is called: a payload is a child of its name. */
static const char *
range_name (const AssayNode *node, const AssaySpan *span)
{
  if (span->kind != ASSAY_SPAN_PAYLOAD)
    return span->name;
  const AssayNode *child = g_ptr_array_index (node->children, span->child);
  gsize prefix = node->parent == NULL ? 0 : strlen (node->path) + 2;
  return child->path + prefix;
}

static gboolean
is_in (char **names, const char *name)
{
  return names != NULL && g_strv_contains ((const char *const *)names, name);
}

/* What is signed, in the order of the image. Every name must be there, once. */
static const char *
gather_ranges (const AssaySlotCase *slot_case, const AssaySlot *slot, GArray *out_ranges)
{
  const AssayNode *node = slot_case->node;
  gboolean all = strcmp (slot->covers[0], "*") == 0;
  guint found = 0;
  guint zeros = 0;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      const char *name = range_name (node, span);
      gboolean own = span->slot != NULL && strcmp (span->slot, slot_case->name) == 0;
      gboolean zeroed = is_in (slot->zeroed, name);
      AssaySignedRange range = { node->blob, span->offset, span->length, zeroed };
      if (all ? own && !zeroed : !is_in (slot->covers, name))
        continue;
      found++;
      zeros += zeroed ? 1 : 0;
      g_array_append_val (out_ranges, range);
    }
  if (found == 0 || (!all && found != g_strv_length (slot->covers))
      || zeros != (slot->zeroed == NULL ? 0 : g_strv_length (slot->zeroed)))
    return "covers ranges that are not all in the layout";
  return NULL;
}

/* Bytes of the container that begin as an ELF file, wherever that is, may be one that reaches over the slot. */
static gboolean
elf_reaches (const AssaySlotCase *slot_case, AssayBlob *blob, guint64 start, const AssaySpan *slot_span)
{
  guint8 magic[4];
  guint64 size = assay_blob_get_size (blob);
  g_autoptr (GError) ignored = NULL;
  if (start > slot_span->offset || size - start < sizeof magic
      || !assay_blob_read (blob, start, magic, sizeof magic, &ignored) || memcmp (magic, "\177ELF", 4) != 0)
    return FALSE;
  g_autoptr (AssayBlob) slice = assay_blob_new_slice (blob, start, size - start, &ignored);
  g_autoptr (AssayElf) elf = slice == NULL ? NULL : assay_elf_new (slice, slot_case->limits, &ignored);
  if (elf == NULL)
    return TRUE;
  for (guint64 i = 0; i < slot_span->length; i++)
    if (assay_elf_offset_is_executable (elf, slot_span->offset - start + i))
      return TRUE;
  return FALSE;
}

/** How many places that look like the beginning of an ELF file are tried; a container with more is not believed. */
#define ELF_PLACES 1024u

/* Looks at every place before the slot's end at which an ELF file could begin: a layout that cuts one in two, or a
 * vendor's header in front, makes its code no less code. What cannot be read is not believed. */
static gboolean
is_executable (const AssaySlotCase *slot_case, const AssayNode *node, const AssaySpan *slot_span)
{
  static const guint8 magic[] = { 0x7f, 'E', 'L', 'F' };
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  g_autoptr (GError) ignored = NULL;
  guint64 size = assay_blob_get_size (node->blob);
  guint tried = 0;
  for (guint64 offset = 0; offset < slot_span->offset + slot_span->length; offset += ASSAY_BLOB_WINDOW_BYTES - 3)
    {
      gsize length = MIN (size - offset, ASSAY_BLOB_WINDOW_BYTES);
      if (!assay_blob_read (node->blob, offset, window, length, &ignored))
        return TRUE;
      for (const guint8 *at = window; (at = memmem (at, window + length - at, magic, sizeof magic)) != NULL; at++)
        if (++tried > ELF_PLACES || elf_reaches (slot_case, node->blob, offset + (guint64)(at - window), slot_span))
          return TRUE;
      if (offset + length == size)
        break;
    }
  return FALSE;
}

static gboolean
is_zero (AssayBlob *blob, guint64 offset, guint64 length, gboolean *out_zero, GError **error)
{
  guint64 nonzero = 0;
  if (!assay_blob_find_nonzero (blob, offset, length, &nonzero, error))
    return FALSE;
  *out_zero = nonzero == offset + length;
  return TRUE;
}

/* What can be said of the slot before anything is verified. */
static gboolean
check_place (const AssaySlotCase *slot_case, const AssaySlot *slot, const AssaySpan *span, const char **out_problem,
             GError **error)
{
  gboolean zero = TRUE;
  const AssaySpan *other = slot_case->expected == NULL ? NULL : assay_slot_span (slot_case->expected, slot_case->name);
  if (!slot_case->layout_granted)
    *out_problem = "lies in a layout that comes from a recipe which the policy does not pin";
  else if (span->length > slot->max_size || span->length > ASSAY_SLOT_MOST_BYTES)
    *out_problem = "has a slot that is longer than the policy's max-size, or than 64 KiB";
  else if (slot_case->expected != NULL && (other == NULL || other->length != span->length))
    *out_problem = "has no place of the same size in the rebuild";
  else if (other != NULL && !is_zero (slot_case->expected->blob, other->offset, other->length, &zero, error))
    return FALSE;
  else if (!zero)
    *out_problem = "stands in a place for which the rebuild has bytes of its own that are no zeros";
  else if (is_executable (slot_case, slot_case->node, span)
           || (other != NULL && is_executable (slot_case, slot_case->expected, other))
           || assay_slot_lies_in_code (slot_case, span, other))
    *out_problem = "stands in an executable range";
  return TRUE;
}

/* The number that a range of at most eight bytes holds, the lowest byte first. */
static gboolean
read_number (const AssayNode *node, const char *name, guint64 *out_number, gboolean *out_found, GError **error)
{
  guint8 bytes[8] = { 0 };
  *out_found = FALSE;
  *out_number = 0;
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->kind == ASSAY_SPAN_PAYLOAD || strcmp (span->name, name) != 0 || span->length > sizeof bytes)
        continue;
      if (!assay_blob_read (node->blob, span->offset, bytes, span->length, error))
        return FALSE;
      for (guint j = 0; j < sizeof bytes; j++)
        *out_number |= (guint64)bytes[j] << 8 * j;
      *out_found = TRUE;
      return TRUE;
    }
  return TRUE;
}

static guint
count_bits (guint64 mask)
{
  guint count = 0;
  for (; mask != 0; mask &= mask - 1)
    count++;
  return count;
}

/** The bytes of a slot, and what they must sign. */
typedef struct
{
  const GArray *ranges;
  const guint8 *bytes;
  gsize length;
} Signed;

/* Several keys that made one signature together. */
static gboolean
verify_joint (const AssaySlotCase *slot_case, const Signed *given, AssaySlotVerdict *verdict, GError **error)
{
  const AssaySlot *slot = verdict->slot;
  gboolean found = FALSE;
  gsize length = 0;
  if (!read_number (slot_case->node, slot->mask, &verdict->mask, &found, error))
    return FALSE;
  g_autoptr (AssayPublicKey) joint = found ? assay_public_key_join (slot->keys, verdict->mask) : NULL;
  if (joint == NULL)
    verdict->problem = "comes with a mask that names none of the policy's keys";
  else if (count_bits (verdict->mask) < slot->threshold)
    verdict->problem = "was made by fewer keys than the policy wants";
  else if (!assay_public_key_verify (joint, given->ranges, given->bytes, given->length, &length, &verdict->problem,
                                     error))
    return FALSE;
  verdict->length = length;
  return TRUE;
}

static gboolean
verify_any (const Signed *given, AssaySlotVerdict *verdict, GError **error)
{
  verdict->problem = "is by no key";
  for (guint i = 0; i < verdict->slot->keys->len; i++)
    {
      gsize length = 0;
      const AssayPublicKey *key = g_ptr_array_index (verdict->slot->keys, i);
      if (!assay_public_key_verify (key, given->ranges, given->bytes, given->length, &length, &verdict->problem, error))
        return FALSE;
      verdict->length = length;
      verdict->number = i;
      if (verdict->problem == NULL)
        return TRUE;
    }
  if (verdict->slot->keys->len > 1)
    verdict->problem = "does not verify under any of the keys that the policy gives";
  return TRUE;
}

/* What reads the image goes by the number that stands in it, whichever key verifies here. */
static gboolean
check_index (const AssaySlotCase *slot_case, AssaySlotVerdict *verdict, GError **error)
{
  const AssaySlot *slot = verdict->slot;
  gboolean found = FALSE;
  guint64 number = 0;
  if (slot->index == NULL)
    return TRUE;
  if (!read_number (slot_case->node, slot->index, &number, &found, error))
    return FALSE;
  if (!found || number != slot->index_from + verdict->number)
    verdict->problem = "is by another key than the one whose number the image gives";
  return TRUE;
}

/* Of several keys each signs once: else one of them could make up a threshold alone. Two slots of one key each say
 * themselves that it is the same. */
static gboolean
check_distinct (const AssaySlotCase *slot_case, AssaySlotVerdict *verdict, GError **error)
{
  const AssayPublicKey *key = g_ptr_array_index (verdict->slot->keys, verdict->number);
  if (slot_case->alone)
    return TRUE;
  for (guint i = 0; i < slot_case->node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (slot_case->node->spans, AssaySpan, i);
      AssaySlotCase before = *slot_case;
      AssaySlotVerdict other = { .state = ASSAY_SLOT_UNKNOWN };
      if (span->slot != NULL && strcmp (span->slot, slot_case->name) == 0)
        return TRUE;
      if (span->slot == NULL)
        continue;
      before.name = span->slot;
      before.alone = TRUE;
      if (!assay_slot_judge (&before, &other, error))
        return FALSE;
      if (other.state == ASSAY_SLOT_VALID && (other.slot->keys->len > 1 || verdict->slot->keys->len > 1)
          && assay_public_key_equal (g_ptr_array_index (other.slot->keys, other.number), key))
        {
          verdict->problem = "is by a key that has signed in another slot already";
          return TRUE;
        }
    }
  return TRUE;
}

gboolean
assay_slot_judge_raw (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error)
{
  const AssaySlot *slot = out_verdict->slot;
  const AssaySpan *span = assay_slot_span (slot_case->node, slot_case->name);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  gboolean zero = FALSE;
  out_verdict->problem = span == NULL           ? "has no place"
                         : slot->keys->len == 0 ? "is in a place where no CMS can stand"
                                                : gather_ranges (slot_case, slot, ranges);
  if (out_verdict->problem == NULL && !check_place (slot_case, slot, span, &out_verdict->problem, error))
    return FALSE;
  if (out_verdict->problem != NULL)
    return TRUE;
  g_autofree guint8 *bytes = g_malloc (span->length);
  Signed given = { ranges, bytes, span->length };
  if (!assay_blob_read (slot_case->node->blob, span->offset, bytes, span->length, error)
      || !(slot->mask != NULL ? verify_joint (slot_case, &given, out_verdict, error)
                              : verify_any (&given, out_verdict, error)))
    return FALSE;
  if (out_verdict->problem != NULL)
    return TRUE;
  if (!is_zero (slot_case->node->blob, span->offset + out_verdict->length, span->length - out_verdict->length, &zero,
                error))
    return FALSE;
  if (!zero)
    out_verdict->problem = "is valid, but other bytes than zeros stand behind it in its slot";
  else if (slot->mask == NULL)
    return check_index (slot_case, out_verdict, error)
           && (out_verdict->problem != NULL || check_distinct (slot_case, out_verdict, error));
  return TRUE;
}
