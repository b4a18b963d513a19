#include "input/policy_parts.h"

#include <string.h>

static void
note (AssayPolicy *policy, char *key, int line, int column)
{
  const AssayPolicyPlace place = { line, column };
  g_hash_table_insert (policy->places, key, g_memdup2 (&place, sizeof place));
}

static void
note_members (AssayPolicy *policy, const AssayYamlNode *mapping, const char *above)
{
  for (guint i = 0; mapping->kind == ASSAY_YAML_MAPPING && i < mapping->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (mapping->items, i);
      note (policy, g_strconcat (above, member->key, NULL), member->line, member->column);
    }
}

/* Two levels: what a rule of a policy is called by has no more. */
void
assay_policy_note_places (AssayPolicy *policy, const AssayYamlNode *root)
{
  note_members (policy, root, "");
  for (guint i = 0; i < root->items->len; i++)
    {
      const AssayYamlMember *member = g_ptr_array_index (root->items, i);
      const AssayYamlNode *value = member->value;
      g_autofree char *inside = g_strconcat (member->key, ".", NULL);
      note_members (policy, value, inside);
      for (guint j = 0; value->kind == ASSAY_YAML_SEQUENCE && j < value->items->len; j++)
        {
          const AssayYamlNode *item = g_ptr_array_index (value->items, j);
          g_autofree char *entry = g_strdup_printf ("%s[%u]", member->key, j);
          g_autofree char *members = g_strconcat (entry, ".", NULL);
          note (policy, g_steal_pointer (&entry), item->line, item->column);
          note_members (policy, item, members);
        }
    }
}

gboolean
assay_policy_says (const AssayPolicy *policy, const char *key)
{
  return g_hash_table_contains (policy->places, key);
}

AssayPolicyPlace
assay_policy_place (const AssayPolicy *policy, const char *key)
{
  g_autofree char *at = g_strdup (key);
  for (;;)
    {
      const AssayPolicyPlace *found = g_hash_table_lookup (policy->places, at);
      gsize length = strlen (at);
      if (found != NULL)
        return *found;
      while (length > 0 && at[length - 1] != '.' && at[length - 1] != '[')
        length--;
      if (length == 0)
        return (AssayPolicyPlace){ 0, 0 };
      at[length - 1] = '\0';
    }
}
