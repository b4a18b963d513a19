#ifndef ASSAY_ACCOUNT_RULES_FIT_H
#define ASSAY_ACCOUNT_RULES_FIT_H

#include "account/rules/signature.h"

/* Signatures of a FIT, for signature_fit.c and the files that work out what such a signature must be. */

/** A FIT whose signature is judged. */
typedef struct
{
  AssayBlob *blob;
  const guint8 *fdt;
  const char *slot; /* the signature's path */
  int signature;    /* its node */
  int owner;        /* the image or configuration it belongs to */
  gboolean of_configuration;
} AssayFitSignature;

/** How many kinds of properties mkimage writes into a signature's node. */
#define ASSAY_FIT_WRITTEN 6

/** assay_fit_written_place: which of these a name is, in the order in which they stand, before all others; else
 * ASSAY_FIT_WRITTEN. */
gsize assay_fit_written_place (const char *name);

/* fit_regions.c */

/**
 * assay_fit_derive_nodes: the nodes that a configuration's signature covers, as `hashed-nodes` has them: texts with
 * their final NULs. NULL where an image is not there, or has no hash.
 */
GByteArray *assay_fit_derive_nodes (const AssayFitSignature *fit);

/** assay_fit_strings_range_is_right: whether the value of `hashed-strings` is an offset that is not used and 0, and how
 * much of the strings block is signed, up to the end of one of its strings. */
gboolean assay_fit_strings_range_is_right (const AssayFitSignature *fit, const guint8 *value, int length);

/** assay_fit_gather_image: what an image's signature covers: its data. Returns what is wrong, or NULL. */
const char *assay_fit_gather_image (const AssayFitSignature *fit, GArray *ranges);

/** assay_fit_gather_configuration: what a configuration's signature covers: its nodes, and the names that they use.
 * Returns what is wrong, or NULL. */
const char *assay_fit_gather_configuration (const AssayFitSignature *fit, const GByteArray *nodes, GArray *ranges);

/* fit_fill.c */

/**
 * assay_fit_fill_follows: whether the bytes behind the values that mkimage wrote are what they must be. libfdt makes
 * room by moving everything behind, and leaves what it does not overwrite: they are zeros, or those that stood in their
 * place before.
 */
gboolean assay_fit_fill_follows (const AssayFitSignature *fit);

/* fit_room.c */

/**
 * assay_fit_room_follows: whether the bytes that a signed tree is longer than its blocks are what mkimage leaves there
 * when it signs the expected one: it makes room in steps. Errors: of reading.
 */
gboolean assay_fit_room_follows (AssayBlob *shipped, AssayBlob *expected, gboolean *out_follows, GError **error);

#endif
