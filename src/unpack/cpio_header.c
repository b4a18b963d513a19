#include "unpack/cpio.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

typedef struct
{
  guint8 offset;
  guint8 width; /* 0: the format has no such field */
} Place;

#define NEWC_PLACES                                                                                                    \
  {                                                                                                                    \
    [ASSAY_CPIO_INODE] = { 6, 8 }, [ASSAY_CPIO_MODE] = { 14, 8 }, [ASSAY_CPIO_UID] = { 22, 8 },                        \
    [ASSAY_CPIO_GID] = { 30, 8 }, [ASSAY_CPIO_NLINK] = { 38, 8 }, [ASSAY_CPIO_MTIME] = { 46, 8 },                      \
    [ASSAY_CPIO_SIZE] = { 54, 8 }, [ASSAY_CPIO_DEV_MAJOR] = { 62, 8 }, [ASSAY_CPIO_DEV_MINOR] = { 70, 8 },             \
    [ASSAY_CPIO_RDEV_MAJOR] = { 78, 8 }, [ASSAY_CPIO_RDEV_MINOR] = { 86, 8 }, [ASSAY_CPIO_NAME_SIZE] = { 94, 8 },      \
    [ASSAY_CPIO_CHECK] = { 102, 8 },                                                                                   \
  }

/* Words of 16 bits; numbers of two of them have the high one first in either byte order (as a PDP-11 has them). */
#define BINARY_PLACES                                                                                                  \
  {                                                                                                                    \
    [ASSAY_CPIO_DEV_MINOR] = { 2, 2 }, [ASSAY_CPIO_INODE] = { 4, 2 }, [ASSAY_CPIO_MODE] = { 6, 2 },                    \
    [ASSAY_CPIO_UID] = { 8, 2 }, [ASSAY_CPIO_GID] = { 10, 2 }, [ASSAY_CPIO_NLINK] = { 12, 2 },                         \
    [ASSAY_CPIO_RDEV_MINOR] = { 14, 2 }, [ASSAY_CPIO_MTIME] = { 16, 4 }, [ASSAY_CPIO_NAME_SIZE] = { 20, 2 },           \
    [ASSAY_CPIO_SIZE] = { 22, 4 },                                                                                     \
  }

static const struct
{
  const char *name;
  const char *magic;
  gsize bytes;
  guint64 alignment;
  guint base; /* of the digits; 0: words, not digits */
  Place places[ASSAY_CPIO_FIELD_COUNT];
} formats[] = {
  [ASSAY_CPIO_NEWC] = { "newc", "070701", 110, 4, 16, NEWC_PLACES },
  [ASSAY_CPIO_CRC] = { "crc", "070702", 110, 4, 16, NEWC_PLACES },
  /* Device numbers are one field here, which stands as the minor one. */
  [ASSAY_CPIO_ODC] = { "odc",
                       "070707",
                       76,
                       1,
                       8,
                       { [ASSAY_CPIO_INODE] = { 12, 6 },
                         [ASSAY_CPIO_MODE] = { 18, 6 },
                         [ASSAY_CPIO_NLINK] = { 36, 6 },
                         [ASSAY_CPIO_UID] = { 24, 6 },
                         [ASSAY_CPIO_GID] = { 30, 6 },
                         [ASSAY_CPIO_MTIME] = { 48, 11 },
                         [ASSAY_CPIO_SIZE] = { 65, 11 },
                         [ASSAY_CPIO_DEV_MINOR] = { 6, 6 },
                         [ASSAY_CPIO_RDEV_MINOR] = { 42, 6 },
                         [ASSAY_CPIO_NAME_SIZE] = { 59, 6 } } },
  [ASSAY_CPIO_BINARY_LE] = { "bin-le", "\xc7\x71", 26, 2, 0, BINARY_PLACES },
  [ASSAY_CPIO_BINARY_BE] = { "bin-be", "\x71\xc7", 26, 2, 0, BINARY_PLACES },
};

gboolean
assay_cpio_find_format (const guint8 *head, gsize length_bytes, AssayCpioFormat *out_format)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (length_bytes >= strlen (formats[i].magic) && memcmp (head, formats[i].magic, strlen (formats[i].magic)) == 0)
      {
        *out_format = (AssayCpioFormat)i;
        return TRUE;
      }
  return FALSE;
}

gsize
assay_cpio_header_bytes (AssayCpioFormat format)
{
  return formats[format].bytes;
}

guint64
assay_cpio_alignment (AssayCpioFormat format)
{
  return formats[format].alignment;
}

gboolean
assay_cpio_is_binary (AssayCpioFormat format)
{
  return formats[format].base == 0;
}

static guint64
get_words (const guint8 *bytes, guint width, AssayCpioFormat format)
{
  guint64 value = 0;
  guint high = format == ASSAY_CPIO_BINARY_BE ? 0 : 1;
  for (guint i = 0; i < width; i += 2)
    value = value << 16 | (guint64)bytes[i + high] << 8 | bytes[i + 1 - high];
  return value;
}

