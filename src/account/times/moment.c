#include "account/times/moment.h"

#include <string.h>

typedef struct
{
  gint64 seconds;
  gint64 nanoseconds;
} Moment;

#define NANOSECONDS G_GINT64_CONSTANT (1000000000)
#define FAT_BEGINS G_GINT64_CONSTANT (315532800)

static Moment
moment_of (const char *value)
{
  char *end = NULL;
  Moment moment = { g_ascii_strtoll (value, &end, 10), 0 };
  gint64 unit = NANOSECONDS;
  if (*end == '.')
    for (end++; g_ascii_isdigit (*end) && unit > 1; end++)
      {
        unit /= 10;
        moment.nanoseconds += unit * g_ascii_digit_value (*end);
      }
  if (*value == '-' && moment.nanoseconds > 0)
    {
      moment.seconds--;
      moment.nanoseconds = NANOSECONDS - moment.nanoseconds;
    }
  return moment;
}

static Moment
keep_all (Moment moment)
{
  return moment;
}

static Moment
keep_seconds (Moment moment)
{
  return (Moment){ moment.seconds, 0 };
}

static Moment
keep_two_seconds (Moment moment)
{
  return (Moment){ moment.seconds & ~G_GINT64_CONSTANT (1), 0 };
}

static Moment
round_up_to_two_seconds (Moment moment)
{
  gint64 seconds = moment.seconds + (moment.nanoseconds > 0);
  return (Moment){ seconds + (seconds & 1), 0 };
}

static Moment
keep_years (Moment moment)
{
  return (Moment){ CLAMP (moment.seconds, FAT_BEGINS, G_MAXINT32), 0 };
}

static Moment
keep_32_bits (Moment moment)
{
  return (Moment){ (gint32)(guint32)moment.seconds, 0 };
}

/** What file systems and those who unpack keep of a time. */
static Moment (*const keepers[ASSAY_MOMENT_KEEPERS]) (Moment moment)
    = { keep_all, keep_seconds, keep_two_seconds, round_up_to_two_seconds, keep_years, keep_32_bits };

static gint
compare_moments (Moment a, Moment b)
{
  return a.seconds != b.seconds ? (a.seconds > b.seconds) - (a.seconds < b.seconds)
                                : (a.nanoseconds > b.nanoseconds) - (a.nanoseconds < b.nanoseconds);
}

/* Times of a zip are texts that sort. */
gint
assay_moments_compare (const char *first, const char *second, gsize keeper)
{
  if (strchr (first, 'T') != NULL)
    return strcmp (first, second);
  return compare_moments (keepers[keeper](moment_of (first)), keepers[keeper](moment_of (second)));
}
