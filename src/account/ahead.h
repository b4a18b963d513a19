#ifndef ASSAY_ACCOUNT_AHEAD_H
#define ASSAY_ACCOUNT_AHEAD_H

#include "account/work.h"

/*
 * What is read before anything is judged, on several threads: which leaves are equal to the rebuild's, and the digests
 * of these, made of the bytes that were compared. What comes out does not depend on how many threads there are.
 */

/**
 * AssayAhead: a leaf that equals its counterpart byte by byte.
 *
 * @whole: the digest of all of it, where @has_whole
 * @pieces: (element-type AssayPieceDigest) (nullable): of an ELF file, parallel to its pieces
 */
typedef struct
{
  AssayDigest whole;
  gboolean has_whole;
  GArray *pieces;
} AssayAhead;

/**
 * AssayAheadJob: one leaf, and what was found of it.
 *
 * @node: @expected: both with bytes; borrowed. @program: it is an ELF file
 * @equal: whether both hold the same bytes; @failure: why nobody knows; NULL: it is known
 * @format: (nullable): of what is equal, what its bytes are; not asked again where both were @seen to be equal when
 * they were looked into
 * @found: digests of a leaf that is equal; NULL else
 */
typedef struct
{
  AssayNode *node;
  const AssayNode *expected;
  gboolean program;
  gboolean equal;
  gboolean seen;
  const AssayFormat *format;
  GError *failure;
  AssayAhead *found;
} AssayAheadJob;

/** assay_ahead_jobs_new: (element-type AssayAheadJob) (transfer full) */
GArray *assay_ahead_jobs_new (void);

/** assay_ahead_run: does the jobs on at most as many threads as the options say. Errors: ASSAY_ERROR_CANCELLED. */
gboolean assay_ahead_run (const AssayWork *work, GArray *jobs, GError **error);

/** assay_ahead_pieces: (element-type AssayPieceDigest): places without digests, of each piece of an ELF file. */
GArray *assay_ahead_pieces (const AssayElf *elf);

/** assay_ahead_wants_whole: whether a leaf is digested as a whole; a directory is known by the digests of its files.
 * @pieces: whether its pieces are */
gboolean assay_ahead_wants_whole (const AssayWork *work, gboolean pieces);

/** assay_ahead_find: (transfer none) (nullable): what was found of a leaf, where its pieces are these now. */
const AssayAhead *assay_ahead_find (const AssayWork *work, const AssayNode *node, const GArray *pieces);

void assay_ahead_free (AssayAhead *ahead);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayAhead, assay_ahead_free)

#endif
