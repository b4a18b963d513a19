#ifndef ASSAY_REPORT_MARKDOWN_H
#define ASSAY_REPORT_MARKDOWN_H

#include <glib.h>
#include <jansson.h>

/*
 * GitHub Flavored Markdown (0.29). Text of a report is text of whoever made the image, and goes through
 * assay_markdown_append() alone: a code span, inside of which nothing is markup, HTML, a link, an e-mail address or a
 * mention, neither to the specification nor to the filters that sites run over its result.
 */

/** assay_markdown_append: @text (from anywhere, or NULL) as a code span; nothing for "". */
void assay_markdown_append (GString *out, const char *text);

/** assay_markdown_append_plain: @text as it is, of letters, digits and the marks of a sentence; all else becomes `?`.
 * For sentences that are made of words of our own. */
void assay_markdown_append_plain (GString *out, const char *text);

/** assay_markdown_render: the whole summary of a head. At most ASSAY_MARKDOWN_BYTES. Transfer full. */
char *assay_markdown_render (const json_t *head);

#endif
