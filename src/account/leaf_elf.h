#ifndef ASSAY_ACCOUNT_LEAF_ELF_H
#define ASSAY_ACCOUNT_LEAF_ELF_H

#include "account/work.h"

/**
 * AssayElfSides: both sides of a leaf that is an ELF file.
 *
 * @shipped: (nullable): NULL where it is none
 * @pieces: (nullable) (element-type AssayPieceDigest): parallel to its pieces
 * @node: (nullable): its counterpart
 * @expected: (nullable): that, where it is an ELF file and not equal
 * @expected_parts: (nullable) (element-type AssayPieceDigest): digests of some of its sections
 */
typedef struct
{
  const AssayElf *shipped;
  const GArray *pieces;
  const AssayNode *node;
  const AssayElf *expected;
  const GArray *expected_parts;
} AssayElfSides;

/**
 * assay_leaf_expected_parts: places, without digests yet, of what of the expected file is worth to be digested with the
 * whole of it: sections in which a difference lies, and of which the account will want the digest.
 *
 * Returns: (transfer full) (nullable) (element-type AssayPieceDigest): ascending, not overlapping; NULL: none
 */
GArray *assay_leaf_expected_parts (const AssayElfSides *sides, const GArray *differences);

/** assay_leaf_describe_elf: adds machine, sections and segments to the account of a leaf, of the class that its ranges
 * give them; nothing where the shipped one is no ELF file. */
void assay_leaf_describe_elf (AssayNodeAccount *node_account, const AssayElfSides *sides);

#endif
