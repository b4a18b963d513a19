#ifndef ASSAY_FLOW_CARVING_H
#define ASSAY_FLOW_CARVING_H

#include "flow/image.h"

/**
 * assay_carve_image:
 * @image: unpacked; not known by its content
 * @out_layout: (element-type AssayUnpackLayout): empty where nothing is found; else a header and a payload
 *
 * A vendor's own header before a container that is known: looks for the first place at which one begins, and unpacks
 * the image again as a header and what follows. A guess for the draft of a recipe, and for nothing that is judged.
 */
gboolean assay_carve_image (AssayImage *image, const AssayUnpackOptions *options, GArray *out_layout, GError **error);

#endif
