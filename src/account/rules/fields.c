#include "account/rules/rule.h"

/* Fields may differ only between tables of one length, of which every other byte is compared in its place. */
static gboolean
has_fields (const AssayRuleCase *rule_case)
{
  return rule_case->node->fields != NULL && rule_case->expected->fields != NULL
         && rule_case->node->size == rule_case->expected->size;
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

/* Whether the other table has this field in this place too: of what only one of the two takes for one, it is not known
 * what it says. */
static gboolean
is_field_of_both (const AssayRuleCase *rule_case, const AssayField *field)
{
  const GArray *others = rule_case->expected->fields;
  guint index = first_field (others, field->offset);
  if (index >= others->len)
    return FALSE;
  const AssayField *other = &g_array_index (others, AssayField, index);
  return other->offset == field->offset && other->length == field->length && other->kind == field->kind;
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
          if (!is_field_of_both (rule_case, field))
            continue;
          guint64 start = MAX (field->offset, difference->offset);
          gboolean is_time = field->kind == ASSAY_FIELD_TIME;
          assay_rule_add_verified (rule_case, is_time ? "container-time" : "rewritten", start,
                                   MIN (field->offset + field->length, end) - start,
                                   is_time ? ASSAY_CLASS_EXPLAINED : ASSAY_CLASS_STRUCTURE);
        }
    }
  return TRUE;
}
