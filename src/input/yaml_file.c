#include "input/yaml.h"

#include "util/stream.h"

#include <string.h>
#include <unistd.h>

GBytes *
assay_yaml_read_file (const char *path, const char *what, GError **error)
{
  if (strcmp (path, "-") == 0)
    return assay_stream_read_limited (STDIN_FILENO, "standard input", what, ASSAY_YAML_MAX_BYTES, error);
  return assay_stream_read_file (path, what, ASSAY_YAML_MAX_BYTES, error);
}
