#include "compare/expectation.h"

static AssayExpectation *
expectation_new (const char *at, const char *from)
{
  AssayExpectation *expectation = g_new0 (AssayExpectation, 1);
  expectation->at = g_strdup (at);
  expectation->from = g_strdup (from);
  expectation->symbols = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_blob_unref);
  expectation->symbol_names = g_ptr_array_new_with_free_func (g_free);
  return expectation;
}

AssayExpectation *
assay_expectation_new_file (const char *at, AssayBlob *blob, const char *from)
{
  AssayExpectation *expectation = expectation_new (at, from);
  expectation->blob = assay_blob_ref (blob);
  return expectation;
}

AssayExpectation *
assay_expectation_new_tree (const char *at, AssayDirectory *directory, const char *from)
{
  AssayExpectation *expectation = expectation_new (at, from);
  expectation->is_tree = TRUE;
  expectation->directory = assay_directory_ref (directory);
  return expectation;
}

void
assay_expectation_add_symbols (AssayExpectation *expectation, AssayBlob *blob, const char *path)
{
  g_ptr_array_add (expectation->symbols, assay_blob_ref (blob));
  g_ptr_array_add (expectation->symbol_names, g_path_get_basename (path));
}

void
assay_expectation_free (AssayExpectation *expectation)
{
  if (expectation == NULL)
    return;
  assay_expectation_free (expectation->second);
  g_clear_pointer (&expectation->root, assay_node_free);
  g_clear_pointer (&expectation->blob, assay_blob_unref);
  g_clear_pointer (&expectation->directory, assay_directory_unref);
  g_clear_pointer (&expectation->symbols, g_ptr_array_unref);
  g_clear_pointer (&expectation->symbol_names, g_ptr_array_unref);
  g_free (expectation->at);
  g_free (expectation->from);
  g_free (expectation);
}

/* The part of an image's node path that is a path inside of what stands for it; NULL where it lies elsewhere. */
static const char *
inner_path (const AssayExpectation *expectation, const char *path)
{
  gsize length = strlen (expectation->at);
  gboolean image = strcmp (expectation->at, ".") == 0;
  if (image || strncmp (path, expectation->at, length) != 0)
    return image ? path : NULL;
  if (expectation->is_tree)
    return path[length] == '\0' ? NULL : path + length;
  if (path[length] == '\0')
    return ".";
  return strncmp (path + length, "//", 2) == 0 && path[length + 2] != '\0' ? path + length + 2 : NULL;
}

/* A layout speaks of node paths of the image, and what stands for one of its nodes has paths of its own. */
static GArray *
inner_layout (const AssayExpectation *expectation, const GArray *layout)
{
  GArray *inner = g_array_new (FALSE, FALSE, sizeof (AssayUnpackLayout));
  for (guint i = 0; layout != NULL && i < layout->len; i++)
    {
      AssayUnpackLayout range = g_array_index (layout, AssayUnpackLayout, i);
      range.in = inner_path (expectation, range.in);
      if (range.in != NULL)
        g_array_append_val (inner, range);
    }
  return inner;
}

gboolean
assay_expectation_unpack (AssayExpectation *expectation, const AssayUnpackOptions *options, GError **error)
{
  if (expectation->root != NULL)
    return TRUE;
  g_autoptr (GArray) layout = inner_layout (expectation, options->layout);
  AssayUnpackOptions inner = *options;
  inner.layout = layout;
  inner.expected = TRUE;
  if (expectation->is_tree)
    expectation->root = assay_unpack_directory (expectation->directory, &inner, error);
  else
    expectation->root = assay_unpack_blob (expectation->blob, &inner, error);
  return expectation->root != NULL
         && (expectation->second == NULL || assay_expectation_unpack (expectation->second, options, error));
}

AssayNode *
assay_expectation_find_second (const AssayExpectation *expectation, const AssayNode *node)
{
  AssayNode *root = expectation->second == NULL ? NULL : expectation->second->root;
  return root == NULL ? NULL : assay_node_find (root, node->path);
}
