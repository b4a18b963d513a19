#include "unpack/rpm/rpm.h"

#include "unpack/formats.h"
#include "util/cancel.h"
#include "util/checked.h"
#include "util/text.h"

#include <string.h>

#define LEAD_BYTES 96u
#define LEAD_AT_MAJOR 4u
#define LEAD_AT_SIGNATURE_TYPE 78u

/** The lead says that a header of signatures follows. */
#define SIGNATURE_IN_HEADER 5u

/** A package that is being read: from @main on it is what the first header's digests speak of. */
typedef struct
{
  AssayContainer *container;
  AssayRpmHeader signatures;
  AssayRpmHeader main;
  GPtrArray *paths;
  guint64 payload;
} Package;

static void
package_clear (Package *package)
{
  assay_rpm_header_clear (&package->signatures);
  assay_rpm_header_clear (&package->main);
  g_clear_pointer (&package->paths, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Package, package_clear)

gboolean
assay_rpm_probe (const guint8 *head, gsize length, guint64 size)
{
  return length >= LEAD_BYTES && memcmp (head, "\xed\xab\xee\xdb", 4) == 0;
}

static gboolean
read_lead (Package *package, GError **error)
{
  guint8 lead[LEAD_BYTES];
  AssayContainer *container = package->container;
  if (!assay_blob_read (container->node->blob, 0, lead, sizeof lead, error))
    return FALSE;
  guint type = (guint)lead[LEAD_AT_SIGNATURE_TYPE] << 8 | lead[LEAD_AT_SIGNATURE_TYPE + 1];
  if ((lead[LEAD_AT_MAJOR] != 3 && lead[LEAD_AT_MAJOR] != 4) || type != SIGNATURE_IN_HEADER)
    return assay_unpack_fail (error, ASSAY_ERROR_UNSUPPORTED, "rpm: a package of version %u", lead[LEAD_AT_MAJOR]);
  assay_container_add_span (container,
                            (AssaySpan){ 0, LEAD_BYTES, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD, FALSE, "rpm lead" });
  return TRUE;
}

static gboolean
digest_range (AssayBlob *blob, guint64 offset, guint64 length, GChecksumType type, GChecksum **out, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (type);
  g_autofree guint8 *window = g_malloc (ASSAY_BLOB_WINDOW_BYTES);
  for (guint64 done = 0; done < length;)
    {
      gsize take = (gsize)MIN (length - done, ASSAY_BLOB_WINDOW_BYTES);
      if (assay_cancelled (error) || !assay_blob_read (blob, offset + done, window, take, error))
        return FALSE;
      g_checksum_update (checksum, window, (gssize)take);
      done += take;
    }
  *out = g_steal_pointer (&checksum);
  return TRUE;
}

/** What a digest is taken of. */
typedef enum
{
  OF_HEADER = 0,
  OF_HEADER_AND_PAYLOAD,
  OF_PAYLOAD,
} DigestRange;

/* Digests that stand in a header: as text, or as the 16 bytes of an MD5. */
static const struct
{
  guint32 tag;
  AssayRpmType type;
  gboolean in_main;
  DigestRange range;
  GChecksumType checksum;
} digests[] = {
  { ASSAY_RPM_SIGNATURE_SHA1, ASSAY_RPM_STRING, FALSE, OF_HEADER, G_CHECKSUM_SHA1 },
  { ASSAY_RPM_SIGNATURE_SHA256, ASSAY_RPM_STRING, FALSE, OF_HEADER, G_CHECKSUM_SHA256 },
  { ASSAY_RPM_SIGNATURE_MD5, ASSAY_RPM_BIN, FALSE, OF_HEADER_AND_PAYLOAD, G_CHECKSUM_MD5 },
  { ASSAY_RPM_PAYLOAD_DIGEST, ASSAY_RPM_STRING_ARRAY, TRUE, OF_PAYLOAD, G_CHECKSUM_SHA256 },
};

static gboolean
is_sha256 (const AssayRpmHeader *header, guint32 algorithm_tag)
{
  const AssayRpmEntry *entry = assay_rpm_header_find (header, algorithm_tag, ASSAY_RPM_INT32);
  return entry != NULL && entry->count == 1 && assay_rpm_number (header, entry, 0) == ASSAY_RPM_SHA256;
}

/* Whether a digest's place holds exactly the digest of what it speaks of, in the one form that rpm writes. */
static gboolean
check_digest (Package *package, gsize which, const AssayRpmEntry *entry, gboolean *out_same, GError **error)
{
  const AssayNode *node = package->container->node;
  const AssayRpmHeader *header = digests[which].in_main ? &package->main : &package->signatures;
  guint64 start = digests[which].range == OF_PAYLOAD ? package->payload : package->main.start;
  guint64 end = digests[which].range == OF_HEADER ? package->payload : node->size;
  g_autoptr (GChecksum) checksum = NULL;
  guint8 raw[64];
  gsize length = sizeof raw;
  if (digests[which].in_main && !is_sha256 (header, ASSAY_RPM_PAYLOAD_DIGEST_ALGORITHM))
    return TRUE;
  if (!digest_range (node->blob, start, end - start, digests[which].checksum, &checksum, error))
    return FALSE;
  const char *text = g_checksum_get_string (checksum);
  if (entry->type != ASSAY_RPM_BIN)
    {
      *out_same
          = entry->length == strlen (text) + 1 && memcmp (header->bytes + entry->at, text, strlen (text) + 1) == 0;
      return TRUE;
    }
  g_autoptr (GChecksum) again = g_checksum_copy (checksum);
  g_checksum_get_digest (again, raw, &length);
  *out_same = entry->length == length && memcmp (header->bytes + entry->at, raw, length) == 0;
  return TRUE;
}

/* rpm makes it of two other tags, which are judged by themselves. There is one of it, and any number of others. */
static gboolean
is_cookie (const Package *package, const AssayRpmEntry *entry)
{
  const AssayRpmHeader *header = &package->main;
  if (entry->tag != ASSAY_RPM_COOKIE || entry->type != ASSAY_RPM_STRING)
    return FALSE;
  const AssayRpmEntry *host = assay_rpm_header_find (header, ASSAY_RPM_BUILD_HOST, ASSAY_RPM_STRING);
  const AssayRpmEntry *time = assay_rpm_header_find (header, ASSAY_RPM_BUILD_TIME, ASSAY_RPM_INT32);
  if (host == NULL || time == NULL || time->count != 1)
    return FALSE;
  g_autofree char *again = g_strdup_printf ("%s %" G_GUINT64_FORMAT, (const char *)header->bytes + host->at,
                                            assay_rpm_number (header, time, 0));
  return strcmp ((const char *)header->bytes + entry->at, again) == 0;
}

/* Whether an entry of a header says nothing but what follows from the rest of the package. */
static gboolean
check_derived (Package *package, const AssayRpmHeader *header, const AssayRpmEntry *entry, gboolean *out_derived,
               GError **error)
{
  gboolean in_main = header == &package->main;
  guint64 size = package->container->node->size - package->main.start;
  gboolean is_size = (entry->tag == ASSAY_RPM_SIGNATURE_SIZE && entry->type == ASSAY_RPM_INT32)
                     || (entry->tag == ASSAY_RPM_SIGNATURE_LONG_SIZE && entry->type == ASSAY_RPM_INT64);
  *out_derived = in_main ? is_cookie (package, entry)
                         : is_size && entry->count == 1 && assay_rpm_number (header, entry, 0) == size;
  for (gsize i = 0; i < G_N_ELEMENTS (digests); i++)
    if (digests[i].in_main == in_main && digests[i].tag == entry->tag && digests[i].type == entry->type
        && (entry->count == 1 || entry->type == ASSAY_RPM_BIN))
      return check_digest (package, i, entry, out_derived, error);
  return TRUE;
}

static void
add_header_span (const Package *package, guint64 offset, guint64 length, gboolean rewritable, const char *name,
                 const char *fact)
{
  assay_container_add_span (package->container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, ASSAY_SPAN_NO_CHILD,
                                                             rewritable, name, fact });
}

