#include "flow/pin.h"

#include "input/yaml.h"
#include "util/output.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

/* The recipe as it is now, against what was pinned: somebody may have edited it meanwhile. */
static gboolean
check_unchanged (const char *recipe, GBytes *bytes, GError **error)
{
  g_autoptr (GBytes) now = assay_yaml_read_file (recipe, "recipe", error);
  if (now == NULL || g_bytes_equal (now, bytes))
    return now != NULL;
  g_autofree char *shown = assay_text_escape_line (recipe, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed while its digests were taken", shown);
  return FALSE;
}

static gboolean
write_text (const char *path, GBytes *text, GError **error)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (text, &length);
  g_autoptr (AssayOutput) output = assay_output_new (path, error);
  return output != NULL && assay_output_write (output, data, length, error) && assay_output_commit (output, error);
}

AssayPinning *
assay_flow_pin (const char *recipe, const char *output, AssayPinMode mode, GError **error)
{
  g_autoptr (GBytes) bytes = assay_yaml_read_file (recipe, "recipe", error);
  g_autoptr (AssayPinning) pinning = bytes == NULL ? NULL : assay_recipe_pin (recipe, bytes, mode, error);
  if (pinning == NULL)
    return NULL;
  gboolean in_place = output == NULL;
  if (in_place && !pinning->changed)
    return g_steal_pointer (&pinning);
  if ((in_place && !check_unchanged (recipe, bytes, error))
      || !write_text (in_place ? recipe : output, pinning->text, error))
    return NULL;
  return g_steal_pointer (&pinning);
}
