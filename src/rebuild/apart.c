#include "rebuild/apart.h"

#include "util/text.h"

#include <assay/error.h>

#include <stdlib.h>
#include <string.h>

/* The path without links, also of what is not there yet. */
static char *
resolve (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *above = g_strdup (absolute);
  g_autofree char *real = realpath (above, NULL);
  while (real == NULL && above[1] != '\0')
    {
      char *parent = g_path_get_dirname (above);
      g_free (above);
      above = parent;
      real = realpath (above, NULL);
    }
  if (real == NULL)
    return g_steal_pointer (&absolute);
  const char *rest = absolute + strlen (above);
  rest += *rest == '/';
  return *rest == '\0' ? g_steal_pointer (&real) : g_build_filename (real, rest, NULL);
}

static gboolean
lies_in (const char *path, const char *directory)
{
  gsize length = strlen (directory);
  return strncmp (path, directory, length) == 0
         && (path[length] == '\0' || path[length] == '/' || (length == 1 && directory[0] == '/'));
}

gboolean
assay_apart_check (const AssayRecipe *recipe, const char *option, const char *place, GError **error)
{
  const GPtrArray *const lists[] = { recipe->source, recipe->inputs, recipe->toolchain };
  g_autofree char *path = resolve (place);
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; i < lists[list]->len; i++)
      {
        const AssayRecipeLayer *layer = lists[list]->pdata[i];
        g_autofree char *directory = resolve (layer->path);
        if (layer->kind == ASSAY_SOURCE_GIT || !lies_in (path, directory))
          continue;
        g_autofree char *shown = assay_text_escape_line (place, -1);
        g_autofree char *given = assay_text_escape_line (layer->given, -1);
        g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                     "%s %s lies in %s, which the build takes its files from (%s:%d)", option, shown, given,
                     assay_recipe_file_of_layer (recipe, layer), layer->line);
        return FALSE;
      }
  return TRUE;
}
