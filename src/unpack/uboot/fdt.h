#ifndef ASSAY_UNPACK_FDT_H
#define ASSAY_UNPACK_FDT_H

#include "unpack/container.h"

/** Levels of nodes in a device tree; deep ones have ten. */
#define ASSAY_FDT_DEPTH 64u

/** ASSAY_FIT_IMAGES: where a FIT keeps its images. */
#define ASSAY_FIT_IMAGES "/images"

/** AssayFdtName: a name of the strings block that a property of a signature uses. */
typedef struct
{
  guint64 offset;
  guint64 end;
  const char *slot;
} AssayFdtName;

/**
 * AssayFdt:
 * @bytes: the whole blob, mapped read-only, after fdt_check_full()
 * @strings: where the strings block begins; @strings_bytes: its length
 * @structure: where the structure block begins; @structure_bytes: its length
 * @position: of the token that is read next, from the blob's beginning
 * @path: of the node that is open, "" for the root
 * @depth: how many nodes are open; @open: where each begins, as libfdt counts, from 1 for the root
 * @outline: all tokens in their order, with the names of nodes and properties: what is not said by values
 * @is_fit: it has an `/images` node with an image that has data
 * @images: (element-type utf8 AssayFitImage): the images of a FIT by name
 * @uses: (element-type utf8 guint): who runs which of them, by name; what it holds is fit.c's
 * @outside: (element-type AssayFitImage): those whose data stand behind the tree, in the order of their nodes
 * @plain_end: where in the strings block the last name ends that a property outside of signatures uses
 * @slot_names: (element-type AssayFdtName): of the properties of signatures, in their order
 * @slots: set of the signatures by name: no two may have one
 * @has_images: it has an `/images` node, whatever that holds: a boot loader may look up its nodes by name
 * @names: of the nodes that are open and their siblings, by depth; what it holds is fit_names.c's
 * @hash_node: of an image, as in @open, whose `algo` was looked up last; 0, which is the root, before any
 * @hash_algo: (nullable): what it is, if it is text
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
  guint depth;
  int open[ASSAY_FDT_DEPTH + 1];
  GString *outline;
  gboolean is_fit;
  GHashTable *images;
  GHashTable *uses;
  GPtrArray *outside;
  guint64 plain_end;
  GArray *slot_names;
  GHashTable *slots;
  gboolean has_images;
  GPtrArray *names;
  int hash_node;
  const char *hash_algo;
} AssayFdt;

/** AssayFitDigests: of the data of one image, by algorithm; what it holds is fit_hash.c's. */
typedef struct AssayFitDigests AssayFitDigests;

/**
 * AssayFitImage: one image of a FIT that has data.
 * @node: its child
 * @offset: @length: of the data, from the beginning of the blob
 * @outside: the data stand behind the tree, where `data-size` and `data-offset` (or `data-position`) say
 * @in_line: they begin where the tree, or the image before, ends (at the next multiple of four): that place is derived
 * @digests: (nullable): of the data, each made once
 */
typedef struct
{
  AssayNode *node;
  guint64 offset;
  guint64 length;
  gboolean outside;
  gboolean in_line;
  AssayFitDigests *digests;
} AssayFitImage;

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
 * assay_fdt_add_property:
 *
 * Adds spans and facts of one property. The data of an image are its child's payload, wherever they stand; their length
 * follows from them, and so does their place where they stand in line; `value` of a hash node is derived when it is the
 * digest that its `algo` names of those data; everything else is a fact.
 *
 * Returns: FALSE with an error
 */
gboolean assay_fdt_add_property (AssayFdt *fdt, const AssayFdtProperty *property, GError **error);

/**
 * assay_fit_find_images:
 *
 * Notes whether it is a FIT, and makes the children. Errors: ASSAY_ERROR_MALFORMED where an image's data leave the
 * file, stand in two places, or overlap; and as assay_fit_find_parents().
 */
gboolean assay_fit_find_images (AssayFdt *fdt, GError **error);

/** assay_fit_add_outside: adds the payloads behind the tree, from @end on, and zeros between and behind them. */
gboolean assay_fit_add_outside (AssayFdt *fdt, guint64 end, GError **error);

/** assay_fit_image_of: the image that a node path as "/images/kernel/hash-1" belongs to, or NULL. */
AssayFitImage *assay_fit_image_of (const AssayFdt *fdt, const char *path);

/* fit_hash.c */

/** assay_fit_image_free: for a table of them. */
void assay_fit_image_free (gpointer data);

/** assay_fit_hash_is_derived: whether the property is the hash of its image's data. */
gboolean assay_fit_hash_is_derived (AssayFdt *fdt, const AssayFdtProperty *property);

/** assay_fit_note_hash: of a node that was opened: where it is one by which a loader checks its image (`hash-1`), and
 * is not right by itself (no digest of the data, none at all, or of a kind that is not known), the image gets the fact
 * "hash-1/wrong". */
void assay_fit_note_hash (AssayFdt *fdt);

/* fit_names.c */

/** assay_fdt_names_new: for @names. */
GPtrArray *assay_fdt_names_new (void);

/**
 * assay_fdt_add_name:
 * @depth: of the node that begins, from 1
 * @name: of the blob
 *
 * Errors: ASSAY_ERROR_MALFORMED where a sibling has that name; in a FIT also where one has it but for a unit address,
 * as `kernel@1` and `kernel`, in either order: libfdt takes the first of them for `kernel`.
 */
gboolean assay_fdt_add_name (AssayFdt *fdt, guint depth, const char *name, GError **error);

/**
 * assay_fit_find_parents:
 * @out_images: the node `/images`, or below 0
 *
 * Sets @has_images. Errors: ASSAY_ERROR_MALFORMED where libfdt would take a node with a unit address for `/images`, for
 * `/configurations`, or for what a configuration or `default` names.
 */
gboolean assay_fit_find_parents (AssayFdt *fdt, int *out_images, GError **error);

/* fit_signature.c */

/** assay_fit_slot_of: the open node as a policy's `slot` names it, if it is a signature's; interned; else NULL. */
const char *assay_fit_slot_of (const AssayFdt *fdt);

/** assay_fit_add_slot_span: bytes that belong to a signature; @what tells them from all others of the slot. Those of a
 * property reach up to the next token: what libfdt leaves in between need not be zeros. */
void assay_fit_add_slot_span (const AssayFdt *fdt, const char *slot, guint64 offset, guint64 length, const char *what);

/** assay_fdt_note_name: notes who uses a name of the strings block; @slot: nullable. */
void assay_fdt_note_name (AssayFdt *fdt, const AssayFdtProperty *property, const char *slot);

/** assay_fdt_add_strings: the strings block, once all properties were read: first what other properties use, then each
 * name that signatures alone use. */
void assay_fdt_add_strings (const AssayFdt *fdt);

#endif
