#ifndef ASSAY_ACCOUNT_CHANGES_H
#define ASSAY_ACCOUNT_CHANGES_H

#include "account/names/naming.h"
#include "compare/moves.h"

/** assay_changes_describe: fills in the node account's list of changed functions and objects, and its counts. */
void assay_changes_describe (AssayNodeAccount *node_account, const AssayAreasInput *input, const GPtrArray *areas,
                             const AssayMoves *moves, AssaySource *source);

/** assay_changes_note_in_place: adds to the list what a finding names, in a file of which nothing moved. */
void assay_changes_note_in_place (AssayNodeAccount *node_account, const AssayFinding *finding);

/** assay_changes_show_in_place: (transfer full) (nullable): both sides disassembled around a finding at equal places.
 * @section: of @elf, in a relocatable file; else 0 */
GArray *assay_changes_show_in_place (AssaySource *source, const AssayElf *elf, const AssayAreasInput *input,
                                     guint32 section, const AssayFinding *finding);

/** assay_changes_header_follows: whether a byte of a header table is part of a field that says where or how large
 * something is: such a field follows from what moved; what something is does not. */
gboolean assay_changes_header_follows (const AssayElf *elf, const AssayPiece *piece, guint64 offset);

#endif
