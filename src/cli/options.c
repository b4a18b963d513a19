#include "cli/cli.h"

#include "attest/statement.h"
#include "report/page.h"
#include "util/nearest.h"

#include <stdio.h>
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

/* GLib wants the value of a letter apart: `-j2` is written out, as `--jobs=2`. */
static void
write_out_letters (const GOptionEntry *const *tables, int argc, char **argv)
{
  for (int i = 1; i < argc && strcmp (argv[i], "--") != 0; i++)
    {
      gboolean apart = FALSE;
      gboolean option = argv[i][0] == '-' && argv[i][1] != '\0';
      const GOptionEntry *entry = option ? read_word (tables, argv[i], &apart) : NULL;
      if (entry != NULL && !apart && argv[i][1] != '-' && entry->short_name == argv[i][1])
        {
          g_autofree char *word = g_strdup_printf ("--%s=%s", entry->long_name, argv[i] + 2);
          argv[i] = (char *)g_intern_string (word);
        }
      i += apart && entry != NULL;
    }
}

/* The option that was meant by a word which is none: "did you mean `--scope`? ", or nothing. */
static char *
suggest (const GOptionEntry *const *tables, const char *word)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  const char *dashless = word + strspn (word, "-");
  g_autofree char *given = g_strndup (dashless, strcspn (dashless, "="));
  for (; *tables != NULL; tables++)
    for (const GOptionEntry *entry = *tables; entry->long_name != NULL; entry++)
      if (*entry->long_name != '\0')
        g_ptr_array_add (names, (gpointer)entry->long_name);
  g_ptr_array_add (names, (gpointer) "help");
  g_ptr_array_add (names, NULL);
  const char *nearest = assay_nearest_find (given, (const char *const *)names->pdata);
  return nearest == NULL ? g_strdup ("") : g_strdup_printf ("did you mean `--%s`? ", nearest);
}

/* GLib names the word at the end of its message. */
static gboolean
fail (const GOptionEntry *const *tables, const char *name, const GError *cause, GError **error)
{
  const char *word = strrchr (cause->message, ' ');
  gboolean is_unknown = g_error_matches (cause, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) && word != NULL;
  g_autofree char *suggestion = is_unknown ? suggest (tables, word + 1) : g_strdup ("");
  return assay_usage_error (error, "%s; %s`%s --help` lists the options", cause->message, suggestion, name);
}

/* "one, two or three", each between @quote. */
static char *
list_words (const char *const *words, const char *quote)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (gsize i = 0; words[i] != NULL; i++)
    g_string_append_printf (list, "%s%s%s%s",
                            i == 0                 ? ""
                            : words[i + 1] == NULL ? " or "
                                                   : ", ",
                            quote, words[i], quote);
  return g_string_free (g_steal_pointer (&list), FALSE);
}

/* "; did you mean `json`?", or @otherwise */
static char *
suggest_word (const char *given, const char *const *words, const char *otherwise)
{
  const char *nearest = assay_nearest_find (given, words);
  return nearest == NULL ? g_strdup (otherwise) : g_strdup_printf ("; did you mean `%s`?", nearest);
}

gboolean
assay_words_check (const char *option, const char *word, const char *const *words, GError **error)
{
  if (word == NULL || g_strv_contains (words, word))
    return TRUE;
  g_autofree char *expected = list_words (words, "");
  g_autofree char *suggestion = suggest_word (word, words, "");
  return assay_usage_error (error, "%s %s: expected %s%s", option, word, expected, suggestion);
}

gboolean
assay_color_check (const char *color, GError **error)
{
  static const char *const colors[] = { "auto", "always", "never", NULL };
  return assay_words_check ("--color", color, colors, error);
}

gboolean
assay_format_check (const char *format, GError **error)
{
  static const char *const formats[] = { "text", "json", NULL };
  return assay_words_check ("--format", format, formats, error);
}

gboolean
assay_verb_error (GError **error, const char *command, const char *verb, const char *const *verbs)
{
  g_autofree char *expected = list_words (verbs, "`");
  g_autofree char *given = verb == NULL ? g_strdup ("") : g_strdup_printf (", not `%s`", verb);
  g_autofree char *suggestion = verb == NULL ? g_strdup (";") : suggest_word (verb, verbs, ";");
  return assay_usage_error (error, "%s takes %s%s%s `assay %s --help` explains %s", command, expected, given,
                            suggestion, command, verbs[1] == NULL ? "it" : "them");
}

/* Where the description of an option stands in GLib's line; of any other line, where what follows it is to stand. */
static gsize
find_column (const char *line)
{
  const char *gap = strstr (line + strspn (line, " "), "  ");
  gsize indent = strspn (line, " ");
  return g_str_has_prefix (line, "  -") && gap != NULL ? (gsize)(gap - line) + strspn (gap, " ") : indent + 4;
}

/* The help as GLib makes it has lines of any length. Words go on in the column in which they began. */
static void
print_wrapped (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      AssayPage page = { g_string_new (NULL), ASSAY_TEXT_PLAIN };
      gsize column = find_column (lines[i]);
      /* the command's own text is as it was written */
      gboolean is_made = g_str_has_prefix (lines[i], "  -") || strstr (lines[i], " [OPTION") != NULL;
      if (!is_made || assay_page_width (lines[i]) <= ASSAY_PAGE_COLUMNS)
        g_string_append (page.text, lines[i]);
      else
        {
          gsize first = g_str_has_prefix (lines[i], "  -") ? column : strspn (lines[i], " ");
          g_string_append_len (page.text, lines[i], (gssize)first);
          assay_page_flow_from (&page, (guint)first, (guint)column, lines[i] + first);
          g_string_truncate (page.text, page.text->len - 1);
        }
      fputs (page.text->str, stdout);
      if (lines[i + 1] != NULL)
        fputc ('\n', stdout);
      g_string_free (page.text, TRUE);
    }
}

gboolean
assay_options_parse (GOptionContext *context, const GOptionEntry *const *tables, const char *name, int *argc,
                     char ***argv, GError **error)
{
  g_autoptr (GError) local = NULL;
  for (gsize i = 0; tables[i] != NULL; i++)
    if (tables[i]->long_name != NULL)
      g_option_context_add_main_entries (context, tables[i], NULL);
  g_set_prgname (name);
  write_out_letters (tables, *argc, *argv);
  g_set_print_handler (print_wrapped);
  return assay_options_check_once (tables, *argc, *argv, error)
         && (g_option_context_parse (context, argc, argv, &local) || fail (tables, name, local, error));
}

gboolean
assay_image_digest_parse (const char *text, AssayDigest *out_digest, gboolean *out_is_tree, GError **error)
{
  static const char tree[] = ASSAY_SUBJECT_TREE ":";
  *out_is_tree = g_str_has_prefix (text, tree);
  return assay_digest_from_hex (*out_is_tree ? text + strlen (tree) : text, out_digest)
         || assay_usage_error (error,
                               "--image-sha256 %s: expected 64 hexadecimal digits, and " ASSAY_SUBJECT_TREE
                               ": in front of those of a directory",
                               text);
}

gboolean
assay_usage_parse (const char *command, const AssayUsage *usage, const GOptionEntry *options, int argc, char **argv,
                   GError **error)
{
  const GOptionEntry *const tables[] = { options, NULL };
  g_autoptr (GOptionContext) context = g_option_context_new (usage->arguments);
  g_autofree char *name = g_strconcat ("assay ", command, NULL);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->description);
  return assay_options_parse (context, tables, name, &argc, &argv, error);
}
