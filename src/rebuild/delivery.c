#include "rebuild/delivery.h"

#include "inventory/load_places.h"
#include "inventory/stencil.h"
#include "rebuild/casing.h"
#include "rebuild/embedded.h"
#include "unpack/unpack.h"
#include "util/cancel.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct _AssayDelivery
{
  AssayLimits limits;
  AssayReaders *readers;
  GPtrArray *files;      /* AssayDelivered */
  GHashTable *by_digest; /* AssayDigest, of the file, to AssayDelivered */
  GPtrArray *unread;     /* AssayUnread */
  GPtrArray *places;     /* AssayPlaced, or NULL */
  char *odd_words;       /* the first name, or target of a link, that is no text; or NULL */
  AssayFingerprint *code;
  AssayFingerprint *passive; /* what is no code by its own account */
  AssayFingerprint *data;    /* of objects, beside their code */
  AssayStencils *objects;
  AssayStencils *object_data;
};

static void
delivered_free (gpointer data)
{
  AssayDelivered *delivered = data;
  g_free (delivered->path);
  g_free (delivered);
}

static guint
hash_digest (gconstpointer key)
{
  guint hash;
  memcpy (&hash, ((const AssayDigest *)key)->bytes, sizeof hash);
  return hash;
}

static gboolean
equal_digests (gconstpointer a, gconstpointer b)
{
  return assay_digest_equal (a, b);
}

