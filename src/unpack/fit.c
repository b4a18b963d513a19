#include "unpack/fdt.h"

#include "crypto/digest.h"
#include "util/checked.h"
#include "util/text.h"

#include <libfdt.h>
#include <zlib.h>

/* Where a FIT keeps its images. */
#define IMAGES "/images"

/* Makes a child of each image that holds its data in the tree. */
static gboolean
add_image (AssayFdt *fdt, int node, GError **error)
{
  int length = 0;
  const char *name = fdt_get_name (fdt->bytes, node, &length);
  const guint8 *data = fdt_getprop (fdt->bytes, node, "data", NULL);
  if (name == NULL || data == NULL)
    return TRUE;
  if (g_hash_table_contains (fdt->images, name))
    return assay_fdt_fail ("two images of one name", error);
  AssayNode *child
      = assay_container_add_entry (fdt->container, name, strlen (name), ASSAY_NODE_FILE, ASSAY_NAME_PLAIN, error);
  if (child == NULL)
    return FALSE;
  g_hash_table_insert (fdt->images, g_strdup (name), child);
  fdt->is_fit = TRUE;
  return TRUE;
}

gboolean
assay_fit_find_images (AssayFdt *fdt, GError **error)
{
  int images = fdt_path_offset (fdt->bytes, IMAGES);
  int node;
  if (images < 0)
    return TRUE;
  fdt_for_each_subnode (node, fdt->bytes, images)
  {
    if (!add_image (fdt, node, error))
      return FALSE;
  }
  return TRUE;
}

AssayNode *
assay_fit_image_of (const AssayFdt *fdt, const char *path)
{
  if (!g_str_has_prefix (path, IMAGES "/"))
    return NULL;
  const char *name = path + strlen (IMAGES "/");
  const char *end = strchr (name, '/');
  g_autofree char *image = end == NULL ? g_strdup (name) : g_strndup (name, (gsize)(end - name));
  return g_hash_table_lookup (fdt->images, image);
}

/** Digests that a FIT's hash node may name (`algo`). */
typedef struct
{
  const char *algo;
  const char *digest; /* by OpenSSL's name; NULL for crc32 */
  guint length;
} HashKind;

static const HashKind hash_kinds[] = {
  { "sha256", "SHA256", 32 }, { "sha1", "SHA1", 20 }, { "sha384", "SHA384", 48 },
  { "sha512", "SHA512", 64 }, { "md5", "MD5", 16 },   { "crc32", NULL, 4 },
};

static gboolean
hash_equals (const HashKind *kind, const guint8 *data, gsize length, const guint8 *value)
{
  if (kind->digest == NULL)
    {
      guint32 sum = (guint32)crc32_z (0, data, length);
      const guint8 bytes[4] = { (guint8)(sum >> 24), (guint8)(sum >> 16), (guint8)(sum >> 8), (guint8)sum };
      return memcmp (bytes, value, sizeof bytes) == 0;
    }
  guint8 digest[64];
  return assay_digest_bytes (kind->digest, data, length, digest, kind->length)
         && memcmp (digest, value, kind->length) == 0;
}

gboolean
assay_fit_hash_is_derived (const AssayFdt *fdt, const AssayFdtProperty *property)
{
  const char *last = strrchr (fdt->path->str, '/');
  if (strcmp (property->name, "value") != 0 || last == NULL || !g_str_has_prefix (last, "/hash"))
    return FALSE;
  g_autofree char *image = g_strndup (fdt->path->str, (gsize)(last - fdt->path->str));
  int node = fdt_path_offset (fdt->bytes, fdt->path->str);
  int parent = fdt_path_offset (fdt->bytes, image);
  int algo_length = 0;
  int data_length = 0;
  if (node < 0 || parent < 0 || assay_fit_image_of (fdt, image) == NULL)
    return FALSE;
  const char *algo = fdt_getprop (fdt->bytes, node, "algo", &algo_length);
  const guint8 *data = fdt_getprop (fdt->bytes, parent, "data", &data_length);
  if (algo == NULL || algo_length <= 0 || algo[algo_length - 1] != '\0' || data == NULL || data_length < 0)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (hash_kinds); i++)
    if (strcmp (algo, hash_kinds[i].algo) == 0 && property->length == hash_kinds[i].length)
      return hash_equals (&hash_kinds[i], data, (gsize)data_length, fdt->bytes + property->value_offset);
  return FALSE;
}

