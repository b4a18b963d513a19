#include "unpack/uboot/fdt.h"

#include "unpack/formats.h"
#include "util/checked.h"
#include "util/text.h"

#include <libfdt.h>

/* A property of one cell. */
static gboolean
get_cell (const AssayFdt *fdt, int node, const char *name, guint64 *out_value)
{
  int length = 0;
  const guint8 *value = fdt_getprop (fdt->bytes, node, name, &length);
  if (value == NULL || length != 4)
    return FALSE;
  *out_value = assay_fdt_be32 (fdt, (guint64)(value - fdt->bytes));
  return TRUE;
}

/* U-Boot and mkimage read the first four bytes of these whatever their length. */
static gboolean
has_whole_cells (const AssayFdt *fdt, int node)
{
  static const char *const cells[] = { "data-offset", "data-position", "data-size" };
  for (gsize i = 0; i < G_N_ELEMENTS (cells); i++)
    {
      guint64 value = 0;
      if (fdt_getprop (fdt->bytes, node, cells[i], NULL) != NULL && !get_cell (fdt, node, cells[i], &value))
        return FALSE;
    }
  return TRUE;
}

static guint64
aligned (guint64 offset)
{
  return (offset + 3) & ~(guint64)3;
}

/* Where the data of an image stand behind the tree: U-Boot asks for `data-position`, from the beginning of the file,
 * and then for `data-offset`, from the end of the tree (fit_image_get_data_and_size()). */
static gboolean
find_outside (const AssayFdt *fdt, int node, AssayFitImage *image, GError **error)
{
  guint64 end = aligned (assay_fdt_be32 (fdt, 4));
  const AssayFitImage *before = fdt->outside->len == 0 ? NULL : g_ptr_array_index (fdt->outside, fdt->outside->len - 1);
  guint64 line = before == NULL ? end : aligned (before->offset + before->length);
  if (!has_whole_cells (fdt, node))
    return assay_fdt_fail ("a place or a size of an image's data that is not of four bytes", error);
  if (get_cell (fdt, node, "data-offset", &image->offset))
    image->offset += end;
  else if (!get_cell (fdt, node, "data-position", &image->offset))
    return TRUE;
  if (fdt_getprop (fdt->bytes, node, "data-offset", NULL) != NULL
      && fdt_getprop (fdt->bytes, node, "data-position", NULL) != NULL)
    return assay_fdt_fail ("an image whose data have two places", error);
  if (!get_cell (fdt, node, "data-size", &image->length))
    return TRUE;
  if (image->offset < end || !assay_range_fits (image->offset, image->length, fdt->size))
    return assay_fdt_fail ("an image whose data leave the file, or lie in the tree", error);
  image->outside = TRUE;
  image->in_line = image->offset == line;
  return TRUE;
}

/* A property that is text and nothing else; NULL for all others. */
static const char *
get_text (const AssayFdt *fdt, int node, const char *name)
{
  int length = 0;
  const char *value = fdt_getprop (fdt->bytes, node, name, &length);
  return value != NULL && length > 0 && strnlen (value, (gsize)length) + 1 == (gsize)length ? value : NULL;
}

/** AssayFitUse: by whom an image is run as far as the tree says; also the bit of one of several. */
typedef enum
{
  ASSAY_FIT_USE_TYPE = 0, /* nobody: its type says what it is */
  ASSAY_FIT_USE_BOOTM,    /* U-Boot, which undoes what `compression` names */
  ASSAY_FIT_USE_SPL,      /* U-Boot's SPL, which asks for no type, and undoes gzip and lzma alone */
  ASSAY_FIT_USE_LOADABLE, /* the SPL where the image has an entry point, else nobody */
} AssayFitUse;

/* What a property of a configuration has U-Boot do with an image. What names an image in a way that is not known has it
 * run. */
