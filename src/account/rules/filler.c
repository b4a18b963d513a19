#include "account/rules/rule.h"

static gboolean
is_uniform (AssayBlob *blob, guint64 offset, guint64 length, gboolean *out_uniform, GError **error)
{
  guint8 window[4096];
  guint8 value = 0;
  *out_uniform = FALSE;
  for (guint64 done = 0; done < length;)
    {
      gsize take = MIN (length - done, sizeof window);
      if (!assay_blob_read (blob, offset + done, window, take, error))
        return FALSE;
      if (done == 0)
        value = window[0];
      if (value != 0x00 && value != 0xff)
        return TRUE;
      for (gsize i = 0; i < take; i++)
        if (window[i] != value)
          return TRUE;
      done += take;
    }
  *out_uniform = TRUE;
  return TRUE;
}

gboolean
assay_rule_filler (AssayRuleCase *rule_case, GError **error)
{
  for (guint i = 0; rule_case->placed && i < rule_case->differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (rule_case->differences, AssayDifference, i);
      gboolean uniform = FALSE;
      if (difference->expected_offset != ASSAY_NO_COUNTERPART)
        continue;
      if (!is_uniform (rule_case->node->blob, difference->offset, difference->length, &uniform, error))
        return FALSE;
      if (uniform)
        assay_rule_add_verified (rule_case, "filler", difference->offset, difference->length, ASSAY_CLASS_EXPLAINED);
    }
  return TRUE;
}
