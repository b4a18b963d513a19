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

/* Of a package for Android the block in front of the directory (APK Signature Scheme v2), which ends with these words,
 * and of a volume its own MD5. */
static gboolean
has_block (const AssayNode *node)
{
  static const char words[] = "APK Sig Block 42";
  if (strcmp (node->format, "iso9660") == 0)
    return holds_at (node, ISO_APPLICATION_AT, "ISO MD5SUM");
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
  if (last == NULL || last->child != ASSAY_SPAN_NO_CHILD || last->length > TAIL_BYTES
      || last->offset + last->length != node->size)
    return NULL;
  return assay_span_is_behind (node, last) || (last->kind == ASSAY_SPAN_SLACK && !assay_span_holds_zeros (node, last))
             ? last
             : NULL;
}

static gboolean
has_tail_of_rebuild (const AssayNode *node, const AssayNode *expected)
{
  const AssaySpan *ours = node->blob == NULL ? NULL : find_tail (node);
  const AssaySpan *theirs
      = ours == NULL || expected->blob == NULL || expected->spans == NULL ? NULL : find_tail (expected);
  return theirs != NULL && same_bytes (bytes_of (node, ours), bytes_of (expected, theirs));
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

/* A file that is the rebuild's to the last byte. */
static gboolean
is_rebuilt (AssayWork *work, const AssayNode *node)
{
  const AssayMatch *match = assay_pairing_get (work->pairing, node);
  gboolean same = FALSE;
  if (match->equal || node->blob == NULL || match->expected == NULL || match->expected->blob == NULL)
    return match->equal;
  return !assay_blob_equal (node->blob, match->expected->blob, &same, NULL) || same;
}

/* A signature of Debian's packages is a member beside what it signs (debsigs). A table of dm-verity is known by its
 * first bytes, in a partition or a file of its own. */
static gboolean
signs_all_beside (const AssayNode *node)
{
  static const char magic[8] = "verity\0";
  gboolean begins = FALSE;
  const char *name = assay_node_local_name (node);
  if (node->type != ASSAY_NODE_FILE || node->blob == NULL)
    return FALSE;
  if (g_str_has_prefix (name, "_gpg"))
    return TRUE;
  if (node->size < sizeof magic)
    return FALSE;
  const AssayBlobSeen *seen = assay_blob_get_seen (node->blob);
  if (seen != NULL)
    return memcmp (seen->begins, magic, sizeof magic) == 0;
  return assay_blob_equals (node->blob, 0, magic, sizeof magic, &begins, NULL) && begins;
}

/* Without one of the suffixes, whatever its capitals; NULL where it has none of them. */
static char *
without_suffix (const char *name, const char *const *suffixes)
{
  gsize length = strlen (name);
  for (gsize i = 0; suffixes[i] != NULL; i++)
    {
      gsize suffix = strlen (suffixes[i]);
      if (length > suffix && g_ascii_strcasecmp (name + length - suffix, suffixes[i]) == 0)
        return g_ascii_strdown (name, (gssize)(length - suffix));
    }
  return NULL;
}

/* @stem: what stands before the suffix: the name of the file, that of a list of digests of it, or the one without its
 * own suffix */
static void
add_stem (GHashTable *found, char *stem)
{
  static const char *const of_digests[] = { ".md5", ".sha1", ".sha224", ".sha256", ".sha384", ".sha512", NULL };
  char *of_digest = without_suffix (stem, of_digests);
  if (of_digest != NULL)
    g_hash_table_add (found, of_digest);
  g_hash_table_add (found, stem);
}

/** Of one container: what signatures in it stand for, as names in small letters, and "" for all. */
static GHashTable *
find_signed (AssayWork *work, const AssayNode *container)
{
  static const char *const suffixes[]
      = { ".sig",   ".asc",     ".sign",    ".signature", ".signed", ".p7s", ".p7b", ".p7m",
          ".p7",    ".cms",     ".minisig", ".gpg",       ".pgp",    ".rsa", ".dsa", ".ec",
          ".ecdsa", ".ed25519", ".signify", ".sigstore",  ".jws",    NULL };
  GHashTable *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < container->children->len; i++)
    {
      const AssayNode *child = g_ptr_array_index (container->children, i);
      if (signs_all_beside (child) && is_rebuilt (work, child))
        g_hash_table_add (found, g_strdup (""));
      char *stem = child->type == ASSAY_NODE_FILE ? without_suffix (assay_node_local_name (child), suffixes) : NULL;
      if (stem != NULL && is_rebuilt (work, child))
        add_stem (found, stem);
      else
        g_free (stem);
    }
  return found;
}

gboolean
assay_account_is_signed_beside (AssayWork *work, const AssayNode *node)
{
  const AssayNode *container = node->parent;
  if (container == NULL || container->children == NULL || container->stream != NULL)
    return FALSE;
  if (work->signed_beside == NULL)
    work->signed_beside = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  GHashTable *found = g_hash_table_lookup (work->signed_beside, container);
  if (found == NULL)
    {
      found = find_signed (work, container);
      g_hash_table_insert (work->signed_beside, (gpointer)container, found);
    }
  g_autofree char *name = g_ascii_strdown (assay_node_local_name (node), -1);
  char *dot = strrchr (name, '.');
  if (g_hash_table_size (found) == 0)
    return FALSE;
  if (g_hash_table_contains (found, "") || g_hash_table_contains (found, name))
    return TRUE;
  if (dot == NULL || dot == name)
    return FALSE;
  *dot = '\0';
  return g_hash_table_contains (found, name);
}
