#include "report/text.h"

#include <string.h>

/* The words of a report, as verdict.h has them, for a reader who sees them for the first time. */
static const struct
{
  const char *word;
  const char *meaning;
} verdict_words[] = {
  { "mismatch", "something in the image is unexplained, not reproducible, missing or ambiguous" },
  { "undecided", "something could not be read, rebuilt or judged; this is never a pass" },
  { "waived", "as equivalent, but for what lines of the policy allow" },
  { "equivalent", "all that is not equal is explained by a proof or written again" },
  { "identical", "every byte and every fact that was judged is equal" },
};

static const struct
{
  const char *word;
  const char *meaning;
} class_words[] = {
  { "identical", "equal to what was expected at the place that corresponds" },
  { "structure", "container bytes that were written again from accepted facts and content" },
  { "explained", "differs or has no counterpart, and a rule proves why" },
  { "waived", "allowed by a line of the policy" },
  { "outside", "outside the scope that policy or command line granted; not judged" },
  { "undecided", "could not be read or judged" },
  { "unreproducible", "differs, and two of our own rebuilds differ from each other there" },
  { "unexplained", "differs or has no counterpart, and nothing proves why" },
};

const char *
assay_text_verdict_meaning (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verdict_words); i++)
    if (g_strcmp0 (verdict_words[i].word, word) == 0)
      return verdict_words[i].meaning;
  return NULL;
}

const char *
assay_text_class_meaning (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (class_words); i++)
    if (g_strcmp0 (class_words[i].word, word) == 0)
      return class_words[i].meaning;
  return NULL;
}

static gboolean
appears (const json_t *head, const char *class_)
{
  return assay_text_number (json_object_get (json_object_get (head, "accounting"), class_)) > 0
         || assay_text_number (json_object_get (json_object_get (head, "fact_accounting"), class_)) > 0;
}

/* Whether a path leads into a container. */
static gboolean
leads_inside (const json_t *head)
{
  static const char *const arrays[] = { "facts", "findings", "missing" };
  const json_t *element;
  size_t index;
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    json_array_foreach (json_object_get (head, arrays[i]), index, element)
    {
      const char *path = json_string_value (json_object_get (element, "path"));
      if (path != NULL && strstr (path, "//") != NULL)
        return TRUE;
    }
  return FALSE;
}

void
assay_text_render_words (AssayPage *page, const json_t *head)
{
  const char *verdict = json_string_value (json_object_get (head, "verdict"));
  assay_page_title (page, "WORDS");
  const char *meaning = assay_text_verdict_meaning (verdict);
  if (meaning != NULL)
    {
      g_autofree char *word = g_ascii_strup (verdict, -1);
      assay_page_label (page, 2, 18, ASSAY_PAINT_NONE, word, meaning);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (class_words); i++)
    if (appears (head, class_words[i].word))
      assay_page_label (page, 2, 18, ASSAY_PAINT_NONE, class_words[i].word, class_words[i].meaning);
  if (leads_inside (head))
    assay_page_label (page, 2, 18, ASSAY_PAINT_NONE, "a//b", "b, which lies inside a");
}
