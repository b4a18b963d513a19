#include "unpack/zip/zip.h"

#include "unpack/bytes.h"

#include <sys/stat.h>

#define HOST_FAT 0u
#define HOST_UNIX 3u

/* Attributes of DOS. */
#define DOS_READ_ONLY 0x01u
#define DOS_DIRECTORY 0x10u

/* Of the general purpose flags (4.4.4): deflate's level, data descriptor, UTF-8. */
#define KNOWN_FLAGS 0x080eu

/* Extra fields: 4.5.3 zip64; 4.6.9 another name; Info-ZIP's owners. */
#define EXTRA_HEADER_BYTES 4u
#define EXTRA_ZIP64 0x0001u
#define EXTRA_UNICODE_NAME 0x7075u
#define EXTRA_OWNERS 0x7875u

void
assay_zip_record_clear (AssayZipRecord *record)
{
  g_clear_pointer (&record->name, g_bytes_unref);
  g_clear_pointer (&record->extra, g_bytes_unref);
  g_clear_pointer (&record->comment, g_bytes_unref);
}

static gboolean
unsupported (const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "zip: %s", what);
}

static GBytes *
read_part (AssayBlob *blob, guint64 offset, gsize length, GError **error)
{
  guint8 *bytes = assay_blob_read_bytes (blob, offset, length, error);
  return bytes != NULL ? g_bytes_new_take (bytes, length) : NULL;
}

const guint8 *
assay_zip_next_extra (GBytes *extra, gsize *at, guint *out_tag, gsize *out_length)
{
  gsize size = 0;
  const guint8 *data = extra == NULL ? NULL : g_bytes_get_data (extra, &size);
  if (data == NULL || size - *at < EXTRA_HEADER_BYTES)
    return NULL;
  const guint8 *field = data + *at;
  *out_tag = assay_get_le16 (field);
  *out_length = assay_get_le16 (field + 2);
  if (*out_length > size - *at - EXTRA_HEADER_BYTES)
    return NULL;
  *at += EXTRA_HEADER_BYTES + *out_length;
  return field + EXTRA_HEADER_BYTES;
}

/* The extra field of that tag, or NULL. A list that does not end where it should is looked at as far as it is one. */
static const guint8 *
find_extra (GBytes *extra, guint wanted, gsize *out_length)
{
  gsize at = 0;
  guint tag = 0;
  const guint8 *field;
  while ((field = assay_zip_next_extra (extra, &at, &tag, out_length)) != NULL && tag != wanted)
    continue;
  return field;
}

static gboolean
read_parts (AssayBlob *blob, guint64 offset, const guint16 lengths[3], AssayZipRecord *out, GError **error)
{
  gsize unused = 0;
  out->name = read_part (blob, offset, lengths[0], error);
  if (out->name == NULL)
    return FALSE;
  out->extra = read_part (blob, offset + lengths[0], lengths[1], error);
  if (out->extra == NULL)
    return FALSE;
  out->comment = read_part (blob, offset + lengths[0] + lengths[1], lengths[2], error);
  if (out->comment == NULL)
    return FALSE;
  out->length += (guint64)lengths[0] + lengths[1] + lengths[2];
  if ((out->flags & ~KNOWN_FLAGS) != 0)
    return unsupported ("encryption, or flags that are not known", error);
  if (out->stored_size == G_MAXUINT32 || out->size == G_MAXUINT32 || out->local_offset == G_MAXUINT32
      || find_extra (out->extra, EXTRA_ZIP64, &unused) != NULL)
    return unsupported ("zip64 is not supported", error);
  if (find_extra (out->extra, EXTRA_UNICODE_NAME, &unused) != NULL)
    return unsupported ("an entry with two names", error);
  return TRUE;
}

/* The fields that both records have, in the same order (4.3.7, 4.3.12). */
static void
read_common (const guint8 *bytes, AssayZipRecord *out)
{
  out->needed = assay_get_le16 (bytes);
  out->flags = assay_get_le16 (bytes + 2);
  out->method = assay_get_le16 (bytes + 4);
  out->time = assay_get_le16 (bytes + 6);
  out->date = assay_get_le16 (bytes + 8);
  out->crc = assay_get_le32 (bytes + 10);
  out->stored_size = assay_get_le32 (bytes + 14);
  out->size = assay_get_le32 (bytes + 18);
}

/* The fixed part of a record. */
static gboolean
read_fixed_central (AssayBlob *blob, guint64 offset, guint8 bytes[ASSAY_ZIP_CENTRAL_BYTES], GError **error)
{
  if (!assay_blob_read (blob, offset, bytes, ASSAY_ZIP_CENTRAL_BYTES, error))
    return FALSE;
  return memcmp (bytes, "PK\1\2", 4) == 0
         || assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "zip: a damaged central directory");
}

