#include "unpack/bytes.h"
#include "unpack/iso/iso.h"

#include <string.h>

/** A zone counts quarters of an hour, to the east. */
#define ZONE_SECONDS 900

/** Zones reach no further (ECMA-119, 8.4.26.1 and 9.1.5: -48 to +52); Linux takes no notice of others, and BSD of none
 * above 48 either. */
#define FURTHEST_ZONE 48

/** Parts of a time, as they stand. */
enum
{
  YEAR = 0,
  MONTH,
  DAY,
  HOUR,
  MINUTE,
  SECOND,
  PARTS,
};

#define FIRST_YEAR 1900u

/* Four digits of the year, and two of all else. */
static gboolean
read_digits (const guint8 *bytes, guint *parts, guint *out_hundredths)
{
  guint64 value = 0;
  for (guint i = 0; i <= PARTS; i++)
    {
      gsize at = i == YEAR ? 0 : 2 + 2 * i;
      if (!assay_number_parse ((const char *)bytes + at, i == YEAR ? 4 : 2, 10, &value))
        return FALSE;
      if (i < PARTS)
        parts[i] = (guint)value;
      else
        *out_hundredths = (guint)value;
    }
  return TRUE;
}

static gboolean
decode (const guint8 *bytes, AssayIsoTimeForm form, gint64 *out_seconds, guint *out_hundredths)
{
  guint parts[PARTS] = { 0 };
  *out_hundredths = 0;
  if (form == ASSAY_ISO_TIME_LONG && !read_digits (bytes, parts, out_hundredths))
    return FALSE;
  for (guint i = 0; form == ASSAY_ISO_TIME_SHORT && i < PARTS; i++)
    parts[i] = bytes[i] + (i == YEAR ? FIRST_YEAR : 0);
  /* a signed byte */
  gint zone = bytes[form - 1] - (bytes[form - 1] > G_MAXINT8 ? 256 : 0);
  if (parts[SECOND] > 59 || zone < -FURTHEST_ZONE || zone > FURTHEST_ZONE)
    return FALSE;
  g_autoptr (GDateTime) moment = g_date_time_new_utc ((gint)parts[YEAR], (gint)parts[MONTH], (gint)parts[DAY],
                                                      (gint)parts[HOUR], (gint)parts[MINUTE], (gdouble)parts[SECOND]);
  if (moment == NULL)
    return FALSE;
  *out_seconds = g_date_time_to_unix (moment) - (gint64)zone * ZONE_SECONDS;
  return TRUE;
}

/* The bytes but the zone, from the text of the fact and the zone. */
static gboolean
encode (const char *text, AssayIsoTimeForm form, gint zone, guint8 *out)
{
  char *end = NULL;
  gint64 seconds = g_ascii_strtoll (text, &end, 10);
  guint64 hundredths = *end == '.' ? g_ascii_strtoull (end + 1, &end, 10) : 0;
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (seconds + (gint64)zone * ZONE_SECONDS);
  if (*end != '\0' || hundredths > 99 || moment == NULL)
    return FALSE;
  const guint parts[PARTS] = { (guint)g_date_time_get_year (moment),         (guint)g_date_time_get_month (moment),
                               (guint)g_date_time_get_day_of_month (moment), (guint)g_date_time_get_hour (moment),
                               (guint)g_date_time_get_minute (moment),       (guint)g_date_time_get_second (moment) };
  if (form == ASSAY_ISO_TIME_LONG)
    {
      g_autofree char *digits = g_strdup_printf ("%04u%02u%02u%02u%02u%02u%02u", parts[YEAR], parts[MONTH], parts[DAY],
                                                 parts[HOUR], parts[MINUTE], parts[SECOND], (guint)hundredths);
      memcpy (out, digits, MIN (strlen (digits), ASSAY_ISO_TIME_LONG - 1u));
      return strlen (digits) == ASSAY_ISO_TIME_LONG - 1u;
    }
  for (guint i = 0; i < PARTS; i++)
    out[i] = (guint8)(parts[i] - (i == YEAR ? FIRST_YEAR : 0));
  return hundredths == 0 && parts[YEAR] >= FIRST_YEAR && parts[YEAR] < FIRST_YEAR + 256;
}

/* Sixteen digits of zero say that there is none, as seven bytes of zero do. */
static gboolean
is_none (const guint8 *bytes, AssayIsoTimeForm form)
{
  guint8 zero = form == ASSAY_ISO_TIME_LONG ? '0' : 0;
  for (guint i = 0; i + 1 < form; i++)
    if (bytes[i] != zero)
      return FALSE;
  return bytes[form - 1] == 0;
}

static char *
describe (const guint8 *bytes, AssayIsoTimeForm form)
{
  gint64 seconds = 0;
  guint hundredths = 0;
  GString *text = g_string_new (NULL);
  if (!decode (bytes, form, &seconds, &hundredths))
    {
      g_string_append (text, "0x");
      for (guint i = 0; i < form; i++)
        g_string_append_printf (text, "%02x", bytes[i]);
    }
  else
    g_string_append_printf (text, "%" G_GINT64_FORMAT, seconds);
  if (hundredths != 0)
    g_string_append_printf (text, ".%02u", hundredths);
  return g_string_free (text, FALSE);
}

void
assay_iso_add_time (AssayIso *iso, const AssayNode *child, const char *fact, AssayIsoTimeForm form, const guint8 *bytes,
                    guint64 offset)
{
  guint8 again[ASSAY_ISO_TIME_LONG] = { 0 };
  gboolean same = FALSE;
  guint32 index = child == NULL ? ASSAY_SPAN_NO_CHILD : child->index;
  if (!is_none (bytes, form))
    {
      char *text = describe (bytes, form);
      same = encode (text, form, (gint8)bytes[form - 1], again) && memcmp (again, bytes, form - 1u) == 0;
      assay_facts_take (child == NULL ? iso->container->node->own_facts : child->facts, fact, text);
    }
  assay_container_add_span (iso->container,
                            (AssaySpan){ offset, form - 1u, ASSAY_SPAN_HEADER, index, same, fact, fact });
  assay_iso_span (iso, offset + form - 1u, 1, child, "iso zone of a time");
}
