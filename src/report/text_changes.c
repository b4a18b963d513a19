#include "report/text.h"

#include "judge/words.h"
#include "report/sentence.h"

#include <string.h>

/** Changes that are listed for one file, and in all; the JSON report has them all. */
#define MAX_OF_FILE 12
#define MAX_CHANGES 40

/* How much of the code is what it was, in words. */
static char *
format_code (const json_t *code)
{
  static const struct
  {
    const char *key;
    const char *word;
  } parts[] = {
    { "untouched", "untouched" }, { "moved", "the same in another place" },
    { "changed", "changed" },     { "added", "added" },
    { "removed", "removed" },     { "renamed", "renamed" },
  };
  guint64 bytes = assay_text_number (json_object_get (code, "bytes"));
  guint64 untouched = assay_text_number (json_object_get (code, "untouched_bytes"));
  g_autofree char *functions = assay_words_count (assay_text_number (json_object_get (code, "functions")),
                                                  "function known by name", "functions known by name");
  GString *line = g_string_new (functions);
  const char *joint = ": ";
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      guint64 number = assay_text_number (json_object_get (code, parts[i].key));
      g_autofree char *shown = assay_words_number (number);
      if (number > 0)
        g_string_append_printf (line, "%s%s %s", joint, shown, parts[i].word);
      joint = number > 0 ? ", " : joint;
    }
  if (bytes > 0 && untouched <= bytes)
    {
      guint64 share = (guint64)((unsigned __int128)untouched * 1000 / bytes);
      g_autofree char *all = assay_words_count (bytes, "byte", "bytes");
      g_string_append_printf (line, "; %" G_GUINT64_FORMAT ".%u %% of their %s %s untouched", share / 10,
                              (guint)(share % 10), all, bytes == 1 ? "is" : "are");
    }
  return g_string_free (line, FALSE);
}

static void
render_change (AssayPage *page, const json_t *change)
{
  g_autofree char *word = assay_text_member (change, "change");
  g_autofree char *what = assay_text_member (change, "what");
  g_autofree char *name = assay_text_member (change, "name");
  g_autofree char *old_name = assay_text_member (change, "old_name");
  g_autofree char *file = assay_text_member (change, "file");
  guint64 shipped = assay_text_number (json_object_get (change, "shipped_size"));
  guint64 expected = assay_text_number (json_object_get (change, "expected_size"));
  guint64 line = assay_text_number (json_object_get (change, "line"));
  g_autoptr (GString) text = g_string_new (what != NULL ? what : "bytes");
  if (name != NULL)
    g_string_append_printf (text, " %s", name);
  if (g_strcmp0 (json_string_value (json_object_get (change, "named_by")), "shipped") == 0)
    g_string_append (text, " (as the image calls it)");
  if (old_name != NULL)
    g_string_append_printf (text, ", expected as %s", old_name);
  if (file != NULL)
    g_string_append_printf (text, ", %s:%" G_GUINT64_FORMAT, file, line);
  g_autofree char *size = assay_words_count (shipped > 0 ? shipped : expected, "byte", "bytes");
  g_autofree char *other = assay_words_number (expected);
  g_string_append_printf (text, ", %s", size);
  if (shipped != expected && shipped > 0 && expected > 0)
    g_string_append_printf (text, ", expected %s", other);
  assay_page_label (page, 4, 14, ASSAY_PAINT_NONE, word != NULL ? word : "", text->str);
}

static guint
render_file (AssayPage *page, const json_t *file, guint left)
{
  const json_t *changes = json_object_get (file, "changes");
  const json_t *code = json_object_get (file, "code");
  g_autofree char *path = assay_text_member (file, "path");
  const json_t *change;
  guint shown = 0;
  size_t index;
  assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", g_strcmp0 (path, ".") == 0 ? ". (the image itself)" : path);
  if (assay_sentence_coarse (file) != NULL)
    assay_page_label (page, 4, 4, ASSAY_PAINT_NONE, "", assay_sentence_coarse (file));
  if (code != NULL)
    {
      g_autofree char *line = format_code (code);
      assay_page_label (page, 4, 4, ASSAY_PAINT_NONE, "", line);
    }
  json_array_foreach (changes, index, change)
  {
    if (shown == MIN (left, MAX_OF_FILE))
      break;
    render_change (page, change);
    shown++;
  }
  if (json_array_size (changes) > shown)
    {
      g_autofree char *more = assay_words_number (json_array_size (changes) - shown);
      g_autofree char *line = g_strdup_printf ("\u2026 and %s more; the JSON report has them all.", more);
      assay_page_label (page, 4, 4, ASSAY_PAINT_NONE, "", line);
    }
  return shown;
}

/* Which way it is told: who gives two releases in the other order would read every "added" the wrong way round. */
static void
render_direction (AssayPage *page, const json_t *head)
{
  const json_t *given = json_array_get (json_object_get (head, "expected"), 0);
  g_autofree char *image = assay_text_member (json_object_get (head, "image"), "path");
  g_autofree char *path = assay_text_member (given, "path");
  g_autofree char *line = NULL;
  if (strcmp (assay_text_expected_side (head), "rebuild") == 0)
    line = g_strdup ("From the rebuild to the image: what is added is in the image alone.");
  else if (image != NULL && path != NULL)
    line = g_strdup_printf ("From %s to %s: what is added is in the latter alone.", path, image);
  else
    line = g_strdup ("From what was expected to the image: what is added is in the image alone.");
  assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", line);
}

/* One change in one place is what the finding says already. */
static gboolean
is_worth_listing (const json_t *file)
{
  return (json_array_size (json_object_get (file, "changes")) > 0 && json_object_get (file, "code") != NULL)
         || assay_sentence_coarse (file) != NULL;
}

void
assay_text_render_changes (AssayPage *page, const json_t *head)
{
  const json_t *file;
  guint left = MAX_CHANGES;
  gboolean titled = FALSE;
  size_t index;
  json_array_foreach (json_object_get (head, "files"), index, file)
  {
    if (left == 0 || !is_worth_listing (file))
      continue;
    if (!titled)
      {
        assay_page_title (page, "CHANGES");
        render_direction (page, head);
      }
    titled = TRUE;
    guint shown = render_file (page, file, left);
    left -= MIN (left, MAX (shown, 1));
  }
}
