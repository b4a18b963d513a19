#ifndef ASSAY_REPORT_PAGE_H
#define ASSAY_REPORT_PAGE_H

#include "report/report.h"

/** Columns of a page: what a terminal has when nobody widened it. */
#define ASSAY_PAGE_COLUMNS 80

/** AssayPaint: what a colour says. */
typedef enum
{
  ASSAY_PAINT_NONE = 0,
  ASSAY_PAINT_STRONG,
  ASSAY_PAINT_BAD,
  ASSAY_PAINT_UNSURE,
  ASSAY_PAINT_GOOD,
} AssayPaint;

/** AssayPage: text that grows line by line. */
typedef struct
{
  GString *text;
  AssayTextStyle style;
} AssayPage;

/**
 * assay_page_escape:
 * @text: (nullable): from a report, that is, from anywhere
 *
 * As assay_text_escape_line(), but a backslash stays one: names in a report are escaped already, and would else be so
 * twice.
 *
 * Returns: (transfer full): "" for NULL
 */
char *assay_page_escape (const char *text);

/** assay_page_paint: appends @text in a colour; only SGR sequences (ECMA-48, 8.3.117), and none in plain style. */
void assay_page_paint (AssayPage *page, AssayPaint paint, const char *text);

/** assay_page_pad: appends spaces up to a column of the current line, counted in cells. */
void assay_page_pad (AssayPage *page, guint from, guint column);

/** assay_page_width: cells that a text takes on a terminal. */
guint assay_page_width (const char *text);

/**
 * assay_page_flow:
 * @column: where the cursor stands, and where each further line begins
 * @text: escaped already
 *
 * Appends words, in lines of at most ASSAY_PAGE_COLUMNS cells; a word that is too long is broken behind a `/`, or where
 * the line ends. Ends the last line.
 */
void assay_page_flow (AssayPage *page, guint column, const char *text);

/** assay_page_flow_from: the same of a first line that begins at @cell. */
void assay_page_flow_from (AssayPage *page, guint cell, guint column, const char *text);

/** assay_page_end_line: drops spaces at the end of the line, and ends it. */
void assay_page_end_line (AssayPage *page);

/** assay_page_title: an empty line, then the title of a part. */
void assay_page_title (AssayPage *page, const char *title);

/** assay_page_label: a label at @indent, then the text from @column on. */
void assay_page_label (AssayPage *page, guint indent, guint column, AssayPaint paint, const char *label,
                       const char *text);

#endif