/* FALSE where the value is too large. */
static gboolean
put_words (guint8 *bytes, guint width, AssayCpioFormat format, guint64 value)
{
  guint high = format == ASSAY_CPIO_BINARY_BE ? 0 : 1;
  for (guint i = width; i > 0; i -= 2)
    {
      bytes[i - 2 + high] = (guint8)(value >> 8);
      bytes[i - 1 - high] = (guint8)value;
      value >>= 16;
    }
  return value == 0;
}

/* FALSE where the value is too large. */
static gboolean
put_digits (guint8 *bytes, guint width, gboolean octal, gboolean lower_case, guint64 value)
{
  g_autofree char *text = octal        ? g_strdup_printf ("%0*" G_GINT64_MODIFIER "o", width, value)
                          : lower_case ? g_strdup_printf ("%0*" G_GINT64_MODIFIER "x", width, value)
                                       : g_strdup_printf ("%0*" G_GINT64_MODIFIER "X", width, value);
  if (strlen (text) != width)
    return FALSE;
  memcpy (bytes, text, width);
  return TRUE;
}

gboolean
assay_cpio_parse_header (const guint8 *block, AssayCpioFormat format, AssayCpioHeader *out_header, GError **error)
{
  *out_header = (AssayCpioHeader){ .format = format };
  for (guint i = 0; i < ASSAY_CPIO_FIELD_COUNT; i++)
    {
      Place place = formats[format].places[i];
      if (assay_cpio_is_binary (format))
        out_header->values[i] = get_words (block + place.offset, place.width, format);
      else if (place.width > 0
               && !assay_number_parse ((const char *)block + place.offset, place.width, formats[format].base,
                                       &out_header->values[i]))
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "cpio: a number in a header is damaged");
    }
  for (gsize i = 0; !assay_cpio_is_binary (format) && i < formats[format].bytes; i++)
    out_header->lower_case = out_header->lower_case || g_ascii_islower ((char)block[i]);
  return TRUE;
}

AssayNodeType
assay_cpio_type_of (const AssayCpioHeader *header)
{
  static const struct
  {
    guint bits;
    AssayNodeType type;
  } types[] = {
    { S_IFREG, ASSAY_NODE_FILE },         { S_IFDIR, ASSAY_NODE_DIRECTORY },
    { S_IFLNK, ASSAY_NODE_SYMLINK },      { S_IFCHR, ASSAY_NODE_CHARACTER_DEVICE },
    { S_IFBLK, ASSAY_NODE_BLOCK_DEVICE }, { S_IFIFO, ASSAY_NODE_FIFO },
    { S_IFSOCK, ASSAY_NODE_SOCKET },
  };
  guint64 mode = header->values[ASSAY_CPIO_MODE];
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if ((mode & ~G_GUINT64_CONSTANT (07777)) == types[i].bits)
      return types[i].type;
  return ASSAY_NODE_UNKNOWN;
}

/* One number for the device, not two. */
static gboolean
has_single_device (AssayCpioFormat format)
{
  return formats[format].places[ASSAY_CPIO_DEV_MAJOR].width == 0;
}

