#include "account/signed.h"

#include "unpack/bytes.h"
#include "unpack/fact.h"

#include <string.h>

/*
 * A signature that is the rebuild's, byte for byte, is over the rebuild's bytes. Where what it covers differs, by
 * whatever rule, it holds no longer, and who checks it refuses what a rule calls harmless (T6, T11). Here is only known
 * that it is the same one; what it covers is taken for all that stands with it.
 */

/** Bytes of a node. */
typedef struct
{
  const AssayNode *node;
  guint64 offset;
  guint64 length;
} Bytes;

static Bytes
bytes_of (const AssayNode *node, const AssaySpan *span)
{
  return (Bytes){ node, span->offset, span->length };
}

/* T4: what cannot be read may be the same. */
static gboolean
same_bytes (Bytes ours, Bytes theirs)
{
  gboolean same = FALSE;
  if (ours.length != theirs.length)
    return FALSE;
  g_autoptr (AssayBlob) first = assay_blob_new_slice (ours.node->blob, ours.offset, ours.length, NULL);
  g_autoptr (AssayBlob) second = assay_blob_new_slice (theirs.node->blob, theirs.offset, theirs.length, NULL);
  return first == NULL || second == NULL || !assay_blob_equal (first, second, &same, NULL) || same;
}

/** What is shorter is no signature. */
#define SIGNATURE_BYTES 8u

/* Of a FIT the values of signatures, of a bundle its signature, of a kernel that EFI starts the table of certificates.
 */
static gboolean
is_signature (const AssaySpan *span)
{
  if (span->length <= SIGNATURE_BYTES)
    return FALSE;
  if (span->slot != NULL)
    return g_str_has_suffix (span->name, ": value") || strcmp (span->slot, "#bundle-signature") == 0;
  return strcmp (span->name, "PE certificate table") == 0;
}

/* By their names, of which a container has each once, or any of them counts. */
static GHashTable *
index_signatures (const AssayNode *container)
{
  GHashTable *signatures = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  for (guint i = 0; i < container->spans->len; i++)
    {
      AssaySpan *span = &g_array_index (container->spans, AssaySpan, i);
      if (!is_signature (span))
        continue;
      GPtrArray *same = g_hash_table_lookup (signatures, span->name);
      if (same == NULL)
        {
          same = g_ptr_array_new ();
          g_hash_table_insert (signatures, (gpointer)span->name, same);
        }
      g_ptr_array_add (same, span);
    }
  return signatures;
}

static gboolean
has_span_of_rebuild (const AssayNode *node, const AssayNode *expected)
{
  if (node->blob == NULL || expected->blob == NULL || expected->spans == NULL)
    return FALSE;
  g_autoptr (GHashTable) signatures = index_signatures (expected);
  for (guint i = 0; g_hash_table_size (signatures) > 0 && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      const GPtrArray *same = is_signature (span) ? g_hash_table_lookup (signatures, span->name) : NULL;
      for (guint k = 0; same != NULL && k < same->len; k++)
        if (same_bytes (bytes_of (node, span), bytes_of (expected, g_ptr_array_index (same, k))))
          return TRUE;
    }
  return FALSE;
}

static gboolean
holds_at (const AssayNode *node, guint64 offset, const char *text)
{
  gboolean same = FALSE;
  gsize length = strlen (text);
  return offset <= node->size && length <= node->size - offset
         && (!assay_blob_equals (node->blob, offset, text, length, &same, NULL) || same);
}

/** Where an ISO 9660 volume has room for who makes it (ECMA-119, 8.4.32), in which installers keep an MD5 of all of it
 * (isomd5sum). */
#define ISO_APPLICATION_AT (16u * 2048u + 883u)

/** Tags of libisofs stand in blocks of their own, the first behind the descriptors (libisofs, doc/checksums.txt). */
#define ISO_BLOCK_BYTES 2048u
#define ISO_FIRST_BLOCK 16u
#define ISO_LAST_BLOCK 128u

static gboolean
has_tags (const AssayNode *node)
{
  for (guint64 block = ISO_FIRST_BLOCK; block < ISO_LAST_BLOCK; block++)
    if (holds_at (node, block * ISO_BLOCK_BYTES, "libisofs_"))
      return TRUE;
  return FALSE;
}

/* Of a package for Android the block in front of the directory (APK Signature Scheme v2), which ends with these words,
 * and of a volume its own MD5. */
