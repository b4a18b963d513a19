#ifndef ASSAY_FLOW_SIDES_H
#define ASSAY_FLOW_SIDES_H

#include "flow/judging.h"

/*
 * What has to be done of both sides, and is done side by side where there is more than one job: neither waits for the
 * other, and what is found is the same as if one came after the other.
 */

/**
 * assay_flow_open_sides: fills @image, @expected and the expectation of @expected; @image alone where @expected cannot
 * be opened. Errors: of assay_image_open(), those of @shipped first.
 */
gboolean assay_flow_open_sides (AssayFlowResult *result, const char *shipped, const char *expected, GError **error);

/**
 * assay_flow_unpack_sides: unpacks the image where it was not, and what of the expected side is certain to be unpacked
 * when the two are paired. That of the expected side which fails is left to the pairing. Errors: of
 * assay_image_unpack().
 */
gboolean assay_flow_unpack_sides (AssayFlowResult *result, const AssayUnpackOptions *unpack, GError **error);

#endif
