#ifndef ASSAY_REBUILD_DELIVERY_KEPT_H
#define ASSAY_REBUILD_DELIVERY_KEPT_H

#include "rebuild/delivery.h"

#include <jansson.h>

/*
 * What was found in a delivery, kept with a build of it (cache.h), so that whoever takes that out of the cache need not
 * look again: it is authenticated as the build is, and the key of both binds the delivery.
 */

/**
 * assay_delivery_write:
 *
 * Returns: (transfer full) (nullable): its files and what of them could not be read; NULL where it has machine code or
 * data that outputs are searched for, a name that is no text, or places that are kept: then it is looked through again
 */
json_t *assay_delivery_write (const AssayDelivery *delivery);

/**
 * assay_delivery_read:
 * @written: (nullable): of assay_delivery_write()
 * @limits: that it would be looked through with
 *
 * Returns: (transfer full) (nullable): settled; NULL where it was looked through with other limits, or was not written
 */
AssayDelivery *assay_delivery_read (const json_t *written, const AssayLimits *limits);

#endif
