#include "unpack/ar.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "unpack/second.h"
#include "util/checked.h"

#include <string.h>

/*
 * The ar archive: ar(5), System V/GNU with `/` behind names and a table `//` of long ones, BSD with `#1/LENGTH`, and
 * deb(5), whose names stand plain.
 */

#define MAGIC "!<arch>\n"
#define MAGIC_THIN "!<thin>\n"
#define MAGIC_BYTES 8u

/*
 * @table: content of the member `//`, or NULL, which lies at @table_offset
 * @rebuilt: what that table would be, from the long names of the entries
 */
typedef struct
{
  AssayContainer *container;
  guint64 position;
  guint64 table_offset;
  GByteArray *table;
  GByteArray *rebuilt;
} Reader;

static void
reader_clear (Reader *reader)
{
  g_clear_pointer (&reader->table, g_byte_array_unref);
  g_clear_pointer (&reader->rebuilt, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

gboolean
assay_ar_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= MAGIC_BYTES
         && (memcmp (head, MAGIC, MAGIC_BYTES) == 0 || memcmp (head, MAGIC_THIN, MAGIC_BYTES) == 0);
}

static gboolean
fail (const Reader *reader, const char *what, GError **error)
{
  return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ar: %s in the member at %" G_GUINT64_FORMAT, what,
                            reader->position);
}

/* The pad byte behind content of odd length. */
static gboolean
pass_content (Reader *reader, guint64 end, GError **error)
{
  AssayNode *node = reader->container->node;
  reader->position = end;
  if (end % 2 == 0 || end == node->size)
    return TRUE;
  guint8 pad = 0;
  if (!assay_blob_read (node->blob, end, &pad, 1, error))
    return FALSE;
  assay_container_add_span (reader->container,
                            (AssaySpan){ end, 1, ASSAY_SPAN_PADDING, ASSAY_SPAN_NO_CHILD, pad == '\n', "ar padding" });
  reader->position++;
  return TRUE;
}

/* GNU's table of long names: no file, but part of how names are written. */
static gboolean
read_table (Reader *reader, const AssayArHeader *header, GError **error)
{
  AssayContainer *container = reader->container;
  guint64 start = reader->position + ASSAY_AR_HEADER_BYTES;
  guint8 again[ASSAY_AR_HEADER_BYTES];
  gboolean same = FALSE;
  if (reader->table != NULL)
    return fail (reader, "a second table of long names", error);
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_METADATA_BYTES, header->size,
                           "a longer table of names", error))
    return FALSE;
  guint8 *table = assay_blob_read_bytes (container->node->blob, start, (gsize)header->size, error);
  if (table == NULL)
    return FALSE;
  reader->table = g_byte_array_new_take (table, (gsize)header->size);
  reader->table_offset = start;
  gboolean written = assay_ar_write_table_header (header->size, again);
  if (!assay_blob_equals (container->node->blob, reader->position, again, sizeof again, &same, error))
    return FALSE;
  assay_container_add_span (container,
                            (AssaySpan){ reader->position, ASSAY_AR_HEADER_BYTES, ASSAY_SPAN_HEADER,
                                         ASSAY_SPAN_NO_CHILD, written && same, "ar long name table header" });
  return pass_content (reader, start + header->size, error);
}

/* A name that stands in the table: `/OFFSET`, ended there by "/\n". */
static gboolean
resolve_long (Reader *reader, AssayArHeader *header, GError **error)
{
  if (reader->table == NULL || header->table_offset >= reader->table->len)
    return fail (reader, "a long name that no table has", error);
  const char *begin = (const char *)reader->table->data + header->table_offset;
  gsize most = reader->table->len - (gsize)header->table_offset;
  const char *end = memchr (begin, '\n', most);
  if (end == NULL || end - begin < 2 || end[-1] != '/')
    return fail (reader, "a long name without end", error);
  g_free (header->name);
  header->name = g_strndup (begin, (gsize)(end - begin) - 1);
  header->table_derived = header->table_offset == reader->rebuilt->len;
  g_byte_array_append (reader->rebuilt, (const guint8 *)begin, (guint)(end - begin + 1));
  return TRUE;
}

