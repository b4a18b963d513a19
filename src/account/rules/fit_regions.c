#include "account/rules/fit.h"

#include <libfdt.h>
#include <string.h>

/** How deep a FIT's nodes lie: a hash of an image is at depth 3. */
#define DEPTH 32

static gboolean
add_path (GByteArray *out, const char *path)
{
  g_byte_array_append (out, (const guint8 *)path, (guint)strlen (path) + 1);
  return TRUE;
}

/* An image, its hashes, and its cipher. */
static gboolean
add_image (const AssayFitSignature *fit, const char *name, GByteArray *out)
{
  g_autofree char *path = g_strconcat ("/images/", name, NULL);
  int image = strchr (name, '/') != NULL ? -1 : fdt_path_offset (fit->fdt, path);
  int node;
  guint hashes = 0;
  if (image < 0)
    return FALSE;
  add_path (out, path);
  fdt_for_each_subnode (node, fit->fdt, image)
  {
    const char *child = fdt_get_name (fit->fdt, node, NULL);
    g_autofree char *child_path = g_strconcat (path, "/", child, NULL);
    if (child == NULL || !g_str_has_prefix (child, "hash"))
      continue;
    add_path (out, child_path);
    hashes++;
  }
  g_autofree char *cipher = g_strconcat (path, "/cipher", NULL);
  if (fdt_path_offset (fit->fdt, cipher) >= 0)
    add_path (out, cipher);
  return hashes > 0;
}

/* All images that a property of the configuration names, as `loadables` names several. */
static gboolean
add_images (const AssayFitSignature *fit, const char *property, GByteArray *out)
{
  int count = fdt_stringlist_count (fit->fdt, fit->owner, property);
  for (int i = 0; i < count; i++)
    {
      const char *name = fdt_stringlist_get (fit->fdt, fit->owner, property, i, NULL);
      if (name == NULL || !add_image (fit, name, out))
        return FALSE;
    }
  return count > 0;
}

GByteArray *
assay_fit_derive_nodes (const AssayFitSignature *fit)
{
  static const char *const usual[] = { "kernel", "fdt" };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *configuration = g_path_get_dirname (fit->slot);
  int count = fdt_stringlist_count (fit->fdt, fit->signature, "sign-images");
  gboolean named = fdt_getprop (fit->fdt, fit->signature, "sign-images", NULL) != NULL;
  int total = named ? count : (int)G_N_ELEMENTS (usual);
  add_path (out, "/");
  add_path (out, configuration);
  for (int i = 0; i < total; i++)
    {
      const char *property = named ? fdt_stringlist_get (fit->fdt, fit->signature, "sign-images", i, NULL) : usual[i];
      if (property == NULL || !add_images (fit, property, out))
        return NULL;
    }
  return total > 0 ? g_steal_pointer (&out) : NULL;
}

static gboolean
is_listed (const GByteArray *nodes, const char *path)
{
  gsize length = strlen (path) + 1;
  for (guint at = 0; at < nodes->len; at += (guint)strlen ((const char *)nodes->data + at) + 1)
    if (nodes->len - at >= length && memcmp (nodes->data + at, path, length) == 0)
      return TRUE;
  return FALSE;
}

