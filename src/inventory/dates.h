#ifndef ASSAY_INVENTORY_DATES_H
#define ASSAY_INVENTORY_DATES_H

#include <glib.h>

/*
 * Times that programs print, as they stand among other bytes. All of them are claims.
 */

/** Times that firmware is built at, in seconds since 1970: from 2000 on, until 32 bits end. */
#define ASSAY_DATES_EARLIEST G_GINT64_CONSTANT (946684800)
#define ASSAY_DATES_LATEST G_GINT64_CONSTANT (4294967295)

/**
 * assay_dates_read_day:
 * @text: @length bytes, at the beginning of which a day may stand
 * @out_seconds: its first second in UTC
 *
 * "Nov 14 2023", as C's __DATE__ (ISO C, 6.10.8.1), or "2023-11-14".
 *
 * Returns: bytes that the day takes; 0 where there is none, or one out of the range above
 */
gsize assay_dates_read_day (const char *text, gsize length, gint64 *out_seconds);

/** assay_dates_read_clock: whether "22:13:20" stands at the beginning; seconds of a day. */
gboolean assay_dates_read_clock (const char *text, gsize length, gint64 *out_seconds);

/** assay_dates_read_epoch: whether a decimal number of seconds since 1970, in the range above, stands there. */
gboolean assay_dates_read_epoch (const char *text, gsize length, gint64 *out_seconds);

/**
 * AssayStamp: a day and a time of day that stand together.
 * @seconds: since 1970, in UTC
 * @start: @end: bytes of what was looked at
 * @zone: (where @has_zone) seconds that the text itself says it is ahead of UTC; they are taken off already. Without
 * one it is read as UTC, which compilers print when SOURCE_DATE_EPOCH is set, and may be any zone
 */
typedef struct
{
  gint64 seconds;
  gsize start;
  gsize end;
  gboolean has_zone;
  gint zone;
} AssayStamp;

/**
 * assay_dates_find_stamps:
 * @out: (element-type AssayStamp): what is found is appended, in ascending order
 *
 * Finds each time of day beside which a day stands: "06:31:44, Nov 25 2022", "Nov 25 2022 06:31:44", "Jan 15 2023 -
 * 21:46:42 +0000", "2023-11-14T22:13:20Z", "Thu Jan  1 00:00:00 UTC 2026", also where up to 8 NUL bytes lie between the
 * two, as between __DATE__ and __TIME__. Takes a time that is proportional to @length.
 */
void assay_dates_find_stamps (const char *bytes, gsize length, GArray *out);

/** Bytes before a time of day, and behind it, that a stamp may take. */
#define ASSAY_DATES_AROUND_BYTES 40u

#endif
