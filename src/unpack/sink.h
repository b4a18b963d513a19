#ifndef ASSAY_UNPACK_SINK_H
#define ASSAY_UNPACK_SINK_H

#include "unpack/context.h"

/** A sink holds so much in memory; what is longer goes to the context's private file. */
#define ASSAY_SINK_MEMORY_BYTES (1u << 20)

/** All sinks of one image together leave at most this much in memory. */
#define ASSAY_SINK_TOTAL_MEMORY_BYTES (64u << 20)

/**
 * AssaySink:
 * @context: borrowed
 * @memory: what was written, until it is too long
 * @spilled: it is in the spool, in @context's spool
 * @written: bytes
 * @part: where among them the stream began that is being decoded
 * @stored: bytes of the container that were read for that stream so far
 * @checks: @check: whether what is written is summed up, and the CRC-32 of it so far
 * @uncommon: (nullable): static: a form, the first one, that other readers of the codec take for an error
 *
 * Takes what decoders give and keeps limits while it comes: total-bytes, and ratio of what a stream
 * decodes to to what was read for it. Only one sink of a context is in use at a time.
 */
typedef struct
{
  AssayUnpackContext *context;
  GByteArray *memory;
  gboolean spilled;
  guint64 written;
  guint64 part;
  guint64 stored;
  gboolean checks;
  guint32 check;
  const char *uncommon;
} AssaySink;

void assay_sink_init (AssaySink *sink, AssayUnpackContext *context);
void assay_sink_clear (AssaySink *sink);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssaySink, assay_sink_clear)

/** assay_sink_write: Errors: ASSAY_ERROR_LIMIT (total-bytes, ratio); ASSAY_ERROR_IO. */
gboolean assay_sink_write (AssaySink *sink, const void *data, gsize length_bytes, GError **error);

/** assay_sink_begin_part: another stream begins, whose ratio and forms are its own. */
void assay_sink_begin_part (AssaySink *sink);

/** assay_sink_begin_check: from here on the CRC-32 (of RFC 1952) of what is written is taken while it is at hand: the
 * process that decodes would have to ask for all of it back. It goes on to @check until this is called again. */
void assay_sink_begin_check (AssaySink *sink);

/** assay_sink_check: whether the ratio of what was written to what was read holds. Errors: ASSAY_ERROR_LIMIT. */
gboolean assay_sink_check (const AssaySink *sink, GError **error);

/** assay_sink_read: reads back what was written, before the end. */
gboolean assay_sink_read (AssaySink *sink, guint64 offset_bytes, void *out, gsize length_bytes, GError **error);

/** assay_sink_finish: all that was written, as a blob (transfer full); nothing can be written after. */
AssayBlob *assay_sink_finish (AssaySink *sink, GError **error);

/** assay_sink_keep: (transfer full): @bytes that something else decoded or put together, as a sink would keep them:
 * what is in memory of one image is counted here and by whoever it is told to. No ratio is asked. */
AssayBlob *assay_sink_keep (AssayUnpackContext *context, const void *bytes, gsize length_bytes, GError **error);

#endif
