#ifndef ASSAY_CAGE_WINDOW_H
#define ASSAY_CAGE_WINDOW_H

#include "util/blob.h"

/** Bytes that are fetched for a short read, at a multiple of this. */
#define ASSAY_WINDOW_BLOCK_BYTES (16u * 1024u)

/** Blocks that are kept. */
#define ASSAY_WINDOW_BLOCKS 16u

typedef struct
{
  guint64 offset;
  gsize length; /* 0: empty */
  guint64 used; /* when, in reads */
} AssayWindowBlock;

/**
 * AssayWindow:
 *
 * Bytes that somebody else has, of which the parts that were read last are kept: headers are read in many short pieces,
 * and each question takes two changes of process.
 */
typedef struct
{
  guint64 size;
  AssayBlobRead fetch; /* at most ASSAY_WINDOW_FETCH_BYTES at a time */
  gpointer data;
  guint64 reads;
  guint8 *memory;
  AssayWindowBlock blocks[ASSAY_WINDOW_BLOCKS];
} AssayWindow;

/** The most that one call of @fetch asks for. */
#define ASSAY_WINDOW_FETCH_BYTES (128u * 1024u)

void assay_window_init (AssayWindow *window, guint64 size_bytes, AssayBlobRead fetch, gpointer data);
void assay_window_clear (AssayWindow *window);

/** assay_window_put: the first @length_bytes, at most a block, are known already. */
void assay_window_put (AssayWindow *window, const void *bytes, gsize length_bytes);

/** assay_window_forget: what is kept is of no more use. */
void assay_window_forget (AssayWindow *window);

/** assay_window_read: AssayBlobRead of a window. */
gboolean assay_window_read (gpointer window, guint64 offset_bytes, void *out, gsize length_bytes, GError **error);

#endif