static gboolean
is_text (const guint8 *value, guint32 length)
{
  if (length < 2 || value[length - 1] != '\0')
    return FALSE;
  for (guint32 i = 0; i + 1 < length; i++)
    if (value[i] < 0x20 || value[i] > 0x7e)
      return FALSE;
  return TRUE;
}

/* The value as a reader would write it; text as text, all else as hexadecimal. */
static void
add_fact (GArray *facts, const AssayFdt *fdt, const AssayFdtProperty *property, const char *name)
{
  const guint8 *value = fdt->bytes + property->value_offset;
  if (is_text (value, property->length))
    assay_facts_add_raw (facts, name, (const char *)value, property->length - 1);
  else
    assay_facts_add_hex (facts, name, value, property->length);
}

static void
add_header_span (const AssayFdt *fdt, guint64 offset, guint64 length, guint32 child, gboolean rewritable,
                 const char *fact)
{
  assay_container_add_span (fdt->container, (AssaySpan){ offset, length, ASSAY_SPAN_HEADER, child, rewritable,
                                                         fact == NULL ? "fdt property" : "fdt property value", fact });
}

/* The data of an image: its length follows from the content. */
static gboolean
add_data (AssayFdt *fdt, const AssayFdtProperty *property, AssayNode *image, GError **error)
{
  add_header_span (fdt, property->offset, 4, image->index, FALSE, NULL);
  add_header_span (fdt, property->offset + 4, 4, image->index, TRUE, "length");
  add_header_span (fdt, property->offset + 8, 4, image->index, FALSE, NULL);
  if (image->blob != NULL)
    return assay_fdt_fail ("an image with two data properties", error);
  return assay_container_add_payload (fdt->container, image, property->value_offset, property->length, "fit image",
                                      error);
}

gboolean
assay_fdt_add_property (AssayFdt *fdt, const AssayFdtProperty *property, GError **error)
{
  AssayNode *image = assay_fit_image_of (fdt, fdt->path->str);
  gboolean of_image = image != NULL && strrchr (fdt->path->str, '/') == fdt->path->str + strlen (IMAGES);
  if (of_image && strcmp (property->name, "data") == 0)
    return add_data (fdt, property, image, error);
  gboolean is_root = fdt->path->len == 0;
  gboolean is_time = fdt->is_fit && is_root && property->length == 4 && strcmp (property->name, "timestamp") == 0;
  gboolean derived = assay_fit_hash_is_derived (fdt, property);
  guint32 child = image == NULL ? ASSAY_SPAN_NO_CHILD : image->index;
  GArray *facts = image == NULL ? fdt->container->node->own_facts : image->facts;
  const char *inner = image == NULL ? fdt->path->str : fdt->path->str + strlen (IMAGES "/");
  const char *behind = image == NULL ? inner : strchr (inner, '/');
  g_autofree char *raw = g_strconcat (behind == NULL ? "" : behind, "/", property->name, NULL);
  g_autofree char *name = assay_text_escape_line (raw[0] == '/' ? raw + 1 : raw, -1);
  add_header_span (fdt, property->offset, 12, child, FALSE, NULL);
  if (is_time)
    assay_facts_add_number (facts, "mtime", assay_fdt_be32 (fdt, property->value_offset));
  else if (!derived)
    add_fact (facts, fdt, property, g_intern_string (name));
  add_header_span (fdt, property->value_offset, property->length, child, is_time || derived,
                   is_time   ? "mtime"
                   : derived ? "hash"
                             : g_intern_string (name));
  return TRUE;
}
