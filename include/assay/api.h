#ifndef ASSAY_API_H
#define ASSAY_API_H

/**
 * ASSAY_API:
 *
 * Marks what the shared library exports. Everything else is hidden; a test compares the exported symbols with the
 * functions that these headers declare.
 */
#define ASSAY_API __attribute__ ((visibility ("default")))

#endif
