#ifndef ASSAY_TEST_CONTAINER_SAMPLES_H
#define ASSAY_TEST_CONTAINER_SAMPLES_H

#include <glib.h>

/* Containers that hold programs without a tree of directories. Transfer full. */

/** container_sample_fit: a U-Boot FIT of two images with their digests, two configurations and a time. */
GByteArray *container_sample_fit (void);

/** container_sample_ar: a static library of two members with long names and a symbol index. */
GByteArray *container_sample_ar (void);

#endif