static gboolean
has_block (const AssayNode *node)
{
  static const char words[] = "APK Sig Block 42";
  if (strcmp (node->format, "iso9660") == 0)
    return holds_at (node, ISO_APPLICATION_AT, "ISO MD5SUM") || has_tags (node);
  for (guint i = 0; strcmp (node->format, "zip") == 0 && i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (span->child == ASSAY_SPAN_NO_CHILD && span->length > strlen (words)
          && holds_at (node, span->offset + span->length - strlen (words), words))
        return TRUE;
    }
  return FALSE;
}

/** Bytes that a signature behind a container has at most; a file system has more. */
#define TAIL_BYTES 8192u

/* What stands behind a container, is short, and nothing that assay knows: a signature of it, as likely as not. */
static const AssaySpan *
find_tail (const AssayNode *node)
{
  const AssaySpan *last = node->spans->len == 0 ? NULL : &g_array_index (node->spans, AssaySpan, node->spans->len - 1);
  if (last == NULL || last->child != ASSAY_SPAN_NO_CHILD || last->offset + last->length != node->size)
    return NULL;
  /* what an image is filled up with stands before it */
  AssaySpan filling = *last;
  filling.length -= MIN (filling.length, TAIL_BYTES);
  if (filling.length > 0 && !assay_span_holds_zeros (node, &filling))
    return NULL;
  return assay_span_is_behind (node, last) || (last->kind == ASSAY_SPAN_SLACK && !assay_span_holds_zeros (node, last))
             ? last
             : NULL;
}

/* Without what an image is filled up with. */
static Bytes
tail_bytes_of (const AssayNode *node, const AssaySpan *span)
{
  guint8 bytes[TAIL_BYTES];
  gsize length = (gsize)MIN (span->length, sizeof bytes);
  guint64 offset = span->offset + span->length - length;
  gsize zeros = 0;
  if (!assay_blob_read (node->blob, offset, bytes, length, NULL))
    return bytes_of (node, span);
  while (zeros < length && bytes[zeros] == 0)
    zeros++;
  return (Bytes){ node, offset + zeros, length - zeros };
}

static gboolean
has_tail_of_rebuild (const AssayNode *node, const AssayNode *expected)
{
  const AssaySpan *ours = node->blob == NULL ? NULL : find_tail (node);
  const AssaySpan *theirs
      = ours == NULL || expected->blob == NULL || expected->spans == NULL ? NULL : find_tail (expected);
  return theirs != NULL && same_bytes (tail_bytes_of (node, ours), tail_bytes_of (expected, theirs));
}

/* Signatures of a package of rpm, of its header, of all of it, and of its files. */
static gboolean
has_fact_of_rebuild (const AssayNode *node, const AssayNode *expected)
{
  static const char *const names[]
      = { "rpm-signature.rsa",  "rpm-signature.dsa",   "rpm-signature.openpgp",        "rpm-signature.pgp",
          "rpm-signature.gpg",  "rpm-signature.pgp5",  "rpm-signature.filesignatures", "rpm-signature.veritysignatures",
          "rpm.filesignatures", "rpm.veritysignatures" };
  for (gsize i = 0; strcmp (node->format, "rpm") == 0 && i < G_N_ELEMENTS (names); i++)
    {
      const char *ours = assay_facts_get (node->own_facts, names[i]);
      if (ours != NULL && g_strcmp0 (ours, assay_facts_get (expected->own_facts, names[i])) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
assay_account_has_signature_of_rebuild (AssayWork *work, const AssayNode *node)
{
  const AssayNode *expected = assay_pairing_get (work->pairing, node)->expected;
  if (node->spans == NULL || expected == NULL || expected->own_facts == NULL
      || assay_pairing_get (work->pairing, node)->equal)
    return FALSE;
  return has_span_of_rebuild (node, expected) || has_fact_of_rebuild (node, expected)
         || has_tail_of_rebuild (node, expected) || (node->blob != NULL && has_block (node));
}

gboolean
assay_account_is_signed_behind (AssayWork *work, const AssayNode *module)
{
  const AssayNode *whole = module->parent;
  if (whole == NULL || strcmp (whole->format, "signed-module") != 0)
    return FALSE;
  const AssayNode *expected = assay_pairing_get (work->pairing, whole)->expected;
  if (expected == NULL || strcmp (expected->format, whole->format) != 0 || expected->children->len != 1)
    return FALSE;
  guint64 rebuilt = ((const AssayNode *)g_ptr_array_index (expected->children, 0))->size;
  return same_bytes ((Bytes){ whole, module->size, whole->size - module->size },
                     (Bytes){ expected, rebuilt, expected->size - rebuilt });
}
