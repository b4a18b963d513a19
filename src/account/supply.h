#ifndef ASSAY_ACCOUNT_SUPPLY_H
#define ASSAY_ACCOUNT_SUPPLY_H

#include "account/work.h"

/* Facts that no rebuilt file carries, from the `entries` of recipes that the policy pins (T5). */

/** AssaySupplies: what is supplied, by the node. */
typedef struct _AssaySupplies AssaySupplies;

/** assay_supplies_new: @entries: (element-type AssayFactSupply) (nullable): borrowed for as long as this is there */
AssaySupplies *assay_supplies_new (const GPtrArray *entries);
void assay_supplies_free (AssaySupplies *supplies);

/** assay_account_supply: (nullable) (transfer none): the facts that `entries` of pinned recipes give for a node, in all
 * their lines: one of its very path counts before globs, of these the last.
 * @out_exact: (optional): whether by its own path, and not by a glob */
GHashTable *assay_account_supply (const AssayWork *work, const AssayNode *node, gboolean *out_exact);

/** assay_account_supplied_type: (nullable) (transfer none): the name of the type that a node must have by them; one
 * that no node has where they contradict each other; NULL where none says it. */
const char *assay_account_supplied_type (const AssayWork *work, const AssayNode *node);

/** assay_account_check_supply: an entry in scope that no node has, said by its own path, is missing (T1): a fact of the
 * image, "entry:PATH". */
void assay_account_check_supply (AssayWork *work, AssayNode *shipped);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySupplies, assay_supplies_free)

#endif
