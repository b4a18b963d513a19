#include "input/path.h"

#include <stdlib.h>
#include <string.h>

/* Appends the components of a path; FALSE when a `..` is refused (@parents is FALSE) or leaves the root. */
static gboolean
add_components (GPtrArray *components, const char *path, gboolean parents)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  for (char **part = parts; *part != NULL; part++)
    {
      if (**part == '\0' || strcmp (*part, ".") == 0)
        continue;
      if (strcmp (*part, "..") != 0)
        g_ptr_array_add (components, g_strdup (*part));
      else if (!parents || components->len == 0)
        return FALSE;
      else
        g_ptr_array_set_size (components, (int)components->len - 1);
    }
  return TRUE;
}

static char *
join (const GPtrArray *components, gboolean absolute)
{
  if (components->len == 0)
    return g_strdup (absolute ? "/" : ".");
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < components->len; i++)
    {
      if (absolute || i > 0)
        g_string_append_c (text, '/');
      g_string_append (text, g_ptr_array_index (components, i));
    }
  return g_string_free (text, FALSE);
}

char *
assay_path_normalize (const char *path)
{
  g_autoptr (GPtrArray) components = g_ptr_array_new_with_free_func (g_free);
  if (*path == '\0' || !add_components (components, path, FALSE))
    return NULL;
  return join (components, *path == '/');
}

char *
assay_path_resolve (const char *base, const char *path)
{
  g_autoptr (GPtrArray) components = g_ptr_array_new_with_free_func (g_free);
  if (*path == '\0' || *path == '/' || !add_components (components, base, FALSE)
      || !add_components (components, path, TRUE))
    return NULL;
  return join (components, TRUE);
}

gboolean
assay_path_is_beneath (const char *path, const char *directory)
{
  gsize length = strlen (directory);
  if (strcmp (directory, "/") == 0)
    return path[0] == '/' && path[1] != '\0';
  return strncmp (path, directory, length) == 0 && path[length] == '/' && path[length + 1] != '\0';
}

char *
assay_path_from_file (const char *directory, const char *given)
{
  return *given == '/' ? g_strdup (given) : g_strconcat (directory, "/", given, NULL);
}

char *
assay_path_directory_of (const char *file)
{
  g_autofree char *name = g_path_get_dirname (file);
  char *real = realpath (name, NULL);
  char *directory = real != NULL ? g_strdup (real) : g_canonicalize_filename (name, NULL);
  free (real);
  return directory;
}
