#include "inventory/debian_files.h"
#include "inventory/hints_private.h"
#include "util/text.h"

#include <string.h>

/** Bytes of a control file or changelog that are read: the newest entry stands first. */
#define PACKAGING_BYTES (64u * 1024u)

static char *
read_start (const AssayHintFile *file)
{
  gsize length = (gsize)MIN (file->size, PACKAGING_BYTES);
  char *text = g_malloc0 (length + 1);
  if (assay_blob_read (file->blob, 0, text, length, NULL))
    return text;
  g_free (text);
  return NULL;
}

static void
read_control (const AssayHintReading *reading, const char *text)
{
  g_autofree char *name = assay_debian_control_get (text, "Package");
  g_autofree char *version = assay_debian_control_get (text, "Version");
  g_autofree char *architecture = assay_debian_control_get (text, "Architecture");
  if (name == NULL || version == NULL || architecture == NULL)
    return;
  g_autofree char *shown_name = assay_text_escape_line (name, -1);
  g_autofree char *shown_version = assay_text_escape_line (version, -1);
  g_autofree char *shown_architecture = assay_text_escape_line (architecture, -1);
  assay_hints_add (reading, ASSAY_HINT_PACKAGE, shown_name, shown_version, 0, "Package", G_MAXUINT64);
  assay_hints_add (reading, ASSAY_HINT_ARCHITECTURE, shown_architecture, NULL, 0, "Architecture", G_MAXUINT64);
}

static void
read_changelog (const AssayHintReading *reading, const char *text)
{
  g_auto (AssayDebianChange) change = { NULL };
  if (!assay_debian_change_read (text, &change))
    return;
  g_autofree char *what = g_strdup_printf ("%s %s", change.source, change.version);
  g_autofree char *shown = assay_text_escape_line (what, -1);
  g_autofree char *suite = assay_text_escape_line (change.suite, -1);
  assay_hints_add (reading, ASSAY_HINT_CHANGELOG, shown, suite, change.seconds, "newest entry", G_MAXUINT64);
}

/* The last component of a path; of what a stream decodes to that of the stream. */
static gboolean
is_called (const char *path, const char *name)
{
  const char *stream = strstr (path, "//#");
  const char *last = strrchr (path, '/');
  while (stream != NULL && strstr (stream + 1, "//#") != NULL)
    stream = strstr (stream + 1, "//#");
  gsize end = stream != NULL && last == stream + 1 ? (gsize)(stream - path) : strlen (path);
  gsize length = strlen (name);
  return end >= length && strncmp (path + end - length, name, length) == 0
         && (end == length || path[end - length - 1] == '/');
}

void
assay_hints_read_packaging (const AssayHintReading *reading)
{
  const char *path = reading->file->path;
  gboolean control = is_called (path, "control") && strstr (path, "control.tar") != NULL;
  gboolean changelog = is_called (path, "changelog.Debian.gz") || is_called (path, "changelog.Debian");
  g_autofree char *text = control || changelog ? read_start (reading->file) : NULL;
  if (text != NULL && control)
    read_control (reading, text);
  else if (text != NULL)
    read_changelog (reading, text);
}