/* The time of each file, which is also in the payload. */
static gboolean
add_file_times (const Package *package, const AssayRpmEntry *entry, GError **error)
{
  if (entry->count != package->paths->len)
    return assay_rpm_fail ("another number of times than of files", error);
  for (guint32 i = 0; i < entry->count; i++)
    {
      const char *name = assay_rpm_name_of (ASSAY_RPM_FILE_TIME, g_ptr_array_index (package->paths, i));
      assay_facts_add_number (package->container->node->own_facts, name, assay_rpm_number (&package->main, entry, i));
      add_header_span (package, package->main.start + entry->at + 4 * (guint64)i, 4, TRUE, "rpm file time", name);
    }
  return TRUE;
}

/* The digest of each file: what it says follows from the payload, which is decoded and compared elsewhere. */
static gboolean
add_file_digests (const Package *package, const AssayRpmEntry *entry, GError **error)
{
  if (entry->count != package->paths->len)
    return assay_rpm_fail ("another number of digests than of files", error);
  g_autoptr (GPtrArray) texts = assay_rpm_texts (&package->main, entry);
  guint64 at = package->main.start + entry->at;
  for (guint32 i = 0; i < entry->count; i++)
    {
      guint64 length = strlen (g_ptr_array_index (texts, i)) + 1;
      add_header_span (package, at, length, FALSE, "rpm file digest",
                       assay_rpm_name_of (ASSAY_RPM_FILE_DIGEST, g_ptr_array_index (package->paths, i)));
      at += length;
    }
  return TRUE;
}

