#ifndef ASSAY_REPORT_SPLIT_H
#define ASSAY_REPORT_SPLIT_H

#include "report/listing.h"

/**
 * AssaySplit: a report while it is read in windows of any size. The elements of the member `findings` go into a
 * listing, each parsed on its own as strictly as a whole document is, and all else into one tree, where `findings` is
 * empty. Together they are taken if and only if assay_json_parse() took the document, whatever its size, and all
 * findings were objects; messages have line and column of the document. Where the member is no array, or its key is
 * written with escapes, it is left in the tree.
 */
typedef struct _AssaySplit AssaySplit;

/** assay_split_new: @name: how messages call the document; borrowed. */
AssaySplit *assay_split_new (const char *name);
void assay_split_free (AssaySplit *split);

/** assay_split_add: the next bytes. Errors: ASSAY_ERROR_USAGE; of assay_listing_add(). */
gboolean assay_split_add (AssaySplit *split, const char *text, gsize length_bytes, GError **error);

/**
 * assay_split_finish:
 * @out_findings: (transfer full) (nullable): NULL where they are in the tree, or nowhere
 *
 * Nothing follows. Errors: as assay_split_add().
 *
 * Returns: (transfer full): the tree
 */
json_t *assay_split_finish (AssaySplit *split, AssayListing **out_findings, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySplit, assay_split_free)

#endif
