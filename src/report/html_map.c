#include "report/html_map.h"

#include "report/text.h"
#include "util/checked.h"

#include <string.h>

/* Units of a cell's side, and of what lies between two. No pattern of SVG is used: a browser prints one as a picture of
 * pixels, as large as all that it fills. */
#define SIDE 12
#define GAP 1

/* Cells that lead to their file: as many as anybody follows. */
#define MAX_LINKS 150

/* What a cell shows of bytes that are counted elsewhere, and from where on a class has 1 more than its severity. */
#define ELSEWHERE 1

void
assay_html_map_init (AssayHtmlMap *map, guint64 total, guint most)
{
  memset (map, 0, sizeof *map);
  map->total = total;
  map->block = 1;
  while ((total - 1) / map->block >= most)
    map->block *= 2;
  map->count = (guint)((total - 1) / map->block) + 1;
}

static void
add (AssayHtmlMap *map, guint8 mark, guint64 length, guint file)
{
  guint64 end = map->at + MIN (length, map->total - map->at);
  for (guint64 at = map->at; at < end; at = (at / map->block + 1) * map->block)
    {
      guint64 cell = at / map->block;
      if (mark > map->cells[cell])
        {
          map->cells[cell] = mark;
          if (map->files != NULL)
            map->files[cell] = file;
        }
      if (cell + 1 == map->count)
        break;
    }
  map->at = end;
}

void
assay_html_map_add (AssayHtmlMap *map, AssayClass class_, guint64 length, guint file)
{
  add (map, (guint8)(assay_outline_severity (class_) + ELSEWHERE), length, file);
}

void
assay_html_map_add_elsewhere (AssayHtmlMap *map, guint64 length)
{
  add (map, ELSEWHERE, length, 0);
}

static char
letter_of (guint8 mark)
{
  if (mark <= ELSEWHERE)
    return 'N';
  return assay_html_letter (assay_outline_by_severity (mark - ELSEWHERE));
}

/* Cells side by side, as one rectangle a row. */
static void
add_run (GString *path, guint first, guint end)
{
  while (first < end)
    {
      guint row = first / ASSAY_HTML_COLUMNS, column = first % ASSAY_HTML_COLUMNS;
      guint width = MIN (end - first, ASSAY_HTML_COLUMNS - column);
      g_string_append_printf (path, "M%u %uh%uv%uh-%uz", column * SIDE, row * SIDE, width * SIDE, (guint)SIDE,
                              width * SIDE);
      first += width;
    }
}

static gboolean
leads_on (const AssayHtmlMap *map, guint8 mark)
{
  return map->files != NULL && mark > ELSEWHERE + assay_outline_severity (ASSAY_CLASS_OUTSIDE);
}

/* Where the cells that are like the one at @first end. */
static guint
end_of_run (const AssayHtmlMap *map, guint first)
{
  guint8 mark = map->cells[first];
  guint end = first + 1;
  while (end < map->count && map->cells[end] == mark && (!leads_on (map, mark) || map->files[end] == map->files[first]))
    end++;
  return end;
}

static void
draw_plain (const AssayHtmlMap *map, AssayHtml *html, guint8 mark, guint from)
{
  g_autoptr (GString) path = g_string_new (NULL);
  for (guint first = from, end; first < map->count; first = end)
    {
      end = end_of_run (map, first);
      if (map->cells[first] == mark)
        add_run (path, first, end);
    }
  if (path->len == 0)
    return;
  assay_html_add (html, "<path class=\"m%c\" d=\"", letter_of (mark));
  assay_html_raw (html, path->str);
  assay_html_raw (html, "\"/>");
}

/* What does not pass, each file's cells with a way to it; what is too much for that is drawn all the same. */
static void
draw_linked (const AssayHtmlMap *map, const AssayHtmlPage *page, AssayHtml *html, guint8 mark)
{
  guint links = 0, first = 0, end = 0;
  for (; first < map->count && links < MAX_LINKS; first = end)
    {
      end = end_of_run (map, first);
      if (map->cells[first] != mark)
        continue;
      g_autoptr (GString) path = g_string_new (NULL);
      const AssayOutlineFile *file = &g_array_index (page->outline->files, AssayOutlineFile, map->files[first]);
      add_run (path, first, end);
      assay_html_add (html, "<a href=\"#n%u\"><title>%s: %s</title><path class=\"m%c\" d=\"", map->files[first],
                      strcmp (file->path, ".") == 0 ? "the image itself" : file->path,
                      assay_class_name (assay_outline_by_severity (mark - ELSEWHERE)), letter_of (mark));
      assay_html_raw (html, path->str);
      assay_html_raw (html, "\"/></a>");
      links++;
    }
  draw_plain (map, html, mark, first);
}

