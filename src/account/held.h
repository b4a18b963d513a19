#ifndef ASSAY_ACCOUNT_HELD_H
#define ASSAY_ACCOUNT_HELD_H

#include <glib.h>

/*
 * Names that must stay what they are, with all directories above them. A name may have thousands of components: what is
 * kept of each directory is where its name ends in that of the entry, and no name is written out for each of them.
 */

/** AssayHeldName: the first @length bytes of @text. */
typedef struct
{
  const char *text;
  gsize length;
} AssayHeldName;

typedef struct AssayHeld AssayHeld;

AssayHeld *assay_held_new (void);
void assay_held_free (AssayHeld *held);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayHeld, assay_held_free)

/** assay_held_add: @name, which is borrowed; @above: and all directories that it lies in. Of two names that are one
 * when they are folded the later is kept, and of one name its directories are later. */
void assay_held_add (AssayHeld *held, const char *name, gboolean above);

/** assay_held_find: (transfer none) (nullable): the name that is @folded, as assay_account_fold_widely() has it. */
const AssayHeldName *assay_held_find (const AssayHeld *held, const char *folded);

/** assay_held_has_letters: whether one of them is @letters, as assay_account_fold_letters() has it and which is
 * something else than the name folded widely. */
gboolean assay_held_has_letters (const AssayHeld *held, const char *letters);

/** assay_held_is: whether it is all of @name. */
gboolean assay_held_is (const AssayHeldName *held, const char *name);

#endif
