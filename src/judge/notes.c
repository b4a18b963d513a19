#include "judge/policy.h"

#include <string.h>

static void
note (GPtrArray *notes, const AssayPolicy *policy, const AssayGrant *grant, const AssayPolicyPlace *place,
      const char *text)
{
  g_ptr_array_add (notes, g_strdup_printf ("%s:%d:%d: the %s of %s: %s", policy->file, place->line, place->column,
                                           grant->blob != NULL ? "blob" : "waiver", grant->path, text));
}

gboolean
assay_policy_glob_is_broad (const char *glob)
{
  return strspn (glob, "*/?") == strlen (glob);
}

/** Bytes of a section that says which build it was: the note of a build id of 32 bytes has 48. */
#define SMALL_SECTION_BYTES 64u

gboolean
assay_policy_waiver_is_broad (const AssayPolicyWaiver *waiver)
{
  gboolean small = waiver->kind == ASSAY_WAIVER_SECTION && waiver->max_size <= SMALL_SECTION_BYTES;
  return !small && assay_policy_glob_is_broad (waiver->path);
}

GPtrArray *
assay_policy_notes (const AssayPolicy *policy, const AssayAccount *account)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; account != NULL && i < account->grants->len; i++)
    {
      const AssayGrant *grant = g_ptr_array_index (account->grants, i);
      gboolean is_blob = grant->blob != NULL;
      g_autofree char *key
          = g_strdup_printf ("%s[%u]", is_blob ? "blobs" : "waive", is_blob ? i - policy->waive->len : i);
      const AssayPolicyPlace place = assay_policy_place (policy, key);
      for (guint j = 0; j < grant->remarks->len; j++)
        note (notes, policy, grant, &place, g_ptr_array_index (grant->remarks, j));
      if (grant->more_remarks > 0)
        {
          g_autofree char *more
              = g_strdup_printf ("%" G_GUINT64_FORMAT " more remarks of this kind", grant->more_remarks);
          note (notes, policy, grant, &place, more);
        }
      if (grant->waiver != NULL && assay_policy_waiver_is_broad (grant->waiver))
        note (notes, policy, grant, &place, "it names no file by name: whatever is like this anywhere is waived by it");
      if (grant->bytes == 0 && grant->facts == 0 && grant->remarks->len == 0)
        note (notes, policy, grant, &place, "nothing needed it");
    }
  if (policy->attestations.threshold > 0)
    {
      const AssayPolicyPlace place = assay_policy_place (policy, "attestations");
      g_ptr_array_add (notes, g_strdup_printf ("%s:%d:%d: `attestations` is held at the gate", policy->file, place.line,
                                               place.column));
    }
  return notes;
}