/* What a cell has beside its colour. */
static gboolean
has_mark (guint8 mark)
{
  return mark > ELSEWHERE && assay_outline_by_severity (mark - ELSEWHERE) != ASSAY_CLASS_IDENTICAL;
}

/* The marks of all cells of one class: a corner of the path in the middle of each. */
static void
draw_marks (const AssayHtmlMap *map, AssayHtml *html, guint8 mark)
{
  g_autoptr (GString) path = g_string_new (NULL);
  guint last = G_MAXUINT;
  for (guint cell = 0; cell < map->count; cell++)
    {
      guint row = cell / ASSAY_HTML_COLUMNS, column = cell % ASSAY_HTML_COLUMNS;
      if (map->cells[cell] != mark)
        continue;
      if (column > 0 && last == cell - 1)
        g_string_append_printf (path, "h%u", (guint)SIDE);
      else
        g_string_append_printf (path, "M%u %u", column * SIDE + SIDE / 2, row * SIDE + SIDE / 2);
      last = cell;
    }
  if (path->len == 0)
    return;
  assay_html_add (html, "<path class=\"q%c\" d=\"", letter_of (mark));
  assay_html_raw (html, path->str);
  assay_html_raw (html, "h0\"/>");
}

/* What lies between cells: lines across all of it, of which each dash is a gap. */
static void
draw_gaps (AssayHtml *html, guint width, guint height)
{
  assay_html_add (html, "<path class=\"l\" stroke-width=\"%u\" d=\"M0 %uh%u\"/>", height, height / 2, width);
  assay_html_add (html, "<path class=\"l\" stroke-width=\"%u\" d=\"M%u 0v%u\"/>", width, width / 2, height);
}

void
assay_html_map_draw (const AssayHtmlMap *map, const AssayHtmlPage *page, AssayHtml *html, const char *label)
{
  guint columns = MIN (map->count, ASSAY_HTML_COLUMNS);
  guint rows = (map->count - 1) / ASSAY_HTML_COLUMNS + 1;
  /* a few cells stay as small as many are */
  assay_html_add (html, "<svg class=\"map\" viewBox=\"0 0 %u %u\" role=\"%s\" aria-label=\"%s\">",
                  (guint)(ASSAY_HTML_COLUMNS * SIDE), rows * SIDE, map->files != NULL ? "group" : "img", label);
  for (guint mark = ELSEWHERE; mark <= ELSEWHERE + (guint)ASSAY_CLASS_COUNT; mark++)
    if (leads_on (map, (guint8)mark))
      draw_linked (map, page, html, (guint8)mark);
    else
      draw_plain (map, html, (guint8)mark, 0);
  draw_gaps (html, columns * SIDE, rows * SIDE);
  for (guint mark = ELSEWHERE; mark <= ELSEWHERE + (guint)ASSAY_CLASS_COUNT; mark++)
    if (has_mark ((guint8)mark))
      draw_marks (map, html, (guint8)mark);
  assay_html_raw (html, "</svg>");
}

/* The mark of each class, as good as its colour without it; in a cell from 0 to SIDE - GAP. */
static const struct
{
  char letter;
  const char *mark;
} marks[] = {
  { 'S', "<path d=\"M5.5 2v7\"/>" },
  { 'E', "<circle cx=\"5.5\" cy=\"5.5\" r=\"1.2\"/>" },
  { 'O', "<path d=\"M2 9l7-7\"/>" },
  { 'W', "<path d=\"M2 3.8h7M2 7.2h7\"/>" },
  { 'U', "<circle cx=\"5.5\" cy=\"5.5\" r=\"2.6\"/>" },
  { 'R', "<path d=\"M5.5 2v7M2 5.5h7\"/>" },
  { 'X', "<path d=\"M2.3 2.3l6.4 6.4M8.7 2.3l-6.4 6.4\"/>" },
};

