#include "unpack/bytes.h"
#include "unpack/fat/fat.h"

#include <string.h>

/* A date counts from 1980, a time in steps of two seconds; beside the creation time stand hundredths, up to 199. */
#define FIRST_YEAR 1980u

/* Where the parts stand in an entry; 0: there is none. */
static const struct
{
  guint8 start;
  guint8 length;
  guint8 hundredths;
  guint8 time;
  guint8 date;
} places[ASSAY_FAT_TIMES] = {
  [ASSAY_FAT_CREATED] = { 13, 5, 13, 14, 16 },
  [ASSAY_FAT_ACCESSED] = { 18, 2, 0, 0, 18 },
  [ASSAY_FAT_WRITTEN] = { 22, 4, 0, 22, 24 },
};

AssayFatRun
assay_fat_time_place (AssayFatTime which)
{
  return (AssayFatRun){ places[which].start, places[which].length };
}

static gboolean
decode (const guint8 *entry, AssayFatTime which, gint64 *out_seconds, guint *out_hundredths)
{
  guint date = assay_get_le16 (entry + places[which].date);
  guint time = places[which].time == 0 ? 0 : assay_get_le16 (entry + places[which].time);
  guint more = places[which].hundredths == 0 ? 0 : entry[places[which].hundredths];
  guint seconds = (time & 31) * 2;
  if (seconds > 58 || more > 199)
    return FALSE;
  guint second = seconds + more / 100;
  g_autoptr (GDateTime) moment
      = g_date_time_new_utc ((gint)(FIRST_YEAR + (date >> 9)), (gint)(date >> 5 & 15), (gint)(date & 31),
                             (gint)(time >> 11), (gint)(time >> 5 & 63), (gdouble)second);
  if (moment == NULL)
    return FALSE;
  *out_seconds = g_date_time_to_unix (moment);
  *out_hundredths = more % 100;
  return TRUE;
}

char *
assay_fat_time_read (const guint8 *entry, AssayFatTime which)
{
  static const guint8 zeros[ASSAY_FAT_ENTRY_BYTES];
  gint64 seconds = 0;
  guint hundredths = 0;
  const guint8 *bytes = entry + places[which].start;
  if (memcmp (bytes, zeros, places[which].length) == 0)
    return NULL;
  if (!decode (entry, which, &seconds, &hundredths))
    {
      g_autoptr (GString) text = g_string_new ("0x");
      for (guint i = 0; i < places[which].length; i++)
        g_string_append_printf (text, "%02x", bytes[i]);
      return g_string_free (g_steal_pointer (&text), FALSE);
    }
  return hundredths == 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, seconds)
                         : g_strdup_printf ("%" G_GINT64_FORMAT ".%02u", seconds, hundredths);
}

static void
put (guint8 *entry, guint offset, guint value)
{
  entry[offset] = (guint8)value;
  entry[offset + 1] = (guint8)(value >> 8);
}

gboolean
assay_fat_time_write (const char *text, AssayFatTime which, guint8 *entry)
{
  char *end = NULL;
  gint64 seconds = g_ascii_strtoll (text, &end, 10);
  guint64 hundredths = 0;
  if (*end == '.')
    hundredths = g_ascii_strtoull (end + 1, &end, 10);
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (seconds);
  if (*end != '\0' || hundredths > 99 || moment == NULL || g_date_time_get_year (moment) < (gint)FIRST_YEAR)
    return FALSE;
  guint second = (guint)g_date_time_get_second (moment);
  put (entry, places[which].date,
       (guint)((g_date_time_get_year (moment) - (gint)FIRST_YEAR) << 9 | g_date_time_get_month (moment) << 5
               | g_date_time_get_day_of_month (moment)));
  if (places[which].time != 0)
    put (entry, places[which].time,
         (guint)g_date_time_get_hour (moment) << 11 | (guint)g_date_time_get_minute (moment) << 5 | second / 2);
  if (places[which].hundredths != 0)
    entry[places[which].hundredths] = (guint8)(second % 2 * 100 + hundredths);
  return TRUE;
}
