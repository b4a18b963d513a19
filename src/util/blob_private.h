#ifndef ASSAY_UTIL_BLOB_PRIVATE_H
#define ASSAY_UTIL_BLOB_PRIVATE_H

#include "util/blob.h"
#include "util/lock.h"

#include <sys/stat.h>

/* What the files of a blob share: blob.c, which reads it, blob_map.c and blob_joined.c. */

/**
 * AssayBlobKind:
 * @ASSAY_BLOB_BYTES: in memory
 * @ASSAY_BLOB_FILE: of a directory, opened again where it is held
 * @ASSAY_BLOB_FD: a private file, which is always open
 * @ASSAY_BLOB_SLICE: of another blob
 * @ASSAY_BLOB_READER: whoever gave it has the bytes
 * @ASSAY_BLOB_JOINED: ranges of others of the first and third kind, one behind the other
 */
typedef enum
{
  ASSAY_BLOB_BYTES = 0,
  ASSAY_BLOB_FILE,
  ASSAY_BLOB_FD,
  ASSAY_BLOB_SLICE,
  ASSAY_BLOB_READER,
  ASSAY_BLOB_JOINED,
} AssayBlobKind;

struct _AssayBlob
{
  gatomicrefcount references;
  AssayBlobKind kind;
  guint64 size;

  AssayLock lock; /* guards the next four */
  int fd;         /* ASSAY_BLOB_FD: always open; ASSAY_BLOB_FILE: open while held */
  guint holds;
  gboolean mapped;  /* ever */
  gboolean changed; /* once seen, a change is never forgotten, even if somebody puts the old file back */

  AssayLock map_lock; /* guards the mapping; taken before lock */
  void *mapping;      /* from the page that holds the first byte on */
  gsize mapping_length;
  gsize mapping_skip;

  AssayDigest *noted_sha256;
  AssayBlobSeen *seen;
  GArray *noted_parts; /* AssayBlobPart */

  gboolean sparse; /* ASSAY_BLOB_FD, ASSAY_BLOB_FILE: takes less of the disk than it has bytes */

  AssayDirectory *directory; /* ASSAY_BLOB_FILE, with path and identity */
  char *path;
  struct stat identity;
  GBytes *bytes;     /* ASSAY_BLOB_BYTES */
  AssayBlob *parent; /* ASSAY_BLOB_SLICE: never a slice itself */
  guint64 offset;
  AssayBlobRead read; /* ASSAY_BLOB_READER */
  gpointer data;
  GArray *runs; /* ASSAY_BLOB_JOINED */
};

/** assay_blob_name: its path, for a message. */
const char *assay_blob_name (const AssayBlob *blob);

/** assay_blob_resolve: the blob that owns the bytes; adds to @offset where in it @blob begins. */
AssayBlob *assay_blob_resolve (AssayBlob *blob, guint64 *offset);

/** assay_blob_new_of_runs: @runs: (transfer full): in the words of blob_joined.c. */
AssayBlob *assay_blob_new_of_runs (GArray *runs, guint64 size_bytes);

/** assay_blob_place: the blob that has the byte at @offset of @blob as its own: of a joined one that which it is joined
 * of. @offset becomes where it stands there, and *out_length says how many follow it there. */
AssayBlob *assay_blob_place (AssayBlob *blob, guint64 *offset, guint64 *out_length);

/** assay_blob_read_joined: what assay_blob_read() is for that kind. */
gboolean assay_blob_read_joined (AssayBlob *blob, guint64 offset, void *out, gsize length, GError **error);

#endif
