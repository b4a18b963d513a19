#include "input/yaml.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
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

GBytes *
assay_yaml_read_file (const char *path, const char *what, GError **error)
{
  /* O_NONBLOCK: a FIFO without a writer must not hold us; it is refused right after. */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    {
      refuse (what, path, g_strerror (errno), error);
      return NULL;
    }
  if (!check_file (fd, path, what, error))
    return NULL;
  g_autofree char *text = g_malloc (ASSAY_YAML_MAX_BYTES + 1);
  gssize length = assay_system_read_at (fd, text, ASSAY_YAML_MAX_BYTES + 1, 0);
  if (length < 0)
    {
      assay_system_error (error, errno, "read", path);
      return NULL;
    }
  if (length > (gssize)ASSAY_YAML_MAX_BYTES)
    {
      refuse (what, path, "it is larger than 4 MiB", error);
      return NULL;
    }
  return g_bytes_new (text, (gsize)length);
}
