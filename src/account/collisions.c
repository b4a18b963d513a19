#include "account/collisions.h"

#include <string.h>

/* Formats that are unpacked to disks and by programs that do not know capitals from small letters. */
static const char *const insensitive_formats[] = { "zip", "7z", "fat", "iso9660" };

/* Stands for letters outside of ASCII; a node path has no such byte. */
#define OTHER_LETTER '\1'

static gboolean
is_insensitive (const AssayNode *container)
{
  for (gsize i = 0; container != NULL && i < G_N_ELEMENTS (insensitive_formats); i++)
    if (strcmp (container->format, insensitive_formats[i]) == 0)
      return TRUE;
  return FALSE;
}

char *
assay_account_fold (const char *name)
{
  if (g_str_is_ascii (name))
    return g_ascii_strdown (name, -1);
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_ALL);
  return g_utf8_casefold (normal != NULL ? normal : name, -1);
}

char *
assay_account_fold_letters (const char *name)
{
  g_autofree char *wide = assay_account_fold_widely (name);
  g_autofree char *normal = g_utf8_normalize (wide, -1, G_NORMALIZE_ALL_COMPOSE);
  GString *folded = g_string_new (NULL);
  for (const char *at = normal != NULL ? normal : wide; *at != '\0'; at++)
    {
      gboolean escaped = at[0] == '%' && strchr ("89abcdefABCDEF", at[1]) != NULL && g_ascii_isxdigit (at[2]);
      if (escaped || ((guint8)*at & 0x80) != 0)
        {
          at += escaped ? 2 : 0;
          if (folded->len == 0 || folded->str[folded->len - 1] != OTHER_LETTER)
            g_string_append_c (folded, OTHER_LETTER);
        }
      else
        g_string_append_c (folded, *at);
    }
  return g_string_free (folded, FALSE);
}

/* unzip leaves out control characters, which a node path has as %XX. */
static void
drop_controls (char *component)
{
  char *to = component;
  for (const char *from = component; *from != '\0';)
    {
      gboolean control = from[0] == '%'
                         && (((from[1] == '0' || from[1] == '1') && g_ascii_isxdigit (from[2]))
                             || strncmp (from + 1, "7F", 2) == 0 || strncmp (from + 1, "FF", 2) == 0);
      if (control)
        from += 3;
      else
        *to++ = *from++;
    }
  *to = '\0';
}

/* A node path has `.` and `..` as %XX. */
static void
unescape_dots (char *component)
{
  static const char *const escaped[] = { "%2E", "%2E%2E" };
  for (gsize i = 0; i < G_N_ELEMENTS (escaped); i++)
    if (strcmp (component, escaped[i]) == 0)
      {
        memset (component, '.', i + 1);
        component[i + 1] = '\0';
      }
}

/* Without what some reader leaves out of a component. What is dots alone goes as a whole, but for the last one, which
 * unzip writes with underscores. */
static void
fold_component (char *component, gboolean is_last)
{
  drop_controls (component);
  unescape_dots (component);
  gsize length = strlen (component);
  gsize dots = strspn (component, ".");
  while (length > 0 && strchr (". ;0123456789", component[length - 1]) != NULL)
    length--;
  if (component[length] == ';')
    component[length] = '\0';
  gboolean only_dots = dots > 0 && component[dots] == '\0';
  if (is_last && only_dots)
    memset (component, '_', dots);
  for (length = strlen (component); length > 0 && strchr (". ;", component[length - 1]) != NULL; length--)
    component[length - 1] = '\0';
}

char *
assay_account_fold_widely (const char *name)
{
  g_auto (GStrv) components = g_strsplit (name, "/", -1);
  g_autoptr (GString) joined = g_string_new (NULL);
  for (char **component = components; *component != NULL; component++)
    {
      fold_component (*component, component[1] == NULL);
      if (**component == '\0')
        continue;
      if (joined->len > 0)
        g_string_append_c (joined, '/');
      g_string_append (joined, *component);
    }
  return assay_account_fold (joined->str);
}

gboolean
assay_account_may_be_short (const char *name)
{
  const char *slash = strrchr (name, '/');
  const char *mark = strchr (slash == NULL ? name : slash + 1, '~');
  return mark != NULL && g_ascii_isdigit (mark[1]);
}

/* Each folded name to the number of entries that have it. */
static GHashTable *
note_names (AssayWork *work, const AssayNode *container)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (work->folded, (gpointer)container, names);
  for (guint i = 0; i < container->children->len; i++)
    {
      char *name = assay_account_fold (assay_node_local_name (g_ptr_array_index (container->children, i)));
      guint count = GPOINTER_TO_UINT (g_hash_table_lookup (names, name));
      g_hash_table_replace (names, name, GUINT_TO_POINTER (count + 1));
    }
  return names;
}

gboolean
assay_account_collides (AssayWork *work, const AssayNode *node)
{
  /* Names of Rock Ridge, which come with a mode, are for systems that know capitals. */
  if (!is_insensitive (node->parent)
      || (strcmp (node->parent->format, "iso9660") == 0 && assay_node_get_fact (node, "mode") != NULL))
    return FALSE;
  GHashTable *names = g_hash_table_lookup (work->folded, node->parent);
  if (names == NULL)
    names = note_names (work, node->parent);
  g_autofree char *name = assay_account_fold (assay_node_local_name (node));
  return GPOINTER_TO_UINT (g_hash_table_lookup (names, name)) > 1;
}
