#include "util/moment.h"

#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/* The forms; `9` stands for a digit, everything else for itself. */
static const char *const forms[]
    = { "9999-99-99", "9999-99-99T99:99:99Z", "9999-99-99T99:99:99+99:99", "9999-99-99T99:99:99-99:99" };

/** Fewer seconds are from before 1973-03-03, and more likely a year, or a date without its dashes. */
#define LEAST_SECONDS 100000000u

static gboolean
has_form (const char *text, const char *form)
{
  for (; *form != '\0'; text++, form++)
    if (*form == '9' ? !g_ascii_isdigit (*text) : *text != *form)
      return FALSE;
  return *text == '\0';
}

static GDateTime *
parse_date (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    if (has_form (text, forms[i]))
      {
        g_autofree char *whole = i == 0 ? g_strconcat (text, "T00:00:00Z", NULL) : g_strdup (text);
        return g_date_time_new_from_iso8601 (whole, utc);
      }
  return NULL;
}

gboolean
assay_moment_parse (const char *text, gint64 *out_s, GError **error)
{
  g_autoptr (GDateTime) date = parse_date (text);
  guint64 seconds = 0;
  if (date != NULL && g_date_time_to_unix (date) >= 0)
    {
      *out_s = g_date_time_to_unix (date);
      return TRUE;
    }
  if (strspn (text, "0123456789") == strlen (text)
      && g_ascii_string_to_unsigned (text, 10, LEAST_SECONDS, G_MAXINT64, &seconds, NULL))
    {
      *out_s = (gint64)seconds;
      return TRUE;
    }
  g_autofree char *shown = assay_text_escape_line (text, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
               "`%s` is not a time, as 2027-01-01, 2027-01-01T12:00:00Z or seconds since 1970, of nine digits or more",
               shown);
  return FALSE;
}

char *
assay_moment_write (gint64 time_s)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_utc (time_s);
  return moment == NULL ? NULL : g_date_time_format (moment, "%Y-%m-%dT%H:%M:%SZ");
}
