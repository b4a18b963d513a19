#include "unpack/codec/deflate_codes.h"

/* RFC 1951, 3.2.7. */
enum
{
  DYNAMIC = 2,
  LITERALS_LEAST = 257,
  LITERALS_MOST = 286,
  DISTANCES_MOST = 30,
  KINDS = 19,    /* of lengths of codes */
  KIND_BITS = 7, /* of the code for one, at most */
};

G_STATIC_ASSERT (KIND_BITS == ASSAY_DEFLATE_AHEAD_BITS);
G_STATIC_ASSERT ((7 + 3 + 14 + KINDS * 3 + (LITERALS_MOST + DISTANCES_MOST) * KIND_BITS + 7) / 8
                 <= ASSAY_DEFLATE_HEAD_BYTES);

typedef struct
{
  const guint8 *bytes;
  gsize bits;
  gsize at;
} Reader;

/* Beyond the end there are zeros, and @at is behind it. */
static guint
take (Reader *reader, guint count)
{
  guint value = 0;
  for (guint i = 0; i < count; i++, reader->at++)
    if (reader->at < reader->bits)
      value |= ((guint)reader->bytes[reader->at / 8] >> reader->at % 8 & 1u) << i;
  return value;
}

/** The code for lengths of codes: how many of its codes have how many bits, and what they stand for, in their order. */
typedef struct
{
  guint8 counts[KIND_BITS + 1];
  guint8 kinds[KINDS];
} Code;

static void
read_code (Reader *reader, guint stated, Code *out)
{
  static const guint8 order[KINDS] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
  guint8 lengths[KINDS] = { 0 };
  guint filled = 0;
  for (guint i = 0; i < stated; i++)
    lengths[order[i]] = (guint8)take (reader, 3);
  for (guint bits = 1; bits <= KIND_BITS; bits++)
    for (guint kind = 0; kind < KINDS; kind++)
      if (lengths[kind] == bits)
        {
          out->counts[bits]++;
          out->kinds[filled++] = (guint8)kind;
        }
}

/* The next kind; KINDS where the bits are no code. */
static guint
take_kind (Reader *reader, const Code *code)
{
  guint value = 0;
  guint first = 0;
  guint before = 0;
  for (guint bits = 1; bits <= KIND_BITS; bits++)
    {
      value |= take (reader, 1);
      if (value < first + code->counts[bits])
        return value < first ? KINDS : code->kinds[before + value - first];
      before += code->counts[bits];
      first = (first + code->counts[bits]) << 1;
      value <<= 1;
    }
  return KINDS;
}

/* How many codes of literals and of distances have a length. FALSE: these are no lengths of codes. */
static gboolean
count_codes (Reader *reader, const Code *code, guint literals, guint distances, guint *out_literals,
             guint *out_distances)
{
  guint last = 0;
  for (guint done = 0; done < literals + distances;)
    {
      guint kind = take_kind (reader, code);
      guint times = 1;
      if (kind == KINDS)
        return FALSE;
      if (kind == 16)
        times = 3 + take (reader, 2);
      else
        last = kind < 16 ? kind : 0;
      if (kind > 16)
        times = kind == 17 ? 3 + take (reader, 3) : 11 + take (reader, 7);
      if (times > literals + distances - done)
        return FALSE;
      for (; times > 0; times--, done++)
        *(done < literals ? out_literals : out_distances) += last != 0;
    }
  return reader->at <= reader->bits;
}

const char *
assay_deflate_uncommon_codes (const guint8 *head, gsize length_bytes, guint bit, guint *out_bits)
{
  Reader reader = { head, length_bytes * 8, bit };
  Code code = { { 0 }, { 0 } };
  guint used_literals = 0;
  guint used_distances = 0;
  if (out_bits != NULL)
    *out_bits = 0;
  take (&reader, 1);
  if (take (&reader, 2) != DYNAMIC)
    return NULL;
  guint literals = LITERALS_LEAST + take (&reader, 5);
  guint distances = 1 + take (&reader, 5);
  guint stated = 4 + take (&reader, 4);
  if (literals > LITERALS_MOST || distances > DISTANCES_MOST)
    return NULL;
  read_code (&reader, stated, &code);
  if (!count_codes (&reader, &code, literals, distances, &used_literals, &used_distances))
    return NULL;
  if (out_bits != NULL)
    *out_bits = (guint)reader.at;
  if (used_distances == 0)
    return "no-distances";
  if (used_distances == 1 && distances > 1)
    return "one-distance";
  return used_literals == 1 ? "one-literal" : NULL;
}

/* zlib.h, inflate(): how many bits of the last byte are left, and behind what. */
#define UNUSED_BITS 7u
#define LAST_BLOCK 64u

gboolean
assay_deflate_at_block (int data_type, guint *out_bit)
{
  guint said = (guint)data_type;
  *out_bit = (8 - (said & UNUSED_BITS)) % 8;
  return (said & (ASSAY_DEFLATE_BETWEEN_BLOCKS | LAST_BLOCK)) == ASSAY_DEFLATE_BETWEEN_BLOCKS;
}
