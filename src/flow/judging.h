#ifndef ASSAY_FLOW_JUDGING_H
#define ASSAY_FLOW_JUDGING_H

#include "account/rules/signature.h"
#include "flow/flow.h"
#include "flow/image.h"
#include "input/recipe.h"
#include "judge/policy.h"
#include "rebuild/rebuild.h"

/**
 * AssayComponent: one recipe, what its rebuild left, and how it went.
 *
 * @path: of the recipe, as given; @name: where there are several: one of its own; else NULL
 * @options: of its rebuild, with what is allowed to it; once it was begun. Borrowed by what it made
 * @trouble: why @rebuild is NULL, and @second_trouble why @second is: until somebody takes it
 * @made: (element-type AssayMade): its outputs; @expectations: (element-type AssayExpectation): for each of these what
 * it stands for; borrowed
 * @notes: (element-type utf8): assay_flow_result_list_notes()
 * @took_s: seconds that its rebuild took, for how long others like it may take
 * @second: of a second rebuild; NULL where there was none; @has_second: whether that made all outputs too
 * @time: the SOURCE_DATE_EPOCH that the image gave it, or NULL; @replaced_time: what the recipe had instead, or NULL;
 * @time_source: where in the image it was found
 */
typedef struct
{
  char *path;
  char *name;
  AssayRecipe *recipe;
  GArray *digests; /* AssayInputDigest */
  AssayRecipeLimits allowed;
  AssayRebuildOptions options;
  GError *trouble;
  GError *second_trouble;
  AssayRebuild *rebuild;
  gboolean failed;
  GPtrArray *made;
  GPtrArray *expectations;
  AssayDigest outputs_sha256;
  guint64 took_s;
  GPtrArray *notes;
  AssayRebuild *second;
  gboolean has_second;
  AssayDigest second_sha256;
  char *time;
  char *replaced_time;
  char *time_source;
} AssayComponent;

/** AssaySymbolIndex: where names for stripped files and flat images are found; what it holds is symbols.c's. */
typedef struct AssaySymbolIndex AssaySymbolIndex;

struct _AssayFlowResult
{
  const AssayFlowOptions *options;
  AssayImage *image;
  AssayImage *expected;    /* of compare, else NULL */
  GPtrArray *components;   /* AssayComponent, of verify */
  GPtrArray *expectations; /* AssayExpectation */
  GPtrArray *failures;     /* utf8 */
  GPtrArray *ambiguous;    /* utf8: found before pairing */
  gboolean expected_incomplete;
  AssayCache *cache;         /* or NULL */
  AssaySecret *secret;       /* that directories of rebuilds are authenticated by; or NULL */
  GPtrArray *notes;          /* utf8: of no component */
  AssayPolicy *policy;       /* or NULL */
  GPtrArray *slots;          /* AssaySlot */
  GPtrArray *programs;       /* AssayBlob: ELF files of the rebuilds; NULL until somebody asks */
  AssaySymbolIndex *symbols; /* of the rebuilds; NULL until somebody asks */
  gboolean slots_refused;    /* by a policy that does not pin the recipe */
  gboolean layout_granted;   /* AssayAccountOptions */
  GPtrArray *entries;        /* AssayFactSupply: of recipes that the policy pins */
  GArray *layout;            /* AssayUnpackLayout, of all recipes, or of the command line */
  AssayLayoutFile *layout_file;
  char **scope;               /* granted, borrowed; NULL: the whole image */
  GPtrArray *policy_inputs;   /* AssayPolicyInput */
  AssayPolicyRules *rules;    /* NULL without a policy */
  GPtrArray *policy_failures; /* utf8; NULL without a policy */
  GPtrArray *policy_notes;    /* utf8; NULL without a policy */
  char *build_time;           /* of all components, where the image gave it; or NULL */
  char *recipe_time;          /* what was replaced by it; or NULL */
  GPtrArray *times_tried;     /* utf8: times of the image at which a rebuild did not match either */
  GHashTable *natures;        /* AssayDigest, of what was judged, to AssayNature: origins.c */
  AssayPairing *pairing;
  AssayAccount *account;
  AssayJudgement *judgement;
  AssayReport report;
};

/** assay_flow_result_new: of nothing yet; the process that starts readers is set aside by then. */
AssayFlowResult *assay_flow_result_new (const AssayFlowOptions *options);

/** assay_component_new: with nothing in it. */
AssayComponent *assay_component_new (void);

/** assay_component_is_cached: whether its rebuild was taken out of the cache. */
gboolean assay_component_is_cached (const AssayComponent *component);

