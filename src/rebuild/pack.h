#ifndef ASSAY_REBUILD_PACK_H
#define ASSAY_REBUILD_PACK_H

#include "crypto/secret.h"
#include "rebuild/manifest.h"

/**
 * AssayPack:
 *
 * A file on its way that keeps trees: one after another, each as a stream of zstd of its entries (manifest.h), a file
 * followed by its runs of bytes, each with offset (8 bytes) and length (4), up to one of length 0. Then comes a text
 * that says what there is, its length (8 bytes), and the code by which we know the text again (32 bytes): the streams
 * are known by the digests in it. It appears whole or not at all; what is left of a killed process is known by its
 * name.
 */
typedef struct _AssayPack AssayPack;

/** What names of files on their way begin with. */
#define ASSAY_PACK_PART ".part-"

/** AssayPackedTree: where in the file the stream of one of the trees lies, its digest @stored, and what is made of it:
 * so many entries, @sha256 of assay_manifest_read(). */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayDigest stored;
  guint64 entries;
  AssayDigest sha256;
} AssayPackedTree;

/**
 * assay_pack_new:
 * @directory: where it will be; a reference is taken
 * @most_bytes: a larger file is ASSAY_ERROR_LIMIT, and so is one that leaves less than ASSAY_CAGE_DISK_RESERVE_BYTES
 */
AssayPack *assay_pack_new (AssayDirectory *directory, guint64 most_bytes, GError **error);
void assay_pack_free (AssayPack *pack);

/** assay_pack_add: @paths: (nullable): as assay_manifest_read() takes them. Errors: those of assay_manifest_read(),
 * ASSAY_ERROR_LIMIT, ASSAY_ERROR_IO. */
gboolean assay_pack_add (AssayPack *pack, AssayDirectory *tree, const AssayIdentity *owner, const GPtrArray *paths,
                         AssayPackedTree *out, GError **error);

/** AssayPackName: @file: what it is called in its directory; @purpose, @name: assay_secret_authenticate(). */
typedef struct
{
  const char *file;
  const char *purpose;
  const char *name;
} AssayPackName;

/** assay_pack_commit: @text: what there is, all trees with all members. */
gboolean assay_pack_commit (AssayPack *pack, const char *text, AssaySecret *secret, const AssayPackName *name,
                            GError **error);

/**
 * assay_pack_check:
 * @fd: of a regular file
 *
 * Reads the text of a file and checks that it was made by assay_pack_commit() with the same secret, purpose and name.
 * Of the trees nothing is known before assay_pack_check_tree().
 *
 * Returns: (transfer full): its text
 * Errors: ASSAY_ERROR_PIN it is damaged or was made with another key or for another purpose or name; ASSAY_ERROR_IO.
 */
char *assay_pack_check (int fd, AssaySecret *secret, const AssayPackName *name, GError **error);

/** assay_pack_check_tree: whether the stream of a tree is the one that the text speaks of. Errors: ASSAY_ERROR_PIN it
 * is not; ASSAY_ERROR_IO; ASSAY_ERROR_CANCELLED. */
gboolean assay_pack_check_tree (int fd, const AssayPackedTree *tree, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPack, assay_pack_free)

#endif
