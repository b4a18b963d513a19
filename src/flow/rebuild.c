#include "flow/rebuild.h"

#include "flow/again.h"
#include "flow/building.h"
#include "flow/caching.h"
#include "flow/causes.h"
#include "flow/kept.h"
#include "flow/retrying.h"
#include "input/recipe_files.h"
#include "util/directory.h"
#include "util/json.h"
#include "util/system.h"
#include "util/text.h"

#include <assay/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** One component, and what came of it. @failure: why nothing was made, or NULL */
typedef struct
{
  AssayComponent *component;
  GPtrArray *unlike; /* AssayUnlike; NULL unless rebuilt twice */
  GPtrArray *trials; /* AssayCauseTrial; NULL unless causes were asked for */
  char *failure;
} Part;

/** What `rebuild` works on. @several: each component has a directory and a report of its own among others */
typedef struct
{
  const AssayRebuildWish *wish;
  AssayFlowResult *result;
  GPtrArray *parts; /* Part */
  gboolean several;
} Rebuilding;

static void
part_free (gpointer data)
{
  Part *part = data;
  g_clear_pointer (&part->unlike, g_ptr_array_unref);
  g_clear_pointer (&part->trials, g_ptr_array_unref);
  g_free (part->failure);
  g_free (part);
}

static void
rebuilding_clear (Rebuilding *rebuilding)
{
  g_clear_pointer (&rebuilding->parts, g_ptr_array_unref);
  g_clear_pointer (&rebuilding->result, assay_flow_result_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rebuilding, rebuilding_clear)

static gboolean
check_inputs (const Rebuilding *rebuilding, char **files, GError **error)
{
  const AssayRebuildWish *wish = rebuilding->wish;
  if (rebuilding->several && wish->shell)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                           "--shell enters the sandbox of one recipe; several are given");
      return FALSE;
    }
  return assay_flow_options_check_inputs (rebuilding->result->options, (const char *const *)files, error)
         && assay_kept_check (wish->output, error);
}

/* What is wrong with an input of the only recipe ends this command, which has nothing else to say. */
static gboolean
prepare (Rebuilding *rebuilding, GError **error)
{
  const AssayRebuildWish *wish = rebuilding->wish;
  AssayFlowResult *result = rebuilding->result;
  g_auto (GStrv) files
      = assay_recipe_files_list ((const char *const *)wish->recipes, ASSAY_RECIPE_FILES_RECIPES, error);
  if (files == NULL)
    return FALSE;
  rebuilding->several = files[1] != NULL || strcmp (files[0], wish->recipes[0]) != 0;
  if (!check_inputs (rebuilding, files, error) || !assay_flow_prepare (result, files, error))
    return FALSE;
  assay_flow_name_components (result, rebuilding->several ? 1 : 2);
  for (guint i = 0; i < result->components->len; i++)
    {
      Part *part = g_new0 (Part, 1);
      part->component = g_ptr_array_index (result->components, i);
      g_ptr_array_add (rebuilding->parts, part);
      if (!assay_flow_check_output_apart (wish->output, part->component->recipe, error))
        return FALSE;
    }
  if (rebuilding->several || result->failures->len == 0)
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, g_ptr_array_index (result->failures, 0));
  return FALSE;
}

static gboolean
take_outputs (const Rebuilding *rebuilding, AssayComponent *component, GError **error)
{
  for (guint i = 0; i < component->recipe->outputs->len; i++)
    {
      g_autoptr (GPtrArray) made
          = assay_made_find (component->rebuild, component->recipe, g_ptr_array_index (component->recipe->outputs, i),
                             &rebuilding->result->options->limits, error);
      if (made == NULL)
        return FALSE;
      while (made->len > 0)
        {
          AssayMade *one = g_ptr_array_steal_index (made, 0);
          AssayExpectation *expectation = assay_made_expect (one);
          g_ptr_array_add (component->made, one);
          g_ptr_array_add (component->expectations, expectation);
          g_ptr_array_add (rebuilding->result->expectations, expectation);
        }
    }
  assay_made_digest (component->made, &component->outputs_sha256);
  return TRUE;
}

static gboolean
take_part (const Rebuilding *rebuilding, Part *part, GError **error)
{
  AssayComponent *component = part->component;
  const AssayFlowOptions *options = rebuilding->result->options;
  if (component->rebuild == NULL)
    {
      assay_flow_take_trouble (rebuilding->result, component, error);
      return FALSE;
    }
  if (!take_outputs (rebuilding, component, error))
    return FALSE;
  if (!options->twice)
    return TRUE;
  if (!assay_flow_take_again (component, &options->limits, error))
    return FALSE;
  part->unlike = assay_unlike_list (component, &options->limits, error);
  return part->unlike != NULL
         && (!rebuilding->wish->find_causes
             || assay_causes_find (component, &component->options, &part->unlike, &part->trials, error));
}

