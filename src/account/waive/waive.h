#ifndef ASSAY_ACCOUNT_WAIVE_H
#define ASSAY_ACCOUNT_WAIVE_H

#include "account/work.h"

/*
 * The lines of a policy that allow what no rule proves (T13, T16). They are applied where bytes or facts are
 * unexplained or unreproducible, and nowhere else: what is undecided, missing or ambiguous stays so.
 *
 * A line of `waive` resolves on the expected side: its section, symbol or range is the rebuilt file's, and stands for
 * the bytes of the shipped file at the same place and of the same size. What the shipped file says of itself moves
 * nothing. Without `allow-code`, which comes with the digest of the shipped node, it covers proven data alone
 * (waivable.h), no byte of a container, no part of a file that was added or has another size, and of facts only times,
 * and modes that give nobody more rights: never an owner or a group. A text is waived only by a line that names the
 * file: the last component of its path is no pattern. A line that `expires` holds only before a time that the user
 * gave.
 *
 * A line of `blobs` covers all bytes of the nodes that its path matches and that have exactly its digest.
 */

/** assay_grants_new: a grant for each line of the policy. Transfer full (element-type AssayGrant). */
GPtrArray *assay_grants_new (const AssayPolicy *policy);

/** assay_grant_remark: notes why a line did not hold. @text: transfer full; a text that is there already is not noted
 * again. */
void assay_grant_remark (AssayGrant *grant, char *text);

/** assay_work_digest: SHA-256 of a node's bytes, of a symbolic or hard link of its target; FALSE when it has none that
 * could be read. */
gboolean assay_work_digest (AssayWork *work, const AssayNode *node, AssayDigest *out);

/** assay_work_has_digest: whether a node has that digest. */
gboolean assay_work_has_digest (AssayWork *work, const AssayNode *node, const AssayDigest *wanted);

/** assay_grant_holds: whether a line of `waive` speaks of this node, at the time that the user gave; a remark says why
 * not. Only asked where it would be needed. @digested: that its digest is of. */
gboolean assay_grant_holds (AssayWork *work, AssayGrant *grant, const AssayNode *node, const AssayNode *digested);

/** assay_class_may_be_waived: unexplained or unreproducible. */
gboolean assay_class_may_be_waived (AssayClass class_);

/**
 * assay_waive_fact:
 * @class_: what the fact is without any waiver
 *
 * Returns: (nullable): the line that waives the fact, counted as used
 */
const AssayGrant *assay_waive_fact (AssayWork *work, const AssayNode *node, const char *fact, const char *shipped,
                                    const char *expected, AssayClass class_);

/** assay_waive_bytes: splits the ranges of a node by the lines that cover them. */
void assay_waive_bytes (AssayWork *work, AssayNodeAccount *node_account);

/** assay_waive_names_fact: whether a waiver's word means a fact: its name, or `owner` for four of them. */
gboolean assay_waive_names_fact (const char *word, const char *fact);

/**
 * assay_waive_fact_gives_no_right: whether a fact of an entry is one that a line without `allow-code` may waive: a
 * time, or a mode that takes rights away from the expected one at most. Whether the entry's container calls its facts
 * so that the name means that (entry_facts.h) is another question.
 */
gboolean assay_waive_fact_gives_no_right (const char *fact, const char *shipped, const char *expected);

#endif
