#include "report/markdown.h"

#include "judge/words.h"
#include "report/report.h"
#include "report/sentence.h"
#include "report/text.h"
#include "util/json.h"

#include <string.h>

/* Lines of one list. */
#define MAX_LINES 20

/* What a list leaves free behind it, so that the others, and the last line, have room. */
#define RESERVE_BYTES 12000

/** A summary at work. */
typedef struct
{
  GString *text;
  const json_t *head;
  const char *side;
} Summary;

static void
add_number (GString *out, guint64 number)
{
  g_autofree char *shown = assay_words_number (number);
  g_string_append (out, shown);
}

static void
add_heading (Summary *summary)
{
  static const char *const signs[] = { ":white_check_mark:", ":x:", ":warning:" };
  guint exit_code = assay_sentence_exit (summary->head);
  const char *verdict = assay_text_verdict (summary->head);
  gboolean refused = exit_code == 1 && strcmp (verdict, "mismatch") != 0;
  g_autofree char *sentence = assay_text_sentence (summary->head), *judged = assay_text_judged (summary->head);
  g_string_append_printf (summary->text, "## %s assay: %s%s\n\n", signs[exit_code], verdict,
                          refused ? ", but refused" : "");
  assay_markdown_append_plain (summary->text, sentence);
  g_string_append_c (summary->text, ' ');
  assay_markdown_append_plain (summary->text, judged);
  g_string_append (summary->text, refused ? " The policy does not hold: this is no pass.\n" : "\n");
}

static void
add_term (GString *out, const char *term, const char *value)
{
  if (*value == '\0')
    return;
  g_string_append_printf (out, "| %s | ", term);
  assay_markdown_append (out, value);
  g_string_append (out, " |\n");
}

static void
add_image (Summary *summary)
{
  const json_t *image = json_object_get (summary->head, "image");
  const json_t *expected = json_object_get (summary->head, "expected");
  const json_t *first = json_array_get (expected, 0);
  const char *result = assay_json_get_text (json_object_get (summary->head, "policy"), "result");
  gboolean rebuilt = strcmp (assay_json_get_text (first, "kind"), "rebuild") == 0;
  g_string_append (summary->text, "\n| | |\n|---|---|\n");
  add_term (summary->text, "Image", assay_json_get_text (image, "path"));
  add_term (summary->text, "SHA-256", assay_json_get_text (image, "sha256"));
  add_term (summary->text, rebuilt ? "Rebuild of" : "Expected",
            rebuilt ? assay_json_get_text (json_object_get (first, "recipe"), "product")
                    : assay_json_get_text (first, "path"));
  g_string_append_printf (summary->text, "| Policy | %s |\n",
                          strcmp (result, "pass") == 0   ? "holds"
                          : strcmp (result, "none") == 0 ? "none given"
                                                         : "does not hold");
}

static void
add_account (Summary *summary)
{
  const json_t *accounting = json_object_get (summary->head, "accounting");
  const json_t *facts = json_object_get (summary->head, "fact_accounting");
  guint64 total = assay_text_number (json_object_get (accounting, "total"));
  g_string_append (summary->text, "\n| Class | Bytes | Share | Facts |\n|---|---:|---:|---:|\n");
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    {
      const char *name = assay_class_name ((AssayClass)i);
      guint64 bytes = assay_text_number (json_object_get (accounting, name));
      guint64 count = assay_text_number (json_object_get (facts, name));
      g_autofree char *share = assay_text_share (bytes, total);
      if (bytes == 0 && count == 0)
        continue;
      g_string_append_printf (summary->text, "| %s | ", name);
      add_number (summary->text, bytes);
      g_string_append (summary->text, " | ");
      /* `<` and `>` could be markup */
      if (*share == '<' || *share == '>')
        g_string_append (summary->text, *share == '<' ? "below" : "above");
      assay_markdown_append_plain (summary->text, share + strcspn (share, " 0123456789"));
      g_string_append (summary->text, " | ");
      add_number (summary->text, count);
      g_string_append (summary->text, " |\n");
    }
}

/* --- lists --- */

/** A list at work: what it has in all, and what of it stands there. */
typedef struct
{
  const char *title;
  guint64 total;
  guint64 written;
} List;

/* Whether there is room for another line; the heading stands before the first. */
static gboolean
begin_line (Summary *summary, List *list)
{
  if (list->written >= MAX_LINES || summary->text->len + RESERVE_BYTES > ASSAY_MARKDOWN_BYTES)
    return FALSE;
  if (list->written++ == 0)
    g_string_append_printf (summary->text, "\n### %s\n\n", list->title);
  g_string_append (summary->text, "- ");
  return TRUE;
}

static void
end_list (Summary *summary, const List *list)
{
  if (list->total <= list->written)
    return;
  if (list->written == 0)
    g_string_append_printf (summary->text, "\n### %s\n", list->title);
  g_string_append (summary->text, "\n\u2026 and ");
  add_number (summary->text, list->total - list->written);
  g_string_append (summary->text, " more; the JSON report has them all.\n");
}

