#ifndef ASSAY_ACCOUNT_FACT_LISTS_H
#define ASSAY_ACCOUNT_FACT_LISTS_H

#include "account/work.h"

/**
 * AssayFactLists: what a node says of itself, or its entry of it, against what is expected of it (T5).
 *
 * @node: whose facts they are
 * @shipped: (element-type AssayFact)
 * @expected: (element-type AssayFact) (nullable): NULL where nobody has any
 * @supplied: (nullable): those that entries of a pinned recipe give, by name
 * @demands_all: each of @supplied must be there: among @shipped, or among what the node says of itself as a container
 * @times_rewritten: the reader wrote again what carries the times, so that these may be explained (T7)
 * @recompressed: how a stream was compressed may be explained
 * @other_codec: both are streams, of two codecs
 * @detached: a signature that the policy speaks of, and that is valid: the rebuild has none
 * @content_only: what the entry says for itself is not judged here (entry_facts.h)
 */
typedef struct
{
  const AssayNode *node;
  const GArray *shipped;
  const GArray *expected;
  GHashTable *supplied;
  gboolean demands_all;
  gboolean times_rewritten;
  gboolean recompressed;
  gboolean other_codec;
  gboolean detached;
  gboolean content_only;
} AssayFactLists;

/** assay_fact_lists_judge: adds to the account each fact of either list: identical, explained, or unexplained. */
void assay_fact_lists_judge (AssayWork *work, const AssayFactLists *lists);

/** assay_fact_lists_judge_supplied: the same of those facts alone that are supplied; nothing is expected of others. */
void assay_fact_lists_judge_supplied (AssayWork *work, const AssayFactLists *lists);

#endif
