#ifndef ASSAY_FLOW_IMAGE_H
#define ASSAY_FLOW_IMAGE_H

#include "unpack/unpack.h"

#include <assay/digest.h>

#include <sys/stat.h>

/**
 * AssayImage:
 *
 * An image as it is judged: a private snapshot of a file, digested while it was copied, or a directory whose files are
 * watched for changes, and are settled before anything is said of them that could pass (T19; unpack/settling.h).
 *
 * @path: as given
 * @status: (where @has_status) of the file or directory; none of what was read from a pipe
 * @blob: the snapshot; NULL for a directory
 * @directory: NULL for a file
 * @sha256: of a file; of a directory only after assay_image_digest_directory()
 * @root: NULL until assay_image_unpack()
 */
typedef struct
{
  char *path;
  gboolean has_status;
  struct stat status;
  AssayBlob *blob;
  AssayDirectory *directory;
  gboolean has_sha256;
  AssayDigest sha256;
  guint64 size;
  AssayNode *root;
} AssayImage;

/**
 * assay_image_open:
 * @path: a file, a directory, or `-` for standard input; a FIFO or block device is read to its end as that is
 * @options: limits (image-bytes, and of what has no size beforehand total-bytes) and progress
 *
 * Errors: ASSAY_ERROR_LIMIT; ASSAY_ERROR_USAGE there is no such thing; ASSAY_ERROR_CHANGED it changed while it was
 * copied; ASSAY_ERROR_IO.
 */
AssayImage *assay_image_open (const char *path, const AssayUnpackOptions *options, GError **error);

/** assay_image_open_digested: the same; @pieces: where the image is an ELF file alone, what a comparison will ask for
 * is digested on the way too, the pieces that it seems to have, and noted of its blob: two digests in one pass take
 * less than in two. What is noted is of the bytes that were copied, whatever the file said of itself before. */
AssayImage *assay_image_open_digested (const char *path, const AssayUnpackOptions *options, gboolean pieces,
                                       GError **error);
void assay_image_free (AssayImage *image);

gboolean assay_image_unpack (AssayImage *image, const AssayUnpackOptions *options, GError **error);

/** assay_image_check_unchanged: whether every file of a directory is still the one that was read. */
gboolean assay_image_check_unchanged (AssayImage *image, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayImage, assay_image_free)

#endif
