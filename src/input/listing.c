#include "input/listing.h"

#include "crypto/sha256.h"
#include "util/cancel.h"
#include "util/limits.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

static gboolean
fail_entry (const AssayDirectoryEntry *entry, AssayErrorCode code, const char *problem, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (entry->path, -1);
  g_set_error (error, ASSAY_ERROR, (int)code, "%s %s", shown, problem);
  return FALSE;
}

static gboolean
digest_content (AssayDirectory *directory, const AssayDirectoryEntry *entry, AssayKnownFiles *known,
                AssayDigest *out_digest, GError **error)
{
  const AssayDigest *found = assay_known_files_find (known, &entry->status);
  if (found != NULL)
    {
      *out_digest = *found;
      return TRUE;
    }
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (directory, entry->path, error);
  if (blob == NULL)
    return FALSE;
  guint64 size_bytes = assay_blob_get_size (blob);
  if (size_bytes != (guint64)entry->status.st_size)
    return fail_entry (entry, ASSAY_ERROR_CHANGED, "changed while it was read", error);
  if (!assay_sha256_blob (blob, 0, size_bytes, out_digest, error) || !assay_blob_check_unchanged (blob, error))
    return FALSE;
  assay_known_files_add (known, &entry->status, out_digest);
  return TRUE;
}

static gboolean
add_entry (AssayDirectory *directory, const AssayDirectoryEntry *entry, AssayKnownFiles *known, AssaySha256 *listing,
           GError **error)
{
  AssayDigest digest;
  guint64 size_bytes = 0;
  char type = 'f';
  char hex[ASSAY_DIGEST_HEX_SIZE];
  if (strchr (entry->path, '\n') != NULL)
    return fail_entry (entry, ASSAY_ERROR_UNSUPPORTED, "has a line feed in its name, which a listing cannot write",
                       error);
  switch (entry->status.st_mode & S_IFMT)
    {
    case S_IFREG:
      size_bytes = (guint64)entry->status.st_size;
      if (!digest_content (directory, entry, known, &digest, error))
        return FALSE;
      break;
    case S_IFLNK:
      type = 'l';
      size_bytes = strlen (entry->target);
      assay_sha256_bytes (entry->target, size_bytes, &digest);
      break;
    case S_IFDIR:
      type = 'd';
      assay_sha256_bytes ("", 0, &digest);
      break;
    default:
      return fail_entry (entry, ASSAY_ERROR_UNSUPPORTED, "is no file, directory or symbolic link", error);
    }
  assay_digest_to_hex (&digest, hex);
  const char *mode = (entry->status.st_mode & S_IXUSR) != 0 ? "755" : "644";
  g_autofree char *line
      = g_strdup_printf ("%c %s %" G_GUINT64_FORMAT " %s %s\n", type, mode, size_bytes, hex, entry->path);
  assay_sha256_update (listing, line, strlen (line));
  return TRUE;
}

gboolean
assay_listing_digest (AssayDirectory *directory, AssayDigest *out_digest, GError **error)
{
  return assay_listing_digest_known (directory, NULL, out_digest, error);
}

gboolean
assay_listing_digest_known (AssayDirectory *directory, AssayKnownFiles *known, AssayDigest *out_digest, GError **error)
{
  AssayLimits limits;
  assay_limits_init (&limits);
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, limits.value[ASSAY_LIMIT_ENTRIES],
                                                        assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
  if (entries == NULL)
    return FALSE;
  g_autoptr (AssaySha256) listing = assay_sha256_new ();
  for (guint i = 0; i < entries->len; i++)
    if (assay_cancelled (error) || !add_entry (directory, g_ptr_array_index (entries, i), known, listing, error))
      return FALSE;
  assay_sha256_finish (listing, out_digest);
  return TRUE;
}

gboolean
assay_listing_refuse (AssayBlob *blob, GError **error)
{
  char text[128] = { 0 };
  gsize length = (gsize)MIN (assay_blob_get_size (blob), sizeof text - 1);
  if (!assay_blob_read (blob, 0, text, length, error))
    return FALSE;
  const char *mode = text + 2;
  const char *size = mode + 4;
  gboolean begins = strchr ("fld", text[0]) != NULL && text[0] != '\0' && text[1] == ' '
                    && (g_str_has_prefix (mode, "644 ") || g_str_has_prefix (mode, "755 "));
  gsize digits = begins ? strspn (size, "0123456789") : 0;
  const char *digest = size + digits + 1;
  if (digits == 0 || digits > 20 || digest[-1] != ' ' || strspn (digest, "0123456789abcdef") != 64 || digest[64] != ' ')
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED,
                       "begins as the listing of a directory does, whose digest it could have in place of one");
  return FALSE;
}
