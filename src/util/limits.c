#include "util/limits.h"

#include "util/checked.h"
#include "util/nearest.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

typedef struct
{
  const char *name;
  guint64 initial;
  const char *unit;
} Entry;

static const Entry entries[ASSAY_LIMIT_COUNT] = { [ASSAY_LIMIT_NONE] = { "none", 0, "" },
#define ENTRY(id, limit_name, value, limit_unit, reason) [ASSAY_LIMIT_##id] = { limit_name, value, limit_unit },
                                                  ASSAY_LIMITS (ENTRY)
#undef ENTRY
};

static const struct
{
  const char *suffix;
  guint64 factor;
  gboolean is_time;
} units[] = {
  { "", 1, FALSE },
  { "KiB", G_GUINT64_CONSTANT (1) << 10, FALSE },
  { "MiB", G_GUINT64_CONSTANT (1) << 20, FALSE },
  { "GiB", G_GUINT64_CONSTANT (1) << 30, FALSE },
  { "TiB", G_GUINT64_CONSTANT (1) << 40, FALSE },
  { "", 1, TRUE },
  { "s", 1, TRUE },
  { "m", 60, TRUE },
  { "h", 3600, TRUE },
};

void
assay_limits_init (AssayLimits *limits)
{
  *limits = (AssayLimits){ .value = { 0 } };
  for (guint i = 0; i < ASSAY_LIMIT_COUNT; i++)
    limits->value[i] = entries[i].initial;
}

static AssayLimit
find_limit (const char *name, gsize length)
{
  for (guint i = ASSAY_LIMIT_NONE + 1; i < ASSAY_LIMIT_COUNT; i++)
    if (strlen (entries[i].name) == length && memcmp (entries[i].name, name, length) == 0)
      return (AssayLimit)i;
  return ASSAY_LIMIT_NONE;
}

/* "; did you mean `depth`?", or nothing */
static char *
suggest (const char *name, gsize length)
{
  const char *names[ASSAY_LIMIT_COUNT] = { NULL };
  g_autofree char *given = g_strndup (name, length);
  for (guint i = ASSAY_LIMIT_NONE + 1; i < ASSAY_LIMIT_COUNT; i++)
    names[i - 1] = entries[i].name;
  const char *nearest = assay_nearest_find (given, names);
  return nearest == NULL ? g_strdup ("") : g_strdup_printf ("; did you mean `%s`?", nearest);
}

static gboolean
parse_amount (const char *text, gboolean is_time, guint64 *out_value)
{
  const char *end = text;
  guint64 value = 0;
  for (; g_ascii_isdigit (*end); end++)
    if (!assay_u64_multiply (value, 10, &value) || !assay_u64_add (value, (guint64)(*end - '0'), &value))
      return FALSE;
  if (end == text)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (units[i].is_time == is_time && strcmp (end, units[i].suffix) == 0)
      return assay_u64_multiply (value, units[i].factor, out_value);
  return FALSE;
}

gboolean
assay_limits_parse_bytes (const char *text, guint64 *out_bytes)
{
  return parse_amount (text, FALSE, out_bytes);
}

static char *
list_names (void)
{
  GString *names = g_string_new (NULL);
  for (guint i = ASSAY_LIMIT_NONE + 1; i < ASSAY_LIMIT_COUNT; i++)
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", entries[i].name);
  return g_string_free (names, FALSE);
}

gboolean
assay_limits_set (AssayLimits *limits, const char *assignment, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (assignment, -1);
  const char *equals = strchr (assignment, '=');
  if (equals == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "limit '%s': expected NAME=VALUE", shown);
      return FALSE;
    }
  AssayLimit limit = find_limit (assignment, (gsize)(equals - assignment));
  if (limit == ASSAY_LIMIT_NONE)
    {
      g_autofree char *names = list_names ();
      g_autofree char *suggestion = suggest (assignment, (gsize)(equals - assignment));
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "limit '%s': no such limit; there are %s%s", shown, names,
                   suggestion);
      return FALSE;
    }
  gboolean is_time = limit == ASSAY_LIMIT_TIME;
  guint64 value;
  if (!parse_amount (equals + 1, is_time, &value))
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "limit '%s': expected a decimal count below 2^64, which may end in %s", shown,
                   is_time ? "s, m or h" : "KiB, MiB, GiB or TiB");
      return FALSE;
    }
  if (limits->given[limit])
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "limit '%s': %s is given twice", shown, entries[limit].name);
      return FALSE;
    }
  limits->value[limit] = value;
  limits->given[limit] = TRUE;
  return TRUE;
}

const char *
assay_limit_name (AssayLimit limit)
{
  return (guint)limit < ASSAY_LIMIT_COUNT ? entries[limit].name : entries[ASSAY_LIMIT_NONE].name;
}

gboolean
assay_limits_exceeded (const AssayLimits *limits, AssayLimit limit, const char *what, GError **error)
{
  g_return_val_if_fail ((guint)limit < ASSAY_LIMIT_COUNT, FALSE);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_LIMIT, "limit %s (%" G_GUINT64_FORMAT " %s) hit: %s",
               entries[limit].name, limits->value[limit], entries[limit].unit, what);
  return FALSE;
}

gboolean
assay_limits_check (const AssayLimits *limits, AssayLimit limit, guint64 value, const char *what, GError **error)
{
  g_return_val_if_fail ((guint)limit < ASSAY_LIMIT_COUNT, FALSE);
  if (value <= limits->value[limit])
    return TRUE;
  return assay_limits_exceeded (limits, limit, what, error);
}
