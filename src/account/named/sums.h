#ifndef ASSAY_ACCOUNT_NAMED_SUMS_H
#define ASSAY_ACCOUNT_NAMED_SUMS_H

#include "account/work.h"

/*
 * Sums of 32 bits, which are equal by chance too often to be looked for without a name: the CRC-32 of zip and gzip in
 * eight hexadecimal digits (crc32(1), files of .sfv), and what cksum(1) of POSIX prints.
 */

typedef struct _AssayNamedSums AssayNamedSums;

AssayNamedSums *assay_named_sums_new (AssayWork *work);
void assay_named_sums_free (AssayNamedSums *sums);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayNamedSums, assay_named_sums_free)

/** AssayCrcs: both sums of bytes; begin with zeros. */
typedef struct
{
  guint32 crc32;
  guint32 posix;
  guint64 length;
} AssayCrcs;

void assay_crcs_update (AssayCrcs *crcs, const void *data, gsize length_bytes);

/** assay_named_sums_add: @node: whose names count, and those of what it is packed or stands in; @expected: of all bytes
 * that were expected of it; @owner: of a find. */
void assay_named_sums_add (AssayNamedSums *sums, const AssayNode *node, const AssayCrcs *expected, guint owner);

/** AssaySumFound: @said: as the text has it; lower-case. Returns: whether that was all that is to find of @owner. */
typedef gboolean (*AssaySumFound) (guint owner, const char *said, gpointer data);

/** assay_named_sums_read: calls @found for each file of which a text, or its own name, says a name, and the text a sum.
 * A node that is no text has none. Errors: those of reading; ASSAY_ERROR_CANCELLED. */
gboolean assay_named_sums_read (AssayNamedSums *sums, const AssayNode *node, AssaySumFound found, gpointer data,
                                GError **error);

#endif
