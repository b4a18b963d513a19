#include "report/junit.h"

#include "judge/words.h"
#include "report/page.h"
#include "report/sentence.h"
#include "report/text.h"
#include "util/cancel.h"

#include <string.h>

/* Findings, facts and reasons that one case names. */
#define CASE_ITEMS 20

static const char *
text_at (const json_t *array, size_t index)
{
  const char *text = json_string_value (json_array_get (array, index));
  return text != NULL ? text : "?";
}

/* Reasons as lines; lines of a log within one of them are made visible as such. */
static char *
list_texts (const json_t *texts)
{
  GString *lines = g_string_new (NULL);
  size_t count = json_array_size (texts);
  for (size_t i = 0; i < MIN (count, CASE_ITEMS); i++)
    {
      g_autofree char *shown = assay_page_escape (text_at (texts, i));
      g_string_append_printf (lines, "%s%s", i > 0 ? "\n" : "", shown);
    }
  if (count > CASE_ITEMS)
    g_string_append_printf (lines, "\n\u2026 and %zu more; the JSON report has them all.", count - CASE_ITEMS);
  return g_string_free (lines, FALSE);
}

/* It fails, or has an error, if and only if the whole is no pass, whatever the other cases are. */
static void
add_verdict (AssayJunit *junit)
{
  static const AssayJunitOutcome by_exit[] = { ASSAY_JUNIT_PASSED, ASSAY_JUNIT_FAILURE, ASSAY_JUNIT_ERROR };
  const char *verdict = assay_text_verdict (junit->head);
  gboolean refused = assay_sentence_exit (junit->head) == 1 && strcmp (verdict, "mismatch") != 0;
  g_autofree char *sentence = assay_text_sentence (junit->head), *judged = assay_text_judged (junit->head);
  g_autofree char *message = g_strdup_printf ("%s: %s %s%s", verdict, sentence, judged,
                                              refused ? " The policy does not hold: this is no pass." : "");
  g_autofree char *reasons = list_texts (json_object_get (junit->head, "reasons"));
  assay_junit_add_case (junit, "verdict", "verdict", by_exit[assay_sentence_exit (junit->head)], message, reasons);
}

static void
add_texts (AssayJunit *junit, const char *kind, const json_t *texts, AssayJunitOutcome outcome)
{
  size_t count = json_array_size (texts);
  for (size_t i = 0; i < count; i++)
    assay_junit_add_case (junit, kind, text_at (texts, i), outcome, text_at (texts, i), NULL);
}

/* A case for each line that does not hold, and one for each that let something through. */
static void
add_policy (AssayJunit *junit)
{
  const json_t *policy = json_object_get (junit->head, "policy");
  const char *result = json_string_value (json_object_get (policy, "result"));
  const json_t *line;
  size_t index;
  if (g_strcmp0 (result, "none") == 0 || policy == NULL)
    return;
  add_texts (junit, "policy", json_object_get (policy, "failures"), ASSAY_JUNIT_FAILURE);
  if (g_strcmp0 (result, "pass") == 0)
    assay_junit_add_case (junit, "policy", "the policy holds", ASSAY_JUNIT_PASSED, NULL, NULL);
  json_array_foreach (json_object_get (policy, "used"), index, line)
  {
    g_autofree char *path = assay_sentence_place (line), *reason = assay_text_member (line, "reason");
    g_autofree char *name = g_strdup_printf ("line %" G_GUINT64_FORMAT " allows %s: %s",
                                             assay_text_number (json_object_get (line, "line")), path,
                                             reason != NULL ? reason : "no reason");
    assay_junit_add_case (junit, "policy", name, ASSAY_JUNIT_PASSED, NULL, NULL);
  }
}

static void
add_missing (AssayJunit *junit)
{
  guint length = assay_report_source_length (&junit->source, ASSAY_REPORT_MISSING);
  for (guint i = 0; i < length; i++)
    {
      g_autoptr (json_t) missing = assay_report_source_element (&junit->source, ASSAY_REPORT_MISSING, i);
      g_autofree char *place = assay_sentence_place (missing);
      assay_junit_add_case (junit, "missing", place, ASSAY_JUNIT_FAILURE, "it was expected, and is not in the image",
                            NULL);
    }
}

/* --- files --- */

/** What one file has that does not pass. */
typedef struct
{
  GString *lines;
  guint64 ranges;
  guint64 facts;
} Trouble;

static void
add_line (Trouble *trouble, const char *class_, const char *text, const char *more)
{
  g_string_append_printf (trouble->lines, "%s%s: %s%s%s", trouble->lines->len > 0 ? "\n" : "", class_, text,
                          more != NULL ? "; " : "", more != NULL ? more : "");
}