/* Of several one that fails is told of beside the others; what ends everything ends the work. */
static gboolean
build (Rebuilding *rebuilding, GError **error)
{
  const AssayFlowOptions *options = rebuilding->result->options;
  const AssayRebuildOptions template = { .work_dir = options->work_dir,
                                         .limits = &options->limits,
                                         .search = ASSAY_REBUILD_SEARCH_NOTHING,
                                         .keyed = TRUE,
                                         .shell = rebuilding->wish->shell,
                                         .record = options->record,
                                         .progress = options->progress };
  assay_flow_build_all (rebuilding->result, &template, NULL, NULL);
  for (guint i = 0; i < rebuilding->parts->len; i++)
    {
      Part *part = g_ptr_array_index (rebuilding->parts, i);
      g_autoptr (GError) local = NULL;
      if (take_part (rebuilding, part, &local))
        continue;
      part->failure = g_strdup (local->message);
      part->component->failed = TRUE;
      if (rebuilding->several && assay_flow_absorb (rebuilding->result, g_steal_pointer (&local), error))
        continue;
      if (local != NULL)
        g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

static json_t *
describe_outputs (const Part *part)
{
  json_t *list = json_array ();
  const AssayComponent *component = part->component;
  for (guint i = 0; i < component->made->len; i++)
    {
      const AssayMade *made = g_ptr_array_index (component->made, i);
      json_t *described = json_object ();
      char hex[ASSAY_DIGEST_HEX_SIZE];
      g_autofree char *name = assay_kept_name (made, component->recipe);
      assay_digest_to_hex (&made->sha256, hex);
      json_object_set_new (described, "from", assay_json_text (made->output->from));
      json_object_set_new (described, "path", assay_json_text (name));
      json_object_set_new (described, "type", json_string (made->blob == NULL ? "directory" : "file"));
      json_object_set_new (described, "sha256", json_string (hex));
      if (made->blob != NULL)
        json_object_set_new (described, "size", assay_json_count (assay_blob_get_size (made->blob)));
      json_array_append_new (list, described);
    }
  return list;
}

static json_t *
describe_unlike (const Part *part, const AssayUnlike *unlike)
{
  json_t *described = json_object ();
  g_autofree char *name = assay_kept_name (unlike->made, part->component->recipe);
  json_object_set_new (described, "output", assay_json_text (name));
  json_object_set_new (described, "path", assay_json_text (unlike->path));
  if (unlike->fact != NULL)
    json_object_set_new (described, "fact", assay_json_text (unlike->fact));
  else
    {
      json_t *range = json_object ();
      json_object_set_new (range, "offset", assay_json_count (unlike->offset));
      json_object_set_new (range, "length", assay_json_count (unlike->length));
      json_object_set_new (described, "range", range);
    }
  if (unlike->first != NULL)
    json_object_set_new (described, "first", assay_json_text (unlike->first));
  if (unlike->second != NULL)
    json_object_set_new (described, "second", assay_json_text (unlike->second));
  if (part->trials == NULL)
    return described;
  json_t *causes = json_array ();
  for (guint i = 0; i < unlike->causes->len; i++)
    json_array_append_new (causes, json_string (g_ptr_array_index (unlike->causes, i)));
  json_object_set_new (described, "causes", causes);
  return described;
}

static json_t *
describe_trials (const GPtrArray *trials)
{
  json_t *list = json_array ();
  for (guint i = 0; i < trials->len; i++)
    {
      const AssayCauseTrial *trial = g_ptr_array_index (trials, i);
      json_t *described = json_object ();
      json_object_set_new (described, "with", json_string (trial->name));
      if (trial->failure != NULL)
        json_object_set_new (described, "failure", assay_json_text (trial->failure));
      json_array_append_new (list, described);
    }
  return list;
}

static json_t *
describe_tool (void)
{
  return json_pack ("{s:s,s:s}", "name", "assay", "version", ASSAY_VERSION);
}

/* The parts that the report of `verify` has of a rebuild too, and what only this one has. */
static json_t *
describe (const Rebuilding *rebuilding, const Part *part)
{
  json_t *report = assay_flow_describe_component (rebuilding->result, part->component);
  json_t *second = json_object_get (report, "second");
  json_object_del (report, "kind");
  json_object_set_new (report, "schema", json_string ("assay.rebuild/1"));
  json_object_set_new (report, "tool", describe_tool ());
  json_t *options = assay_flow_describe_options (rebuilding->result);
  json_object_set_new (options, "mode", json_string ("rebuild"));
  json_object_set_new (report, "options", options);
  if (part->failure != NULL)
    {
      json_object_set_new (report, "failure", assay_json_text (part->failure));
      return report;
    }
  json_object_set_new (report, "outputs", describe_outputs (part));
  if (second == NULL)
    return report;
  json_object_set (report, "reproducible", json_object_get (second, "reproducible"));
  json_t *differences = json_array ();
  for (guint i = 0; i < part->unlike->len; i++)
    json_array_append_new (differences, describe_unlike (part, g_ptr_array_index (part->unlike, i)));
  json_object_set_new (report, "differences", differences);
  if (part->trials != NULL)
    json_object_set_new (report, "trials", describe_trials (part->trials));
  return report;
}

/* By what `verify --rebuilt` knows that it is our rebuild. Where there is no key, it has to be rebuilt then. */
static gboolean
seal (const Rebuilding *rebuilding, const Part *part, AssayKeptSeal *out, GError **error)
{
  AssayComponent *component = part->component;
  g_autoptr (GError) local = NULL;
  if (!assay_rebuild_has_key (component->rebuild))
    return TRUE;
  if (rebuilding->result->secret != NULL || assay_flow_open_secret (rebuilding->result, &local))
    {
      out->rebuild = component->rebuild;
      out->secret = rebuilding->result->secret;
      return TRUE;
    }
  if (rebuilding->result->options->cache_key != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_ptr_array_add (component->notes, g_strdup_printf ("`verify --rebuilt` will not take it: %s", local->message));
  return TRUE;
}

static gboolean
write_part (const Rebuilding *rebuilding, const Part *part, const char *path, const json_t *report, GError **error)
{
  AssayKeptSeal known = { .rebuild = NULL };
  if (!seal (rebuilding, part, &known, error))
    return FALSE;
  char *record = assay_json_canonical (report);
  gboolean written = assay_kept_write (path, part->component->made, part->component->recipe, record, &known, error);
  free (record);
  return written;
}

/* Those of one directory come together or not at all: it was empty before, so that all in it is ours. */
static gboolean
write_several (const Rebuilding *rebuilding, const json_t *reports, GError **error)
{
  const char *output = rebuilding->wish->output;
  gboolean any = FALSE;
  gboolean done = TRUE;
  for (guint i = 0; i < rebuilding->parts->len; i++)
    any = any || ((const Part *)g_ptr_array_index (rebuilding->parts, i))->failure == NULL;
  if (!any)
    return TRUE;
  gboolean made = mkdir (output, 0777) == 0;
  if (!made && errno != EEXIST)
    return assay_system_error (error, errno, "make the directory", output);
  for (guint i = 0; done && i < rebuilding->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (rebuilding->parts, i);
      g_autofree char *path = g_build_filename (output, part->component->name, NULL);
      done = part->failure != NULL || write_part (rebuilding, part, path, json_array_get (reports, i), error);
    }
  if (done)
    return TRUE;
  g_autoptr (AssayDirectory) directory = assay_directory_open (output, NULL);
  if (directory != NULL)
    assay_directory_remove_contents (directory, NULL);
  if (made)
    rmdir (output);
  return FALSE;
}

/* The names stand in the list alone: each report is then the one that its component has by itself. */
static json_t *
combine (const Rebuilding *rebuilding, json_t *reports)
{
  json_t *combined = json_object ();
  for (guint i = 0; i < rebuilding->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (rebuilding->parts, i);
      json_object_set_new (json_array_get (reports, i), "name", assay_json_text (part->component->name));
    }
  json_object_set_new (combined, "schema", json_string ("assay.rebuilds/1"));
  json_object_set_new (combined, "tool", describe_tool ());
  json_object_set_new (combined, "components", reports);
  return combined;
}

static json_t *
write_all (const Rebuilding *rebuilding, json_t *reports, GError **error)
{
  if (rebuilding->several)
    return write_several (rebuilding, reports, error) ? combine (rebuilding, json_incref (reports)) : NULL;
  json_t *report = json_array_get (reports, 0);
  const Part *part = g_ptr_array_index (rebuilding->parts, 0);
  return write_part (rebuilding, part, rebuilding->wish->output, report, error) ? json_incref (report) : NULL;
}

json_t *
assay_flow_rebuild_only (const AssayRebuildWish *wish, const AssayFlowOptions *options, gboolean *out_complete,
                         GError **error)
{
  g_auto (Rebuilding) rebuilding = { .wish = wish, .result = assay_flow_result_new (options) };
  rebuilding.parts = g_ptr_array_new_with_free_func (part_free);
  ASSAY_TIMED (options->timings, ASSAY_STAGE_BUILDING);
  if (!prepare (&rebuilding, error) || !build (&rebuilding, error))
    return NULL;
  g_autoptr (json_t) reports = json_array ();
  *out_complete = TRUE;
  for (guint i = 0; i < rebuilding.parts->len; i++)
    {
      const Part *part = g_ptr_array_index (rebuilding.parts, i);
      json_array_append_new (reports, describe (&rebuilding, part));
      *out_complete = *out_complete && part->failure == NULL;
    }
  json_t *report = write_all (&rebuilding, reports, error);
  g_autoptr (GPtrArray) notes = assay_flow_result_list_notes (rebuilding.result);
  g_ptr_array_extend_and_steal (wish->notes, g_steal_pointer (&notes));
  return report;
}
