#include "report/explain.h"

#include "report/page.h"
#include "util/json.h"

#include <string.h>

/* Columns: what became of a rule, where it stands, and what it is; what was found begins in the next line. */
#define PLACE_COLUMN 11u
#define KEY_COLUMN 20u
#define FOUND_COLUMN 22u

static const struct
{
  const char *word;
  const char *name; /* for programs */
  AssayPaint paint;
} outcomes[] = {
  [ASSAY_RULE_UNDECIDED] = { "OPEN", "undecided", ASSAY_PAINT_UNSURE },
  [ASSAY_RULE_FAILED] = { "FAILED", "failed", ASSAY_PAINT_BAD },
  [ASSAY_RULE_HELD] = { "held", "held", ASSAY_PAINT_GOOD },
  [ASSAY_RULE_NOT_ASKED] = { "not asked", "not-asked", ASSAY_PAINT_NONE },
};

static void
add_found (AssayPage *page, const char *text)
{
  g_autofree char *safe = assay_page_escape (text);
  assay_page_pad (page, 0, FOUND_COLUMN);
  assay_page_flow (page, FOUND_COLUMN, safe);
}

static void
add_rule (AssayPage *page, const AssayPolicyRule *rule)
{
  const char *word = outcomes[rule->outcome].word;
  g_autofree char *place
      = rule->is_default ? g_strdup ("-") : g_strdup_printf ("%d:%d", rule->place.line, rule->place.column);
  assay_page_paint (page, outcomes[rule->outcome].paint, word);
  assay_page_pad (page, (guint)strlen (word), PLACE_COLUMN);
  g_string_append (page->text, place);
  guint cell = PLACE_COLUMN + (guint)strlen (place);
  assay_page_pad (page, cell, MAX (KEY_COLUMN, cell + 1));
  g_string_append (page->text, rule->key);
  assay_page_end_line (page);
  for (guint i = 0; i < rule->failures->len; i++)
    add_found (page, g_ptr_array_index (rule->failures, i));
  if (rule->failures->len == 0 && rule->found != NULL)
    add_found (page, rule->found);
}

/* In the policy and of it, or holding by default; what nobody asked and says nothing of stands in a list of its own. */
static gboolean
is_listed (const AssayPolicyRule *rule, gboolean is_default)
{
  gboolean silent = rule->outcome == ASSAY_RULE_NOT_ASKED && rule->is_default;
  return !silent && rule->is_default == is_default;
}

static void
add_part (AssayPage *page, const AssayPolicyRules *rules, gboolean is_default, const char *title)
{
  gboolean any = FALSE;
  for (guint i = 0; i < rules->rules->len; i++)
    {
      const AssayPolicyRule *rule = g_ptr_array_index (rules->rules, i);
      if (!is_listed (rule, is_default))
        continue;
      if (!any)
        assay_page_title (page, title);
      any = TRUE;
      add_rule (page, rule);
    }
}

static void
add_not_asked (AssayPage *page, const AssayPolicyRules *rules)
{
  g_autoptr (GString) keys = g_string_new (NULL);
  for (guint i = 0; i < rules->rules->len; i++)
    {
      const AssayPolicyRule *rule = g_ptr_array_index (rules->rules, i);
      if (rule->outcome == ASSAY_RULE_NOT_ASKED && rule->is_default)
        g_string_append_printf (keys, "%s%s", keys->len > 0 ? ", " : "", rule->key);
    }
  if (keys->len == 0)
    return;
  assay_page_title (page, "Not asked: the policy says nothing of");
  assay_page_flow (page, 0, keys->str);
}

char *
assay_report_explain (const AssayPolicyRules *rules, AssayTextStyle style)
{
  AssayPage page = { .text = g_string_new (NULL), .style = style };
  g_autofree char *file = assay_page_escape (rules->policy->file);
  g_autofree char *title = g_strdup_printf ("The rules of %s, in its order", file);
  add_part (&page, rules, FALSE, title);
  add_part (&page, rules, TRUE, "What holds beside them, or must");
  add_not_asked (&page, rules);
  return g_string_free (page.text, FALSE);
}

json_t *
assay_report_explain_json (const AssayPolicyRules *rules)
{
  json_t *list = json_array ();
  for (guint i = 0; i < rules->rules->len; i++)
    {
      const AssayPolicyRule *rule = g_ptr_array_index (rules->rules, i);
      json_t *object = json_object ();
      json_t *failures = json_array ();
      for (guint j = 0; j < rule->failures->len; j++)
        json_array_append_new (failures, assay_json_text (g_ptr_array_index (rule->failures, j)));
      json_object_set_new (object, "rule", json_string (rule->key));
      json_object_set_new (object, "outcome", json_string (outcomes[rule->outcome].name));
      json_object_set_new (object, "line", rule->is_default ? json_null () : json_integer (rule->place.line));
      json_object_set_new (object, "column", rule->is_default ? json_null () : json_integer (rule->place.column));
      json_object_set_new (object, "found", rule->found == NULL ? json_null () : assay_json_text (rule->found));
      json_object_set_new (object, "failures", failures);
      json_array_append_new (list, object);
    }
  return list;
}