static AssayFitUse
use_of_property (const char *property)
{
  static const char *const not_run[] = { "fdt", "ramdisk", "description", "compatible", NULL };
  static const char *const by_spl[] = { "firmware", "standalone", "fpga", NULL };
  return g_strv_contains (not_run, property)   ? ASSAY_FIT_USE_TYPE
         : strcmp (property, "loadables") == 0 ? ASSAY_FIT_USE_LOADABLE
         : g_strv_contains (by_spl, property)  ? ASSAY_FIT_USE_SPL
                                               : ASSAY_FIT_USE_BOOTM;
}

/* Notes one use of all images that a list of texts names, as far as it is one. */
static void
note_uses (const AssayFdt *fdt, const char *value, int length, AssayFitUse use)
{
  for (int at = 0; at < length;)
    {
      /* one without its end has that behind the property, where another begins with a zero */
      const char *end = memchr (value + at, '\0', (gsize)(fdt->bytes + fdt->size - (const guint8 *)value) - (gsize)at);
      if (end == NULL)
        return;
      guint uses = GPOINTER_TO_UINT (g_hash_table_lookup (fdt->uses, value + at)) | 1u << use;
      g_hash_table_insert (fdt->uses, (gpointer)(value + at), GUINT_TO_POINTER (uses));
      at = (int)(end - value) + 1;
    }
}

/* Of all properties of a node, be one there twice. @only: its name, of which the use is that of bootm; NULL: all, each
 * with its own */
static void
note_uses_of_node (const AssayFdt *fdt, int node, const char *only)
{
  int property;
  fdt_for_each_property_offset (property, fdt->bytes, node)
  {
    const char *name = NULL;
    int length = 0;
    const char *value = fdt_getprop_by_offset (fdt->bytes, property, &name, &length);
    if (value == NULL || name == NULL || (only != NULL && strcmp (name, only) != 0))
      continue;
    AssayFitUse use = only == NULL ? use_of_property (name) : ASSAY_FIT_USE_BOOTM;
    if (use != ASSAY_FIT_USE_TYPE)
      note_uses (fdt, value, length, use);
  }
}

/* Names of all images, and of those with a unit address what stands in front of it: libfdt finds them by that too. */
static GHashTable *
names_of_images (const AssayFdt *fdt, int images)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int node;
  fdt_for_each_subnode (node, fdt->bytes, images)
  {
    const char *name = fdt_get_name (fdt->bytes, node, NULL);
    if (name == NULL)
      continue;
    g_hash_table_add (names, g_strdup (name));
    g_hash_table_add (names, g_strndup (name, strcspn (name, "@")));
  }
  return names;
}

/* Whether a property of a configuration names an image that is there, by its first text. */
static gboolean
names_image (const AssayFdt *fdt, GHashTable *names, int node, const char *property)
{
  int length = 0;
  const char *value = fdt_getprop (fdt->bytes, node, property, &length);
  return value != NULL && length > 0 && memchr (value, '\0', (gsize)length) != NULL
         && g_hash_table_contains (names, value);
}

/* What SPL starts where a configuration names no image as `firmware` or kernel: the first of `loadables`, at its load
 * address where none has an entry point (common/spl/spl_fit.c, spl_load_simple_fit()). */
static void
note_first_loadable (const AssayFdt *fdt, GHashTable *names, int node)
{
  int length = 0;
  const char *first = fdt_getprop (fdt->bytes, node, "loadables", &length);
  if (first == NULL || length <= 0 || names_image (fdt, names, node, "firmware")
      || names_image (fdt, names, node, "kernel"))
    return;
  note_uses (fdt, first, (int)MIN (strnlen (first, (gsize)length) + 1, (gsize)length), ASSAY_FIT_USE_SPL);
}

/* Who uses which image: once for all of them, as finding a node goes through all that stand before it. `source` runs
 * the image that `/images` has for its `default`. */
