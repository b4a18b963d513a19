#include "unpack/marks.h"

#include "unpack/bytes.h"
#include "unpack/mark_list.h"
#include "util/checked.h"

#include <string.h>

/* What the code in a chip starts from, wherever it looks for that. */

/** What the code in a chip looks for on the medium that it starts from: each vendor at places of its
 * own. Here the place alone tells a short mark from chance, or is no multiple of a sector. */
static const AssayMark boot_marks[] = {
  ASSAY_MARK (0x2004, "eGON.BT0"), /* Allwinner */
  ASSAY_MARK (0x20004, "eGON.BT0"),
  ASSAY_MARK (0x2000, "TOC0.GLH"),
  ASSAY_MARK (0x20000, "TOC0.GLH"),
  ASSAY_MARK (0x400, "\xd1\x00\x20"), /* i.MX: an image vector table */
  ASSAY_MARK (0x1000, "\xd1\x00\x20"),
  ASSAY_MARK (0x8000, "\xd1\x00\x20"),
  ASSAY_MARK (0x8400, "\xd1\x00\x20"),
  ASSAY_MARK (0x8000, "\x3b\x8c\xdc\xfc"), /* Rockchip, enciphered by RC4, and newer ones; and their copies */
  ASSAY_MARK (0x88000, "\x3b\x8c\xdc\xfc"),
  ASSAY_MARK (0x108000, "\x3b\x8c\xdc\xfc"),
  ASSAY_MARK (0x188000, "\x3b\x8c\xdc\xfc"),
  ASSAY_MARK (0x208000, "\x3b\x8c\xdc\xfc"),
  ASSAY_MARK (0x8000, "RKNS"),
  ASSAY_MARK (0x8000, "RKSS"),
  ASSAY_MARK (0x88000, "RKNS"),
  ASSAY_MARK (0x108000, "RKNS"),
  ASSAY_MARK (0x188000, "RKNS"),
  ASSAY_MARK (0x208000, "RKNS"),
  ASSAY_MARK (0x10, "@AML"), /* Amlogic */
  ASSAY_MARK (0x210, "@AML"),
  ASSAY_MARK (0x14, "CHSETTINGS"), /* OMAP */
  ASSAY_MARK (0x20014, "CHSETTINGS"),
  ASSAY_MARK (0x40014, "CHSETTINGS"),
  ASSAY_MARK (0x60014, "CHSETTINGS"),
  ASSAY_MARK (0x20, "\x66\x55\x99\xaa"),   /* Zynq */
  ASSAY_MARK (0x1000, "\xaa\x55\xaa\x55"), /* Layerscape */
  ASSAY_MARK (0x1000, "\x55\xaa\x55\xaa"),
  ASSAY_MARK (0, "EMMC_BOOT"), /* MediaTek */
  ASSAY_MARK (0, "SDMMC_BOOT"),
  ASSAY_MARK (0x200, "BRLYT"),
  ASSAY_MARK (0x10000, "STM\x32"),
};

/** Beyond that no chip is known to look. */
#define SCANNED_BYTES (16u << 20)
#define SECTOR_BYTES 512u
#define WINDOW_BYTES (64u << 10)