static void
add_device (AssayNode *child, const AssayCpioHeader *header, const char *fact, AssayCpioField major_field,
            AssayCpioField minor_field)
{
  guint64 major_number = header->values[major_field];
  guint64 minor_number = header->values[minor_field];
  if (has_single_device (header->format))
    {
      major_number = major (header->values[minor_field]);
      minor_number = minor (header->values[minor_field]);
    }
  assay_facts_add (child->facts, fact, "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, major_number, minor_number);
}

/* Facts that are plain numbers; the mode is octal. */
static const struct
{
  const char *fact;
  AssayCpioField field;
} numbers[] = {
  { "uid", ASSAY_CPIO_UID },     { "gid", ASSAY_CPIO_GID },     { "mtime", ASSAY_CPIO_MTIME },
  { "inode", ASSAY_CPIO_INODE }, { "nlink", ASSAY_CPIO_NLINK },
};

static gboolean
has_device (const AssayNode *child)
{
  return child->type == ASSAY_NODE_CHARACTER_DEVICE || child->type == ASSAY_NODE_BLOCK_DEVICE;
}

void
assay_cpio_add_facts (const AssayCpioHeader *header, AssayNode *child, AssayNode *archive, guint64 check)
{
  const guint64 *values = header->values;
  const char *variant = formats[header->format].name;
  const char *usual = assay_facts_get (archive->own_facts, "variant");
  assay_facts_add (child->facts, "mode", "0%06" G_GINT64_MODIFIER "o", values[ASSAY_CPIO_MODE]);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    assay_facts_add_number (child->facts, numbers[i].fact, values[numbers[i].field]);
  if (values[ASSAY_CPIO_DEV_MAJOR] != 0 || values[ASSAY_CPIO_DEV_MINOR] != 0)
    add_device (child, header, "filesystem-device", ASSAY_CPIO_DEV_MAJOR, ASSAY_CPIO_DEV_MINOR);
  if (has_device (child) || values[ASSAY_CPIO_RDEV_MAJOR] != 0 || values[ASSAY_CPIO_RDEV_MINOR] != 0)
    add_device (child, header, "device", ASSAY_CPIO_RDEV_MAJOR, ASSAY_CPIO_RDEV_MINOR);
  if (values[ASSAY_CPIO_CHECK] != check)
    assay_facts_add_number (child->facts, "check", values[ASSAY_CPIO_CHECK]);
  if (header->lower_case)
    assay_facts_add (child->facts, "digits", "lower-case");
  if (usual == NULL)
    assay_facts_add (archive->own_facts, "variant", "%s", variant);
  else if (strcmp (usual, variant) != 0)
    assay_facts_add (child->facts, "variant", "%s", variant);
}

static gboolean
read_device (const AssayNode *child, const char *fact, AssayCpioHeader *out, AssayCpioField major_field,
             AssayCpioField minor_field)
{
  const char *text = assay_facts_get (child->facts, fact);
  const char *colon = text != NULL ? strchr (text, ':') : NULL;
  guint64 major_number = 0;
  guint64 minor_number = 0;
  if (text == NULL)
    return TRUE;
  if (colon == NULL || !assay_number_parse (text, (gsize)(colon - text), 10, &major_number)
      || !assay_number_parse (colon + 1, strlen (colon + 1), 10, &minor_number))
    return FALSE;
  gboolean single = has_single_device (out->format);
  if (single && (major_number > G_MAXUINT32 || minor_number > G_MAXUINT32))
    return FALSE;
  out->values[major_field] = single ? 0 : major_number;
  out->values[minor_field] = single ? makedev ((guint)major_number, (guint)minor_number) : minor_number;
  return TRUE;
}

static gboolean
read_facts (const AssayNode *child, const AssayNode *archive, AssayCpioHeader *out)
{
  const char *variant = assay_facts_get (child->facts, "variant");
  guint format = 0;
  if (variant == NULL)
    variant = assay_facts_get (archive->own_facts, "variant");
  while (format < ASSAY_CPIO_FORMAT_COUNT && g_strcmp0 (variant, formats[format].name) != 0)
    format++;
  if (format == ASSAY_CPIO_FORMAT_COUNT)
    return FALSE;
  out->format = (AssayCpioFormat)format;
  out->lower_case = assay_facts_get (child->facts, "digits") != NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!assay_facts_get_number (child->facts, numbers[i].fact, 10, 0, &out->values[numbers[i].field]))
      return FALSE;
  return assay_facts_get_number (child->facts, "mode", 8, 0, &out->values[ASSAY_CPIO_MODE])
         && read_device (child, "filesystem-device", out, ASSAY_CPIO_DEV_MAJOR, ASSAY_CPIO_DEV_MINOR)
         && read_device (child, "device", out, ASSAY_CPIO_RDEV_MAJOR, ASSAY_CPIO_RDEV_MINOR);
}

static GByteArray *
write_header (const AssayCpioHeader *header, const char *name)
{
  guint8 block[ASSAY_CPIO_MAX_HEADER_BYTES] = { 0 };
  guint base = formats[header->format].base;
  memcpy (block, formats[header->format].magic, strlen (formats[header->format].magic));
  for (guint i = 0; i < ASSAY_CPIO_FIELD_COUNT; i++)
    {
      Place place = formats[header->format].places[i];
      guint8 *at = block + place.offset;
      guint64 value = header->values[i];
      if (place.width > 0
          && !(base == 0 ? put_words (at, place.width, header->format, value)
                         : put_digits (at, place.width, base == 8, header->lower_case, value)))
        return NULL;
    }
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, block, (guint)formats[header->format].bytes);
  return g_byte_array_append (out, (const guint8 *)name, (guint)strlen (name) + 1);
}

GByteArray *
assay_cpio_write_header (const AssayNode *child, const AssayNode *archive, guint64 size, guint64 check)
{
  AssayCpioHeader header = { 0 };
  g_autofree char *name = assay_entry_get_raw_name (child, ASSAY_NAME_PLAIN);
  if (!read_facts (child, archive, &header)
      || !assay_facts_get_number (child->facts, "check", 10, check, &header.values[ASSAY_CPIO_CHECK]))
    return NULL;
  header.values[ASSAY_CPIO_SIZE] = size;
  header.values[ASSAY_CPIO_NAME_SIZE] = strlen (name) + 1;
  return write_header (&header, name);
}

GByteArray *
assay_cpio_write_trailer (AssayCpioFormat format, gboolean lower_case)
{
  AssayCpioHeader header = { .format = format, .lower_case = lower_case };
  header.values[ASSAY_CPIO_NLINK] = 1;
  header.values[ASSAY_CPIO_NAME_SIZE] = sizeof ASSAY_CPIO_TRAILER;
  return write_header (&header, ASSAY_CPIO_TRAILER);
}
