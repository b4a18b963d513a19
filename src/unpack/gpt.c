#include "unpack/bytes.h"
#include "unpack/partition.h"
#include "util/checked.h"

#include <string.h>
#include <zlib.h>

/* Where the fields of a header stand. */
enum
{
  AT_REVISION = 8,
  AT_HEADER_BYTES = 12,
  AT_HEADER_SUM = 16,
  AT_RESERVED = 20,
  AT_OWN_PLACE = 24,
  AT_OTHER_PLACE = 32,
  AT_FIRST_USABLE = 40,
  AT_LAST_USABLE = 48,
  AT_DISK_GUID = 56,
  AT_LIST_PLACE = 72,
  AT_COUNT = 80,
  AT_ENTRY_BYTES = 84,
  AT_LIST_SUM = 88,
  HEADER_BYTES = 92,
};

/* Where the fields of an entry stand. */
enum
{
  AT_TYPE_GUID = 0,
  AT_PARTITION_GUID = 16,
  AT_FIRST = 32,
  AT_LAST = 40,
  AT_ATTRIBUTES = 48,
  AT_NAME = 56,
  NAME_UNITS = 36,
  ENTRY_BYTES = 128,
};

#define GUID_BYTES 16u

/** One of the two headers: @place: its sector; @list: the entries; @list_bytes: of them */
typedef struct
{
  guint64 place;
  guint8 bytes[HEADER_BYTES];
  guint8 *list;
  gsize list_bytes;
} Header;

static void
header_clear (Header *header)
{
  g_clear_pointer (&header->list, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Header, header_clear)

/** A GPT that is being read. */
typedef struct
{
  AssayContainer *container;
  guint64 sector_bytes;
  guint64 sectors;
} Gpt;

static gboolean
fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "gpt: %s", what);
}

static char *
guid_text (const guint8 *guid)
{
  return g_strdup_printf ("%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", assay_get_le32 (guid),
                          assay_get_le16 (guid + 4), assay_get_le16 (guid + 6), guid[8], guid[9], guid[10], guid[11],
                          guid[12], guid[13], guid[14], guid[15]);
}

/* File systems of UEFI, Windows and Linux, swap, volumes, and the root and user partitions of the Discoverable
 * Partitions Specification for the usual processors. */
static gboolean
holds_files (const char *type)
{
  static const char *const types[] = {
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
    "0fc63daf-8483-4772-8e79-3d69d8477de4", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
    "e6d6d379-f507-44c2-a23c-238f2a3df928", "bc13c2ff-59e6-4262-a352-b275fd6f7172",
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "44479540-f297-41b2-9af7-d131d5f0458a",
    "b921b045-1df0-41c3-af44-4c6f280d3fae", "69dad710-2ce4-4e3c-b16c-21a1d49abed3",
    "933ac7e1-2eb4-4f13-b844-0e14e2aef915", "3b8f8425-20e0-4f3b-907f-1a25a76f98e8",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i], type) == 0)
      return TRUE;
  return FALSE;
}

static guint32
sum_header (const guint8 *bytes)
{
  guint8 copy[HEADER_BYTES];
  memcpy (copy, bytes, sizeof copy);
  memset (copy + AT_HEADER_SUM, 0, 4);
  return (guint32)crc32 (0, copy, sizeof copy);
}

/* The sector size is known by where the header stands. */
static gboolean
find_sector_bytes (Gpt *gpt, GError **error)
{
  static const guint sizes[] = { 512, 4096 };
  AssayNode *node = gpt->container->node;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gboolean found = FALSE;
      if (!assay_range_fits (sizes[i], HEADER_BYTES, node->size))
        continue;
      if (!assay_blob_equals (node->blob, sizes[i], "EFI PART", 8, &found, error))
        return FALSE;
      if (found && gpt->sector_bytes != 0)
        return fail ("two headers for two sizes of sectors", error);
      if (found)
        gpt->sector_bytes = sizes[i];
    }
  if (gpt->sector_bytes == 0)
    return fail ("a protective partition, and no header", error);
  gpt->sectors = node->size / gpt->sector_bytes;
  return TRUE;
}

static gboolean
check_header (const Gpt *gpt, const Header *header, GError **error)
{
  const guint8 *bytes = header->bytes;
  if (memcmp (bytes, "EFI PART", 8) != 0 || assay_get_le32 (bytes + AT_REVISION) != 0x00010000u
      || assay_get_le32 (bytes + AT_HEADER_BYTES) != HEADER_BYTES || assay_get_le32 (bytes + AT_RESERVED) != 0)
    return fail ("a header that is none, or of another version", error);
  if (assay_get_le32 (bytes + AT_HEADER_SUM) != sum_header (bytes))
    return fail ("the checksum of a header is wrong", error);
  if (assay_get_le64 (bytes + AT_OWN_PLACE) != header->place)
    return fail ("a header that calls another place its own", error);
  if (assay_get_le64 (bytes + AT_FIRST_USABLE) > assay_get_le64 (bytes + AT_LAST_USABLE)
      || assay_get_le64 (bytes + AT_LAST_USABLE) >= gpt->sectors)
    return fail ("the image ends before the sectors for partitions do", error);
  return TRUE;
}

