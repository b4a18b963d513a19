#ifndef ASSAY_REPORT_HTML_MAP_H
#define ASSAY_REPORT_HTML_MAP_H

#include "report/html.h"

/** Cells of a row: on a telephone each still has seven pixels. */
#define ASSAY_HTML_COLUMNS 48

/** Cells of the picture of an image, and of that of a file or section. */
#define ASSAY_HTML_IMAGE_CELLS (ASSAY_HTML_COLUMNS * 64)
#define ASSAY_HTML_FILE_CELLS (ASSAY_HTML_COLUMNS * 5)

/**
 * AssayHtmlMap: a picture of bytes: one cell a block, of the class in it that a reader should see the most.
 *
 * @cells: severity of the class (assay_outline_severity()) and 1; 1: counted elsewhere; 0: nothing yet
 * @files: (nullable): the file that gave a cell its class
 * @block: bytes of a cell, a power of two
 */
typedef struct
{
  guint8 cells[ASSAY_HTML_IMAGE_CELLS];
  guint *files;
  guint64 total;
  guint64 block;
  guint64 at;
  guint count;
} AssayHtmlMap;

/** assay_html_map_init: @total: bytes, from 1; @most: cells, at most ASSAY_HTML_IMAGE_CELLS. */
void assay_html_map_init (AssayHtmlMap *map, guint64 total, guint most);

/** assay_html_map_add: the next @length bytes, which are of @file. What lies behind the total is left out. */
void assay_html_map_add (AssayHtmlMap *map, AssayClass class_, guint64 length, guint file);

/** assay_html_map_add_elsewhere: the next @length bytes are counted with other files. */
void assay_html_map_add_elsewhere (AssayHtmlMap *map, guint64 length);

/**
 * assay_html_map_draw:
 * @label: what it is a picture of, for who does not see it; escaped by this call
 *
 * Writes it as SVG; where @map->files is there, cells that do not pass lead to `#n` and the number of their file.
 */
void assay_html_map_draw (const AssayHtmlMap *map, const AssayHtmlPage *page, AssayHtml *html, const char *label);

/** assay_html_map_add_marks: what marks the cells of each class; once, in front of all pictures. */
void assay_html_map_add_marks (AssayHtml *html);

/** assay_html_map_add_cell: one cell alone, for a legend. */
void assay_html_map_add_cell (AssayHtml *html, AssayClass class_);

/**
 * assay_html_map_draw_range:
 *
 * The picture of a range of one file, in the coordinates of the file: nothing where the range does not lie in it, or
 * has one class alone.
 */
void assay_html_map_draw_range (const AssayHtmlPage *page, AssayHtml *html, const AssayOutlineFile *file,
                                guint64 offset, guint64 length, const char *label);

/** assay_html_add_size: bytes in the largest unit that leaves a whole number: "256 KiB". */
void assay_html_add_size (AssayHtml *html, guint64 bytes);

#endif
