#ifndef ASSAY_REPORT_RECOUNT_CODE_H
#define ASSAY_REPORT_RECOUNT_CODE_H

#include "report/stored.h"

/** AssayFindingRun: so many findings from the first on. */
typedef struct
{
  AssayFindings *findings;
  guint first;
  guint length;
} AssayFindingRun;

static inline const AssayFinding *
assay_finding_run_get (const AssayFindingRun *run, guint index)
{
  return assay_findings_get (run->findings, run->first + index);
}

/**
 * assay_stored_audit_code:
 * @findings: of the file, in order and inside of it
 * @has_size: whether a fact says that the sizes differ
 * @file: its element of `files`, of the form of the schema
 *
 * The part of assay_stored_audit() that looks at what is inside of one program: that sections have the class of the
 * findings in them and share no bytes where they have digests, and that nothing changed in what is identical. Segments
 * may overlap, and so may sections without digests: files that were made so are compared as bytes.
 *
 * Returns: (transfer full) (nullable): what does not add up, as the end of a sentence
 */
char *assay_stored_audit_code (const AssayNodeAccount *node_account, const AssayFindingRun *findings, gboolean has_size,
                               const json_t *file);

#endif
