#include "flow/gate_rules.h"

#include "account/waive/waive.h"
#include "flow/gate_scope.h"
#include "judge/words.h"

#include "util/text.h"

#include <string.h>

static gboolean
gives_rights (const char *fact)
{
  static const char *const names[] = { "mode", "uid", "gid", "user", "group", "device", "link" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (fact, names[i]) == 0)
      return TRUE;
  return g_str_has_prefix (fact, "xattr.");
}

static char *
check_signature (const AssayNode *node, const char *rule, const AssayPolicy *policy)
{
  g_autofree char *place = assay_words_place (node);
  return strcmp (rule, "signature") == 0 && policy->signatures->len == 0
             ? g_strdup_printf ("a signature explains a part of %s, and the policy speaks of none", place)
             : NULL;
}

static char *
check_fact (const AssayFactAccount *fact, const AssayPolicy *policy)
{
  if (fact->class_ != ASSAY_CLASS_EXPLAINED)
    return NULL;
  g_autofree char *place = assay_words_place (fact->node);
  if (gives_rights (fact->fact))
    return g_strdup_printf ("no rule explains the fact `%s` of %s", fact->fact, place);
  return check_signature (fact->node, fact->rule, policy);
}

static char *
check_finding (const AssayFinding *finding, const AssayPolicy *policy)
{
  gboolean kept_time = strcmp (finding->rule, "container-time") == 0;
  g_autofree char *place = assay_words_place (finding->node);
  if (strcmp (finding->node->format, "elf") == 0 && (finding->class_ == ASSAY_CLASS_STRUCTURE || kept_time))
    return g_strdup_printf ("%s is a program, and none is written again as a container is", place);
  return finding->class_ == ASSAY_CLASS_EXPLAINED ? check_signature (finding->node, finding->rule, policy) : NULL;
}

static gboolean
is_any_outside (const AssayAccount *account)
{
  gboolean outside = account->totals[ASSAY_CLASS_OUTSIDE] > 0;
  for (guint i = 0; i < account->facts->len && !outside; i++)
    outside = ((const AssayFactAccount *)g_ptr_array_index (account->facts, i))->class_ == ASSAY_CLASS_OUTSIDE;
  for (guint i = 0; i < account->nodes->len && !outside; i++)
    outside = !((const AssayNodeAccount *)g_ptr_array_index (account->nodes, i))->in_scope;
  return outside;
}

char *
assay_gate_check_rules (const AssayStored *stored, const AssayPolicy *policy)
{
  const AssayAccount *account = stored->account;
  char *fault = NULL;
  if (stored->scope == NULL && policy->scope == NULL && is_any_outside (account))
    return g_strdup ("something lies outside of a scope, and none was granted");
  if (stored->scope != NULL || policy->scope != NULL)
    fault = assay_gate_check_scope (stored, stored->scope != NULL ? stored->scope : policy->scope);
  for (guint i = 0; i < account->facts->len && fault == NULL; i++)
    fault = check_fact (g_ptr_array_index (account->facts, i), policy);
  for (guint i = 0; i < assay_findings_length (account->findings) && fault == NULL; i++)
    fault = check_finding (assay_findings_get (account->findings, i), policy);
  return fault;
}

static gboolean
covers_fact (const AssayPolicyWaiver *waiver, const AssayFactAccount *fact)
{
  if (waiver->kind != ASSAY_WAIVER_FACT || !assay_waive_names_fact (waiver->name, fact->fact))
    return FALSE;
  return waiver->allow_code || assay_waive_fact_gives_no_right (fact->fact, fact->shipped, fact->expected);
}

static gboolean
covers_finding (const AssayPolicyWaiver *waiver, const AssayFinding *finding)
{
  if (waiver->kind == ASSAY_WAIVER_FACT || (assay_finding_words (finding)->is_function && !waiver->allow_code))
    return FALSE;
  if (waiver->kind == ASSAY_WAIVER_SECTION)
    return g_strcmp0 (assay_finding_words (finding)->section, waiver->name) == 0;
  return waiver->kind != ASSAY_WAIVER_BYTES
         || (finding->offset >= waiver->offset && finding->length <= waiver->length
             && finding->offset - waiver->offset <= waiver->length - finding->length);
}

gboolean
assay_gate_line_covers (const AssayStored *stored, const AssayPolicyWaiver *waiver, const AssayStoredLine *used)
{
  return used->fact != NULL ? covers_fact (waiver, used->fact)
                            : covers_finding (waiver, assay_findings_get (stored->account->findings, used->finding));
}
