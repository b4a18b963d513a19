#include "report/artifact.h"

#include <string.h>

/* What may stand in a segment as it is (RFC 3986, 3.3), but for `:`, which in the first one would end a scheme. */
static gboolean
is_plain (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("-._~!$&'()*+,;=@", c) != NULL);
}

static void
append_segment (GString *uri, const char *segment)
{
  /* a name that is dots, as node paths write it, and yet no dots to whoever decodes the reference once */
  if (strcmp (segment, ".") == 0 || strcmp (segment, "..") == 0)
    {
      g_string_append (uri, segment[1] == '\0' ? "%252E" : "%252E%252E");
      return;
    }
  for (const char *c = segment; *c != '\0'; c++)
    if (is_plain (*c))
      g_string_append_c (uri, *c);
    else
      g_string_append_printf (uri, "%%%02X", (guint)(guint8)*c);
}

static char *
cut (GString *uri)
{
  gsize length = ASSAY_ARTIFACT_BYTES;
  if (uri->len <= length)
    return g_string_free (uri, FALSE);
  /* not within an escape */
  while (length > 1 && (uri->str[length - 1] == '%' || uri->str[length - 2] == '%'))
    length--;
  gsize lost = uri->len - length;
  g_string_truncate (uri, length);
  g_string_append_printf (uri, "...(%" G_GSIZE_FORMAT "more)", lost);
  return g_string_free (uri, FALSE);
}

char *
assay_artifact_of_node (const char *path)
{
  GString *uri = g_string_new (NULL);
  g_auto (GStrv) segments = g_strsplit (path, "/", -1);
  for (char **segment = segments; *segment != NULL; segment++)
    {
      if (segment != segments)
        /* one at the very front would make what follows a path of the host, or a host */
        g_string_append (uri, uri->len == 0 ? "%2F" : "/");
      append_segment (uri, *segment);
    }
  return cut (uri);
}

char *
assay_artifact_of_image (const char *path)
{
  g_auto (GStrv) segments = g_strsplit (path, "/", -1);
  const char *last = "";
  for (char **segment = segments; *segment != NULL; segment++)
    if (**segment != '\0' && strcmp (*segment, ".") != 0 && strcmp (*segment, "..") != 0)
      last = *segment;
  GString *uri = g_string_new (NULL);
  append_segment (uri, *last == '\0' || strcmp (last, "-") == 0 ? "image" : last);
  return cut (uri);
}

/* FALSE where `..` leads out. */
static gboolean
resolve (char **segments, GPtrArray *out)
{
  for (char **segment = segments; *segment != NULL; segment++)
    {
      if (**segment == '\0' || strcmp (*segment, ".") == 0)
        continue;
      if (strcmp (*segment, "..") != 0)
        g_ptr_array_add (out, *segment);
      else if (out->len > 0)
        g_ptr_array_remove_index (out, out->len - 1);
      else
        return FALSE;
    }
  return out->len > 0;
}

char *
assay_artifact_of_source (const char *file)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  g_auto (GStrv) segments = g_strsplit (file, "/", -1);
  if (!resolve (segments, kept))
    return NULL;
  GString *uri = g_string_new (*file == '/' ? "file://" : "");
  for (guint i = 0; i < kept->len; i++)
    {
      if (i > 0 || *file == '/')
        g_string_append_c (uri, '/');
      append_segment (uri, g_ptr_array_index (kept, i));
    }
  return cut (uri);
}

gboolean
assay_artifact_is_absolute (const char *uri)
{
  return g_str_has_prefix (uri, "file:///");
}
