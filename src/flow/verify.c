#include "flow/caching.h"
#include "flow/retrying.h"

#include "flow/building.h"
#include "input/recipe_files.h"
#include "util/crew.h"
#include "util/output.h"

#include <assay/error.h>

/* A recipe that cannot be built as it is written, known before the first step of any. */
static gboolean
check_recipe (const AssayFlowResult *result, const AssayRecipe *recipe, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (assay_rebuild_check (recipe, result->options->work_dir, &local)
      || !g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_USAGE))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* What a recipe names is read as well. A commit is not what lies in the work tree beside it. */
gboolean
assay_flow_check_output_apart (const char *output, const AssayRecipe *recipe, GError **error)
{
  const GPtrArray *const lists[]
      = { recipe->source, recipe->patches, recipe->inputs, recipe->toolchain, recipe->mtrees };
  if (recipe->defaults != NULL && !assay_output_check_apart (output, recipe->defaults->path, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; j < lists[i]->len; j++)
      {
        const AssayRecipeLayer *layer = g_ptr_array_index (lists[i], j);
        if (layer->kind != ASSAY_SOURCE_GIT && !assay_output_check_apart (output, layer->path, error))
          return FALSE;
      }
  return TRUE;
}

static gboolean
check_outputs_apart (const AssayFlowOptions *options, const AssayRecipe *recipe, GError **error)
{
  for (const char *const *path = options->documents; path != NULL && *path != NULL; path++)
    if (!assay_flow_check_output_apart (*path, recipe, error))
      return FALSE;
  return assay_flow_check_output_apart (options->output, recipe, error);
}

/* Everything that can be wrong before the first step runs: so that a typing mistake is not found after six hours. */
static gboolean
load_components (AssayFlowResult *result, char *const *recipes, GError **error)
{
  for (; *recipes != NULL; recipes++)
    {
      AssayComponent *component = assay_component_new ();
      g_ptr_array_add (result->components, component);
      component->path = g_strdup (*recipes);
      component->recipe = assay_recipe_load (*recipes, error);
      if (component->recipe == NULL || !check_outputs_apart (result->options, component->recipe, error)
          || !check_recipe (result, component->recipe, error))
        return FALSE;
    }
  assay_flow_name_components (result, 2);
  return TRUE;
}

static gboolean
digest_inputs (AssayFlowResult *result, GError **error)
{
  g_autoptr (GHashTable) toolchains = assay_recipe_toolchains_new ();
  for (guint i = 0; i < result->components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (result->components, i);
      g_autoptr (GError) local = NULL;
      if (assay_recipe_check_inputs_once (component->recipe, toolchains, &component->digests, &local)
          && assay_recipe_read_mtrees (component->recipe, component->digests, &result->options->limits, &local))
        continue;
      component->failed = TRUE;
      component->trouble = g_error_copy (local);
      if (!assay_flow_absorb (result, g_steal_pointer (&local), error))
        return FALSE;
    }
  return TRUE;
}

/* With what the inputs digest to. */
static gboolean
finish_preparing (AssayFlowResult *result, GError **error)
{
  assay_flow_grant (result);
  return assay_flow_open_cache (result, error);
}

gboolean
assay_flow_prepare (AssayFlowResult *result, char *const *recipes, GError **error)
{
  return assay_flow_load_policy (result, error) && load_components (result, recipes, error)
         && digest_inputs (result, error) && finish_preparing (result, error);
}

/** Files that could not be looked into which are named; all are in the report. */
#define MOST_UNREAD 5u

/* T4, T16: ready-made code may lie in what nobody could read. @where: what such a file is to a reader */
static void
note_unread (AssayFlowResult *result, const GPtrArray *unread, const char *where)
{
  guint count = 0;
  for (guint i = 0; unread != NULL && i < unread->len; i++)
    {
      const AssayUnread *file = g_ptr_array_index (unread, i);
      if (!assay_policy_lets_unread (result->policy, &file->sha256) && count++ < MOST_UNREAD)
        g_ptr_array_add (result->failures,
                         g_strdup_printf ("%s, which %s, could not be looked into for ready-made code (%s); a line of "
                                          "`unread` in a policy may accept it",
                                          file->path, where, file->why));
    }
  if (count > MOST_UNREAD)
    g_ptr_array_add (result->failures,
                     g_strdup_printf ("%u more %s, which %s, could not be looked into", count - MOST_UNREAD,
                                      count - MOST_UNREAD == 1 ? "file" : "files", where));
}

gboolean
assay_flow_build (AssayFlowResult *result, GError **error)
{
  ASSAY_TIMED (result->options->timings, ASSAY_STAGE_BUILDING);
  assay_flow_rebuild_all (result);
  /* in the order of the recipes, whichever was done first */
  for (guint i = 0; i < result->components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (result->components, i);
      g_autoptr (GError) local = NULL;
      if (!component->failed && !assay_flow_take_rebuild (result, component, &local))
        {
          component->failed = TRUE;
          if (!assay_flow_absorb (result, g_steal_pointer (&local), error))
            return FALSE;
        }
      note_unread (result, assay_flow_unread_of_delivery (component), "came with the source");
      note_unread (result, assay_flow_unread_of_toolchain (component), "is of the toolchain");
      result->expected_incomplete = result->expected_incomplete || component->failed;
    }
  assay_flow_doubt_layout (result);
  assay_flow_note_inputs (result);
  return TRUE;
}

static gboolean
open_image (AssayFlowResult *result, const char *image, GError **error)
{
  const AssayFlowOptions *options = result->options;
  AssayUnpackOptions reading = { .limits = &options->limits, .progress = options->progress };
  ASSAY_TIMED (options->timings, ASSAY_STAGE_READING);
  result->image = assay_image_open_digested (image, &reading, options->digests != ASSAY_DIGESTS_FILES, error);
  if (result->image != NULL)
    assay_timings_add (options->timings, ASSAY_STAGE_READING, result->image->size);
  return result->image != NULL;
}

/** What is read before the first step: the image, and what goes into the builds. */
typedef struct
{
  AssayFlowResult *result;
  const char *image;
  GError *image_trouble;
  GError *input_trouble;
  gboolean digested;
} Reading;

static void
reading_clear (Reading *reading)
{
  g_clear_error (&reading->image_trouble);
  g_clear_error (&reading->input_trouble);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static void
read_one (guint index, gpointer data)
{
  Reading *reading = data;
  if (index == 0)
    open_image (reading->result, reading->image, &reading->image_trouble);
  else
    reading->digested = digest_inputs (reading->result, &reading->input_trouble);
}

/* Neither knows of the other: both at once. What is wrong with the inputs is said first. */
static gboolean
read_all (Reading *reading, GError **error)
{
  ASSAY_TIMED (reading->result->options->timings, ASSAY_STAGE_READING);
  assay_crew_run (2, assay_rebuild_count_jobs (reading->result->options->jobs), read_one, reading);
  if (!reading->digested)
    g_propagate_error (error, g_steal_pointer (&reading->input_trouble));
  return reading->digested && finish_preparing (reading->result, error)
         && (reading->image_trouble == NULL
             || assay_flow_absorb (reading->result, g_steal_pointer (&reading->image_trouble), error));
}

AssayFlowResult *
assay_flow_verify (const char *image, char *const *recipes, const AssayFlowOptions *options, GError **error)
{
  g_autoptr (AssayFlowResult) result = assay_flow_result_new (options);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_auto (GStrv) files = assay_recipe_files_list ((const char *const *)recipes, ASSAY_RECIPE_FILES_RECIPES, error);
  if (files == NULL)
    return NULL;
  for (char *const *recipe = files; *recipe != NULL; recipe++)
    g_ptr_array_add (names, *recipe);
  for (char **path = options->rebuilt; path != NULL && *path != NULL; path++)
    g_ptr_array_add (names, *path);
  g_ptr_array_add (names, (gpointer)image);
  g_ptr_array_add (names, NULL);
  g_auto (Reading) reading = { .result = result, .image = image };
  if (!assay_flow_options_check_inputs (options, (const char *const *)names->pdata, error)
      || !assay_flow_load_policy (result, error) || !load_components (result, files, error)
      || (options->rebuilt != NULL && !assay_flow_open_secret (result, error)) || !read_all (&reading, error))
    return NULL;
  if (result->image != NULL && !assay_flow_build (result, error))
    return NULL;
  if (!assay_flow_judge (result, error))
    return NULL;
  return options->rebuild_at_shipped_time ? assay_flow_retry_at_shipped_time (g_steal_pointer (&result), files, error)
                                          : g_steal_pointer (&result);
}
