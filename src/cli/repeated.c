#include "cli/cli.h"

#include <string.h>

/* GLib takes the last of several values, and says nothing of the others. */

static gboolean
is_one_value (const GOptionEntry *entry)
{
  return entry->arg != G_OPTION_ARG_NONE && entry->arg != G_OPTION_ARG_STRING_ARRAY
         && entry->arg != G_OPTION_ARG_FILENAME_ARRAY;
}

/* The option that a word of the command line names by its first @length bytes, or one letter. */
static const GOptionEntry *
find_option (const GOptionEntry *const *tables, const char *name, gsize length, char letter)
{
  for (; *tables != NULL; tables++)
    for (const GOptionEntry *entry = *tables; entry->long_name != NULL; entry++)
      if (letter != '\0' ? entry->short_name == letter
                         : strlen (entry->long_name) == length && strncmp (entry->long_name, name, length) == 0)
        return entry;
  return NULL;
}

/* The option in @word that takes a value, if there is one. @out_apart: whether the value is the next word. */
static const GOptionEntry *
read_word (const GOptionEntry *const *tables, const char *word, gboolean *out_apart)
{
  const GOptionEntry *entry = NULL;
  *out_apart = FALSE;
  if (g_str_has_prefix (word, "--"))
    {
      gsize length = strcspn (word + 2, "=");
      entry = find_option (tables, word + 2, length, '\0');
      *out_apart = word[2 + length] == '\0';
      return entry != NULL && entry->arg != G_OPTION_ARG_NONE ? entry : NULL;
    }
  for (const char *letter = word + 1; *letter != '\0'; letter++)
    {
      entry = find_option (tables, NULL, 0, *letter);
      *out_apart = letter[1] == '\0';
      if (entry != NULL && entry->arg != G_OPTION_ARG_NONE)
        return entry;
    }
  return NULL;
}

gboolean
assay_options_check_once (const GOptionEntry *const *tables, int argc, char **argv, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  for (int i = 1; i < argc && strcmp (argv[i], "--") != 0; i++)
    {
      gboolean apart = FALSE;
      const GOptionEntry *entry = argv[i][0] == '-' && argv[i][1] != '\0' ? read_word (tables, argv[i], &apart) : NULL;
      if (entry == NULL)
        continue;
      if (is_one_value (entry) && !g_hash_table_add (seen, (gpointer)entry))
        return assay_usage_error (error, "--%s is given twice", entry->long_name);
      i += apart;
    }
  return TRUE;
}

gboolean
assay_options_parse (const char *command, const AssayUsage *usage, const GOptionEntry *options, int argc, char **argv,
                     GError **error)
{
  const GOptionEntry *const tables[] = { options, NULL };
  g_autoptr (GOptionContext) context = g_option_context_new (usage->arguments);
  g_autofree char *name = g_strconcat ("assay ", command, NULL);
  g_autoptr (GError) local = NULL;
  if (!assay_options_check_once (tables, argc, argv, error))
    return FALSE;
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->description);
  g_option_context_add_main_entries (context, options, NULL);
  g_set_prgname (name);
  return g_option_context_parse (context, &argc, &argv, &local)
         || assay_usage_error (error, "%s; `%s --help` lists the options", local->message, name);
}
