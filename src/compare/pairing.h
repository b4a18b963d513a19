#ifndef ASSAY_COMPARE_PAIRING_H
#define ASSAY_COMPARE_PAIRING_H

#include "compare/expectation.h"

/**
 * AssayMatchKind: how a shipped node came to its counterpart (T8).
 */
typedef enum
{
  ASSAY_MATCH_NONE = 0,
  ASSAY_MATCH_OUTPUT,       /* an expectation names it */
  ASSAY_MATCH_NAME,         /* the same name in containers that correspond */
  ASSAY_MATCH_RECOMPRESSED, /* the same name but for the suffix of the compression */
} AssayMatchKind;

/**
 * AssayMatch:
 * @shipped: borrowed
 * @expected: what it is compared with; NULL when there is nothing, or when @equal came from a container that was never
 * unpacked
 * @expectation: that supplied it; NULL with ASSAY_MATCH_NONE
 * @wrapped: @expected is the counterpart of the entry, but its bytes are those of the one payload in the shipped
 * container, which is no container on the expected side: a module that was signed after it was built
 * @equal: its bytes, or those of a container around it, were found equal to the expected ones to the last byte, so that
 * all its bytes and facts are
 */
typedef struct
{
  AssayNode *shipped;
  AssayNode *expected;
  const AssayExpectation *expectation;
  AssayMatchKind kind;
  gboolean wrapped;
  gboolean equal;
} AssayMatch;

/** AssayMissing: something expected that the image does not hold. @path: where it should be. */
typedef struct
{
  char *path;
  AssayNode *expected; /* NULL when it is known by its name alone */
} AssayMissing;

/**
 * AssayPairing:
 *
 * Which expected node each shipped node is judged against. States what is so and judges nothing.
 *
 * @matches: (element-type AssayNode AssayMatch): one for every node of the shipped tree
 * @missing: (element-type AssayMissing)
 * @ambiguous: (element-type utf8): sentences: a glob that names several nodes, two outputs for one node
 * @unmatched: (element-type utf8): sentences: globs that match nothing
 */
typedef struct
{
  GHashTable *matches;
  GPtrArray *missing;
  GPtrArray *ambiguous;
  GPtrArray *unmatched;
} AssayPairing;

/**
 * assay_pairing_new:
 * @shipped: root of the image's tree
 * @expectations: (element-type AssayExpectation): unpacked here when their bytes differ from the shipped ones
 *
 * Pairs by outputs, the most specific first, else by path inside containers that correspond.
 */
AssayPairing *assay_pairing_new (AssayNode *shipped, GPtrArray *expectations, const AssayUnpackOptions *options,
                                 GError **error);
void assay_pairing_free (AssayPairing *pairing);

/** assay_pairing_restrict: drops what is missing outside the granted scope (T2); NULL is the whole image. A scope that
 * names a container names what it holds. @shipped: root of the image's tree */
void assay_pairing_restrict (AssayPairing *pairing, const AssayNode *shipped, char **scope);

/** assay_pairing_get: the match of a shipped node; never NULL. */
AssayMatch *assay_pairing_get (const AssayPairing *pairing, const AssayNode *node);

/**
 * assay_node_is_whole:
 *
 * Whether @expected, which is a container, counts as one file beside @shipped: the ELF file of a kernel, whose
 * initramfs is a part of it, beside anything but such a file, as the flat image that is made of it.
 */
gboolean assay_node_is_whole (const AssayNode *shipped, const AssayNode *expected);

/** assay_node_local_name: the part of a node's path behind its parent's; borrowed from the path. */
const char *assay_node_local_name (const AssayNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPairing, assay_pairing_free)

#endif
