#include "unpack/bytes.h"
#include "unpack/iso/iso.h"
#include "util/text.h"

#include <string.h>

/* El Torito 1.0: a catalog of what firmware may boot. */

#define BLOCK ASSAY_ISO_BLOCK_BYTES
#define ENTRY_BYTES 32u
#define SECTOR_BYTES 512u

/** First bytes of entries. */
enum
{
  VALIDATION = 0x01,
  BOOTABLE = 0x88,
  NOT_BOOTABLE = 0x00,
  SECTION = 0x90,
  LAST_SECTION = 0x91,
};

#define PLATFORM_EFI 0xefu

/** What a BIOS takes the image for, in the lower four bits. */
enum
{
  MEDIA_NONE = 0,
  MEDIA_DISK = 4,
};

/* Bytes of the floppy disks that a BIOS makes of an image; of all else the catalog says how much is loaded. */
static const guint32 floppy_bytes[MEDIA_DISK] = { 0, 1200 * 1024, 1440 * 1024, 2880 * 1024 };

/** @number: of the entry that is read; @platform: of its section */
typedef struct
{
  AssayIso *iso;
  guint number;
  guint platform;
} Catalog;

/* Words of the validation entry add up to zero. */
static gboolean
check_validation (const guint8 *entry, GError **error)
{
  guint sum = 0;
  for (guint i = 0; i < ENTRY_BYTES; i += 2)
    sum += assay_get_le16 (entry + i);
  return (entry[0] == VALIDATION && entry[30] == 0x55 && entry[31] == 0xaa && (sum & 0xffff) == 0)
         || assay_iso_fail ("a boot catalog that is none", error);
}

/* Bytes that firmware runs, unless it looks for a file system in them. */
static void
mark_code (const Catalog *catalog, guint media, AssayNode *image)
{
  if (catalog->platform != PLATFORM_EFI && (media == MEDIA_NONE || media == MEDIA_DISK))
    image->loaded_from = "none";
}

/* What is in no directory is a child of its own. */
static gboolean
find_image (Catalog *catalog, guint media, guint32 block, guint32 sectors, AssayNode **out_image, GError **error)
{
  AssayIso *iso = catalog->iso;
  guint64 length = media > MEDIA_NONE && media < MEDIA_DISK ? floppy_bytes[media] : (guint64)sectors * SECTOR_BYTES;
  *out_image = g_hash_table_lookup (iso->files, GUINT_TO_POINTER (block));
  if (*out_image == NULL && length > 0)
    {
      g_autofree char *name = g_strdup_printf ("#boot%u", catalog->number);
      if (!assay_iso_check_run (iso, block, length, error))
        return FALSE;
      *out_image
          = assay_container_add_part (iso->container, name, (guint64)block * BLOCK, length, "iso boot image", error);
      if (*out_image == NULL)
        return FALSE;
      g_hash_table_insert (iso->files, GUINT_TO_POINTER (block), *out_image);
    }
  if (*out_image != NULL)
    mark_code (catalog, media, *out_image);
  return TRUE;
}

static gboolean
take_image (Catalog *catalog, const guint8 *entry, GError **error)
{
  AssayNode *image = NULL;
  guint media = entry[1] & 15;
  guint32 block = assay_get_le32 (entry + 8);
  guint32 sectors = assay_get_le16 (entry + 6);
  catalog->number++;
  if (entry[0] != BOOTABLE && entry[0] != NOT_BOOTABLE)
    return assay_iso_fail ("an entry of a boot catalog that is none", error);
  if (media > MEDIA_DISK)
    return assay_iso_fail ("a boot image of no known kind", error);
  if (!find_image (catalog, media, block, sectors, &image, error))
    return FALSE;
  g_autofree char *name = g_strdup_printf ("boot-%u", catalog->number);
  g_autofree char *place = image != NULL ? g_strdup (image->path) : g_strdup_printf ("block %" G_GUINT32_FORMAT, block);
  assay_facts_add (catalog->iso->container->node->own_facts, assay_text_intern (name),
                   "%s%s, platform 0x%02x, media %u, segment 0x%04x, %" G_GUINT32_FORMAT " sectors", place,
                   entry[0] == BOOTABLE ? "" : " (not bootable)", catalog->platform, media, assay_get_le16 (entry + 2),
                   sectors);
  return TRUE;
}

/* Behind the default entry come sections, each of so many entries; an entry may be longer than one (0x44). */
static gboolean
read_sections (Catalog *catalog, const guint8 *bytes, GError **error)
{
  gsize at = 2 * ENTRY_BYTES;
  while (at < BLOCK && (bytes[at] == SECTION || bytes[at] == LAST_SECTION))
    {
      guint count = assay_get_le16 (bytes + at + 2);
      gboolean last = bytes[at] == LAST_SECTION;
      catalog->platform = bytes[at + 1];
      for (at += ENTRY_BYTES; count > 0; count--, at += ENTRY_BYTES)
        {
          if (at >= BLOCK)
            return assay_iso_unsupported ("a boot catalog of more than one block", error);
          if (bytes[at + 1] & 0x20)
            return assay_iso_unsupported ("an entry of a boot catalog that is continued", error);
          if (!take_image (catalog, bytes + at, error))
            return FALSE;
        }
      if (last)
        return TRUE;
    }
  return TRUE;
}

gboolean
assay_iso_boot_read (AssayIso *iso, guint32 block, GError **error)
{
  guint8 bytes[BLOCK];
  Catalog catalog = { .iso = iso };
  AssayNode *node = iso->container->node;
  if (!assay_iso_check_run (iso, block, BLOCK, error)
      || !assay_blob_read (node->blob, (guint64)block * BLOCK, bytes, sizeof bytes, error)
      || !check_validation (bytes, error))
    return FALSE;
  catalog.platform = bytes[1];
  if (g_hash_table_lookup (iso->files, GUINT_TO_POINTER (block)) == NULL)
    assay_iso_span (iso, (guint64)block * BLOCK, BLOCK, NULL, "iso boot catalog");
  return take_image (&catalog, bytes + ENTRY_BYTES, error) && read_sections (&catalog, bytes, error);
}
