#ifndef ASSAY_ACCOUNT_WORK_H
#define ASSAY_ACCOUNT_WORK_H

#include "account/account.h"
#include "account/encoding/encoding.h"
#include "account/scope.h"
#include "compare/bytes.h"
#include "compare/drift.h"
#include "inventory/disassembly.h"
#include "unpack/settling.h"

#include <string.h>

/** AssayBytecode: the times that byte code in the image records (bytecode.c). */
typedef struct _AssayBytecode AssayBytecode;

/** AssayTableLinks: what is known of them. */
typedef enum
{
  ASSAY_TABLE_LINKS_UNKNOWN = 0,
  ASSAY_TABLE_LINKS_NONE,
  ASSAY_TABLE_LINKS_SOME,
} AssayTableLinks;

/** AssayNames: by which names the files of the image are known (names_of.c). */
typedef struct _AssayNames AssayNames;

/** AssaySignedBeside: what signatures in files of their own stand for (signed_beside.c). */
typedef struct _AssaySignedBeside AssaySignedBeside;

/**
 * AssayWork: what the parts of this room share while one account is made.
 *
 * @unaccepted: set of nodes of which at least one fact is neither identical nor explained nor waived
 * @bytecode: what byte code records (bytecode.c); @names: of files (names_of.c); NULL until somebody asks
 * @links: the image's links (scope.c); @aliased: they may lead out of the scope and into it
 * @digests: AssayNode to AssayDigest: what was digested to hold a line of the policy
 * @origins: AssayNode to AssayOriginFinding: of files that a layout divided (origin.c)
 * @folded: container to the names of its entries, without capitals (collisions.c)
 * @verdicts: what was found of signature slots (slot.c)
 * @detached_of: container whose entries @detached_before counts: how many signatures of their own stand before each
 * (slot.c)
 * @settling: which leaves have bytes that nobody can change (settled.c)
 * @ahead: leaf to its AssayAhead, of those that equal their counterparts (settled.c)
 * @rights: of assay_node_rights()
 * @packages: package to the entries of its payload by their paths (package.c)
 * @fixed: stream to whether it must be as it is (fixed.c)
 * @sourced: (nullable): where links in directories of texts lead, until it is asked for (sourced.c)
 * @measured: node to whether something of the rebuild's measures it (fixed.c)
 * @processes: tar to the process that packed it (sparse_name.c)
 * @run: container to the names, or inodes, of files in it that another entry makes executable (executable.c)
 * @started: FIT to those of its images, or itself, that a loader may start (fit_places.c)
 * @signed_beside: what signatures of the rebuild's stand for, NULL until somebody asks (signed_beside.c)
 * @around: set of containers and directories that hold something in scope (outside.c)
 * @shipped_interpreter, @expected_interpreter: who reads debug information and code of either side
 * @order: index of the node that is accounted for
 * @shown: the first bytes of the differences of a leaf, until its findings are made (leaf.c); @shown_differences
 * (nullable): these; NULL: of none
 * @encoded_sizes: (element-type AssayNode guint64): bytes of the encoded spans of a container (encoded.c)
 * @encoded_late: (element-type AssayEncodedCase): streams of other content than the rebuild's (encoded.c)
 * @repacked: what was packed again to see what a library makes of it
 * @table_links: whether a link is called as a table of cron or of name servers (odd_times.c)
 * @headers: container to what its header spans say (facts.c): nodes come a parent before its children, so that the
 * container that was looked at last is rarely the next one that is asked for
 */
