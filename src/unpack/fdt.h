#ifndef ASSAY_UNPACK_FDT_H
#define ASSAY_UNPACK_FDT_H

#include "unpack/container.h"

/** Levels of nodes in a device tree; deep ones have ten. */
#define ASSAY_FDT_DEPTH 64u

/**
 * AssayFdt:
 * @bytes: the whole blob, mapped read-only, after fdt_check_full()
 * @strings: where the strings block begins; @strings_bytes: its length
 * @structure: where the structure block begins; @structure_bytes: its length
 * @position: of the token that is read next, from the blob's beginning
 * @path: of the node that is open, "" for the root
 * @outline: all tokens in their order, with the names of nodes and properties: what is not said by values
 * @is_fit: it has an `/images` node with data in it
 * @images: (element-type utf8 AssayNode): the images of a FIT by name
 *
 * A device tree that is being read.
 */
typedef struct
{
  AssayContainer *container;
  const guint8 *bytes;
  guint64 size;
  guint64 strings;
  guint64 strings_bytes;
  guint64 structure;
  guint64 structure_bytes;
  guint64 position;
  GString *path;
  GString *outline;
  gboolean is_fit;
  GHashTable *images;
} AssayFdt;

/** AssayFdtProperty: one property as it stands: @offset of its token, @value_offset and @length of its value. */
typedef struct
{
  const char *name;
  guint64 offset;
  guint64 value_offset;
  guint32 length;
} AssayFdtProperty;

/** assay_fdt_fail: ASSAY_ERROR_MALFORMED, "fdt: WHAT"; returns FALSE. */
gboolean assay_fdt_fail (const char *what, GError **error);

/** assay_fdt_be32: a big-endian number of the blob. */
guint32 assay_fdt_be32 (const AssayFdt *fdt, guint64 offset);

/**
 * assay_fit_read_property:
 *
 * Adds spans and facts of one property of a FIT's image or of its hash nodes. A property `data` is the image's payload;
 * `value` of a hash node is derived when it is the digest that its `algo` names of that payload; everything else is a
 * fact.
 *
 * Returns: FALSE with an error
 */
gboolean assay_fdt_add_property (AssayFdt *fdt, const AssayFdtProperty *property, GError **error);

/** assay_fit_find_images: notes whether it is a FIT, and makes the children. */
gboolean assay_fit_find_images (AssayFdt *fdt, GError **error);

/** assay_fit_hash_is_derived: whether the property is the hash of its image's data. */
gboolean assay_fit_hash_is_derived (const AssayFdt *fdt, const AssayFdtProperty *property);

/** assay_fit_image_of: the image that a node path as "/images/kernel/hash-1" belongs to, or NULL. */
AssayNode *assay_fit_image_of (const AssayFdt *fdt, const char *path);

#endif
