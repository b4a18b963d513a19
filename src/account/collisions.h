#ifndef ASSAY_ACCOUNT_COLLISIONS_H
#define ASSAY_ACCOUNT_COLLISIONS_H

#include "account/work.h"

/* Names that are one to some reader, or on some disk (T8). */

/** assay_account_fold: what is left of a name where capitals, and ways to write one letter, do not count. */
char *assay_account_fold (const char *name);

/** assay_account_fold_widely: the same for each component, and without what some reader leaves out of a name: spaces
 * and points at its end (disks of DOS), a version, control characters (unzip). */
char *assay_account_fold_widely (const char *name);

/** assay_account_fold_letters: the same, with one stand-in for each run of letters outside of ASCII: which ones they
 * are depends on the code page of who reads the name (zip without its UTF-8 flag). */
char *assay_account_fold_letters (const char *name);

/** assay_account_may_be_short: whether it is as a short name of DOS is, LONGFI~1.TXT, which may be that of any longer
 * one.
 */
gboolean assay_account_may_be_short (const char *name);

/** assay_account_collides: whether a sibling's name is the same where capitals do not count, in a container that is
 * unpacked to such places (T8). */
gboolean assay_account_collides (AssayWork *work, const AssayNode *node);

#endif