/** The same at the beginning of any sector, which no two chips of a family agree on: new ones look elsewhere. */
static const AssayMark sector_marks[] = {
  ASSAY_MARK (4, "eGON.BT0"), /* Allwinner */
  ASSAY_MARK (0, "TOC0.GLH"),
  ASSAY_MARK (0, "\xd1\x00\x20\x40"), /* i.MX: an image vector table, by its version */
  ASSAY_MARK (0, "\xd1\x00\x20\x41"),
  ASSAY_MARK (0, "\xd1\x00\x20\x43"),
  ASSAY_MARK (0, "\xd1\x01\x00\x60"), /* S32 */
  ASSAY_MARK (0x14, "STMP"),          /* i.MX 23 and 28 */
  ASSAY_MARK (0, "FCFB"),             /* FlexSPI */
  ASSAY_MARK (0, "\x3b\x8c\xdc\xfc"), /* Rockchip */
  ASSAY_MARK (0, "RKNS"),
  ASSAY_MARK (0, "RKSS"),
  ASSAY_MARK (0x10, "@AML"),       /* Amlogic */
  ASSAY_MARK (0x14, "CHSETTINGS"), /* OMAP */
  ASSAY_MARK (0, "TIPA"),          /* DaVinci, and an older one */
  ASSAY_MARK (0, "\x00\xed\xac\xa1"),
  ASSAY_MARK (0, "\x66\xed\xac\xa1"),
  ASSAY_MARK (0, "\xbb\xed\xac\xa1"),
  ASSAY_MARK (0x20, "\x66\x55\x99\xaa"), /* Zynq */
  ASSAY_MARK (0x24, "XNLX"),
  ASSAY_MARK (0x40, "AS01"),          /* SoCFPGA */
  ASSAY_MARK (0, "\xaa\x55\xaa\x55"), /* Layerscape */
  ASSAY_MARK (0, "\x55\xaa\x55\xaa"),
  ASSAY_MARK (0, "EMMC_BOOT"), /* MediaTek */
  ASSAY_MARK (0, "SDMMC_BOOT"),
  ASSAY_MARK (0, "BRLYT"),
  ASSAY_MARK (0, "MMM\1"),
  ASSAY_MARK (0, "STM\x32"),                          /* STM32MP */
  ASSAY_MARK (0, "HMIT"),                             /* Armada */
  ASSAY_MARK (0, "\x50\x07\x55\xaa\x54\x4f\x4f\x42"), /* Nuvoton */
  ASSAY_MARK (0, "\x20TVN"),
  ASSAY_MARK (0, "CVBL01"),                           /* Sophgo */
  ASSAY_MARK (0, "MSPL"),                             /* Ingenic */
  ASSAY_MARK (0, "K230"),                             /* Kendryte */
  ASSAY_MARK (0, "\xd1\xdc\x4b\x84\x34\x10\xd7\x73"), /* Snapdragon */
  /* what divides a flash, also within a file system (Linux, drivers/mtd/parsers/; OpenWrt, mtdsplit and fstools) */
  ASSAY_MARK (0, "HDR0"),
  ASSAY_MARK (0, "FLSH"),
  ASSAY_MARK (0, "UBI#"),
  ASSAY_MARK (0, "UBI!"),
  ASSAY_MARK (0, "hsqs"),
  ASSAY_MARK (0, "sqsh"),
  ASSAY_MARK (0, "\x85\x19\x03\x20"), /* JFFS2, of both byte orders */
  ASSAY_MARK (0, "\x19\x85\x20\x03"),
  ASSAY_MARK (0, "\xde\xad\xc0\xde"),
  ASSAY_MARK (0, "\x27\x05\x19\x56"), /* U-Boot's */
  ASSAY_MARK (0, "\xd0\x0d\xfe\xed"),
};

/** A container of AHAB (i.MX 8ULP, 8QXP, 91 to 95; U-Boot, include/imx_container.h): its only long field is its length.
 */
#define AHAB_TAG 0x87u
#define AHAB_BYTES 16u
#define AHAB_IMAGES_MOST 32u

static gboolean
is_ahab (const guint8 *bytes)
{
  guint length = assay_get_le16 (bytes + 1);
  guint signature = assay_get_le16 (bytes + 12);
  return bytes[3] == AHAB_TAG && (bytes[0] == 0 || bytes[0] == 2) && length >= AHAB_BYTES && bytes[11] > 0
         && bytes[11] <= AHAB_IMAGES_MOST && signature >= AHAB_BYTES && signature < length
         && assay_get_le16 (bytes + 14) == 0;
}

/* Whether a sector begins with the mark, or a container of AHAB where @mark is NULL. */
static gboolean
begins (const guint8 *sector, gsize length, const AssayMark *mark)
{
  if (mark == NULL)
    return length >= AHAB_BYTES && is_ahab (sector);
  return assay_range_fits (mark->offset, mark->length, length)
         && memcmp (sector + mark->offset, mark->magic, mark->length) == 0;
}

/* Whether the blob has the mark there too; what cannot be read has not. */
static gboolean
has_as_well (AssayBlob *blob, guint64 offset, const AssayMark *mark)
{
  guint8 sector[SECTOR_BYTES];
  guint64 size = blob == NULL ? 0 : assay_blob_get_size (blob);
  if (offset >= size)
    return FALSE;
  gsize length = (gsize)MIN (size - offset, SECTOR_BYTES);
  return assay_blob_read (blob, offset, sector, length, NULL) && begins (sector, length, mark);
}

/** Allwinner's says how long the code is that it begins, and has a sum over all of that (U-Boot,
 * include/sunxi_image.h). */
#define EGON_LENGTH_AT 0x10u
/** The image vector table of i.MX, and its boot data: addresses in memory, counted from its own (U-Boot,
 * include/imximage.h). */
#define IVT_BOOT_DATA_AT 0x10u
#define IVT_SELF_AT 0x14u
#define IVT_BYTES 0x20u
#define IVT_LENGTH_AT 4u

