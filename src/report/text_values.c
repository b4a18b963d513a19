#include "report/text.h"

#include "judge/words.h"

#include <string.h>

/* Cells of a full bar; each has eight steps. */
#define BAR_CELLS 20

guint64
assay_text_number (const json_t *value)
{
  guint64 number = 0;
  const char *text = json_string_value (value);
  if (json_is_integer (value) && json_integer_value (value) > 0)
    return (guint64)json_integer_value (value);
  if (text != NULL && g_str_has_prefix (text, "0x")
      && g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT64, &number, NULL))
    return number;
  return 0;
}

char *
assay_text_member (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));
  return text != NULL ? assay_page_escape (text) : NULL;
}

/* The words that a report judges with, and their colours. */
static const struct
{
  const char *word;
  AssayPaint paint;
} words[] = {
  { "mismatch", ASSAY_PAINT_BAD },   { "unexplained", ASSAY_PAINT_BAD }, { "unreproducible", ASSAY_PAINT_BAD },
  { "fail", ASSAY_PAINT_BAD },       { "waived", ASSAY_PAINT_GOOD },     { "equivalent", ASSAY_PAINT_GOOD },
  { "identical", ASSAY_PAINT_GOOD }, { "explained", ASSAY_PAINT_GOOD },  { "structure", ASSAY_PAINT_GOOD },
  { "pass", ASSAY_PAINT_GOOD },      { "outside", ASSAY_PAINT_NONE },
};

AssayPaint
assay_text_paint_of (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i].word, word) == 0)
      return words[i].paint;
  return ASSAY_PAINT_UNSURE;
}

const char *
assay_text_word (const json_t *object, const char *key)
{
  const char *given = json_string_value (json_object_get (object, key));
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i].word, given) == 0)
      return words[i].word;
  return "undecided";
}

const char *
assay_text_expected_side (const json_t *head)
{
  const json_t *expected = json_object_get (head, "expected");
  const json_t *entry;
  size_t index;
  json_array_foreach (expected, index, entry)
  {
    const char *kind = json_string_value (json_object_get (entry, "kind"));
    if (g_strcmp0 (kind, "rebuild") == 0)
      return "rebuild";
  }
  return "expected";
}

/* What a verdict says, before and behind the name of the expected side. With a scope it speaks of the scope (T2). */
static const struct
{
  const char *verdict;
  const char *before;
  const char *behind;
} headlines[] = {
  { "undecided", "It could not be decided whether the image is ", "." },
  { "mismatch", "{subject} is not ", "." },
  { "waived", "{subject} is ", ", except where the policy allows a difference." },
  { "equivalent", "{subject} is ", "; every difference is proven harmless." },
  { "identical", "{subject} is, byte for byte, ", "." },
};

char *
assay_text_judged (const json_t *head)
{
  const json_t *judged = json_object_get (head, "judged");
  guint64 undecided = assay_text_number (json_object_get (json_object_get (head, "accounting"), "undecided"));
  g_autofree char *part = assay_words_number (assay_text_number (json_object_get (judged, "bytes")));
  g_autofree char *whole = assay_words_count (assay_text_number (json_object_get (judged, "of")), "byte", "bytes");
  g_autofree char *open = assay_words_number (undecided);
  return g_strdup_printf ("%s of %s judged%s%s%s.", part, whole, undecided > 0 ? ", " : "", undecided > 0 ? open : "",
                          undecided > 0 ? " of them without a result" : "");
}

static gsize
headline_of (const json_t *head)
{
  const char *verdict = json_string_value (json_object_get (head, "verdict"));
  for (gsize i = 0; i < G_N_ELEMENTS (headlines); i++)
    if (g_strcmp0 (headlines[i].verdict, verdict) == 0)
      return i;
  return 0;
}

const char *
assay_text_verdict (const json_t *head)
{
  return headlines[headline_of (head)].verdict;
}

char *
assay_text_sentence (const json_t *head)
{
  const json_t *judged = json_object_get (head, "judged");
  guint64 bytes = assay_text_number (json_object_get (judged, "bytes"));
  guint64 of = assay_text_number (json_object_get (judged, "of"));
  gsize row = headline_of (head);
  gboolean rebuilt = strcmp (assay_text_expected_side (head), "rebuild") == 0;
  g_auto (GStrv) around_subject = g_strsplit (headlines[row].before, "{subject}", 2);
  /* A directory outside of the scope has no bytes, and facts that nobody judged. */
  const json_t *files = json_object_get (json_object_get (head, "counts"), "files");
  gboolean part = bytes < of || assay_text_number (json_object_get (files, "outside")) > 0;
  const char *subject = around_subject[1] == NULL ? "" : part ? "The judged part of the image" : "The image";
  return g_strconcat (around_subject[0], subject, around_subject[1] == NULL ? "" : around_subject[1],
                      rebuilt ? "what the source builds" : "what was expected", headlines[row].behind, NULL);
}

char *
assay_text_share (guint64 part, guint64 total)
{
  guint64 share = total == 0 ? 0 : (guint64)((unsigned __int128)part * 10000 / total);
  if (part > 0 && share == 0)
    return g_strdup ("< 0.01 %");
  if (part < total && (unsigned __int128)(total - part) * 10000 < total)
    return g_strdup ("> 99.99 %");
  return g_strdup_printf ("%" G_GUINT64_FORMAT ".%02u %%", share / 100, (guint)(share % 100));
}

char *
assay_text_bar (guint64 part, guint64 total)
{
  static const char *const eighths[] = { "", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589" };
  guint64 steps = total == 0 ? 0 : (guint64)((unsigned __int128)MIN (part, total) * (BAR_CELLS * 8) / total);
  if (part > 0 && steps == 0)
    steps = 1;
  GString *bar = g_string_new (NULL);
  for (guint64 i = 0; i < steps / 8; i++)
    g_string_append (bar, "\u2588");
  g_string_append (bar, eighths[steps % 8]);
  return g_string_free (bar, FALSE);
}
