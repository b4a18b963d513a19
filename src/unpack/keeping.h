#ifndef ASSAY_UNPACK_KEEPING_H
#define ASSAY_UNPACK_KEEPING_H

#include "unpack/spool.h"
#include "unpack/unpack.h"

/**
 * AssayKept: what one stream of one side decodes to, while it comes. It is the AssayKeeping's.
 *
 * Bytes that the stream of the same node path on the other side has too, at the same place or moved by what is longer
 * or shorter before them, are as a rule in the spool of one of the two alone: who comes second compares them with what
 * is there, byte for byte. Which side has them, and what is written twice all the same, goes by who was faster; what is
 * read back does not.
 */
typedef struct _AssayKept AssayKept;

/**
 * assay_kept_new:
 * @expected: on which side
 * @spool: takes what the other side does not have; borrowed until assay_kept_end()
 *
 * Returns: (nullable): NULL where that side has, or had, a stream at that path already
 */
AssayKept *assay_kept_new (AssayKeeping *keeping, gboolean expected, const char *path, AssaySpool *spool);

/**
 * assay_kept_add:
 * @most_bytes: @temporary_directory: as in assay_spool_write()
 * @length_bytes: at most ASSAY_WIRE_BYTES
 *
 * Takes the next bytes. One thread for each stream; two may add to the two of a pair. Errors: ASSAY_ERROR_IO; those of
 * reading back what the other side has.
 */
gboolean assay_kept_add (AssayKept *kept, guint64 most_bytes, const char *temporary_directory, const void *bytes,
                         gsize length_bytes, GError **error);

/** assay_kept_get_length: bytes that were added. */
guint64 assay_kept_get_length (const AssayKept *kept);

/** assay_kept_join: all that was added, as a blob (transfer full) that the AssayKeeping may be freed before. */
AssayBlob *assay_kept_join (AssayKept *kept);

/** assay_kept_end: nothing more will be added. What was added stays where it is: the other side may have it from there,
 * so that @spool must not be written there again. */
void assay_kept_end (AssayKept *kept);

#endif
