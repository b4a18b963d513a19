#include "inventory/dates.h"

#include <string.h>

/** Bytes of "22:13:20". */
#define CLOCK_BYTES 8u
/** NUL bytes between a day and a time of day that are two texts one behind the other. */
#define NULS_MAX 8u
/** Bytes of punctuation and spaces between the two. */
#define GAP_MAX 6u

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static gboolean
day_of (gint year, gint month, gint day, gint64 *out_seconds)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = g_date_time_new (utc, year, month, day, 0, 0, 0);
  if (date == NULL)
    return FALSE;
  gint64 seconds = g_date_time_to_unix (date);
  if (seconds < ASSAY_DATES_EARLIEST || seconds > ASSAY_DATES_LATEST)
    return FALSE;
  *out_seconds = seconds;
  return TRUE;
}

/* Two digits, the first of which may be a space where @space says so. */
static gint
two_digits (const char *text, gboolean space)
{
  if (!g_ascii_isdigit (text[1]) || !(g_ascii_isdigit (text[0]) || (space && text[0] == ' ')))
    return -1;
  return (text[0] == ' ' ? 0 : text[0] - '0') * 10 + (text[1] - '0');
}

static gint
four_digits (const char *text)
{
  gint high = two_digits (text, FALSE);
  gint low = two_digits (text + 2, FALSE);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

/* 1 to 12; 0 for none. */
static gint
month_of (const char *text)
{
  for (gint month = 0; month < 12; month++)
    if (memcmp (text, months + month * 3, 3) == 0)
      return month + 1;
  return 0;
}

gsize
assay_dates_read_day (const char *text, gsize length, gint64 *out_seconds)
{
  if (length >= 11 && text[3] == ' ' && text[6] == ' ' && month_of (text) > 0
      && day_of (four_digits (text + 7), month_of (text), two_digits (text + 4, TRUE), out_seconds))
    return 11;
  if (length >= 10 && text[4] == '-' && text[7] == '-'
      && day_of (four_digits (text), two_digits (text + 5, FALSE), two_digits (text + 8, FALSE), out_seconds))
    return 10;
  return 0;
}

gboolean
assay_dates_read_clock (const char *text, gsize length, gint64 *out_seconds)
{
  if (length < CLOCK_BYTES || text[2] != ':' || text[5] != ':')
    return FALSE;
  gint hour = two_digits (text, FALSE);
  gint minute = two_digits (text + 3, FALSE);
  gint second = two_digits (text + 6, FALSE);
  if (hour < 0 || hour >= 24 || minute < 0 || minute >= 60 || second < 0 || second > 60)
    return FALSE;
  *out_seconds = (gint64)hour * 3600 + minute * 60 + second;
  return TRUE;
}

gboolean
assay_dates_read_epoch (const char *text, gsize length, gint64 *out_seconds)
{
  gint64 value = 0;
  gsize digits = 0;
  for (; digits < length && digits < 11 && g_ascii_isdigit (text[digits]); digits++)
    value = value * 10 + (text[digits] - '0');
  if (digits < 9 || digits > 10 || value < ASSAY_DATES_EARLIEST || value > ASSAY_DATES_LATEST)
    return FALSE;
  *out_seconds = value;
  return TRUE;
}

/* Bytes between a day and a time of day: a few NULs, or a few spaces and marks. */
static gboolean
is_gap (const char *text, gsize length)
{
  gsize nuls = 0;
  while (nuls < length && text[nuls] == '\0')
    nuls++;
  if (nuls > 0)
    return nuls == length && nuls <= NULS_MAX;
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0' || strchr (" ,;-/T@|at", text[i]) == NULL)
      return FALSE;
  return length <= GAP_MAX;
}

/* What stands behind a time of day: " +0200", "Z", " UTC", " GMT". Returns how many bytes. */
static gsize
read_zone (const char *text, gsize length, AssayStamp *stamp)
{
  gsize spaces = length > 0 && text[0] == ' ' ? 1 : 0;
  const char *at = text + spaces;
  gsize left = length - spaces;
  stamp->has_zone = TRUE;
  if (left >= 1 && at[0] == 'Z' && (left == 1 || !g_ascii_isalnum (at[1])))
    return spaces + 1;
  if (left >= 3 && (memcmp (at, "UTC", 3) == 0 || memcmp (at, "GMT", 3) == 0))
    return spaces + 3;
  if (left >= 5 && (at[0] == '+' || at[0] == '-'))
    {
      gsize colon = left >= 6 && at[3] == ':' ? 1 : 0;
      gint hours = two_digits (at + 1, FALSE);
      gint minutes = two_digits (at + 3 + colon, FALSE);
      if (hours >= 0 && hours <= 14 && minutes >= 0 && minutes < 60)
        {
          stamp->zone = (at[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
          return spaces + 5 + colon;
        }
    }
  stamp->has_zone = FALSE;
  return 0;
}

/* "Jan  1 " before, " UTC 2026" or " 2026" behind, as date(1) and ctime(3) print. */
static gboolean
read_split_day (const char *bytes, gsize length, gsize clock, AssayStamp *stamp)
{
  gint64 day = 0;
  if (clock < 7 || bytes[clock - 1] != ' ' || bytes[clock - 4] != ' ' || month_of (bytes + clock - 7) == 0)
    return FALSE;
  gsize at = clock + CLOCK_BYTES;
  at += read_zone (bytes + at, length - at, stamp);
  /* another name of a zone says nothing that could be worked with */
  for (gsize i = 1;
       !stamp->has_zone && at + 1 < length && bytes[at] == ' ' && g_ascii_isupper (bytes[at + 1]) && i < 6;)
    {
      while (at + i < length && i < 6 && g_ascii_isupper (bytes[at + i]))
        i++;
      at += i;
    }
  if (length - at < 5 || bytes[at] != ' '
      || !day_of (four_digits (bytes + at + 1), month_of (bytes + clock - 7), two_digits (bytes + clock - 3, TRUE),
                  &day))
    return FALSE;
  stamp->seconds = day;
  stamp->start = clock - 7;
  stamp->end = at + 5;
  return TRUE;
}

static gboolean
read_day_before (const char *bytes, gsize length, gsize clock, AssayStamp *stamp)
{
  static const gsize sizes[] = { 10, 11 };
  for (gsize gap = 0; gap <= NULS_MAX; gap++)
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
      {
        gsize whole = gap + sizes[i];
        if (whole > clock || assay_dates_read_day (bytes + clock - whole, sizes[i], &stamp->seconds) != sizes[i]
            || !is_gap (bytes + clock - gap, gap))
          continue;
        stamp->start = clock - whole;
        stamp->end = clock + CLOCK_BYTES;
        stamp->end += read_zone (bytes + stamp->end, length - stamp->end, stamp);
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_day_behind (const char *bytes, gsize length, gsize clock, AssayStamp *stamp)
{
  gsize behind = clock + CLOCK_BYTES;
  gsize zone = read_zone (bytes + behind, length - behind, stamp);
  for (gsize gap = 1; gap <= NULS_MAX && behind + zone + gap < length; gap++)
    {
      gsize at = behind + zone + gap;
      gsize size = assay_dates_read_day (bytes + at, length - at, &stamp->seconds);
      if (size == 0 || !is_gap (bytes + behind + zone, gap))
        continue;
      stamp->start = clock;
      stamp->end = at + size;
      return TRUE;
    }
  return FALSE;
}

void
assay_dates_find_stamps (const char *bytes, gsize length, GArray *out)
{
  static gboolean (*const readers[]) (const char *bytes, gsize length, gsize clock, AssayStamp *stamp)
      = { read_day_before, read_split_day, read_day_behind };
  const char *end = bytes + length;
  for (const char *at = bytes; at < end && (at = memchr (at, ':', (gsize)(end - at))) != NULL; at++)
    {
      gint64 clock = 0;
      gsize start = (gsize)(at - bytes) - 2;
      if (at - bytes < 2 || !assay_dates_read_clock (bytes + start, length - start, &clock))
        continue;
      for (gsize i = 0; i < G_N_ELEMENTS (readers); i++)
        {
          AssayStamp stamp = { .seconds = 0 };
          if (!readers[i](bytes, length, start, &stamp))
            continue;
          stamp.seconds += clock - stamp.zone;
          g_array_append_val (out, stamp);
          break;
        }
      at += 3; /* the second colon is of the same time */
    }
}
