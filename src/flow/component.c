#include "flow/building.h"
#include "flow/made.h"

AssayComponent *
assay_component_new (void)
{
  AssayComponent *component = g_new0 (AssayComponent, 1);
  component->made = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_made_free);
  component->expectations = g_ptr_array_new ();
  component->notes = g_ptr_array_new_with_free_func (g_free);
  return component;
}

gboolean
assay_component_is_cached (const AssayComponent *component)
{
  return component->rebuild != NULL && assay_rebuild_is_cached (component->rebuild);
}

guint
assay_component_count_rebuilds (const AssayComponent *component)
{
  return component->rebuild == NULL || component->failed ? 0 : component->has_second ? 2 : 1;
}

void
assay_component_free (AssayComponent *component)
{
  if (component == NULL)
    return;
  g_clear_pointer (&component->made, g_ptr_array_unref);
  g_clear_pointer (&component->expectations, g_ptr_array_unref);
  g_clear_error (&component->trouble);
  g_clear_error (&component->second_trouble);
  g_free (component->path);
  g_free (component->name);
  g_clear_pointer (&component->second, assay_rebuild_free);
  g_clear_pointer (&component->rebuild, assay_rebuild_free);
  g_clear_pointer (&component->notes, g_ptr_array_unref);
  g_free (component->time);
  g_free (component->replaced_time);
  g_free (component->time_source);
  g_clear_pointer (&component->digests, g_array_unref);
  g_clear_pointer (&component->recipe, assay_recipe_free);
  g_free (component);
}

const GPtrArray *
assay_flow_unread_of_delivery (const AssayComponent *component)
{
  return component->rebuild == NULL ? NULL
                                    : assay_delivery_get_unread (assay_rebuild_get_delivery (component->rebuild));
}

const GPtrArray *
assay_flow_unread_of_toolchain (const AssayComponent *component)
{
  return component->rebuild == NULL ? NULL
                                    : assay_toolchain_get_unread (assay_rebuild_get_toolchain (component->rebuild));
}

const char *
assay_flow_name_of (const AssayComponent *component)
{
  return component->name != NULL ? component->name : component->recipe->product;
}