/* Reads the header at @header's place and the list that it names. */
static gboolean
read_header (const Gpt *gpt, Header *header, GError **error)
{
  AssayNode *node = gpt->container->node;
  if (header->place == 0 || header->place >= gpt->sectors)
    return fail ("the image ends before the second header", error);
  if (!assay_blob_read (node->blob, header->place * gpt->sector_bytes, header->bytes, HEADER_BYTES, error)
      || !check_header (gpt, header, error))
    return FALSE;
  guint64 count = assay_get_le32 (header->bytes + AT_COUNT);
  guint64 place = assay_get_le64 (header->bytes + AT_LIST_PLACE);
  if (count == 0 || assay_get_le32 (header->bytes + AT_ENTRY_BYTES) != ENTRY_BYTES)
    return fail ("a list of no entries, or of entries of another size", error);
  if (!assay_limits_check (gpt->container->context->limits, ASSAY_LIMIT_METADATA_BYTES, count * ENTRY_BYTES,
                           "a longer list of partitions", error))
    return FALSE;
  header->list_bytes = (gsize)(count * ENTRY_BYTES);
  if (place >= gpt->sectors || !assay_range_fits (place * gpt->sector_bytes, header->list_bytes, node->size))
    return fail ("a list of partitions that leaves the image", error);
  header->list = assay_blob_read_bytes (node->blob, place * gpt->sector_bytes, header->list_bytes, error);
  if (header->list == NULL)
    return FALSE;
  return (guint32)crc32_z (0, header->list, header->list_bytes) == assay_get_le32 (header->bytes + AT_LIST_SUM)
         || fail ("the checksum of a list of partitions is wrong", error);
}

/* The two must be the same but for what says where they are. */
static gboolean
check_copies (const Header *first, const Header *second, GError **error)
{
  if (first->list == NULL || second->list == NULL)
    return fail ("a table without a list", error);
  gboolean same
      = memcmp (first->bytes + AT_FIRST_USABLE, second->bytes + AT_FIRST_USABLE, AT_LIST_PLACE - AT_FIRST_USABLE) == 0
        && memcmp (first->bytes + AT_COUNT, second->bytes + AT_COUNT, HEADER_BYTES - AT_COUNT) == 0
        && first->list_bytes == second->list_bytes && memcmp (first->list, second->list, first->list_bytes) == 0;
  return (same && assay_get_le64 (second->bytes + AT_OTHER_PLACE) == first->place)
         || fail ("two tables that do not say the same", error);
}

static void
state_partition (AssayNode *child, const guint8 *entry, const char *type)
{
  guint16 units[NAME_UNITS];
  guint length = 0;
  g_autofree char *guid = guid_text (entry + AT_PARTITION_GUID);
  for (; length < NAME_UNITS; length++)
    {
      units[length] = assay_get_le16 (entry + AT_NAME + 2 * length);
      if (units[length] == 0)
        break;
    }
  g_autofree char *name = g_utf16_to_utf8 (units, length, NULL, NULL, NULL);
  assay_facts_add (child->facts, "partition-type", "%s", type);
  assay_facts_add (child->facts, "partition-guid", "%s", guid);
  if (name != NULL)
    assay_facts_add_raw (child->facts, "partition-name", name, strlen (name));
  else
    assay_facts_add_hex (child->facts, "partition-name", entry + AT_NAME, 2 * (gsize)length);
  assay_facts_add (child->facts, "attributes", "0x%016" G_GINT64_MODIFIER "x", assay_get_le64 (entry + AT_ATTRIBUTES));
  assay_facts_add_number (child->facts, "first-sector", assay_get_le64 (entry + AT_FIRST));
}

static gboolean
read_entry (const Gpt *gpt, const Header *header, guint index, GError **error)
{
  static const guint8 unused[GUID_BYTES];
  const guint8 *entry = header->list + (gsize)index * ENTRY_BYTES;
  guint64 first = assay_get_le64 (entry + AT_FIRST);
  guint64 last = assay_get_le64 (entry + AT_LAST);
  if (memcmp (entry + AT_TYPE_GUID, unused, GUID_BYTES) == 0)
    return TRUE;
  if (first < assay_get_le64 (header->bytes + AT_FIRST_USABLE) || last < first
      || last > assay_get_le64 (header->bytes + AT_LAST_USABLE))
    return fail ("a partition outside of the sectors for partitions", error);
  g_autofree char *type = guid_text (entry + AT_TYPE_GUID);
  AssayPartition partition
      = { index + 1, first * gpt->sector_bytes, (last - first + 1) * gpt->sector_bytes, holds_files (type) };
  AssayNode *child = assay_partition_add (gpt->container, &partition, error);
  if (child == NULL)
    return FALSE;
  state_partition (child, entry, type);
  return TRUE;
}

static void
add_tables (const Gpt *gpt, const Header *header)
{
  assay_partition_table (gpt->container, header->place * gpt->sector_bytes, gpt->sector_bytes, "gpt header");
  assay_partition_table (gpt->container, assay_get_le64 (header->bytes + AT_LIST_PLACE) * gpt->sector_bytes,
                         header->list_bytes, "gpt list of partitions");
}

gboolean
assay_gpt_open (AssayContainer *container, GError **error)
{
  Gpt gpt = { .container = container };
  g_auto (Header) first = { .place = 1 };
  g_auto (Header) second = { 0 };
  if (!find_sector_bytes (&gpt, error) || !read_header (&gpt, &first, error))
    return FALSE;
  second.place = assay_get_le64 (first.bytes + AT_OTHER_PLACE);
  if (!read_header (&gpt, &second, error) || !check_copies (&first, &second, error))
    return FALSE;
  g_autofree char *guid = guid_text (first.bytes + AT_DISK_GUID);
  assay_facts_add (container->node->own_facts, "disk-guid", "%s", guid);
  assay_facts_add_number (container->node->own_facts, "sector-bytes", gpt.sector_bytes);
  add_tables (&gpt, &first);
  add_tables (&gpt, &second);
  for (guint i = 0; i < first.list_bytes / ENTRY_BYTES; i++)
    if (!read_entry (&gpt, &first, i, error))
      return FALSE;
  return TRUE;
}
