#ifndef ASSAY_FLOW_GATE_IMAGE_H
#define ASSAY_FLOW_GATE_IMAGE_H

#include "flow/image.h"
#include "report/stored.h"

/**
 * assay_gate_check_image:
 * @image: at the gate, whose digest the report has; unpacked here where the report finds something inside of it
 *
 * A report says how many bytes of a file are of which class, and each finding where they stand: where there are, nobody
 * but the image can say. Holds each finding to the bytes that it shows. Ranges that only a layout divides are left out,
 * since the gate has none; so is what cannot be unpacked within the default limits.
 *
 * Returns: (transfer full) (nullable): what is wrong, as the end of a sentence
 */
char *assay_gate_check_image (const AssayStored *stored, AssayImage *image);

#endif
