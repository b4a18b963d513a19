#include "flow/judging.h"

#include "crypto/sha256.h"
#include "flow/allowance.h"
#include "flow/digests.h"

#include <assay/error.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/** One output of one recipe on its way to an expectation. */
typedef struct
{
  AssayFlowResult *result;
  AssayComponent *component;
  const AssayRecipeOutput *output;
  GPtrArray *listing; /* utf8: a line for each file, for the digest of all outputs */
} OutputCase;

/** A file of symbols that was found, and what it speaks for. */
typedef struct
{
  const char *path;
  AssayExpectation *expectation;
} SymbolsVisit;

static gboolean
keep_elf (AssayNode *node, gpointer data)
{
  const SymbolsVisit *visit = data;
  if (node->blob != NULL && strcmp (node->format, "elf") == 0)
    assay_expectation_add_symbols (visit->expectation, node->blob, node->parent == NULL ? visit->path : node->path);
  return TRUE;
}

/* An ELF file names parts by itself, a package of debug symbols by the ELF files in it. These only name things: where
 * one cannot be read there are fewer names, and nothing else changes. */
static void
add_symbols_of (const OutputCase *output_case, const char *path, AssayExpectation *expectation)
{
  g_autoptr (GError) ignored = NULL;
  AssayUnpackOptions options = { .limits = &output_case->result->options->limits };
  g_autoptr (AssayBlob) blob
      = assay_blob_new_for_file (assay_rebuild_get_root (output_case->component->rebuild), path, &ignored);
  g_autoptr (AssayNode) root = blob == NULL ? NULL : assay_unpack_blob (blob, &options, &ignored);
  SymbolsVisit visit = { path, expectation };
  if (root != NULL)
    assay_node_visit (root, keep_elf, &visit);
}

static void
add_symbols (const OutputCase *output_case, AssayExpectation *expectation)
{
  AssayRebuild *rebuild = output_case->component->rebuild;
  for (char **from = output_case->output->symbols; from != NULL && *from != NULL; from++)
    {
      g_autoptr (GError) ignored = NULL;
      g_autoptr (GPtrArray) paths = assay_rebuild_find (rebuild, *from, &ignored);
      for (guint i = 0; paths != NULL && i < paths->len; i++)
        add_symbols_of (output_case, g_ptr_array_index (paths, i), expectation);
    }
}

static gboolean
add_file (const OutputCase *output_case, const char *path, GError **error)
{
  const char *at = output_case->output->at == NULL ? "." : output_case->output->at;
  AssayDirectory *root = assay_rebuild_get_root (output_case->component->rebuild);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_file (root, path, error);
  AssayDigest digest;
  if (blob == NULL || !assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &digest, error))
    return FALSE;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&digest, hex);
  g_ptr_array_add (output_case->listing,
                   g_strdup_printf ("f %" G_GUINT64_FORMAT " %s %s\n", assay_blob_get_size (blob), hex, path));
  AssayExpectation *expectation = assay_expectation_new_file (at, blob, path);
  add_symbols (output_case, expectation);
  g_ptr_array_add (output_case->result->expectations, expectation);
  return TRUE;
}

static gboolean
add_tree (const OutputCase *output_case, const char *path, GError **error)
{
  const char *given = output_case->output->at;
  AssayDirectory *root = assay_rebuild_get_root (output_case->component->rebuild);
  g_autoptr (AssayDirectory) directory = assay_directory_open_beneath (root, path, error);
  if (directory == NULL)
    return FALSE;
  g_autofree char *at = NULL;
  if (given == NULL || strcmp (given, ".") == 0 || strcmp (given, "./") == 0)
    at = g_strdup ("");
  else
    at = g_str_has_suffix (given, "/") ? g_strdup (given) : g_strconcat (given, "//", NULL);
  AssayExpectation *expectation = assay_expectation_new_tree (at, directory, path);
  add_symbols (output_case, expectation);
  g_ptr_array_add (output_case->result->expectations, expectation);
  AssayDigest digest;
  AssayUnpackOptions options = { .limits = &output_case->result->options->limits };
  g_autoptr (AssayNode) listed = assay_unpack_entries (directory, &options, error);
  if (listed == NULL || !assay_tree_digest (listed, NULL, ASSAY_TREE_FACTS_WITHOUT_OWNERS, &digest, error))
    return FALSE;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (&digest, hex);
  g_ptr_array_add (output_case->listing, g_strdup_printf ("d 0 %s %s\n", hex, path));
  return TRUE;
}

