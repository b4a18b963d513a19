#ifndef ASSAY_FLOW_INIT_H
#define ASSAY_FLOW_INIT_H

#include "flow/flow.h"

/**
 * assay_flow_init:
 * @image: a file, a directory or `-`
 * @source: an archive, a directory or a local git repository
 * @output: (nullable): where the draft goes; NULL and `-`: standard output
 * @out_complete: FALSE where something of the image could not be read to its end; the draft says so too
 *
 * Writes the draft of a recipe: what the image says of how it was made, and what the source says of how it is built,
 * each with where it says so. Nothing of it is proven, and nothing is built or run. What nobody says is a comment that
 * begins with `unknown:`; where a recipe must have something all the same, it is something that cannot pass.
 *
 * Errors: as assay_flow_inspect(); those of assay_survey_new(); ASSAY_ERROR_INTERNAL the draft is no recipe.
 */
gboolean assay_flow_init (const char *image, const char *source, const char *output, const AssayFlowOptions *options,
                          gboolean *out_complete, GError **error);

#endif
