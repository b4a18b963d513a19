#ifndef ASSAY_ACCOUNT_FINDING_H
#define ASSAY_ACCOUNT_FINDING_H

#include "account/ranges.h"
#include "unpack/node.h"

#include <assay/verdict.h>

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
 * What a reader is told of one finding beside its bytes. Findings that stand side by side may share them: they are
 * written to by assay_finding_tell() alone.
 *
 * @sharers: who has them beside the first one
 * @named_by: "rebuild" or "shipped" (T14), NULL when nothing named it
 * @own_message: the finding's message where it is of this finding, and of few others
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
  guint sharers;
} AssayFindingWords;

/**
 * AssayFinding:
 *
 * One range of a node whose bytes are not identical, within one section and one class. Ranges of equal kind that touch
 * are one finding.
 *
 * @grant: the policy line behind ASSAY_CLASS_WAIVED, else NULL
 * @message: what is so, in one sentence; of an ELF file it names the header field, entry or gap. Static or interned, or
 * the own_message of @words, or by assay_findings_say(): @has_own_message
 * @words: (nullable): for reading, assay_finding_words()
 * @cause: @rank: why it differs, and where among the primary ones of its node a reader should see it; @order: which
 * node that is
 * @shipped: @expected: the first bytes of both sides, as many as the lengths say; either may be none
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
  guint8 has_own_message;
  guint8 shipped_length;
  guint8 expected_length;
  guint8 shipped[ASSAY_FINDING_HEX_BYTES];
  guint8 expected[ASSAY_FINDING_HEX_BYTES];
} AssayFinding;

/** assay_finding_words: (transfer none): of a finding without words, empty ones. */
static inline const AssayFindingWords *
assay_finding_words (const AssayFinding *finding)
{
  static const AssayFindingWords none;
  return finding->words == NULL ? &none : finding->words;
}

/** assay_finding_tell: (transfer none): the same, to be written to: they are of this finding alone from now on. */
AssayFindingWords *assay_finding_tell (AssayFinding *finding);

/** assay_finding_words_share: (transfer full): @words once more: names alone, without a message of their
 * own, code, texts and callers. */
AssayFindingWords *assay_finding_words_share (AssayFindingWords *words);
/** assay_finding_words_free: one of those who have them lets go. */
void assay_finding_words_free (AssayFindingWords *words);

/** assay_finding_words_equal: whether both say the same; words with code, or with a text of both sides, equal none.
 * @assay_finding_words_hash: of words that may equal others. Both take NULL. */
gboolean assay_finding_words_equal (const AssayFindingWords *a, const AssayFindingWords *b);
guint assay_finding_words_hash (const AssayFindingWords *words);

/**
 * AssayFindings:
 *
 * The findings of an image, in an order of their own. There may be tens of millions: what most of them have in common
 * is kept once, and the rest packed, ten bytes or so for a byte that differs in a file without sections. For one
 * thread: reading moves on in it.
 */
typedef struct _AssayFindings AssayFindings;

AssayFindings *assay_findings_new (void);

/** AssayFindingKey: what findings are ordered by: @major first, then @minor, then the order that they had. */
typedef struct
{
  guint64 minor;
  guint32 major;
} AssayFindingKey;

/**
 * assay_findings_new_by: findings that are kept by their keys as they come, so that to sort them by the same is nothing
 * more to do where the majors are few and upper halves of minors ascend, as the nodes do that findings are of. Until
 * then they have an order between the two. What was begun may not be written to once one was read.
 */
AssayFindings *assay_findings_new_by (AssayFindingKey (*key_of) (const AssayFinding *finding));
AssayFindings *assay_findings_ref (AssayFindings *findings);
void assay_findings_unref (AssayFindings *findings);

/**
 * assay_findings_begin: one more at the end, all of it empty.
 *
 * Returns: (transfer none): to be filled in, until the next one is begun; its words belong to it
 */
AssayFinding *assay_findings_begin (AssayFindings *findings);

/**
 * assay_findings_repeat: one more at the end that has all in common with the one that was begun last, and no message of
 * its own.
 *
 * Returns: (transfer none): that one once more: only place, length and bytes are to be written, its address where it
 * has one, until the next one is begun
 */
AssayFinding *assay_findings_repeat (AssayFindings *findings);

/** assay_findings_say: gives the one that was begun last a message that no other is like, as of a field and its value.
 */
void assay_findings_say (AssayFindings *findings, const char *message);

/** assay_findings_length: of NULL, 0. */
guint assay_findings_length (const AssayFindings *findings);

/** assay_findings_get: (transfer none): valid until another one is read or begun; what it points to, until one is
 * begun. One behind the other is fast, any other way a few dozen steps. */
const AssayFinding *assay_findings_get (AssayFindings *findings, guint index);

/** ASSAY_FINDINGS_NO_KIND: of the kind of a finding nothing is known. */
#define ASSAY_FINDINGS_NO_KIND G_MAXUINT

/** assay_findings_kind: a number that only findings share which have all in common but place, rank, bytes and a message
 * of its own. @index: of the one that was read last; of any other, ASSAY_FINDINGS_NO_KIND. */
guint assay_findings_kind (const AssayFindings *findings, guint index);

/**
 * assay_findings_any: whether @holds is TRUE of what some finding has in common with others: its node, class, rule,
 * grant, cause, message, order and words. Place, rank, bytes and a message of its own say nothing there. Asked once for
 * all that are alike, so that nobody walks through millions for something that none of them is.
 */
gboolean assay_findings_any (const AssayFindings *findings,
                             gboolean (*holds) (const AssayFinding *finding, gconstpointer data), gconstpointer data);

/** AssayFindingVisitor: @common: what findings of one kind have in common; @first: index of the first of them; @bytes:
 * the lengths of all of them */
typedef void (*AssayFindingVisitor) (const AssayFinding *common, guint first, guint64 bytes, gpointer data);

/** assay_findings_visit: each kind that @findings has (assay_findings_kind()), in no order; the one that was begun last
 * by itself. @findings: (nullable) */
void assay_findings_visit (AssayFindings *findings, AssayFindingVisitor visit, gpointer data);

/** assay_findings_count: how many are of each class; one that there is no class of counts as undecided. @findings:
 * (nullable) */
void assay_findings_count (const AssayFindings *findings, guint64 out_counts[ASSAY_CLASS_COUNT]);

/** assay_findings_sort: (transfer full): the same findings by their keys: @findings itself where they are in that
 * order, which keeps its own. Nothing may be begun in either afterwards. */
AssayFindings *assay_findings_sort (AssayFindings *findings, AssayFindingKey (*key_of) (const AssayFinding *finding));

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayFindings, assay_findings_unref)

#endif