void
assay_html_map_add_marks (AssayHtml *html)
{
  assay_html_raw (html, "<svg class=\"defs\" aria-hidden=\"true\" focusable=\"false\"><defs>");
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      assay_html_add (html,
                      "<marker id=\"q%c\" markerUnits=\"userSpaceOnUse\" markerWidth=\"%u\" markerHeight=\"%u\" "
                      "refX=\"%u\" refY=\"%u\"><g class=\"g%c\">",
                      marks[i].letter, (guint)SIDE, (guint)SIDE, (guint)SIDE / 2, (guint)SIDE / 2, marks[i].letter);
      assay_html_raw (html, marks[i].mark);
      assay_html_raw (html, "</g></marker>");
    }
  assay_html_raw (html, "</defs></svg>");
}

void
assay_html_map_add_cell (AssayHtml *html, AssayClass class_)
{
  char letter = assay_html_letter (class_);
  assay_html_add (html, "<svg viewBox=\"0 0 %u %u\" aria-hidden=\"true\">", (guint)SIDE, (guint)SIDE);
  assay_html_add (html, "<path class=\"m%c\" d=\"M0 0h%uv%uH0z\"/>", letter, (guint)(SIDE - GAP), (guint)(SIDE - GAP));
  if (class_ != ASSAY_CLASS_IDENTICAL)
    assay_html_add (html, "<path class=\"q%c\" d=\"M%u %uh0\"/>", letter, (guint)SIDE / 2, (guint)SIDE / 2);
  assay_html_raw (html, "</svg>");
}

/** A range of a file at work. */
typedef struct
{
  AssayHtmlMap *map;
  const AssayOutlineFile *file;
  guint64 skip;
} Window;

/* Bytes between findings: equal, or held by files inside; where there are both nobody wrote down which is which. */
static void
add_between (const Window *window, guint64 length)
{
  if (window->file->payload > 0 || window->file->own < window->file->size)
    assay_html_map_add_elsewhere (window->map, length);
  else
    assay_html_map_add (window->map, ASSAY_CLASS_IDENTICAL, length, 0);
}

static void
fill_range (const AssayHtmlPage *page, AssayHtmlMap *map, const AssayOutlineFile *file, guint64 offset, guint64 length)
{
  Window window = { .map = map, .file = file };
  guint64 at = offset, end = offset + length;
  for (guint i = 0; i < file->mark_count; i++)
    {
      const AssayMark *mark = &g_array_index (page->outline->marks, AssayMark, file->first_mark + i);
      guint64 first = MAX (mark->offset, at), last = MIN (mark->offset + mark->length, end);
      if (last <= first)
        continue;
      add_between (&window, first - at);
      assay_html_map_add (map, mark->class_, last - first, 0);
      at = last;
    }
  add_between (&window, end - at);
}

static gboolean
is_uniform (const AssayHtmlMap *map)
{
  for (guint i = 1; i < map->count; i++)
    if (map->cells[i] != map->cells[0])
      return FALSE;
  return TRUE;
}

static gboolean
shows_elsewhere (const AssayHtmlMap *map)
{
  return memchr (map->cells, ELSEWHERE, map->count) != NULL;
}

void
assay_html_map_draw_range (const AssayHtmlPage *page, AssayHtml *html, const AssayOutlineFile *file, guint64 offset,
                           guint64 length, const char *label)
{
  if (length == 0 || !page->outline->adds_up || !assay_range_fits (offset, length, file->size))
    return;
  g_autofree AssayHtmlMap *map = g_new (AssayHtmlMap, 1);
  assay_html_map_init (map, length, ASSAY_HTML_FILE_CELLS);
  fill_range (page, map, file, offset, length);
  if (is_uniform (map))
    return;
  assay_html_raw (html, "<figure>");
  assay_html_map_draw (map, page, html, label);
  assay_html_raw (html, "<figcaption>One cell: ");
  assay_html_add_size (html, map->block);
  assay_html_raw (html, shows_elsewhere (map) ? "; pale cells are counted with the files inside, or are equal"
                                                "</figcaption></figure>"
                                              : "</figcaption></figure>");
}

void
assay_html_add_size (AssayHtml *html, guint64 bytes)
{
  static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  gsize unit = 0;
  while (bytes >= 1024 && bytes % 1024 == 0 && unit + 1 < G_N_ELEMENTS (units))
    {
      bytes /= 1024;
      unit++;
    }
  assay_html_add (html, "%" G_GUINT64_FORMAT " %s", bytes, bytes == 1 && unit == 0 ? "byte" : units[unit]);
}
