#ifndef ASSAY_UNPACK_STREAM_H
#define ASSAY_UNPACK_STREAM_H

#include "unpack/codec/codec.h"
#include "unpack/container.h"

/**
 * AssayStream:
 * @container: whose node is one compressed stream; borrowed
 * @child: what it decodes to
 * @sink: takes what its members decode to, one behind the other
 * @position: bytes of the node that were read
 * @members: that were decoded or skipped (limit stream-members); each but the first counts as an entry
 *
 * A compressed stream that is being read, member by member.
 */
typedef struct
{
  AssayContainer *container;
  AssayNode *child;
  AssaySink sink;
  guint64 position;
  guint64 members;
} AssayStream;

/** assay_stream_begin: adds the decoded child, called `#` and the node's format. */
gboolean assay_stream_begin (AssayStream *stream, AssayContainer *container, GError **error);
void assay_stream_clear (AssayStream *stream);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayStream, assay_stream_clear)

/** assay_stream_decode: decodes one member at @position, appends it to the child and adds its span. */
gboolean assay_stream_decode (AssayStream *stream, const char *codec, const char *name, GError **error);

/** assay_stream_peek: up to @length_bytes from @position on; *out_length says how many there are. */
gboolean assay_stream_peek (AssayStream *stream, guint8 *out, gsize length_bytes, gsize *out_length, GError **error);

/** assay_stream_claim: adds a span of @length bytes at @position and passes it. Errors: ASSAY_ERROR_MALFORMED it leaves
 * the node. */
gboolean assay_stream_claim (AssayStream *stream, guint64 length, AssaySpanKind kind, gboolean rewritable,
                             const char *name, GError **error);

/** assay_stream_skip: the same for a member that carries no content: slack. */
gboolean assay_stream_skip (AssayStream *stream, guint64 length, const char *name, GError **error);

/** assay_stream_finish: gives the child its bytes, and calls what lies behind the last member slack. */
gboolean assay_stream_finish (AssayStream *stream, const char *name, GError **error);

#endif
