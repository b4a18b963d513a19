#include "unpack/rauc.h"

#include "unpack/bytes.h"
#include "unpack/formats.h"
#include "util/checked.h"

/*
 * A bundle of RAUC (https://rauc.readthedocs.io, "Bundle Formats"): a squashfs; in the format "verity" a tree of hashes
 * of its blocks behind it; a CMS signature; and in the last eight bytes how long that is, the highest first. Of the
 * format "plain" the signature covers the squashfs; that of the others has its content in it, which names the root of
 * the tree.
 */

#define LENGTH_BYTES 8u
#define SUPERBLOCK_BYTES 96u
#define AT_BYTES_USED 40u
/* Bytes of the signature; 0 where the end says nothing that could be its length. */
static guint64
signature_length (const guint8 *last, guint64 size)
{
  guint64 length = assay_get_be64 (last);
  return length <= ASSAY_RAUC_SIGNATURE_BYTES && length + LENGTH_BYTES + SUPERBLOCK_BYTES <= size ? length : 0;
}

gboolean
assay_rauc_probe (const guint8 *head, gsize length, guint64 size)
{
  return assay_squashfs_probe (head, length, size);
}

gboolean
assay_rauc_ends (const guint8 *tail, gsize length, guint64 size)
{
  return length >= LENGTH_BYTES && signature_length (tail + length - LENGTH_BYTES, size) > 0;
}

/* One value of DER, a sequence with a length of two bytes or of one, that is exactly so long. */
static gboolean
is_one_sequence (const guint8 *head, guint64 length)
{
  guint64 content = (guint64)head[2] << 8 | head[3];
  if (head[0] != 0x30)
    return FALSE;
  if (head[1] < 0x80)
    return length == 2 + (guint64)head[1];
  if (head[1] == 0x81)
    return length == 3 + (guint64)head[2];
  return head[1] == 0x82 && length == 4 + content;
}

static void
add_signature (AssayContainer *container, guint64 offset, guint64 length, const char *name)
{
  const char *slot = g_intern_static_string ("#bundle-signature");
  assay_container_add_span (container, (AssaySpan){ .offset = offset,
                                                    .length = length,
                                                    .kind = ASSAY_SPAN_HEADER,
                                                    .child = ASSAY_SPAN_NO_CHILD,
                                                    .name = name,
                                                    .slot = slot });
}

/* The tree follows from the squashfs, and from a salt that nobody but the signature names. */
static gboolean
add_tree (AssayContainer *container, guint64 start, guint64 end, guint64 signature_length, GError **error)
{
  AssayNode *node = container->node;
  guint8 salt[ASSAY_RAUC_SALT_BYTES] = { 0 };
  gboolean equal = FALSE;
  if (start == end)
    return TRUE;
  g_autofree guint8 *signature = assay_blob_read_bytes (node->blob, end, (gsize)signature_length, error);
  if (signature == NULL)
    return FALSE;
  if (assay_rauc_find_salt (signature, (gsize)signature_length, salt)
      && !assay_rauc_tree_equals (node->blob, start, end - start, salt, &equal, error))
    return FALSE;
  /* of the bundle, which is the first child */
  assay_container_add_span (container, (AssaySpan){ start, end - start, ASSAY_SPAN_HEADER, 0, equal, ASSAY_RAUC_TREE });
  return TRUE;
}

gboolean
assay_rauc_open (AssayContainer *container, GError **error)
{
  AssayNode *node = container->node;
  guint8 superblock[SUPERBLOCK_BYTES];
  guint8 last[LENGTH_BYTES];
  guint8 begin[4];
  guint64 end = 0;
  if (!assay_blob_read (node->blob, 0, superblock, sizeof superblock, error)
      || !assay_blob_read (node->blob, node->size - LENGTH_BYTES, last, sizeof last, error))
    return FALSE;
  guint64 length = signature_length (last, node->size);
  guint64 signature = node->size - LENGTH_BYTES - length;
  if (length < sizeof begin
      || !assay_u64_align (assay_get_le64 (superblock + AT_BYTES_USED), ASSAY_RAUC_BLOCK_BYTES, &end)
      || end > signature)
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "rauc: no signature behind the squashfs");
  if (!assay_blob_read (node->blob, signature, begin, sizeof begin, error))
    return FALSE;
  if (!is_one_sequence (begin, length))
    return assay_unpack_fail (error, ASSAY_ERROR_MALFORMED, "rauc: what is behind the squashfs is no signature");
  if (assay_container_add_part (container, "#bundle", 0, end, "bundle", error) == NULL)
    return FALSE;
  node->ordered = TRUE;
  add_signature (container, signature, length, "bundle signature");
  add_signature (container, node->size - LENGTH_BYTES, LENGTH_BYTES, "length of the bundle signature");
  return add_tree (container, end, signature, length, error);
}
