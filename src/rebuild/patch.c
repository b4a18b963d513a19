#include "rebuild/patch.h"

#include "rebuild/logtail.h"
#include "rebuild/sandbox.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>

static gboolean
fail (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, int status, GError **error)
{
  g_autofree char *tail = assay_log_tail (unpacking->workspace->log_path);
  const char *file = assay_recipe_file_of_layer (unpacking->recipe, layer);
  g_autofree char *given = assay_text_escape_line (layer->given, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_STEP,
               "the patch %s (%s:%d) does not apply: patch ended with status %d; the last lines of its log:%s", given,
               file, layer->line, status, tail);
  return FALSE;
}

static gboolean
run_patch (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, int *out_status, GError **error)
{
  AssayWorkspace *workspace = unpacking->workspace;
  g_autofree char *where = g_build_filename (unpacking->recipe->path, layer->into == NULL ? "." : layer->into, NULL);
  g_autofree char *strip = g_strdup_printf ("-p%u", layer->strip);
  g_autofree char *build = g_build_filename (workspace->keep_path, "build", NULL);
  g_autofree char *patch = assay_workspace_path (workspace, "patch");
  const char *const arguments[] = { "patch", strip, "--batch", "--forward", "-F0", "--no-backup-if-mismatch", "-r", "-",
                                    "-d",    where, "-i",      "/patch",    NULL };
  const AssayCageCommand command = { arguments, "/", workspace->log_fd };
  g_autoptr (AssayCage) cage = assay_sandbox_new_tool (workspace, error);
  if (cage == NULL)
    return FALSE;
  assay_cage_mount (cage, ASSAY_CAGE_WRITABLE, build, "/build");
  assay_cage_mount (cage, ASSAY_CAGE_READ_ONLY, patch, "/patch");
  return assay_cage_run (cage, &command, out_status, error);
}

static gboolean
apply_one (const AssayUnpacking *unpacking, const AssayRecipeLayer *layer, guint number, GError **error)
{
  AssayWorkspace *workspace = unpacking->workspace;
  g_autofree char *given = assay_text_escape_line (layer->given, -1);
  g_autofree char *file = assay_text_escape_line (assay_recipe_file_of_layer (unpacking->recipe, layer), -1);
  g_autofree char *header = g_strdup_printf ("== patch %u of %u: %s (%s:%d)", number, unpacking->recipe->patches->len,
                                             given, file, layer->line);
  int status;
  if (!assay_workspace_say (workspace, header, error) || !assay_layer_copy_file (unpacking, layer, "patch", error))
    return FALSE;
  if (!run_patch (unpacking, layer, &status, error))
    return assay_layer_prefix (unpacking->recipe, layer, error);
  if (status != 0)
    return fail (unpacking, layer, status, error);
  if (unlinkat (assay_directory_get_fd (workspace->scratch), "patch", 0) != 0)
    return assay_system_error (error, errno, "remove", "a patch");
  return TRUE;
}

gboolean
assay_patches_apply (const AssayUnpacking *unpacking, GError **error)
{
  const GPtrArray *patches = unpacking->recipe->patches;
  for (guint i = 0; i < patches->len; i++)
    if (!apply_one (unpacking, patches->pdata[i], i + 1, error))
      return FALSE;
  return TRUE;
}
