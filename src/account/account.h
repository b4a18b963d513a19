#ifndef ASSAY_ACCOUNT_ACCOUNT_H
#define ASSAY_ACCOUNT_ACCOUNT_H

#include "account/findings/finding.h"
#include "account/ranges.h"
#include "compare/pairing.h"
#include "input/policy.h"
#include "inventory/displacement.h"
#include "inventory/producer.h"
#include "util/limits.h"
#include "util/timings.h"

#include <assay/digest.h>
#include <assay/verdict.h>

/** AssayDigestScope: what is digested beside the comparison (`--digests`). */
typedef enum
{
  ASSAY_DIGESTS_ALL = 0, /* whole files, sections and gaps */
  ASSAY_DIGESTS_FILES,
  ASSAY_DIGESTS_SECTIONS,
} AssayDigestScope;

/**
 * AssayGrant: a line of the policy that may make bytes or facts `waived`, and what became of it.
 *
 * @waiver: @blob: the line, one of the two; borrowed from the policy
 * @line: @path: @reason: @owner: of the line; @owner is NULL for a blob
 * @bytes: @facts: that it made waived; both 0: nobody needed it
 * @remarks: (element-type utf8): why it did not hold in a place where it would have been needed; sentences without
 * capital and full stop, at most ASSAY_GRANT_REMARKS of them
 * @more_remarks: how many further ones there were
 */
struct _AssayGrant
{
  const AssayPolicyWaiver *waiver;
  const AssayPolicyBlob *blob;
  int line;
  const char *path;
  const char *reason;
  const char *owner;
  guint64 bytes;
  guint64 facts;
  GPtrArray *remarks;
  guint64 more_remarks;
};

/**
 * AssaySignatureHold: a signature that verifies, in the place that a line of the policy's `signatures` speaks of; the
 * rebuild may have the same one.
 *
 * @number: of the line, from 0
 * @node: its container, or its own file; in scope
 * @slot: as AssaySlotCase has it; borrowed
 */
typedef struct
{
  guint number;
  const AssayNode *node;
  const char *slot;
} AssaySignatureHold;

/** How many remarks of one line are kept: as many as a person reads. */
#define ASSAY_GRANT_REMARKS 4

/**
 * AssayOrigin: where the bytes that were expected came from (T16).
 *
 * @ASSAY_ORIGIN_UNKNOWN: nobody recorded what the build read, or nothing was built
 * @ASSAY_ORIGIN_COMPILED: @ASSAY_ORIGIN_TOOLCHAIN: known only where it was recorded what the build read,
 *   and of a file all of whose bytes the build accounts for
 * @ASSAY_ORIGIN_SOURCE: a text or data that came with the source and was copied as it is
 * @ASSAY_ORIGIN_OPAQUE: machine code, or bytes of unknown nature, that nobody compiled: it came ready-made with the
 *   source, or is a file of the toolchain
 */
typedef enum
{
  ASSAY_ORIGIN_UNKNOWN = 0,
  ASSAY_ORIGIN_COMPILED,
  ASSAY_ORIGIN_TOOLCHAIN,
  ASSAY_ORIGIN_SOURCE,
  ASSAY_ORIGIN_OPAQUE,
} AssayOrigin;

/**
 * AssayOriginFinding:
 * @parts: (element-type AssayExtent) (nullable): which bytes are opaque; NULL: all of them, where @origin says so
 * @detail: (nullable): what they are, as the end of a sentence: "found in vendor/radio.a//radio.o"
 */
typedef struct
{
  AssayOrigin origin;
  GArray *parts;
  char *detail;
} AssayOriginFinding;

/**
 * AssayOriginFinder:
 * @shipped: a leaf of the image that the rebuild has a counterpart for
 * @sha256: its digest
 * @out: zero-initialised; what it is filled with belongs to the caller
 *
 * Compares with what was delivered and with the toolchain. Errors: as reading; ASSAY_ERROR_LIMIT.
 */
typedef gboolean (*AssayOriginFinder) (const AssayNode *shipped, const AssayDigest *sha256, gpointer data,
                                       AssayOriginFinding *out, GError **error);

/**
 * AssaySectionAccount: one section of an ELF leaf, as the report shows it. Names are the shipped file's (T14).
 *
 * @name: owned unless the account of the node has @section_names
 * @bytes: of the file: as @size, and none of SHT_NOBITS
 * @is_symbol_table: SHT_SYMTAB, whatever it is called
 * @is_expected: @digest is that of the rebuild's section too
 * @expected_digest: (nullable) (transfer full): that of the rebuild's, where it is known and another one
 */
