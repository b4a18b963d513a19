#include "flow/allowance.h"

#include "util/json.h"

const AssayAllowanceItem assay_allowance_items[] = {
  { ASSAY_LIMIT_TIME, G_STRUCT_OFFSET (AssayRecipeLimits, time_s) },
  { ASSAY_LIMIT_MEMORY, G_STRUCT_OFFSET (AssayRecipeLimits, memory_bytes) },
  { ASSAY_LIMIT_PROCESSES, G_STRUCT_OFFSET (AssayRecipeLimits, processes) },
  { ASSAY_LIMIT_OUTPUT, G_STRUCT_OFFSET (AssayRecipeLimits, output_bytes) },
  { ASSAY_LIMIT_NONE, 0 },
};

guint64
assay_allowance_get (const AssayRecipeLimits *limits, const AssayAllowanceItem *item)
{
  return G_STRUCT_MEMBER (guint64, limits, item->member);
}

void
assay_flow_allow (const AssayFlowResult *result, const AssayRecipe *recipe, AssayRecipeLimits *out)
{
  const AssayLimits *limits = &result->options->limits;
  gboolean pinned = assay_flow_recipe_is_pinned (result);
  for (const AssayAllowanceItem *item = assay_allowance_items; item->limit != ASSAY_LIMIT_NONE; item++)
    {
      guint64 asked = assay_allowance_get (&recipe->limits, item);
      guint64 most = limits->value[item->limit];
      if (asked == 0)
        asked = most;
      if (pinned && !limits->given[item->limit])
        most = G_MAXUINT64;
      G_STRUCT_MEMBER (guint64, out, item->member) = MIN (asked, most);
    }
}

void
assay_flow_note_allowance (AssayFlowResult *result, const AssayRecipe *recipe)
{
  AssayRecipeLimits allowed;
  assay_flow_allow (result, recipe, &allowed);
  for (const AssayAllowanceItem *item = assay_allowance_items; item->limit != ASSAY_LIMIT_NONE; item++)
    {
      guint64 asked = assay_allowance_get (&recipe->limits, item);
      guint64 given = assay_allowance_get (&allowed, item);
      const char *name = assay_limit_name (item->limit);
      if (asked > given)
        g_ptr_array_add (result->failures,
                         g_strdup_printf ("%s asks for %s %" G_GUINT64_FORMAT " and had %" G_GUINT64_FORMAT
                                          ": more is given by `--limit %s=…`, or by a policy that pins the recipe",
                                          recipe->file, name, asked, given, name));
    }
}

json_t *
assay_flow_describe_allowance (const AssayFlowResult *result, const AssayRecipe *recipe)
{
  AssayRecipeLimits allowed;
  json_t *limits = json_object ();
  assay_flow_allow (result, recipe, &allowed);
  for (const AssayAllowanceItem *item = assay_allowance_items; item->limit != ASSAY_LIMIT_NONE; item++)
    json_object_set_new (limits, assay_limit_name (item->limit),
                         assay_json_count (assay_allowance_get (&allowed, item)));
  return limits;
}
