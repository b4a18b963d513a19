#include "report/text.h"

#include "judge/words.h"

#include <string.h>

/* Where the text beside a label begins. */
#define LABEL_COLUMN 11

/* Where a reason begins, behind its number; lines of a log stand beneath it. */
#define REASON_COLUMN 5

static void
render_verdict (AssayPage *page, const json_t *head)
{
  const char *verdict = assay_text_verdict (head);
  g_autofree char *sentence = assay_text_sentence (head), *share = assay_text_judged (head);
  g_autofree char *word = g_ascii_strup (verdict, -1);
  guint column = (guint)strlen (word) + 2;
  assay_page_label (page, 0, column, assay_text_paint_of (verdict), word, sentence);
  assay_page_label (page, 0, column, ASSAY_PAINT_NONE, "", share);
}

/* What was kept back from whoever judged: said beside the image, so that nobody takes silence for a finding. */
static void
render_unseen (AssayPage *page, const json_t *unseen)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (unseen, index, entry)
  {
    g_autofree char *name = assay_page_escape (json_string_value (entry));
    g_autofree char *line = g_strdup_printf ("%s, which this user may not read", name);
    assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_UNSURE, "Not seen", line);
  }
}

static void
render_image (AssayPage *page, const json_t *head)
{
  const json_t *image = json_object_get (head, "image");
  const json_t *size = json_object_get (image, "size");
  g_autofree char *path = assay_text_member (image, "path");
  g_autofree char *format = assay_text_member (image, "format");
  g_autofree char *sha256 = assay_text_member (image, "sha256");
  g_autofree char *bytes = assay_words_count (assay_text_number (size), "byte", "bytes");
  g_autoptr (GString) line = g_string_new (path != NULL ? path : "?");
  if (format != NULL || size != NULL)
    g_string_append_printf (line, " (%s%s%s)", format != NULL ? format : "", format != NULL && size != NULL ? ", " : "",
                            size != NULL ? bytes : "");
  g_string_append_c (page->text, '\n');
  if (json_object_size (image) > 0)
    assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Image", line->str);
  if (sha256 != NULL)
    assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "SHA-256", sha256);
  render_unseen (page, json_object_get (json_object_get (head, "options"), "not_seen"));
}

/* "source unauthenticated" and the like: without a pin anybody could have supplied it. A toolchain that no recipe names
 * is whatever this machine has. */
static void
add_authenticity (GString *line, const json_t *expected, const char *what)
{
  const json_t *part = json_object_get (expected, what);
  gboolean host = g_strcmp0 (json_string_value (json_object_get (part, "kind")), "host") == 0;
  if (json_is_false (json_object_get (part, "authenticated"))
      || g_strcmp0 (json_string_value (part), "unauthenticated") == 0)
    g_string_append_printf (line, "; %s%s unauthenticated", what, host ? " of this machine," : "");
}

/* Two rebuilds that are equal say the more the more was another in the second. */
static void
render_second (AssayPage *page, const json_t *second)
{
  g_autoptr (GString) line = g_string_new (NULL);
  const json_t *variation;
  size_t index;
  gboolean any = FALSE;
  if (second == NULL)
    return;
  g_string_append (line, json_is_true (json_object_get (second, "reproducible")) ? "both rebuilds made the same"
                                                                                 : "the two rebuilds differ");
  json_array_foreach (json_object_get (second, "variations"), index, variation)
  {
    g_autofree char *name = assay_text_member (variation, "name");
    if (json_is_true (json_object_get (variation, "varied")))
      continue;
    g_string_append_printf (line, "%s%s", any ? ", " : "; not varied: ", name != NULL ? name : "?");
    any = TRUE;
  }
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Twice", line->str);
}

static void
render_texts (AssayPage *page, const json_t *texts)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (texts, index, entry)
  {
    g_autofree char *text = assay_page_escape (json_string_value (entry));
    assay_page_label (page, LABEL_COLUMN, LABEL_COLUMN + 2, ASSAY_PAINT_NONE, "-", text);
  }
}

/* What went in, where it was recorded; the lists are in the JSON. */
static void
render_recording (AssayPage *page, const json_t *recording)
{
  if (recording == NULL)
    return;
  g_autofree char *delivered = assay_words_number (json_array_size (json_object_get (recording, "read")));
  g_autofree char *idle = assay_words_number (json_array_size (json_object_get (recording, "never_read")));
  g_autofree char *tools = assay_words_number (json_array_size (json_object_get (recording, "toolchain")));
  g_autofree char *unsure = assay_words_number (json_array_size (json_object_get (recording, "unsure")));
  g_autofree char *line = g_strdup_printf (
      "the build opened %s of the delivered files, never %s, of %s nobody knows; %s of the toolchain%s", delivered,
      idle, unsure, tools, json_is_true (json_object_get (recording, "whole")) ? "" : "; not all is known");
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Recorded", line);
  render_texts (page, json_object_get (recording, "why"));
}

