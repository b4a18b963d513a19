#ifndef ASSAY_JUDGE_POLICY_H
#define ASSAY_JUDGE_POLICY_H

#include "input/policy.h"
#include "judge/judge.h"
#include "judge/rule.h"

/** AssayPolicyPin: which digests of an input a pin speaks of. Files of entries have no list of their own: the recipe
 * says which they are. */
typedef enum
{
  ASSAY_POLICY_PIN_SOURCE = 0,
  ASSAY_POLICY_PIN_RECIPE,
  ASSAY_POLICY_PIN_PATCHES,
  ASSAY_POLICY_PIN_INPUTS,
  ASSAY_POLICY_PIN_TOOLCHAIN,
  ASSAY_POLICY_PIN_ENTRIES,
  ASSAY_POLICY_PIN_COUNT,
} AssayPolicyPin;

/**
 * AssayPolicyLayer: one thing that went into a rebuild.
 *
 * @name: as the recipe has it; borrowed
 * @in_recipe: the recipe gives its SHA-256, so that whoever pins the recipe pins it
 * @is_commit: the recipe gives the full name of a git commit, so that nothing else can be meant; it is no SHA-256, and
 *   authenticates nothing by itself
 */
typedef struct
{
  AssayPolicyPin pin;
  const char *name;
  gboolean in_recipe;
  gboolean is_commit;
} AssayPolicyLayer;

/** AssayPolicyUnread: a file of the delivery or of the toolchain; @path: borrowed. */
typedef struct
{
  const char *path;
  AssayDigest sha256;
} AssayPolicyUnread;

/**
 * AssayPolicyInput: one recipe and what it was built from, as the policy pins these. Digests as in the report.
 *
 * @recipe: @source: @patches: @inputs: @toolchain: (element-type AssayDigest): an empty toolchain is this machine's
 * @unread: (element-type AssayPolicyUnread) (nullable): files of these that could not be looked into
 * @layers: (element-type AssayPolicyLayer) (nullable): all that these digests are of but the recipe; NULL where nothing
 *   is known of that
 */
typedef struct
{
  const char *product;
  GArray *recipe;
  GArray *source;
  GArray *patches;
  GArray *inputs;
  GArray *toolchain;
  GArray *layers;
  GArray *unread;
} AssayPolicyInput;

void assay_policy_input_free (AssayPolicyInput *input);

/**
 * AssayPolicyCase: what a policy is held against.
 *
 * @scope: (nullable): granted, NULL-terminated
 * @inputs: (element-type AssayPolicyInput): empty where nothing was rebuilt
 * @expected: where the expected side came from
 * @rebuilds: how many rebuilds stand behind it
 * @unseen: whether something of a directory stayed unseen (unpack/filesystem.h)
 * @time_s: (where @has_time) the moment that the policy is held at, seconds since 1970: an input, and no clock
 * @judged_s: (where @was_timed) the moment that the image was judged at, by whoever judged it
 */
typedef struct
{
  const AssayPolicy *policy;
  const AssayAccount *account;
  char *const *scope;
  const AssayJudgement *judgement;
  const GPtrArray *inputs;
  AssayPolicyExpected expected;
  guint64 rebuilds;
  gboolean cached;
  gboolean unseen;
  gboolean has_time;
  gint64 time_s;
  gboolean was_timed;
  gint64 judged_s;
} AssayPolicyCase;

/**
 * assay_policy_judge:
 * @rules: of the same policy; the rules are added to these
 *
 * Asks each rule of the policy, those that it leaves out and that hold by default among them. A pure function. A pin
 * holds when the set of digests over all recipes is exactly the policy's. Pins of source, patches, inputs or toolchain
 * without one of the recipe fail, whatever was used.
 */
void assay_policy_judge (const AssayPolicyCase *policy_case, AssayPolicyRules *rules);

/**
 * assay_policy_notes:
 *
 * What whoever keeps the policy should know and what fails nothing: lines of `waive` and `blobs` that nobody needed,
 * that have expired, that are too broad, or that did not hold where they would have been needed.
 *
 * Returns: (transfer full) (element-type utf8): one sentence each, with the policy's file and line
 */
GPtrArray *assay_policy_notes (const AssayPolicy *policy, const AssayAccount *account);

/** assay_policy_glob_is_broad: whether a glob of node paths names nothing by name: all of it is `*`, `?` and `/`. */
gboolean assay_policy_glob_is_broad (const char *glob);

/** assay_policy_waiver_is_broad: whether a waiver names no file by name, and is not of a section as small as a build id
 * (64 bytes), which every file of a release may have. */
gboolean assay_policy_waiver_is_broad (const AssayPolicyWaiver *waiver);

/** assay_policy_lets_unread: whether a line of `unread` names the digest of a file. @policy: (nullable) */
gboolean assay_policy_lets_unread (const AssayPolicy *policy, const AssayDigest *sha256);

/** assay_policy_pin_holds: whether the inputs' digests are exactly @pinned, and those that a recipe does not give
 * itself stand there in its order; FALSE where nothing is pinned (NULL) or used. */
gboolean assay_policy_pin_holds (const GArray *pinned, const GPtrArray *inputs, AssayPolicyPin pin);

/** AssayPolicyHeld: which lists of `pin` hold, each asked once for all inputs: assay_policy_pin_holds(). */
typedef struct
{
  gboolean pin[ASSAY_POLICY_PIN_COUNT];
} AssayPolicyHeld;

/** assay_policy_hold_pins: @policy: (nullable): without one nothing holds */
AssayPolicyHeld assay_policy_hold_pins (const AssayPolicy *policy, const GPtrArray *inputs);

/** assay_policy_binds: whether the policy says what a layer of one of the inputs must hold: by a list of `pin` that
 * holds, or by pinning a recipe that gives the layer's digest. */
gboolean assay_policy_binds (const AssayPolicyHeld *held, const AssayPolicyLayer *layer);

/**
 * assay_policy_authenticates:
 * @input: (nullable): one of those that were held
 * @what: recipe; source, which here means patches and inputs too; or toolchain
 *
 * Whether a policy says all that an input of a rebuild was (T19): of the source the recipe as well, whose steps go in
 * too, and where there is no layer at all there is nothing to say.
 */
gboolean assay_policy_authenticates (const AssayPolicyHeld *held, const AssayPolicyInput *input, AssayPolicyPin what);

#endif
