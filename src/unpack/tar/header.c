#include "unpack/tar/tar.h"

#include "util/checked.h"

#include <string.h>

/* Where the fields stand, in bytes from the start of the block. */
enum
{
  NAME = 0,
  MODE = 100,
  UID = 108,
  GID = 116,
  SIZE = 124,
  MTIME = 136,
  CHECKSUM = 148,
  TYPEFLAG = 156,
  LINK = 157,
  MAGIC = 257,
  USER = 265,
  GROUP = 297,
  MAJOR = 329,
  MINOR = 337,
  PREFIX = 345,
  GNU_ATIME = 345,
  GNU_CTIME = 357,
};

#define NAME_BYTES 100u
#define PREFIX_BYTES 155u
#define USER_BYTES 32u
#define MAGIC_BYTES 8u

static const char *const magics[] = {
  [ASSAY_TAR_V7] = "\0\0\0\0\0\0\0",
  [ASSAY_TAR_USTAR] = "ustar\00000",
  [ASSAY_TAR_GNU] = "ustar  ",
};

void
assay_tar_header_clear (AssayTarHeader *header)
{
  g_clear_pointer (&header->name, g_free);
  g_clear_pointer (&header->joined_name, g_free);
  g_clear_pointer (&header->link, g_free);
  g_clear_pointer (&header->user, g_free);
  g_clear_pointer (&header->group, g_free);
  g_clear_pointer (&header->mtime_text, g_free);
  g_clear_pointer (&header->regions, g_array_unref);
}

static guint
checksum_of (const guint8 *block)
{
  guint sum = 0;
  for (guint i = 0; i < ASSAY_TAR_BLOCK_BYTES; i++)
    sum += i >= CHECKSUM && i < TYPEFLAG ? ' ' : block[i];
  return sum;
}

/*
 * A number: spaces, octal digits, and behind them spaces or zero bytes alone; or GNU's base 256, whose first byte is
 * 0x80, or 0xff for a negative one. All empty is 0.
 */
static gboolean
parse_number (const guint8 *field, guint width, gint64 *out)
{
  guint i = 0;
  guint64 value = 0;
  if (field[0] == 0x80 || field[0] == 0xff)
    {
      value = field[0] == 0xff ? G_MAXUINT64 : 0;
      for (i = 1; i < width; i++)
        {
          /* Before the last eight bytes nothing but the sign may stand. */
          if (width - i > 8 && field[i] != (guint8)value)
            return FALSE;
          value = value << 8 | field[i];
        }
      *out = (gint64)value;
      return (field[0] == 0xff) == (*out < 0);
    }
  while (i < width && field[i] == ' ')
    i++;
  for (; i < width && field[i] >= '0' && field[i] <= '7'; i++)
    value = value << 3 | (guint64)(field[i] - '0');
  for (; i < width; i++)
    if (field[i] != ' ' && field[i] != 0)
      return FALSE;
  *out = (gint64)value;
  return TRUE;
}

gboolean
assay_tar_parse_count (const guint8 *field, guint width, guint64 *out)
{
  gint64 value = 0;
  if (!parse_number (field, width, &value) || value < 0)
    return FALSE;
  *out = (guint64)value;
  return TRUE;
}

gboolean
assay_tar_has_checksum (const guint8 *block)
{
  guint64 stored;
  return assay_tar_parse_count (block + CHECKSUM, 8, &stored) && stored == checksum_of (block);
}

gboolean
assay_tar_has_signed_checksum (const guint8 *block)
{
  guint64 stored = 0;
  gint64 sum = 0;
  for (guint i = 0; i < ASSAY_TAR_BLOCK_BYTES; i++)
    sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : (gint8)block[i];
  return assay_tar_parse_count (block + CHECKSUM, 8, &stored) && sum >= 0 && stored == (guint64)sum;
}

static char *
take_text (const guint8 *field, guint width)
{
  return g_strndup ((const char *)field, width);
}

