#ifndef ASSAY_FLOW_DRAFT_H
#define ASSAY_FLOW_DRAFT_H

#include "inventory/hints.h"
#include "rebuild/survey.h"
#include "unpack/unpack.h"

/**
 * AssayDraft: a recipe that is being written.
 *
 * @out: its text up to now
 * @image: the name that the image was given by
 * @root: the image, unpacked; @layout: (element-type AssayUnpackLayout): how it was divided for that, or empty
 * @source: path of the source as the recipe has it
 */
typedef struct
{
  GString *out;
  const char *image;
  AssayNode *root;
  const GArray *layout;
  const AssayHints *hints;
  const AssaySurvey *survey;
  const char *source;
} AssayDraft;

/** assay_draft_write: the whole of it. */
void assay_draft_write (AssayDraft *draft);

/* The parts of it. */

/** assay_draft_write_tools: comments: machine, compilers, options, banners (draft_tools.c). */
void assay_draft_write_tools (AssayDraft *draft);

/** assay_draft_write_place: `path` and `environment` (draft_place.c). */
void assay_draft_write_place (AssayDraft *draft);

/** assay_draft_write_build: `steps`, `outputs` and `layout` (draft_build.c). */
void assay_draft_write_build (AssayDraft *draft);

/* What the parts share (draft.c). */

/** assay_draft_say: a comment, of any bytes. */
void assay_draft_say (AssayDraft *draft, guint indent, const char *format, ...) G_GNUC_PRINTF (3, 4);

/** assay_draft_say_hint: where a hint is from, and how many files say so: "3 files, 512 bytes, first PATH, .comment at
 * 0x10". */
void assay_draft_say_hint (AssayDraft *draft, guint indent, const AssayHint *hint);

/** assay_draft_triplet: (nullable): what cross tools for the image's machine are called by: of most bytes; else that of
 * its package. */
const char *assay_draft_triplet (const AssayDraft *draft);

/** assay_draft_package: (nullable): of an image that is one package of Debian: ASSAY_HINT_PACKAGE or
 * ASSAY_HINT_ARCHITECTURE of it. */
const AssayHint *assay_draft_package (const AssayDraft *draft, AssayHintKind kind);

/** assay_draft_changelog: (nullable): the one changelog of Debian in the image; a root file system has that of every
 * package, which say nothing of the image. */
const AssayHint *assay_draft_changelog (const AssayDraft *draft);

/** assay_draft_first: (nullable): the hint of a kind with most bytes; borrowed from the hints. */
const AssayHint *assay_draft_first (const AssayDraft *draft, AssayHintKind kind);

#endif
