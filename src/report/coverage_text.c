#include "report/coverage.h"

#include "judge/words.h"
#include "report/coverage_words.h"
#include "report/text.h"
#include "util/json.h"

#include <string.h>

#define LABEL_COLUMN 11u
/* Right end of a number of bytes, of its share, and where a name or a bar begins. */
#define BYTES_COLUMN 23u
#define SHARE_COLUMN 35u
#define NAME_COLUMN 37u
/* Right ends of the same in a list of files, whose names want room. */
#define FILE_BYTES_COLUMN 15u
#define FILE_SHARE_COLUMN 26u
#define FILE_NAME_COLUMN 28u
/* Files of one list; all are in the JSON. */
#define FILES_MAX 20u

/* A number and its share, each against its right end. */
static void
put_bytes (AssayPage *page, guint at, guint bytes_end, guint share_end, guint64 part, guint64 total)
{
  g_autofree char *bytes = assay_words_number (part);
  g_autofree char *share = assay_text_share (part, total);
  guint width = (guint)strlen (bytes);
  assay_page_pad (page, at + width, bytes_end);
  g_string_append (page->text, bytes);
  guint behind = MAX (at + width, bytes_end);
  assay_page_pad (page, behind + (guint)strlen (share), share_end);
  g_string_append (page->text, share);
}

static void
render_row (AssayPage *page, gsize row, guint64 part, guint64 total)
{
  AssayPaint paint = row == 0 ? ASSAY_PAINT_GOOD : part > 0 ? ASSAY_PAINT_UNSURE : ASSAY_PAINT_NONE;
  g_autofree char *bar = assay_text_bar (part, total);
  const char *name = assay_coverage_words (row)->row;
  g_string_append (page->text, "  ");
  assay_page_paint (page, paint, name);
  put_bytes (page, 2 + (guint)strlen (name), BYTES_COLUMN, SHARE_COLUMN, part, total);
  g_string_append (page->text, "  ");
  assay_page_paint (page, paint, bar);
  assay_page_end_line (page);
}

static void
render_table (AssayPage *page, const json_t *coverage)
{
  const json_t *code = json_object_get (coverage, "code");
  const json_t *states = json_object_get (code, "states");
  guint64 total = assay_text_number (json_object_get (code, "bytes"));
  g_autofree char *beside = assay_coverage_beside_sentence (coverage);
  g_autofree char *whole = assay_words_number (total);
  assay_page_title (page, "SHIPPED CODE");
  g_string_append (page->text, "                    bytes       share\n");
  for (gsize i = 0; i < ASSAY_COVERAGE_STATES; i++)
    {
      guint64 part = assay_text_number (json_object_get (states, assay_coverage_words (i)->state));
      if (part > 0 || i == 0)
        render_row (page, i, part, total);
    }
  g_string_append (page->text, "  total");
  assay_page_pad (page, 7 + (guint)strlen (whole), BYTES_COLUMN);
  g_string_append_printf (page->text, "%s\n", whole);
  if (beside != NULL)
    assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", beside);
}

/* With why it does not count. */
static void
render_file (AssayPage *page, const json_t *row, guint64 total)
{
  gboolean source = json_object_get (row, "file") != NULL;
  g_autofree char *name = assay_text_member (row, source ? "file" : "path");
  gboolean image = !source && g_strcmp0 (name, ".") == 0;
  g_autofree char *shown = g_strconcat (source ? "" : "in ", image ? "the image" : name, NULL);
  g_autofree char *why = assay_coverage_why (row);
  put_bytes (page, 0, FILE_BYTES_COLUMN, FILE_SHARE_COLUMN, assay_text_number (json_object_get (row, "bytes")), total);
  g_string_append (page->text, "  ");
  assay_page_flow (page, FILE_NAME_COLUMN, shown);
  assay_page_label (page, FILE_NAME_COLUMN + 2, FILE_NAME_COLUMN + 2, ASSAY_PAINT_NONE, "", why);
}

static void
render_more (AssayPage *page, guint64 more)
{
  g_autofree char *count = assay_words_count (more, "file", "files");
  g_autofree char *text = g_strdup_printf ("and %s more; all are in `--format json`", count);
  if (more > 0)
    assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", text);
}

