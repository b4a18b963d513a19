#include "inventory/be8.h"
#include "inventory/intermediate.h"
#include "rebuild/casing.h"
#include "rebuild/delivery_private.h"
#include "rebuild/embedded.h"
#include "unpack/bytes.h"
#include "unpack/formats.h"

#include <string.h>

/* What the files of a delivery hold. */

/** Which part of the delivery is being added. */
typedef struct
{
  AssayDelivery *delivery;
  const char *path; /* of the file that all of it comes from */
  AssayDigest sha256;
  guint32 source;
  guint behind; /* how many containers stand in front of this one in the same file */
  AssayCasing *casing;
  GError *failure;
} Adding;

/** Containers behind each other in one file, none of which speaks of the next. */
#define MOST_BEHIND 16u

/* Images are written as texts too (Intel HEX, S-record), of which one may hold an ELF file, so that its nature is code:
 * what links that has it from there. */
static gboolean
may_be_image (AssayBlob *blob, AssayNature nature)
{
  char first = '\0';
  g_autoptr (GError) ignored = NULL;
  return (nature == ASSAY_NATURE_TEXT || nature == ASSAY_NATURE_CODE) && assay_blob_get_size (blob) > 0
         && assay_blob_read (blob, 0, &first, 1, &ignored) && (first == ':' || first == 'S');
}

