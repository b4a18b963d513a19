#ifndef ASSAY_UNPACK_XZ_CHAIN_H
#define ASSAY_UNPACK_XZ_CHAIN_H

#include <glib.h>

/** Bytes that the header of a block takes at most. */
#define ASSAY_XZ_BLOCK_HEADER_MAX 1024u

/** Ids of the filters that stand before LZMA2 for the branches of a processor; none of them is 0. */
enum
{
  ASSAY_XZ_X86 = 0x04,
  ASSAY_XZ_IA64 = 0x06,
  ASSAY_XZ_SPARC = 0x09,
  ASSAY_XZ_RISCV = 0x0b,
};

/**
 * AssayXzChain:
 * @branches: id of the filter before LZMA2; 0: there is none
 * @dictionary: size of the dictionary, as LZMA2's property encodes it
 *
 * How a block of an xz stream is packed.
 */
typedef struct
{
  guint8 branches;
  guint8 dictionary;
} AssayXzChain;

/** assay_xz_vli_read: an integer of several bytes at @at, which passes it. FALSE: it leaves (0, @length_bytes), or is
 * written longer than it needs to be. */
gboolean assay_xz_vli_read (const guint8 *bytes, gsize length_bytes, gsize *at, guint64 *out_value);

/** assay_xz_block_header_bytes: by the first byte of a header, which is not 0. */
gsize assay_xz_block_header_bytes (guint8 first);

/**
 * assay_xz_chain_read:
 * @header: a whole one, of @length_bytes
 *
 * Reads which filters a block is packed with, as Linux does (lib/xz/xz_dec_stream.c, dec_block_header). The check sum
 * is not looked at. Returns FALSE where no Linux, however it is configured, reads such a block: it knows LZMA2, and
 * before it one filter for branches without any property, not even one that says 0.
 */
gboolean assay_xz_chain_read (const guint8 *header, gsize length_bytes, AssayXzChain *out_chain);

#endif