AssayDelivery *
assay_delivery_new (const AssayLimits *limits)
{
  AssayDelivery *delivery = g_new0 (AssayDelivery, 1);
  delivery->limits = *limits;
  delivery->readers = assay_readers_new ();
  delivery->files = g_ptr_array_new_with_free_func (delivered_free);
  delivery->by_digest = g_hash_table_new (hash_digest, equal_digests);
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

/** Which part of the delivery is being added. */
typedef struct
{
  AssayDelivery *delivery;
  const char *path; /* of the file that all of it comes from */
  AssayDigest sha256;
  guint32 source;
  AssayCasing *casing;
  GError *failure;
} Adding;

/* Images are written as texts too (Intel HEX, S-record). */
static gboolean
may_be_image (AssayBlob *blob)
{
  char first = '\0';
  g_autoptr (GError) ignored = NULL;
  return assay_blob_get_size (blob) > 0 && assay_blob_read (blob, 0, &first, 1, &ignored)
         && (first == ':' || first == 'S');
}

/* The file that was added last. */
static gboolean
add_code (AssayDelivery *delivery, AssayBlob *blob, GError **error)
{
  guint32 source = delivery->files->len - 1;
  return assay_fingerprint_add_elf (delivery->code, blob, source, error)
         && assay_fingerprint_add_data (delivery->data, blob, source, error)
         && assay_fingerprint_add_passive (delivery->passive, blob, source, error)
         && assay_stencils_add (delivery->objects, blob, source, error)
         && assay_stencils_add_data (delivery->object_data, blob, source, error);
}

/** What ELF files are cut out of. */
typedef struct
{
  AssayDelivery *delivery;
  const char *path;
  guint64 base; /* where the range that is looked through begins in it */
} Cutting;

static gboolean
add_object (AssayBlob *object, guint64 offset, gpointer data, GError **error)
{
  const Cutting *cutting = data;
  if (cutting->base + offset == 0) /* the file itself */
    return TRUE;
  g_autofree char *path = g_strdup_printf ("%s//@0x%" G_GINT64_MODIFIER "x", cutting->path, cutting->base + offset);
  AssayDelivered *added = g_new0 (AssayDelivered, 1);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  added->path = g_steal_pointer (&path);
  added->nature = ASSAY_NATURE_CODE;
  g_ptr_array_add (cutting->delivery->files, added);
  if (!assay_nature_find (object, &nature, &added->sha256, error))
    return FALSE;
  if (g_hash_table_contains (cutting->delivery->by_digest, &added->sha256))
    return TRUE;
  g_hash_table_insert (cutting->delivery->by_digest, &added->sha256, added);
  return add_code (cutting->delivery, object, error);
}

/* ELF files that begin behind other bytes: a step takes these off again. @file: the digest of the whole file */
static gboolean
add_embedded (AssayDelivery *delivery, AssayBlob *blob, guint64 base, const char *path, const AssayDigest *file,
              GError **error)
{
  Cutting cutting = { .delivery = delivery, .path = path, .base = base };
  gboolean all = FALSE;
  if (!assay_embedded_visit (blob, &delivery->limits, add_object, &cutting, &all, error))
    return FALSE;
  if (!all)
    assay_unread_add (delivery->unread, path, file, "it holds more ELF files than are cut out of one file");
  return TRUE;
}

/* Adds a file unless it is there already; *@out_open: whether somebody must look into it, for an archive behind a
 * picture too; @out_digest: nullable. */
static gboolean
add_blob (AssayDelivery *delivery, AssayBlob *blob, const char *path, AssayNature *out_nature, gboolean *out_open,
          AssayDigest *out_digest, GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  *out_open = FALSE;
  if (!assay_nature_find (blob, &nature, &sha256, error))
    return FALSE;
  *out_nature = nature;
  if (out_digest != NULL)
    *out_digest = sha256;
  const AssayDelivered *same = g_hash_table_lookup (delivery->by_digest, &sha256);
  if (same != NULL)
    {
      *out_nature = same->nature;
      return TRUE;
    }
  AssayDelivered *added = g_new0 (AssayDelivered, 1);
  added->path = g_strdup (path);
  added->nature = nature;
  added->sha256 = sha256;
  g_ptr_array_add (delivery->files, added);
  g_hash_table_insert (delivery->by_digest, &added->sha256, added);
  *out_open = nature == ASSAY_NATURE_UNKNOWN || nature == ASSAY_NATURE_DATA
              || (nature == ASSAY_NATURE_TEXT && may_be_image (blob));
  if (nature == ASSAY_NATURE_DATA)
    return assay_fingerprint_add_passive (delivery->passive, blob, delivery->files->len - 1, error);
  return nature != ASSAY_NATURE_CODE || add_code (delivery, blob, error);
}

/* What an archive holds. The archive itself is no code, whatever it begins with. */
static gboolean
add_node (AssayNode *node, gpointer data)
{
  Adding *adding = data;
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  gboolean open = FALSE;
  guint before = adding->delivery->files->len;
  assay_unread_note (adding->delivery->unread, node, adding->path, &adding->sha256);
  if (node->blob == NULL || node->spans != NULL || node->parent == NULL)
    return TRUE;
  g_autofree char *path = g_strconcat (adding->path, "//", node->path, NULL);
  if (!add_blob (adding->delivery, node->blob, path, &nature, &open, NULL, &adding->failure))
    return FALSE;
  if (nature == ASSAY_NATURE_CODE || (nature == ASSAY_NATURE_UNKNOWN && node->size > 0))
    assay_casing_note_code (adding->casing, node);
  if (open && nature == ASSAY_NATURE_UNKNOWN)
    assay_fingerprint_add_raw (adding->delivery->code, node->blob, before, &adding->failure);
  if (adding->failure == NULL && adding->delivery->files->len > before
      && (nature == ASSAY_NATURE_CODE || nature == ASSAY_NATURE_UNKNOWN))
    add_embedded (adding->delivery, node->blob, 0, path, &adding->sha256, &adding->failure);
  return adding->failure == NULL;
}

/* What no entry of a container has; what an entry has is looked through there. */
static gboolean
add_between (Adding *adding, const AssayNode *node)
{
  for (guint i = 0; node->blob != NULL && node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->kind != ASSAY_SPAN_SLACK && span->kind != ASSAY_SPAN_PADDING && span->kind != ASSAY_SPAN_HEADER)
        continue;
      g_autoptr (AssayBlob) range = assay_blob_new_slice (node->blob, span->offset, span->length, &adding->failure);
      if (range == NULL
          || !add_embedded (adding->delivery, range, span->offset, adding->path, &adding->sha256, &adding->failure))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_casing (AssayNode *node, gpointer data)
{
  Adding *adding = data;
  return assay_casing_add (adding->casing, node, adding->delivery->code, adding->source, &adding->failure)
         && add_between (adding, node);
}

/* A container is known by what it holds, all else by its own bytes. What begins as data and is a container as well may
 * be anything. */
static gboolean
open_file (AssayDelivery *delivery, AssayBlob *blob, const char *path, GError **error)
{
  guint32 source = delivery->files->len - 1;
  AssayUnpackOptions options = { .limits = &delivery->limits, .readers = delivery->readers };
  g_autoptr (AssayNode) root = assay_unpack_blob (blob, &options, error);
  AssayDelivered *file = g_ptr_array_index (delivery->files, source);
  g_autoptr (AssayCasing) casing = assay_casing_new ();
  Adding adding = { .delivery = delivery, .path = path, .sha256 = file->sha256, .source = source, .casing = casing };
  if (root == NULL)
    return FALSE;
  if (root->spans == NULL)
    {
      assay_unread_note (delivery->unread, root, path, &adding.sha256);
      return file->nature == ASSAY_NATURE_TEXT || file->nature == ASSAY_NATURE_DATA
             || (assay_fingerprint_add_raw (delivery->code, blob, source, error)
                 && add_embedded (delivery, blob, 0, path, &adding.sha256, error));
    }
  if (file->nature == ASSAY_NATURE_DATA)
    file->nature = ASSAY_NATURE_UNKNOWN;
  assay_node_visit (root, add_node, &adding);
  if (adding.failure == NULL)
    assay_node_visit (root, add_casing, &adding);
  if (adding.failure != NULL)
    g_propagate_error (error, adding.failure);
  return adding.failure == NULL;
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

gboolean
assay_delivery_add_file (AssayDelivery *delivery, AssayDirectory *directory, const char *path, const char *name,
                         GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  gboolean open = FALSE;
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (directory, path, error);
  g_autofree char *shown = assay_text_escape_line (name, -1);
  guint before = delivery->files->len;
  AssayPlaced found = { .name = (char *)name };
  if (blob == NULL || !add_blob (delivery, blob, shown, &nature, &open, &found.sha256, error))
    return FALSE;
  gboolean is_new = delivery->files->len > before;
  if (open && !open_file (delivery, blob, shown, error))
    return FALSE;
  const AssayDelivered *file = is_new ? g_ptr_array_index (delivery->files, before) : NULL;
  found.nature = is_new ? file->nature : nature;
  if (!note_place (delivery, directory, path, blob, &found, error))
    return FALSE;
  if (nature != ASSAY_NATURE_CODE || !is_new)
    return TRUE;
  return add_embedded (delivery, blob, 0, shown, &file->sha256, error);
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
  if (!add_blob (delivery, blob, path, &nature, &open, NULL, error))
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

/* Little data that stands elsewhere than with the code may be anybody's. */
static void
add_data_hits (const AssayDelivery *delivery, AssayBlob *blob, const GArray *data, GArray *hits)
{
  g_autoptr (GArray) executable = data->len == 0 ? NULL : assay_load_places_executable (blob, &delivery->limits);
  for (guint i = 0; i < data->len; i++)
    {
      const AssayFingerprintHit *hit = &g_array_index (data, AssayFingerprintHit, i);
      if (hit->length >= ASSAY_FINGERPRINT_DATA_BYTES || assay_load_places_touch (executable, hit->offset, hit->length))
        g_array_append_val (hits, *hit);
    }
}

/* A picture in a program is one, unless it stands where the program may run it: in a raw image that is anywhere. */
static gboolean
add_passive_hits (const AssayDelivery *delivery, AssayBlob *blob, GArray *hits, GError **error)
{
  g_autoptr (GArray) passive = NULL;
  g_autoptr (GArray) executable = assay_load_places_executable (blob, &delivery->limits);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  if (executable == NULL)
    executable = assay_load_places_flagged (blob, &delivery->limits);
  if (executable == NULL && !assay_nature_find (blob, &nature, NULL, error))
    return FALSE;
  if (executable == NULL && nature != ASSAY_NATURE_UNKNOWN)
    return TRUE;
  if (!assay_fingerprint_search (delivery->passive, blob, &passive, error))
    return FALSE;
  for (guint i = 0; i < passive->len; i++)
    {
      const AssayFingerprintHit *hit = &g_array_index (passive, AssayFingerprintHit, i);
      if (assay_load_places_touch (executable, hit->offset, hit->length))
        g_array_append_val (hits, *hit);
    }
  return TRUE;
}

gboolean
assay_delivery_search (const AssayDelivery *delivery, AssayBlob *blob, GArray **out_hits, GError **error)
{
  g_autoptr (GArray) hits = NULL;
  g_autoptr (GArray) data = NULL;
  if (!assay_fingerprint_search (delivery->code, blob, &hits, error)
      || !assay_stencils_search (delivery->objects, blob, hits, error)
      || !assay_fingerprint_search (delivery->data, blob, &data, error))
    return FALSE;
  guint of_code = hits->len;
  if (!assay_stencils_search (delivery->object_data, blob, hits, error))
    return FALSE;
  for (guint i = of_code; i < hits->len; i++)
    g_array_index (hits, AssayFingerprintHit, i).is_data = TRUE;
  add_data_hits (delivery, blob, data, hits);
  if (!add_passive_hits (delivery, blob, hits, error))
    return FALSE;
  *out_hits = g_steal_pointer (&hits);
  return TRUE;
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
