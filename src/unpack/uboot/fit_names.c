#include "unpack/uboot/fdt.h"

#include <libfdt.h>
#include <string.h>

/*
 * Which node a name means. No two children of a node may have one name (Devicetree Specification 0.4, 2.2.1), and
 * libfdt takes the first of two. It also takes a node with a unit address, `kernel@1`, for the name without, `kernel`,
 * where it comes first (fdt_subnode_offset_namelen()): U-Boot finds a FIT's images and configurations so, by a name
 * that a property says. A tree in which that could be another node than the one of that very name is not read.
 */

/** The children of one node: their names, and of those with a unit address what stands in front of it. */
typedef struct
{
  GHashTable *names; /* of the blob; borrowed */
  GHashTable *bases; /* owned */
} Siblings;

static void
siblings_free (gpointer data)
{
  Siblings *siblings = data;
  g_hash_table_unref (siblings->names);
  g_hash_table_unref (siblings->bases);
  g_free (siblings);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Siblings, siblings_free)

static Siblings *
siblings_new (void)
{
  Siblings *siblings = g_new0 (Siblings, 1);
  siblings->names = g_hash_table_new (g_str_hash, g_str_equal);
  siblings->bases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return siblings;
}

GPtrArray *
assay_fdt_names_new (void)
{
  return g_ptr_array_new_with_free_func (siblings_free);
}

/* Adds a child; @out_ambiguous: it has the name of one that is there, but for a unit address. FALSE where it has just
 * that name. */
static gboolean
siblings_add (Siblings *siblings, const char *name, gboolean *out_ambiguous)
{
  const char *address = strchr (name, '@');
  g_autofree char *base = address == NULL ? NULL : g_strndup (name, (gsize)(address - name));
  *out_ambiguous
      = base == NULL ? g_hash_table_contains (siblings->bases, name) : g_hash_table_contains (siblings->names, base);
  if (base != NULL)
    g_hash_table_add (siblings->bases, g_steal_pointer (&base));
  return g_hash_table_add (siblings->names, (gpointer)name);
}

/* What stands at one depth, of the node that is open above it. */
static Siblings *
siblings_at (AssayFdt *fdt, guint depth)
{
  while (fdt->names->len <= depth)
    g_ptr_array_add (fdt->names, siblings_new ());
  return g_ptr_array_index (fdt->names, depth);
}

gboolean
assay_fdt_add_name (AssayFdt *fdt, guint depth, const char *name, GError **error)
{
  gboolean ambiguous = FALSE;
  Siblings *children = siblings_at (fdt, depth + 1);
  g_hash_table_remove_all (children->names);
  g_hash_table_remove_all (children->bases);
  if (!siblings_add (siblings_at (fdt, depth), name, &ambiguous))
    return assay_fdt_fail ("two nodes of one name", error);
  return !(ambiguous && fdt->has_images)
         || assay_fdt_fail ("two nodes of a FIT whose names differ by a unit address alone", error);
}

/* All children of a node. */
static Siblings *
siblings_of (const AssayFdt *fdt, int parent)
{
  Siblings *siblings = siblings_new ();
  gboolean ignored = FALSE;
  int node;
  fdt_for_each_subnode (node, fdt->bytes, parent)
  {
    const char *name = fdt_get_name (fdt->bytes, node, NULL);
    if (name != NULL)
      siblings_add (siblings, name, &ignored);
  }
  return siblings;
}

/* Whether one of the names in a list of texts is that of a node but for its unit address. What is no text, or names
 * nothing, is a fact as any other property. */
static gboolean
names_by_part (const Siblings *siblings, const char *value, int length)
{
  for (int at = 0; at < length;)
    {
      const char *end = memchr (value + at, '\0', (gsize)(length - at));
      if (end == NULL)
        return FALSE;
      if (!g_hash_table_contains (siblings->names, value + at) && g_hash_table_contains (siblings->bases, value + at))
        return TRUE;
      at = (int)(end - value) + 1;
    }
  return FALSE;
}

static gboolean
refers_to_image (const char *property)
{
  static const char *const names[]
      = { "kernel", "fdt", "ramdisk", "loadables", "firmware", "fpga", "script", "setup", "standalone", "tee" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], property) == 0)
      return TRUE;
  return FALSE;
}

/* Every property of a node that refers to others, be it there twice. @only: its name; NULL: those that name images */
static gboolean
check_node (const AssayFdt *fdt, int node, const Siblings *siblings, const char *only, GError **error)
{
  int property;
  fdt_for_each_property_offset (property, fdt->bytes, node)
  {
    const char *name = NULL;
    int length = 0;
    const char *value = fdt_getprop_by_offset (fdt->bytes, property, &name, &length);
    if (value != NULL && (only == NULL ? refers_to_image (name) : strcmp (name, only) == 0)
        && names_by_part (siblings, value, length))
      return assay_fdt_fail ("a configuration that names a node without its unit address", error);
  }
  return TRUE;
}

/* libfdt's node of a path of one name, which must be the one of that very name; below 0 where there is none. */
static gboolean
find_root_child (const AssayFdt *fdt, const char *name, int *out_node, GError **error)
{
  *out_node = fdt_subnode_offset (fdt->bytes, 0, name);
  const char *found = *out_node < 0 ? name : fdt_get_name (fdt->bytes, *out_node, NULL);
  return (found != NULL && strcmp (found, name) == 0)
         || assay_fdt_fail ("images or configurations under a name with a unit address", error);
}

gboolean
assay_fit_find_parents (AssayFdt *fdt, int *out_images, GError **error)
{
  int configurations = -1;
  int node;
  if (!find_root_child (fdt, "images", out_images, error)
      || !find_root_child (fdt, "configurations", &configurations, error))
    return FALSE;
  fdt->has_images = *out_images >= 0;
  if (*out_images < 0 || configurations < 0)
    return TRUE;
  g_autoptr (Siblings) images = siblings_of (fdt, *out_images);
  g_autoptr (Siblings) others = siblings_of (fdt, configurations);
  if (!check_node (fdt, configurations, others, "default", error))
    return FALSE;
  fdt_for_each_subnode (node, fdt->bytes, configurations)
  {
    if (!check_node (fdt, node, images, NULL, error))
      return FALSE;
  }
  return TRUE;
}
