#ifndef ASSAY_UNPACK_DEFLATE_CODES_H
#define ASSAY_UNPACK_DEFLATE_CODES_H

#include <glib.h>

/** How many bytes the head of a block reaches over at most, which begins amid the first of them: 74 bits in front, and
 * a code of 7 bits for each of 286 + 30 lengths. */
#define ASSAY_DEFLATE_HEAD_BYTES 288u

/** The fact of a stream or file system that has such a block, and of an entry that is a stream. */
#define ASSAY_DEFLATE_CODES "deflate-codes"

/**
 * assay_deflate_uncommon_codes:
 * @head: bytes from the one on in which a block begins, up to ASSAY_DEFLATE_HEAD_BYTES
 * @bit: where in the first byte, 0 to 7
 * @out_bits: (nullable): where the lengths of codes end that stand in front of a block, in bits from @head on; 0: none
 * do
 *
 * In which way a block that zlib decodes is one at which other readers end with an error, behind what the blocks before
 * it hold:
 * - "no-distances": no code for a distance at all, which RFC 1951 has for literals alone (3.2.7). zlib up to 1.2.1,
 *   BusyBox before it took over gzip's mend of 2006-12-20 and Linux's lib/inflate.c refuse it, and Info-ZIP's unzip
 * where there are codes for lengths.
 * - "one-literal": no more than one code for literals and lengths, which is the end of the block. RFC 1951 is silent
 *   about it.
 *
 * - "one-distance": a single code for distances, of one bit, behind or before others of none. GRUB's gzio takes that
 * for an error, and goes on behind the lengths of codes all the same.
 *
 * One code for distances, of one bit, that stands alone is none of these, nor any other set that zlib takes: they are
 * complete.
 *
 * Returns: (nullable) (transfer none): static; NULL for all other blocks, and for what is no whole head of one
 */
const char *assay_deflate_uncommon_codes (const guint8 *head, gsize length_bytes, guint bit, guint *out_bits);

/** So many bits BusyBox's unzip takes for each length of a code, and more than an entry has it does not read: a last
 * block that ends sooner behind these ("short-block") it takes for an entry that is cut off. */
#define ASSAY_DEFLATE_AHEAD_BITS 7u
#define ASSAY_DEFLATE_SHORT_BLOCK "short-block"

/** In the data_type of a z_stream: inflate(), called with Z_BLOCK, came to the end of a block, or of a header. */
#define ASSAY_DEFLATE_BETWEEN_BLOCKS 128u

/**
 * assay_deflate_at_block:
 * @data_type: of a z_stream for which inflate() was called with Z_BLOCK
 * @out_bit: where the block begins: in the next byte of input if it is 0, else in the last one that was taken
 *
 * Whether it came to the beginning of a block. Not told of is the first block of a stream without a header.
 */
gboolean assay_deflate_at_block (int data_type, guint *out_bit);

#endif
