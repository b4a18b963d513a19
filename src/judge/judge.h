#ifndef ASSAY_JUDGE_JUDGE_H
#define ASSAY_JUDGE_JUDGE_H

#include "account/account.h"

/**
 * AssayJudgement:
 * @verdict: by the order of T1
 * @reasons: (element-type utf8): one sentence each, most important first
 * @judged: bytes in scope
 */
typedef struct
{
  AssayVerdict verdict;
  GPtrArray *reasons;
  guint64 judged;
} AssayJudgement;

/**
 * assay_judgement_new:
 * @failures: (element-type utf8) (nullable): sentences about what went wrong on the way (a rebuild that failed, an
 * image that changed while it was read): each makes the verdict undecided at best
 *
 * Reads the verdict off the account (T1, T3). A pure function: sees no file, no clock, no environment.
 */
AssayJudgement *assay_judgement_new (const AssayAccount *account, const AssayPairing *pairing,
                                     const GPtrArray *failures);

/**
 * assay_judgement_recount:
 *
 * The same from an account that was read back from a report, which has no ranges: whoever calls has checked that it
 * adds up (T20). The reasons of a pass are those that assay_judgement_new() gave; of all others only the verdict is.
 */
AssayJudgement *assay_judgement_recount (const AssayAccount *account, const AssayPairing *pairing,
                                         const GPtrArray *failures);
void assay_judgement_free (AssayJudgement *judgement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayJudgement, assay_judgement_free)

#endif
