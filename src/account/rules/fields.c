#include "account/rules/rule.h"

#include <string.h>

/* Fields may differ only between tables of one layout, of which every other byte is compared in its place. */
static gboolean
has_fields (const AssayRuleCase *rule_case)
{
  const GArray *fields = rule_case->node->fields;
  const GArray *others = rule_case->expected->fields;
  return fields != NULL && others != NULL && rule_case->node->size == rule_case->expected->size
         && fields->len == others->len
         && (fields->len == 0 || memcmp (fields->data, others->data, fields->len * sizeof (AssayField)) == 0);
}

/* The first field that ends behind @offset. */
static guint
first_field (const GArray *fields, guint64 offset)
{
  guint low = 0;
  guint high = fields->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const AssayField *field = &g_array_index (fields, AssayField, middle);
      if (field->offset + field->length <= offset)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gboolean
assay_rule_fields (AssayRuleCase *rule_case, GError **error G_GNUC_UNUSED)
{
  if (rule_case->fixed || !has_fields (rule_case))
    return TRUE;
  const GArray *fields = rule_case->node->fields;
  for (guint i = 0; i < rule_case->differences->len; i++)
    {
      const AssayDifference *difference = &g_array_index (rule_case->differences, AssayDifference, i);
      guint64 end = difference->offset + difference->length;
      if (difference->expected_offset == ASSAY_NO_COUNTERPART)
        continue;
      for (guint j = first_field (fields, difference->offset); j < fields->len; j++)
        {
          const AssayField *field = &g_array_index (fields, AssayField, j);
          if (field->offset >= end)
            break;
          guint64 start = MAX (field->offset, difference->offset);
          gboolean is_time = field->kind == ASSAY_FIELD_TIME;
          assay_rule_add_verified (rule_case, is_time ? "container-time" : "rewritten", start,
                                   MIN (field->offset + field->length, end) - start,
                                   is_time ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_STRUCTURE);
        }
    }
  return TRUE;
}
