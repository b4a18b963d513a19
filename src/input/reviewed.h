#ifndef ASSAY_INPUT_REVIEWED_H
#define ASSAY_INPUT_REVIEWED_H

#include <assay/digest.h>
#include <glib.h>

/** Bytes of a list: a line for each file of a distribution of Linux. */
#define ASSAY_REVIEWED_MAX_BYTES (64u * 1024u * 1024u)

/** AssayReviewedFile: a file that somebody signed off. @path: as of assay_text_escape_line(); absolute, or the last
 * components of one. */
typedef struct
{
  char *path;
  AssayDigest sha256;
  guint line;
} AssayReviewedFile;

/**
 * AssayReviewedMaker: what a reviewer says of files that the build makes, or that lines are said to be of.
 *
 * @glob: of their paths, absolute or the last components
 * @from: a file of the list that they are made by, or of
 */
typedef struct
{
  char *glob;
  char *from;
  guint line;
} AssayReviewedMaker;

/**
 * AssayReviewed:
 *
 * Which source files were reviewed. One line each:
 *
 *   SHA256  PATH             as sha256sum writes it, also with `*` and with its escapes
 *   generated GLOB from PATH what the build makes at GLOB counts as reviewed where PATH does, which must stand in the
 *                            list; several lines with one GLOB: where all of them do
 *   # anything               and empty lines
 *
 * Paths are compared from their last component on: `lib/a.c` is `/build/p/lib/a.c` and `/build/q/lib/a.c`, whichever
 * has the digest.
 *
 * @name: of the list, escaped
 * @files: (element-type AssayReviewedFile); @makers: (element-type AssayReviewedMaker); in the order of the lines
 */
typedef struct
{
  char *name;
  AssayDigest sha256;
  GPtrArray *files;
  GPtrArray *makers;
  GHashTable *by_path; /* path to GPtrArray of AssayReviewedFile */
} AssayReviewed;

/**
 * assay_reviewed_read:
 * @path: a file, or `-` for standard input
 *
 * Errors: ASSAY_ERROR_USAGE with file and line: a line of another form; `from` something that has no digest in the
 * list; an empty list; it cannot be read. ASSAY_ERROR_CANCELLED.
 */
AssayReviewed *assay_reviewed_read (const char *path, GError **error);
void assay_reviewed_free (AssayReviewed *reviewed);

/** AssayReview: what a list says of a file. */
typedef enum
{
  ASSAY_REVIEW_NONE = 0, /* no line has its path */
  ASSAY_REVIEW_OTHER,    /* lines have its path, with other digests */
  ASSAY_REVIEW_DONE,
} AssayReview;

/** assay_reviewed_find: @path: absolute, escaped; @out_line: (nullable): of the line that says so, else untouched. */
AssayReview assay_reviewed_find (const AssayReviewed *reviewed, const char *path, const AssayDigest *sha256,
                                 guint *out_line);

/** assay_reviewed_is_at: whether a path of the list, or a glob, is of an absolute one. */
gboolean assay_reviewed_is_at (const char *given, const char *path);
gboolean assay_reviewed_matches (const char *glob, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayReviewed, assay_reviewed_free)

#endif
