#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/partition.h"
#include "util/checked.h"

#include <string.h>

/* The table of partitions in the first sector of a PC's disk, with the chains of tables in extended partitions. */

#define PRIMARY 4u
#define AT_CODE_END 440u
#define AT_TABLE 446u
#define AT_SIGNATURE 510u
#define ENTRY_BYTES 16u
#define FIRST_LOGICAL 5u

/** Longer chains no system reads. */
#define MOST_LOGICAL 128u

/** One entry: @start and @count in sectors, from where its table counts. */
typedef struct
{
  guint8 status;
  guint8 type;
  guint32 start;
  guint32 count;
} Entry;

static gboolean
fail (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "mbr: %s", what);
}

static Entry
entry_at (const guint8 *sector, guint index)
{
  const guint8 *bytes = sector + AT_TABLE + index * ENTRY_BYTES;
  return (Entry){ bytes[0], bytes[4], assay_get_le32 (bytes + 8), assay_get_le32 (bytes + 12) };
}

static gboolean
has_signature (const guint8 *sector)
{
  return sector[AT_SIGNATURE] == 0x55 && sector[AT_SIGNATURE + 1] == 0xaa;
}

static gboolean
is_extended (const Entry *entry)
{
  return entry->type == 0x05 || entry->type == 0x0f || entry->type == 0x85;
}

static gboolean
entry_fits (const Entry *entry, guint64 size)
{
  return entry->start > 0 && entry->count > 0
         && (entry->type == ASSAY_MBR_PROTECTIVE
             || assay_range_fits ((guint64)entry->start * ASSAY_MBR_SECTOR_BYTES,
                                  (guint64)entry->count * ASSAY_MBR_SECTOR_BYTES, size));
}

/* Any boot sector ends with the signature: what stands in the place of the table must be one. */
gboolean
assay_mbr_probe (const guint8 *head, gsize length, guint64 size)
{
  static const guint8 zeros[ENTRY_BYTES];
  guint used = 0;
  if (length < ASSAY_MBR_SECTOR_BYTES || !has_signature (head))
    return FALSE;
  for (guint i = 0; i < PRIMARY; i++)
    {
      Entry entry = entry_at (head, i);
      gboolean empty = memcmp (head + AT_TABLE + i * ENTRY_BYTES, zeros, ENTRY_BYTES) == 0;
      if (!empty && (entry.type == 0 || (entry.status & 0x7f) != 0 || !entry_fits (&entry, size)))
        return FALSE;
      used += !empty;
    }
  return used > 0;
}

/* FAT, NTFS, Linux's file systems, swap and volumes, and the file system of UEFI. */
static gboolean
holds_files (guint8 type)
{
  static const guint8 types[] = { 0x01, 0x04, 0x06, 0x07, 0x0b, 0x0c, 0x0e, 0x82, 0x83, 0x8e, 0xef, 0xfd };
  return memchr (types, type, sizeof types) != NULL;
}

/* @base: the sector from which the entry counts */
static gboolean
add_entry (AssayContainer *container, const Entry *entry, guint64 base, guint number, GError **error)
{
  AssayPartition partition = { number, (base + entry->start) * ASSAY_MBR_SECTOR_BYTES,
                               (guint64)entry->count * ASSAY_MBR_SECTOR_BYTES, holds_files (entry->type) };
  AssayNode *child = assay_partition_add (container, &partition, error);
  if (child == NULL)
    return FALSE;
  assay_facts_add (child->facts, "partition-type", "0x%02x", entry->type);
  assay_facts_add (child->facts, "active", "%s", entry->status == 0 ? "no" : "yes");
  assay_facts_add_number (child->facts, "first-sector", base + entry->start);
  return TRUE;
}

/* Linux goes by the size whether an entry of a chain is one (block/partitions/msdos.c), and others by the type. */
static gboolean
types_have_sizes (const guint8 *sector)
{
  for (guint i = 0; i < PRIMARY; i++)
    {
      Entry entry = entry_at (sector, i);
      if ((entry.type == 0) != (entry.count == 0))
        return FALSE;
    }
  return TRUE;
}

