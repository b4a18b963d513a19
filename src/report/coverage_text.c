#include "report/coverage.h"

#include "judge/words.h"
#include "report/text.h"

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

/** AssayCoverageState's words, as a row of the table, and behind a file. */
static const struct
{
  const char *state;
  const char *row;
  const char *behind;
} words[] = {
  { "reviewed", "reviewed", "reviewed" },
  { "unlisted", "not reviewed", "not in the list" },
  { "other-digest", "other version", "the list has it with another digest" },
  { "altered", "altered", "the build wrote, renamed or removed it: what was read is not known" },
  { "renamed", "renamed", "reviewed, but %s may give its own lines this name, and is not reviewed" },
  { "generated", "generated", "made by the build, and the list does not say of what" },
  { "elsewhere", "elsewhere", "no file that the build read" },
  { "toolchain", "toolchain", "of the toolchain, and not in the list" },
  { "unnamed", "no lines", "no line of a source is known for it" },
  { "differs", "not rebuilt", "not what a rebuild made" },
};

static gsize
find_words (const char *state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i].state, state) == 0)
      return i;
  return G_N_ELEMENTS (words) - 1;
}

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
  g_string_append (page->text, "  ");
  assay_page_paint (page, paint, words[row].row);
  put_bytes (page, 2 + (guint)strlen (words[row].row), BYTES_COLUMN, SHARE_COLUMN, part, total);
  g_string_append (page->text, "  ");
  assay_page_paint (page, paint, bar);
  assay_page_end_line (page);
}

static void
render_table (AssayPage *page, const json_t *code)
{
  const json_t *states = json_object_get (code, "states");
  guint64 total = assay_text_number (json_object_get (code, "bytes"));
  guint64 beside = assay_text_number (json_object_get (code, "beside"));
  g_autofree char *whole = assay_words_number (total);
  assay_page_title (page, "SHIPPED CODE");
  g_string_append (page->text, "                    bytes       share\n");
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      guint64 part = assay_text_number (json_object_get (states, words[i].state));
      if (part > 0 || i == 0)
        render_row (page, i, part, total);
    }
  g_string_append (page->text, "  total");
  assay_page_pad (page, 7 + (guint)strlen (whole), BYTES_COLUMN);
  g_string_append_printf (page->text, "%s\n", whole);
  if (beside == 0)
    return;
  g_autofree char *count = assay_words_count (beside, "byte is", "bytes are");
  g_autofree char *text = g_strdup_printf ("%s loaded as executable beside that, in no section of code: headers, "
                                           "tables, constants. They are not in the total.",
                                           count);
  assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", text);
}

/* Where it does not count: why, with the other file that is to blame. */
static void
render_file (AssayPage *page, const json_t *row, guint64 total)
{
  const char *state = json_string_value (json_object_get (row, "state"));
  gboolean source = json_object_get (row, "file") != NULL;
  g_autofree char *name = assay_text_member (row, source ? "file" : "path");
  g_autofree char *by = assay_text_member (row, "by");
  gboolean image = !source && g_strcmp0 (name, ".") == 0;
  g_autofree char *shown = g_strconcat (source ? "" : "in ", image ? "the image" : name, NULL);
  const char *behind = words[find_words (state)].behind;
  g_auto (GStrv) around = g_strsplit (behind, "%s", 2);
  g_autofree char *why
      = around[1] == NULL ? g_strdup (behind) : g_strconcat (around[0], by != NULL ? by : "?", around[1], NULL);
  g_autofree char *unit
      = around[1] == NULL && by != NULL ? g_strconcat (why, " (in the code of ", by, ")", NULL) : g_strdup (why);
  put_bytes (page, 0, FILE_BYTES_COLUMN, FILE_SHARE_COLUMN, assay_text_number (json_object_get (row, "bytes")), total);
  g_string_append (page->text, "  ");
  assay_page_flow (page, FILE_NAME_COLUMN, shown);
  assay_page_label (page, FILE_NAME_COLUMN + 2, FILE_NAME_COLUMN + 2, ASSAY_PAINT_NONE, "", unit);
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
render_names (AssayPage *page, const char *behind, const GPtrArray *names)
{
  if (names->len == 0)
    return;
  g_autofree char *count = assay_words_count (names->len, "file", "files");
  g_autofree char *text = g_strconcat (count, behind, NULL);
  assay_page_label (page, 2, 2, ASSAY_PAINT_STRONG, "", text);
  for (guint i = 0; i < names->len && i < FILES_MAX; i++)
    {
      g_autofree char *name = assay_page_escape (g_ptr_array_index (names, i));
      assay_page_label (page, 4, 6, ASSAY_PAINT_NONE, "", name);
    }
  if (names->len > FILES_MAX)
    {
      g_autofree char *more = g_strdup_printf ("and %u more; all are in `--format json`", names->len - FILES_MAX);
      assay_page_label (page, 4, 4, ASSAY_PAINT_NONE, "", more);
    }
}

/* Texts of a list, or members of its objects where a flag is as wanted. */
static void
collect (const json_t *list, const char *flag, gboolean wanted, GPtrArray *names)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (list, index, entry)
  {
    if (flag == NULL)
      g_ptr_array_add (names, (gpointer)json_string_value (entry));
    else if (json_is_true (json_object_get (entry, flag)) == wanted)
      g_ptr_array_add (names, (gpointer)json_string_value (json_object_get (entry, "path")));
  }
}