typedef struct
{
  char *name;
  guint64 offset;
  guint64 size;
  guint64 bytes;
  guint64 address;
  const char *flags;
  AssayDigest *expected_digest;
  AssayDigest digest;
  AssayClass class_ : 8;
  guint is_symbol_table : 1;
  guint has_digest : 1;
  guint is_expected : 1;
} AssaySectionAccount;

typedef struct
{
  char *type;
  guint64 offset;
  guint64 size;
  guint64 address;
  const char *flags;
} AssaySegmentAccount;

/** assay_cause_name: "unknown", "primary", "ripple". */
static inline const char *
assay_cause_name (AssayCause cause)
{
  return cause == ASSAY_CAUSE_PRIMARY ? "primary" : cause == ASSAY_CAUSE_RIPPLE ? "ripple" : "unknown";
}

/**
 * AssayCodeRow: one line of both sides of disassembled code, aligned; a side that has nothing there is NULL. Plain
 * ASCII, "0x1040  add x0, x0, #1".
 */
typedef struct
{
  char *shipped;
  char *expected;
  gboolean differs;
} AssayCodeRow;

/**
 * AssayChangeAccount: one function or object that is not what it was.
 *
 * @change: "changed", "added", "removed", "renamed" or "moved" (the same but for its place and for addresses in it)
 * @what: "function", "object", "text" or "bytes"
 * @name: of the rebuild; of an added one what the shipped file calls it (@named_by "shipped"); NULL where nobody knows
 * @old_name: of a renamed one: what the rebuild calls it; then @name is the shipped file's
 * @shipped_size: @expected_size: bytes of it on both sides
 * @file: @line: where the source has it; NULL and 0 where nobody knows
 */
typedef struct
{
  const char *change;
  const char *what;
  char *name;
  char *old_name;
  const char *named_by;
  guint64 shipped_offset;
  guint64 shipped_size;
  guint64 expected_offset;
  guint64 expected_size;
  char *file;
  guint line;
} AssayChangeAccount;

/**
 * AssayCodeCounts: how many functions of the rebuilt file there are and what became of them; @bytes of all, and of
 * those that are the same but for their place.
 */
typedef struct
{
  guint64 functions;
  guint64 untouched;
  guint64 moved;
  guint64 changed;
  guint64 added;
  guint64 removed;
  guint64 renamed;
  guint64 bytes;
  guint64 untouched_bytes;
} AssayCodeCounts;

/**
 * AssayCoarse: why a file that differs is described in less detail than others. Which bytes differ, and their class, is
 * said in full in any case.
 * @ASSAY_COARSE_SCATTERED: it differs in single bytes all over, in their places (compare/scatter.h): findings name
 *   section and symbol, and no list of changes is made, nor instructions and source lines shown
 * @ASSAY_COARSE_SEARCH: so much of it is not where it was expected that it was not looked for everywhere
 *   (ASSAY_DRIFT_SEARCH_BYTES)
 */
typedef enum
{
  ASSAY_COARSE_NONE = 0,
  ASSAY_COARSE_SCATTERED,
  ASSAY_COARSE_SEARCH,
} AssayCoarse;

/** assay_coarse_name: "scattered", "search"; NULL for none. */
static inline const char *
assay_coarse_name (AssayCoarse coarse)
{
  return coarse == ASSAY_COARSE_SCATTERED ? "scattered" : coarse == ASSAY_COARSE_SEARCH ? "search" : NULL;
}

/** How many places of one file are told of that name other tools. */
#define ASSAY_TOOLS_MAX 16

/**
 * AssayToolAccount: a place where the shipped file names another compiler, linker or processor than the rebuild does.
 * A claim of the file, for the reader alone: it explains nothing, and no byte passes by it.
 *
 * @where: the section as the shipped file names it, or ""; @offset: in the file, of ASSAY_PRODUCER_TEXT
 * @shipped: what it says and the rebuild does not, escaped, long texts cut; all that it says where that is no more than
 *   the rebuild says
 * @expected: the same of the rebuild; NULL where it says nothing
 */
typedef struct
{
  AssayProducerPlace place;
  char *where;
  guint64 offset;
  char *shipped;
  char *expected;
} AssayToolAccount;

/** AssayRight: what whoever starts a file gets by it, beside what he has; whether or not the rebuild says the same. */
typedef enum
{
  ASSAY_RIGHT_SET_USER_ID = 1,
  ASSAY_RIGHT_SET_GROUP_ID = 2,
  ASSAY_RIGHT_CAPABILITIES = 4,
} AssayRight;

/** assay_right_name: "set-user-ID", "set-group-ID", "capabilities"; in the order of the report, NULL behind the last.
 * @out_right: that one. */
