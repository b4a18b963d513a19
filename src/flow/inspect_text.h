#ifndef ASSAY_FLOW_INSPECT_TEXT_H
#define ASSAY_FLOW_INSPECT_TEXT_H

#include "flow/inspect_tree.h"
#include "inventory/elf.h"
#include "report/report.h"

/**
 * AssayInspected: what there is to say of one node beside what it says itself.
 *
 * @elf: (nullable): of an ELF file whose pieces were digested
 * @digests: (element-type AssayDigest): parallel to the pieces of @elf
 * @sha256: of all of its bytes, where @has_sha256
 * @trouble: (nullable): why it could not be read to its end
 */
typedef struct
{
  const AssayNode *node;
  AssayElf *elf;
  GArray *digests;
  AssayDigest sha256;
  gboolean has_sha256;
  char *trouble;
} AssayInspected;

/** assay_inspected_kind_of: what a piece of an ELF file is called where it has no name of its own. */
const char *assay_inspected_kind_of (const AssayPiece *piece);

/**
 * assay_inspect_render:
 * @inspected: the node of @branch
 *
 * One branch of the tree as lines of ASSAY_PAGE_COLUMNS cells at most: the name, which goes on in further lines where
 * it is long, then format, size and the first digits of the digest; why it could not be read to its end; the pieces of
 * an ELF file. In colour what holds others is strong, and what could not be read stands out.
 *
 * Returns: (transfer full)
 */
char *assay_inspect_render (const AssayBranch *branch, const AssayInspected *inspected, AssayTextStyle style);

#endif
