#ifndef ASSAY_ACCOUNT_COLLISIONS_H
#define ASSAY_ACCOUNT_COLLISIONS_H

#include "account/work.h"

/* Names that are one to some reader, or on some disk (T8). */

/** assay_account_fold: what is left of a name where capitals, ways to write one letter, and letters that nobody sees
 * (HFS+, ext4 with casefold) do not count. */
char *assay_account_fold (const char *name);

/** assay_account_fold_widely: the same for each component, and without what some reader leaves out of a name: spaces
 * and points at its end (disks of DOS), the stream that is all of it (NTFS), a version, control characters
 * (unzip). */
char *assay_account_fold_widely (const char *name);

/** assay_account_fold_letters: the same, with one stand-in for each run of letters outside of ASCII: which ones they
 * are depends on the code page of who reads the name (zip without its UTF-8 flag). */
char *assay_account_fold_letters (const char *name);

/**
 * AssayFoldStep: one of the names of directories that a name goes through, or the name itself.
 * @name: @wide: @letters: where it ends in the name, in that folded widely, and in its letters
 * @lines: low lines that it has there as a last component, which is none where the name goes on
 * @has_stand_in: whether its letters are another text than it folded widely
 */
typedef struct
{
  gsize name;
  gsize wide;
  gsize letters;
  gsize lines;
  gboolean has_stand_in;
} AssayFoldStep;

/**
 * assay_account_fold_steps:
 * @steps: (element-type AssayFoldStep): gets one for each component of @name
 * @out_wide: @out_letters: (transfer full): what the steps end in
 *
 * What assay_account_fold_widely() and assay_account_fold_letters() make of @name, and of each directory that it lies
 * in, in the time that it takes to fold the name once.
 */
void assay_account_fold_steps (const char *name, GArray *steps, char **out_wide, char **out_letters);

/** assay_account_may_be_short: whether it is as a short name of DOS is, LONGFI~1.TXT, which may be that of any longer
 * one.
 */
gboolean assay_account_may_be_short (const char *name);

/** assay_account_collides: whether a sibling's name is the same where capitals do not count, in a container that is
 * unpacked to such places (T8). */
gboolean assay_account_collides (AssayWork *work, const AssayNode *node);

#endif
