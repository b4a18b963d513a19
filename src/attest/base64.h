#ifndef ASSAY_ATTEST_BASE64_H
#define ASSAY_ATTEST_BASE64_H

#include <glib.h>

/**
 * assay_base64_decode:
 *
 * Base64 with padding (RFC 4648) of the standard or the URL-safe alphabet, not of both at once: no space, no line
 * break, no bit in the last letter that stands for nothing, so that no two texts decode to the same bytes by accident.
 * GLib skips over what it does not know.
 *
 * Returns: (transfer full) (nullable): NULL where it is not that
 */
GBytes *assay_base64_decode (const char *text, gsize length_bytes);

#endif
