#include "account/package.h"

#include "crypto/sha256.h"
#include "unpack/fact.h"
#include "unpack/rpm/rpm.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/* The header of a package says again what is in the payload. Whoever installs it goes by the header, and whoever
 * unpacks it by the payload: both must say the same (T6). */

const AssayNode *
assay_account_package_payload (const AssayNode *package)
{
  const AssayNode *payload = package->children->len == 1 ? g_ptr_array_index (package->children, 0) : NULL;
  if (payload != NULL && payload->stream != NULL)
    payload = payload->children->len == 1 ? g_ptr_array_index (payload->children, 0) : NULL;
  return payload;
}

/* The last part of a path in the header as that of the entry in the payload: rpm puts a point in front. */
static char *
entry_path (const AssayNode *archive, const char *shown)
{
  g_autoptr (GBytes) raw = assay_fact_unescape (shown);
  gsize size = 0;
  const char *path = raw == NULL ? NULL : g_bytes_get_data (raw, &size);
  if (path == NULL || size < 2 || path[0] != '/')
    return NULL;
  g_autofree char *name = assay_text_escape_name (path + 1, size - 1);
  return g_strconcat (archive->path, "//", name, NULL);
}

static const AssayNode *
find_entry (AssayWork *work, const AssayNode *package, const char *shown)
{
  const AssayNode *archive = assay_account_package_payload (package);
  if (archive == NULL || strcmp (archive->format, "cpio") != 0)
    return NULL;
  GHashTable *entries = g_hash_table_lookup (work->packages, package);
  if (entries == NULL)
    {
      entries = g_hash_table_new (g_str_hash, g_str_equal);
      g_hash_table_insert (work->packages, (gpointer)package, entries);
      for (guint i = 0; i < archive->children->len; i++)
        {
          const AssayNode *entry = g_ptr_array_index (archive->children, i);
          g_hash_table_insert (entries, entry->path, (gpointer)entry);
        }
    }
  g_autofree char *path = entry_path (archive, shown);
  return path == NULL ? NULL : g_hash_table_lookup (entries, path);
}

gboolean
assay_account_package_time (AssayWork *work, const AssayNode *node, const AssayFact *fact)
{
  if (!g_str_has_prefix (fact->name, ASSAY_RPM_FILE_TIME))
    return TRUE;
  const AssayNode *entry = find_entry (work, node, fact->name + strlen (ASSAY_RPM_FILE_TIME));
  return entry != NULL && g_strcmp0 (assay_node_get_fact (entry, "mtime"), fact->value) == 0;
}

/** A package whose header is held against its payload. @said: what the header says of single files */
typedef struct
{
  AssayWork *work;
  const AssayNode *package;
  GHashTable *said;
} Header;

static const char *
said_of (const Header *header, const char *kind, const char *path)
{
  g_autofree char *fact = g_strconcat (kind, path, NULL);
  return g_hash_table_lookup (header->said, fact);
}

/* What the header makes one file of must be one in the archive. */
static gboolean
is_one_with (const Header *header, const AssayNode *entry, const char *path)
{
  const char *mark = said_of (header, ASSAY_RPM_FILE_MARK, path);
  const char *other = mark == NULL ? NULL : g_strrstr (mark, ASSAY_RPM_ONE_FILE);
  if (other == NULL)
    return TRUE;
  /* a name with these words in it */
  if (other != strstr (mark, ASSAY_RPM_ONE_FILE))
    return FALSE;
  const AssayNode *twin = find_entry (header->work, header->package, other + strlen (ASSAY_RPM_ONE_FILE));
  return twin != NULL && g_strcmp0 (assay_node_get_fact (entry, "nlink"), "1") != 0
         && g_strcmp0 (assay_node_get_fact (entry, "inode"), assay_node_get_fact (twin, "inode")) == 0
         && g_strcmp0 (assay_node_get_fact (entry, "nlink"), assay_node_get_fact (twin, "nlink")) == 0;
}