/* BSD's `#1/LENGTH`: the name is the first LENGTH bytes of what the header calls content. */
static gboolean
resolve_bsd (Reader *reader, AssayArHeader *header, GError **error)
{
  AssayContainer *container = reader->container;
  if (!assay_limits_check (container->context->limits, ASSAY_LIMIT_NAME_BYTES, header->name_bytes,
                           "a longer entry name", error))
    return FALSE;
  if (header->name_bytes > header->size)
    return fail (reader, "a name longer than the member", error);
  g_autofree guint8 *name = assay_blob_read_bytes (container->node->blob, reader->position + ASSAY_AR_HEADER_BYTES,
                                                   (gsize)header->name_bytes, error);
  if (name == NULL)
    return FALSE;
  g_free (header->name);
  /* The name is padded with zeros. */
  header->name = g_strndup ((const char *)name, (gsize)header->name_bytes);
  header->size -= header->name_bytes;
  return TRUE;
}

/** deb(5): the first member of a package. */
#define PACKAGE_MARK "debian-binary"

static void
note_kind (AssayNode *node, const AssayArHeader *header)
{
  /* deb(5) says in which order dpkg wants them; a linker takes the first member that defines a symbol. */
  node->ordered = TRUE;
  if (node->children->len == 0 && strcmp (header->name, PACKAGE_MARK) == 0)
    node->format = "deb";
}

static const char *
member_name (const AssayNode *node, guint index)
{
  const char *name = ((const AssayNode *)g_ptr_array_index (node->children, index))->path;
  const char *nested = g_strrstr (name, "//");
  return nested == NULL ? name : nested + 2;
}

/* BusyBox takes it for a package wherever that member stands, and dpkg for none. */
static gboolean
is_package_for_some (const AssayNode *node)
{
  gboolean found = FALSE;
  for (guint i = 0; i < node->children->len && !found; i++)
    found = strcmp (member_name (node, i), PACKAGE_MARK) == 0;
  return found && strcmp (node->format, "deb") != 0;
}

static gboolean
read_member (Reader *reader, AssayArHeader *header, GError **error)
{
  AssayContainer *container = reader->container;
  AssayNode *node = container->node;
  guint64 start = reader->position + ASSAY_AR_HEADER_BYTES + header->name_bytes;
  gboolean same = FALSE;
  note_kind (node, header);
  AssayNode *child = assay_container_add_entry (container, header->name, strlen (header->name), ASSAY_NODE_FILE,
                                                ASSAY_NAME_PLAIN, error);
  if (child == NULL)
    return FALSE;
  assay_ar_add_facts (header, child, node);
  g_autoptr (GByteArray) again = assay_ar_write_header (child, node, header->size, header->table_offset);
  if (again != NULL && again->len == start - reader->position
      && !assay_blob_equals (node->blob, reader->position, again->data, again->len, &same, error))
    return FALSE;
  assay_container_add_span (container, (AssaySpan){ reader->position, start - reader->position, ASSAY_SPAN_HEADER,
                                                    child->index, same && header->table_derived, "ar member header" });
  return assay_container_add_payload (container, child, start, header->size, "ar member", error)
         && pass_content (reader, start + header->size, error);
}

static gboolean
read_next (Reader *reader, GError **error)
{
  AssayNode *node = reader->container->node;
  guint8 block[ASSAY_AR_HEADER_BYTES];
  g_auto (AssayArHeader) header = { 0 };
  if (!assay_blob_read (node->blob, reader->position, block, sizeof block, error))
    return FALSE;
  if (!assay_ar_parse_header (block, &header, error))
    return FALSE;
  guint64 start = reader->position + ASSAY_AR_HEADER_BYTES;
  if (!assay_range_fits (start, header.size, node->size))
    return fail (reader, "content that leaves the archive", error);
  if (header.style == ASSAY_AR_TABLE)
    return read_table (reader, &header, error);
  if (header.style == ASSAY_AR_LONG && !resolve_long (reader, &header, error))
    return FALSE;
  if (header.style == ASSAY_AR_BSD && !resolve_bsd (reader, &header, error))
    return FALSE;
  return read_member (reader, &header, error);
}

