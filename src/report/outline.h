#ifndef ASSAY_REPORT_OUTLINE_H
#define ASSAY_REPORT_OUTLINE_H

#include "report/source.h"

#include <assay/verdict.h>

/** AssayMark: a finding, without what is to be read in it. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint file;     /* in AssayOutline.files, or G_MAXUINT: of no file that there is */
  guint index;    /* in the report */
  guint function; /* number of the function's name; 0: in none */
  AssayClass class_;
  gboolean ripple;
} AssayMark;

/**
 * AssayOutlineFile: what a picture of one file is drawn from.
 *
 * @totals: @own: bytes of its own, by class and in all; @payload: those that are counted in the files inside
 * @first_mark: @mark_count: its findings in AssayOutline.marks, by offset
 * @verdict: @type: @format: static or interned
 */
typedef struct
{
  char *path;
  const char *verdict;
  const char *format;
  const char *type;
  guint64 size;
  guint64 payload;
  guint64 own;
  guint64 totals[ASSAY_CLASS_COUNT];
  guint first_mark;
  guint mark_count;
} AssayOutlineFile;

/**
 * AssayKind: what findings and facts have in common that some rule or line accounts for.
 *
 * @ranges: @bytes: of findings; @facts: of facts
 * @path: of the first of them
 */
typedef struct
{
  AssayClass class_;
  char *rule;
  char *message;
  char *path;
  guint64 ranges;
  guint64 bytes;
  guint64 facts;
} AssayKind;

/**
 * AssayOutline:
 *
 * A report in so little memory that an image of any size has its picture: numbers of all files and findings, no text
 * but paths. Nothing of it is judged.
 *
 * @files: AssayOutlineFile, in the order of the report
 * @marks: AssayMark, by file and offset; those of no file last
 * @kinds: (element-type AssayKind): what passes that is not identical, in the order in which it is first seen
 * @total: bytes of the accounting of the whole
 * @adds_up: whether findings lie inside of their files without overlap, and classes add up over files and the whole:
 *   a picture of anything else would be a guess
 */
typedef struct
{
  GArray *files;
  GArray *marks;
  GPtrArray *kinds;
  guint64 total;
  gboolean adds_up;
} AssayOutline;

/** assay_outline_new: @head: of the same report. */
AssayOutline *assay_outline_new (const AssayReportSource *source, const json_t *head);
void assay_outline_free (AssayOutline *outline);

/** assay_outline_class: the class of that name; undecided for a word that is none. */
AssayClass assay_outline_class (const char *word);

/** assay_outline_severity: how much a reader wants to see a class, from 1; no two classes have the same. */
guint assay_outline_severity (AssayClass class_);

/** assay_outline_by_severity: the class of a severity. */
AssayClass assay_outline_by_severity (guint severity);

/** AssayOutlinePart: a stretch of one class. */
typedef void (*AssayOutlinePart) (AssayClass class_, guint64 length_bytes, gpointer data);

/**
 * assay_outline_walk_own:
 *
 * Calls @part for the bytes of a file's own, in their order; the sum is @file->own. Between findings lie bytes of the
 * file and of those inside of it, and how many of which is known in all alone: they are shared out in proportion.
 */
void assay_outline_walk_own (const AssayOutline *outline, const AssayOutlineFile *file, AssayOutlinePart part,
                             gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayOutline, assay_outline_free)

#endif
