#ifndef ASSAY_UNPACK_CONTEXT_H
#define ASSAY_UNPACK_CONTEXT_H

#include "unpack/spool.h"
#include "unpack/unpack.h"

/** An image of any size may decode to so much. */
#define ASSAY_CONTEXT_SMALL_BYTES (G_GUINT64_CONSTANT (256) << 20)

/**
 * AssayUnpackContext:
 * @limits: @temporary_directory: @layout: @progress: @keeping: @expected: as in AssayUnpackOptions
 * @readers: who reads its containers; borrowed; NULL within such a process
 * @image_bytes: what was given, of which all is decoded: a file's size, or those of a directory's files together
 * @decoded_bytes: of all streams so far (limits total-bytes, and ratio to @image_bytes)
 * @entries: nodes so far (limit entries)
 * @entry_bytes: of their paths and facts (limit entry-bytes)
 * @spool: what streams decode to and memory does not hold
 * @memory_bytes: decoded bytes that are held in memory
 * @reading_us: that others took to read its containers so far (limit image-time)
 *
 * What all layers of one image share, so that limits hold over them together.
 */
typedef struct
{
  const AssayLimits *limits;
  const char *temporary_directory;
  const GArray *layout;
  AssayProgress *progress;
  AssayReaders *readers;
  AssayKeeping *keeping;
  gboolean expected;
  guint64 image_bytes;
  guint64 decoded_bytes;
  guint64 entries;
  guint64 entry_bytes;
  AssaySpool spool;
  guint64 memory_bytes;
  gint64 reading_us;
} AssayUnpackContext;

void assay_context_init (AssayUnpackContext *context, const AssayUnpackOptions *options);
void assay_context_clear (AssayUnpackContext *context);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayUnpackContext, assay_context_clear)

/** assay_context_charge_entry: counts one more node. Errors: ASSAY_ERROR_LIMIT. */
gboolean assay_context_charge_entry (AssayUnpackContext *context, GError **error);

/** assay_context_charge_text: counts the text of paths and facts. Errors: ASSAY_ERROR_LIMIT (entry-bytes). */
gboolean assay_context_charge_text (AssayUnpackContext *context, guint64 length_bytes, GError **error);

/**
 * assay_context_charge_bytes:
 *
 * Counts decoded bytes, also those that another node has decoded already: each node's are digested and compared again.
 * Errors: ASSAY_ERROR_LIMIT (total-bytes; ratio, where they are many times the image).
 */
gboolean assay_context_charge_bytes (AssayUnpackContext *context, guint64 length_bytes, GError **error);

/** assay_unpack_fail: sets an error; returns FALSE for the caller to return. The text holds no raw bytes of the image.
 */
gboolean assay_unpack_fail (GError **error, AssayErrorCode code, const char *format, ...) G_GNUC_PRINTF (3, 4);

#endif