/* @ripple: what only follows from other changes comes behind those */
static void
add_ranges (const AssayJunit *junit, const AssayOutlineFile *file, gboolean ripple, Trouble *trouble)
{
  for (guint i = 0; i < file->mark_count; i++)
    {
      const AssayMark *mark = &g_array_index (junit->outline->marks, AssayMark, file->first_mark + i);
      const char *class_ = assay_class_name (mark->class_);
      if (mark->ripple != ripple || !assay_sentence_is_concern (class_) || trouble->ranges++ >= CASE_ITEMS)
        continue;
      g_autoptr (json_t) finding = assay_report_source_element (&junit->source, ASSAY_REPORT_FINDINGS, mark->index);
      g_autofree char *range = assay_sentence_range (finding), *message = assay_text_member (finding, "message");
      add_line (trouble, class_, range, message);
    }
}

static void
add_facts (const AssayJunit *junit, const AssayOutlineFile *file, Trouble *trouble)
{
  const GArray *list = g_hash_table_lookup (junit->facts, file->path);
  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      if (trouble->facts++ >= CASE_ITEMS)
        continue;
      g_autoptr (json_t) fact
          = assay_report_source_element (&junit->source, ASSAY_REPORT_FACTS, g_array_index (list, guint, i));
      g_autofree char *sentence = assay_sentence_fact (fact, junit->side), *waiver = assay_sentence_waiver (fact);
      add_line (trouble, assay_text_word (fact, "class"), sentence, waiver);
    }
}

static void
add_troubled (AssayJunit *junit, const AssayOutlineFile *file, const char *name, AssayJunitOutcome outcome)
{
  Trouble trouble = { .lines = g_string_new (NULL) };
  add_ranges (junit, file, FALSE, &trouble);
  add_ranges (junit, file, TRUE, &trouble);
  add_facts (junit, file, &trouble);
  if (trouble.ranges > CASE_ITEMS || trouble.facts > CASE_ITEMS)
    g_string_append (trouble.lines, "\n\u2026 and more; the JSON report has them all.");
  g_autofree char *ranges = assay_words_count (trouble.ranges, "range of bytes", "ranges of bytes");
  g_autofree char *facts = assay_words_count (trouble.facts, "fact", "facts");
  g_autofree char *message = g_strdup_printf ("%s: %s and %s", file->verdict, ranges, facts);
  assay_junit_add_case (junit, "files", name, outcome, message, trouble.lines->str);
  g_string_free (trouble.lines, TRUE);
}

/* In this order: what does not pass is never left out for what does. */
static const struct
{
  const char *verdict;
  AssayJunitOutcome outcome;
} verdicts[] = {
  { "mismatch", ASSAY_JUNIT_FAILURE }, { "undecided", ASSAY_JUNIT_ERROR },   { "outside", ASSAY_JUNIT_SKIPPED },
  { "waived", ASSAY_JUNIT_PASSED },    { "equivalent", ASSAY_JUNIT_PASSED }, { "identical", ASSAY_JUNIT_PASSED },
};

static gboolean
add_files (AssayJunit *junit, gsize row, GError **error)
{
  const GArray *files = junit->outline->files;
  AssayJunitOutcome outcome = verdicts[row].outcome;
  for (guint i = 0; i < files->len; i++)
    {
      const AssayOutlineFile *file = &g_array_index (files, AssayOutlineFile, i);
      const char *name = strcmp (file->path, ".") == 0 ? "the image" : file->path;
      if (strcmp (file->verdict, verdicts[row].verdict) != 0)
        continue;
      if (assay_cancelled (error))
        return FALSE;
      if (outcome == ASSAY_JUNIT_FAILURE || outcome == ASSAY_JUNIT_ERROR)
        add_troubled (junit, file, name, outcome);
      else
        assay_junit_add_case (junit, "files", name, outcome, "outside the scope that was granted; not judged", NULL);
    }
  return TRUE;
}

gboolean
assay_junit_add_cases (AssayJunit *junit, GError **error)
{
  add_verdict (junit);
  add_policy (junit);
  add_missing (junit);
  add_texts (junit, "ambiguous", json_object_get (junit->head, "ambiguous"), ASSAY_JUNIT_FAILURE);
  add_texts (junit, "undecided", json_object_get (junit->head, "undecided"), ASSAY_JUNIT_ERROR);
  for (gsize row = 0; row < G_N_ELEMENTS (verdicts); row++)
    if (!add_files (junit, row, error))
      return FALSE;
  return TRUE;
}