static void
render_left (AssayPage *page, const json_t *coverage)
{
  const json_t *left = json_object_get (coverage, "left");
  guint64 total = assay_text_number (json_object_get (json_object_get (coverage, "code"), "bytes"));
  const json_t *row;
  size_t index;
  if (json_array_size (left) == 0)
    return;
  assay_page_title (page, "LEFT TO REVIEW, the largest first");
  json_array_foreach (left, index, row)
  {
    if (index == FILES_MAX)
      break;
    render_file (page, row, total);
  }
  render_more (page, json_array_size (left) - index);
}

/* --- what the build did with the delivery --- */

static void
render_names (AssayPage *page, const char *behind, const json_t *names)
{
  gsize count = json_array_size (names);
  g_autofree char *number = assay_words_count (count, "file", "files");
  g_autofree char *text = g_strconcat (number, behind, NULL);
  assay_page_label (page, 2, 2, ASSAY_PAINT_STRONG, "", text);
  for (gsize i = 0; i < count && i < FILES_MAX; i++)
    {
      g_autofree char *name = assay_page_escape (json_string_value (json_array_get (names, i)));
      assay_page_label (page, 4, 6, ASSAY_PAINT_NONE, "", name);
    }
  if (count > FILES_MAX)
    {
      g_autofree char *more = g_strdup_printf ("and %zu more; all are in `--format json`", count - FILES_MAX);
      assay_page_label (page, 4, 4, ASSAY_PAINT_NONE, "", more);
    }
}

static void
render_builds (AssayPage *page, const json_t *coverage)
{
  gboolean any = FALSE;
  for (guint kind = 0; kind < ASSAY_COVERAGE_BESIDE_COUNT; kind++)
    {
      g_autoptr (json_t) names = assay_coverage_beside_names (coverage, (AssayCoverageBeside)kind);
      if (json_array_size (names) == 0)
        continue;
      if (!any)
        assay_page_title (page, "FILES BESIDE THE CODE");
      any = TRUE;
      render_names (page, assay_coverage_beside_text ((AssayCoverageBeside)kind), names);
    }
}

/* --- the head --- */

static void
render_head (AssayPage *page, const json_t *coverage)
{
  const json_t *code = json_object_get (coverage, "code");
  guint64 total = assay_text_number (json_object_get (code, "bytes"));
  guint64 part = assay_text_number (json_object_get (json_object_get (code, "states"), "reviewed"));
  gboolean recorded = json_is_true (json_object_get (coverage, "recorded"));
  g_autofree char *share = assay_text_share (part, total);
  g_autofree char *sentence = assay_coverage_sentence (coverage);
  AssayPaint paint = !recorded || part == 0 ? ASSAY_PAINT_BAD : part == total ? ASSAY_PAINT_GOOD : ASSAY_PAINT_UNSURE;
  assay_page_label (page, 0, (guint)strlen (share) + 2, paint, share, sentence);
  for (guint i = 0; i < ASSAY_COVERAGE_DOUBTS; i++)
    {
      const char *doubt = assay_coverage_doubt (coverage, i);
      if (doubt != NULL)
        assay_page_label (page, 0, 0, i == 0 ? ASSAY_PAINT_BAD : ASSAY_PAINT_UNSURE, "", doubt);
    }
}

static void
render_inputs (AssayPage *page, const json_t *coverage)
{
  const json_t *report = json_object_get (coverage, "report");
  g_autofree char *image = assay_text_member (json_object_get (report, "image"), "path");
  g_autofree char *listed = assay_coverage_list_sentence (json_object_get (coverage, "list"));
  g_string_append_c (page->text, '\n');
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Image", image != NULL ? image : "?");
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Verdict", assay_text_word (report, "verdict"));
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "List", listed);
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "By", ASSAY_COVERAGE_BY);
}

char *
assay_coverage_render_text (const json_t *coverage, AssayTextStyle style)
{
  AssayPage page = { g_string_new (NULL), style };
  render_head (&page, coverage);
  render_inputs (&page, coverage);
  render_table (&page, coverage);
  render_left (&page, coverage);
  render_builds (&page, coverage);
  return g_string_free (page.text, FALSE);
}