static void
find_uses (AssayFdt *fdt, int images)
{
  int configurations = fdt_path_offset (fdt->bytes, "/configurations");
  int node;
  note_uses_of_node (fdt, images, "default");
  if (configurations < 0)
    return;
  g_autoptr (GHashTable) names = names_of_images (fdt, images);
  fdt_for_each_subnode (node, fdt->bytes, configurations)
  {
    note_uses_of_node (fdt, node, NULL);
    note_first_loadable (fdt, names, node);
  }
}

/* Of `loadables`, among which root file systems are, the type is believed, but of one that has an entry point: SPL
 * jumps there (spl_load_simple_fit()). */
static AssayFitUse
find_use (const AssayFdt *fdt, int image, const char *name)
{
  guint uses = GPOINTER_TO_UINT (g_hash_table_lookup (fdt->uses, name));
  gboolean has_entry = fdt_getprop (fdt->bytes, image, "entry", NULL) != NULL;
  if ((uses & 1u << ASSAY_FIT_USE_SPL) != 0 || (has_entry && (uses & 1u << ASSAY_FIT_USE_LOADABLE) != 0))
    return ASSAY_FIT_USE_SPL;
  return (uses & 1u << ASSAY_FIT_USE_BOOTM) != 0 ? ASSAY_FIT_USE_BOOTM : ASSAY_FIT_USE_TYPE;
}

/* AssayNode's @loaded_from. */
static const char *
loaded_from (const AssayFdt *fdt, int image, const char *name)
{
  AssayFitUse use = find_use (fdt, image, name);
  const char *compression = get_text (fdt, image, "compression");
  gboolean undone
      = use != ASSAY_FIT_USE_SPL || g_strcmp0 (compression, "gzip") == 0 || g_strcmp0 (compression, "lzma") == 0;
  return assay_format_loaded_from (use == ASSAY_FIT_USE_TYPE ? get_text (fdt, image, "type") : NULL,
                                   undone ? compression : NULL);
}

/* A device tree that has images in it beside what it says of the hardware is read for that by others. */
static gboolean
says_more (const AssayFdt *fdt)
{
  int node;
  if (fdt_getprop (fdt->bytes, 0, "compatible", NULL) != NULL || fdt_getprop (fdt->bytes, 0, "model", NULL) != NULL)
    return TRUE;
  fdt_for_each_subnode (node, fdt->bytes, 0)
  {
    const char *name = fdt_get_name (fdt->bytes, node, NULL);
    if (name == NULL || (strcmp (name, "images") != 0 && strcmp (name, "configurations") != 0))
      return TRUE;
  }
  return FALSE;
}

/* Makes a child of each image that has data. */
static gboolean
add_image (AssayFdt *fdt, int node, GError **error)
{
  int length = 0;
  AssayFitImage found = { NULL };
  const char *name = fdt_get_name (fdt->bytes, node, NULL);
  const guint8 *data = fdt_getprop (fdt->bytes, node, "data", &length);
  if (name == NULL || !find_outside (fdt, node, &found, error))
    return name == NULL;
  if (data == NULL && !found.outside)
    return TRUE;
  if (data != NULL && found.outside)
    return assay_fdt_fail ("an image with data in the tree and behind it", error);
  if (data != NULL)
    {
      found.offset = (guint64)(data - fdt->bytes);
      found.length = (guint64)length;
    }
  if (g_hash_table_contains (fdt->images, name))
    return assay_fdt_fail ("two images of one name", error);
  found.node
      = assay_container_add_entry (fdt->container, name, strlen (name), ASSAY_NODE_FILE, ASSAY_NAME_PLAIN, error);
  if (found.node == NULL)
    return FALSE;
  found.node->loaded_from = loaded_from (fdt, node, name);
  AssayFitImage *image = g_memdup2 (&found, sizeof found);
  g_hash_table_insert (fdt->images, g_strdup (name), image);
  if (image->outside)
    g_ptr_array_add (fdt->outside, image);
  fdt->is_fit = TRUE;
  return TRUE;
}

