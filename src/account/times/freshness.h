#ifndef ASSAY_ACCOUNT_FRESHNESS_H
#define ASSAY_ACCOUNT_FRESHNESS_H

#include "account/work.h"

/**
 * assay_account_freshness:
 *
 * Of each two files of the image of which a loader takes one by their times (compiled.h), wherever in the image they
 * stand: notes the unexplained fact "freshness" where their times are related otherwise than those of their
 * counterparts, to who keeps all of a time or to who rounds it. Of a link to something outside of the image the time is
 * unknown; then no other time of the other file is free. One of both must be in scope.
 */
void assay_account_freshness (AssayWork *work);

/** assay_account_times_are_judged: whether the times of an entry count: what it stands in, or it, is in scope. */
gboolean assay_account_times_are_judged (const AssayWork *work, const AssayNodeAccount *account);

/** assay_account_odd_times: notes the unexplained fact "time-reach" of an entry whose time is none to some readers,
 * where the rebuild's is one, or the other way round. */
void assay_account_odd_times (AssayWork *work);

#endif
