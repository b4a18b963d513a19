#ifndef ASSAY_COMPARE_PAIR_CHILDREN_H
#define ASSAY_COMPARE_PAIR_CHILDREN_H

#include "compare/pairing.h"

/**
 * assay_pairing_match_node:
 *
 * Notes that @expected is the counterpart of @shipped and goes on with what both contain. Does nothing where @shipped
 * has a counterpart already, since outputs are paired the most specific first.
 */
gboolean assay_pairing_match_node (AssayPairing *pairing, AssayNode *shipped, AssayNode *expected,
                                   const AssayExpectation *expectation, AssayMatchKind kind, GError **error);

/** assay_pairing_match_equal: notes that @shipped and all that it holds is byte for byte what @expectation supplies. */
void assay_pairing_match_equal (AssayPairing *pairing, AssayNode *shipped, const AssayExpectation *expectation,
                                AssayMatchKind kind);

/** assay_pairing_add_missing: notes that @expected should be at @path. */
void assay_pairing_add_missing (AssayPairing *pairing, const char *path, AssayNode *expected);

#endif
