#ifndef ASSAY_REBUILD_DECODED_H
#define ASSAY_REBUILD_DECODED_H

#include <glib.h>

/**
 * AssayDecoded:
 *
 * What a stream of zstd holds, as it is decoded: by a process of its own behind walls (T23), which sees nothing but
 * that stream, while whoever pulls works on what came before.
 */
typedef struct _AssayDecoded AssayDecoded;

/**
 * assay_decoded_new:
 * @fd: borrowed; @offset: @length: where the stream lies in it
 * @time_s: for all of it
 */
AssayDecoded *assay_decoded_new (int fd, guint64 offset, guint64 length, guint64 time_s, GError **error);
void assay_decoded_free (AssayDecoded *decoded);

/**
 * assay_decoded_pull:
 * @out: (transfer none): the next bytes, valid until the next call
 * @most: of them; above 0
 * @out_length: how many there are; 0 at the end
 *
 * Errors: ASSAY_ERROR_MALFORMED it is no such stream, or is cut; ASSAY_ERROR_LIMIT; those of assay_worker_receive().
 */
gboolean assay_decoded_pull (AssayDecoded *decoded, gsize most, const guint8 **out, gsize *out_length, GError **error);

/** assay_decoded_fill: exactly @length bytes. Errors: ASSAY_ERROR_MALFORMED there are fewer; those of
 * assay_decoded_pull(). */
gboolean assay_decoded_fill (AssayDecoded *decoded, guint8 *out, gsize length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDecoded, assay_decoded_free)

#endif
