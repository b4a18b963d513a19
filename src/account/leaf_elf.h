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
 */
typedef struct
{
  const AssayElf *shipped;
  const GArray *pieces;
  const AssayNode *node;
  const AssayElf *expected;
} AssayElfSides;

/** assay_leaf_describe_elf: adds machine, sections and segments to the account of a leaf, of the class that its ranges
 * give them; nothing where the shipped one is no ELF file. */
void assay_leaf_describe_elf (AssayNodeAccount *node_account, const AssayElfSides *sides);

#endif
