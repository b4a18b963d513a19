#include "account/rules/rule.h"

#include <string.h>

void
assay_rule_add_verified (AssayRuleCase *rule_case, const char *rule, guint64 offset, guint64 length, AssayClass class_)
{
  AssayProof proof = { offset, length, class_, rule };
  if (length > 0)
    g_array_append_val (rule_case->proofs, proof);
}

gboolean
assay_rule_add_derived (AssayRuleCase *rule_case, const char *rule, guint64 offset, const guint8 *derived, gsize length,
                        gboolean *out_proved, GError **error)
{
  if (out_proved != NULL)
    *out_proved = FALSE;
  if (offset > rule_case->node->size || length > rule_case->node->size - offset)
    return TRUE;
  g_autofree guint8 *shipped = g_try_malloc (length);
  if (shipped == NULL && length > 0)
    return TRUE;
  if (!assay_blob_read (rule_case->node->blob, offset, shipped, length, error))
    return FALSE;
  if (length > 0 && memcmp (shipped, derived, length) != 0)
    return TRUE;
  assay_rule_add_verified (rule_case, rule, offset, length, ASSAY_CLASS_EXPLAINED);
  if (out_proved != NULL)
    *out_proved = TRUE;
  return TRUE;
}
