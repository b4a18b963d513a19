#ifndef ASSAY_REPORT_EXCERPT_H
#define ASSAY_REPORT_EXCERPT_H

#include "report/page.h"

/**
 * assay_page_excerpt:
 * @bytes: a text file; anybody may have written it
 * @line: @column: from 1, the column in characters
 *
 * Appends the line of the file with its number, and beneath it a caret under the column; of a long line the part around
 * the column. What has no place on a terminal is shown as `?`. Nothing where there is no such line.
 */
void assay_page_excerpt (AssayPage *page, GBytes *bytes, int line, int column);

#endif