static gboolean
read_fixed_local (AssayBlob *blob, guint64 offset, guint8 bytes[ASSAY_ZIP_LOCAL_BYTES], GError **error)
{
  if (!assay_blob_read (blob, offset, bytes, ASSAY_ZIP_LOCAL_BYTES, error))
    return FALSE;
  return memcmp (bytes, "PK\3\4", 4) == 0
         || assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "zip: no local header where the directory says");
}

gboolean
assay_zip_read_central (AssayBlob *blob, guint64 offset, AssayZipRecord *out_record, GError **error)
{
  guint8 bytes[ASSAY_ZIP_CENTRAL_BYTES];
  if (!read_fixed_central (blob, offset, bytes, error))
    return FALSE;
  if (assay_get_le16 (bytes + 34) != 0)
    return unsupported ("an archive of several disks", error);
  out_record->length = sizeof bytes;
  out_record->made_by = assay_get_le16 (bytes + 4);
  read_common (bytes + 6, out_record);
  out_record->internal = assay_get_le16 (bytes + 36);
  out_record->external = assay_get_le32 (bytes + 38);
  out_record->local_offset = assay_get_le32 (bytes + 42);
  const guint16 lengths[3] = { assay_get_le16 (bytes + 28), assay_get_le16 (bytes + 30), assay_get_le16 (bytes + 32) };
  return read_parts (blob, offset + sizeof bytes, lengths, out_record, error);
}

gboolean
assay_zip_read_local (AssayBlob *blob, guint64 offset, AssayZipRecord *out_record, GError **error)
{
  guint8 bytes[ASSAY_ZIP_LOCAL_BYTES];
  if (!read_fixed_local (blob, offset, bytes, error))
    return FALSE;
  out_record->length = sizeof bytes;
  read_common (bytes + 4, out_record);
  const guint16 lengths[3] = { assay_get_le16 (bytes + 26), assay_get_le16 (bytes + 28), 0 };
  return read_parts (blob, offset + sizeof bytes, lengths, out_record, error);
}

gboolean
assay_zip_read_extent (AssayBlob *blob, guint64 *position, guint64 *out_begin, guint64 *out_end, GError **error)
{
  guint8 central[ASSAY_ZIP_CENTRAL_BYTES];
  guint8 local[ASSAY_ZIP_LOCAL_BYTES];
  if (!read_fixed_central (blob, *position, central, error))
    return FALSE;
  *out_begin = assay_get_le32 (central + 42);
  if (*out_begin == G_MAXUINT32 || assay_get_le32 (central + 20) == G_MAXUINT32)
    return unsupported ("zip64 is not supported", error);
  if (!read_fixed_local (blob, *out_begin, local, error))
    return FALSE;
  *position
      += sizeof central + assay_get_le16 (central + 28) + assay_get_le16 (central + 30) + assay_get_le16 (central + 32);
  *out_end = *out_begin + sizeof local + assay_get_le16 (local + 26) + assay_get_le16 (local + 28)
             + assay_get_le32 (central + 20);
  return TRUE;
}

gboolean
assay_zip_records_agree (const AssayZipRecord *central, const AssayZipRecord *local)
{
  /* With a data descriptor each of the three may be left empty; writers differ in which. */
  gboolean later = (central->flags & ASSAY_ZIP_FLAG_DESCRIPTOR) != 0;
  gboolean sizes = (local->crc == central->crc || (later && local->crc == 0))
                   && (local->stored_size == central->stored_size || (later && local->stored_size == 0))
                   && (local->size == central->size || (later && local->size == 0));
  return local->flags == central->flags && local->method == central->method && local->time == central->time
         && local->date == central->date && sizes && g_bytes_equal (local->name, central->name);
}

guint
assay_zip_mode_of_unzip (guint made_by, guint32 attributes)
{
  /* VMS, Unix, Atari, QDOS, Acorn, BeOS, Tandem, AtheOS */
  static const guint hosts[] = { 2, HOST_UNIX, 5, 12, 13, 16, 17, 30 };
  guint mode = attributes >> 16;
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    if (made_by >> 8 == hosts[i])
      return mode;
  guint owner
      = S_IRUSR | ((attributes & DOS_READ_ONLY) != 0 ? 0 : S_IWUSR) | ((attributes & DOS_DIRECTORY) != 0 ? S_IXUSR : 0);
  return made_by >> 8 == HOST_FAT && (mode & S_IRWXU) == owner ? mode : 0;
}

/* What it unpacks as a link; libarchive does so for Unix alone. */
static gboolean
is_link_of_unzip (const AssayZipRecord *central)
{
  static const guint hosts[] = { HOST_FAT, 2, HOST_UNIX, 5, 16, 30 };
  if (!S_ISLNK (assay_zip_mode_of_unzip (central->made_by, central->external)))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    if (central->made_by >> 8 == hosts[i])
      return TRUE;
  return FALSE;
}