static void
add_texts (Summary *summary, const char *title, const json_t *texts)
{
  List list = { title, json_array_size (texts), 0 };
  const json_t *text;
  size_t index;
  json_array_foreach (texts, index, text)
  {
    if (!begin_line (summary, &list))
      break;
    assay_markdown_append (summary->text, json_string_value (text));
    g_string_append_c (summary->text, '\n');
  }
  end_list (summary, &list);
}

static guint64
count_concerns (const json_t *head, const char *array)
{
  const json_t *counts = json_object_get (json_object_get (head, "counts"), array);
  guint64 sum = 0;
  for (gsize i = 0; i < ASSAY_SENTENCE_CLASSES; i++)
    sum += assay_text_number (json_object_get (counts, assay_sentence_class (i)));
  return sum;
}

static void
add_line (Summary *summary, const json_t *element, const char *sentence, const char *more)
{
  g_autofree char *place = assay_sentence_place (element), *waiver = assay_sentence_waiver (element);
  g_string_append_printf (summary->text, "**%s** ", assay_text_word (element, "class"));
  assay_markdown_append (summary->text, place);
  g_string_append (summary->text, ": ");
  assay_markdown_append (summary->text, sentence);
  if (more != NULL && *more != '\0')
    {
      g_string_append (summary->text, "; ");
      assay_markdown_append (summary->text, more);
    }
  if (waiver != NULL)
    {
      g_string_append (summary->text, "; allowed by ");
      assay_markdown_append (summary->text, waiver);
    }
  g_string_append_c (summary->text, '\n');
}

static void
add_findings (Summary *summary)
{
  List list = { "Findings", count_concerns (summary->head, "findings"), 0 };
  const json_t *finding;
  size_t index;
  json_array_foreach (json_object_get (summary->head, "findings"), index, finding)
  {
    if (!assay_sentence_is_concern (assay_json_get_text (finding, "class")))
      continue;
    if (!begin_line (summary, &list))
      break;
    g_autofree char *range = assay_sentence_range (finding);
    add_line (summary, finding, range, assay_json_get_text (finding, "message"));
  }
  end_list (summary, &list);
}

static void
add_facts (Summary *summary)
{
  List list = { "Facts", count_concerns (summary->head, "facts"), 0 };
  const json_t *fact;
  size_t index;
  json_array_foreach (json_object_get (summary->head, "facts"), index, fact)
  {
    if (!assay_sentence_is_concern (assay_json_get_text (fact, "class")))
      continue;
    if (!begin_line (summary, &list))
      break;
    g_autofree char *sentence = assay_sentence_fact (fact, summary->side);
    add_line (summary, fact, sentence, NULL);
  }
  end_list (summary, &list);
}

static void
add_missing (Summary *summary)
{
  const json_t *counts = json_object_get (json_object_get (summary->head, "counts"), "missing");
  List list = { "Missing", assay_text_number (json_object_get (counts, "total")), 0 };
  const json_t *missing;
  size_t index;
  json_array_foreach (json_object_get (summary->head, "missing"), index, missing)
  {
    g_autofree char *place = assay_sentence_place (missing);
    if (!begin_line (summary, &list))
      break;
    assay_markdown_append (summary->text, place);
    g_string_append_c (summary->text, '\n');
  }
  end_list (summary, &list);
}

/* What the policy let through, by its lines. */
static void
add_used (Summary *summary)
{
  const json_t *used = json_object_get (json_object_get (summary->head, "policy"), "used");
  List list = { "Allowed by the policy", json_array_size (used), 0 };
  const json_t *line;
  size_t index;
  json_array_foreach (used, index, line)
  {
    g_autofree char *place = assay_sentence_place (line);
    if (!begin_line (summary, &list))
      break;
    g_string_append (summary->text, "line ");
    add_number (summary->text, assay_text_number (json_object_get (line, "line")));
    g_string_append (summary->text, ", ");
    assay_markdown_append (summary->text, place);
    g_string_append (summary->text, ": ");
    assay_markdown_append (summary->text, assay_json_get_text (line, "reason"));
    g_string_append_c (summary->text, '\n');
  }
  end_list (summary, &list);
}

char *
assay_markdown_render (const json_t *head)
{
  Summary summary = { g_string_new (NULL), head, assay_text_expected_side (head) };
  const json_t *policy = json_object_get (head, "policy");
  add_heading (&summary);
  add_image (&summary);
  add_texts (&summary, "The policy does not hold", json_object_get (policy, "failures"));
  add_texts (&summary, "Why", json_object_get (head, "reasons"));
  add_account (&summary);
  add_findings (&summary);
  add_facts (&summary);
  add_missing (&summary);
  add_used (&summary);
  g_string_append (
      summary.text,
      "\nThis shows what a report says; whether to believe it, `assay gate` decides from the report and the "
      "image.\n");
  return g_string_free (summary.text, FALSE);
}

static gboolean
write_summary (const json_t *head, AssayOutput *output, GError **error)
{
  g_autofree char *text = assay_markdown_render (head);
  return assay_output_write (output, text, strlen (text), error);
}

gboolean
assay_report_write_markdown (const AssayReport *report, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head (report);
  return write_summary (head, output, error);
}

gboolean
assay_report_write_markdown_of_json (const AssayReportSource *source, AssayOutput *output, GError **error)
{
  g_autoptr (json_t) head = assay_report_head_of_json (source, error);
  return head != NULL && write_summary (head, output, error);
}
