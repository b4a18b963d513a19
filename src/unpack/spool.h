#ifndef ASSAY_UNPACK_SPOOL_H
#define ASSAY_UNPACK_SPOOL_H

#include "util/blob.h"

/** AssaySpoolWrite: writes so many bytes at that place of a spool that somebody else keeps. */
typedef gboolean (*AssaySpoolWrite) (gpointer data, guint64 offset_bytes, const void *bytes, gsize length_bytes,
                                     GError **error);

/**
 * AssaySpool:
 * @blob: its bytes, of a fixed sparse size; NULL until something is written
 * @fd: for writing to it
 * @used: bytes of it that belong to streams that are over; where another spool has their bytes, nothing was written
 * @write: @data: who keeps it, where it is not ours: then @blob reads from there; NULL for a private file of our own
 *
 * One private file for all that streams decode to and memory does not hold: one descriptor, however many streams an
 * image has.
 */
typedef struct
{
  AssayBlob *blob;
  int fd;
  guint64 used;
  AssaySpoolWrite write;
  gpointer data;
} AssaySpool;

#define ASSAY_SPOOL_INIT                                                                                               \
  {                                                                                                                    \
    .fd = -1                                                                                                           \
  }

void assay_spool_clear (AssaySpool *spool);

/**
 * assay_spool_write:
 * @most_bytes: that it will ever have to hold
 * @temporary_directory: where its file goes; NULL for TMPDIR
 *
 * Writes at a place behind @used. Errors: ASSAY_ERROR_IO.
 */
gboolean assay_spool_write (AssaySpool *spool, guint64 most_bytes, const char *temporary_directory, guint64 place,
                            const void *bytes, gsize length_bytes, GError **error);

#endif
