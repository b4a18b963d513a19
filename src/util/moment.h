#ifndef ASSAY_UTIL_MOMENT_H
#define ASSAY_UTIL_MOMENT_H

#include <glib.h>

/**
 * assay_moment_parse:
 * @out_s: seconds since 1970 in UTC; untouched on failure
 *
 * The time that a user gives as an input (`--time`): a day, `2027-01-01`, which is its first second in UTC; a day with
 * a time of day and its distance from UTC, `2027-01-01T12:00:00Z` or `…+02:00` (RFC 3339); or seconds since 1970 in
 * decimal, at least 100000000 (in 1973), so that no year passes for them. No clock and no time zone of this machine is
 * asked.
 *
 * Errors: ASSAY_ERROR_USAGE it is none of these, or a time before 1970.
 */
gboolean assay_moment_parse (const char *text, gint64 *out_s, GError **error);

/** assay_moment_write: (transfer full) (nullable): `2027-01-01T12:00:00Z`; NULL behind the year 9999. */
char *assay_moment_write (gint64 time_s);

#endif
