#include "flow/init.h"

#include "flow/carving.h"
#include "flow/draft.h"
#include "flow/hinting.h"
#include "input/path.h"
#include "input/recipe.h"
#include "util/output.h"

#include <assay/error.h>

#include <string.h>

/* A recipe finds its source from where it lies itself; a draft on standard output lies here. */
static char *
source_from (const char *source, const char *output)
{
  g_autofree char *directory = output != NULL && strcmp (output, "-") != 0 ? g_path_get_dirname (output) : NULL;
  if (directory == NULL || strcmp (directory, ".") == 0)
    return g_strdup (source);
  g_autofree char *near = g_canonicalize_filename (directory, NULL);
  char *whole = g_canonicalize_filename (source, NULL);
  if (!assay_path_is_beneath (whole, near) || strcmp (near, "/") == 0)
    return whole;
  char *rest = g_strdup (whole + strlen (near) + 1);
  g_free (whole);
  return rest;
}

/* What was written must be a recipe, whatever image and source said. */
static gboolean
check_draft (const char *output, GBytes *text, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (AssayRecipe) recipe = assay_recipe_parse (output != NULL ? output : "-", text, &problem);
  if (recipe != NULL)
    return TRUE;
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_INTERNAL, "the draft is no recipe: %s", problem->message);
  return FALSE;
}

static gboolean
write_draft (const char *path, GBytes *text, GError **error)
{
  gsize length = 0;
  const void *data = g_bytes_get_data (text, &length);
  return assay_output_put (path != NULL ? path : "-", data, length, error);
}

gboolean
assay_flow_init (const char *image, const char *source, const char *output, const AssayFlowOptions *options,
                 gboolean *out_complete, GError **error)
{
  const AssayUnpackOptions unpack = { .limits = &options->limits, .progress = options->progress };
  g_autoptr (AssayImage) opened = assay_image_open (image, &unpack, error);
  g_autoptr (AssaySurvey) survey = opened == NULL ? NULL : assay_survey_new (source, &options->limits, error);
  g_autoptr (GArray) layout = g_array_new (FALSE, FALSE, sizeof (AssayUnpackLayout));
  g_autoptr (AssayHints) hints = assay_hints_new ();
  if (survey == NULL || !assay_image_unpack (opened, &unpack, error)
      || !assay_carve_image (opened, &unpack, layout, error)
      || !assay_flow_read_hints (hints, opened->root, &options->limits, error))
    return FALSE;
  g_autofree char *from = source_from (source, output);
  AssayDraft draft = { .out = g_string_new (NULL),
                       .image = image,
                       .root = opened->root,
                       .layout = layout,
                       .hints = hints,
                       .survey = survey,
                       .source = from };
  assay_draft_write (&draft);
  g_autoptr (GBytes) text = g_string_free_to_bytes (draft.out);
  *out_complete = assay_hints_is_complete (hints);
  return check_draft (output, text, error) && assay_image_check_unchanged (opened, error)
         && write_draft (output, text, error);
}
