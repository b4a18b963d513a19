#ifndef ASSAY_ACCOUNT_MOMENT_H
#define ASSAY_ACCOUNT_MOMENT_H

#include <glib.h>

/** What file systems and those who unpack keep of a time: all, whole seconds, two of them, fewer years. */
#define ASSAY_MOMENT_KEEPERS 6

/**
 * assay_moments_compare:
 * @first: @second: values of facts that are times: seconds since 1970, perhaps with a fraction, or both local times
 * @keeper: who keeps them, below ASSAY_MOMENT_KEEPERS; the first one keeps all
 *
 * Returns: as strcmp() does
 */
gint assay_moments_compare (const char *first, const char *second, gsize keeper);

#endif
