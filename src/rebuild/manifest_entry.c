#include "rebuild/manifest.h"

#include "unpack/bytes.h"

#include <assay/error.h>

#include <string.h>

/* Bytes of a path or target; Linux takes 4,096 at once, and more by several steps. */
#define PATH_BYTES 65536u
#define ATTRIBUTES_BYTES (1u << 21)

gboolean
assay_manifest_fail (GError **error)
{
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_MALFORMED, "the stream of a tree is not as we write it");
  return FALSE;
}

/** Where in the form the parts stand; manifest.c writes it. */
enum
{
  AT_KIND = 0,
  AT_MODE = 1,
  AT_SECONDS = 5,
  AT_NANOSECONDS = 13,
  AT_SIZE = 17,
  AT_PATH = 25,
  AT_ATTRIBUTES = 29,
  AT_TARGET = 37,
};
G_STATIC_ASSERT (AT_TARGET + 4 == ASSAY_MANIFEST_HEAD_BYTES);

gboolean
assay_manifest_entry_length (const guint8 head[ASSAY_MANIFEST_HEAD_BYTES], gsize *out_length)
{
  guint64 path = assay_get_le32 (head + AT_PATH);
  guint64 attributes = assay_get_le64 (head + AT_ATTRIBUTES);
  guint64 target = assay_get_le32 (head + AT_TARGET);
  if (path == 0 || path > PATH_BYTES || attributes > ATTRIBUTES_BYTES || target > PATH_BYTES)
    return FALSE;
  *out_length = (gsize)(path + attributes + target);
  return TRUE;
}

static gboolean
is_plain (const char *path)
{
  for (const char *at = path;; at++)
    {
      gsize length = strcspn (at, "/");
      if (length == 0 || (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.'))
        return FALSE;
      at += length;
      if (*at == '\0')
        return TRUE;
    }
}

/* A NUL in it would make another path of it. */
static char *
take_text (const guint8 *bytes, gsize length)
{
  if (memchr (bytes, 0, length) != NULL)
    return NULL;
  return g_strndup ((const char *)bytes, length);
}

static gboolean
is_sound (const AssayManifestEntry *entry)
{
  gboolean is_top = g_str_equal (entry->path, ".");
  switch (entry->kind)
    {
    case ASSAY_MANIFEST_DIRECTORY:
      return (is_top || is_plain (entry->path)) && entry->target == NULL;
    case ASSAY_MANIFEST_FILE:
    case ASSAY_MANIFEST_PIPE:
      return is_plain (entry->path) && entry->target == NULL;
    case ASSAY_MANIFEST_LINK:
      return is_plain (entry->path) && entry->target != NULL;
    case ASSAY_MANIFEST_HARD_LINK:
      return is_plain (entry->path) && entry->target != NULL && is_plain (entry->target);
    default:
      return FALSE;
    }
}

AssayManifestEntry *
assay_manifest_entry_parse (const guint8 *bytes, gsize length)
{
  g_autoptr (AssayManifestEntry) entry = g_new0 (AssayManifestEntry, 1);
  gsize rest;
  if (length < ASSAY_MANIFEST_HEAD_BYTES || !assay_manifest_entry_length (bytes, &rest)
      || rest != length - ASSAY_MANIFEST_HEAD_BYTES)
    return NULL;
  const guint8 *at = bytes + ASSAY_MANIFEST_HEAD_BYTES;
  gsize path = assay_get_le32 (bytes + AT_PATH);
  gsize attributes = (gsize)assay_get_le64 (bytes + AT_ATTRIBUTES);
  gsize target = assay_get_le32 (bytes + AT_TARGET);
  entry->kind = (AssayManifestKind)bytes[AT_KIND];
  entry->mode = assay_get_le32 (bytes + AT_MODE);
  entry->time_s = (gint64)assay_get_le64 (bytes + AT_SECONDS);
  entry->time_ns = assay_get_le32 (bytes + AT_NANOSECONDS);
  entry->size = assay_get_le64 (bytes + AT_SIZE);
  entry->path = take_text (at, path);
  entry->attributes = g_byte_array_new ();
  g_byte_array_append (entry->attributes, at + path, (guint)attributes);
  if (target > 0)
    entry->target = take_text (at + path + attributes, target);
  if (entry->path == NULL || (target > 0 && entry->target == NULL) || entry->mode > 07777 || !is_sound (entry))
    return NULL;
  return g_steal_pointer (&entry);
}

void
assay_manifest_entry_free (AssayManifestEntry *entry)
{
  if (entry == NULL)
    return;
  g_clear_pointer (&entry->attributes, g_byte_array_unref);
  g_free (entry->path);
  g_free (entry->target);
  g_free (entry);
}
