#include "attest/predicate.h"

#include <assay/error.h>

json_t *
assay_predicate_image_subjects (const AssayAttestSource *source, GError **error)
{
  const json_t *image = json_object_get (source->report, "image");
  const char *sha256 = json_string_value (json_object_get (image, "sha256"));
  const char *path = json_string_value (json_object_get (image, "path"));
  gboolean tree = json_object_get (image, "digest_form") != NULL;
  if (sha256 == NULL || path == NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED,
                   "nothing can be attested: the report has no digest of the image, which could not be read");
      return NULL;
    }
  g_autofree char *name = g_path_get_basename (path);
  return json_pack ("[{s:s, s:{s:s}}]", "name", name, "digest", tree ? ASSAY_SUBJECT_TREE : ASSAY_SUBJECT_FILE, sha256);
}

gboolean
assay_predicate_passed (const json_t *report)
{
  static const AssayVerdict passes[] = { ASSAY_VERDICT_WAIVED, ASSAY_VERDICT_EQUIVALENT, ASSAY_VERDICT_IDENTICAL };
  const char *verdict = json_string_value (json_object_get (report, "verdict"));
  const char *policy = json_string_value (json_object_get (json_object_get (report, "policy"), "result"));
  gboolean passed = FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (passes); i++)
    passed = passed || g_strcmp0 (verdict, assay_verdict_name (passes[i])) == 0;
  return passed && (g_strcmp0 (policy, "pass") == 0 || g_strcmp0 (policy, "none") == 0);
}