static gint
by_offset (gconstpointer a, gconstpointer b)
{
  guint64 first = (*(const AssayFitImage *const *)a)->offset;
  guint64 second = (*(const AssayFitImage *const *)b)->offset;
  return first < second ? -1 : first > second;
}

/* Bytes that several images have as their own would be read for each of them: it is seen before any of them is. */
static gboolean
sort_outside (AssayFdt *fdt, GError **error)
{
  guint64 end = assay_fdt_be32 (fdt, 4);
  g_ptr_array_sort (fdt->outside, by_offset);
  for (guint i = 0; i < fdt->outside->len; i++)
    {
      const AssayFitImage *image = g_ptr_array_index (fdt->outside, i);
      if (image->offset < end)
        return assay_fdt_fail ("images whose data overlap", error);
      end = image->offset + image->length;
    }
  return TRUE;
}

gboolean
assay_fit_find_images (AssayFdt *fdt, GError **error)
{
  int images = -1;
  int node;
  if (!assay_fit_find_parents (fdt, &images, error))
    return FALSE;
  if (!fdt->has_images)
    return TRUE;
  find_uses (fdt, images);
  fdt_for_each_subnode (node, fdt->bytes, images)
  {
    if (!add_image (fdt, node, error))
      return FALSE;
  }
  return sort_outside (fdt, error);
}

gboolean
assay_fit_add_outside (AssayFdt *fdt, guint64 end, GError **error)
{
  AssayContainer *container = fdt->container;
  for (guint i = 0; i < fdt->outside->len; i++)
    {
      const AssayFitImage *image = g_ptr_array_index (fdt->outside, i);
      if (!assay_container_add_zeros (container, end, image->offset - end, "fit padding", error)
          || !assay_container_add_payload (container, image->node, image->offset, image->length, "fit image", error))
        return FALSE;
      end = image->offset + image->length;
    }
  return assay_container_add_zeros (container, end, fdt->size - end, "padding behind the fdt", error);
}

