#include "unpack/codec/xz_chain.h"

#include <string.h>

/* Flags of a block (The .xz File Format, 3.1.2): what Linux refuses, and what else stands in the header. */
enum
{
  FLAGS_REFUSED = 0x3e,
  FLAG_TWO_FILTERS = 0x01,
  FLAG_PACKED = 0x40,
  FLAG_UNPACKED = 0x80,
};

enum
{
  LZMA2 = 0x21,
  DICTIONARY_MAX = 39,
  CRC_BYTES = 4,
  VLI_BYTES_MAX = 9,
};

gboolean
assay_xz_vli_read (const guint8 *bytes, gsize length_bytes, gsize *at, guint64 *out_value)
{
  *out_value = 0;
  for (guint i = 0; i < VLI_BYTES_MAX && *at < length_bytes; i++)
    {
      guint8 byte = bytes[(*at)++];
      *out_value |= (guint64)(byte & 0x7f) << (7 * i);
      if ((byte & 0x80) == 0)
        return byte != 0 || i == 0;
    }
  return FALSE;
}

gsize
assay_xz_block_header_bytes (guint8 first)
{
  return ((gsize)first + 1) * 4;
}

static gboolean
read_branches (const guint8 *header, gsize end, gsize *at, guint8 *out_branches)
{
  if (end - *at < 2)
    return FALSE;
  *out_branches = header[(*at)++];
  return *out_branches >= ASSAY_XZ_X86 && *out_branches <= ASSAY_XZ_RISCV && header[(*at)++] == 0;
}

gboolean
assay_xz_chain_read (const guint8 *header, gsize length_bytes, AssayXzChain *out_chain)
{
  gsize at = 2;
  guint64 size = 0;
  memset (out_chain, 0, sizeof *out_chain);
  if (length_bytes < at + CRC_BYTES || header[0] == 0 || assay_xz_block_header_bytes (header[0]) != length_bytes
      || (header[1] & FLAGS_REFUSED) != 0)
    return FALSE;
  gsize end = length_bytes - CRC_BYTES;
  if (((header[1] & FLAG_PACKED) != 0 && !assay_xz_vli_read (header, end, &at, &size))
      || ((header[1] & FLAG_UNPACKED) != 0 && !assay_xz_vli_read (header, end, &at, &size))
      || ((header[1] & FLAG_TWO_FILTERS) != 0 && !read_branches (header, end, &at, &out_chain->branches))
      || end - at < 3 || header[at] != LZMA2 || header[at + 1] != 1)
    return FALSE;
  out_chain->dictionary = header[at + 2];
  return out_chain->dictionary <= DICTIONARY_MAX;
}
