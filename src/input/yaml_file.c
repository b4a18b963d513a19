#include "input/yaml.h"

#include "util/stream.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static gboolean
refuse (const char *what, const char *path, const char *why, GError **error)
{
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "cannot read the %s %s: %s", what, shown, why);
  return FALSE;
}

static gboolean
check_file (int fd, const char *path, const char *what, GError **error)
{
  struct stat status;
  if (fstat (fd, &status) != 0)
    return assay_system_error (error, errno, "examine", path);
  if (S_ISDIR (status.st_mode))
    return refuse (what, path, "it is a directory", error);
  if (!S_ISREG (status.st_mode))
    return refuse (what, path, "it is not a regular file", error);
  return TRUE;
}

static GBytes *
read_text (int fd, const char *path, const char *what, GError **error)
{
  g_autoptr (GBytes) text = assay_stream_read_all (fd, path, ASSAY_YAML_MAX_BYTES, error);
  if (text == NULL || g_bytes_get_size (text) <= ASSAY_YAML_MAX_BYTES)
    return g_steal_pointer (&text);
  refuse (what, path, "it is larger than 4 MiB", error);
  return NULL;
}

GBytes *
assay_yaml_read_file (const char *path, const char *what, GError **error)
{
  if (strcmp (path, "-") == 0)
    return read_text (STDIN_FILENO, "standard input", what, error);
  /* O_NONBLOCK: a FIFO without a writer must not hold us; it is refused right after. */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    {
      refuse (what, path, g_strerror (errno), error);
      return NULL;
    }
  if (!check_file (fd, path, what, error))
    return NULL;
  return read_text (fd, path, what, error);
}
