#ifndef ASSAY_ACCOUNT_RULES_RULE_H
#define ASSAY_ACCOUNT_RULES_RULE_H

#include "account/account.h"
#include "compare/bytes.h"

/*
 * The rules that may explain what is not equal, in one table. A rule derives the shipped bytes again, from bytes that
 * the rebuild made or from other bytes of the image, or it says nothing: "looks like" is no proof (house.md, "Classes
 * of bytes").
 */

/**
 * AssayProof: bytes of a shipped leaf that a rule explains.
 *
 * @class_: ASSAY_CLASS_EXPLAINED, or ASSAY_CLASS_STRUCTURE for bytes of a table that follow from accepted facts
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  AssayClass class_;
  const char *rule;
} AssayProof;

/**
 * AssayRuleCase: one leaf that differs from its counterpart.
 *
 * @node: @expected: both with bytes; borrowed
 * @match: how they found each other
 * @shipped_elf: @expected_elf: what the two are as ELF, or NULL
 * @differences: (element-type AssayDifference): ascending; all that is not equal
 * @fixed: it is inside of what must be as it is (assay_account_is_fixed())
 * @placed: the shipped file is laid on the rebuilt ELF file's segments as a flat image (T12)
 * @options: of the account
 * @proofs: (element-type AssayProof): what the rules found so far; they need not be in order
 * @size_rule: the rule that explains why the two differ in size; NULL while none does
 */
typedef struct
{
  AssayNode *node;
  AssayNode *expected;
  const AssayMatch *match;
  const AssayElf *shipped_elf;
  const AssayElf *expected_elf;
  const GArray *differences;
  gboolean fixed;
  gboolean placed;
  const AssayAccountOptions *options;
  GArray *proofs;
  const char *size_rule;
} AssayRuleCase;

/**
 * AssayRule:
 * @name: as in the report and in a policy's `rules`
 * @message: what a reader is told of bytes that it explains, in one sentence without names
 * @prove: adds its proofs to the case; NULL for a rule that the account applies to containers and facts itself, where
 * the format's reader wrote the bytes again. Fails only where bytes cannot be read
 * @only_named: it rests on something that nobody sees in an image, as that no reader goes by the order of members (T7):
 * it holds where the `require.rules` of a policy names it, and nowhere else
 */
typedef struct
{
  const char *name;
  const char *message;
  gboolean (*prove) (AssayRuleCase *rule_case, GError **error);
  gboolean only_named;
} AssayRule;

/** assay_rules_find: the rule of that name, or NULL. */
const AssayRule *assay_rules_find (const char *name);

/** assay_rule_is_granted: @name: of a rule; @policy: (nullable). Whether the rule may explain anything under it, as far
 * as
 * @only_named goes: what else a policy does not allow is judged behind the account. */
gboolean assay_rule_is_granted (const char *name, const AssayPolicy *policy);

/** assay_rules_prove: asks every rule of the table, and leaves @proofs ascending and without overlap: of two rules that
 * explain one byte, the first in the table does. */
gboolean assay_rules_prove (AssayRuleCase *rule_case, GError **error);

/**
 * assay_rule_add_derived:
 * @derived: what the rule says that the shipped file must have at @offset
 *
 * Adds a proof if the shipped file has exactly these bytes; else nothing. @out_proved: nullable.
 */
gboolean assay_rule_add_derived (AssayRuleCase *rule_case, const char *rule, guint64 offset, const guint8 *derived,
                                 gsize length, gboolean *out_proved, GError **error);

/** assay_rule_add_verified: adds a proof of bytes that the rule has looked at itself, one by one. */
void assay_rule_add_verified (AssayRuleCase *rule_case, const char *rule, guint64 offset, guint64 length,
                              AssayClass class_);

/* One file a rule. */

/**
 * filler (T9): uniform 0x00 or 0xff between the places where a raw image is filled by the rebuilt segments, and behind
 * the last. Nothing is expected there and nothing is loaded there; in memory that a segment claims without bytes (.bss)
 * 0x00 alone, which is what a loader puts there. In a format of records, where each byte has its address, nothing
 * behind the last: how far it reaches is a fact (T5).
 */
gboolean assay_rule_filler (AssayRuleCase *rule_case, GError **error);

/**
 * container-time and rewritten, for a file system's table (T6, T7): a field that holds a time, or a position that the
 * reader worked out from what it points at, may differ between two tables of one layout; what lies between may not.
 */
gboolean assay_rule_fields (AssayRuleCase *rule_case, GError **error);

/**
 * strip: the shipped ELF file is what strip makes of the rebuilt one: nothing that is loaded is changed, moved or gone,
 * and every field and every byte of what is written anew (section headers, names, symbols, relocations of an object
 * file, the places of all this) follows from the rebuilt file. A section of other content is left to the account.
 */
gboolean assay_rule_strip (AssayRuleCase *rule_case, GError **error);

/** debuglink: the section `.gnu_debuglink` holds name and CRC-32 of a debug file that the rebuild made. */
gboolean assay_rule_debuglink (AssayRuleCase *rule_case, GError **error);

/**
 * build-id: the note that names a build is what its linker makes of all other bytes of the shipped file (GNU ld, lld,
 * or a digest of the whole). These are accounted for themselves; of a file that was stripped later it cannot be
 * derived.
 */
gboolean assay_rule_build_id (AssayRuleCase *rule_case, GError **error);

/**
 * rom-checksum: the byte of an option ROM that makes the sum of all its bytes zero, in one of the two places where it
 * is kept, and only where that place is no code. It follows from the other bytes, which are accounted for themselves.
 */
gboolean assay_rule_rom_checksum (AssayRuleCase *rule_case, GError **error);

#endif
