#ifndef ASSAY_FLOW_KEPT_H
#define ASSAY_FLOW_KEPT_H

#include "flow/made.h"
#include "rebuild/rebuilt.h"

/** The file beside the outputs that says what they are: the report of the rebuild. */
#define ASSAY_KEPT_RECORD "assay-rebuild.json"

/** assay_kept_check: whether outputs can be written to @path: nothing is there, or an empty directory. Errors:
 * ASSAY_ERROR_USAGE. */
gboolean assay_kept_check (const char *path, GError **error);

/**
 * assay_kept_name: where beneath the directory an output lies: as `from` names it, `..` written `%2E%2E`; of a pattern
 * the part that it stands for. Transfer full.
 */
char *assay_kept_name (const AssayMade *made, const AssayRecipe *recipe);

/**
 * AssayKeptSeal: by what it is known again that the outputs are ours.
 *
 * @rebuild: with a key, that the outputs are of; NULL: they cannot be used again
 */
typedef struct
{
  AssayRebuild *rebuild;
  AssaySecret *secret;
} AssayKeptSeal;

/**
 * assay_kept_write:
 * @made: (element-type AssayMade): of @recipe
 * @record: the text of the record
 * @seal: with a rebuild, the directory gets ASSAY_REBUILT_FILE too
 *
 * Writes the outputs to a directory that appears whole or not at all: beside it first, synced, then renamed. Files and
 * trees are as the rebuild left them, links as they are, but for owners, which are ours, and set-id bits, which nobody
 * gets who only asked for a rebuild. What was written is read again, and is what was digested.
 *
 * Errors: ASSAY_ERROR_USAGE as assay_kept_check(); ASSAY_ERROR_UNSUPPORTED two outputs in one place that are not one
 * file, or one that is called as the record; ASSAY_ERROR_CHANGED; ASSAY_ERROR_IO; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_kept_write (const char *path, const GPtrArray *made, const AssayRecipe *recipe, const char *record,
                           const AssayKeptSeal *seal, GError **error);

/**
 * assay_kept_check_listed:
 * @record: of assay_rebuilt_take()
 *
 * Whether the directory has that record still, and all outputs of a recipe were kept then. Errors: ASSAY_ERROR_CHANGED;
 * ASSAY_ERROR_NOT_FOUND; those of reading.
 */
gboolean assay_kept_check_listed (const char *path, const AssayRecipe *recipe, const char *record, GError **error);

/** assay_kept_compare: whether the directory still holds what was made: names, links and bytes. Errors: likewise. */
gboolean assay_kept_compare (const char *path, const GPtrArray *made, const AssayRecipe *recipe, GError **error);

#endif
