#ifndef ASSAY_INPUT_POLICY_H
#define ASSAY_INPUT_POLICY_H

#include "crypto/signature.h"

#include <assay/digest.h>
#include <assay/verdict.h>
#include <glib.h>

/*
 * A policy (contract.md, "The policy, YAML") as read and checked, without having been applied to anything. It is the
 * one file besides the command line that grants (trust.md): scope, waivers, keys, blobs. Line numbers count from 1, and
 * say where in the file each entry stands.
 */

/** AssayPolicyExpected: where the expected side must come from; the values of `expected.kind` in the report. */
typedef enum
{
  ASSAY_POLICY_EXPECTED_UNKNOWN = 0,
  ASSAY_POLICY_EXPECTED_REBUILD,
  ASSAY_POLICY_EXPECTED_REFERENCE,
  ASSAY_POLICY_EXPECTED_PATH,
} AssayPolicyExpected;

/**
 * AssayPolicyPins: who the inputs must be.
 *
 * @product: as the recipe says it; NULL when not pinned
 * @source: @recipe: @patches: @inputs: @toolchain: (element-type AssayDigest): the exact set, without duplicates; NULL
 *   when not pinned. Empty, which only the last three can be, means that there must be none (no toolchain: this
 *   machine's).
 * @line: of `pin`; 0 when there is none
 */
typedef struct
{
  char *product;
  GArray *source;
  GArray *recipe;
  GArray *patches;
  GArray *inputs;
  GArray *toolchain;
  int line;
} AssayPolicyPins;

/** AssayPolicyCount: a maximum that holds where @is_set. */
typedef struct
{
  gboolean is_set;
  guint64 maximum;
} AssayPolicyCount;

/** AssayPolicyPlace: where something stands in the file, both from 1. */
typedef struct
{
  int line;
  int column;
} AssayPolicyPlace;

/** AssayForbidden: what a policy may forbid, in the order of the table of names (assay_forbidden_name()). */
typedef enum
{
  ASSAY_FORBIDDEN_SET_ID = 0,       /* files that run as their owner or group */
  ASSAY_FORBIDDEN_CAPABILITIES,     /* files that run with capabilities */
  ASSAY_FORBIDDEN_WRITABLE_CODE,    /* memory of a program that is writable and executable */
  ASSAY_FORBIDDEN_EXECUTABLE_STACK, /* programs whose stack is, or may be, executable */
  ASSAY_FORBIDDEN_DEBUG,            /* debug information */
  ASSAY_FORBIDDEN_SYMBOLS,          /* linked programs that were not stripped */
  ASSAY_FORBIDDEN_ADDED,            /* files that the rebuild does not have, whatever accepts them */
  ASSAY_FORBIDDEN_COUNT,
} AssayForbidden;

/** assay_forbidden_name: the key of `forbid`, as "set-id". */
const char *assay_forbidden_name (AssayForbidden what);

/**
 * AssayPolicyForbid: one key of `forbid`.
 *
 * @is_set: whether it is forbidden
 * @except: node paths or globs of what may be so all the same, NULL-terminated; NULL: none
 */
typedef struct
{
  gboolean is_set;
  char **except;
} AssayPolicyForbid;

/**
 * AssayPolicyRequire: what a pass needs.
 *
 * @verdict: the least that passes (identical > equivalent > waived); left out: equivalent
 * @expected: left out: rebuild
 * @rebuilds: how many rebuilds at least; 0 when left out
 * @origin_known: no part of origin `unknown` (T16)
 * @unexplained: @outside: @unreproducible: bytes of that class at most
 * @rules: the only rules that may explain, NULL-terminated, names as in the report; NULL when any may. Whether there is
 *   a rule of such a name is not looked at here
 * @rule_places: (element-type AssayPolicyPlace): where each of them stands; NULL with @rules
 * @allow_recompressed: @allow_cached: whether these may be; left out: yes
 * @allow_unseen: whether something of a directory may have stayed unseen because the user who judged may not see it;
 * left out: yes
 * @line: of `require`; 0 when there is none
 */
