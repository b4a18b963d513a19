#include "account/package.h"

#include "crypto/sha256.h"
#include "unpack/rpm.h"
#include "util/text.h"

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
