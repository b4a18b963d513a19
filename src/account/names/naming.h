#ifndef ASSAY_ACCOUNT_NAMING_H
#define ASSAY_ACCOUNT_NAMING_H

/*
 * What a finding is called and why it is there: names of its place, its cause, the source and the code on both sides.
 */

#include "account/work.h"
#include "inventory/fields.h"
#include "inventory/lines.h"

/* naming.c */

/** AssayNamed: what one finding is called, and so all from offset @start of the expected file to @end. @shift: from an
 * offset to its address */
typedef struct
{
  guint64 start;
  guint64 end;
  guint64 shift;
  gboolean has_address;
  AssayFindingWords *words;
} AssayNamed;

/**
 * AssayNaming: what names ranges of one leaf. Zero-initialised means "nothing does".
 *
 * @expected_elf: the expected file as ELF; @symbols_elf: an ELF file of the rebuild that names it, @symbols_blob its
 * bytes; @symbols_raw: whether offsets of the expected file are those of the flat image of @symbols_elf;
 * @shipped_fields, @expected_fields: the records of both files; @shipped_interpreter, @expected_interpreter: borrowed:
 * who reads debug information and code of either side; that of the rebuild also @symbols_blob; @named: the finding that
 * was named last; from @untold to @untold_end of the expected file there is no record; @shipped_piece, @expected_piece:
 * the pieces of both files that were asked for last; @message, @remark: what was said last of a finding;
 * @rule: of the last one, and whether it is one of those that speak of a difference alone
 */
typedef struct
{
  AssayElf *shipped_elf;
  AssayElf *expected_elf;
  AssayElf *symbols_elf;
  AssayElfFields *shipped_fields;
  AssayElfFields *expected_fields;
  GArray *load_ranges;
  AssayBlob *symbols_blob;
  AssayInterpreter *shipped_interpreter;
  AssayInterpreter *expected_interpreter;
  AssayNamed named;
  guint64 untold;
  guint64 untold_end;
  guint shipped_piece;
  guint expected_piece;
  GString *message;
  GString *remark;
  const char *rule;
  gboolean rule_differs;
  gboolean symbols_raw;
} AssayNaming;

void assay_naming_clear (AssayNaming *naming);

/** assay_naming_load: looks for names; called once, for a leaf that differs. */
void assay_naming_load (AssayNaming *naming, AssayWork *work, const AssayNodeAccount *node_account);

/** assay_naming_apply: fills in section, symbol, address and named_by of a finding. @expected_offset may be
 * ASSAY_NO_COUNTERPART. */
void assay_naming_apply (AssayNaming *naming, guint64 expected_offset, AssayFinding *finding);

/** assay_naming_alike_until: @finding: one that was given its names and was told nothing else. Returns: the offset up
 * to which all that stand as far from their counterparts have its names, and are told nothing else either; 0: not known
 */
guint64 assay_naming_alike_until (AssayNaming *naming, guint64 expected_offset, const AssayFinding *finding);

/** assay_naming_split: how many bytes from @offset on, at most @length, lie in one and the same piece of the file. */
guint64 assay_naming_split (AssayNaming *naming, guint64 offset, guint64 expected_offset, guint64 length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayNaming, assay_naming_clear)

/* remarks.c */

/**
 * assay_naming_describe:
 * @finding: with its range and rule; @expected_offset: as in assay_naming_apply()
 *
 * Says in @remark of the finding what a change does to the loaded program.
 *
 * Returns: (transfer none) (nullable): which fields of an ELF file differ and how, or in what gap the bytes lie, until
 * it is asked again; NULL where there is nothing more to say
 */
const char *assay_naming_describe (AssayNaming *naming, guint64 expected_offset, AssayFinding *finding);

/* causes.c */

/** AssayCauses: why the ranges of one leaf differ. Zero-initialised means "nobody knows". */
typedef struct _AssayCauses AssayCauses;

/**
 * assay_causes_new: aligns both sides of a leaf that differs (compare/moves.h), fills in the node account's changes and
 * counts. @naming: borrowed, must outlive it
 *
 * Returns: (nullable): NULL where there is nothing to align
 */
