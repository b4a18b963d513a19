#ifndef ASSAY_FLOW_GATE_PROGRAM_H
#define ASSAY_FLOW_GATE_PROGRAM_H

#include "report/stored.h"
#include "util/blob.h"

/**
 * assay_gate_program_agrees:
 * @file: the element of `files` of a node, of the form of the schema
 * @blob: its bytes, as they stand in the image
 * @limits: those that the report was made under
 *
 * Whether a report names the sections, segments and the machine of a program as its headers have them: all of them, in
 * their order. A report says nothing of them where nobody looked, as outside of the scope. The digests of sections are
 * not made again.
 */
gboolean assay_gate_program_agrees (const json_t *file, const AssayNodeAccount *node_account, AssayBlob *blob,
                                    const AssayLimits *limits);

#endif
