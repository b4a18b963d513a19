#ifndef ASSAY_FLOW_OFFERING_H
#define ASSAY_FLOW_OFFERING_H

#include "flow/judging.h"

/**
 * AssayOffering:
 *
 * The image, asked by rebuilds that the cache has whether it holds what the cache says of their outputs: what is equal
 * by size and SHA-256 need not be made anew to be compared. Nothing of it comes to a build (T15): no step runs then.
 */
typedef struct _AssayOffering AssayOffering;

/** assay_offering_new: @result: with its image, and all that says how that is divided; borrowed */
AssayOffering *assay_offering_new (AssayFlowResult *result);

/** assay_offering_free: notes what was found out with the nodes of the image and with the result: while no other thread
 * has them. @offering: (nullable) */
void assay_offering_free (AssayOffering *offering);

/** assay_offering_find: an AssayContentFinder; @data: the AssayOffering. The first that asks has the image unpacked. */
AssayBlob *assay_offering_find (const AssayRecipeOutput *output, guint64 size_bytes, const AssayDigest *sha256,
                                gpointer data);

/** assay_offering_look_ahead: an AssayFlowBeside; @data: the AssayOffering. Of an image that a layout divides the
 * nature of the whole is asked for when its pieces are judged. */
void assay_offering_look_ahead (gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayOffering, assay_offering_free)

#endif
