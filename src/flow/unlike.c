#include "flow/unlike.h"

#include <string.h>

static void
unlike_free (gpointer data)
{
  AssayUnlike *unlike = data;
  g_free (unlike->path);
  g_free (unlike->first);
  g_free (unlike->second);
  g_ptr_array_unref (unlike->causes);
  g_free (unlike);
}

static AssayUnlike *
unlike_new (const AssayMade *made, const AssayRepeatDifference *difference)
{
  AssayUnlike *unlike = g_new0 (AssayUnlike, 1);
  unlike->made = made;
  unlike->path = g_strdup (difference->path);
  unlike->offset = difference->offset;
  unlike->length = difference->length;
  unlike->fact = difference->fact;
  unlike->first = g_strdup (difference->first);
  unlike->second = g_strdup (difference->second);
  unlike->causes = g_ptr_array_new ();
  return unlike;
}

GPtrArray *
assay_unlike_list (AssayComponent *component, const AssayLimits *limits, GError **error)
{
  AssayUnpackOptions options = { .limits = limits };
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (unlike_free);
  for (guint i = 0; i < component->made->len; i++)
    {
      AssayExpectation *expectation = g_ptr_array_index (component->expectations, i);
      if (!assay_expectation_unpack (expectation, &options, error))
        return NULL;
      g_autoptr (GPtrArray) differences
          = assay_repeat_compare (expectation->root, expectation->second->root, limits, error);
      if (differences == NULL)
        return NULL;
      for (guint j = 0; j < differences->len; j++)
        g_ptr_array_add (list, unlike_new (g_ptr_array_index (component->made, i), g_ptr_array_index (differences, j)));
    }
  return g_steal_pointer (&list);
}

AssayUnlike *
assay_unlike_part (const AssayUnlike *unlike, guint64 start, guint64 end)
{
  AssayUnlike *part = g_new0 (AssayUnlike, 1);
  guint64 skip = (start - unlike->offset) * 2; /* of hexadecimal digits */
  *part = *unlike;
  part->path = g_strdup (unlike->path);
  part->offset = start;
  part->length = end - start;
  part->causes = g_ptr_array_new ();
  part->first = unlike->first == NULL ? NULL : g_strdup (unlike->fact != NULL ? unlike->first : "");
  part->second = unlike->second == NULL ? NULL : g_strdup (unlike->fact != NULL ? unlike->second : "");
  if (unlike->fact != NULL)
    return part;
  const char *const texts[] = { unlike->first, unlike->second };
  char **const outs[] = { &part->first, &part->second };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] != NULL)
      {
        g_free (*outs[i]);
        *outs[i] = skip < strlen (texts[i]) ? g_strndup (texts[i] + skip, part->length * 2) : NULL;
      }
  return part;
}