static gboolean
is_same (AssayBlob *blob, AssayBlob *expected, guint64 offset, guint64 length)
{
  guint64 size = MIN (assay_blob_get_size (blob), assay_blob_get_size (expected));
  g_autofree guint8 *ours = g_malloc (WINDOW_BYTES);
  g_autofree guint8 *theirs = g_malloc (WINDOW_BYTES);
  /* of what would be more than there is a chip takes what is there */
  length = offset >= size ? 0 : MIN (MIN (length, size - offset), SCANNED_BYTES);
  for (guint64 at = 0; at < length; at += WINDOW_BYTES)
    {
      gsize part = (gsize)MIN (length - at, WINDOW_BYTES);
      if (!assay_blob_read (blob, offset + at, ours, part, NULL)
          || !assay_blob_read (expected, offset + at, theirs, part, NULL) || memcmp (ours, theirs, part) != 0)
        return FALSE;
    }
  return TRUE;
}

/* What a chip of i.MX takes into memory begins where the boot data say, in front of the table. */
static gboolean
is_same_by_table (AssayBlob *blob, AssayBlob *expected, guint64 offset, const guint8 *sector)
{
  guint8 data[8];
  guint64 self = assay_get_le32 (sector + IVT_SELF_AT);
  guint64 at = offset + assay_get_le32 (sector + IVT_BOOT_DATA_AT) - self;
  if (!assay_range_fits (at, sizeof data, assay_blob_get_size (blob))
      || !assay_blob_read (blob, at, data, sizeof data, NULL))
    return TRUE;
  guint64 begin = offset + assay_get_le32 (data) - self;
  guint64 length = assay_get_le32 (data + IVT_LENGTH_AT);
  return begin > offset ? is_same (blob, expected, 0, length) : is_same (blob, expected, begin, length);
}

/** No medium has so many parts that a chip starts; each is compared with the rebuild's. */
#define CODES_MOST 64u

static gboolean
begins_code (const guint8 *sector, gsize length)
{
  return length >= IVT_BYTES && (memcmp (sector + 4, "eGON.BT0", 8) == 0 || memcmp (sector, "\xd1\x00\x20", 3) == 0);
}

/* Whether a chip starts the same: which bytes of the medium it takes for code, and a sum over them, may reach into a
 * partition. */
static gboolean
has_other_code (AssayBlob *blob, AssayBlob *expected, guint64 offset, const guint8 *sector, gsize length)
{
  static const char *const tables[] = { "\xd1\x00\x20\x40", "\xd1\x00\x20\x41", "\xd1\x00\x20\x43" };
  if (length < IVT_BYTES)
    return FALSE;
  if (memcmp (sector + 4, "eGON.BT0", 8) == 0)
    return !is_same (blob, expected, offset, assay_get_le32 (sector + EGON_LENGTH_AT));
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    if (memcmp (sector, tables[i], 4) == 0)
      return !is_same_by_table (blob, expected, offset, sector);
  return FALSE;
}

/* Each mark is asked for by itself: one may stand behind another in a sector. @offset: of it */
static gboolean
has_new_mark (const guint8 *sector, gsize length, AssayBlob *blob, AssayBlob *expected, guint64 offset, guint *codes)
{
  if (expected != NULL && begins_code (sector, length) && ++*codes > CODES_MOST)
    return TRUE;
  if (expected != NULL && has_other_code (blob, expected, offset, sector, length))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (sector_marks); i++)
    if (begins (sector, length, &sector_marks[i]) && !has_as_well (expected, offset, &sector_marks[i]))
      return TRUE;
  return begins (sector, length, NULL) && !has_as_well (expected, offset, NULL);
}

gboolean
assay_marks_find_boot_sector (AssayBlob *blob, AssayBlob *expected)
{
  g_autofree guint8 *window = g_malloc (WINDOW_BYTES);
  guint64 size = MIN (assay_blob_get_size (blob), SCANNED_BYTES);
  guint codes = 0;
  for (guint64 begin = 0; begin < size; begin += WINDOW_BYTES)
    {
      gsize length = (gsize)MIN (size - begin, WINDOW_BYTES);
      if (!assay_blob_read (blob, begin, window, length, NULL))
        return TRUE;
      for (gsize at = 0; at < length; at += SECTOR_BYTES)
        if (has_new_mark (window + at, MIN (length - at, SECTOR_BYTES), blob, expected, begin + at, &codes))
          return TRUE;
    }
  return FALSE;
}

/* Whether the mark stands there. What cannot be read has it. */
static gboolean
stands (AssayBlob *blob, const AssayMark *mark)
{
  guint8 bytes[16];
  g_assert (mark->length <= sizeof bytes);
  return assay_range_fits (mark->offset, mark->length, assay_blob_get_size (blob))
         && (!assay_blob_read (blob, mark->offset, bytes, mark->length, NULL)
             || memcmp (bytes, mark->magic, mark->length) == 0);
}

gboolean
assay_marks_find_boot (AssayBlob *blob, AssayBlob *expected)
{
  for (gsize i = 0; i < G_N_ELEMENTS (boot_marks); i++)
    if (stands (blob, &boot_marks[i]) && !(expected != NULL && stands (expected, &boot_marks[i])))
      return TRUE;
  return FALSE;
}