static void
render_expected (AssayPage *page, const json_t *head)
{
  const json_t *expected = json_object_get (head, "expected");
  const json_t *entry;
  size_t index;
  json_array_foreach (expected, index, entry)
  {
    g_autofree char *kind = assay_text_member (entry, "kind");
    g_autofree char *path = assay_text_member (entry, "path");
    g_autofree char *recipe = assay_text_member (json_object_get (entry, "recipe"), "sha256");
    g_autoptr (GString) line = g_string_new (kind != NULL ? kind : "unknown");
    if (path != NULL)
      g_string_append_printf (line, " %s", path);
    if (recipe != NULL && strspn (recipe, "0123456789abcdef") == 64)
      g_string_append_printf (line, " by recipe %.16s\u2026", recipe);
    if (json_is_true (json_object_get (entry, "cached")))
      g_string_append (line, "; built before (cached)");
    add_authenticity (line, entry, "source");
    add_authenticity (line, entry, "recipe");
    add_authenticity (line, entry, "toolchain");
    assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, index == 0 ? "Expected" : "", line->str);
    render_second (page, json_object_get (entry, "second"));
    render_recording (page, json_object_get (entry, "recording"));
  }
}

/* One line of the policy that made something pass: who answers for it, and why. */
static void
render_grant (AssayPage *page, const json_t *grant)
{
  g_autofree char *path = assay_text_member (grant, "path");
  g_autofree char *owner = assay_text_member (grant, "owner");
  g_autofree char *reason = assay_text_member (grant, "reason");
  guint64 line = assay_text_number (json_object_get (grant, "line"));
  g_autofree char *bytes = assay_words_count (assay_text_number (json_object_get (grant, "bytes")), "byte", "bytes");
  g_autofree char *facts = assay_words_count (assay_text_number (json_object_get (grant, "facts")), "fact", "facts");
  gboolean blob = g_strcmp0 (json_string_value (json_object_get (grant, "kind")), "blob") == 0;
  g_autofree char *text
      = g_strdup_printf ("line %" G_GUINT64_FORMAT " %s %s and %s of %s: %s%s%s", line, blob ? "accepts" : "waives",
                         bytes, facts, path != NULL ? path : "?", reason != NULL ? reason : "no reason given",
                         owner != NULL ? "; answered for by " : "", owner != NULL ? owner : "");
  assay_page_label (page, LABEL_COLUMN, LABEL_COLUMN + 2, ASSAY_PAINT_NONE, "-", text);
}

static void
render_policy (AssayPage *page, const json_t *head)
{
  const json_t *policy = json_object_get (head, "policy");
  const char *result = json_string_value (json_object_get (policy, "result"));
  const json_t *grant;
  size_t index;
  if (result == NULL || strcmp (result, "none") == 0)
    return;
  const char *word = assay_text_word (policy, "result");
  g_string_append (page->text, "Policy");
  assay_page_pad (page, (guint)strlen ("Policy"), LABEL_COLUMN);
  assay_page_paint (page, assay_text_paint_of (word), word);
  g_string_append_c (page->text, '\n');
  render_texts (page, json_object_get (policy, "failures"));
  json_array_foreach (json_object_get (policy, "used"), index, grant) render_grant (page, grant);
  render_texts (page, json_object_get (policy, "notes"));
}

/* The classes in the order of a reader: what is well first, what is not beneath. */
static const char *const row_classes[]
    = { "identical", "structure", "explained", "waived", "outside", "undecided", "unreproducible", "unexplained" };

static void
render_row (AssayPage *page, const char *name, guint64 part, guint64 total, guint width)
{
  g_autofree char *number = assay_words_number (part), *share = assay_text_share (part, total);
  g_autofree char *bar = assay_text_bar (part, total);
  AssayPaint paint = part > 0 ? assay_text_paint_of (name) : ASSAY_PAINT_NONE;
  g_string_append (page->text, "  ");
  assay_page_paint (page, paint, name);
  assay_page_pad (page, (guint)strlen (name), 16);
  g_string_append_printf (page->text, "%*s  %9s", (int)width, number, share);
  if (*bar != '\0')
    {
      g_string_append (page->text, "  ");
      assay_page_paint (page, paint, bar);
    }
  g_string_append_c (page->text, '\n');
}