static gboolean
parse_variant (const guint8 *block, AssayTarVariant *out)
{
  gboolean found = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (magics) && !found; i++)
    {
      out->magic = (AssayTarMagic)i;
      found = memcmp (block + MAGIC, magics[i], MAGIC_BYTES) == 0;
    }
  /* A magic with another version is read as ustar; it cannot be written again, so its block is not rewritable. */
  if (!found && memcmp (block + MAGIC, "ustar", 5) == 0)
    {
      out->magic = ASSAY_TAR_USTAR;
      found = TRUE;
    }
  out->spaces = block[MODE + 6] == ' ';
  out->devices = block[MAJOR] != 0;
  out->long_checksum = block[CHECKSUM + 6] != 0;
  return found;
}

static void
parse_names (const guint8 *block, AssayTarHeader *out)
{
  g_autofree char *name = take_text (block + NAME, NAME_BYTES);
  g_autofree char *prefix
      = out->variant.magic == ASSAY_TAR_USTAR ? take_text (block + PREFIX, PREFIX_BYTES) : g_strdup ("");
  out->prefix_length = strlen (prefix);
  out->name = out->prefix_length > 0 ? g_strconcat (prefix, "/", name, NULL) : g_steal_pointer (&name);
  out->link = take_text (block + LINK, NAME_BYTES);
  out->user = out->variant.magic != ASSAY_TAR_V7 ? take_text (block + USER, USER_BYTES) : g_strdup ("");
  out->group = out->variant.magic != ASSAY_TAR_V7 ? take_text (block + GROUP, USER_BYTES) : g_strdup ("");
}

/* What stands in the place of the prefix under another magic than POSIX's: GNU tar has two times there (incremental
 * archives). Readers differ in whether anything else is a prefix, so that nobody can say what the entry is called. */
static gboolean
parse_other_prefix (const guint8 *block, AssayTarHeader *out)
{
  guint64 atime = 0;
  guint64 ctime = 0;
  if (block[PREFIX] == 0 || memcmp (block + MAGIC, "ustar", sizeof "ustar") == 0)
    return TRUE;
  if (out->variant.magic != ASSAY_TAR_GNU || !assay_tar_parse_count (block + GNU_ATIME, 12, &atime)
      || !assay_tar_parse_count (block + GNU_CTIME, 12, &ctime))
    return FALSE;
  g_autofree char *prefix = take_text (block + PREFIX, PREFIX_BYTES);
  out->joined_name = g_strconcat (prefix, "/", out->name, NULL);
  return TRUE;
}

static gboolean
parse_numbers (const guint8 *block, AssayTarHeader *out)
{
  gboolean ok = assay_tar_parse_count (block + MODE, 8, &out->mode) && assay_tar_parse_count (block + UID, 8, &out->uid)
                && assay_tar_parse_count (block + GID, 8, &out->gid)
                && assay_tar_parse_count (block + SIZE, 12, &out->size)
                && parse_number (block + MTIME, 12, &out->mtime);
  out->has_device = out->typeflag == '3' || out->typeflag == '4';
  return ok && assay_tar_parse_count (block + MAJOR, 8, &out->device_major)
         && assay_tar_parse_count (block + MINOR, 8, &out->device_minor);
}

gboolean
assay_tar_parse_header (const guint8 *block, AssayTarHeader *out_header, GError **error)
{
  if (!assay_tar_has_checksum (block))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: the checksum of a header is wrong");
  out_header->typeflag = (char)block[TYPEFLAG];
  if (!parse_variant (block, &out_header->variant))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: a header has an unknown magic");
  parse_names (block, out_header);
  if (!parse_other_prefix (block, out_header))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: a header has a prefix that its format does not have");
  if (!parse_numbers (block, out_header) || !assay_tar_sparse_parse (block, out_header))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "tar: a number in a header is damaged");
  return TRUE;
}

static gboolean
put_text (guint8 *field, guint width, const char *text, gsize length)
{
  if (length > width)
    return FALSE;
  if (length > 0)
    memcpy (field, text, length);
  return TRUE;
}

