#include "flow/building.h"

#include "flow/again.h"
#include "flow/allowance.h"
#include "flow/caching.h"
#include "util/crew.h"
#include "util/text.h"

#include <string.h>

typedef struct
{
  AssayFlowResult *result;
  GPtrArray *components; /* AssayComponent: those that are built */
  AssayFlowBeside beside;
  gpointer beside_data;
  AssayProgress *progress;
} Building;

guint
assay_flow_count_at_once (const AssayFlowOptions *options, guint count)
{
  guint wanted = options->components > 0 ? options->components : assay_rebuild_count_jobs (options->jobs);
  return MAX (MIN (wanted, count), 1);
}

guint
assay_flow_count_jobs (const AssayFlowOptions *options, guint count)
{
  return MAX (assay_rebuild_count_jobs (options->jobs) / assay_flow_count_at_once (options, count), 1);
}

static char *
stem (const char *path)
{
  if (strcmp (path, "-") == 0)
    return g_strdup ("standard-input");
  g_autofree char *name = g_path_get_basename (path);
  char *end = strrchr (name, '.');
  return end == NULL || end == name ? g_steal_pointer (&name) : g_strndup (name, (gsize)(end - name));
}

void
assay_flow_name_components (AssayFlowResult *result, guint least)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; result->components->len >= least && i < result->components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (result->components, i);
      guint number = i + 1;
      g_free (component->name);
      component->name = stem (component->path);
      while (!g_hash_table_add (taken, component->name))
        {
          g_autofree char *plain = stem (component->path);
          g_free (component->name);
          component->name = g_strdup_printf ("%s.%u", plain, number++);
        }
    }
}

/* What the others may have of the processes that one user may have. */
static guint64
count_beside (const Building *building, const AssayComponent *component, guint at_once)
{
  guint64 most = 0;
  for (guint i = 0; i < building->components->len; i++)
    {
      const AssayComponent *other = g_ptr_array_index (building->components, i);
      most = other == component ? most : MAX (most, other->allowed.processes);
    }
  return most > G_MAXINT64 / at_once ? G_MAXINT64 : most * (at_once - 1);
}

static void
prepare (const Building *building, const AssayRebuildOptions *template, AssayComponent *component, guint at_once)
{
  AssayRebuildOptions *options = &component->options;
  *options = *template;
  options->jobs = assay_flow_count_jobs (building->result->options, building->result->components->len);
  options->name = component->name;
  options->allowed = &component->allowed;
  assay_flow_use_cache (building->result, component, options);
  options->beside_processes = count_beside (building, component, at_once);
}

/* In a thread of the crew: nothing of the result is written here but this one component. */
static void
build_one (guint index, gpointer data)
{
  const Building *building = data;
  if (index == building->components->len)
    {
      building->beside (building->beside_data);
      return;
    }
  AssayComponent *component = g_ptr_array_index (building->components, index);
  AssayProgress *branch = component->name == NULL ? NULL : assay_progress_branch (building->progress, component->name);
  gint64 begun_us = g_get_monotonic_time ();
  component->options.progress = component->name == NULL ? building->progress : branch;
  component->rebuild
      = assay_rebuild_run (component->recipe, component->digests, &component->options, &component->trouble);
  component->took_s = (guint64)((g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC);
  if (component->rebuild != NULL && building->result->options->twice)
    assay_flow_build_again (component, &component->options, &component->second_trouble);
  component->options.progress = building->progress;
  if (component->name == NULL)
    return;
  assay_progress_free (branch);
  assay_progress_add (building->progress, 1);
}

void
assay_flow_build_all (AssayFlowResult *result, const AssayRebuildOptions *template, AssayFlowBeside beside,
                      gpointer beside_data)
{
  g_autoptr (GPtrArray) components = g_ptr_array_new ();
  g_autoptr (AssayHostShare) host = assay_host_share_new (template->hidden, template->limits);
  g_autoptr (AssayToolchainShare) toolchains = assay_toolchain_share_new ();
  Building building = { .result = result,
                        .components = components,
                        .beside = beside,
                        .beside_data = beside_data,
                        .progress = template->progress };
  AssayRebuildOptions options = *template;
  options.host = host;
  options.toolchains = toolchains;
  for (guint i = 0; i < result->components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (result->components, i);
      if (component->failed)
        continue;
      assay_flow_allow (result, component->recipe, &component->allowed);
      g_ptr_array_add (components, component);
    }
  guint at_once = assay_flow_count_at_once (result->options, components->len);
  for (guint i = 0; i < components->len; i++)
    prepare (&building, &options, g_ptr_array_index (components, i), at_once);
  if (result->components->len > 1)
    {
      g_autofree char *what = g_strdup_printf ("rebuilding %u components", components->len);
      assay_progress_stage (template->progress, what, components->len, NULL);
    }
  /* last, when a thread has nothing to build; a single one has no time to spare */
  gboolean has_beside = beside != NULL && at_once > 1;
  assay_crew_run (components->len + (has_beside ? 1 : 0), at_once, build_one, &building);
  /* later rebuilds, which look for causes, are made alone, and perhaps when this machine's toolchain is another */
  for (guint i = 0; i < components->len; i++)
    {
      AssayComponent *component = g_ptr_array_index (components, i);
      component->options.host = NULL;
      component->options.toolchains = NULL;
      component->options.beside_processes = 0;
    }
}

void
assay_flow_take_trouble (const AssayFlowResult *result, AssayComponent *component, GError **error)
{
  g_propagate_error (error, g_steal_pointer (&component->trouble));
  if (component->name == NULL)
    return;
  g_autofree char *name = assay_text_escape_line (component->name, -1);
  g_prefix_error (error, "the rebuild of %s: ", name);
}
