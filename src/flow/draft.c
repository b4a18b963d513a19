#include "flow/draft.h"

#include "input/recipe_text.h"
#include "inventory/debian.h"
#include "util/text.h"

#include <assay/digest.h>

#include <string.h>

static void
write_product (AssayDraft *draft)
{
  const AssayHint *package = assay_draft_package (draft, ASSAY_HINT_PACKAGE);
  g_autofree char *base = strcmp (draft->image, "-") == 0 ? g_strdup ("image") : g_path_get_basename (draft->image);
  g_autofree char *shown = assay_text_escape_line (base, -1);
  g_autofree char *product
      = package != NULL ? g_strconcat (package->text, " ", package->detail, NULL) : g_strdup (shown);
  g_autofree char *quoted = assay_recipe_text_quote (product);
  g_string_append_printf (draft->out, "product: %s\n", quoted != NULL ? quoted : "\"image\"");
  if (package != NULL)
    assay_draft_say_hint (draft, 0, package);
  else
    assay_draft_say (draft, 0, "unknown: product and version; this is the name of the image's file");
}

static void
write_licence (AssayDraft *draft)
{
  static const char *const names[]
      = { "LICENSE", "LICENCE", "COPYING", "LICENSE.md", "LICENSE.txt", "license.rst", "debian/copyright" };
  const char *found = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (names) && found == NULL; i++)
    found = assay_survey_has (draft->survey, names[i]) ? names[i] : NULL;
  assay_draft_say (draft, 0, "unknown: licence, by its SPDX name%s%s", found != NULL ? "; its text is in " : "",
                   found != NULL ? found : "");
}

static void
write_source (AssayDraft *draft)
{
  static const char *const keys[] = { NULL, "archive", "directory", "git", NULL };
  const AssaySurvey *survey = draft->survey;
  const AssayRecipeLayer *layer = &survey->layer;
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autofree char *quoted = assay_recipe_text_quote (draft->source);
  g_string_append (draft->out, "source:\n");
  if (quoted == NULL)
    assay_draft_say (draft, 2, "unknown: how to name the source: %s holds what a recipe cannot say", draft->source);
  if (layer->has_sha256)
    assay_digest_to_hex (&layer->sha256, hex);
  g_string_append_printf (draft->out, "  - {%s: %s, %s: %s", keys[layer->kind], quoted != NULL ? quoted : "unknown",
                          layer->has_sha256 ? "sha256" : "commit", layer->has_sha256 ? hex : layer->commit);
  if (layer->strip > 0)
    g_string_append_printf (draft->out, ", strip: %u", layer->strip);
  g_string_append (draft->out, ", into: .}\n");
  if (layer->kind == ASSAY_SOURCE_GIT)
    assay_draft_say (draft, 2, "the commit of its HEAD; what is not committed is not part of it");
  if (survey->trouble != NULL)
    assay_draft_say (draft, 2, "unknown: all that this source holds: %s", survey->trouble);
  assay_draft_say (draft, 0, "unknown: patches of the licensee, and inputs that the build reads beside the source");
}

void
assay_draft_write (AssayDraft *draft)
{
  g_autofree char *image
      = strcmp (draft->image, "-") == 0 ? g_strdup ("standard input") : g_path_get_basename (draft->image);
  assay_draft_say (draft, 0,
                   "A draft by `assay init`, from what %s says of how it was made and the source of how it is built.",
                   image);
  assay_draft_say (draft, 0,
                   "All of it are claims: an image may say anything. What nobody says stands behind `unknown:`. Paths "
                   "behind `from` lie in the image.");
  if (!assay_hints_is_complete (draft->hints))
    assay_draft_say (draft, 0, "Not everything in the image could be read: `assay inspect` says what.");
  if (assay_hints_is_cut (draft->hints))
    assay_draft_say (draft, 0, "The image says more than is looked at here.");
  g_string_append (draft->out, "\nrecipe: 1\n");
  write_product (draft);
  write_licence (draft);
  write_source (draft);
  g_string_append_c (draft->out, '\n');
  assay_draft_write_tools (draft);
  g_string_append_c (draft->out, '\n');
  assay_draft_write_place (draft);
  g_string_append_c (draft->out, '\n');
  assay_draft_write_build (draft);
}