/* "12 identical, 1 unexplained" of an object of counts. */
static void
render_counts (AssayPage *page, const char *label, const json_t *counts, const char *const *names, gsize length)
{
  g_autoptr (GString) line = g_string_new (NULL);
  for (gsize i = 0; i < length; i++)
    {
      guint64 number = assay_text_number (json_object_get (counts, names[i]));
      g_autofree char *shown = assay_words_number (number);
      if (number > 0)
        g_string_append_printf (line, "%s%s %s", line->len > 0 ? ", " : "", shown, names[i]);
    }
  if (line->len > 0)
    assay_page_label (page, 2, 10, ASSAY_PAINT_NONE, label, line->str);
}

static void
render_account (AssayPage *page, const json_t *head)
{
  static const char *const verdicts[] = { "identical", "equivalent", "waived", "outside", "undecided", "mismatch" };
  const json_t *accounting = json_object_get (head, "accounting");
  guint64 total = assay_text_number (json_object_get (accounting, "total"));
  g_autofree char *number = assay_words_number (total);
  guint width = MAX ((guint)strlen (number), 5);
  assay_page_title (page, "ACCOUNT");
  g_string_append_printf (page->text, "  %-16s%*s  %9s\n", "", (int)width, "bytes", "share");
  for (gsize i = 0; i < G_N_ELEMENTS (row_classes); i++)
    {
      guint64 part = assay_text_number (json_object_get (accounting, row_classes[i]));
      if (part > 0 || strcmp (row_classes[i], "identical") == 0 || strcmp (row_classes[i], "unexplained") == 0)
        render_row (page, row_classes[i], part, total, width);
    }
  g_string_append_printf (page->text, "  %-16s%*s\n", "total", (int)width, number);
  render_counts (page, "Files", json_object_get (json_object_get (head, "counts"), "files"), verdicts,
                 G_N_ELEMENTS (verdicts));
  render_counts (page, "Facts", json_object_get (head, "fact_accounting"), row_classes, G_N_ELEMENTS (row_classes));
}

static void
render_reasons (AssayPage *page, const json_t *head)
{
  const json_t *reasons = json_object_get (head, "reasons");
  const json_t *reason;
  size_t index;
  if (json_array_size (reasons) == 0)
    return;
  assay_page_title (page, "WHY");
  json_array_foreach (reasons, index, reason)
  {
    g_autofree char *number = g_strdup_printf ("%2" G_GSIZE_FORMAT ".", index + 1);
    const char *whole = json_string_value (reason);
    /* Only what is indented, as the lines of a log are, begins a line of its own. An empty text has no part at all. */
    g_auto (GStrv) lines = g_strsplit (whole != NULL && *whole != '\0' ? whole : " ", "\n  ", -1);
    for (guint i = 0; lines[i] != NULL; i++)
      {
        g_autofree char *text = assay_page_escape (lines[i]);
        assay_page_label (page, 1, i == 0 ? REASON_COLUMN : REASON_COLUMN + 2, ASSAY_PAINT_NONE, i == 0 ? number : "",
                          text);
      }
  }
}

/* Whether a list of the head has what does not pass: such lists begin with it. */
static gboolean
begins_badly (const json_t *head, const char *array)
{
  const json_t *list = json_object_get (head, array);
  const char *word = assay_text_word (json_array_get (list, 0), "class");
  return json_array_size (list) > 0 && assay_text_paint_of (word) != ASSAY_PAINT_GOOD && strcmp (word, "outside") != 0;
}

/* What does not pass stands first; where that is no difference, what is short. */
static void
render_lists (AssayPage *page, const json_t *head)
{
  gboolean facts_first = begins_badly (head, "facts") || json_array_size (json_object_get (head, "missing")) > 0
                         || !begins_badly (head, "findings");
  if (facts_first)
    assay_text_render_facts (page, head);
  assay_text_render_changes (page, head);
  assay_text_render_findings (page, head);
  if (!facts_first)
    assay_text_render_facts (page, head);
}

char *
assay_report_render_text (json_t *head, AssayTextStyle style)
{
  AssayPage page = { .text = g_string_new (NULL), .style = style };
  render_verdict (&page, head);
  render_image (&page, head);
  render_expected (&page, head);
  render_policy (&page, head);
  render_account (&page, head);
  render_reasons (&page, head);
  render_lists (&page, head);
  assay_text_render_words (&page, head);
  return g_string_free (page.text, FALSE);
}
