#include "input/recipe_files.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
is_recipe (const char *name)
{
  return name[0] != '.' && g_str_has_suffix (name, ASSAY_RECIPE_SUFFIX)
         && strcmp (name, ASSAY_RECIPE_DEFAULTS_NAME) != 0;
}

static gboolean
refuse (const char *directory, const char *why, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (directory, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s", shown, why);
  return FALSE;
}

static gboolean
add_directory (GPtrArray *paths, const char *directory, AssayRecipeFilesKind kind, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) listed = g_dir_open (directory, 0, &problem);
  gboolean has_defaults = FALSE;
  if (listed == NULL)
    return refuse (directory, problem->message, error);
  for (const char *name = g_dir_read_name (listed); name != NULL; name = g_dir_read_name (listed))
    {
      has_defaults = has_defaults || strcmp (name, ASSAY_RECIPE_DEFAULTS_NAME) == 0;
      if (is_recipe (name))
        g_ptr_array_add (names, g_strdup (name));
    }
  if (names->len == 0)
    return refuse (directory, "no recipe lies in this directory: expected files whose names end in `.yaml`", error);
  g_ptr_array_sort (names, compare_names);
  if (has_defaults && kind == ASSAY_RECIPE_FILES_WITH_DEFAULTS)
    g_ptr_array_insert (names, 0, g_strdup (ASSAY_RECIPE_DEFAULTS_NAME));
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (paths, g_build_filename (directory, g_ptr_array_index (names, i), NULL));
  return TRUE;
}

/* By whatever names: it would be built twice, and stand for one place of the image twice. */
static gboolean
check_once (const GPtrArray *paths, GError **error)
{
  g_autofree struct stat *known = g_new0 (struct stat, paths->len + 1);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      if (strcmp (path, "-") == 0 || stat (path, &known[i]) != 0 || !S_ISREG (known[i].st_mode))
        continue;
      for (guint j = 0; j < i; j++)
        {
          if (!S_ISREG (known[j].st_mode) || known[j].st_dev != known[i].st_dev || known[j].st_ino != known[i].st_ino)
            continue;
          g_autofree char *first = assay_text_escape_line (g_ptr_array_index (paths, j), -1);
          g_autofree char *second = assay_text_escape_line (path, -1);
          g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the recipe %s is given twice, first as %s", second,
                       first);
          return FALSE;
        }
    }
  return TRUE;
}

char **
assay_recipe_files_list (const char *const *given, AssayRecipeFilesKind kind, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  for (; *given != NULL; given++)
    {
      struct stat status;
      if (strcmp (*given, "-") != 0 && stat (*given, &status) == 0 && S_ISDIR (status.st_mode))
        {
          if (!add_directory (paths, *given, kind, error))
            return NULL;
        }
      else
        g_ptr_array_add (paths, g_strdup (*given));
    }
  if (!check_once (paths, error))
    return NULL;
  g_ptr_array_add (paths, NULL);
  return (char **)g_ptr_array_steal (paths, NULL);
}
