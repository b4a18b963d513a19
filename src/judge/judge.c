#include "judge/judge.h"

#include "judge/audit.h"
#include "judge/reasons.h"
#include "judge/words.h"

/** What the verdict is read off, and nothing else. */
typedef struct
{
  const AssayAccount *account;
  const AssayPairing *pairing;
  const GPtrArray *failures;
  gboolean present[ASSAY_CLASS_COUNT]; /* a byte or a fact has this class */
  gboolean nothing_judged;
} Case;

static guint
length_of (const GPtrArray *array)
{
  return array == NULL ? 0 : array->len;
}

static void
read_account (Case *the_case)
{
  const AssayAccount *account = the_case->account;
  gboolean facts_judged = FALSE;
  for (guint i = 0; i < ASSAY_CLASS_COUNT; i++)
    {
      the_case->present[i] = account->totals[i] > 0 || account->fact_totals[i] > 0;
      facts_judged = facts_judged || (account->fact_totals[i] > 0 && i != ASSAY_CLASS_OUTSIDE);
    }
  /* The facts of a directory say nothing of what lies beneath it: an image with bytes of which none was looked at was
   * not judged. */
  the_case->nothing_judged
      = account->totals[ASSAY_CLASS_OUTSIDE] == account->total && (account->total > 0 || !facts_judged);
}

/* T1, in its order. */
static AssayVerdict
decide (const Case *the_case)
{
  const gboolean *present = the_case->present;
  if (present[ASSAY_CLASS_UNEXPLAINED] || present[ASSAY_CLASS_UNREPRODUCIBLE]
      || length_of (the_case->pairing->missing) > 0 || length_of (the_case->pairing->ambiguous) > 0)
    return ASSAY_VERDICT_MISMATCH;
  if (present[ASSAY_CLASS_UNDECIDED] || length_of (the_case->account->undecided) > 0
      || length_of (the_case->pairing->unmatched) > 0 || length_of (the_case->account->unmatched_scope) > 0
      || length_of (the_case->failures) > 0 || the_case->nothing_judged)
    return ASSAY_VERDICT_UNDECIDED;
  if (present[ASSAY_CLASS_WAIVED])
    return ASSAY_VERDICT_WAIVED;
  if (present[ASSAY_CLASS_EXPLAINED] || present[ASSAY_CLASS_STRUCTURE])
    return ASSAY_VERDICT_EQUIVALENT;
  return ASSAY_VERDICT_IDENTICAL;
}

/* Whatever is of this class, and what is said again in tables and headers behind it. */
static void
say_class (AssayReasons *reasons, AssayClass class_)
{
  assay_reasons_add_bytes (reasons, class_, ASSAY_REASONS_FILES);
  assay_reasons_add_facts (reasons, class_, ASSAY_REASONS_FILES);
  assay_reasons_add_bytes (reasons, class_, ASSAY_REASONS_RECORDS);
  assay_reasons_add_facts (reasons, class_, ASSAY_REASONS_RECORDS);
}

static void
say_mismatch (AssayReasons *reasons, const Case *the_case)
{
  assay_reasons_add_tools (reasons);
  assay_reasons_add_broken (reasons);
  assay_reasons_add_displaced (reasons);
  assay_reasons_add_bytes (reasons, ASSAY_CLASS_UNEXPLAINED, ASSAY_REASONS_FILES);
  assay_reasons_add_builds (reasons);
  assay_reasons_add_remarks (reasons);
  assay_reasons_add_moved (reasons);
  assay_reasons_add_added (reasons);
  assay_reasons_add_missing (reasons, the_case->pairing->missing);
  assay_reasons_add_misnamed (reasons);
  assay_reasons_add_facts (reasons, ASSAY_CLASS_UNEXPLAINED, ASSAY_REASONS_FILES);
  assay_reasons_add_bytes (reasons, ASSAY_CLASS_UNEXPLAINED, ASSAY_REASONS_RECORDS);
  assay_reasons_add_facts (reasons, ASSAY_CLASS_UNEXPLAINED, ASSAY_REASONS_RECORDS);
  say_class (reasons, ASSAY_CLASS_UNREPRODUCIBLE);
  assay_reasons_add_list (reasons, the_case->pairing->ambiguous, TRUE);
}