/* Whether the table holds exactly the long names in the order of the members, and a newline where its length was odd.
 */
static gboolean
is_table_derived (const Reader *reader)
{
  guint length = reader->rebuilt->len;
  if (length % 2 != 0 && reader->table->len == length + 1 && reader->table->data[length] == '\n')
    length++;
  return reader->table->len == length && memcmp (reader->table->data, reader->rebuilt->data, reader->rebuilt->len) == 0;
}

static gboolean
add_table_span (const Reader *reader)
{
  if (reader->table == NULL || reader->table->len == 0)
    return TRUE;
  assay_container_add_span (reader->container,
                            (AssaySpan){ reader->table_offset, reader->table->len, ASSAY_SPAN_HEADER,
                                         ASSAY_SPAN_NO_CHILD, is_table_derived (reader), "ar long name table" });
  return TRUE;
}

/** Suffixes behind the members of a package that dpkg knows (deb(5)). */
static const char *const package_suffixes[][8] = {
  { "", NULL },
  { "", ".gz", ".xz", ".zst", NULL },
  { "", ".gz", ".xz", ".zst", ".bz2", ".lzma", NULL },
};

/* deb(5): behind `debian-binary` one member `control.tar` and one `data.tar`, each with the suffix of its codec; others
 * begin with `_`. dpkg takes the first whose name begins so, looks no further, and refuses a suffix that it does not
 * know. */
static gboolean
check_package (const AssayNode *node, GError **error)
{
  static const char *const wanted[] = { PACKAGE_MARK, "control.tar", "data.tar" };
  guint counts[G_N_ELEMENTS (wanted)] = { 0 };
  for (guint i = 0; i < node->children->len; i++)
    {
      const char *name = member_name (node, i);
      gsize kind = 0;
      while (kind < G_N_ELEMENTS (wanted) && !g_str_has_prefix (name, wanted[kind]))
        kind++;
      gboolean known = kind < G_N_ELEMENTS (wanted);
      if (known && !g_strv_contains (package_suffixes[kind], name + strlen (wanted[kind])))
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED,
                                  "ar: a Debian package whose %s has a suffix that dpkg refuses", wanted[kind]);
      if (known)
        counts[kind]++;
      else if (*name != '_')
        return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ar: a member that no Debian package has");
    }
  for (gsize kind = 0; kind < G_N_ELEMENTS (wanted); kind++)
    if (counts[kind] != 1)
      return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ar: a Debian package with %u members %s", counts[kind],
                                wanted[kind]);
  return TRUE;
}

gboolean
assay_ar_open (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  gboolean thin = FALSE;
  if (!assay_blob_equals (node->blob, 0, MAGIC_THIN, MAGIC_BYTES, &thin, error))
    return FALSE;
  if (thin)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "ar: a thin archive holds no members of its own");
  g_auto (Reader) reader = { container, MAGIC_BYTES, 0, NULL, g_byte_array_new () };
  assay_container_add_span (container,
                            (AssaySpan){ 0, MAGIC_BYTES, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, TRUE, "ar magic" });
  while (reader.position < node->size)
    if (!read_next (&reader, error))
      return FALSE;
  if (strcmp (node->format, "deb") == 0 && !check_package (node, error))
    return FALSE;
  if (is_package_for_some (node))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "ar: a member %s that is not the first", PACKAGE_MARK);
  const AssaySecondReading reading = {
    .format = "ar",
    .fields = ASSAY_SECOND_PERMISSIONS | ASSAY_SECOND_OWNERS | ASSAY_SECOND_TIME,
    .length = node->size,
    .children = node->children->len,
  };
  return add_table_span (&reader) && assay_second_compare (container, &reading, error);
}