typedef struct
{
  const AssayPairing *pairing;
  const AssayAccountOptions *options;
  AssayAccount *account;
  AssaySettling *settling;
  GHashTable *ahead;
  GHashTable *unaccepted;
  GHashTable *digests;
  GHashTable *origins;
  GHashTable *verdicts;
  const AssayNode *detached_of;
  GArray *detached_before;
  GHashTable *headers;
  GHashTable *packages;
  GHashTable *rights;
  GHashTable *fixed;
  GHashTable *sourced;
  GHashTable *measured;
  GHashTable *processes;
  GHashTable *run;
  GHashTable *started;
  GHashTable *around;
  AssaySignedBeside *signed_beside;
  AssayBytecode *bytecode;
  AssayNames *names;
  GHashTable *links;
  gboolean aliased;
  GHashTable *folded;
  struct _AssaySupplies *supplies; /* supply.h */
  AssayInterpreter *shipped_interpreter;
  AssayInterpreter *expected_interpreter;
  guint order;
  AssayShown shown;
  GArray *shown_differences;
  GHashTable *encoded_sizes;
  GArray *encoded_late;
  AssayRepacked repacked;
  AssayTableLinks table_links;
} AssayWork;

/** assay_work_is_unread: whether nobody knows what a node holds: by a limit, or a codec that is not known. */
static inline gboolean
assay_work_is_unread (const AssayNode *node)
{
  return node->trouble != NULL && node->trouble_code != ASSAY_ERROR_MALFORMED;
}

/** assay_work_is_program: whether a node's bytes are an ELF file, also a kernel whose RAM disk is shown apart. */
static inline gboolean
assay_work_is_program (const AssayNode *node)
{
  return node != NULL && node->blob != NULL && node->format != NULL
         && (strcmp (node->format, "elf") == 0 || strcmp (node->format, "vmlinux") == 0);
}

/** assay_work_class_of_none: what bytes and facts without counterpart are: unexplained, or undecided where the expected
 * side is incomplete. */
static inline AssayClass
assay_work_class_of_none (const AssayWork *work, const AssayMatch *match)
{
  return match->kind == ASSAY_MATCH_NONE && work->options->expected_incomplete ? ASSAY_CLASS_UNDECIDED
                                                                               : ASSAY_CLASS_UNEXPLAINED;
}

/* scope.c, beside scope.h */

/** assay_scope_plain_name: the name in its container at which an extractor would put it: without the number of a second
 * entry, `.` and `..`, and what makes it absolute. */
char *assay_scope_plain_name (const AssayNode *node);

/** assay_scope_plain_target: where a hard link leads, by the fact that says it, in the form of
 * assay_scope_plain_name(); (nullable): without that fact. */
char *assay_scope_plain_target (const AssayNode *link, const char *fact);

/** assay_scope_inode: what is the same for all names of one file in one container, and for no other; (nullable)
 * (transfer full): of an entry that says nothing of it. */
char *assay_scope_inode (const AssayNode *node);

/** assay_scope_goes_through_link: whether a directory of the node's name is a symbolic link. @links:
 * assay_scope_links()
 */
gboolean assay_scope_goes_through_link (GHashTable *links, const AssayNode *node);

/** assay_scope_is_hard_link: a hard link, or an entry of a tar that is a file and has a link target nevertheless, of
 * which some readers make one (BusyBox, where its size is 0). */
gboolean assay_scope_is_hard_link (const AssayNode *node);

/* ranges.c */

/** assay_ranges_close: sums up @ranges into the node account's totals. Errors: ASSAY_ERROR_INTERNAL they do not tile
 * it. */
gboolean assay_ranges_close (AssayNodeAccount *node_account, GError **error);

/** assay_class_worse: the one of two classes that weighs more in a verdict (T1). */
AssayClass assay_class_worse (AssayClass a, AssayClass b);

/* settled.c */

/**
 * assay_account_settle:
 *
 * Before anything is said of the files of a directory: each leaf that could pass gets bytes that nobody can change. One
 * that equals the rebuild's file, in one pass over both, has the rebuild's from here on; another is copied. What is
 * left as it is cannot pass: what has no counterpart where no line of the policy could say anything of it, and what is
 * not in scope.
 *
 * A leaf that could not be settled is undecided. Errors: ASSAY_ERROR_CANCELLED alone.
 */
gboolean assay_account_settle (AssayWork *work, GError **error);

/* leaf.c */

/**
 * assay_account_leaf:
 *
 * Accounts for bytes as one run: compares, digests, and gives each range its class. Fails only as assay_account_new()
 * does; bytes that cannot be read are undecided.
 */
