#include "judge/rule.h"

#include <stdarg.h>

static void
rule_free (gpointer data)
{
  AssayPolicyRule *rule = data;
  g_free (rule->key);
  g_free (rule->found);
  g_ptr_array_unref (rule->failures);
  g_free (rule);
}

AssayPolicyRules *
assay_policy_rules_new (const AssayPolicy *policy)
{
  AssayPolicyRules *rules = g_new0 (AssayPolicyRules, 1);
  rules->policy = policy;
  rules->rules = g_ptr_array_new_with_free_func (rule_free);
  rules->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  return rules;
}

void
assay_policy_rules_free (AssayPolicyRules *rules)
{
  if (rules == NULL)
    return;
  g_hash_table_unref (rules->by_key);
  g_ptr_array_unref (rules->rules);
  g_free (rules);
}

static AssayPolicyRule *
add (AssayPolicyRules *rules, const char *key, AssayRuleOutcome outcome)
{
  AssayPolicyRule *known = g_hash_table_lookup (rules->by_key, key);
  if (known != NULL)
    return known;
  AssayPolicyRule *rule = g_new0 (AssayPolicyRule, 1);
  rule->key = g_strdup (key);
  rule->place = assay_policy_place (rules->policy, key);
  rule->is_default = !assay_policy_says (rules->policy, key);
  rule->outcome = outcome;
  rule->failures = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (rules->rules, rule);
  g_hash_table_insert (rules->by_key, rule->key, rule);
  return rule;
}

AssayPolicyRule *
assay_policy_rule_ask (AssayPolicyRules *rules, const char *key)
{
  AssayPolicyRule *rule = add (rules, key, ASSAY_RULE_HELD);
  if (rule->outcome == ASSAY_RULE_NOT_ASKED)
    rule->outcome = ASSAY_RULE_HELD;
  return rule;
}

void
assay_policy_rule_skip (AssayPolicyRules *rules, const char *key, const char *found)
{
  AssayPolicyRule *rule = add (rules, key, ASSAY_RULE_NOT_ASKED);
  if (found != NULL && rule->outcome == ASSAY_RULE_NOT_ASKED)
    assay_policy_rule_found (rule, "%s", found);
}

void
assay_policy_rule_found (AssayPolicyRule *rule, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_free (rule->found);
  rule->found = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

void
assay_policy_rule_fail (AssayPolicyRule *rule, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_ptr_array_add (rule->failures, g_strdup_vprintf (format, arguments));
  va_end (arguments);
  rule->outcome = ASSAY_RULE_FAILED;
}

static char *
with_place (const AssayPolicyRules *rules, const AssayPolicyRule *rule, const char *text)
{
  const char *file = rules->policy->file;
  return rule->place.line == 0 ? g_strdup_printf ("%s: %s", file, text)
                               : g_strdup_printf ("%s:%d:%d: %s", file, rule->place.line, rule->place.column, text);
}

GPtrArray *
assay_policy_rules_list_failures (const AssayPolicyRules *rules)
{
  GPtrArray *failures = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < rules->rules->len; i++)
    {
      const AssayPolicyRule *rule = g_ptr_array_index (rules->rules, i);
      for (guint j = 0; j < rule->failures->len; j++)
        g_ptr_array_add (failures, with_place (rules, rule, g_ptr_array_index (rule->failures, j)));
      if (rule->failures->len == 0 && rule->outcome != ASSAY_RULE_HELD && rule->outcome != ASSAY_RULE_NOT_ASKED)
        g_ptr_array_add (failures, with_place (rules, rule, "nobody decided whether this holds"));
    }
  return failures;
}

/** A rule and where it stood. */
typedef struct
{
  AssayPolicyRule *rule;
  guint index;
} Placed;

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const Placed *one = a, *other = b;
  const AssayPolicyRule *first = one->rule, *second = other->rule;
  if (first->is_default != second->is_default)
    return first->is_default ? 1 : -1;
  if (!first->is_default && first->place.line != second->place.line)
    return first->place.line < second->place.line ? -1 : 1;
  if (!first->is_default && first->place.column != second->place.column)
    return first->place.column < second->place.column ? -1 : 1;
  return one->index < other->index ? -1 : 1;
}

void
assay_policy_rules_sort (AssayPolicyRules *rules)
{
  g_autoptr (GArray) placed = g_array_new (FALSE, FALSE, sizeof (Placed));
  for (guint i = 0; i < rules->rules->len; i++)
    {
      const Placed one = { g_ptr_array_index (rules->rules, i), i };
      g_array_append_val (placed, one);
    }
  g_array_sort (placed, by_place);
  for (guint i = 0; i < placed->len; i++)
    rules->rules->pdata[i] = g_array_index (placed, Placed, i).rule;
}
