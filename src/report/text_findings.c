#include "report/text.h"

#include "judge/words.h"

#include <string.h>

#define BYTES_PER_ROW 16

/* Where the bytes of a side begin. */
#define HEX_COLUMN 13

/* Characters of a section's or symbol's name that are shown: C++ has some of thousands. */
#define MAX_NAME 120

/** The first bytes of one side. */
typedef struct
{
  guint8 bytes[ASSAY_FINDING_HEX_BYTES];
  gsize length;
} Window;

static void
read_window (const json_t *finding, const char *key, Window *out)
{
  const char *hex = json_string_value (json_object_get (finding, key));
  out->length = 0;
  while (hex != NULL && out->length < ASSAY_FINDING_HEX_BYTES && g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]))
    {
      out->bytes[out->length++] = (guint8)(g_ascii_xdigit_value (hex[0]) * 16 + g_ascii_xdigit_value (hex[1]));
      hex += 2;
    }
}

static gboolean
differs_at (const Window *a, const Window *b, gsize index)
{
  gboolean in_a = index < a->length, in_b = index < b->length;
  return in_a != in_b || (in_a && a->bytes[index] != b->bytes[index]);
}

/* The gap in the middle of a row makes bytes countable. */
static const char *
gap_before (gsize place)
{
  return place == 0 ? "" : place == BYTES_PER_ROW / 2 ? "  " : " ";
}

/** Cells of one colour, so that neighbours share one sequence. */
typedef struct
{
  AssayPage *page;
  GString *text;
  AssayPaint paint;
} Run;

static void
add_to_run (Run *run, AssayPaint paint, const char *text)
{
  if (paint != run->paint && run->text->len > 0)
    {
      assay_page_paint (run->page, run->paint, run->text->str);
      g_string_truncate (run->text, 0);
    }
  run->paint = paint;
  g_string_append (run->text, text);
}

static void
render_digits (Run *run, const Window *side, const Window *other, gsize row, AssayPaint paint)
{
  for (gsize place = 0; place < BYTES_PER_ROW; place++)
    {
      gsize index = row + place;
      gboolean marked = index < MAX (side->length, other->length) && differs_at (side, other, index);
      char digits[3] = "  ";
      if (index < side->length)
        g_snprintf (digits, sizeof digits, "%02x", side->bytes[index]);
      else if (index < other->length)
        strcpy (digits, "--");
      add_to_run (run, run->paint, gap_before (place));
      add_to_run (run, marked ? paint : ASSAY_PAINT_NONE, digits);
    }
}

static void
render_side (AssayPage *page, const char *label, const Window *side, const Window *other, gsize row, AssayPaint paint)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Run run = { page, text, ASSAY_PAINT_NONE };
  assay_page_pad (page, 0, 4);
  g_string_append (page->text, label);
  assay_page_pad (page, 4 + (guint)strlen (label), HEX_COLUMN);
  render_digits (&run, side, other, row, paint);
  add_to_run (&run, ASSAY_PAINT_NONE, "  ");
  for (gsize place = 0; place < BYTES_PER_ROW && row + place < side->length; place++)
    {
      guint8 byte = side->bytes[row + place];
      char shown[2] = { (char)(byte >= 0x20 && byte < 0x7f ? byte : '.'), '\0' };
      add_to_run (&run, differs_at (side, other, row + place) ? paint : ASSAY_PAINT_NONE, shown);
    }
  assay_page_paint (page, run.paint, g_strchomp (text->str));
  assay_page_end_line (page);
}

static void
render_markers (AssayPage *page, const Window *shipped, const Window *expected, gsize row)
{
  g_autoptr (GString) line = g_string_new (NULL);
  gsize end = 0;
  for (gsize place = 0; place < BYTES_PER_ROW; place++)
    {
      gboolean marked
          = row + place < MAX (shipped->length, expected->length) && differs_at (shipped, expected, row + place);
      g_string_append (line, gap_before (place));
      g_string_append (line, marked ? "^^" : "  ");
      if (marked)
        end = line->len;
    }
  if (end == 0)
    return;
  g_string_truncate (line, end);
  assay_page_pad (page, 0, HEX_COLUMN);
  g_string_append_printf (page->text, "%s\n", line->str);
}

