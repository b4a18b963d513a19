#ifndef ASSAY_REPORT_HTML_FILES_H
#define ASSAY_REPORT_HTML_FILES_H

#include "report/html.h"

typedef struct _AssayHtmlBranch AssayHtmlBranch;

/**
 * AssayHtmlBranch: a file, or what only holds others, in the tree that the page shows.
 *
 * @name: the end of the path that it has beyond its parent
 * @file: in AssayOutline.files, or G_MAXUINT: no element of the report is this
 * @verdict: the worst in it and below it; @rank: as a number, from 0, the worst first
 * @below: files below it; @noted: of these, those that are not identical or outside
 * @bytes: of its own and below it
 */
struct _AssayHtmlBranch
{
  char *name;
  guint file;
  guint rank;
  guint below;
  guint noted;
  guint64 bytes;
  GPtrArray *children;
};

/** assay_html_branch_tree: all files of the report. Transfer full. */
AssayHtmlBranch *assay_html_branch_tree (const AssayOutline *outline);
void assay_html_branch_free (AssayHtmlBranch *branch);

/** assay_html_verdict_rank: 0 for `mismatch`, to 5 for `outside`. */
guint assay_html_verdict_rank (const char *verdict);
const char *assay_html_rank_verdict (guint rank);

/** The first rank that needs no looking at. */
#define ASSAY_HTML_RANK_QUIET 4

/**
 * assay_html_file_body:
 *
 * What is inside of one file: its picture, sections, functions that differ, changes. Transfer full.
 */
char *assay_html_file_body (const AssayHtmlPage *page, guint file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayHtmlBranch, assay_html_branch_free)

#endif
