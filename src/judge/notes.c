#include "judge/policy.h"

static void
note (GPtrArray *notes, const AssayPolicy *policy, const AssayGrant *grant, const char *text)
{
  g_ptr_array_add (notes, g_strdup_printf ("%s:%d: the %s of %s: %s", policy->file, grant->line,
                                           grant->blob != NULL ? "blob" : "waiver", grant->path, text));
}

GPtrArray *
assay_policy_notes (const AssayPolicy *policy, const AssayAccount *account)
{
  GPtrArray *notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; account != NULL && i < account->grants->len; i++)
    {
      const AssayGrant *grant = g_ptr_array_index (account->grants, i);
      for (guint j = 0; j < grant->remarks->len; j++)
        note (notes, policy, grant, g_ptr_array_index (grant->remarks, j));
      if (grant->more_remarks > 0)
        {
          g_autofree char *more
              = g_strdup_printf ("%" G_GUINT64_FORMAT " more remarks of this kind", grant->more_remarks);
          note (notes, policy, grant, more);
        }
      if (grant->bytes == 0 && grant->facts == 0 && grant->remarks->len == 0)
        note (notes, policy, grant, "nothing needed it");
    }
  if (policy->attestations.threshold > 0)
    g_ptr_array_add (
        notes, g_strdup_printf ("%s:%d: `attestations` is held at the gate", policy->file, policy->attestations.line));
  return notes;
}
