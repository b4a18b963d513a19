#include "unpack/rpm/rpm.h"

#include "unpack/bytes.h"
#include "util/cancel.h"
#include "util/checked.h"

#include <string.h>

/** Magic, reserved bytes, and how many entries and bytes of data follow. */
#define INTRO_BYTES 16u

#define ENTRY_BYTES 16u

static const guint8 magic[8] = { 0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0 };

/* Bytes of one element, which data of that type are aligned to; 0 for what ends with a zero byte. */
static const guint8 widths[ASSAY_RPM_TYPES] = {
  [ASSAY_RPM_CHAR] = 1,  [ASSAY_RPM_INT8] = 1, [ASSAY_RPM_INT16] = 2,
  [ASSAY_RPM_INT32] = 4, [ASSAY_RPM_BIN] = 1,  [ASSAY_RPM_INT64] = 8,
};

gboolean
assay_rpm_fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "rpm: %s", what);
}

void
assay_rpm_header_clear (AssayRpmHeader *header)
{
  g_clear_pointer (&header->bytes, g_free);
  g_clear_pointer (&header->entries, g_array_unref);
}

guint64
assay_rpm_number (const AssayRpmHeader *header, const AssayRpmEntry *entry, guint32 index)
{
  guint width = widths[entry->type];
  const guint8 *at = header->bytes + entry->at + (guint64)index * width;
  guint64 value = 0;
  for (guint i = 0; i < width; i++)
    value = value << 8 | at[i];
  return value;
}

const AssayRpmEntry *
assay_rpm_header_find (const AssayRpmHeader *header, guint32 tag, AssayRpmType type)
{
  for (guint i = 0; i < header->entries->len; i++)
    {
      const AssayRpmEntry *entry = &g_array_index (header->entries, AssayRpmEntry, i);
      if (entry->tag == tag && entry->type == type)
        return entry;
    }
  return NULL;
}

GPtrArray *
assay_rpm_texts (const AssayRpmHeader *header, const AssayRpmEntry *entry)
{
  GPtrArray *texts = g_ptr_array_new ();
  const char *text = (const char *)header->bytes + entry->at;
  for (guint32 i = 0; i < entry->count; i++)
    {
      g_ptr_array_add (texts, (gpointer)text);
      text += strlen (text) + 1;
    }
  g_ptr_array_add (texts, NULL);
  return texts;
}

static gboolean
read_bytes (AssayContainer *container, guint64 start, AssayRpmHeader *out, guint32 *out_entries, GError **error)
{
  guint8 intro[INTRO_BYTES];
  AssayNode *node = container->node;
  if (!assay_range_fits (start, sizeof intro, node->size))
    return assay_rpm_fail ("the package ends before a header does", error);
  if (!assay_blob_read (node->blob, start, intro, sizeof intro, error))
    return FALSE;
  if (memcmp (intro, magic, sizeof magic) != 0)
    return assay_rpm_fail ("a header that does not begin as one", error);
  *out_entries = assay_get_be32 (intro + 8);
  out->start = start;
  out->length = INTRO_BYTES + (guint64)*out_entries * ENTRY_BYTES + assay_get_be32 (intro + 12);
  if (*out_entries == 0)
    return assay_rpm_fail ("a header without entries", error);
  if (!assay_range_fits (start, out->length, node->size))
    return assay_rpm_fail ("the package ends before a header does", error);
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_METADATA_BYTES, out->length, "a longer header",
                           error))
    return FALSE;
  out->bytes = assay_blob_read_bytes (node->blob, start, (gsize)out->length, error);
  return out->bytes != NULL;
}

/* Where so many strings end, one behind the other. */
static gboolean
measure_strings (const AssayRpmHeader *header, AssayRpmEntry *entry, GError **error)
{
  guint64 at = entry->at;
  for (guint32 i = 0; i < entry->count; i++)
    {
      const guint8 *end = at < header->length ? memchr (header->bytes + at, 0, (gsize)(header->length - at)) : NULL;
      if (end == NULL)
        return assay_rpm_fail ("a text without end", error);
      at = (guint64)(end - header->bytes) + 1;
    }
  entry->length = at - entry->at;
  return entry->type != ASSAY_RPM_STRING || entry->count == 1 || assay_rpm_fail ("a text that is several", error);
}

static gboolean
measure (const AssayRpmHeader *header, AssayRpmEntry *entry, guint64 store, GError **error)
{
  guint width = widths[entry->type];
  if (entry->count == 0)
    return assay_rpm_fail ("an entry of nothing", error);
  if (width == 0)
    return measure_strings (header, entry, error);
  if ((entry->at - store) % width != 0)
    return assay_rpm_fail ("numbers that are not aligned", error);
  entry->length = (guint64)entry->count * width;
  return assay_range_fits (entry->at, entry->length, header->length)
         || assay_rpm_fail ("data that leave the header", error);
}