/* The size of each file, which is also in the payload: rpm writes as many bytes as stand here. */
static gboolean
add_file_sizes (const Package *package, const AssayRpmEntry *entry, GError **error)
{
  if (entry->count != package->paths->len)
    return assay_rpm_fail ("another number of sizes than of files", error);
  guint64 width = entry->length / entry->count;
  for (guint32 i = 0; i < entry->count; i++)
    add_header_span (package, package->main.start + entry->at + width * i, width, FALSE, "rpm file size",
                     assay_rpm_name_of (entry->tag == ASSAY_RPM_FILE_SIZES ? ASSAY_RPM_FILE_SIZE : ASSAY_RPM_LONG_SIZE,
                                        g_ptr_array_index (package->paths, i)));
  assay_facts_take (package->container->node->own_facts, entry->name, assay_rpm_entry_text (&package->main, entry));
  return TRUE;
}

static gboolean
add_data (Package *package, const AssayRpmHeader *header, const AssayRpmEntry *entry, GError **error)
{
  GArray *facts = package->container->node->own_facts;
  gboolean derived = FALSE;
  gboolean in_main = header == &package->main;
  if (in_main && entry->tag == ASSAY_RPM_FILE_TIMES && entry->type == ASSAY_RPM_INT32)
    return add_file_times (package, entry, error);
  if (in_main && entry->tag == ASSAY_RPM_FILE_DIGESTS && entry->type == ASSAY_RPM_STRING_ARRAY
      && is_sha256 (header, ASSAY_RPM_FILE_DIGEST_ALGORITHM))
    return add_file_digests (package, entry, error);
  if (in_main
      && ((entry->tag == ASSAY_RPM_FILE_SIZES && entry->type == ASSAY_RPM_INT32)
          || (entry->tag == ASSAY_RPM_LONG_FILE_SIZES && entry->type == ASSAY_RPM_INT64)))
    return add_file_sizes (package, entry, error);
  if (!check_derived (package, header, entry, &derived, error))
    return FALSE;
  gboolean is_time
      = in_main && entry->tag == ASSAY_RPM_BUILD_TIME && entry->type == ASSAY_RPM_INT32 && entry->count == 1;
  gboolean decoded = in_main && entry->tag == ASSAY_RPM_PAYLOAD_DIGEST_DECODED && entry->count == 1
                     && entry->type == ASSAY_RPM_STRING_ARRAY && is_sha256 (header, ASSAY_RPM_PAYLOAD_DIGEST_ALGORITHM);
  if (!derived && !decoded)
    assay_facts_take (facts, entry->name, assay_rpm_entry_text (header, entry));
  add_header_span (package, header->start + entry->at, entry->length, is_time || derived,
                   decoded ? ASSAY_RPM_DECODED_DIGEST : assay_rpm_name_of ("rpm data of ", entry->name), entry->name);
  return TRUE;
}