static void
render_hex (AssayPage *page, const json_t *finding, const char *side, guint64 length)
{
  Window shipped, expected;
  read_window (finding, "shipped", &shipped);
  read_window (finding, "expected", &expected);
  gsize longest = MAX (shipped.length, expected.length);
  for (gsize row = 0; row < longest; row += BYTES_PER_ROW)
    {
      render_side (page, "image", &shipped, &expected, row, expected.length > 0 ? ASSAY_PAINT_BAD : ASSAY_PAINT_NONE);
      if (expected.length == 0)
        continue;
      render_side (page, side, &expected, &shipped, row, ASSAY_PAINT_GOOD);
      if (page->style == ASSAY_TEXT_PLAIN)
        render_markers (page, &shipped, &expected, row);
    }
  if (longest > 0 && length > longest)
    {
      g_autofree char *more = assay_words_count (length - longest, "byte", "bytes");
      g_autofree char *line = g_strdup_printf ("\u2026 and %s more", more);
      assay_page_label (page, 4, HEX_COLUMN, ASSAY_PAINT_NONE, "", line);
    }
}

/* Both sides' instructions, aligned: equal ones once, others with the side that has them. */
static void
render_code (AssayPage *page, const json_t *finding, const char *side)
{
  const json_t *row;
  size_t index;
  json_array_foreach (json_object_get (finding, "disassembly"), index, row)
  {
    g_autofree char *shipped = assay_text_member (row, "shipped");
    g_autofree char *expected = assay_text_member (row, "expected");
    if (json_is_false (json_object_get (row, "differs")))
      {
        assay_page_label (page, 4, HEX_COLUMN, ASSAY_PAINT_NONE, "", shipped != NULL ? shipped : "");
        continue;
      }
    if (expected != NULL)
      assay_page_label (page, 4, HEX_COLUMN, ASSAY_PAINT_GOOD, side, expected);
    if (shipped != NULL)
      assay_page_label (page, 4, HEX_COLUMN, ASSAY_PAINT_BAD, "image", shipped);
  }
}

static void
render_text (AssayPage *page, const json_t *finding, const char *side)
{
  g_autofree char *shipped = assay_text_member (finding, "shipped_text");
  g_autofree char *expected = assay_text_member (finding, "expected_text");
  if (expected != NULL)
    assay_page_label (page, 4, HEX_COLUMN, ASSAY_PAINT_GOOD, side, expected);
  if (shipped != NULL)
    assay_page_label (page, 4, HEX_COLUMN, ASSAY_PAINT_BAD, "image", shipped);
}

/* A name, cut where it would fill the page. */
static void
add_name (GString *line, const json_t *finding, const char *key, const char *word)
{
  g_autofree char *name = assay_text_member (finding, key);
  if (name == NULL)
    return;
  gboolean cut = g_utf8_strlen (name, -1) > MAX_NAME;
  g_autofree char *shown = g_utf8_substring (name, 0, cut ? MAX_NAME : g_utf8_strlen (name, -1));
  g_string_append_printf (line, "%s%s %s%s", line->len > 0 ? ", " : "", word, shown, cut ? "\u2026" : "");
}

/* Where the source has it, and into which functions the compiler put it. */
static void
render_source (AssayPage *page, const json_t *source)
{
  g_autofree char *file = assay_text_member (source, "file");
  g_autofree char *function = assay_text_member (source, "function");
  const json_t *inlined = json_object_get (source, "inlined_by");
  const json_t *call;
  size_t index;
  if (file == NULL)
    return;
  g_autoptr (GString) line = g_string_new ("source ");
  g_string_append_printf (line, "%s line %" G_GUINT64_FORMAT, file,
                          assay_text_number (json_object_get (source, "line")));
  if (json_array_size (inlined) > 0 && function != NULL)
    g_string_append_printf (line, ", %s", function);
  json_array_foreach (inlined, index, call)
  {
    g_autofree char *shown = assay_page_escape (json_is_string (call) ? json_string_value (call) : "?");
    g_string_append_printf (line, ", inlined in %s", shown);
  }
  assay_page_label (page, 4, ASSAY_TEXT_CLASS_COLUMN, ASSAY_PAINT_NONE, "", line->str);
}