static void
render_builds (AssayPage *page, const json_t *coverage)
{
  g_autoptr (GPtrArray) never = g_ptr_array_new ();
  g_autoptr (GPtrArray) unsure = g_ptr_array_new ();
  g_autoptr (GPtrArray) unnamed = g_ptr_array_new ();
  g_autoptr (GPtrArray) doubted = g_ptr_array_new ();
  const json_t *build;
  size_t index;
  json_array_foreach (json_object_get (coverage, "builds"), index, build)
  {
    collect (json_object_get (build, "never_read"), NULL, TRUE, never);
    collect (json_object_get (build, "unsure"), NULL, TRUE, unsure);
    collect (json_object_get (build, "unnamed"), "reviewed", FALSE, unnamed);
    collect (json_object_get (build, "line_control"), "believed", FALSE, doubted);
  }
  if (never->len + unsure->len + unnamed->len + doubted->len == 0)
    return;
  assay_page_title (page, "FILES BESIDE THE CODE");
  render_names (page, " may give other names to lines (#line and the like), not reviewed:", doubted);
  render_names (page,
                " read and not reviewed that no line table names (macros, scripts, tables, or what goes by "
                "another name):",
                unnamed);
  render_names (page, " of the delivery never opened, and so in nothing that is shipped:", never);
  render_names (page, " of the delivery of which it is not known:", unsure);
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
  g_autofree char *some = assay_words_number (part);
  g_autofree char *all = assay_words_count (total, "byte", "bytes");
  g_autofree char *sentence
      = g_strdup_printf ("%s of %s of shipped code come from source files that were reviewed.", some, all);
  AssayPaint paint = !recorded || part == 0 ? ASSAY_PAINT_BAD : part == total ? ASSAY_PAINT_GOOD : ASSAY_PAINT_UNSURE;
  assay_page_label (page, 0, (guint)strlen (share) + 2, paint, share, sentence);
  if (!recorded)
    assay_page_label (page, 0, 0, ASSAY_PAINT_BAD, "",
                      "What the build read was not recorded, so that nothing counts: run `assay verify --record`.");
  if (json_is_false (json_object_get (coverage, "whole")))
    assay_page_label (page, 0, 0, ASSAY_PAINT_UNSURE, "",
                      "Not all line tables could be read; what they would say counts as without lines.");
}

static void
render_inputs (AssayPage *page, const json_t *coverage)
{
  const json_t *report = json_object_get (coverage, "report");
  const json_t *list = json_object_get (coverage, "list");
  g_autofree char *image = assay_text_member (json_object_get (report, "image"), "path");
  g_autofree char *name = assay_text_member (list, "name");
  g_autofree char *files = assay_words_count (assay_text_number (json_object_get (list, "files")), "file", "files");
  gsize unused = json_array_size (json_object_get (list, "unused"));
  const char *verdict = assay_text_word (report, "verdict");
  g_autofree char *listed = unused == 0 ? g_strdup_printf ("%s: %s", name, files)
                                        : g_strdup_printf ("%s: %s, %zu of them not read by the build with that digest",
                                                           name, files, unused);
  g_string_append_c (page->text, '\n');
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Image", image != NULL ? image : "?");
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "Verdict", verdict);
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "List", listed);
  assay_page_label (page, 0, LABEL_COLUMN, ASSAY_PAINT_NONE, "By",
                    "line tables of the rebuild: what its compilers say of themselves, no proof");
}

char *
assay_coverage_render_text (const json_t *coverage, AssayTextStyle style)
{
  AssayPage page = { g_string_new (NULL), style };
  render_head (&page, coverage);
  render_inputs (&page, coverage);
  render_table (&page, json_object_get (coverage, "code"));
  render_left (&page, coverage);
  render_builds (&page, coverage);
  return g_string_free (page.text, FALSE);
}