static gboolean
says_the_same (const Header *header, const AssayNode *entry, const char *path, const char *time)
{
  const char *mode = said_of (header, ASSAY_RPM_FILE_MODE, path);
  const char *link = entry->type == ASSAY_NODE_SYMLINK ? assay_node_get_fact (entry, "link") : NULL;
  return g_strcmp0 (assay_node_get_fact (entry, "mtime"), time) == 0
         && g_strcmp0 (assay_node_get_fact (entry, "mode"), mode == NULL ? ASSAY_RPM_USUAL_MODE : mode) == 0
         && g_strcmp0 (said_of (header, ASSAY_RPM_FILE_LINK, path), link) == 0 && is_one_with (header, entry, path);
}

static gboolean
differs_from_payload (Header *header, const AssayNode *archive)
{
  const GArray *facts = header->package->own_facts;
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);
  for (guint i = 0; facts != NULL && i < facts->len; i++)
    g_hash_table_insert (header->said, (gpointer)g_array_index (facts, AssayFact, i).name,
                         g_array_index (facts, AssayFact, i).value);
  for (guint i = 0; facts != NULL && i < facts->len; i++)
    {
      const AssayFact *fact = &g_array_index (facts, AssayFact, i);
      if (!g_str_has_prefix (fact->name, ASSAY_RPM_FILE_TIME))
        continue;
      const char *path = fact->name + strlen (ASSAY_RPM_FILE_TIME);
      const AssayNode *entry = find_entry (header->work, header->package, path);
      /* a ghost has none */
      if (entry == NULL)
        continue;
      if (!says_the_same (header, entry, path, fact->value))
        return TRUE;
      g_hash_table_add (found, (gpointer)entry);
    }
  return g_hash_table_size (found) != archive->children->len;
}

gboolean
assay_account_package_differs (AssayWork *work, const AssayNode *node)
{
  if (strcmp (node->format, "rpm") != 0 || node->spans == NULL)
    return FALSE;
  const AssayNode *payload = node->children->len == 1 ? g_ptr_array_index (node->children, 0) : NULL;
  const AssayNode *archive = assay_account_package_payload (node);
  if ((payload != NULL && assay_work_is_unread (payload)) || (archive != NULL && assay_work_is_unread (archive)))
    return FALSE;
  if (archive == NULL || strcmp (archive->format, "cpio") != 0)
    return TRUE;
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  Header header = { work, node, said };
  return differs_from_payload (&header, archive);
}

/* Whose digest a span holds, if it is one of these. */
static const AssayNode *
digested_by (AssayWork *work, const AssayNode *node, const AssaySpan *span)
{
  if (strcmp (node->format, "rpm") != 0 || span->kind != ASSAY_SPAN_HEADER)
    return NULL;
  if (strcmp (span->name, ASSAY_RPM_DECODED_DIGEST) == 0)
    return assay_account_package_payload (node);
  if (span->fact == NULL || !g_str_has_prefix (span->fact, ASSAY_RPM_FILE_DIGEST))
    return NULL;
  return find_entry (work, node, span->fact + strlen (ASSAY_RPM_FILE_DIGEST));
}

gboolean
assay_account_package_digest (AssayWork *work, const AssayNode *node, const AssaySpan *span, gboolean *out_derived,
                              GError **error)
{
  AssayDigest digest;
  const AssayNode *of = digested_by (work, node, span);
  *out_derived = FALSE;
  if (of == NULL || of->blob == NULL || of->type != ASSAY_NODE_FILE || !assay_own_facts_accepted (work, node)
      || assay_account_is_fixed (work, node))
    return TRUE;
  if (!assay_sha256_blob (of->blob, 0, of->size, &digest, error))
    return FALSE;
  /* as text, with a zero byte behind it */
  g_autofree char *text = assay_text_hex (digest.bytes, sizeof digest.bytes);
  gsize length = strlen (text) + 1;
  g_autofree char *shipped = g_malloc (length);
  if (span->length != length)
    return TRUE;
  if (!assay_blob_read (node->blob, span->offset, shipped, length, error))
    return FALSE;
  *out_derived = memcmp (shipped, text, length) == 0;
  return TRUE;
}

const AssayNode *
assay_account_bundle_file (const AssayNode *squashfs, const char *name)
{
  for (guint i = 0; i < squashfs->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (squashfs->children, i);
      if (strcmp (assay_node_local_name (child), name) == 0)
        return child->type == ASSAY_NODE_FILE && child->blob != NULL ? child : NULL;
    }
  return NULL;
}
