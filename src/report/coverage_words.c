#include "report/coverage_words.h"

#include "judge/words.h"
#include "report/text.h"

static const AssayCoverageWords words[ASSAY_COVERAGE_STATES] = {
  { "reviewed", "reviewed", "the build read the file, as it was delivered, with a digest that the list has for it",
    "reviewed", "\u2713", ASSAY_CLASS_IDENTICAL },
  { "unlisted", "not reviewed", "the list does not have the file", "not in the list", "\u2013", ASSAY_CLASS_WAIVED },
  { "other-digest", "other version", "the list has the file with another digest", "the list has it with another digest",
    "\u2260", ASSAY_CLASS_UNREPRODUCIBLE },
  { "altered", "altered", "the build wrote, renamed or removed the file: what was read is not known",
    "the build wrote, renamed or removed it: what was read is not known", "!", ASSAY_CLASS_UNREPRODUCIBLE },
  { "renamed", "renamed", "a text that is not reviewed may give its own lines the name of this file, which is",
    "reviewed, but %s may give its own lines this name, and is not reviewed", "#", ASSAY_CLASS_UNREPRODUCIBLE },
  { "generated", "generated", "made by the build, and the list does not say of what",
    "made by the build, and the list does not say of what", "+", ASSAY_CLASS_UNREPRODUCIBLE },
  { "elsewhere", "elsewhere", "the build read no such file, or did not say what the compiler was given",
    "no file that the build read", "?", ASSAY_CLASS_UNDECIDED },
  { "toolchain", "toolchain", "the file came with the toolchain, and the list does not have it",
    "of the toolchain, and not in the list", "T", ASSAY_CLASS_STRUCTURE },
  { "unnamed", "no lines", "no line of a source is known for the code: built without -g, assembled, or padding",
    "no line of a source is known for it", "0", ASSAY_CLASS_UNDECIDED },
  { "differs", "not rebuilt", "not what a rebuild made, or nothing was rebuilt for it", "not what a rebuild made",
    "\u00d7", ASSAY_CLASS_UNEXPLAINED },
};

const AssayCoverageWords *
assay_coverage_words (gsize number)
{
  return &words[MIN (number, ASSAY_COVERAGE_STATES - 1)];
}

const AssayCoverageWords *
assay_coverage_words_of (const char *state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i].state, state) == 0)
      return &words[i];
  return &words[G_N_ELEMENTS (words) - 1];
}

/* Where it does not count by another file, with the name of that. */
char *
assay_coverage_why (const json_t *row)
{
  const char *behind = assay_coverage_words_of (json_string_value (json_object_get (row, "state")))->behind;
  g_autofree char *by = assay_text_member (row, "by");
  g_auto (GStrv) around = g_strsplit (behind, "%s", 2);
  if (around[1] != NULL)
    return g_strconcat (around[0], by != NULL ? by : "?", around[1], NULL);
  return by != NULL ? g_strconcat (behind, " (in the code of ", by, ")", NULL) : g_strdup (behind);
}

/** Where in a build the names stand: texts of a list, or members `path` of its objects where a flag is false. */
static const struct
{
  const char *list;
  const char *unless;
  const char *text;
} besides[ASSAY_COVERAGE_BESIDE_COUNT] = {
  [ASSAY_COVERAGE_DOUBTED]
  = { "line_control", "believed", " may give other names to lines (#line and the like), not reviewed:" },
  [ASSAY_COVERAGE_READ] = { "unnamed", "reviewed",
                            " read and not reviewed that no line table names (macros, scripts, tables, or what goes by "
                            "another name):" },
  [ASSAY_COVERAGE_NEVER] = { "never_read", NULL, " of the delivery never opened, and so in nothing that is shipped:" },
  [ASSAY_COVERAGE_UNSURE] = { "unsure", NULL, " of the delivery of which it is not known:" },
};

const char *
assay_coverage_beside_text (AssayCoverageBeside kind)
{
  return besides[kind].text;
}

json_t *
assay_coverage_beside_names (const json_t *coverage, AssayCoverageBeside kind)
{
  json_t *names = json_array ();
  const json_t *build;
  json_t *entry;
  size_t index;
  size_t at;
  json_array_foreach (json_object_get (coverage, "builds"), index, build)
  {
    json_array_foreach (json_object_get (build, besides[kind].list), at, entry)
    {
      if (besides[kind].unless == NULL)
        json_array_append (names, entry);
      else if (!json_is_true (json_object_get (entry, besides[kind].unless)))
        json_array_append (names, json_object_get (entry, "path"));
    }
  }
  return names;
}

char *
assay_coverage_sentence (const json_t *coverage)
{
  const json_t *code = json_object_get (coverage, "code");
  g_autofree char *some
      = assay_words_number (assay_text_number (json_object_get (json_object_get (code, "states"), "reviewed")));
  g_autofree char *all = assay_words_count (assay_text_number (json_object_get (code, "bytes")), "byte", "bytes");
  return g_strdup_printf ("%s of %s of shipped code come from source files that were reviewed.", some, all);
}

const char *
assay_coverage_doubt (const json_t *coverage, guint number)
{
  if (number == 0 && !json_is_true (json_object_get (coverage, "recorded")))
    return "What the build read was not recorded, so that nothing counts: run `assay verify --record`.";
  if (number == 1 && json_is_false (json_object_get (coverage, "whole")))
    return "Not all line tables could be read; what they would say counts as without lines.";
  return NULL;
}

char *
assay_coverage_list_sentence (const json_t *list)
{
  g_autofree char *name = assay_text_member (list, "name");
  g_autofree char *files = assay_words_count (assay_text_number (json_object_get (list, "files")), "file", "files");
  gsize unused = json_array_size (json_object_get (list, "unused"));
  return unused == 0
             ? g_strdup_printf ("%s: %s", name, files)
             : g_strdup_printf ("%s: %s, %zu of them not read by the build with that digest", name, files, unused);
}

char *
assay_coverage_beside_sentence (const json_t *coverage)
{
  guint64 beside = assay_text_number (json_object_get (json_object_get (coverage, "code"), "beside"));
  g_autofree char *count = assay_words_count (beside, "byte is", "bytes are");
  return beside == 0 ? NULL
                     : g_strdup_printf ("%s loaded as executable beside that, in no section of code: headers, tables, "
                                        "constants. They are not in the total.",
                                        count);
}
