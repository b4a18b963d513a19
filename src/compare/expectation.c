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
  g_clear_pointer (&expectation->root, assay_node_free);
  g_clear_pointer (&expectation->blob, assay_blob_unref);
  g_clear_pointer (&expectation->directory, assay_directory_unref);
  g_clear_pointer (&expectation->symbols, g_ptr_array_unref);
  g_clear_pointer (&expectation->symbol_names, g_ptr_array_unref);
  g_free (expectation->at);
  g_free (expectation->from);
  g_free (expectation);
}

gboolean
assay_expectation_unpack (AssayExpectation *expectation, const AssayUnpackOptions *options, GError **error)
{
  if (expectation->root != NULL)
    return TRUE;
  if (expectation->is_tree)
    expectation->root = assay_unpack_directory (expectation->directory, options, error);
  else
    expectation->root = assay_unpack_blob (expectation->blob, options, error);
  return expectation->root != NULL;
}
