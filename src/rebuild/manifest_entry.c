#include "rebuild/manifest.h"

#include <string.h>

/* Bytes of a path or target; Linux takes 4,096 at once, and more by several steps. */
#define PATH_BYTES 65536u
#define ATTRIBUTES_BYTES (1u << 21)

static guint64
get (const guint8 *bytes, guint width)
{
  guint64 value = 0;
  for (guint i = width; i > 0; i--)
    value = value << 8 | bytes[i - 1];
  return value;
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
  guint64 path = get (head + AT_PATH, 4);
  guint64 attributes = get (head + AT_ATTRIBUTES, 8);
  guint64 target = get (head + AT_TARGET, 4);
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
  gsize path = (gsize)get (bytes + AT_PATH, 4);
  gsize attributes = (gsize)get (bytes + AT_ATTRIBUTES, 8);
  gsize target = (gsize)get (bytes + AT_TARGET, 4);
  entry->kind = (AssayManifestKind)bytes[AT_KIND];
  entry->mode = (guint32)get (bytes + AT_MODE, 4);
  entry->time_s = (gint64)get (bytes + AT_SECONDS, 8);
  entry->time_ns = (guint32)get (bytes + AT_NANOSECONDS, 4);
  entry->size = get (bytes + AT_SIZE, 8);
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
