#include "account/rules/build_id_sums.h"

gboolean
assay_build_id_sum_init (AssayBuildIdSum *sum, gsize length_bytes)
{
  sum->length_bytes = length_bytes;
  sum->checksum = NULL;
  sum->gathered = NULL;
  if (length_bytes == 8)
    sum->gathered = g_byte_array_new ();
  else if (length_bytes == 16)
    sum->checksum = g_checksum_new (G_CHECKSUM_MD5);
  else if (length_bytes == 20)
    sum->checksum = g_checksum_new (G_CHECKSUM_SHA1);
  else
    return FALSE;
  return TRUE;
}

void
assay_build_id_sum_clear (AssayBuildIdSum *sum)
{
  g_clear_pointer (&sum->checksum, g_checksum_free);
  g_clear_pointer (&sum->gathered, g_byte_array_unref);
}

void
assay_build_id_sum_update (AssayBuildIdSum *sum, const guint8 *bytes, gsize length_bytes)
{
  if (sum->checksum != NULL)
    g_checksum_update (sum->checksum, bytes, (gssize)length_bytes);
  else
    g_byte_array_append (sum->gathered, bytes, (guint)length_bytes);
}

void
assay_build_id_sum_finish (AssayBuildIdSum *sum, guint8 out[ASSAY_BUILD_ID_BYTES_MAX])
{
  gsize length = ASSAY_BUILD_ID_BYTES_MAX;
  if (sum->checksum != NULL)
    {
      g_checksum_get_digest (sum->checksum, out, &length);
      return;
    }
  guint64 value = assay_xxh64 (sum->gathered->data, sum->gathered->len);
  for (guint i = 0; i < 8; i++)
    out[i] = (guint8)(value >> (8 * i));
}

#define PRIME_1 G_GUINT64_CONSTANT (0x9e3779b185ebca87)
#define PRIME_2 G_GUINT64_CONSTANT (0xc2b2ae3d27d4eb4f)
#define PRIME_3 G_GUINT64_CONSTANT (0x165667b19e3779f9)
#define PRIME_4 G_GUINT64_CONSTANT (0x85ebca77c2b2ae63)
#define PRIME_5 G_GUINT64_CONSTANT (0x27d4eb2f165667c5)

static guint64
rotate (guint64 value, guint bits)
{
  return value << bits | value >> (64 - bits);
}

static guint64
get (const guint8 *bytes, guint width)
{
  guint64 value = 0;
  for (guint i = 0; i < width; i++)
    value |= (guint64)bytes[i] << (8 * i);
  return value;
}

static guint64
mix (guint64 accumulator, guint64 input)
{
  return rotate (accumulator + input * PRIME_2, 31) * PRIME_1;
}

/* Stripes of 32 bytes in four lanes. */
static guint64
fold_stripes (const guint8 *bytes, gsize stripes)
{
  guint64 lanes[4] = { PRIME_1 + PRIME_2, PRIME_2, 0, 0 - PRIME_1 };
  for (gsize i = 0; i < stripes; i++)
    for (guint j = 0; j < 4; j++)
      lanes[j] = mix (lanes[j], get (bytes + i * 32 + j * 8, 8));
  guint64 hash = rotate (lanes[0], 1) + rotate (lanes[1], 7) + rotate (lanes[2], 12) + rotate (lanes[3], 18);
  for (guint j = 0; j < 4; j++)
    hash = (hash ^ mix (0, lanes[j])) * PRIME_1 + PRIME_4;
  return hash;
}

guint64
assay_xxh64 (const guint8 *bytes, gsize length_bytes)
{
  gsize done = length_bytes / 32 * 32;
  guint64 hash = (done > 0 ? fold_stripes (bytes, done / 32) : PRIME_5) + length_bytes;
  for (; length_bytes - done >= 8; done += 8)
    hash = rotate (hash ^ mix (0, get (bytes + done, 8)), 27) * PRIME_1 + PRIME_4;
  for (; length_bytes - done >= 4; done += 4)
    hash = rotate (hash ^ get (bytes + done, 4) * PRIME_1, 23) * PRIME_2 + PRIME_3;
  for (; done < length_bytes; done++)
    hash = rotate (hash ^ bytes[done] * PRIME_5, 11) * PRIME_1;
  hash = (hash ^ hash >> 33) * PRIME_2;
  hash = (hash ^ hash >> 29) * PRIME_3;
  return hash ^ hash >> 32;
}