typedef struct
{
  AssayVerdict verdict;
  AssayPolicyExpected expected;
  guint64 rebuilds;
  gboolean origin_known;
  AssayPolicyCount unexplained;
  AssayPolicyCount outside;
  AssayPolicyCount unreproducible;
  char **rules;
  GArray *rule_places;
  gboolean allow_recompressed;
  gboolean allow_cached;
  gboolean allow_unseen;
  int line;
} AssayPolicyRequire;

/** AssayWaiverKind: what of a node a waiver speaks of. */
typedef enum
{
  ASSAY_WAIVER_UNKNOWN = 0,
  ASSAY_WAIVER_NODE,    /* all its bytes, no fact */
  ASSAY_WAIVER_SECTION, /* the bytes of section @name */
  ASSAY_WAIVER_SYMBOL,  /* the bytes of symbol @name */
  ASSAY_WAIVER_BYTES,   /* [@offset, @offset + @length) */
  ASSAY_WAIVER_FACT,    /* the fact @name, no byte */
} AssayWaiverKind;

/**
 * AssayPolicyWaiver: one entry of `waive`.
 *
 * @path: node path or glob
 * @name: of the section, symbol or fact; else NULL
 * @offset: @length: of @ASSAY_WAIVER_BYTES, in bytes; @length is never 0 there, and the end below 2^63
 * @max_size: more bytes than this the waiver does not cover; never 0 with a section (T13); else 0 is "not stated"
 * @expires: (where @has_expires) seconds since 1970 of the first moment, in UTC, at which it no longer holds: the day
 * that the policy names is already too late
 * @allow_code: it may cover executable bytes, headers and added files; then @has_sha256
 * @sha256: (where @has_sha256) of the shipped node, which must be this one
 */
typedef struct
{
  AssayWaiverKind kind;
  char *path;
  char *name;
  guint64 offset;
  guint64 length;
  guint64 max_size;
  char *reason;
  char *owner;
  gboolean has_expires;
  gint64 expires;
  gboolean allow_code;
  gboolean has_sha256;
  AssayDigest sha256;
  int line;
} AssayPolicyWaiver;

/** AssayPolicyBlob: one entry of `blobs`: shipped nodes (@path: node path or glob) without source, accepted by digest
 * (T16). */
typedef struct
{
  char *path;
  AssayDigest sha256;
  char *reason;
  int line;
} AssayPolicyBlob;

/**
 * AssayPolicySignature: one entry of `signatures` (T11).
 *
 * @slot: name of a range of the layout, `#module-signature`, `#bundle-signature`, the path of a signature's node in a
 * FIT, or the node path of a detached signature; the last two may be globs
 * @path: node path or glob of the container that the slot lies in; NULL: any. Each slot and path stand once
 * @covers: what is signed, NULL-terminated: ranges of the layout, `*` for all but the slot, `#module`,
 *   `#bundle`, `#fit-configuration`, `#fit-image`, or the name of the file beside a detached signature
 * @zeroed: those of @covers that were zeros when it was signed; NULL where none was
 * @max_size: bytes that a signature may have in it; never 0
 * @given: the key files as the policy has them, NULL-terminated, at least one; @keys: resolved against the policy's
 *   directory, not yet opened. Where there are several, any of them may have signed
 * @scheme: one of crypto/signature.h or crypto/cms.h; interned
 * @encoding: of the signature
 * @index: range that holds the number of the key that signed; NULL where none does
 * @index_from: number of the first key
 * @mask: range whose bits say which keys signed together; NULL but for joint schemes; @threshold: how many at least
 * @signer_version: @key_name: what unsigned properties of a FIT's signature must be; NULL: they may not be there
 */
typedef struct
{
  char *slot;
  char *path;
  char **covers;
  char **zeroed;
  guint64 max_size;
  char **given;
  char **keys;
  const char *scheme;
  AssaySignatureEncoding encoding;
  char *index;
  guint64 index_from;
  char *mask;
  guint64 threshold;
  char *signer_version;
  char *key_name;
  int line;
} AssayPolicySignature;