gboolean assay_account_leaf (AssayWork *work, AssayNodeAccount *node_account, GError **error);

/** assay_account_leaf_done: nobody asks for the bytes of its differences any more. */
void assay_account_leaf_done (AssayWork *work);

/* unreproducible.c */

/**
 * assay_account_unreproducible:
 *
 * Of a leaf whose ranges are made: makes unreproducible what differs where two rebuilds differ from each other (T1).
 * That is no better than unexplained, and worse to a waiver.
 */
gboolean assay_account_unreproducible (AssayWork *work, AssayNodeAccount *node_account, GError **error);

/* container.c */

/** assay_account_container: accounts for the own bytes of a node with spans. */
gboolean assay_account_container (AssayWork *work, AssayNodeAccount *node_account, GError **error);

/* outside.c */

/** assay_account_note_scope: notes what holds a node in scope. */
void assay_account_note_scope (AssayWork *work, const AssayNode *node);

/**
 * assay_account_outside: accounts for a node that is not in scope: outside, but for bytes around something in scope
 * that nobody claims and the rebuild has not at the same place. All nodes in scope must have been noted. Fails only as
 * assay_account_new() does.
 */
gboolean assay_account_outside (AssayWork *work, AssayNodeAccount *node_account, GError **error);

/* apparent.c */

/** Kinds of what an encoded stream may show (apparent.c). */
#define ASSAY_APPARENT_MARKS 10

/** AssayApparent: what all encoded bytes of one node show, counted when that is first asked for. Begin with zeros. */
typedef struct
{
  gboolean known;
  guint counts[ASSAY_APPARENT_MARKS];
} AssayApparent;

/**
 * assay_account_shows_more:
 * @span: encoded bytes of @node
 * @other: (nullable): those of @expected that correspond; all of them where it is NULL
 * @all: of @expected; the same one in each call for it
 * @out_more: whether the former have headers of archives or certificates, or what else a reader looks for
 * without being led there, that the latter have not, or where @other is known the other way round: blocks of a stream
 * that are not compressed show what they hold
 */
gboolean assay_account_shows_more (const AssayNode *node, const AssaySpan *span, const AssayNode *expected,
                                   const AssaySpan *other, AssayApparent *all, gboolean *out_more, GError **error);

/* executable.c */

/**
 * assay_account_is_executable:
 *
 * Whether somebody may run a file as it is: the entry around it has `x` for anybody, or a hard link to it has. A link
 * whose target is not certain, being no file of the archive, or one behind a symbolic link, may lead to any file.
 */
gboolean assay_account_is_executable (AssayWork *work, const AssayNode *node);

/* fixed.c */

/**
 * assay_account_is_fixed:
 *
 * Whether a node's own bytes count as they are, so that neither a time in them, nor another encoding or order of equal
 * content, nor anything else of a container's form may be explained: in what a container around it calls a program for
 * a loader that decodes nothing, or not this codec (AssayNode's @loaded_from); in what the entry around it calls
 * executable; in what is measured; in what has no usual name of its kind (usual_names.h), and in what a shell may read
 * line by line (sourced.h), a program as well; in an active partition, but for file systems that begin with a boot
 * sector, and in one that is called as a boot loader; and in a compressed stream that carries nothing, or beside which
 * other bytes than zeros stand. All that is inside of such a node is fixed with it.
 */
gboolean assay_account_is_fixed (AssayWork *work, const AssayNode *node);

/**
 * assay_account_is_measured:
 *
 * Whether a digest or a signature of the node's very bytes stands beside it and is the rebuild's: an extended attribute
 * of IMA or EVM, or a module's signature. A device refuses other bytes, whatever a rule says of them.
 */
gboolean assay_account_is_measured (AssayWork *work, const AssayNode *node);