static gboolean
read_entry (AssayRpmHeader *header, guint32 index, guint64 store, guint32 region, GError **error)
{
  guint64 at = INTRO_BYTES + (guint64)index * ENTRY_BYTES;
  const guint8 *bytes = header->bytes + at;
  guint32 type = assay_get_be32 (bytes + 4);
  guint32 offset = assay_get_be32 (bytes + 8);
  if (type == ASSAY_RPM_NULL || type >= ASSAY_RPM_TYPES)
    return assay_rpm_fail ("an entry of no known type", error);
  if (offset >= header->length - store)
    return assay_rpm_fail ("data that leave the header", error);
  AssayRpmEntry entry = { .tag = assay_get_be32 (bytes),
                          .type = (AssayRpmType)type,
                          .count = assay_get_be32 (bytes + 12),
                          .index_at = at,
                          .at = store + offset };
  entry.name = assay_rpm_tag_name (region, entry.tag);
  if (!measure (header, &entry, store, error))
    return FALSE;
  /* texts are read to their end: as much as there is, and not for each entry */
  header->measured += entry.length;
  if (header->measured > header->length)
    return assay_rpm_fail ("two entries with the same data", error);
  g_array_append_val (header->entries, entry);
  return TRUE;
}

/* The first entry may say that it and those behind it are one region, which ends with the same said again. */
static gboolean
check_region (const AssayRpmHeader *header, guint32 region, GError **error)
{
  const AssayRpmEntry *first = &g_array_index (header->entries, AssayRpmEntry, 0);
  const guint8 *trailer = header->bytes + first->at;
  for (guint i = 1; i < header->entries->len; i++)
    {
      guint32 tag = g_array_index (header->entries, AssayRpmEntry, i).tag;
      if (tag <= ASSAY_RPM_REGION)
        return assay_rpm_fail ("a region within a header", error);
    }
  if (first->tag > ASSAY_RPM_REGION)
    return TRUE;
  if (first->tag != region || first->type != ASSAY_RPM_BIN || first->count != ENTRY_BYTES)
    return assay_rpm_fail ("a region of another kind", error);
  guint32 back = ~assay_get_be32 (trailer + 8) + 1;
  if (assay_get_be32 (trailer) != region || assay_get_be32 (trailer + 4) != ASSAY_RPM_BIN || back == 0
      || back % ENTRY_BYTES != 0 || back / ENTRY_BYTES > header->entries->len
      || assay_get_be32 (trailer + 12) != ENTRY_BYTES)
    return assay_rpm_fail ("a region whose end does not say what its beginning does", error);
  return TRUE;
}

static gint
by_data (gconstpointer a, gconstpointer b)
{
  const AssayRpmEntry *first = *(const AssayRpmEntry *const *)a;
  const AssayRpmEntry *second = *(const AssayRpmEntry *const *)b;
  return first->at < second->at ? -1 : first->at > second->at;
}

/* Of two entries of one tag, and of data that two entries share, readers may see one or the other. */
static gboolean
check_apart (const AssayRpmHeader *header, GError **error)
{
  g_autoptr (GHashTable) tags = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  guint64 end = 0;
  for (guint i = 0; i < header->entries->len; i++)
    {
      AssayRpmEntry *entry = &g_array_index (header->entries, AssayRpmEntry, i);
      if (!g_hash_table_add (tags, GUINT_TO_POINTER (entry->tag)))
        return assay_rpm_fail ("two entries of one tag", error);
      g_ptr_array_add (sorted, entry);
    }
  g_ptr_array_sort (sorted, by_data);
  for (guint i = 0; i < sorted->len; i++)
    {
      const AssayRpmEntry *entry = g_ptr_array_index (sorted, i);
      if (entry->at < end)
        return assay_rpm_fail ("two entries with the same data", error);
      end = entry->at + entry->length;
    }
  return TRUE;
}

gboolean
assay_rpm_header_read (AssayContainer *container, guint64 start, guint32 region, AssayRpmHeader *out, GError **error)
{
  guint32 count = 0;
  if (!read_bytes (container, start, out, &count, error))
    return FALSE;
  guint64 store = INTRO_BYTES + (guint64)count * ENTRY_BYTES;
  out->entries = g_array_new (FALSE, TRUE, sizeof (AssayRpmEntry));
  for (guint32 i = 0; i < count; i++)
    if (assay_cancelled (error) || !read_entry (out, i, store, region, error))
      return FALSE;
  return check_region (out, region, error) && check_apart (out, error);
}
