#include "flow/pin.h"

#include "input/recipe_files.h"
#include "input/yaml.h"
#include "util/output.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/* The recipe as it is now, against what was pinned: somebody may have edited it meanwhile. */
static gboolean
check_unchanged (const char *recipe, GBytes *bytes, GError **error)
{
  g_autoptr (GBytes) now = assay_yaml_read_file (recipe, "recipe", error);
  if (now == NULL || g_bytes_equal (now, bytes))
    return now != NULL;
  g_autofree char *shown = assay_text_escape_line (recipe, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed while its digests were taken", shown);
  return FALSE;
}

static gboolean
write_text (const char *path, GBytes *text, GError **error)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (text, &length);
  return assay_output_put (path, data, length, error);
}

static void
pinned_free (gpointer data)
{
  AssayPinnedFile *pinned = data;
  g_free (pinned->path);
  g_clear_pointer (&pinned->bytes, g_bytes_unref);
  g_clear_pointer (&pinned->pinning, assay_pinning_free);
  g_free (pinned);
}

/* Digests that are others are told of all files at once. */
static gboolean
pin_files (char **paths, AssayPinMode mode, GPtrArray *files, GError **error)
{
  g_autoptr (GString) differing = g_string_new (NULL);
  for (; *paths != NULL; paths++)
    {
      AssayPinnedFile *pinned = g_new0 (AssayPinnedFile, 1);
      g_autoptr (GError) local = NULL;
      g_ptr_array_add (files, pinned);
      pinned->path = g_strdup (*paths);
      pinned->bytes = assay_yaml_read_file (*paths, "recipe", error);
      if (pinned->bytes == NULL)
        return FALSE;
      pinned->pinning = assay_recipe_pin (*paths, pinned->bytes, mode, &local);
      if (pinned->pinning != NULL)
        continue;
      if (!g_error_matches (local, ASSAY_ERROR, ASSAY_ERROR_PIN))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      g_string_append_printf (differing, "%s%s", differing->len > 0 ? "\n" : "", local->message);
    }
  if (differing->len == 0)
    return TRUE;
  g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_PIN, differing->str);
  return FALSE;
}

static gboolean
write_file (const AssayPinnedFile *pinned, const char *output, GError **error)
{
  gboolean in_place = output == NULL;
  if (in_place && !pinned->pinning->changed)
    return TRUE;
  return (!in_place || check_unchanged (pinned->path, pinned->bytes, error))
         && write_text (in_place ? pinned->path : output, pinned->pinning->text, error);
}

GPtrArray *
assay_flow_pin (const char *given, const char *output, AssayPinMode mode, GError **error)
{
  const char *const list[] = { given, NULL };
  g_auto (GStrv) paths = assay_recipe_files_list (list, ASSAY_RECIPE_FILES_WITH_DEFAULTS, error);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (pinned_free);
  if (paths == NULL)
    return NULL;
  if (output != NULL && strcmp (paths[0], given) != 0)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                           "--output takes one recipe, and a directory of them is given");
      return NULL;
    }
  if (!pin_files (paths, mode, files, error))
    return NULL;
  for (guint i = 0; i < files->len; i++)
    if (!write_file (g_ptr_array_index (files, i), output, error))
      return NULL;
  return g_steal_pointer (&files);
}
