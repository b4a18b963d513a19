#include "rebuild/delivery_private.h"

#include "util/cancel.h"
#include "util/digest_table.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void
delivered_free (gpointer data)
{
  AssayDelivered *delivered = data;
  g_free (delivered->path);
  g_free (delivered);
}

AssayDelivery *
assay_delivery_new (const AssayLimits *limits)
{
  AssayDelivery *delivery = g_new0 (AssayDelivery, 1);
  delivery->limits = *limits;
  delivery->readers = assay_readers_new ();
  delivery->files = g_ptr_array_new_with_free_func (delivered_free);
  delivery->by_digest = assay_digest_table_new (NULL, NULL);
  delivery->unread = assay_unread_list_new ();
  delivery->code = assay_fingerprint_new (limits);
  delivery->data = assay_fingerprint_new (limits);
  delivery->passive = assay_fingerprint_new (limits);
  delivery->objects = assay_stencils_new (limits);
  delivery->object_data = assay_stencils_new (limits);
  return delivery;
}

void
assay_delivery_free (AssayDelivery *delivery)
{
  if (delivery == NULL)
    return;
  assay_readers_free (delivery->readers);
  g_hash_table_unref (delivery->by_digest);
  g_ptr_array_unref (delivery->files);
  g_ptr_array_unref (delivery->unread);
  g_clear_pointer (&delivery->places, g_ptr_array_unref);
  assay_fingerprint_free (delivery->code);
  assay_fingerprint_free (delivery->data);
  assay_fingerprint_free (delivery->passive);
  assay_stencils_free (delivery->objects);
  assay_stencils_free (delivery->object_data);
  g_free (delivery->odd_words);
  g_free (delivery);
}

void
assay_delivery_use_known (AssayDelivery *delivery, AssayKnownFiles *known)
{
  delivery->known = known;
}

static void
placed_free (gpointer data)
{
  AssayPlaced *placed = data;
  assay_line_control_free (placed->line_control);
  g_free (placed->name);
  g_free (placed);
}

void
assay_delivery_keep_places (AssayDelivery *delivery)
{
  delivery->places = g_ptr_array_new_with_free_func (placed_free);
}

const GPtrArray *
assay_delivery_get_places (const AssayDelivery *delivery)
{
  return delivery->places;
}

