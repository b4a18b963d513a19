#ifndef ASSAY_ACCOUNT_FINDING_H
#define ASSAY_ACCOUNT_FINDING_H

#include "unpack/node.h"

#include <assay/verdict.h>

typedef struct _AssayGrant AssayGrant; /* account.h */

/**
 * AssayCause: why bytes differ, for the reader alone: no class and no verdict hangs on it.
 * @ASSAY_CAUSE_PRIMARY: by themselves
 * @ASSAY_CAUSE_RIPPLE: because something else grew, shrank or moved: addresses of it, and bytes that stand elsewhere
 */
typedef enum
{
  ASSAY_CAUSE_UNKNOWN = 0,
  ASSAY_CAUSE_PRIMARY,
  ASSAY_CAUSE_RIPPLE,
} AssayCause;

/** How many bytes of each side a finding shows at most. */
#define ASSAY_FINDING_HEX_BYTES 32

/**
 * AssayFindingWords:
 *
 * What a reader is told of one finding beside its bytes.
 *
 * @named_by: "rebuild" or "shipped" (T14), NULL when nothing named it
 * @own_message: the finding's message where it is of this finding alone
 * @remark: what the difference means when the file is loaded, as "the segment is now writable and executable"; NULL
 * where there is nothing to say
 * @file: @line: @source_function: @inlined_by: where the source has it, by the rebuild's debug information (lines.h)
 * @shipped_text: @expected_text: where it is text: the whole of it, escaped; else NULL
 * @rows: (element-type AssayCodeRow) (nullable): both sides disassembled
 */
typedef struct
{
  char *section;
  char *symbol;
  const char *named_by;
  char *own_message;
  char *remark;
  char *file;
  char *source_function;
  GPtrArray *inlined_by;
  char *shipped_text;
  char *expected_text;
  GArray *rows;
  guint line;
  gboolean is_function;
} AssayFindingWords;

/**
 * AssayFinding:
 *
 * One range of a node whose bytes are not identical, within one section and one class. Ranges of equal kind that touch
 * are one finding. An image may have one for every other byte: what most of them have in common, and what most of them
 * do not have, is not kept in each.
 *
 * @grant: the policy line behind ASSAY_CLASS_WAIVED, else NULL
 * @message: what is so, in one sentence; of an ELF file it names the header field, entry or gap. Static or interned, or
 * the own_message of @words
 * @words: (nullable): for reading, assay_finding_words()
 * @cause: @rank: why it differs, and where among the primary ones of its node a reader should see it; @order: which
 * node that is
 * @bytes: the first bytes of the shipped side, then those of the expected side; either may be none
 */
typedef struct
{
  const AssayNode *node;
  guint64 offset;
  guint64 length;
  guint64 address;
  const char *rule;
  const AssayGrant *grant;
  const char *message;
  AssayFindingWords *words;
  AssayClass class_;
  AssayCause cause;
  guint rank;
  guint order;
  guint8 has_address;
  guint8 shipped_length;
  guint8 expected_length;
  guint8 expected_room;
  guint8 bytes[];
} AssayFinding;

/**
 * assay_finding_new:
 * @shipped: @expected: (nullable): the first bytes of both sides, ASSAY_FINDING_HEX_BYTES at most
 *
 * All else is empty. There is room for as many expected bytes as are given, @expected is NULL or not.
 *
 * Returns: (transfer full)
 */
AssayFinding *assay_finding_new (const guint8 *shipped, guint8 shipped_length, const guint8 *expected,
                                 guint8 expected_length);
void assay_finding_free (AssayFinding *finding);

/** assay_finding_set_expected: other bytes of the expected side, no more than there is room for. */
void assay_finding_set_expected (AssayFinding *finding, const guint8 *expected, guint8 length);

/** assay_finding_words: (transfer none): of a finding without words, empty ones. */
static inline const AssayFindingWords *
assay_finding_words (const AssayFinding *finding)
{
  static const AssayFindingWords none;
  return finding->words == NULL ? &none : finding->words;
}

/** assay_finding_tell: (transfer none): the same, to be written to. */
AssayFindingWords *assay_finding_tell (AssayFinding *finding);

/** assay_finding_shipped: / assay_finding_expected: as many bytes as the lengths say. */
static inline const guint8 *
assay_finding_shipped (const AssayFinding *finding)
{
  return finding->bytes;
}

static inline const guint8 *
assay_finding_expected (const AssayFinding *finding)
{
  return finding->bytes + finding->shipped_length;
}

#endif