/**
 * assay_account_sparse_name: (sparse_name.c)
 * @fact: of @node, and another than the rebuild's
 *
 * Whether it is the name that GNU tar gives to a file with holes for readers that do not know such files, and differs
 * from the rebuild's in nothing but the number of the process that packed it: the real names are equal, one process
 * packed all such files of the archive, and nothing else in it is called, or leads to what is called, like them.
 * Source: GNU tar's manual, "Storing Sparse Files" (version 1.0).
 */
gboolean assay_account_sparse_name (AssayWork *work, const AssayNode *node, const AssayFact *fact);

/** What stands before that number. */
#define ASSAY_SPARSE_MARK "GNUSparseFile."

/** assay_account_sparse_process: (sparse_name.c) of an entry of that version, the number in its name; 0 for all others.
 */
guint assay_account_sparse_process (const AssayNode *entry);

/** assay_span_is_behind: whether a span is what stands behind all of a squashfs, device tree or FIT, to its end, and is
 * no zeros and no erased flash: something that a device looks for there. */
gboolean assay_span_is_behind (const AssayNode *node, const AssaySpan *span);

/** assay_span_holds_zeros: FALSE where it cannot be read as well. */
gboolean assay_span_holds_zeros (const AssayNode *node, const AssaySpan *span);

/* order.c */

/** assay_account_order: judges the order of a container's members (T7). */
void assay_account_order (AssayWork *work, const AssayNodeAccount *node_account);

/** assay_account_order_in_scope: the same of a container that is not in scope, for its members that are: a fact of the
 * first that stands elsewhere among them, where what is unpacked depends on it; or on another side of its directory, or
 * of what lies in it, in scope or not. */
void assay_account_order_in_scope (AssayWork *work, const AssayNodeAccount *node_account);

/* beside.c */

/** assay_account_surround: judges a node that is not in scope and holds something that is: its place in a FIT, and as a
 * container that differs from its counterpart what decides what becomes of its members in scope; where no rebuild makes
 * the container, what says where its content is put, and what could take away or keep back these (beside.c). */
void assay_account_surround (AssayWork *work, const AssayNodeAccount *node_account);

/** assay_account_facts_around: judges the own facts of a container that is not in scope and holds something that is. */
void assay_account_facts_around (AssayWork *work, const AssayNode *node);

/* parts.c */

/** assay_account_streams: judges in how many streams a compressed node is cut; where one of both is none, nothing.
 * @expected: NULL where no rebuild makes the node, which is then to be one. */
void assay_account_streams (AssayWork *work, const AssayNode *node, const AssayNode *expected);

/**
 * assay_account_parts:
 * @others: (element-type AssaySpan): the counterpart of each span, or NULL
 *
 * Judges where a container that is not equal has its own parts: what stands alone, as a trailer, must stand between the
 * same members; a stream that was cut in two is another file to a reader that stops at the first.
 */
void assay_account_parts (AssayWork *work, const AssayNodeAccount *node_account, const GPtrArray *others);

/** assay_span_stands_alone: whether a span is a part of the container that speaks of no child: it is there or is not,
 * and no fact of a child brings it about. */
gboolean assay_span_stands_alone (const AssaySpan *span);

/* facts.c */

/**
 * assay_account_facts:
 *
 * Judges what the containing entry says of a node, and what the node says of itself as a container.
 */
void assay_account_facts (AssayWork *work, const AssayNode *node, gboolean in_scope, gboolean parent_in_scope);

/** assay_facts_accepted: whether the node has a counterpart, or is the signature of a neighbour, and all its facts are
 * identical, explained or waived. */
gboolean assay_facts_accepted (AssayWork *work, const AssayNode *node);

/** assay_own_facts_accepted: the same for a container that need not have a counterpart. */
gboolean assay_own_facts_accepted (const AssayWork *work, const AssayNode *node);

/** assay_account_leave_open: that @node, one of the image, could not be judged, and why. */
void assay_account_leave_open (AssayWork *work, const AssayNode *node, const char *why);

/** assay_account_add_fact: notes one judged fact; identical ones are only counted. */
void assay_account_add_fact (AssayWork *work, const AssayNode *node, const char *fact, const char *shipped,
                             const char *expected, AssayClass class_, const char *rule);

#endif
