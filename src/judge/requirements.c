#include "account/rules/rule.h"
#include "judge/policy_parts.h"
#include "judge/words.h"

#include <string.h>

/* What `require` wants, each key by itself. */

static AssayPolicyRule *
ask (AssayPolicyRules *rules, gboolean wanted, const char *key)
{
  if (wanted)
    return assay_policy_rule_ask (rules, key);
  assay_policy_rule_skip (rules, key, NULL);
  return NULL;
}

static void
check_verdict (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  AssayVerdict found = policy_case->judgement->verdict, least = policy_case->policy->require.verdict;
  AssayPolicyRule *rule = ask (rules, TRUE, "require.verdict");
  assay_policy_rule_found (rule, "the verdict is %s, at least %s is required", assay_verdict_name (found),
                           assay_verdict_name (least));
  if (found < least)
    assay_policy_rule_fail (rule, "%s", rule->found);
}

static void
check_expected (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  static const char *const names[] = { "unknown", "rebuild", "reference", "path" };
  const AssayPolicyRequire *require = &policy_case->policy->require;
  AssayPolicyRule *rule = ask (rules, TRUE, "require.expected");
  assay_policy_rule_found (rule, "the expected side is a %s, a %s is required", names[policy_case->expected],
                           names[require->expected]);
  if (policy_case->expected != require->expected)
    assay_policy_rule_fail (rule, "%s", rule->found);
}

static void
check_rebuilds (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  guint64 least = policy_case->policy->require.rebuilds;
  AssayPolicyRule *rule = ask (rules, least > 0, "require.rebuilds");
  if (rule == NULL)
    return;
  g_autofree char *made = assay_words_count (policy_case->rebuilds, "rebuild was", "rebuilds were");
  g_autofree char *required = assay_words_count (least, "is", "are");
  assay_policy_rule_found (rule, "%s made, %s required", made, required);
  if (policy_case->rebuilds < least)
    assay_policy_rule_fail (rule, "%s", rule->found);
}

/* T16: `unknown` is what nobody can say anything of. */
static void
check_origins (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  AssayPolicyRule *rule = ask (rules, policy_case->policy->require.origin_known, "require.origin");
  const AssayAccount *account = policy_case->account;
  const AssayNode *first = NULL;
  guint64 count = 0;
  for (guint i = 0; rule != NULL && account != NULL && i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (!node_account->has_origin || node_account->origin != ASSAY_ORIGIN_UNKNOWN)
        continue;
      if (first == NULL)
        first = node_account->node;
      count++;
    }
  if (rule == NULL)
    return;
  g_autofree char *files = assay_words_count (count, "file", "files");
  assay_policy_rule_found (rule, "the origin of every part is known");
  if (account == NULL || count > 0)
    assay_policy_rule_fail (rule,
                            "the origin of the parts is unknown: what the build read was not recorded, or not all of "
                            "it is known (%s, the first is %s)",
                            files, first == NULL ? "the image" : first->path);
}

static AssayPolicyRule *
check_count (AssayPolicyRules *rules, const AssayPolicyCase *policy_case, const char *key,
             const AssayPolicyCount *count, AssayClass class_)
{
  AssayPolicyRule *rule = ask (rules, count->is_set, key);
  guint64 bytes = policy_case->account == NULL ? G_MAXUINT64 : policy_case->account->totals[class_];
  if (rule == NULL)
    return NULL;
  if (policy_case->account != NULL)
    assay_policy_rule_found (rule, "%" G_GUINT64_FORMAT " bytes are %s, %" G_GUINT64_FORMAT " may be", bytes,
                             assay_class_name (class_), count->maximum);
  if (bytes > count->maximum)
    assay_policy_rule_fail (rule, "more bytes are %s than the %" G_GUINT64_FORMAT " that are allowed",
                            assay_class_name (class_), count->maximum);
  return rule;
}

/* Links, devices and empty files have no bytes that could be counted: where nothing may lie outside, none of them does.
 */
static void
check_outside (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayPolicyCount *count = &policy_case->policy->require.outside;
  const AssayAccount *account = policy_case->account;
  AssayPolicyRule *rule = check_count (rules, policy_case, "require.outside", count, ASSAY_CLASS_OUTSIDE);
  guint entries = 0;
  if (rule == NULL || count->maximum > 0 || account == NULL || account->totals[ASSAY_CLASS_OUTSIDE] > 0)
    return;
  for (guint i = 0; i < account->nodes->len; i++)
    entries += !((const AssayNodeAccount *)g_ptr_array_index (account->nodes, i))->in_scope;
  if (entries > 0)
    assay_policy_rule_fail (rule, "%u %s without bytes %s outside, and none may", entries,
                            entries == 1 ? "entry" : "entries", entries == 1 ? "lies" : "lie");
}

