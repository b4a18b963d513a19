#ifndef ASSAY_JUDGE_AUDIT_H
#define ASSAY_JUDGE_AUDIT_H

#include "account/account.h"

/**
 * assay_account_audit:
 *
 * Adds the account up again from its ranges, without believing any sum in it: each node is there once, its ranges tile
 * it (T26), what it hands to a child is accounted for there, and totals, facts and findings are what the parts say.
 * Bytes that fall out of an account could not be missed by anything that comes later.
 *
 * Returns: (transfer full) (nullable): what does not add up, as the end of a sentence; NULL when all does
 */
char *assay_account_audit (const AssayAccount *account);

#endif
