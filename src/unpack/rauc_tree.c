#include "unpack/rauc.h"

#include "crypto/sha256.h"
#include "unpack/bytes.h"
#include "util/cancel.h"

#include <assay/error.h>

/*
 * The tree of hashes of a bundle (Linux, Documentation/admin-guide/device-mapper/verity.rst, version 1): each level has
 * the hashes of the blocks of the one below, 128 in a block, zeros behind the last; the top level, of one block, comes
 * first.
 */

#define HASHES_IN_BLOCK (ASSAY_RAUC_BLOCK_BYTES / ASSAY_RAUC_HASH_BYTES)

/** 128 to the ninth is beyond 2^63. */
#define LEVELS_MOST 9u

static const char salt_key[] = "\nverity-salt=";

gboolean
assay_rauc_find_salt (const guint8 *signature, gsize length, guint8 out_salt[ASSAY_RAUC_SALT_BYTES])
{
  static const char digits[] = "0123456789abcdef";
  const gsize key = sizeof salt_key - 1;
  const guint8 *at = length < key ? NULL : memmem (signature, length, salt_key, key);
  if (at == NULL || memmem (at + key, length - (gsize)(at + key - signature), salt_key, key) != NULL)
    return FALSE;
  at += key;
  if (length - (gsize)(at - signature) <= (gsize)ASSAY_RAUC_SALT_BYTES * 2 || at[ASSAY_RAUC_SALT_BYTES * 2] != '\n')
    return FALSE;
  for (guint i = 0; i < ASSAY_RAUC_SALT_BYTES * 2; i++)
    {
      const char *digit = at[i] == 0 ? NULL : strchr (digits, at[i]);
      if (digit == NULL)
        return FALSE;
      out_salt[i / 2] = (guint8)(out_salt[i / 2] << 4 | (guint8)(digit - digits));
    }
  return TRUE;
}

static void
hash_block (AssaySha256 *sha256, const guint8 *salt, const guint8 *block, guint8 *out_hash)
{
  AssayDigest digest;
  assay_sha256_update (sha256, salt, ASSAY_RAUC_SALT_BYTES);
  assay_sha256_update (sha256, block, ASSAY_RAUC_BLOCK_BYTES);
  assay_sha256_finish (sha256, &digest);
  memcpy (out_hash, &digest, ASSAY_RAUC_HASH_BYTES);
}

void
assay_rauc_hash (const guint8 salt[ASSAY_RAUC_SALT_BYTES], const guint8 block[ASSAY_RAUC_BLOCK_BYTES],
                 guint8 out_hash[ASSAY_RAUC_HASH_BYTES])
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  hash_block (sha256, salt, block, out_hash);
}

/* Blocks of each level, the lowest first. */
static guint
count_levels (guint64 data_blocks, guint64 out_blocks[LEVELS_MOST])
{
  guint levels = 0;
  for (guint64 count = data_blocks; count > 1 && levels < LEVELS_MOST; levels++)
    {
      count = count / HASHES_IN_BLOCK + (count % HASHES_IN_BLOCK != 0 ? 1 : 0);
      out_blocks[levels] = count;
    }
  return levels;
}

static gboolean
hash_data (AssaySha256 *sha256, AssayBlob *blob, guint64 blocks, const guint8 *salt, guint8 *out, GError **error)
{
  guint8 block[ASSAY_RAUC_BLOCK_BYTES];
  for (guint64 i = 0; i < blocks; i++)
    {
      if ((i % 1024 == 0 && assay_cancelled (error))
          || !assay_blob_read (blob, i * ASSAY_RAUC_BLOCK_BYTES, block, sizeof block, error))
        return FALSE;
      hash_block (sha256, salt, block, out + i * ASSAY_RAUC_HASH_BYTES);
    }
  return TRUE;
}

gboolean
assay_rauc_tree_equals (AssayBlob *blob, guint64 offset, guint64 length, const guint8 salt[ASSAY_RAUC_SALT_BYTES],
                        gboolean *out_equal, GError **error)
{
  guint64 blocks[LEVELS_MOST] = { 0 };
  guint64 data_blocks = offset / ASSAY_RAUC_BLOCK_BYTES;
  guint levels = count_levels (data_blocks, blocks);
  guint64 total = 0;
  *out_equal = FALSE;
  for (guint i = 0; i < levels; i++)
    total += blocks[i] * ASSAY_RAUC_BLOCK_BYTES;
  if (levels == 0 || offset % ASSAY_RAUC_BLOCK_BYTES != 0 || total != length)
    return TRUE;
  g_autofree guint8 *tree = g_try_malloc0 (length);
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  if (tree == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_IO, "no memory for a tree of hashes");
      return FALSE;
    }
  guint8 *level = tree + length - blocks[0] * ASSAY_RAUC_BLOCK_BYTES;
  if (!hash_data (sha256, blob, data_blocks, salt, level, error))
    return FALSE;
  for (guint i = 1; i < levels; i++)
    {
      guint8 *above = level - blocks[i] * ASSAY_RAUC_BLOCK_BYTES;
      for (guint64 n = 0; n < blocks[i - 1]; n++)
        hash_block (sha256, salt, level + n * ASSAY_RAUC_BLOCK_BYTES, above + n * ASSAY_RAUC_HASH_BYTES);
      level = above;
    }
  return assay_blob_equals (blob, offset, tree, length, out_equal, error);
}