/* As a linker writes it for BE8; each form once. */
static gboolean
add_swapped (AssayDelivery *delivery, AssayBlob *blob, guint32 source, GError **error)
{
  g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  for (guint form = 0; form < ASSAY_BE8_COUNT; form++)
    {
      GBytes *bytes = NULL;
      if (!assay_be8_write (blob, &delivery->limits, (AssayBe8Form)form, &bytes, error))
        return FALSE;
      if (bytes == NULL || g_ptr_array_find_with_equal_func (forms, bytes, g_bytes_equal, NULL))
        {
          g_clear_pointer (&bytes, g_bytes_unref);
          continue;
        }
      g_ptr_array_add (forms, bytes);
      g_autoptr (AssayBlob) swapped = assay_blob_new_for_bytes (bytes);
      if (!assay_fingerprint_add_elf (delivery->code, swapped, source, error)
          || !assay_stencils_add (delivery->objects, swapped, source, error)
          || (form == ASSAY_BE8_MAPPED
              && (!assay_fingerprint_add_data (delivery->data, swapped, source, error)
                  || !assay_stencils_add_data (delivery->object_data, swapped, source, error))))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_code (AssayDelivery *delivery, AssayBlob *blob, guint32 source, GError **error)
{
  return assay_fingerprint_add_elf (delivery->code, blob, source, error)
         && assay_fingerprint_add_data (delivery->data, blob, source, error)
         && assay_fingerprint_add_passive (delivery->passive, blob, source, error)
         && assay_stencils_add (delivery->objects, blob, source, error)
         && assay_stencils_add_data (delivery->object_data, blob, source, error)
         && add_swapped (delivery, blob, source, error);
}

/** What objects and programs are cut out of. */
typedef struct
{
  AssayDelivery *delivery;
  const char *path;
  const AssayDigest *file;
  guint64 base; /* where the range that is looked through begins in it */
} Cutting;

/* What a linker makes of such an object is found nowhere else. */
static gboolean
note_intermediate (AssayDelivery *delivery, AssayBlob *blob, const char *path, const AssayDigest *file, GError **error)
{
  AssayIntermediate kind = ASSAY_INTERMEDIATE_NONE;
  if (!assay_intermediate_find (blob, &delivery->limits, &kind, error))
    return FALSE;
  if (kind != ASSAY_INTERMEDIATE_NONE)
    assay_unread_add (delivery->unread, path, file, assay_intermediate_why (kind));
  return TRUE;
}

/* What no relocation interrupts is linked whole, and pieces of it are found by the bytes of its file. */
static gboolean
add_plain (AssayDelivery *delivery, AssayBlob *object, guint32 source, GError **error)
{
  return assay_stencils_add (delivery->objects, object, source, error)
         && assay_stencils_add_data (delivery->object_data, object, source, error);
}

static gboolean
add_object (AssayBlob *object, AssayEmbeddedKind kind, guint64 offset, gpointer data, GError **error)
{
  const Cutting *cutting = data;
  gboolean is_whole = cutting->base + offset == 0;
  if (is_whole && kind == ASSAY_EMBEDDED_ELF) /* the file itself */
    return TRUE;
  g_autofree char *path
      = is_whole ? g_strdup (cutting->path)
                 : g_strdup_printf ("%s//@0x%" G_GINT64_MODIFIER "x", cutting->path, cutting->base + offset);
  if (!note_intermediate (cutting->delivery, object, path, cutting->file, error))
    return FALSE;
  AssayDelivered *added = g_new0 (AssayDelivered, 1);
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  added->path = g_steal_pointer (&path);
  added->nature = ASSAY_NATURE_CODE;
  guint32 source = cutting->delivery->files->len;
  g_ptr_array_add (cutting->delivery->files, added);
  if (!assay_nature_find (object, &nature, &added->sha256, error))
    return FALSE;
  if (g_hash_table_contains (cutting->delivery->by_digest, &added->sha256))
    return TRUE;
  g_hash_table_insert (cutting->delivery->by_digest, &added->sha256, added);
  return kind == ASSAY_EMBEDDED_PLAIN ? add_plain (cutting->delivery, object, source, error)
                                      : add_code (cutting->delivery, object, source, error);
}

static gboolean
cut (AssayDelivery *delivery, AssayBlob *blob, guint64 base, const char *path, const AssayDigest *file,
     gboolean (*visit) (AssayBlob *, const AssayLimits *, AssayEmbeddedFound, gpointer, gboolean *, GError **),
     GError **error)
{
  Cutting cutting = { .delivery = delivery, .path = path, .file = file, .base = base };
  gboolean all = FALSE;
  if (!visit (blob, &delivery->limits, add_object, &cutting, &all, error))
    return FALSE;
  if (!all)
    assay_unread_add (delivery->unread, path, file, "it holds more objects or programs than are cut out of one file");
  return TRUE;
}

/* Objects and programs that begin behind other bytes: a step takes these off again. @file: the digest of the whole
 * file */
gboolean
assay_delivery_add_embedded (AssayDelivery *delivery, AssayBlob *blob, guint64 base, const char *path,
                             const AssayDigest *file, GError **error)
{
  return note_intermediate (delivery, blob, path, file, error)
         && cut (delivery, blob, base, path, file, assay_embedded_visit, error);
}

/** The end of a zip (APPNOTE 4.3.16), and the longest comment behind it. */
#define ZIP_END_BYTES 22u
#define ZIP_AT_ENTRIES 10u
#define ZIP_AT_COMMENT 20u
#define ZIP_MOST_COMMENT 65535u

/* A zip is found from its end, whatever stands in front of it: a program that unpacks it, a script, or anything. What
 * cannot be read may be one. */
static gboolean
ends_as_zip (AssayBlob *blob)
{
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, ZIP_END_BYTES + ZIP_MOST_COMMENT);
  g_autofree guint8 *tail = assay_blob_read_bytes (blob, size - length, length, NULL);
  if (tail == NULL)
    return length > 0;
  for (gsize i = 0; i + ZIP_END_BYTES <= length; i++)
    if (memcmp (tail + i, "PK\5\6", 4) == 0 && assay_get_le16 (tail + i + ZIP_AT_ENTRIES) > 0
        && i + ZIP_END_BYTES + assay_get_le16 (tail + i + ZIP_AT_COMMENT) == length)
      return TRUE;
  return FALSE;
}

static void
note_zip_end (AssayDelivery *delivery, AssayBlob *blob, const char *path, const AssayDigest *file)
{
  if (ends_as_zip (blob))
    assay_unread_add (delivery->unread, path, file, "it ends as a zip, and does not begin as one");
}

/* Adds a file unless it is there already; *@out_open: whether somebody must look into it, for an archive behind a
 * picture too; @out_digest: nullable. */
gboolean
assay_delivery_add_blob (AssayDelivery *delivery, AssayBlob *blob, const char *path, AssayNature *out_nature,
                         gboolean *out_open, AssayDigest *out_digest, GError **error)
{
  AssayNature nature = ASSAY_NATURE_UNKNOWN;
  AssayDigest sha256;
  gboolean binary = FALSE;
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
  guint32 source = delivery->files->len;
  g_ptr_array_add (delivery->files, added);
  g_hash_table_insert (delivery->by_digest, &added->sha256, added);
  if (nature != ASSAY_NATURE_DATA && !assay_delivery_add_records (delivery, blob, path, &sha256, &binary, error))
    return FALSE;
  if (binary)
    added->nature = nature = *out_nature = ASSAY_NATURE_UNKNOWN;
  *out_open = nature == ASSAY_NATURE_UNKNOWN || nature == ASSAY_NATURE_DATA || may_be_image (blob, nature)
              || (nature == ASSAY_NATURE_CODE && ends_as_zip (blob));
  if (nature == ASSAY_NATURE_DATA)
    return assay_fingerprint_add_passive (delivery->passive, blob, source, error);
  return nature != ASSAY_NATURE_CODE || add_code (delivery, blob, source, error);
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
  if (!assay_delivery_add_blob (adding->delivery, node->blob, path, &nature, &open, NULL, &adding->failure))
    return FALSE;
  note_zip_end (adding->delivery, node->blob, path, &adding->sha256);
  if (nature == ASSAY_NATURE_CODE || (nature == ASSAY_NATURE_UNKNOWN && node->size > 0))
    assay_casing_note_code (adding->casing, node);
  if (open && nature == ASSAY_NATURE_UNKNOWN)
    assay_fingerprint_add_raw (adding->delivery->code, node->blob, before, &adding->failure);
  if (adding->failure == NULL && adding->delivery->files->len > before
      && (nature == ASSAY_NATURE_CODE || nature == ASSAY_NATURE_UNKNOWN))
    assay_delivery_add_embedded (adding->delivery, node->blob, 0, path, &adding->sha256, &adding->failure);
  return adding->failure == NULL;
}

static gboolean add_container (Adding *adding, AssayNode *root);

/* What stands behind a stream or an archive may be another one, and some reader reads on: Python behind zeros, tar and
 * zstd into streams of other kinds. */
static gboolean
add_behind (Adding *adding, AssayBlob *range)
{
  guint64 size = assay_blob_get_size (range);
  guint64 begin = size; /* readers pass over zeros */
  if (!assay_blob_find_nonzero (range, 0, size, &begin, &adding->failure))
    return FALSE;
  if (begin == size)
    return TRUE;
  if (adding->behind == MOST_BEHIND)
    {
      assay_unread_add (adding->delivery->unread, adding->path, &adding->sha256,
                        "more archives or streams stand behind each other than are opened");
      return TRUE;
    }
  AssayUnpackOptions options = { .limits = &adding->delivery->limits, .readers = adding->delivery->readers };
  g_autoptr (AssayBlob) rest = assay_blob_new_slice (range, begin, size - begin, &adding->failure);
  g_autoptr (AssayNode) root = rest == NULL ? NULL : assay_unpack_blob (rest, &options, &adding->failure);
  if (root == NULL)
    return FALSE;
  g_autoptr (AssayCasing) casing = assay_casing_new ();
  Adding behind = *adding;
  behind.behind++;
  behind.casing = casing;
  if (root->spans == NULL)
    assay_unread_note (adding->delivery->unread, root, adding->path, &adding->sha256);
  else if (!add_container (&behind, root))
    adding->failure = behind.failure;
  return adding->failure == NULL;
}

/* What no entry of a container has; what an entry has is looked through there. A container may be an object of COFF as
 * well, whose sections are anywhere in it. */
static gboolean
add_between (Adding *adding, const AssayNode *node)
{
  if (node->blob != NULL && node->spans != NULL
      && !cut (adding->delivery, node->blob, 0, adding->path, &adding->sha256, assay_embedded_visit_first,
               &adding->failure))
    return FALSE;
  for (guint i = 0; node->blob != NULL && node->spans != NULL && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->kind != ASSAY_SPAN_SLACK && span->kind != ASSAY_SPAN_PADDING && span->kind != ASSAY_SPAN_HEADER)
        continue;
      g_autoptr (AssayBlob) range = assay_blob_new_slice (node->blob, span->offset, span->length, &adding->failure);
      if (range == NULL
          || !assay_delivery_add_embedded (adding->delivery, range, span->offset, adding->path, &adding->sha256,
                                           &adding->failure)
          || (span->kind == ASSAY_SPAN_SLACK && !add_behind (adding, range)))
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

/* The failure, where there is one, is in @adding. */
static gboolean
add_container (Adding *adding, AssayNode *root)
{
  assay_node_visit (root, add_node, adding);
  if (adding->failure == NULL)
    assay_node_visit (root, add_casing, adding);
  return adding->failure == NULL;
}

/* What begins as a stream of LZMA and is none to its end is raw to whoever has but its weak magic; some readers take
 * the stream, and what follows it. */
static gboolean
note_half_stream (AssayDelivery *delivery, AssayBlob *blob, const char *path, const AssayDigest *file, GError **error)
{
  guint8 head[32];
  guint64 size = assay_blob_get_size (blob);
  gsize length = (gsize)MIN (size, sizeof head);
  if (length > 0 && !assay_blob_read (blob, 0, head, length, error))
    return FALSE;
  /* of other properties too much begins so */
  if (length > 0 && head[0] == 0x5d && assay_lzma_probe (head, length, size))
    assay_unread_add (delivery->unread, path, file, "it begins as a stream of LZMA, and is none to its end");
  return TRUE;
}

/* A container is known by what it holds, all else by its own bytes. What begins as data and is a container as well may
 * be anything. */
gboolean
assay_delivery_open (AssayDelivery *delivery, AssayBlob *blob, guint32 source, const char *path, GError **error)
{
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
      note_zip_end (delivery, blob, path, &adding.sha256);
      if (!note_half_stream (delivery, blob, path, &adding.sha256, error))
        return FALSE;
      return file->nature == ASSAY_NATURE_TEXT || file->nature == ASSAY_NATURE_DATA
             || (assay_fingerprint_add_raw (delivery->code, blob, source, error)
                 && assay_delivery_add_embedded (delivery, blob, 0, path, &adding.sha256, error));
    }
  if (file->nature == ASSAY_NATURE_DATA)
    file->nature = ASSAY_NATURE_UNKNOWN;
  if (!add_container (&adding, root))
    g_propagate_error (error, adding.failure);
  return adding.failure == NULL;
}
