#include "report/rebuild_text.h"

#include "util/text.h"

#include <glib.h>
#include <string.h>

/* Differences that are shown of one output; all are in the report. */
#define SHOWN_DIFFERENCES 4u

static const char *
word (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));
  return text == NULL ? "" : text;
}

/* What stands in reports may come from a recipe, and goes to a terminal. */
static void
say (GString *text, const char *before, const char *said)
{
  g_autofree char *shown = assay_text_escape_line (said, -1);
  g_string_append_printf (text, "%s%s", before, shown);
}

static void
say_outputs (GString *text, const json_t *report)
{
  const json_t *output;
  size_t index;
  g_string_append (text, "OUTPUTS\n");
  json_array_foreach (json_object_get (report, "outputs"), index, output)
  {
    json_int_t size = json_integer_value (json_object_get (output, "size"));
    say (text, "  ", word (output, "path"));
    if (strcmp (word (output, "type"), "file") == 0)
      g_string_append_printf (text, "  %" JSON_INTEGER_FORMAT " bytes", size);
    else
      g_string_append (text, "  a tree");
    g_string_append_printf (text, "\n    SHA-256 %s\n", word (output, "sha256"));
  }
}

static void
say_variations (GString *text, const json_t *second, gboolean varied)
{
  const json_t *variation;
  size_t index;
  guint count = 0;
  json_array_foreach (json_object_get (second, "variations"), index, variation)
  {
    if (json_is_true (json_object_get (variation, "varied")) != varied)
      continue;
    if (count++ == 0)
      g_string_append (text, varied ? "\nVARIED\n" : "\nNOT VARIED\n");
    g_string_append_printf (text, "  %-20s ", word (variation, "name"));
    say (text, "", word (variation, "detail"));
    g_string_append_c (text, '\n');
  }
}

static void
say_causes (GString *text, const json_t *causes)
{
  const json_t *cause;
  size_t index;
  json_array_foreach (causes, index, cause)
  {
    say (text, index == 0 ? "    cause   " : ", ", json_string_value (cause));
  }
  if (causes != NULL)
    g_string_append_c (text, '\n');
}

static void
say_difference (GString *text, const json_t *difference)
{
  const json_t *range = json_object_get (difference, "range");
  const char *path = word (difference, "path");
  say (text, "  ", word (difference, "output"));
  if (strcmp (path, ".") != 0)
    say (text, ", ", path);
  if (range != NULL)
    {
      json_int_t length = json_integer_value (json_object_get (range, "length"));
      g_string_append_printf (text, ": %" JSON_INTEGER_FORMAT " byte%s at offset 0x%llx", length,
                              length == 1 ? "" : "s",
                              (unsigned long long)json_integer_value (json_object_get (range, "offset")));
    }
  else
    say (text, ": ", word (difference, "fact"));
  g_string_append_c (text, '\n');
  say (text, "    first   ", word (difference, "first"));
  say (text, "\n    second  ", word (difference, "second"));
  g_string_append_c (text, '\n');
  say_causes (text, json_object_get (difference, "causes"));
}

static void
say_differences (GString *text, const json_t *report, gboolean all)
{
  const json_t *difference;
  const char *output = "";
  guint of_output = 0;
  guint left_out = 0;
  size_t index;
  json_array_foreach (json_object_get (report, "differences"), index, difference)
  {
    if (index == 0)
      g_string_append (text, "\nDIFFERENCES\n");
    of_output = strcmp (output, word (difference, "output")) == 0 ? of_output + 1 : 1;
    output = word (difference, "output");
    if (all || of_output <= SHOWN_DIFFERENCES)
      say_difference (text, difference);
    else
      left_out++;
  }
  if (left_out > 0)
    g_string_append_printf (text, "  and %u more; --verbose shows all, and so does --report\n", left_out);
}

static void
say_trials (GString *text, const json_t *report)
{
  const json_t *trial;
  size_t index;
  json_array_foreach (json_object_get (report, "trials"), index, trial)
  {
    if (json_object_get (trial, "failure") == NULL)
      continue;
    say (text, "\nA rebuild with ", word (trial, "with"));
    say (text, " alone tells nothing: ", word (trial, "failure"));
    g_string_append_c (text, '\n');
  }
}

/* Its lines stand one below the other, as the last lines of a log do. */
static void
say_failure (GString *text, const char *failure)
{
  g_auto (GStrv) lines = g_strsplit (failure, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      say (text, "  ", *line);
      g_string_append_c (text, '\n');
    }
}

static void
say_rebuild (GString *text, const json_t *report, AssayRebuildDetail detail)
{
  const char *failure = json_string_value (json_object_get (report, "failure"));
  const json_t *reproducible = json_object_get (report, "reproducible");
  const json_t *second = json_object_get (report, "second");
  const char *head = failure != NULL               ? "NOT REBUILT"
                     : reproducible == NULL        ? "REBUILT"
                     : json_is_true (reproducible) ? "REPRODUCIBLE"
                                                   : "NOT REPRODUCIBLE";
  g_string_append (text, head);
  say (text, "  ", word (json_object_get (report, "recipe"), "product"));
  if (json_is_true (json_object_get (report, "cached")))
    g_string_append (text, ", from the cache");
  g_string_append (text, "\n\n");
  if (failure != NULL)
    {
      say_failure (text, failure);
      return;
    }
  say_outputs (text, report);
  if (second != NULL)
    {
      say_variations (text, second, TRUE);
      say_variations (text, second, FALSE);
    }
  say_differences (text, report, detail == ASSAY_REBUILD_DETAIL_ALL);
  say_trials (text, report);
}

char *
assay_report_render_rebuild (const json_t *report, AssayRebuildDetail detail)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const json_t *components = json_object_get (report, "components");
  const json_t *component;
  size_t index;
  if (components == NULL)
    say_rebuild (text, report, detail);
  json_array_foreach (components, index, component)
  {
    if (index > 0)
      g_string_append_c (text, '\n');
    say_rebuild (text, component, detail);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