static inline const char *
assay_right_name (guint index, AssayRight *out_right)
{
  static const struct
  {
    const char *name;
    AssayRight right;
  } names[] = { { "capabilities", ASSAY_RIGHT_CAPABILITIES },
                { "set-group-ID", ASSAY_RIGHT_SET_GROUP_ID },
                { "set-user-ID", ASSAY_RIGHT_SET_USER_ID } };
  if (index >= G_N_ELEMENTS (names))
    return NULL;
  *out_right = names[index].right;
  return names[index].name;
}

/**
 * assay_node_rights:
 * @packages: of assay_rights_new(): what was found out about packages around it; one for all calls
 *
 * The rights that the entry of a file gives: the bits of its mode and the attribute security.capability; in a package
 * of rpm those of the header as well, by which it is installed. None of a directory, a link or a device.
 *
 * Returns: of AssayRight, or-ed
 */
guint assay_node_rights (GHashTable *packages, const AssayNode *node);
GHashTable *assay_rights_new (void);

/**
 * assay_node_holds_unclaimed: whether a container ends in bytes that no part of it claims, zeros and erased flash left
 * out: a second archive, say, which some readers go on to and nobody looked into. In a zip or 7z, which are read from
 * their ends, such bytes count wherever they stand. Of what a layout leaves out the recipe speaks.
 */
gboolean assay_node_holds_unclaimed (const AssayNode *node);

/**
 * AssayNodeAccount:
 *
 * What became of one node. @ranges tile [0, size) without gap or overlap (T26).
 *
 * @totals: bytes of the node's own (payloads left out) by class
 * @payload: bytes counted in the children
 * @rights: of AssayRight, or-ed: assay_node_rights()
 * @flat: a container that is accounted as one run of bytes, because its counterpart is none; its children have no
 * account
 * @unclaimed: assay_node_holds_unclaimed(), of one that is not @flat
 * @placed: the shipped bytes are laid on the segments of the rebuilt ELF file, as its flat image (T12)
 * @verdict_class: the worst class of its own bytes and facts, for the reader
 * @elf: whether @sections and @segments are there
 * @has_origin: whether it is a file with bytes, in scope, and the expected side has a counterpart for it: only these
 *   have an @origin
 * @origin_detail: of AssayOriginFinding, or NULL
 * @machine: ELF machine's name, or NULL
 * @coarse: whether what differs is described in less detail
 * @displacement: where a raw image that differs holds all that the rebuild has for it; it was searched for, and is for
 * the reader alone (T12)
 */
typedef struct
{
  AssayNode *node;
  const AssayMatch *match;
  gboolean in_scope;
  guint rights;
  gboolean flat;
  gboolean unclaimed;
  gboolean placed;
  AssayRanges *ranges;
  guint64 totals[ASSAY_CLASS_COUNT];
  guint64 payload;
  gboolean has_digest;
  AssayDigest digest;
  gboolean has_expected_digest;
  AssayDigest expected_digest;
  AssayClass worst;
  gboolean has_origin;
  AssayOrigin origin;
  char *origin_detail;
  const char *machine;
  GArray *sections;    /* AssaySectionAccount, or NULL */
  char *section_names; /* where @sections have theirs, one behind the other; NULL: each owns its own */
  GArray *segments;    /* AssaySegmentAccount, or NULL */
  GArray *changes;     /* AssayChangeAccount, the largest first; NULL where nothing was aligned */
  AssayCodeCounts code;
  AssayCoarse coarse;
  GArray *tools; /* AssayToolAccount, in the order of their places; NULL where both sides say the same */
  gboolean has_displacement;
  AssayDisplacement displacement;
} AssayNodeAccount;

/** AssayFactAccount: a fact that is not equal on both sides. NULL is "not there". @grant: as of a range. */
typedef struct
{
  const AssayNode *node;
  const char *fact;
  char *shipped;
  char *expected;
  AssayClass class_;
  const char *rule;
  const AssayGrant *grant;
} AssayFactAccount;

/**
 * AssayFactSupply: facts of a node that no rebuilt file carries.
 *
 * @at: node path or glob; @is_path: a path, whatever characters it has
 * @facts: (element-type utf8 utf8): name to value as AssayFact writes them; may be empty
 * @type: what the node must be as well, ASSAY_NODE_UNKNOWN where that is not said; it takes the place of no rebuilt
 * type
 * @is_optional: a node of that path may be missing
 * @of_directory: of a node that is none this says nothing
 */
typedef struct
{
  char *at;
  GHashTable *facts;
  AssayNodeType type;
  gboolean is_path;
  gboolean is_optional;
  gboolean of_directory;
} AssayFactSupply;

