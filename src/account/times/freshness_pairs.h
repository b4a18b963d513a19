#ifndef ASSAY_ACCOUNT_FRESHNESS_PAIRS_H
#define ASSAY_ACCOUNT_FRESHNESS_PAIRS_H

#include "account/times/compiled.h"
#include "account/work.h"

/**
 * AssayFreshnessMember: a file, or a directory, by one of its names.
 * @kind: of what is compiled; NULL of a source
 * @unknown: it is a link to what is not in the image
 * @is_root: it is the directory that a file system begins with
 */
typedef struct
{
  const AssayNodeAccount *account;
  const AssayCompiledKind *kind;
  const char *name; /* interned by the search */
  gboolean unknown;
  gboolean is_root;
} AssayFreshnessMember;

/** AssayFreshnessGroup: (element-type AssayFreshnessMember): what has one key. */
typedef struct
{
  GArray *compiled;
  GArray *sources;
} AssayFreshnessGroup;

/**
 * assay_freshness_judge_group:
 * @judged: (element-type AssayNode): nodes whose times are judged
 *
 * Adds a fact `freshness` for each file of which another one of the two runs than of the rebuild's.
 */
void assay_freshness_judge_group (AssayWork *work, GHashTable *judged, const char *key,
                                  const AssayFreshnessGroup *group);

/** assay_freshness_judge_alone: the same of a file that may be a source of anything. */
void assay_freshness_judge_alone (AssayWork *work, const AssayNodeAccount *account);

/** assay_freshness_has_root_time: whether it is a file system that says the time of the directory that it begins with.
 */
gboolean assay_freshness_has_root_time (const AssayNode *node);

#endif
