#include "inventory/source_path.h"

#include <string.h>

/* Appends a path without its "." and empty components; ".." takes the component before it away, where there is one. */
static void
append_components (GString *path, const char *more)
{
  for (const char *at = more; *at != '\0' && path->len <= ASSAY_SOURCE_TEXT_MAX;)
    {
      gsize length = strcspn (at, "/");
      gboolean up = length == 2 && at[0] == '.' && at[1] == '.';
      const char *slash = strrchr (path->str, '/');
      const char *last = slash != NULL ? slash + 1 : path->str;
      gboolean has_component = *last != '\0' && strcmp (last, "..") != 0;
      if (up && has_component)
        g_string_truncate (path, (gsize)(last - path->str) - (slash != NULL && slash != path->str ? 1 : 0));
      else if (length > 0 && !(length == 1 && at[0] == '.') && !(up && strcmp (path->str, "/") == 0))
        {
          if (path->len > 0 && path->str[path->len - 1] != '/')
            g_string_append_c (path, '/');
          g_string_append_len (path, at, (gssize)MIN (length, ASSAY_SOURCE_TEXT_MAX));
        }
      at += length;
      at += strspn (at, "/");
    }
}

/* Begins anew where the path is absolute. */
static void
join (GString *path, const char *more)
{
  if (*more == '/')
    g_string_assign (path, "/");
  append_components (path, more);
}

static gboolean
climbs (const char *path)
{
  return strcmp (path, "..") == 0 || g_str_has_prefix (path, "../");
}

char *
assay_source_path (const char *compilation_directory, const char *directory, const char *name)
{
  g_autoptr (GString) base = g_string_new (NULL);
  g_autoptr (GString) path = g_string_new (NULL);
  if (compilation_directory != NULL)
    join (base, compilation_directory);
  join (path, directory);
  join (path, name);
  if (climbs (path->str))
    {
      g_autoptr (GString) whole = g_string_new (base->str);
      append_components (whole, path->str);
      g_string_assign (path, whole->str);
    }
  gboolean beneath = base->len > 1 && strncmp (path->str, base->str, base->len) == 0 && path->str[base->len] == '/';
  const char *told = beneath ? path->str + base->len + 1 : path->str;
  return g_strndup (told, ASSAY_SOURCE_TEXT_MAX);
}
