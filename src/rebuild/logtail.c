#include "rebuild/logtail.h"

#include "util/system.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

#define TAIL_LINES 20
/* Of the log that are looked at, and of one line that are shown. */
#define TAIL_BYTES 65536
#define LINE_BYTES 1000

static char *
read_tail (const char *path)
{
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC);
  g_autofree char *text = g_malloc0 (TAIL_BYTES + 1);
  off_t size = fd < 0 ? -1 : lseek (fd, 0, SEEK_END);
  gssize length;
  if (size <= 0)
    return NULL;
  length = assay_system_read_at (fd, text, TAIL_BYTES, (guint64)MAX (size - TAIL_BYTES, 0));
  if (length <= 0)
    return NULL;
  /* A NUL would end the text early. */
  for (gssize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = ' ';
  return g_steal_pointer (&text);
}

char *
assay_log_tail (const char *path)
{
  g_autofree char *text = read_tail (path);
  g_autoptr (GString) tail = g_string_new (NULL);
  guint first;
  if (text == NULL)
    return g_strdup ("");
  g_strchomp (text);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  first = g_strv_length (lines) > TAIL_LINES ? g_strv_length (lines) - TAIL_LINES : 0;
  for (guint i = first; lines[i] != NULL; i++)
    {
      gsize length = strlen (lines[i]);
      g_autofree char *shown = assay_text_escape_line (lines[i], (gssize)MIN (length, LINE_BYTES));
      g_string_append_printf (tail, "\n  %s%s", shown, length > LINE_BYTES ? " […]" : "");
    }
  return g_string_free (g_steal_pointer (&tail), FALSE);
}