static gboolean
note_place (AssayDelivery *delivery, AssayDirectory *directory, const char *path, AssayBlob *blob,
            const AssayPlaced *found, GError **error)
{
  struct stat status;
  if (delivery->places == NULL)
    return TRUE;
  if (fstatat (assay_directory_get_fd (directory), path, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return assay_system_error (error, errno, "look at", found->name);
  AssayPlaced *placed = g_new0 (AssayPlaced, 1);
  *placed = (AssayPlaced){ g_strdup (found->name), found->nature, found->sha256, status, NULL };
  g_ptr_array_add (delivery->places, placed);
  return assay_line_control_find (blob, &placed->line_control, error);
}

/* @out_status: only where the tree is one that nobody else writes to */
static AssayBlob *
open_file (const AssayDelivery *delivery, AssayDirectory *directory, const char *path, struct stat *out_status,
           GError **error)
{
  if (delivery->known == NULL)
    return assay_blob_new_for_file (directory, path, error);
  assay_autofd fd = assay_directory_open_file (directory, path, error);
  if (fd < 0)
    return NULL;
  if (fstat (fd, out_status) != 0)
    {
      assay_system_error (error, errno, "look at", path);
      return NULL;
    }
  const AssayDigest *sha256 = assay_known_files_find (delivery->known, out_status);
  AssayBlob *blob = assay_blob_new_for_fd (assay_fd_steal (&fd), error);
  if (blob != NULL && sha256 != NULL)
    assay_blob_note_sha256 (blob, sha256);
  return blob;
}

gboolean
assay_delivery_add_file (AssayDelivery *delivery, AssayDirectory *directory, const char *path, const char *name,
                         GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  gboolean open = FALSE;
  struct stat status;
  g_autoptr (AssayBlob) blob = open_file (delivery, directory, path, &status, error);
  g_autofree char *shown = assay_text_escape_line (name, -1);
  guint before = delivery->files->len;
  AssayPlaced found = { .name = (char *)name };
  if (blob == NULL || !assay_delivery_add_blob (delivery, blob, shown, &nature, &open, &found.sha256, error))
    return FALSE;
  if (delivery->known != NULL)
    assay_known_files_add (delivery->known, &status, &found.sha256);
  gboolean is_new = delivery->files->len > before;
  if (open && !assay_delivery_open (delivery, blob, before, shown, error))
    return FALSE;
  const AssayDelivered *file = is_new ? g_ptr_array_index (delivery->files, before) : NULL;
  found.nature = is_new ? file->nature : nature;
  if (!note_place (delivery, directory, path, blob, &found, error))
    return FALSE;
  if (nature != ASSAY_NATURE_CODE || !is_new)
    return TRUE;
  return assay_delivery_add_embedded (delivery, blob, 0, shown, &file->sha256, error);
}

static gboolean
is_plain (const char *words)
{
  for (const char *at = words; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return FALSE;
  return g_utf8_validate (words, -1, NULL);
}

/* A name and a link's target may have up to 4,095 bytes of any value but two; what is no text is looked at as a file
 * is. */
static gboolean
add_words (AssayDelivery *delivery, const char *words, const char *name, const char *what, GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  gboolean open = FALSE;
  guint before = delivery->files->len;
  if (words == NULL || is_plain (words))
    return TRUE;
  g_autoptr (GBytes) bytes = g_bytes_new (words, strlen (words));
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  g_autofree char *shown = assay_text_escape_line (name, -1);
  g_autofree char *path = g_strdup_printf ("%s of %s", what, shown);
  if (!assay_delivery_add_blob (delivery, blob, path, &nature, &open, NULL, error))
    return FALSE;
  if (delivery->odd_words == NULL)
    delivery->odd_words = g_strdup (path);
  return (delivery->files->len == before || nature == ASSAY_NATURE_CODE
          || assay_fingerprint_add_raw (delivery->code, blob, before, error));
}

static gboolean
add_names (AssayDelivery *delivery, const AssayDirectoryEntry *entry, const char *whole, GError **error)
{
  const char *slash = strrchr (entry->path, '/');
  return add_words (delivery, slash == NULL ? entry->path : slash + 1, whole, "the name", error)
         && add_words (delivery, entry->target, whole, "the target", error);
}

gboolean
assay_delivery_add_said (AssayDelivery *delivery, const char *words, const char *what, GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  g_autoptr (GBytes) bytes = g_bytes_new_static (words, strlen (words));
  g_autoptr (AssayBlob) blob = assay_blob_new_for_bytes (bytes);
  if (!assay_nature_find (blob, &nature, NULL, error))
    return FALSE;
  if (nature != ASSAY_NATURE_TEXT && delivery->odd_words == NULL)
    delivery->odd_words = g_strdup (what);
  return TRUE;
}

gboolean
assay_delivery_add_tree (AssayDelivery *delivery, AssayDirectory *directory, const char *name, GError **error)
{
  g_autoptr (GPtrArray) entries = assay_directory_walk (directory, delivery->limits.value[ASSAY_LIMIT_ENTRIES],
                                                        assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      const AssayDirectoryEntry *entry = g_ptr_array_index (entries, i);
      if (assay_cancelled (error))
        return FALSE;
      g_autofree char *whole = g_strconcat (name, entry->path, NULL);
      if (!add_names (delivery, entry, whole, error))
        return FALSE;
      if (S_ISREG (entry->status.st_mode) && !assay_delivery_add_file (delivery, directory, entry->path, whole, error))
        return FALSE;
    }
  return TRUE;
}

void
assay_delivery_settle (AssayDelivery *delivery)
{
  assay_fingerprint_settle (delivery->code);
  assay_fingerprint_settle (delivery->data);
  assay_fingerprint_settle (delivery->passive);
  assay_stencils_settle (delivery->objects);
  assay_stencils_settle (delivery->object_data);
}

const char *
assay_delivery_get_odd_words (const AssayDelivery *delivery)
{
  return delivery->odd_words;
}

const AssayDelivered *
assay_delivery_find (const AssayDelivery *delivery, const AssayDigest *sha256)
{
  return g_hash_table_lookup (delivery->by_digest, sha256);
}

const GPtrArray *
assay_delivery_get_unread (const AssayDelivery *delivery)
{
  return delivery->unread;
}

const AssayDelivered *
assay_delivery_get (const AssayDelivery *delivery, guint32 source)
{
  return g_ptr_array_index (delivery->files, source);
}