/* Octal with the variant's end; what is too large for that, or negative, in GNU's base 256. */
gboolean
assay_tar_put_number (guint8 *field, guint width, gint64 value, const AssayTarVariant *variant)
{
  /* libarchive ends the short fields with a space and a zero byte, the long ones with a space alone. */
  guint digits = variant->spaces && width == 8 ? 6 : width - 1;
  if (value >= 0 && value < (gint64)(G_GUINT64_CONSTANT (1) << (3 * digits)))
    {
      g_autofree char *text
          = g_strdup_printf ("%0*" G_GINT64_MODIFIER "o%s", (int)digits, (guint64)value, variant->spaces ? " " : "");
      return put_text (field, width, text, strlen (text));
    }
  if (variant->magic != ASSAY_TAR_GNU)
    return FALSE;
  for (guint i = 0; i < width; i++)
    {
      guint shift = 8 * (width - 1 - i);
      field[i] = shift < 64 ? (guint8)((guint64)value >> shift) : (guint8)(value < 0 ? 0xff : 0);
    }
  field[0] = value < 0 ? 0xff : 0x80;
  return TRUE;
}

gsize
assay_tar_default_prefix (const char *name)
{
  gsize length = strlen (name);
  if (length <= NAME_BYTES)
    return 0;
  for (gsize i = MIN (PREFIX_BYTES, length - 1); i > 0; i--)
    if (name[i] == '/')
      return i;
  return 0;
}

static gboolean
put_names (guint8 *block, const AssayTarHeader *header)
{
  gsize skip = header->prefix_length > 0 ? header->prefix_length + 1 : 0;
  gsize length = strlen (header->name);
  if (skip > length || (skip > 0 && (header->variant.magic != ASSAY_TAR_USTAR || header->name[skip - 1] != '/')))
    return FALSE;
  return put_text (block + NAME, NAME_BYTES, header->name + skip, length - skip)
         && put_text (block + PREFIX, PREFIX_BYTES, header->name, header->prefix_length)
         && put_text (block + LINK, NAME_BYTES, header->link, strlen (header->link))
         && put_text (block + USER, USER_BYTES, header->user, strlen (header->user))
         && put_text (block + GROUP, USER_BYTES, header->group, strlen (header->group));
}

static gboolean
put_numbers (guint8 *block, const AssayTarHeader *header)
{
  const AssayTarVariant *variant = &header->variant;
  gboolean devices = header->has_device || variant->devices;
  return assay_tar_put_number (block + MODE, 8, (gint64)header->mode, variant)
         && assay_tar_put_number (block + UID, 8, (gint64)header->uid, variant)
         && assay_tar_put_number (block + GID, 8, (gint64)header->gid, variant)
         && assay_tar_put_number (block + SIZE, 12, (gint64)header->size, variant)
         && assay_tar_put_number (block + MTIME, 12, header->mtime, variant)
         && (!devices
             || (assay_tar_put_number (block + MAJOR, 8, (gint64)header->device_major, variant)
                 && assay_tar_put_number (block + MINOR, 8, (gint64)header->device_minor, variant)));
}

gboolean
assay_tar_write_header (const AssayTarHeader *header, guint8 out_block[ASSAY_TAR_BLOCK_BYTES])
{
  memset (out_block, 0, ASSAY_TAR_BLOCK_BYTES);
  memcpy (out_block + MAGIC, magics[header->variant.magic], MAGIC_BYTES);
  out_block[TYPEFLAG] = (guint8)header->typeflag;
  if (!put_names (out_block, header) || !put_numbers (out_block, header)
      || (header->regions != NULL && !assay_tar_sparse_put (out_block, header)))
    return FALSE;
  g_autofree char *sum = header->variant.long_checksum ? g_strdup_printf ("%07o", checksum_of (out_block))
                                                       : g_strdup_printf ("%06o", checksum_of (out_block));
  memcpy (out_block + CHECKSUM, sum, strlen (sum));
  if (!header->variant.long_checksum)
    out_block[CHECKSUM + 7] = ' ';
  return TRUE;
}
