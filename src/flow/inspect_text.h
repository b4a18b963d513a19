#ifndef ASSAY_FLOW_INSPECT_TEXT_H
#define ASSAY_FLOW_INSPECT_TEXT_H

#include "flow/inspect_tree.h"
#include "report/report.h"

/**
 * assay_inspect_render:
 * @described: the node as it stands in the inventory's JSON
 *
 * One branch of the tree as lines of ASSAY_PAGE_COLUMNS cells at most: the name, which goes on in further lines where
 * it is long, then format, size and the first digits of the digest; why it could not be read to its end; the pieces of
 * an ELF file. In colour what holds others is strong, and what could not be read stands out.
 *
 * Returns: (transfer full)
 */
char *assay_inspect_render (const AssayBranch *branch, const json_t *described, AssayTextStyle style);

#endif