/**
 * AssayPolicyParty: one that counts once, whatever the number of its keys (T22).
 *
 * @given: @keys: as of a signature, NULL-terminated, in the same order; NULL where there are none. No file stands twice
 *   in a policy, but two files may hold one key: that shows when they are read
 * @given_roots: @roots: likewise: certificates of authorities, whose certificates sign for the party. There are keys,
 *   or roots, or both
 * @given_crls: @crls: likewise: what the authorities revoked; only where there are @roots
 */
typedef struct
{
  char *name;
  char **given;
  char **keys;
  char **given_roots;
  char **roots;
  char **given_crls;
  char **crls;
  int line;
} AssayPolicyParty;

/**
 * AssayPolicyTimeStamps: whose time stamps of signatures count (RFC 3161).
 *
 * @given: @authorities: as the keys of a signature, NULL-terminated, in the same order: files with roots; NULL when
 * left out
 * @given_crls: @crls: files with lists of what they revoked, likewise
 * @required: a signature without one does not count
 */
typedef struct
{
  char **given;
  char **authorities;
  char **given_crls;
  char **crls;
  gboolean required;
} AssayPolicyTimeStamps;

/** AssayPolicyAttestations: @threshold of @parties (element-type AssayPolicyParty) must agree; @line 0 and threshold 0
 * when left out. @imported: statements count that somebody signed who did not judge (T20). */
typedef struct
{
  guint64 threshold;
  gboolean imported;
  GPtrArray *parties;
  AssayPolicyTimeStamps time_stamps;
  int line;
} AssayPolicyAttestations;

/**
 * AssayPolicy:
 * @file: as given, for messages; @directory: absolute; relative paths in it start here
 * @sha256: of the file's bytes
 * @places: (element-type utf8 AssayPolicyPlace): where each key and entry stands: assay_policy_place()
 * @has_expires: @expires: seconds since 1970 of the first moment, in UTC, at which the policy holds no more
 * @max_age_s: how long before the moment of the gate the report may have been made, in seconds; 0: any time
 * @forbid: what must not be there
 * @scope: globs, NULL-terminated; NULL when left out, which is the whole image
 * @unread: (element-type AssayDigest) (nullable): files of delivery and toolchain that may stay unread (T16)
 * @waive: (element-type AssayPolicyWaiver); @blobs: (element-type AssayPolicyBlob); @signatures: (element-type
 *   AssayPolicySignature): in the order of the file; never NULL
 */
typedef struct
{
  char *file;
  char *directory;
  AssayDigest sha256;
  GHashTable *places;
  gboolean has_expires;
  gint64 expires;
  guint64 max_age_s;
  AssayPolicyPins pin;
  char **scope;
  AssayPolicyRequire require;
  AssayPolicyForbid forbid[ASSAY_FORBIDDEN_COUNT];
  GArray *unread;
  GPtrArray *waive;
  GPtrArray *blobs;
  GPtrArray *signatures;
  AssayPolicyAttestations attestations;
} AssayPolicy;

/**
 * assay_policy_load:
 *
 * Reads and checks a policy. No file is opened but the policy itself.
 *
 * Errors: as assay_recipe_load(): ASSAY_ERROR_USAGE "FILE:LINE:COLUMN: what is wrong, what was expected".
 */
AssayPolicy *assay_policy_load (const char *path, GError **error);

/** assay_policy_parse: as assay_policy_load() for bytes that lie in memory; @file is how messages call them, and where
 * relative paths start. */
AssayPolicy *assay_policy_parse (const char *file, GBytes *bytes, GError **error);

/**
 * assay_policy_place:
 * @key: as "require.verdict" or "waive[0].path", entries counted from 0
 *
 * Where a key or entry begins; of one that the policy leaves out, the nearest one around it that is there, as
 * `require`; zeros where there is none. assay_policy_says(): whether it is there itself.
 */
AssayPolicyPlace assay_policy_place (const AssayPolicy *policy, const char *key);
gboolean assay_policy_says (const AssayPolicy *policy, const char *key);

/** assay_policy_forbids: whether anything is forbidden. */
gboolean assay_policy_forbids (const AssayPolicy *policy);

void assay_policy_free (AssayPolicy *policy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayPolicy, assay_policy_free)

#endif