/** assay_component_count_rebuilds: how many rebuilds stand behind it: 0, 1 or 2. */
guint assay_component_count_rebuilds (const AssayComponent *component);

/** assay_component_free: with the build tree. */
void assay_component_free (AssayComponent *component);

/**
 * assay_flow_absorb:
 *
 * Takes an error of a part of the work: makes it a failure of the result, so that the verdict is undecided at best, and
 * returns TRUE; or, if it ends everything (usage, cancelled, internal), passes it on and returns FALSE.
 */
gboolean assay_flow_absorb (AssayFlowResult *result, GError *local, GError **error);

/** assay_flow_judge: unpacks, pairs, accounts, judges and fills in the report. */
gboolean assay_flow_judge (AssayFlowResult *result, GError **error);

/* granting.c: what the policy grants */

/** assay_flow_load_policy: reads policy and keys, and works out the granted scope. */
gboolean assay_flow_load_policy (AssayFlowResult *result, GError **error);

/** assay_flow_check_rule_names: a name in `rules` that no rule has would allow nothing, and whoever wrote it would not
 * know. Errors: ASSAY_ERROR_USAGE with line and column. */
gboolean assay_flow_check_rule_names (const AssayPolicy *policy, GError **error);
/** assay_flow_layout_add: @layout: (element-type AssayUnpackLayout): gets these, of which it borrows the names.
 * @ranges: (element-type AssayRecipeLayout). */
void assay_flow_layout_add (GArray *layout, const GPtrArray *ranges);

/** assay_flow_load_layout: reads the layout that the command line gives, which so is granted. */
gboolean assay_flow_load_layout (AssayFlowResult *result, GError **error);

/** assay_flow_grant: once the recipes' inputs are known: pins, entries and layout. */
void assay_flow_grant (AssayFlowResult *result);

/** assay_flow_unread_of_delivery, assay_flow_unread_of_toolchain: (transfer none) (nullable) (element-type
 * AssayUnread): what could not be looked into of what one recipe was built from; NULL where nothing was built. */
const GPtrArray *assay_flow_unread_of_delivery (const AssayComponent *component);
const GPtrArray *assay_flow_unread_of_toolchain (const AssayComponent *component);

/** assay_flow_note_inputs: what the policy's pins are held against; again after the rebuilds, which find out what a
 * commit holds. */
void assay_flow_note_inputs (AssayFlowResult *result);

/** assay_flow_recipe_is_pinned: whether a policy pins all recipes. */
gboolean assay_flow_recipe_is_pinned (const AssayFlowResult *result);

/** assay_flow_doubt_layout: a layout that neither the command line nor a policy's pin grants leaves the verdict
 * undecided at best. */
void assay_flow_doubt_layout (AssayFlowResult *result);

/** assay_flow_hold_policy: holds the policy against what was found. */
void assay_flow_hold_policy (AssayFlowResult *result);

/* rebuilding.c */

/** assay_flow_rebuild_all: rebuilds all components (flow/building.h). */
void assay_flow_rebuild_all (AssayFlowResult *result);

/** assay_flow_take_rebuild: adds what the rebuild of one component supplies to the expectations. Errors: those of the
 * rebuild, too. */
gboolean assay_flow_take_rebuild (AssayFlowResult *result, AssayComponent *component, GError **error);

/* symbols.c */

/** assay_symbol_index_free: of a result. */
void assay_symbol_index_free (AssaySymbolIndex *index);

/** assay_flow_find_symbols: an AssaySymbolFinder; @data is the AssayFlowResult. */
AssayBlob *assay_flow_find_symbols (const AssayNode *expected, gpointer data);

/** assay_flow_list_programs: an AssayProgramLister; @data is the AssayFlowResult. */
const GPtrArray *assay_flow_list_programs (gpointer data);

/* origins.c */

/** assay_flow_find_origin: an AssayOriginFinder; @data is the AssayFlowResult. */
gboolean assay_flow_find_origin (const AssayNode *shipped, const AssayDigest *sha256, gpointer data,
                                 AssayOriginFinding *out, GError **error);

/** assay_flow_find_unseen: what this process could not see of the directories that it judged; NULL: nothing. */
const char *assay_flow_find_unseen (const AssayFlowResult *result);

/* describe.c: the members of the report that do not come from the account */

json_t *assay_flow_describe_image (const AssayFlowResult *result);
json_t *assay_flow_describe_expected (const AssayFlowResult *result);
/** assay_flow_describe_component: one of them. */
json_t *assay_flow_describe_component (const AssayFlowResult *result, const AssayComponent *component);

json_t *assay_flow_describe_policy (const AssayFlowResult *result);
json_t *assay_flow_describe_options (const AssayFlowResult *result);

#endif