/**
 * AssaySymbolFinder:
 * @expected: a node of the rebuild whose bytes shall be named
 *
 * Finds an ELF file of the rebuild that names the parts of @expected: by build-id, or by equal segments. Called only
 * for files that differ.
 *
 * Returns: (transfer full) (nullable)
 */
typedef AssayBlob *(*AssaySymbolFinder) (const AssayNode *expected, gpointer data);

/**
 * AssayProgramLister:
 *
 * The ELF files that the rebuild left, those that a recipe names as `symbols` among them: whether bytes of a raw image
 * are code is written nowhere else.
 *
 * Returns: (transfer none) (element-type AssayBlob)
 */
typedef const GPtrArray *(*AssayProgramLister) (gpointer data);

/**
 * AssayAccountOptions:
 * @scope: granted globs, or NULL for the whole image (T2)
 * @expected_incomplete: a part of the expected side could not be made (a rebuild failed), so that "nothing corresponds"
 * means undecided and not unexplained
 * @build_time: the SOURCE_DATE_EPOCH that the rebuild was given because the image carries it (T10), or NULL;
 * @recipe_time: what the recipe had instead, or NULL
 * @slots: (element-type AssaySlot) (nullable): signature slots that policy grants (rules/signature.h)
 * @policy: (nullable): of which `waive` and `blobs` are applied here
 * @time_s: (where @has_time) the moment that the user judges at, seconds since 1970; a waiver that expires holds only
 * before it
 * @layout_granted: whether names in @slots may mean ranges of the layout: it comes from the command line, or from a
 * recipe that the policy pins
 * @find_symbols: (nullable): with @find_symbols_data
 * @list_programs: (nullable): with @list_programs_data; a signature slot never covers their code (T11)
 * @find_origin: (nullable): with @find_origin_data; left out: every origin is unknown
 * @entries: (element-type AssayFactSupply) (nullable): facts that a pinned recipe supplies (T5)
 * @jobs: on how many threads leaves are read; 0 is one
 * @interpret: (nullable): what reads debug information and code in place of assay_interpreting_work(): for tests, in
 * which it lies
 */
typedef struct
{
  char **scope;
  GPtrArray *entries;
  gboolean expected_incomplete;
  const char *build_time;
  const char *recipe_time;
  const GPtrArray *slots;
  const AssayPolicy *policy;
  gboolean has_time;
  gint64 time_s;
  gboolean layout_granted;
  AssaySymbolFinder find_symbols;
  gpointer find_symbols_data;
  AssayProgramLister list_programs;
  gpointer list_programs_data;
  AssayOriginFinder find_origin;
  gpointer find_origin_data;
  AssayDigestScope digests;
  const AssayLimits *limits;
  AssayProgress *progress;
  AssayTimings *timings;
  guint jobs;
  AssayWorkerMain interpret;
} AssayAccountOptions;

/**
 * AssayAccount:
 *
 * The account of a whole image.
 *
 * @nodes: (element-type AssayNodeAccount): every node that has bytes or facts, in tree order
 * @facts: (element-type AssayFactAccount): the facts that are not identical
 * @fact_totals: all facts in scope by class, the identical ones too
 * @totals: bytes by class; they add up to @total
 * @undecided: (element-type utf8): sentences: nodes that could not be judged, with the reason
 * @unmatched_scope: (element-type utf8): scope globs that match no node
 * @misnamed: (element-type AssayNode) (nullable): containers that differ, and of which nothing is explained because of
 * what they are called, or where they stand
 * @grants: (element-type AssayGrant): the policy's lines of `waive`, then those of `blobs`, in its order
 * @holds: (element-type AssaySignatureHold) (nullable): the first that was found for each line of `signatures`; a line
 * without one is held by nothing
 */
typedef struct
{
  GPtrArray *nodes;
  GPtrArray *facts;
  guint64 fact_totals[ASSAY_CLASS_COUNT];
  AssayFindings *findings;
  guint64 totals[ASSAY_CLASS_COUNT];
  guint64 total;
  GPtrArray *undecided;
  GPtrArray *unmatched_scope;
  GPtrArray *misnamed;
  GPtrArray *grants;
  GArray *holds;
} AssayAccount;

/**
 * assay_account_new:
 *
 * Gives every byte and fact of the image exactly one class.
 *
 * Errors: ASSAY_ERROR_CANCELLED; ASSAY_ERROR_INTERNAL when the account contradicts itself. What cannot be read is no
 * error but undecided.
 */
AssayAccount *assay_account_new (AssayNode *shipped, const AssayPairing *pairing, const AssayAccountOptions *options,
                                 GError **error);
void assay_account_free (AssayAccount *account);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayAccount, assay_account_free)

#endif
