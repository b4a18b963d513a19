#ifndef ASSAY_REPORT_EMIT_CODE_H
#define ASSAY_REPORT_EMIT_CODE_H

#include "account/account.h"
#include "report/emit.h"

/** assay_report_emit_changes: the members `changes` and `code` of a file whose functions were aligned; nothing for
 * others. */
void assay_report_emit_changes (AssayEmitter *emitter, const AssayNodeAccount *node_account);

/** assay_report_emit_disassembly: the member `disassembly` of a finding: rows of `{differs, expected, shipped}`;
 * nothing where there is none. */
void assay_report_emit_disassembly (AssayEmitter *emitter, const AssayFinding *finding);

/** assay_report_emit_source: the member `source` of a finding: `{file, function, inlined_by, line}`; nothing where the
 * rebuild has no debug information. */
void assay_report_emit_source (AssayEmitter *emitter, const AssayFinding *finding);

#endif
