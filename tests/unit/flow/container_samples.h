#ifndef ASSAY_TEST_CONTAINER_SAMPLES_H
#define ASSAY_TEST_CONTAINER_SAMPLES_H

#include <glib.h>

/* Containers that hold programs without a tree of directories. Transfer full. */

/** container_sample_fit: a U-Boot FIT of two images with their digests, two configurations and a time. */
GByteArray *container_sample_fit (void);

/** container_sample_ar: a static library of two members with long names and a symbol index. */
GByteArray *container_sample_ar (void);

/** container_sample_ihex: Intel HEX of two parts of a program in two banks, with an entry address. */
GByteArray *container_sample_ihex (void);

/** container_sample_srec: the same as S-records, with a header and a count. */
GByteArray *container_sample_srec (void);

/** container_sample_uf2: a program in UF2 blocks of one family, the last of them with extension tags. */
GByteArray *container_sample_uf2 (void);

#endif