static void
say_undecided (AssayReasons *reasons, const Case *the_case)
{
  assay_reasons_add_list (reasons, the_case->failures, FALSE);
  assay_reasons_add_list (reasons, the_case->account->undecided, FALSE);
  say_class (reasons, ASSAY_CLASS_UNDECIDED);
  assay_reasons_add_list (reasons, the_case->pairing->unmatched, TRUE);
  assay_reasons_add_list (reasons, the_case->account->unmatched_scope, TRUE);
  if (the_case->nothing_judged)
    assay_reasons_add (reasons, g_strdup ("nothing was judged: no byte of the image is in scope"), TRUE);
}

/* A gate says the same of a stored report, or does not believe it: nothing here leans on what a report does not hold.
 */
static void
say_pass (AssayReasons *reasons, AssayVerdict verdict)
{
  static const AssayClass needed[] = { ASSAY_CLASS_WAIVED, ASSAY_CLASS_EXPLAINED, ASSAY_CLASS_STRUCTURE };
  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      assay_reasons_add_bytes (reasons, needed[i], ASSAY_REASONS_ALL);
      assay_reasons_add_facts (reasons, needed[i], ASSAY_REASONS_ALL);
    }
  if (verdict == ASSAY_VERDICT_IDENTICAL)
    assay_reasons_add (reasons, g_strdup ("every byte and every fact that was judged is equal"), TRUE);
}

static void
say (AssayReasons *reasons, const Case *the_case, AssayVerdict verdict)
{
  if (verdict == ASSAY_VERDICT_MISMATCH)
    say_mismatch (reasons, the_case);
  if (verdict == ASSAY_VERDICT_MISMATCH || verdict == ASSAY_VERDICT_UNDECIDED)
    say_undecided (reasons, the_case);
  else
    say_pass (reasons, verdict);
  assay_reasons_add_bytes (reasons, ASSAY_CLASS_OUTSIDE, ASSAY_REASONS_ALL);
}

/* Without an account there is nothing to read a verdict off: the zero of AssayVerdict stays. */
static void
say_never_began (AssayReasons *reasons, const GPtrArray *failures, char *fault)
{
  if (fault != NULL)
    assay_reasons_add (reasons, g_strdup_printf ("contradiction inside assay: the account does not add up (%s)", fault),
                       TRUE);
  assay_reasons_add_list (reasons, failures, FALSE);
  if (fault == NULL)
    assay_reasons_add (reasons, g_strdup ("nothing was judged"), TRUE);
  g_free (fault);
}

static AssayJudgement *
judge (Case *the_case, char *fault)
{
  AssayJudgement *judgement = g_new0 (AssayJudgement, 1);
  const AssayAccount *account = the_case->account;
  gboolean readable = account != NULL && the_case->pairing != NULL && fault == NULL;
  g_auto (AssayReasons) reasons;
  assay_reasons_init (&reasons, readable ? account : NULL);
  if (readable)
    {
      read_account (the_case);
      judgement->verdict = decide (the_case);
      judgement->judged = account->total - account->totals[ASSAY_CLASS_OUTSIDE];
      say (&reasons, the_case, judgement->verdict);
    }
  else
    say_never_began (&reasons, the_case->failures, fault);
  judgement->reasons = assay_reasons_finish (&reasons);
  return judgement;
}

AssayJudgement *
assay_judgement_new (const AssayAccount *account, const AssayPairing *pairing, const GPtrArray *failures)
{
  Case the_case = { .account = account, .pairing = pairing, .failures = failures };
  return judge (&the_case, account == NULL || pairing == NULL ? NULL : assay_account_audit (account));
}

AssayJudgement *
assay_judgement_recount (const AssayAccount *account, const AssayPairing *pairing, const GPtrArray *failures)
{
  Case the_case = { .account = account, .pairing = pairing, .failures = failures };
  return judge (&the_case, NULL);
}

void
assay_judgement_free (AssayJudgement *judgement)
{
  if (judgement == NULL)
    return;
  g_ptr_array_unref (judgement->reasons);
  g_free (judgement);
}