/* What is left out of a signature: the data has a digest in the image's hash nodes. */
static gboolean
is_data (const char *name)
{
  static const char *const names[] = { "data", "data-size", "data-position", "data-offset" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/** A walk over the tokens of a tree, which gathers what is signed of it. */
typedef struct
{
  const AssayFitSignature *fit;
  const GByteArray *nodes;
  GArray *ranges;
  GString *path;
  guint8 state[DEPTH]; /* of each open node: 2 listed, 1 the child of a listed one, 0 neither */
  int depth;
} Walk;

static guint8
state_of (const Walk *walk)
{
  return walk->depth < 0 ? 0 : walk->state[walk->depth];
}

static gboolean
enter (Walk *walk, int offset)
{
  const char *name = fdt_get_name (walk->fit->fdt, offset, NULL);
  guint8 above = state_of (walk);
  if (name == NULL || walk->depth + 1 >= DEPTH)
    return FALSE;
  if (walk->path->len != 1)
    g_string_append_c (walk->path, '/');
  g_string_append (walk->path, name);
  walk->depth++;
  walk->state[walk->depth] = is_listed (walk->nodes, walk->path->str) ? 2 : above == 2 ? 1 : 0;
  return TRUE;
}

static void
leave (Walk *walk)
{
  const char *last = strrchr (walk->path->str, '/');
  walk->depth--;
  g_string_truncate (walk->path, last == NULL || walk->depth < 0 ? 0 : MAX ((gsize)(last - walk->path->str), 1u));
}

/* Adds the bytes of a token; one that follows on the last belongs to the same region. */
static void
add_token (Walk *walk, int start, int end)
{
  AssaySignedRange range
      = { walk->fit->blob, fdt_off_dt_struct (walk->fit->fdt) + (guint64)start, (guint64)(end - start), FALSE };
  AssaySignedRange *last
      = walk->ranges->len == 0 ? NULL : &g_array_index (walk->ranges, AssaySignedRange, walk->ranges->len - 1);
  if (last != NULL && last->offset + last->length == range.offset)
    last->length += range.length;
  else
    g_array_append_val (walk->ranges, range);
}

/* Of a listed node all but its data is signed, of its children that they are there, and the end of the tree. */
static gboolean
take_token (Walk *walk, uint32_t tag, int offset, int next)
{
  const char *name = NULL;
  gboolean taken = TRUE;
  switch (tag)
    {
    case FDT_BEGIN_NODE:
      if (!enter (walk, offset))
        return FALSE;
      taken = state_of (walk) > 0;
      break;
    case FDT_END_NODE:
      if (walk->depth < 0)
        return FALSE;
      taken = state_of (walk) > 0;
      leave (walk);
      break;
    case FDT_PROP:
      fdt_getprop_by_offset (walk->fit->fdt, offset, &name, NULL);
      if (name == NULL)
        return FALSE;
      taken = state_of (walk) == 2 && !is_data (name);
      break;
    case FDT_NOP:
      taken = state_of (walk) == 2;
      break;
    default:
      break;
    }
  if (taken)
    add_token (walk, offset, next);
  return TRUE;
}

static gboolean
walk_tree (const AssayFitSignature *fit, const GByteArray *nodes, GArray *ranges)
{
  g_autoptr (GString) path = g_string_new (NULL);
  Walk walk = { .fit = fit, .nodes = nodes, .ranges = ranges, .path = path, .depth = -1 };
  uint32_t tag = FDT_NOP;
  for (int offset = 0, next = 0; tag != FDT_END; offset = next)
    {
      tag = fdt_next_tag (fit->fdt, offset, &next);
      if (next <= offset || !take_token (&walk, tag, offset, next))
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_fit_strings_range_is_right (const AssayFitSignature *fit, const guint8 *value, int length)
{
  guint32 words[2];
  if (length != (int)sizeof words)
    return FALSE;
  memcpy (words, value, sizeof words);
  guint32 size = GUINT32_FROM_BE (words[1]);
  const guint8 *strings = fit->fdt + fdt_off_dt_strings (fit->fdt);
  return words[0] == 0 && size > 0 && size <= fdt_size_dt_strings (fit->fdt) && strings[size - 1] == '\0';
}

const char *
assay_fit_gather_image (const AssayFitSignature *fit, GArray *ranges)
{
  int length = 0;
  const guint8 *data = fdt_getprop (fit->fdt, fit->owner, "data", &length);
  AssaySignedRange range
      = { fit->blob, data == NULL ? 0 : (guint64)(data - fit->fdt), (guint64)MAX (length, 0), FALSE };
  g_array_append_val (ranges, range);
  return data == NULL ? "is that of an image without data" : NULL;
}

const char *
assay_fit_gather_configuration (const AssayFitSignature *fit, const GByteArray *nodes, GArray *ranges)
{
  guint32 words[2] = { 0 };
  int length = 0;
  const guint8 *strings = fdt_getprop (fit->fdt, fit->signature, "hashed-strings", &length);
  if (strings == NULL || !assay_fit_strings_range_is_right (fit, strings, length) || !walk_tree (fit, nodes, ranges))
    return "does not say what it covers";
  memcpy (words, strings, sizeof words);
  AssaySignedRange range = { fit->blob, fdt_off_dt_strings (fit->fdt), GUINT32_FROM_BE (words[1]), FALSE };
  g_array_append_val (ranges, range);
  return NULL;
}
