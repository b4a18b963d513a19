#include "fixed_image.h"

#include "account/names/names_of.h"
#include "account/signed.h"
#include "unpack/fact.h"

#include <string.h>

AssayNode *
add_entry (Image *image, AssayNode *node, AssayNodeType type, const char *path)
{
  node->type = type;
  node->path = g_strdup (path);
  node->parent = &image->container;
  node->facts = assay_facts_new ();
  g_ptr_array_add (image->container.children, node);
  g_hash_table_insert (image->pairing.matches, node, &image->none);
  return node;
}

void
image_init (Image *image, const char *format, const char *path, const char *mode)
{
  static const guint8 content[1024] = { 0x1f, 0x8b };
  g_autoptr (GBytes) bytes = g_bytes_new_static (content, sizeof content);
  memset (image, 0, sizeof *image);
  image->work.fixed = g_hash_table_new (NULL, NULL);
  image->work.measured = g_hash_table_new (NULL, NULL);
  image->pairing.matches = g_hash_table_new (NULL, NULL);
  image->work.pairing = &image->pairing;
  image->account.misnamed = g_ptr_array_new ();
  image->work.account = &image->account;
  image->work.run = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
  image->container
      = (AssayNode){ .path = g_strdup ("."), .format = format, .children = g_ptr_array_new (), .facts = NULL };
  g_hash_table_insert (image->pairing.matches, &image->container, &image->none);
  AssayNode *node = add_entry (image, &image->stream, ASSAY_NODE_FILE, path);
  node->format = "gzip";
  node->stream = "gzip";
  node->size = sizeof content;
  node->blob = assay_blob_new_for_bytes (bytes);
  node->spans = g_array_new (FALSE, FALSE, sizeof (AssaySpan));
  node->children = g_ptr_array_new ();
  g_ptr_array_add (node->children, &image->content);
  image->content.size = 1;
  if (mode != NULL)
    assay_facts_add (node->facts, "mode", "%s", mode);
}

void
image_clear (Image *image)
{
  for (guint i = 0; i < image->container.children->len; i++)
    {
      AssayNode *node = g_ptr_array_index (image->container.children, i);
      g_free (node->path);
      g_array_unref (node->facts);
    }
  g_free (image->container.path);
  g_ptr_array_unref (image->container.children);
  assay_blob_unref (image->stream.blob);
  g_array_unref (image->stream.spans);
  g_ptr_array_unref (image->stream.children);
  g_hash_table_unref (image->work.fixed);
  g_hash_table_unref (image->work.measured);
  g_hash_table_unref (image->pairing.matches);
  g_hash_table_unref (image->work.run);
  g_ptr_array_unref (image->account.misnamed);
  g_clear_pointer (&image->work.sourced, g_hash_table_unref);
  g_clear_pointer (&image->work.names, assay_names_free);
  g_clear_pointer (&image->work.signed_beside, assay_signed_beside_free);
}
gboolean
is_fixed (Image *image)
{
  return assay_account_is_fixed (&image->work, &image->stream);
}