AssayFitImage *
assay_fit_image_of (const AssayFdt *fdt, const char *path)
{
  if (!g_str_has_prefix (path, ASSAY_FIT_IMAGES "/"))
    return NULL;
  const char *name = path + strlen (ASSAY_FIT_IMAGES "/");
  const char *end = strchr (name, '/');
  g_autofree char *image = end == NULL ? g_strdup (name) : g_strndup (name, (gsize)(end - name));
  return g_hash_table_lookup (fdt->images, image);
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

/* The value as a reader would write it; text as text, a number as such, all else as hexadecimal. */
static void
add_fact (GArray *facts, const AssayFdt *fdt, const AssayFdtProperty *property, const char *name)
{
  const guint8 *value = fdt->bytes + property->value_offset;
  if (is_text (value, property->length))
    assay_facts_add_raw (facts, name, (const char *)value, property->length - 1);
  else if (property->length == 4 || property->length == 8)
    {
      g_autofree char *number = assay_text_hex (value, property->length);
      assay_facts_add (facts, name, "0x%s", number);
    }
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

/* The data of an image: their length follows from the content. */
static gboolean
add_data (AssayFdt *fdt, const AssayFdtProperty *property, const AssayFitImage *image, GError **error)
{
  guint32 index = image->node->index;
  add_header_span (fdt, property->offset, 4, index, FALSE, NULL);
  add_header_span (fdt, property->offset + 4, 4, index, TRUE, "length");
  add_header_span (fdt, property->offset + 8, 4, index, FALSE, NULL);
  if (image->node->blob != NULL)
    return assay_fdt_fail ("an image with two data properties", error);
  return assay_container_add_payload (fdt->container, image->node, property->value_offset, property->length,
                                      "fit image", error);
}

/* What a property that is no fact is called: its value was worked out from something that is judged by itself. A second
 * property of that name, which no reader asks for, must say the same. */
static const char *
derived_name (AssayFdt *fdt, const AssayFdtProperty *property, const AssayFitImage *image, gboolean of_image)
{
  if (assay_fit_hash_is_derived (fdt, property))
    return "hash";
  if (!of_image || !image->outside || property->length != 4)
    return NULL;
  guint64 value = assay_fdt_be32 (fdt, property->value_offset);
  if (strcmp (property->name, "data-size") == 0)
    return value == image->length ? "length" : NULL;
  if (strcmp (property->name, "data-offset") == 0)
    value += aligned (assay_fdt_be32 (fdt, 4));
  else if (strcmp (property->name, "data-position") != 0)
    return NULL;
  return image->in_line && value == image->offset ? "positions" : NULL;
}

/* Facts of an image are called by the path beneath it, all others by the path from the root. */
static char *
fact_name (const AssayFdt *fdt, const AssayFdtProperty *property, const AssayFitImage *image)
{
  const char *inner = image == NULL ? fdt->path->str : strchr (fdt->path->str + strlen (ASSAY_FIT_IMAGES "/"), '/');
  g_autofree char *raw = g_strconcat (inner == NULL ? "" : inner, "/", property->name, NULL);
  return assay_text_escape_line (raw + 1, -1);
}

/* Of texts that a loader takes for such by their names: one without an end goes on behind the property to who does not
 * ask how long it is, as U-Boot. */
static gboolean
is_endless_text (const AssayFdt *fdt, const AssayFdtProperty *property)
{
  static const char *const texts[]
      = { "algo", "type",    "arch",        "os",         "compression", "default",       "kernel",
          "fdt",  "ramdisk", "script",      "loadables",  "firmware",    "fpga",          "setup",
          "tee",  "padding", "sign-images", "standalone", "key-name",    "key-name-hint", NULL };
  const char *path = fdt->path->str;
  return fdt->has_images && (g_str_has_prefix (path, "/images") || g_str_has_prefix (path, "/configurations"))
         && g_strv_contains (texts, property->name) && property->length > 0
         && fdt->bytes[property->value_offset + property->length - 1] != '\0';
}

gboolean
assay_fdt_add_property (AssayFdt *fdt, const AssayFdtProperty *property, GError **error)
{
  const AssayFitImage *image = assay_fit_image_of (fdt, fdt->path->str);
  gboolean of_image = image != NULL && strrchr (fdt->path->str, '/') == fdt->path->str + strlen (ASSAY_FIT_IMAGES);
  if (is_endless_text (fdt, property))
    return assay_fdt_fail ("a text of a FIT without its end", error);
  if (of_image && !image->outside && strcmp (property->name, "data") == 0)
    return add_data (fdt, property, image, error);
  gboolean is_root = fdt->path->len == 0;
  gboolean is_time = fdt->is_fit && is_root && property->length == 4 && strcmp (property->name, "timestamp") == 0
                     && !says_more (fdt);
  const char *derived = derived_name (fdt, property, image, of_image);
  guint32 child = image == NULL ? ASSAY_SPAN_NO_CHILD : image->node->index;
  GArray *facts = image == NULL ? fdt->container->node->own_facts : image->node->facts;
  g_autofree char *name = fact_name (fdt, property, image);
  add_header_span (fdt, property->offset, 12, child, FALSE, NULL);
  if (is_time)
    assay_facts_add_number (facts, "mtime", assay_fdt_be32 (fdt, property->value_offset));
  else if (derived == NULL)
    add_fact (facts, fdt, property, assay_text_intern (name));
  else if (strcmp (derived, "positions")
           == 0) /* else one of another place would be said to be there on one side alone */
    assay_facts_add (facts, assay_text_intern (name), "in line");
  add_header_span (fdt, property->value_offset, property->length, child, is_time || derived != NULL,
                   is_time           ? "mtime"
                   : derived != NULL ? derived
                                     : assay_text_intern (name));
  return TRUE;
}