/* The mode in which all readers agree. */
static guint
unix_mode (const AssayZipRecord *central)
{
  return central->made_by >> 8 == HOST_UNIX ? central->external >> 16 : 0;
}

AssayNodeType
assay_zip_type_of (const AssayZipRecord *central)
{
  gsize size = 0;
  const char *name = g_bytes_get_data (central->name, &size);
  if (size > 0 && name[size - 1] == '/')
    return ASSAY_NODE_DIRECTORY;
  if (is_link_of_unzip (central))
    return ASSAY_NODE_SYMLINK;
  switch (unix_mode (central) & S_IFMT)
    {
    case 0:
    case S_IFREG:
      return ASSAY_NODE_FILE;
    default:
      return ASSAY_NODE_UNKNOWN;
    }
}

static void
add_bytes_hex (AssayNode *child, const char *fact, GBytes *bytes)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  assay_facts_add_hex (child->facts, fact, data, size);
}

/* What attributes and owners mean; they stand as "external-attributes" and "extra" as well, as they are. */
static void
add_meanings (AssayNode *child, const AssayZipRecord *central, const AssayZipRecord *local)
{
  gsize length = 0;
  guint mode = unix_mode (central);
  if (mode != 0)
    {
      guint type = child->type == ASSAY_NODE_DIRECTORY ? S_IFDIR
                   : child->type == ASSAY_NODE_SYMLINK ? S_IFLNK
                                                       : S_IFREG;
      assay_facts_add (child->facts, "mode", "0%06o", (mode & 07777) | type);
    }
  const guint8 *owners = find_extra (local->extra, EXTRA_OWNERS, &length);
  if (owners != NULL && length == 11 && owners[0] == 1 && owners[1] == 4 && owners[6] == 4)
    {
      assay_facts_add_number (child->facts, "uid", assay_get_le32 (owners + 2));
      assay_facts_add_number (child->facts, "gid", assay_get_le32 (owners + 7));
    }
}

static void
add_numbers (AssayNode *child, const AssayZipRecord *central, const AssayZipRecord *local)
{
  assay_facts_add_number (child->facts, "version-made-by", central->made_by);
  assay_facts_add_number (child->facts, "version-needed", central->needed);
  if (local->needed != central->needed)
    assay_facts_add_number (child->facts, "local-version-needed", local->needed);
  assay_facts_add_number (child->facts, "flags", central->flags);
  assay_facts_add_number (child->facts, "method", central->method);
  /* Local time without a zone (4.4.6); the bits as they are, also where they are no date. */
  assay_facts_add (child->facts, "dos-time", "%04u-%02u-%02uT%02u:%02u:%02u", 1980 + (central->date >> 9u),
                   central->date >> 5u & 15u, central->date & 31u, (guint)central->time >> 11u,
                   central->time >> 5u & 63u, (central->time & 31u) * 2);
  assay_facts_add_number (child->facts, "internal-attributes", central->internal);
  assay_facts_add (child->facts, "external-attributes", "%08x", central->external);
}

void
assay_zip_add_facts (AssayNode *child, const AssayZipRecord *central, const AssayZipRecord *local)
{
  gboolean later = (central->flags & ASSAY_ZIP_FLAG_DESCRIPTOR) != 0;
  add_meanings (child, central, local);
  add_numbers (child, central, local);
  g_autoptr (GBytes) extra = NULL;
  g_autoptr (GBytes) local_extra = NULL;
  assay_zip_take_times (child, central, local, &extra, &local_extra);
  if (g_bytes_get_size (extra) > 0)
    add_bytes_hex (child, "extra", extra);
  if (!g_bytes_equal (extra, local_extra))
    add_bytes_hex (child, "local-extra", local_extra);
  if (g_bytes_get_size (central->comment) > 0)
    {
      gsize size = 0;
      const char *data = g_bytes_get_data (central->comment, &size);
      assay_facts_add_raw (child->facts, "comment", data, size);
    }
  if (later && (local->crc != 0 || local->stored_size != 0 || local->size != 0))
    assay_facts_add (child->facts, "local-sizes", "%s%s%s", local->crc != 0 ? "crc " : "",
                     local->stored_size != 0 ? "stored " : "", local->size != 0 ? "size " : "");
}

