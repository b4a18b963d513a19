#include "account/waive/waive.h"

/* The path of the image itself is no word. */
void
assay_account_leave_open (AssayWork *work, const AssayNode *node, const char *why)
{
  const char *where = node->parent == NULL ? "The image" : node->path;
  g_ptr_array_add (work->account->undecided, g_strdup_printf ("%s: %s", where, why));
}

void
assay_account_add_fact (AssayWork *work, const AssayNode *node, const char *fact, const char *shipped,
                        const char *expected, AssayClass class_, const char *rule)
{
  const AssayGrant *grant = assay_waive_fact (work, node, fact, shipped, expected, class_);
  if (grant != NULL)
    {
      class_ = ASSAY_CLASS_WAIVED;
      rule = "waiver";
    }
  work->account->fact_totals[class_]++;
  if (class_ == ASSAY_CLASS_IDENTICAL)
    return;
  if (class_ != ASSAY_CLASS_EXPLAINED && class_ != ASSAY_CLASS_WAIVED)
    g_hash_table_add (work->unaccepted, (gpointer)node);
  AssayFactAccount *noted = g_new0 (AssayFactAccount, 1);
  noted->node = node;
  noted->fact = fact;
  noted->shipped = g_strdup (shipped);
  noted->expected = g_strdup (expected);
  noted->class_ = class_;
  noted->rule = rule;
  noted->grant = grant;
  g_ptr_array_add (work->account->facts, noted);
}

gboolean
assay_own_facts_accepted (const AssayWork *work, const AssayNode *node)
{
  return !g_hash_table_contains (work->unaccepted, node);
}