AssayCauses *assay_causes_new (AssayNodeAccount *node_account, const AssayNaming *naming);
void assay_causes_free (AssayCauses *causes);

/** assay_causes_are_alike: whether findings of one name have one cause, and nothing is told of each. */
gboolean assay_causes_are_alike (const AssayCauses *causes);

/** assay_causes_split: how many bytes from @offset on, at most @length, have one cause. */
guint64 assay_causes_split (const AssayCauses *causes, guint64 offset, guint64 length);

/** assay_causes_apply: fills in cause, source place, texts and disassembly of a finding that has its names. */
void assay_causes_apply (AssayCauses *causes, AssayFinding *finding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayCauses, assay_causes_free)

/* source.c */

/** AssaySource: what tells where in the source the code of one leaf stands, and what its instructions are. */
typedef struct _AssaySource AssaySource;

/** assay_source_new: @node_account, @naming: borrowed, must outlive the result. Nothing is read before it is asked for.
 */
AssaySource *assay_source_new (const AssayNodeAccount *node_account, const AssayNaming *naming);
void assay_source_free (AssaySource *source);

/** assay_source_find: as assay_lines_find(), for an address of the rebuild. */
gboolean assay_source_find (AssaySource *source, guint64 address, guint32 section, AssaySourcePlace *out);

/** One side of code that is shown: @start: a place where an instruction begins; @first, @last: what differs. */
typedef struct
{
  const guint8 *bytes; /* from @start */
  guint64 length;
  guint64 address; /* of @start */
  guint64 first;   /* bytes from @start */
  guint64 last;
} AssayCodeSide;

/** assay_source_show: (transfer full) (element-type AssayCodeRow) (nullable): both sides disassembled and aligned, a
 * few instructions around what differs. */
GArray *assay_source_show (AssaySource *source, const AssayCodeSide *shipped, const AssayCodeSide *expected,
                           AssayCodeMode mode);

/** AssayCodePair: a function on both sides. */
typedef struct
{
  AssayCodeSide shipped;
  AssayCodeSide expected;
  AssayCodeMode mode;
} AssayCodePair;

/**
 * assay_source_look_ahead:
 * @pairs: (element-type AssayCodePair): what is likely to be shown next; the bytes stay as long as @source
 *
 * Disassembles the first pairs in one go, as many as may be: assay_source_show() of one of them then asks nobody.
 *
 * Returns: how many; 0 where that was asked for in vain, or was once before
 */
guint assay_source_look_ahead (AssaySource *source, const GArray *pairs);

/**
 * assay_source_cores:
 * @pairs: (element-type AssayCodePair)
 *
 * Where in the shipped sides, in bytes from their start, the two do something else, as assay_core_find() sees it.
 *
 * Returns: (transfer full) (element-type GArray): of the first pairs, as many as are looked at in one go, at least one:
 * AssayStretch, or NULL where nothing can be said
 */
GPtrArray *assay_source_cores (AssaySource *source, const GArray *pairs);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySource, assay_source_free)

/* core.c */

/** assay_core_shape: (transfer full): an instruction without what a compiler chooses anew for every build: registers,
 * and numbers that say places. */
char *assay_core_shape (const char *text);

/**
 * assay_core_find:
 * @shipped_lines: @expected_lines: (element-type AssayCodeLine): a function on both sides
 *
 * Which instructions one side has and the other has not, when registers and places are not looked at.
 *
 * Returns: (transfer full) (element-type AssayStretch): bytes from the start of @shipped; one that is gone has the
 * place where it would stand
 */
GArray *assay_core_find (const GArray *shipped_lines, const AssayCodeSide *shipped, const GArray *expected_lines);

/* tools.c */

/** assay_account_tools: fills in what the node says of the tools that made it, where the rebuild says something else:
 * other tools make other bytes, and that is worth more to a reader than a thousand findings. */
void assay_account_tools (AssayNodeAccount *node_account, const AssayNaming *naming);

/* findings.c */

/** assay_account_add_findings: makes a finding of each range of the node that is not identical. Errors:
 * ASSAY_ERROR_CANCELLED. */
gboolean assay_account_add_findings (AssayWork *work, const AssayNodeAccount *node_account, AssayNaming *naming,
                                     AssayCauses *causes, GError **error);

#endif