/* The packed form of "dos-time": date in the upper half, time in the lower. */
static gboolean
read_dos_time (const AssayNode *child, guint32 *out)
{
  static const struct
  {
    guint offset;
    guint width;
    guint shift;
  } parts[] = { { 0, 4, 25 }, { 5, 2, 21 }, { 8, 2, 16 }, { 11, 2, 11 }, { 14, 2, 5 }, { 17, 2, 0 } };
  const char *text = assay_facts_get (child->facts, "dos-time");
  guint32 packed = 0;
  if (text == NULL || strlen (text) != 19)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      guint64 value = 0;
      if (!assay_number_parse (text + parts[i].offset, parts[i].width, 10, &value))
        return FALSE;
      if (i == 0)
        value -= 1980;
      if (i == G_N_ELEMENTS (parts) - 1)
        value /= 2;
      packed |= (guint32)value << parts[i].shift;
    }
  *out = packed;
  return TRUE;
}

static gboolean
append_number (GByteArray *out, const AssayNode *child, const char *fact, guint base, guint width)
{
  guint64 value = 0;
  if (!assay_facts_get_number (child->facts, fact, base, 0, &value))
    return FALSE;
  assay_append_le (out, value, width);
  return TRUE;
}

static gboolean
append_common (GByteArray *out, const AssayNode *child, const char *needed, const AssayZipRecord *sizes)
{
  guint32 packed = 0;
  if (!append_number (out, child, needed, 10, 2) || !append_number (out, child, "flags", 10, 2)
      || !append_number (out, child, "method", 10, 2) || !read_dos_time (child, &packed))
    return FALSE;
  assay_append_le (out, packed, 4);
  assay_append_le (out, sizes->crc, 4);
  assay_append_le (out, sizes->stored_size, 4);
  assay_append_le (out, sizes->size, 4);
  return TRUE;
}

static void
append_bytes (GByteArray *out, GBytes *bytes)
{
  gsize size = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  if (size > 0)
    g_byte_array_append (out, data, (guint)size);
}

GByteArray *
assay_zip_write_central (const AssayNode *child, const AssayZipRecord *derived)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *name = assay_entry_get_raw_name (child, ASSAY_NAME_SLASH);
  g_autoptr (GBytes) timeless = assay_facts_get_hex (child->facts, "extra");
  g_autoptr (GBytes) extra = timeless == NULL ? NULL : assay_zip_put_times (child, timeless, TRUE);
  g_autoptr (GBytes) stated = assay_facts_get_raw (child->facts, "comment");
  g_autoptr (GBytes) comment = stated != NULL ? g_bytes_ref (stated) : g_bytes_new (NULL, 0);
  assay_append_le (out, 0x02014b50, 4);
  if (extra == NULL || !append_number (out, child, "version-made-by", 10, 2)
      || !append_common (out, child, "version-needed", derived))
    return NULL;
  assay_append_le (out, strlen (name), 2);
  assay_append_le (out, g_bytes_get_size (extra), 2);
  assay_append_le (out, g_bytes_get_size (comment), 2);
  assay_append_le (out, 0, 2);
  if (!append_number (out, child, "internal-attributes", 10, 2)
      || !append_number (out, child, "external-attributes", 16, 4))
    return NULL;
  assay_append_le (out, derived->local_offset, 4);
  g_byte_array_append (out, (const guint8 *)name, (guint)strlen (name));
  append_bytes (out, extra);
  append_bytes (out, comment);
  return g_steal_pointer (&out);
}

GByteArray *
assay_zip_write_local (const AssayNode *child, const AssayZipRecord *derived)
{
  guint64 flags = 0;
  AssayZipRecord sizes = *derived;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *name = assay_entry_get_raw_name (child, ASSAY_NAME_SLASH);
  gboolean own_extra = assay_facts_get (child->facts, "local-extra") != NULL;
  gboolean own_needed = assay_facts_get (child->facts, "local-version-needed") != NULL;
  g_autoptr (GBytes) timeless = assay_facts_get_hex (child->facts, own_extra ? "local-extra" : "extra");
  g_autoptr (GBytes) extra = timeless == NULL ? NULL : assay_zip_put_times (child, timeless, FALSE);
  if (extra == NULL || !assay_facts_get_number (child->facts, "flags", 10, 0, &flags))
    return NULL;
  if ((flags & ASSAY_ZIP_FLAG_DESCRIPTOR) != 0)
    {
      const char *stated = assay_facts_get (child->facts, "local-sizes");
      const char *present = stated != NULL ? stated : "";
      sizes.crc = strstr (present, "crc ") != NULL ? derived->crc : 0;
      sizes.stored_size = strstr (present, "stored ") != NULL ? derived->stored_size : 0;
      sizes.size = strstr (present, "size ") != NULL ? derived->size : 0;
    }
  assay_append_le (out, 0x04034b50, 4);
  if (!append_common (out, child, own_needed ? "local-version-needed" : "version-needed", &sizes))
    return NULL;
  assay_append_le (out, strlen (name), 2);
  assay_append_le (out, g_bytes_get_size (extra), 2);
  g_byte_array_append (out, (const guint8 *)name, (guint)strlen (name));
  append_bytes (out, extra);
  return g_steal_pointer (&out);
}
