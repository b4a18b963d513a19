#include "account/rules/signature.h"

#include "account/package.h"
#include "unpack/rauc.h"
#include "util/text.h"

#include <string.h>

/*
 * A bundle of RAUC in the format "verity" is not signed itself: signed is its manifest, which names the root of a tree
 * of hashes of the squashfs, and which the signature has in it. The squashfs has the same manifest without these lines,
 * so that all of it can be written again.
 */

/** Where RAUC writes what it knows only at the end. */
static const char format_line[] = "[bundle]\nformat=verity\n";

static const AssaySpan *
find_tree (const AssayNode *node)
{
  for (guint i = 0; i < node->spans->len; i++)
    {
      const AssaySpan *span = &g_array_index (node->spans, AssaySpan, i);
      if (strcmp (span->name, ASSAY_RAUC_TREE) == 0)
        return span;
    }
  return NULL;
}

static char *
read_text (AssayBlob *blob, guint64 size, GError **error)
{
  g_autofree char *text = g_malloc0 ((gsize)size + 1);
  return assay_blob_read (blob, 0, text, (gsize)size, error) ? g_steal_pointer (&text) : NULL;
}

/* The lines that stand in the signed manifest alone; NULL with neither error nor text where no salt is named. */
static char *
write_lines (const AssaySlotCase *slot_case, const AssaySpan *span, const AssaySpan *tree, GError **error)
{
  AssayBlob *blob = slot_case->node->blob;
  guint8 salt[ASSAY_RAUC_SALT_BYTES] = { 0 };
  guint8 root[ASSAY_RAUC_HASH_BYTES];
  guint8 block[ASSAY_RAUC_BLOCK_BYTES];
  gsize length = (gsize)MIN (span->length, ASSAY_RAUC_SIGNATURE_BYTES);
  g_autofree guint8 *signature = g_malloc (length);
  if (!assay_blob_read (blob, span->offset, signature, length, error)
      || !assay_blob_read (blob, tree->offset, block, sizeof block, error))
    return NULL;
  if (!assay_rauc_find_salt (signature, length, salt))
    return NULL;
  assay_rauc_hash (salt, block, root);
  g_autofree char *root_text = assay_text_hex (root, sizeof root);
  g_autofree char *salt_text = assay_text_hex (salt, sizeof salt);
  return g_strdup_printf ("verity-hash=%s\nverity-salt=%s\nverity-size=%" G_GUINT64_FORMAT "\n", root_text, salt_text,
                          tree->length);
}

static GBytes *
insert_lines (const char *text, const char *lines)
{
  const char *at = strstr (text, format_line);
  if (at == NULL || (at != text && at[-1] != '\n') || strstr (at + 1, format_line) != NULL)
    return NULL;
  gsize before = (gsize)(at - text) + strlen (format_line);
  char *whole = g_strdup_printf ("%.*s%s%s", (int)before, text, lines, text + before);
  return g_bytes_new_take (whole, strlen (whole));
}

gboolean
assay_slot_find_manifest (const AssaySlotCase *slot_case, const AssaySpan *span, GBytes **out_inside,
                          const char **out_problem, GError **error)
{
  const AssaySpan *tree = find_tree (slot_case->node);
  const AssayNode *bundle = g_ptr_array_index (slot_case->node->children, 0);
  const AssayNode *manifest = assay_account_bundle_file (bundle, ASSAY_RAUC_MANIFEST);
  g_autoptr (GError) failure = NULL;
  if (tree == NULL)
    return TRUE;
  *out_problem = "is of a bundle whose manifest is not there";
  if (manifest == NULL || manifest->size > ASSAY_RAUC_MANIFEST_BYTES || tree->length < ASSAY_RAUC_BLOCK_BYTES)
    return TRUE;
  g_autofree char *text = read_text (manifest->blob, manifest->size, &failure);
  g_autofree char *lines = text == NULL ? NULL : write_lines (slot_case, span, tree, &failure);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  *out_problem = "does not have the bundle's manifest in it, with a tree of hashes";
  if (lines != NULL && strlen (text) == manifest->size)
    *out_inside = insert_lines (text, lines);
  if (*out_inside != NULL)
    *out_problem = NULL;
  return TRUE;
}
