#ifndef ASSAY_ACCOUNT_RULES_SIGNATURE_H
#define ASSAY_ACCOUNT_RULES_SIGNATURE_H

#include "account/account.h"
#include "crypto/cms.h"
#include "crypto/signature.h"
#include "unpack/node.h"
#include "util/limits.h"

/*
 * Signatures as inputs (T11): bytes that no rebuild can make, since it has no private key, are explained when they are
 * the one canonical encoding of a signature that verifies under a key of the policy over bytes that the policy names.
 */

/**
 * AssaySlot: a line of the policy's `signatures`, with its keys read.
 *
 * @name: @path: @covers: @zeroed: @index: @index_from: @mask: @threshold: @signer_version: @key_name: as
 * AssayPolicySignature has them
 * @max_size: bytes that the slot may have
 * @keys: (element-type AssayPublicKey): one of which signed; empty for CMS
 * @signers: (element-type AssayCmsSigner): the same for CMS; else empty
 */
typedef struct
{
  char *name;
  char *path;
  char **covers;
  char **zeroed;
  guint64 max_size;
  GPtrArray *keys;
  GPtrArray *signers;
  char *index;
  guint64 index_from;
  char *mask;
  guint64 threshold;
  char *signer_version;
  char *key_name;
} AssaySlot;

void assay_slot_free (AssaySlot *slot);

typedef enum
{
  ASSAY_SLOT_UNKNOWN = 0,
  ASSAY_SLOT_UNCLAIMED, /* no line of the policy speaks of it */
  ASSAY_SLOT_INVALID,
  ASSAY_SLOT_VALID,
} AssaySlotState;

/**
 * AssaySlotVerdict:
 *
 * @slot: the policy's line; NULL where none speaks of it
 * @length: bytes at the slot's beginning that are the signature, of ASSAY_SLOT_VALID and a slot in a layout
 * @number: which of the line's keys signed, from 0
 * @mask: which keys signed together, in a joint scheme
 * @problem: of ASSAY_SLOT_INVALID: goes on after "the signature"; static or interned
 */
typedef struct
{
  AssaySlotState state;
  const AssaySlot *slot;
  guint64 length;
  guint number;
  guint64 mask;
  const char *problem;
} AssaySlotVerdict;

/**
 * AssaySlotCase: a slot that is to be judged.
 *
 * @slots: (element-type AssaySlot) (nullable): all lines of the policy
 * @node: the shipped container that the slot lies in; of a detached signature its own node
 * @expected: the container's counterpart; NULL where the rebuild has nothing in the slot's place
 * @name: of the slot, as its spans have it; of a detached signature its node path
 * @layout_granted: whether the layout comes from the command line or from a recipe that the policy pins: names of
 * ranges that somebody else gives say nothing
 * @list_programs: (nullable): with @list_programs_data
 * @alone: without asking whether the same key signed in another slot of the container
 */
typedef struct
{
  const GPtrArray *slots;
  const AssayNode *node;
  const AssayNode *expected;
  const char *name;
  gboolean layout_granted;
  gboolean alone;
  AssayProgramLister list_programs;
  gpointer list_programs_data;
  const AssayLimits *limits;
} AssaySlotCase;

/** assay_slot_find: the line that speaks of a slot; NULL for none. @out_several: more than one does. */
const AssaySlot *assay_slot_find (const AssaySlotCase *slot_case, gboolean *out_several);

/**
 * assay_slot_judge: whether a slot holds what T11 wants. Errors: of reading.
 */
gboolean assay_slot_judge (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);

/** assay_slot_advice: what a policy would have to say of a slot that no line speaks of, a sentence; interned. */
const char *assay_slot_advice (const AssaySlotCase *slot_case);

/* One file a kind of slot. Each is called with the policy's line in @out_verdict, and leaves @problem NULL, or the
 * state alone, only where all is well. */

/** A range of a layout: signature_raw.c */
gboolean assay_slot_judge_raw (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);

/**
 * assay_slot_lies_in_code: whether the slot's place in a raw image, or a part of it, is code of an ELF file of the
 * rebuild: as the flat image of that file has it, or because what stands beside the slot stands there beside code.
 * FALSE proves nothing: a rebuild may leave no such file. @other: the slot on the expected side, or NULL
 */
gboolean assay_slot_lies_in_code (const AssaySlotCase *slot_case, const AssaySpan *span, const AssaySpan *other);

/** What stands behind a kernel module, or the squashfs of a bundle of RAUC, and a CMS file beside what it signs:
 * signature_cms.c */
gboolean assay_slot_judge_module (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);
gboolean assay_slot_judge_bundle (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);
gboolean assay_slot_judge_detached (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);

/**
 * assay_slot_find_manifest:
 * @span: the signature of a bundle of RAUC
 * @out_inside: what a signature of a bundle with a tree of hashes must sign, worked out from all that is before it: the
 * bundle's manifest, with the root of the tree, the salt that the signature itself names, and the length of the tree;
 * NULL for a bundle without a tree
 *
 * signature_rauc.c. Errors: of reading.
 */
gboolean assay_slot_find_manifest (const AssaySlotCase *slot_case, const AssaySpan *span, GBytes **out_inside,
                                   const char **out_problem, GError **error);

/** A signature's node of a FIT: signature_fit.c */
gboolean assay_slot_judge_fit (const AssaySlotCase *slot_case, AssaySlotVerdict *out_verdict, GError **error);

/** assay_slot_span: the first span of that slot; NULL for none. */
const AssaySpan *assay_slot_span (const AssayNode *node, const char *name);

/** A slot with what fills it is not longer: more is not read at once. */
#define ASSAY_SLOT_MOST_BYTES (64u << 10)

#endif
