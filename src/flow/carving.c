#include "flow/carving.h"

#include <string.h>

/** How far headers of vendors reach, and how many places that look like a beginning are tried. */
#define HEADER_BYTES_MAX (64u * 1024u)
#define TRIALS_MAX 16u
/** Where streams are looked for, whose few bytes of magic stand in code too. */
#define STREAM_BYTES_MAX 4096u

/** How a container or program begins. */
static const struct
{
  const char *magic;
  gsize length;
  gsize within; /* bytes before it that are of the container */
  gsize most;   /* how far from the beginning of the image it may begin */
} beginnings[] = {
  { "\xd0\x0d\xfe\xed", 4, 0, HEADER_BYTES_MAX },
  { "hsqs", 4, 0, HEADER_BYTES_MAX },
  { "\x27\x05\x19\x56", 4, 0, HEADER_BYTES_MAX },
  { "\x7f"
    "ELF",
    4, 0, HEADER_BYTES_MAX },
  { "07070", 5, 0, HEADER_BYTES_MAX },
  { "UBI#", 4, 0, HEADER_BYTES_MAX },
  { "-rom1fs-", 8, 0, HEADER_BYTES_MAX },
  { "ustar", 5, 257, HEADER_BYTES_MAX },
  { "\x1f\x8b\x08", 3, 0, STREAM_BYTES_MAX },
  { "\xfd"
    "7zXZ",
    6, 0, STREAM_BYTES_MAX },
  { "\x28\xb5\x2f\xfd", 4, 0, STREAM_BYTES_MAX },
  { "\x04\x22\x4d\x18", 4, 0, STREAM_BYTES_MAX },
  { "PK\x03\x04", 4, 0, STREAM_BYTES_MAX },
};

static gboolean
begins_at (const guint8 *bytes, gsize length, gsize offset)
{
  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      gsize at = offset + beginnings[i].within;
      if (offset < beginnings[i].most && at < length && length - at >= beginnings[i].length
          && memcmp (bytes + at, beginnings[i].magic, beginnings[i].length) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether what lies at @offset is something as a whole; then the image is unpacked so. */
static gboolean
try_offset (AssayImage *image, const AssayUnpackOptions *options, gsize offset, GArray *layout)
{
  const AssayUnpackLayout header = { .in = ".", .name = "header", .size = offset, .kind = "header" };
  const AssayUnpackLayout payload
      = { .in = ".", .name = "payload", .offset = offset, .size = G_MAXUINT64, .kind = "payload" };
  AssayUnpackOptions again = *options;
  g_array_set_size (layout, 0);
  g_array_append_val (layout, header);
  g_array_append_val (layout, payload);
  again.layout = layout;
  g_autoptr (AssayNode) root = assay_unpack_blob (image->blob, &again, NULL);
  const AssayNode *found = root != NULL ? assay_node_find (root, "payload") : NULL;
  if (found == NULL || found->trouble != NULL || strcmp (found->format, "raw") == 0)
    {
      g_array_set_size (layout, 0);
      return FALSE;
    }
  g_clear_pointer (&image->root, assay_node_free);
  image->root = g_steal_pointer (&root);
  return TRUE;
}

gboolean
assay_carve_image (AssayImage *image, const AssayUnpackOptions *options, GArray *out_layout, GError **error)
{
  guint trials = 0;
  g_array_set_size (out_layout, 0);
  if (image->blob == NULL || strcmp (image->root->format, "raw") != 0 || image->root->trouble != NULL)
    return TRUE;
  gsize length = (gsize)MIN (image->size, HEADER_BYTES_MAX + 512);
  g_autofree guint8 *bytes = g_malloc (MAX (length, 1));
  if (!assay_blob_read (image->blob, 0, bytes, length, error))
    return FALSE;
  for (gsize offset = 1; offset < length && trials < TRIALS_MAX; offset++)
    {
      if (!begins_at (bytes, length, offset))
        continue;
      trials++;
      if (try_offset (image, options, offset, out_layout))
        break;
    }
  return TRUE;
}
