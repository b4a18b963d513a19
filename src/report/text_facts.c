#include "report/text.h"

#include "judge/words.h"

#include <string.h>

void
assay_text_render_more (AssayPage *page, const json_t *head, const char *array)
{
  /* Neither of these ever stands in a head. */
  static const char *const never[] = { "identical", "outside" };
  const json_t *counts = json_object_get (json_object_get (head, "counts"), array);
  guint64 total = assay_text_number (json_object_get (counts, "total"));
  guint64 shown = json_array_size (json_object_get (head, array));
  for (gsize i = 0; i < G_N_ELEMENTS (never); i++)
    shown += assay_text_number (json_object_get (counts, never[i]));
  if (total <= shown)
    return;
  g_autofree char *more = assay_words_number (total - shown);
  g_autofree char *line = g_strdup_printf ("\u2026 and %s more; the JSON report has them all.", more);
  assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", line);
}

void
assay_text_render_path (AssayPage *page, const json_t *element, char **last)
{
  char *path = assay_text_member (element, "path");
  if (path == NULL)
    path = g_strdup ("?");
  if (g_strcmp0 (*last, path) != 0)
    assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", strcmp (path, ".") == 0 ? ". (the image itself)" : path);
  g_free (*last);
  *last = path;
}

static void
render_fact (AssayPage *page, const json_t *fact, const char *side)
{
  const char *class_ = assay_text_word (fact, "class");
  g_autofree char *name = assay_text_member (fact, "fact");
  g_autofree char *raw_shipped = assay_text_member (fact, "shipped"),
                  *raw_expected = assay_text_member (fact, "expected");
  g_autofree char *shipped = assay_words_value (name != NULL ? name : "", raw_shipped),
                  *expected = assay_words_value (name != NULL ? name : "", raw_expected);
  const char *where = strcmp (side, "rebuild") == 0 ? "in the rebuild" : "expected";
  g_autofree char *line
      = g_strdup_printf ("%s: %s in the image, %s %s", name != NULL ? name : "fact",
                         shipped != NULL ? shipped : "nothing", expected != NULL ? expected : "nothing", where);
  assay_page_label (page, 4, ASSAY_TEXT_CLASS_COLUMN, assay_text_paint_of (class_), class_, line);
}

static void
render_missing (AssayPage *page, const json_t *head)
{
  const json_t *missing = json_object_get (head, "missing");
  const json_t *entry;
  size_t index;
  if (json_array_size (missing) == 0)
    return;
  assay_page_title (page, "MISSING");
  json_array_foreach (missing, index, entry)
  {
    const json_t *size = json_object_get (entry, "size");
    g_autofree char *path = assay_text_member (entry, "path");
    g_autofree char *bytes = assay_words_count (assay_text_number (size), "byte", "bytes");
    g_autofree char *line = size != NULL ? g_strdup_printf ("%s (%s)", path != NULL ? path : "", bytes)
                                         : g_strdup (path != NULL ? path : "");
    assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", line);
  }
  assay_text_render_more (page, head, "missing");
}

void
assay_text_render_facts (AssayPage *page, const json_t *head)
{
  const json_t *facts = json_object_get (head, "facts");
  const json_t *fact;
  g_autofree char *last = NULL;
  size_t index;
  if (json_array_size (facts) > 0)
    {
      assay_page_title (page, "FACTS");
      json_array_foreach (facts, index, fact)
      {
        assay_text_render_path (page, fact, &last);
        render_fact (page, fact, assay_text_expected_side (head));
      }
      assay_text_render_more (page, head, "facts");
    }
  render_missing (page, head);
}
