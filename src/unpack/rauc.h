#ifndef ASSAY_UNPACK_RAUC_H
#define ASSAY_UNPACK_RAUC_H

#include "util/blob.h"

/** Bytes of a block that a tree of hashes has, and speaks of; and of a hash, and of the salt. */
#define ASSAY_RAUC_BLOCK_BYTES 4096u
#define ASSAY_RAUC_HASH_BYTES 32u
#define ASSAY_RAUC_SALT_BYTES 32u

/** What the span with a bundle's tree of hashes is called. */
#define ASSAY_RAUC_TREE "tree of hashes"

/** No signature of a bundle is longer (RAUC refuses more as well). */
#define ASSAY_RAUC_SIGNATURE_BYTES (64u << 10)

/** What says which files go where, and bytes of it at most: it has some lines for each image. */
#define ASSAY_RAUC_MANIFEST "manifest.raucm"
#define ASSAY_RAUC_MANIFEST_BYTES (1u << 20)

/**
 * assay_rauc_find_salt:
 * @signature: @length: a CMS with a manifest in it
 *
 * Returns: whether it names exactly one salt, of 64 hexadecimal digits in lower case
 */
gboolean assay_rauc_find_salt (const guint8 *signature, gsize length, guint8 out_salt[ASSAY_RAUC_SALT_BYTES]);

/** assay_rauc_hash: the hash of one block (dm-verity, version 1): SHA-256 of the salt and the block. */
void assay_rauc_hash (const guint8 salt[ASSAY_RAUC_SALT_BYTES], const guint8 block[ASSAY_RAUC_BLOCK_BYTES],
                      guint8 out_hash[ASSAY_RAUC_HASH_BYTES]);

/**
 * assay_rauc_tree_equals:
 * @offset: @length: of the tree in @blob, which is behind all that it speaks of
 * @out_equal: whether it is the tree that follows from that and the salt, to the byte
 *
 * Errors: of reading.
 */
gboolean assay_rauc_tree_equals (AssayBlob *blob, guint64 offset, guint64 length,
                                 const guint8 salt[ASSAY_RAUC_SALT_BYTES], gboolean *out_equal, GError **error);

#endif
