#include "attest/agreement.h"

#include <string.h>

static AssayAgreement *
agreement_new (guint64 threshold, gboolean verdicts_alone)
{
  AssayAgreement *agreement = g_new0 (AssayAgreement, 1);
  agreement->threshold = threshold;
  agreement->verdicts_alone = verdicts_alone;
  agreement->agreed = g_ptr_array_new ();
  agreement->dissent = g_ptr_array_new_with_free_func (g_free);
  agreement->apart = g_ptr_array_new_with_free_func (g_free);
  return agreement;
}

void
assay_agreement_free (AssayAgreement *agreement)
{
  if (agreement == NULL)
    return;
  g_ptr_array_unref (agreement->agreed);
  g_ptr_array_unref (agreement->dissent);
  g_ptr_array_unref (agreement->apart);
  g_free (agreement);
}

gboolean
assay_agreement_is_reached (const AssayAgreement *agreement)
{
  return agreement->threshold > 0 && agreement->agreed->len >= agreement->threshold;
}

static gboolean
is_by (const AssayTestimony *testimony, const AssayParty *party)
{
  for (guint i = 0; i < testimony->signed_by->len; i++)
    if (g_array_index (testimony->signed_by, AssaySignedBy, i).party == party)
      return TRUE;
  return FALSE;
}

/* Of those with a verdict where there are any, or where nothing else counts; else of all. */
static gboolean
is_heard (const AssayAgreement *agreement, const AssayTestimony *testimony)
{
  return testimony->claim.has_verdict || (!agreement->has_verdict && !agreement->verdicts_alone);
}

/* Whether a testimony counts for a pass. */
static gboolean
supports (const AssayAgreement *agreement, const AssayTestimony *testimony)
{
  if (testimony->fault != NULL || !is_heard (agreement, testimony))
    return FALSE;
  return testimony->claim.passed || !testimony->claim.has_verdict;
}

/* The parties that support what @basis says; each once. */
static GPtrArray *
list_supporters (const AssayAgreement *agreement, const GPtrArray *parties, const GPtrArray *testimonies,
                 const char *basis)
{
  GPtrArray *list = g_ptr_array_new ();
  for (guint i = 0; i < parties->len; i++)
    {
      AssayParty *party = g_ptr_array_index (parties, i);
      gboolean any = FALSE;
      for (guint j = 0; j < testimonies->len && !any; j++)
        {
          const AssayTestimony *testimony = g_ptr_array_index (testimonies, j);
          any = supports (agreement, testimony) && strcmp (testimony->claim.basis, basis) == 0
                && is_by (testimony, party);
        }
      if (any)
        g_ptr_array_add (list, party);
    }
  return list;
}

static void
note (GPtrArray *list, const AssayTestimony *testimony, const char *what)
{
  for (guint i = 0; i < testimony->signed_by->len; i++)
    {
      const AssayParty *party = g_array_index (testimony->signed_by, AssaySignedBy, i).party;
      gboolean first = TRUE;
      for (guint j = 0; j < i; j++)
        first = first && g_array_index (testimony->signed_by, AssaySignedBy, j).party != party;
      if (first)
        g_ptr_array_add (list, g_strdup_printf ("%s: %s (%s)", party->name, what, testimony->where));
    }
}

/* The first of the largest group; of equal ones the first group, so that the order of the files alone decides nothing
 * that passes. Who does not say by what agrees with nobody. */
static const AssayTestimony *
find_group (AssayAgreement *agreement, const GPtrArray *parties, const GPtrArray *testimonies)
{
  const AssayTestimony *best = NULL;
  for (guint i = 0; i < testimonies->len; i++)
    {
      const AssayTestimony *testimony = g_ptr_array_index (testimonies, i);
      if (!supports (agreement, testimony))
        continue;
      g_autoptr (GPtrArray) list = list_supporters (agreement, parties, testimonies, testimony->claim.basis);
      if (testimony->claim.alone)
        g_ptr_array_set_size (list, 1);
      if (list->len <= agreement->agreed->len)
        continue;
      g_ptr_array_unref (agreement->agreed);
      agreement->agreed = g_steal_pointer (&list);
      best = testimony;
    }
  return best;
}

static void
weigh (AssayAgreement *agreement, const GPtrArray *testimonies, const AssayTestimony *best)
{
  AssayVerdict failed = ASSAY_VERDICT_IDENTICAL;
  gboolean agrees = FALSE;
  for (guint i = 0; i < testimonies->len; i++)
    {
      const AssayTestimony *testimony = g_ptr_array_index (testimonies, i);
      const AssayClaim *claim = &testimony->claim;
      if (testimony->fault != NULL)
        continue;
      if (!is_heard (agreement, testimony))
        {
          if (agreement->verdicts_alone)
            note (agreement->apart, testimony, "a provenance has no verdict, and under a policy nothing else counts");
        }
      else if (!supports (agreement, testimony))
        {
          gboolean by_policy = claim->verdict >= ASSAY_VERDICT_WAIVED;
          note (agreement->dissent, testimony,
                by_policy ? "its policy does not hold" : assay_verdict_name (claim->verdict));
          /* what is certain to fail comes before what is open (T3); a policy that does not hold fails too */
          if (failed != ASSAY_VERDICT_MISMATCH)
            failed = claim->verdict == ASSAY_VERDICT_UNDECIDED ? ASSAY_VERDICT_UNDECIDED : ASSAY_VERDICT_MISMATCH;
        }
      else if (claim->alone && (testimony != best || agreement->threshold > 1))
        note (agreement->apart, testimony, "passed, and its summary does not say by which source and recipe");
      else if (best != NULL && strcmp (claim->basis, best->claim.basis) != 0)
        note (agreement->apart, testimony, "passed by another source, recipe, policy, scope or kind of statement");
      else
        {
          /* what one of them needed a waiver for, that passed by one */
          agreement->verdict = agrees ? MIN (agreement->verdict, claim->verdict) : claim->verdict;
          agrees = TRUE;
        }
    }
  if (agreement->dissent->len > 0)
    agreement->verdict = failed;
}

AssayAgreement *
assay_agreement_new (const GPtrArray *parties, const GPtrArray *testimonies, guint64 threshold, gboolean verdicts_alone)
{
  AssayAgreement *agreement = agreement_new (threshold, verdicts_alone);
  for (guint i = 0; i < testimonies->len; i++)
    {
      const AssayTestimony *testimony = g_ptr_array_index (testimonies, i);
      agreement->has_verdict = agreement->has_verdict || (testimony->fault == NULL && testimony->claim.has_verdict);
    }
  weigh (agreement, testimonies, find_group (agreement, parties, testimonies));
  return agreement;
}
