#include "account/rules/rule.h"

#include <elf.h>

/* Whether a range of the flat image touches memory that a segment claims: behind the bytes that it has in the file a
 * loader finds zeros (System V ABI, p_memsz), and so must who takes the image as it is. */
static gboolean
touches_memory (const AssayElf *elf, guint64 base, guint64 offset, guint64 length)
{
  for (guint i = 0; i < elf->segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (elf->segments, AssaySegment, i);
      /* some linkers leave every physical address 0 and mean the virtual one: either counts */
      const guint64 starts[] = { segment->physical_address - base, segment->virtual_address - base };
      for (gsize j = 0; segment->type == PT_LOAD && j < G_N_ELEMENTS (starts); j++)
        if (offset - starts[j] < segment->memory_size || starts[j] - offset < length)
          return TRUE;
    }
  return FALSE;
}

/* Whether a segment has other bytes in the file for what is filled: a loader puts these there, whether a section names
 * them or not. objcopy fills between sections with zeros, as linkers do. */
static gboolean
has_other_bytes (const AssayRuleCase *rule_case, const AssaySegment *segment, guint64 start, guint64 offset,
                 guint64 length, gboolean *out_other, GError **error)
{
  guint64 from = MAX (offset, start);
  guint64 to = MIN (offset + length, start + segment->file_size);
  gboolean equal = TRUE;
  if (from >= to)
    return TRUE;
  g_autoptr (AssayBlob) ours = assay_blob_new_slice (rule_case->node->blob, from, to - from, error);
  g_autoptr (AssayBlob) theirs
      = ours == NULL
            ? NULL
            : assay_blob_new_slice (rule_case->expected->blob, segment->offset + (from - start), to - from, error);
  if (theirs == NULL || !assay_blob_equal (ours, theirs, &equal, error))
    return FALSE;
  *out_other = *out_other || !equal;
  return TRUE;
}

static gboolean
is_in_place_of_bytes (const AssayRuleCase *rule_case, guint64 base, guint64 offset, guint64 length, gboolean *out_is,
                      GError **error)
{
  const GArray *segments = rule_case->expected_elf->segments;
  gboolean physical = assay_elf_has_load_addresses (rule_case->expected_elf);
  *out_is = FALSE;
  for (guint i = 0; i < segments->len; i++)
    {
      const AssaySegment *segment = &g_array_index (segments, AssaySegment, i);
      guint64 start = (physical ? segment->physical_address : segment->virtual_address) - base;
      if (segment->type != PT_LOAD || start > G_MAXINT64 || segment->file_size > G_MAXINT64)
        continue;
      if (!has_other_bytes (rule_case, segment, start, offset, length, out_is, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_uniform (AssayBlob *blob, guint64 offset, guint64 length, gboolean only_zero, gboolean *out_uniform, GError **error)
{
  guint8 window[4096];
  guint8 value = 0;
  *out_uniform = FALSE;
  for (guint64 done = 0; done < length;)
    {
      gsize take = MIN (length - done, sizeof window);
      if (!assay_blob_read (blob, offset + done, window, take, error))
        return FALSE;
      if (done == 0)
        value = window[0];
      if (value != 0x00 && (value != 0xff || only_zero))
        return TRUE;
      for (gsize i = 0; i < take; i++)
        if (window[i] != value)
          return TRUE;
      done += take;
    }
  *out_uniform = TRUE;
  return TRUE;
}

/* Where each byte has its address beside it, to which addresses is a fact (T5): more bytes behind the program are
 * written over what lies there. */
static gboolean
is_of_records (const AssayNode *node)
{
  static const char *const formats[] = { "ihex", "srec", "uf2", NULL };
  for (; node != NULL; node = node->parent)
    if (g_strv_contains (formats, node->format))
      return TRUE;
  return FALSE;
}

static guint64
end_of (const GArray *ranges)
{
  guint64 end = 0;
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayLoadRange *range = &g_array_index (ranges, AssayLoadRange, i);
      end = MAX (end, range->image_offset + range->length);
    }
  return end;
}

gboolean
assay_rule_filler (AssayRuleCase *rule_case, GError **error)
{
  guint64 base = 0;
  if (!rule_case->placed)
    return TRUE;
  g_autoptr (GArray) ranges = assay_elf_load_image (rule_case->expected_elf, &base, error);
  if (ranges == NULL)
    return FALSE;
  guint64 end = is_of_records (rule_case->node) ? end_of (ranges) : G_MAXUINT64;
  for (guint i = 0; i < rule_case->differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (rule_case->differences, AssayDifference, i);
      gboolean uniform = FALSE;
      gboolean in_place = FALSE;
      if (difference->expected_offset != ASSAY_NO_COUNTERPART || difference->offset + difference->length > end)
        continue;
      gboolean memory = touches_memory (rule_case->expected_elf, base, difference->offset, difference->length);
      if (!is_uniform (rule_case->node->blob, difference->offset, difference->length, memory, &uniform, error)
          || !is_in_place_of_bytes (rule_case, base, difference->offset, difference->length, &in_place, error))
        return FALSE;
      if (uniform && !in_place)
        assay_rule_add_verified (rule_case, "filler", difference->offset, difference->length, ASSAY_CLASS_EXPLAINED);
    }
  return TRUE;
}
