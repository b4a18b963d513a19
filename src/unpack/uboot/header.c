#include "unpack/uboot/uboot.h"

#include "unpack/bytes.h"

#include <string.h>
#include <zlib.h>

#define MAGIC 0x27051956u

/* Where the fields stand. */
enum
{
  AT_MAGIC = 0,
  AT_HEADER_SUM = 4,
  AT_TIME = 8,
  AT_SIZE = 12,
  AT_LOAD = 16,
  AT_ENTRY = 20,
  AT_DATA_SUM = 24,
  AT_KINDS = 28,
  AT_NAME = 32,
};

/* What the numbers of each kind are called by mkimage; others stay numbers. */
static const char *const systems[] = {
  [1] = "openbsd",    [2] = "netbsd",
  [3] = "freebsd",    [4] = "4_4bsd",
  [5] = "linux",      [8] = "solaris",
  [14] = "vxworks",   [16] = "qnx",
  [17] = "u-boot",    [18] = "rtems",
  [21] = "integrity", [22] = "ose",
  [23] = "plan9",     [25] = "arm-trusted-firmware",
  [26] = "tee",       [27] = "opensbi",
  [28] = "efi",
};
static const char *const machines[] = {
  [1] = "alpha",    [2] = "arm",     [3] = "x86",         [4] = "ia64",    [5] = "mips",
  [6] = "mips64",   [7] = "powerpc", [8] = "s390",        [9] = "sh",      [10] = "sparc",
  [11] = "sparc64", [12] = "m68k",   [14] = "microblaze", [15] = "nios2",  [16] = "blackfin",
  [17] = "avr32",   [18] = "st200",  [19] = "sandbox",    [20] = "nds32",  [21] = "or1k",
  [22] = "arm64",   [23] = "arc",    [24] = "x86_64",     [25] = "xtensa", [26] = "riscv",
};
static const char *const types[] = {
  [1] = "standalone", [2] = "kernel",     [3] = "ramdisk", [4] = "multi",          [5] = "firmware",
  [6] = "script",     [7] = "filesystem", [8] = "flat_dt", [14] = "kernel_noload",
};
static const char *const codecs[] = {
  [0] = "none", [1] = "gzip", [2] = "bzip2", [3] = "lzma", [4] = "lzo", [5] = "lz4", [6] = "zstd",
};

static const struct
{
  const char *fact;
  const char *const *names;
  gsize count;
} kinds[] = {
  { "os", systems, G_N_ELEMENTS (systems) },
  { "arch", machines, G_N_ELEMENTS (machines) },
  { "image-type", types, G_N_ELEMENTS (types) },
  { "compression", codecs, G_N_ELEMENTS (codecs) },
};

static guint32
get (const guint8 *block, guint offset)
{
  return assay_get_be32 (block + offset);
}

static void
put (guint8 *block, guint offset, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    block[offset + i] = (guint8)(value >> (24 - 8 * i));
}

static guint32
header_sum (const guint8 block[ASSAY_UBOOT_HEADER_BYTES])
{
  guint8 copy[ASSAY_UBOOT_HEADER_BYTES];
  memcpy (copy, block, sizeof copy);
  put (copy, AT_HEADER_SUM, 0);
  return (guint32)crc32 (0, copy, sizeof copy);
}

gboolean
assay_uboot_parse (const guint8 block[ASSAY_UBOOT_HEADER_BYTES], AssayUbootHeader *out_header, GError **error)
{
  out_header->header_sum = get (block, AT_HEADER_SUM);
  out_header->time = get (block, AT_TIME);
  out_header->size = get (block, AT_SIZE);
  out_header->load = get (block, AT_LOAD);
  out_header->entry = get (block, AT_ENTRY);
  out_header->data_sum = get (block, AT_DATA_SUM);
  memcpy (out_header->kinds, block + AT_KINDS, sizeof out_header->kinds);
  memcpy (out_header->name, block + AT_NAME, sizeof out_header->name);
  if (get (block, AT_MAGIC) == MAGIC && out_header->header_sum == header_sum (block))
    return TRUE;
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "uboot: the checksum of the header is wrong");
}

static void
add_kind (GArray *facts, guint index, guint8 value)
{
  const char *name = value < kinds[index].count ? kinds[index].names[value] : NULL;
  if (name != NULL)
    assay_facts_add (facts, kinds[index].fact, "%s", name);
  else
    assay_facts_add_number (facts, kinds[index].fact, value);
}

void
assay_uboot_add_facts (const AssayUbootHeader *header, GArray *facts)
{
  const char *name = (const char *)header->name;
  assay_facts_add_raw (facts, "image-name", name, strnlen (name, sizeof header->name));
  assay_facts_add_number (facts, "mtime", header->time);
  assay_facts_add (facts, "load", "0x%08x", header->load);
  assay_facts_add (facts, "entry", "0x%08x", header->entry);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    add_kind (facts, i, header->kinds[i]);
}

static gboolean
write_kind (const GArray *facts, guint index, guint8 *out)
{
  guint64 value = 0;
  const char *text = assay_facts_get (facts, kinds[index].fact);
  for (gsize i = 0; text != NULL && i < kinds[index].count; i++)
    if (g_strcmp0 (kinds[index].names[i], text) == 0)
      {
        *out = (guint8)i;
        return TRUE;
      }
  if (text == NULL || !assay_number_parse (text, strlen (text), 10, &value) || value > G_MAXUINT8)
    return FALSE;
  *out = (guint8)value;
  return TRUE;
}

static gboolean
write_address (const GArray *facts, const char *fact, guint8 *block, guint offset)
{
  guint64 value = 0;
  const char *text = assay_facts_get (facts, fact);
  if (text == NULL || strlen (text) < 3 || !assay_number_parse (text + 2, strlen (text) - 2, 16, &value)
      || value > G_MAXUINT32)
    return FALSE;
  put (block, offset, (guint32)value);
  return TRUE;
}

gboolean
assay_uboot_write (const GArray *facts, guint32 size, guint32 data_sum, guint8 out_block[ASSAY_UBOOT_HEADER_BYTES])
{
  guint64 time = 0;
  g_autofree char *name = assay_facts_get_text (facts, "image-name");
  memset (out_block, 0, ASSAY_UBOOT_HEADER_BYTES);
  if (name == NULL || strlen (name) > ASSAY_UBOOT_HEADER_BYTES - AT_NAME
      || !assay_facts_get_number (facts, "mtime", 10, 0, &time) || time > G_MAXUINT32
      || !write_address (facts, "load", out_block, AT_LOAD) || !write_address (facts, "entry", out_block, AT_ENTRY))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (!write_kind (facts, i, &out_block[AT_KINDS + i]))
      return FALSE;
  memcpy (out_block + AT_NAME, name, strlen (name));
  put (out_block, AT_MAGIC, MAGIC);
  put (out_block, AT_TIME, (guint32)time);
  put (out_block, AT_SIZE, size);
  put (out_block, AT_DATA_SUM, data_sum);
  put (out_block, AT_HEADER_SUM, header_sum (out_block));
  return TRUE;
}
