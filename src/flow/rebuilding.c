#include "flow/judging.h"

#include "flow/again.h"
#include "flow/allowance.h"
#include "flow/building.h"
#include "flow/kept.h"
#include "flow/made.h"
#include "flow/offering.h"

#include <assay/error.h>

#include <string.h>

/** One output of one recipe on its way to an expectation. */
typedef struct
{
  AssayFlowResult *result;
  AssayComponent *component;
  const AssayRecipeOutput *output;
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
add_output (const OutputCase *output_case, GError **error)
{
  const AssayRecipeOutput *output = output_case->output;
  AssayComponent *component = output_case->component;
  g_autoptr (GPtrArray) made
      = assay_made_find (component->rebuild, component->recipe, output, &output_case->result->options->limits, error);
  if (made == NULL)
    return FALSE;
  if (made->len > 1)
    {
      g_ptr_array_add (output_case->result->ambiguous,
                       g_strdup_printf ("%s:%d:%d: the output %s matches %u files of the rebuild, and only one can "
                                        "stand for %s",
                                        assay_recipe_file_of_output (component->recipe, output), output->line,
                                        output->column, output->from, made->len,
                                        output->at == NULL ? "the image" : output->at));
      return TRUE;
    }
  AssayMade *one = g_ptr_array_steal_index (made, 0);
  AssayExpectation *expectation = assay_made_expect (one);
  g_ptr_array_add (component->made, one);
  g_ptr_array_add (component->expectations, expectation);
  g_ptr_array_add (output_case->result->expectations, expectation);
  add_symbols (output_case, expectation);
  return TRUE;
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

static gboolean
add_outputs (AssayFlowResult *result, AssayComponent *component, GError **error)
{
  OutputCase output_case = { .result = result, .component = component };
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
  assay_made_digest (component->made, &component->outputs_sha256);
  return TRUE;
}

/* What lies in the directory of a rebuild is still what was rebuilt: nobody may take a changed file for it. */
static gboolean
check_rebuilt (const AssayFlowResult *result, const AssayComponent *component, GError **error)
{
  const char *record = NULL;
  const char *path = assay_rebuild_get_rebuilt (component->rebuild, &record);
  if (path == NULL)
    return TRUE;
  if (!assay_kept_check_listed (path, component->recipe, record, error))
    return FALSE;
  for (guint i = 0; i < component->recipe->outputs->len; i++)
    {
      g_autoptr (GPtrArray) made
          = assay_made_find (component->rebuild, component->recipe, g_ptr_array_index (component->recipe->outputs, i),
                             &result->options->limits, error);
      if (made == NULL || !assay_kept_compare (path, made, component->recipe, error))
        return FALSE;
    }
  return TRUE;
}

void
assay_flow_rebuild_all (AssayFlowResult *result)
{
  g_autoptr (GError) trouble = NULL;
  g_autoptr (AssayHidden) hidden = hide_image (result, &trouble);
  g_autoptr (AssayOffering) offering = assay_offering_new (result);
  AssayRebuildOptions options = { .work_dir = result->options->work_dir,
                                  .limits = &result->options->limits,
                                  .hidden = hidden,
                                  .record = result->options->record,
                                  .find_content = assay_offering_find,
                                  .content_data = offering,
                                  .progress = result->options->progress };
  if (hidden != NULL)
    assay_flow_build_all (result, &options, assay_offering_look_ahead, offering);
  for (guint i = 0; i < result->components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (result->components, i);
      component->options.hidden = NULL;
      component->options.find_content = NULL;
      component->options.content_data = NULL;
      if (hidden == NULL && component->trouble == NULL)
        component->trouble = g_error_copy (trouble);
    }
}

gboolean
assay_flow_take_rebuild (AssayFlowResult *result, AssayComponent *component, GError **error)
{
  if (component->rebuild == NULL)
    {
      assay_flow_note_allowance (result, component->recipe);
      assay_flow_take_trouble (result, component, error);
      return FALSE;
    }
  assay_rebuild_add_natures (component->rebuild, result->natures);
  if (!check_rebuilt (result, component, error) || !add_outputs (result, component, error))
    return FALSE;
  if (!result->options->twice)
    return TRUE;
  /* Where the second does not come about the first stands, and the verdict is undecided at best. */
  g_autoptr (GError) local = NULL;
  return assay_flow_take_again (component, &result->options->limits, &local)
         || assay_flow_absorb (result, g_steal_pointer (&local), error);
}