/* One table of a chain: a partition, which counts from the table, and where the next one is, from the chain's start. */
static gboolean
read_link (AssayContainer *container, const Entry *extended, guint32 *at, guint *number, GError **error)
{
  guint8 sector[ASSAY_MBR_SECTOR_BYTES];
  guint64 place = (guint64)extended->start + *at;
  if (!assay_blob_read (container->node->blob, place * ASSAY_MBR_SECTOR_BYTES, sector, sizeof sector, error))
    return FALSE;
  Entry logical = entry_at (sector, 0);
  Entry next = entry_at (sector, 1);
  if (!has_signature (sector) || is_extended (&logical) || (next.type != 0 && !is_extended (&next))
      || entry_at (sector, 2).type != 0 || entry_at (sector, 3).type != 0 || !types_have_sizes (sector))
    return fail ("a table of a chain that is none", error);
  assay_partition_table (container, place * ASSAY_MBR_SECTOR_BYTES, sizeof sector, "mbr table of a chain");
  if (logical.type != 0)
    {
      if (logical.start == 0 || logical.count == 0
          || !assay_range_fits ((guint64)*at + logical.start, logical.count, extended->count))
        return fail ("a partition that leaves the one around it", error);
      if (!add_entry (container, &logical, place, *number, error))
        return FALSE;
      ++*number;
    }
  if (next.type != 0 && (next.start == 0 || next.start >= extended->count))
    return fail ("a chain of tables that leaves its partition", error);
  *at = next.type != 0 ? next.start : 0;
  return TRUE;
}

static gboolean
read_chain (AssayContainer *container, const Entry *extended, GError **error)
{
  guint number = FIRST_LOGICAL;
  guint32 at = 0;
  guint links = 0;
  do
    {
      if (links++ >= MOST_LOGICAL)
        return fail ("a chain of tables that does not end", error);
      if (!read_link (container, extended, &at, &number, error))
        return FALSE;
  } while (at != 0);
  return TRUE;
}

static gboolean
is_protected (const guint8 *sector)
{
  for (guint i = 0; i < PRIMARY; i++)
    if (entry_at (sector, i).type == ASSAY_MBR_PROTECTIVE)
      return TRUE;
  return FALSE;
}

static gboolean
open_protected (AssayContainer *container, const guint8 *sector, GError **error)
{
  guint used = 0;
  for (guint i = 0; i < PRIMARY; i++)
    {
      Entry entry = entry_at (sector, i);
      used += entry.type != 0;
      if (entry.type == ASSAY_MBR_PROTECTIVE && entry.start != 1)
        return fail ("a protective partition in the wrong place", error);
    }
  /* Some systems see the partitions of one table, some those of the other. */
  if (used != 1)
    return fail ("partitions beside the protective one", error);
  container->node->format = "gpt";
  return assay_gpt_open (container, error);
}

/* Who looks for a GPT without asking the first table would find one. */
static gboolean
refuse_hidden (AssayContainer *container, GError **error)
{
  static const char magic[] = "EFI PART";
  static const guint places[] = { 512, 4096 };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      gboolean found = FALSE;
      if (assay_range_fits (places[i], sizeof magic - 1, container->node->size)
          && !assay_blob_equals (container->node->blob, places[i], magic, sizeof magic - 1, &found, error))
        return FALSE;
      if (found)
        return fail ("a GPT that no protective partition tells of", error);
    }
  return TRUE;
}

static gboolean
read_primary (AssayContainer *container, const guint8 *sector, GError **error)
{
  const Entry *chain = NULL;
  Entry entries[PRIMARY];
  for (guint i = 0; i < PRIMARY; i++)
    {
      entries[i] = entry_at (sector, i);
      if (is_extended (&entries[i]) && chain != NULL)
        return fail ("two extended partitions", error);
      if (is_extended (&entries[i]))
        chain = &entries[i];
      else if (entries[i].type != 0 && !add_entry (container, &entries[i], 0, i + 1, error))
        return FALSE;
    }
  return chain == NULL || read_chain (container, chain, error);
}

/* A partition within the extended one that the first table has is none of its chain. */
static gboolean
check_apart (const guint8 *sector, GError **error)
{
  for (guint i = 0; i < PRIMARY; i++)
    for (guint j = 0; j < PRIMARY; j++)
      {
        Entry one = entry_at (sector, i);
        Entry other = entry_at (sector, j);
        if (i != j && one.type != 0 && other.type != 0 && other.start >= one.start
            && other.start - one.start < one.count)
          return fail ("partitions that overlap", error);
      }
  return TRUE;
}

gboolean
assay_mbr_open (AssayContainer *container, GError **error)
{
  guint8 sector[ASSAY_MBR_SECTOR_BYTES];
  AssayNode *node = container->node;
  if (!assay_blob_read (node->blob, 0, sector, sizeof sector, error))
    return FALSE;
  node->ordered = TRUE;
  assay_partition_table (container, 0, AT_CODE_END, "mbr boot code");
  assay_partition_table (container, AT_CODE_END, sizeof sector - AT_CODE_END, "mbr table");
  if (is_protected (sector))
    return open_protected (container, sector, error);
  assay_facts_add (node->own_facts, "disk-signature", "0x%08x", assay_get_le32 (sector + AT_CODE_END));
  return refuse_hidden (container, error) && check_apart (sector, error) && read_primary (container, sector, error);
}