static gint
by_data (gconstpointer a, gconstpointer b)
{
  const AssayRpmEntry *first = *(const AssayRpmEntry *const *)a;
  const AssayRpmEntry *second = *(const AssayRpmEntry *const *)b;
  return first->at < second->at ? -1 : first->at > second->at;
}

/* Bytes between the data of two entries are for alignment; as many as that needs may be written again as zeros. */
static gboolean
add_gaps (const Package *package, const AssayRpmHeader *header, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  guint64 end = 16 + 16 * (guint64)header->entries->len;
  for (guint i = 0; i < header->entries->len; i++)
    g_ptr_array_add (sorted, &g_array_index (header->entries, AssayRpmEntry, i));
  g_ptr_array_sort (sorted, by_data);
  for (guint i = 0; i < sorted->len; i++)
    {
      const AssayRpmEntry *entry = g_ptr_array_index (sorted, i);
      if (entry->at - end < 8
          && !assay_container_add_zeros (package->container, header->start + end, entry->at - end, "rpm alignment",
                                         error))
        return FALSE;
      end = entry->at + entry->length;
    }
  return TRUE;
}

static gboolean
add_header (Package *package, const AssayRpmHeader *header, GError **error)
{
  add_header_span (package, header->start, 16, FALSE, "rpm header", NULL);
  for (guint i = 0; i < header->entries->len; i++)
    {
      const AssayRpmEntry *entry = &g_array_index (header->entries, AssayRpmEntry, i);
      if (assay_cancelled (error) || !add_data (package, header, entry, error))
        return FALSE;
      add_header_span (package, header->start + entry->index_at, 16, FALSE,
                       assay_rpm_name_of ("rpm index of ", entry->name), assay_rpm_name_of ("index of ", entry->name));
    }
  return add_gaps (package, header, error);
}

gboolean
assay_rpm_open (AssayContainer *container, GError **error)
{
  g_auto (Package) package = { .container = container };
  guint64 main_start = 0;
  if (!read_lead (&package, error)
      || !assay_rpm_header_read (container, LEAD_BYTES, ASSAY_RPM_SIGNATURES_REGION, &package.signatures, error))
    return FALSE;
  guint64 end = LEAD_BYTES + package.signatures.length;
  if (!assay_u64_align (end, 8, &main_start)
      || !assay_rpm_header_read (container, main_start, ASSAY_RPM_REGION, &package.main, error)
      || !assay_container_add_zeros (container, end, main_start - end, "rpm padding of signatures", error)
      || !assay_rpm_paths (container, &package.main, &package.paths, error))
    return FALSE;
  package.payload = main_start + package.main.length;
  return add_header (&package, &package.signatures, error) && add_header (&package, &package.main, error)
         && assay_rpm_add_files (container, &package.main, &package.signatures, package.paths, error)
         && assay_container_add_part (container, "#payload", package.payload, container->node->size - package.payload,
                                      "rpm payload", error)
                != NULL;
}