static gboolean
add_output (const OutputCase *output_case, GError **error)
{
  const AssayRecipeOutput *output = output_case->output;
  AssayRebuild *rebuild = output_case->component->rebuild;
  g_autoptr (GPtrArray) paths = assay_rebuild_find (rebuild, output->from, error);
  if (paths == NULL)
    return FALSE;
  if (paths->len == 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_NOT_FOUND,
                   "%s:%d:%d: the output %s matches nothing in the build tree", output_case->component->recipe->file,
                   output->line, output->column, output->from);
      return FALSE;
    }
  if (paths->len > 1)
    {
      g_ptr_array_add (output_case->result->ambiguous,
                       g_strdup_printf ("%s:%d:%d: the output %s matches %u files of the rebuild, and only one can "
                                        "stand for %s",
                                        output_case->component->recipe->file, output->line, output->column,
                                        output->from, paths->len, output->at == NULL ? "the image" : output->at));
      return TRUE;
    }
  const char *path = g_ptr_array_index (paths, 0);
  struct stat status;
  if (fstatat (assay_directory_get_fd (assay_rebuild_get_root (rebuild)), path, &status, AT_SYMLINK_NOFOLLOW) != 0)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "the output %s cannot be read", path);
      return FALSE;
    }
  return S_ISDIR (status.st_mode) ? add_tree (output_case, path, error) : add_file (output_case, path, error);
}

/* Of a directory the files count, and no content: files of a delivery may well be shipped as they are. */
static AssayHidden *
hide_image (const AssayFlowResult *result, GError **error)
{
  const AssayImage *image = result->image;
  g_autoptr (AssayHidden) hidden = assay_hidden_new ();
  if (image->has_status)
    assay_hidden_add_file (hidden, &image->status);
  if (image->directory == NULL)
    {
      assay_hidden_set_content (hidden, image->size, &image->sha256);
      return g_steal_pointer (&hidden);
    }
  g_autoptr (GPtrArray) entries
      = assay_directory_walk (image->directory, result->options->limits.value[ASSAY_LIMIT_ENTRIES],
                              assay_limit_name (ASSAY_LIMIT_ENTRIES), error);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    assay_hidden_add_file (hidden, &((const AssayDirectoryEntry *)g_ptr_array_index (entries, i))->status);
  return entries == NULL ? NULL : g_steal_pointer (&hidden);
}

gboolean
assay_flow_rebuild (AssayFlowResult *result, AssayComponent *component, GError **error)
{
  g_autoptr (AssayHidden) hidden = hide_image (result, error);
  if (hidden == NULL)
    return FALSE;
  AssayRecipeLimits allowed;
  assay_flow_allow (result, component->recipe, &allowed);
  AssayRebuildOptions options = { .work_dir = result->options->work_dir,
                                  .jobs = result->options->jobs,
                                  .limits = &result->options->limits,
                                  .allowed = &allowed,
                                  .hidden = hidden,
                                  .progress = result->options->progress };
  component->rebuild = assay_rebuild_run (component->recipe, component->digests, &options, error);
  if (component->rebuild == NULL)
    {
      assay_flow_note_allowance (result, component->recipe);
      return FALSE;
    }
  g_autoptr (GPtrArray) listing = g_ptr_array_new_with_free_func (g_free);
  OutputCase output_case = { .result = result, .component = component, .listing = listing };
  for (guint i = 0; i < component->recipe->outputs->len; i++)
    {
      output_case.output = g_ptr_array_index (component->recipe->outputs, i);
      g_autoptr (GError) local = NULL;
      if (add_output (&output_case, &local))
        continue;
      result->expected_incomplete = TRUE;
      if (!assay_flow_absorb (result, g_steal_pointer (&local), error))
        return FALSE;
    }
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  for (guint i = 0; i < listing->len; i++)
    assay_sha256_update (sha256, g_ptr_array_index (listing, i), strlen (g_ptr_array_index (listing, i)));
  assay_sha256_finish (sha256, &component->outputs_sha256);
  return TRUE;
}