/* The rules that explain or rewrite something, each once; as keys. @out_recompressed: the first fact that says so */
static GHashTable *
list_used (const AssayAccount *account, const AssayFactAccount **out_recompressed)
{
  GHashTable *used = g_hash_table_new (g_str_hash, g_str_equal);
  *out_recompressed = NULL;
  for (guint i = 0; account != NULL && i < assay_findings_length (account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (account->findings, i);
      if (finding->class_ == ASSAY_CLASS_EXPLAINED || finding->class_ == ASSAY_CLASS_STRUCTURE)
        g_hash_table_add (used, (gpointer)finding->rule);
    }
  for (guint i = 0; account != NULL && i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      if (fact->class_ == ASSAY_CLASS_EXPLAINED)
        g_hash_table_add (used, (gpointer)fact->rule);
      if (*out_recompressed == NULL && strcmp (fact->rule, "recompressed") == 0)
        *out_recompressed = fact;
    }
  return used;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
check_rules (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayPolicyRequire *require = &policy_case->policy->require;
  const AssayFactAccount *recompressed = NULL;
  g_autoptr (GHashTable) used = list_used (policy_case->account, &recompressed);
  g_autoptr (GList) names = g_list_sort (g_hash_table_get_keys (used), by_name);
  gboolean is_wanted = require->rules != NULL;
  for (const GList *name = names; name != NULL; name = name->next)
    is_wanted |= !assay_rule_is_granted (name->data, policy_case->policy);
  AssayPolicyRule *rule = ask (rules, is_wanted, "require.rules");
  g_autoptr (GString) text = g_string_new (NULL);
  for (const GList *name = names; rule != NULL && name != NULL; name = name->next)
    {
      g_string_append_printf (text, "%s`%s`", text->len > 0 ? ", " : "", (const char *)name->data);
      if (require->rules == NULL && !assay_rule_is_granted (name->data, policy_case->policy))
        assay_policy_rule_fail (rule, "the rule `%s` explains something, and holds only where `rules` names it",
                                (const char *)name->data);
      if (require->rules != NULL && !g_strv_contains ((const char *const *)require->rules, name->data))
        assay_policy_rule_fail (rule, "the rule `%s` explains something and is not allowed", (const char *)name->data);
    }
  if (rule != NULL)
    assay_policy_rule_found (rule, text->len > 0 ? "these rules explain something: %s" : "no rule explains anything%s",
                             text->str);
  rule = ask (rules, !require->allow_recompressed, "require.recompressed");
  if (rule == NULL)
    return;
  assay_policy_rule_found (rule, "nothing was compressed in another way");
  if (recompressed == NULL)
    return;
  g_autofree char *place = assay_words_place (recompressed->node);
  assay_policy_rule_fail (rule,
                          "%s was compressed in another way, which is not allowed, or has other content, and nothing "
                          "shows that it was not",
                          place);
}

static void
check_word (AssayPolicyRules *rules, gboolean forbidden, gboolean is_so, const char *key, const char *held,
            const char *failed)
{
  AssayPolicyRule *rule = ask (rules, forbidden, key);
  if (rule == NULL)
    return;
  assay_policy_rule_found (rule, "%s", held);
  if (is_so)
    assay_policy_rule_fail (rule, "%s", failed);
}

void
assay_policy_check_require (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const AssayPolicyRequire *require = &policy_case->policy->require;
  check_verdict (rules, policy_case);
  check_expected (rules, policy_case);
  check_rebuilds (rules, policy_case);
  check_origins (rules, policy_case);
  check_word (rules, !require->allow_cached, policy_case->cached, "require.cached",
              "no part of the expected side came from a cache",
              "the expected side came from a cache, which is not allowed");
  check_word (rules, !require->allow_unseen, policy_case->unseen, "require.unseen",
              "whoever judged could see all of it",
              "whoever judged may not see all of a directory, which is not allowed");
  check_count (rules, policy_case, "require.unexplained", &require->unexplained, ASSAY_CLASS_UNEXPLAINED);
  check_outside (rules, policy_case);
  check_count (rules, policy_case, "require.unreproducible", &require->unreproducible, ASSAY_CLASS_UNREPRODUCIBLE);
  check_rules (rules, policy_case);
}
