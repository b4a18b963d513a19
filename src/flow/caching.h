#ifndef ASSAY_FLOW_CACHING_H
#define ASSAY_FLOW_CACHING_H

#include "flow/judging.h"

/**
 * assay_flow_open_cache:
 *
 * Once the recipes are known: opens the cache of builds, where one is wanted and a recipe brings a root file system of
 * its own (T24). One that cannot be used is a note where nobody named it.
 *
 * Errors: ASSAY_ERROR_USAGE the cache or key that the command line names cannot be used, or lies where a build sees it
 * (T15).
 */
gboolean assay_flow_open_cache (AssayFlowResult *result, GError **error);

/** assay_flow_open_secret: opens what directories of rebuilds are authenticated by, as the cache is. Errors:
 * ASSAY_ERROR_USAGE. */
gboolean assay_flow_open_secret (AssayFlowResult *result, GError **error);

/** assay_flow_use_cache: what a first rebuild of a component does with the cache. With `twice` none is taken out of it:
 * whoever asks for two rebuilds asks for two that are made now. */
void assay_flow_use_cache (AssayFlowResult *result, AssayComponent *component, AssayRebuildOptions *options);

#endif
