#include "inventory/debian_files.h"

#include "inventory/dates.h"

#include <string.h>

void
assay_debian_change_clear (AssayDebianChange *change)
{
  g_clear_pointer (&change->source, g_free);
  g_clear_pointer (&change->version, g_free);
  g_clear_pointer (&change->suite, g_free);
}

/* "Thu, 24 Nov 2022 22:31:44 -0800" (RFC 5322), in the order in which a stamp has it. */
static gboolean
read_time (const char *text, gint64 *out_seconds)
{
  const char *words[5] = { NULL };
  guint count = 0;
  const char *comma = strchr (text, ',');
  g_auto (GStrv) split = g_strsplit (comma != NULL ? comma + 1 : "", " ", 16);
  for (char **word = split; *word != NULL && count < G_N_ELEMENTS (words); word++)
    if (**word != '\0')
      words[count++] = *word;
  if (count < G_N_ELEMENTS (words))
    return FALSE;
  g_autofree char *stamp = g_strdup_printf ("%s %2s %s %s %s", words[1], words[0], words[2], words[3], words[4]);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (AssayStamp));
  assay_dates_find_stamps (stamp, strlen (stamp), found);
  if (found->len == 0 || !g_array_index (found, AssayStamp, 0).has_zone)
    return FALSE;
  *out_seconds = g_array_index (found, AssayStamp, 0).seconds;
  return TRUE;
}

/* "dropbear (2022.83-1) bookworm; urgency=medium" */
static gboolean
read_head (const char *line, gsize length, AssayDebianChange *out)
{
  g_autofree char *head = g_strndup (line, length);
  const char *open = strstr (head, " (");
  const char *close = open != NULL ? strchr (open, ')') : NULL;
  if (open == NULL || close == NULL || close[1] != ' ' || open == head)
    return FALSE;
  gsize suite = strcspn (close + 2, " ;");
  if (suite == 0)
    return FALSE;
  out->source = g_strndup (head, (gsize)(open - head));
  out->version = g_strndup (open + 2, (gsize)(close - open) - 2);
  out->suite = g_strndup (close + 2, suite);
  return TRUE;
}

gboolean
assay_debian_change_read (const char *text, AssayDebianChange *out)
{
  const char *tail = strstr (text, "\n -- ");
  const char *mail = tail != NULL ? strstr (tail, ">  ") : NULL;
  const char *end = mail != NULL ? strchrnul (mail, '\n') : NULL;
  gsize head = strcspn (text, "\n");
  *out = (AssayDebianChange){ NULL };
  if (end == NULL || memchr (tail + 1, '\n', (gsize)(mail - tail) - 1) != NULL)
    return FALSE;
  g_autofree char *time = g_strndup (mail + 3, (gsize)(end - mail) - 3);
  if (read_head (text, head, out) && read_time (time, &out->seconds))
    return TRUE;
  assay_debian_change_clear (out);
  return FALSE;
}

char *
assay_debian_control_get (const char *text, const char *field)
{
  gsize length = strlen (field);
  for (const char *line = text; *line != '\0' && *line != '\n';)
    {
      const char *end = strchrnul (line, '\n');
      if (g_ascii_strncasecmp (line, field, length) == 0 && line[length] == ':')
        {
          char *value = g_strndup (line + length + 1, (gsize)(end - line) - length - 1);
          return g_strstrip (value);
        }
      line = *end == '\n' ? end + 1 : end;
    }
  return NULL;
}