static void
render_place (AssayPage *page, const json_t *finding, const char *word)
{
  const json_t *range = json_object_get (finding, "range");
  guint64 offset = assay_text_number (json_object_get (range, "offset"));
  g_autofree char *length = assay_words_count (assay_text_number (json_object_get (range, "length")), "byte", "bytes");
  g_autofree char *address = assay_text_member (range, "address");
  g_autofree char *place = g_strdup_printf ("%s at offset 0x%" G_GINT64_MODIFIER "x%s%s", length, offset,
                                            address != NULL ? ", address " : "", address != NULL ? address : "");
  assay_page_label (page, 4, ASSAY_TEXT_CLASS_COLUMN, assay_text_paint_of (word), word, place);
  g_autoptr (GString) names = g_string_new (NULL);
  add_name (names, finding, "section", "section");
  if (json_is_string (json_object_get (finding, "function")))
    add_name (names, finding, "function", "function");
  else
    add_name (names, finding, "symbol", "object");
  if (g_strcmp0 (json_string_value (json_object_get (finding, "named_by")), "shipped") == 0 && names->len > 0)
    g_string_append (names, " (names that the image itself gives)");
  if (names->len > 0)
    assay_page_label (page, 4, ASSAY_TEXT_CLASS_COLUMN, ASSAY_PAINT_NONE, "", names->str);
  render_source (page, json_object_get (finding, "source"));
}

static void
render_finding (AssayPage *page, const json_t *finding, const char *side)
{
  const char *word = assay_text_word (finding, "class");
  g_autofree char *message = assay_text_member (finding, "message");
  render_place (page, finding, word);
  if (message != NULL)
    assay_page_label (page, 4, ASSAY_TEXT_CLASS_COLUMN, ASSAY_PAINT_NONE, "", message);
  /* What is accounted for needs no bytes to look at. */
  if (assay_text_paint_of (word) == ASSAY_PAINT_GOOD)
    return;
  render_text (page, finding, side);
  render_code (page, finding, side);
  if (json_array_size (json_object_get (finding, "disassembly")) == 0)
    render_hex (page, finding, side,
                assay_text_number (json_object_get (json_object_get (finding, "range"), "length")));
}

static gboolean
is_ripple (const json_t *finding)
{
  return g_strcmp0 (json_string_value (json_object_get (finding, "cause")), "ripple") == 0;
}

/* Whether a finding lies in the same named function of the same file as the one that was shown last. */
static gboolean
is_same_function (const json_t *shown, const json_t *finding)
{
  static const char *const keys[] = { "path", "class", "function" };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *value = json_string_value (json_object_get (finding, keys[i]));
      if (shown == NULL || value == NULL
          || g_strcmp0 (value, json_string_value (json_object_get (shown, keys[i]))) != 0)
        return FALSE;
    }
  return TRUE;
}

void
assay_text_render_findings (AssayPage *page, const json_t *head)
{
  const json_t *findings = json_object_get (head, "findings");
  const json_t *finding;
  g_autofree char *last = NULL;
  const json_t *shown = NULL;
  gboolean ripple = FALSE;
  gboolean rest = FALSE;
  size_t index;
  if (json_array_size (findings) == 0)
    return;
  assay_page_title (page, "FINDINGS");
  json_array_foreach (findings, index, finding)
  {
    /* What follows from others is folded: it stands behind them. So is the rest of a function that was shown. */
    gboolean follows = index > 0 && is_ripple (finding);
    gboolean again = !follows && is_same_function (shown, finding);
    ripple = ripple || follows;
    rest = rest || again;
    if (follows || again)
      continue;
    shown = finding;
    if (index > 0)
      g_string_append_c (page->text, '\n');
    assay_text_render_path (page, finding, &last);
    render_finding (page, finding, assay_text_expected_side (head));
  }
  if (rest)
    assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "", "Of each function the first range that differs is shown.");
  if (ripple)
    assay_page_label (page, 2, 2, ASSAY_PAINT_NONE, "",
                      "Ranges that differ only because of what changed or moved elsewhere are not shown here.");
  assay_text_render_more (page, head, "findings");
}
