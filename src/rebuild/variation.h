#ifndef ASSAY_REBUILD_VARIATION_H
#define ASSAY_REBUILD_VARIATION_H

#include "input/recipe.h"
#include "rebuild/workspace.h"

/**
 * AssayVariation: what can be made another thing in a second rebuild (reprotest's list of variations, as far as the
 * sandbox lets us have it).
 *
 * @ASSAY_VARIATION_PATH: where the source lies
 * @ASSAY_VARIATION_PARALLELISM: processors that may be used, and $JOBS
 * @ASSAY_VARIATION_ORDER: in which order directories list what they hold
 * @ASSAY_VARIATION_ADDRESS_SPACE: whether addresses are laid out at random
 * @ASSAY_VARIATION_TIME: the time of day, by libfaketime. What it does not reach sees the clock, which goes on
 * @ASSAY_VARIATION_COUNT: how many there are
 */
typedef enum
{
  ASSAY_VARIATION_PATH = 0,
  ASSAY_VARIATION_TIME,
  ASSAY_VARIATION_ORDER,
  ASSAY_VARIATION_PARALLELISM,
  ASSAY_VARIATION_HOST,
  ASSAY_VARIATION_USER,
  ASSAY_VARIATION_LOCALE,
  ASSAY_VARIATION_TIME_ZONE,
  ASSAY_VARIATION_UMASK,
  ASSAY_VARIATION_TEMPORARY,
  ASSAY_VARIATION_ADDRESS_SPACE,
  ASSAY_VARIATION_COUNT,
} AssayVariation;

/** A set of variations: bit N for number N. */
#define ASSAY_VARIATION_BIT(variation) (1u << (guint)(variation))
#define ASSAY_VARIATION_ALL (ASSAY_VARIATION_BIT (ASSAY_VARIATION_COUNT) - 1u)

/** assay_variation_name: as reports have it: "path", "time", "order", "parallelism", "host", "user", "locale",
 * "time-zone", "umask", "temporary-directory", "address-space". */
const char *assay_variation_name (AssayVariation variation);

/**
 * AssayVariationOutcome: what became of one variation that was asked for.
 *
 * @varied: whether the rebuild had it
 * @detail: what was what, "/build/x and /build/elsewhere/x", or why it could not be
 */
typedef struct
{
  AssayVariation variation;
  gboolean varied;
  char *detail;
} AssayVariationOutcome;

/**
 * AssayClock: what a rebuild is told of the time.
 *
 * @ASSAY_CLOCK_PLAIN: what is so
 * @ASSAY_CLOCK_STOPPED: by libfaketime, one and the same moment all the time, also as the time of every file: so two
 * rebuilds at different times cannot see that they are
 */
typedef enum
{
  ASSAY_CLOCK_PLAIN = 0,
  ASSAY_CLOCK_STOPPED,
} AssayClock;

/**
 * AssayVaried: how one rebuild is another than the first.
 *
 * @recipe: with the path and the environment of this rebuild; all else is borrowed from the recipe that it was made of
 * @outcomes: (element-type AssayVariationOutcome): of each variation that was asked for
 * @set: those that it has
 * @jobs: what $JOBS is
 * @locale: (where the rebuild has another) its name; @time_library: path of libfaketime inside, where that takes
 * @clock: as it is in fact: of what was asked for only where libfaketime takes
 */
typedef struct
{
  AssayRecipe recipe;
  const AssayRecipe *original;
  GPtrArray *outcomes;
  guint set; /* of ASSAY_VARIATION_BIT */
  guint jobs;
  char *locale;
  char *time_library;
  AssayClock clock;
} AssayVaried;

/**
 * assay_varied_new:
 * @jobs: what $JOBS is in the first rebuild
 *
 * What follows from the recipe and from this machine; the rest is found out by assay_varied_probe().
 */
AssayVaried *assay_varied_new (const AssayRecipe *recipe, guint wanted, guint jobs);
void assay_varied_free (AssayVaried *varied);

/** assay_varied_is: whether the rebuild has a variation. */
gboolean assay_varied_is (const AssayVaried *varied, AssayVariation variation);

/** assay_varied_drop: the rebuild is as the first one in that after all. @why: (transfer full) */
void assay_varied_drop (AssayVaried *varied, AssayVariation variation, char *why);

/** assay_varied_settle: notes that the rebuild has a variation. @detail: (transfer full) */
void assay_varied_settle (AssayVaried *varied, AssayVariation variation, char *detail);

/**
 * assay_varied_probe:
 * @mounts: of assay_mounts_unpack()
 *
 * Before the first step: finds out in the sandbox what of the variations takes, and makes what they need. What does not
 * take is dropped.
 *
 * Errors: those of the sandbox, but for a disorderfs that does not mount.
 */
gboolean assay_varied_probe (AssayVaried *varied, AssayWorkspace *workspace, const GPtrArray *mounts, gboolean has_tree,
                             AssayClock clock, GError **error);

/** assay_varied_outside: (transfer full): the path as it is without the variation, of one that starts at the build
 * tree, so that both rebuilds call one output the same. */
char *assay_varied_outside (const AssayVaried *varied, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayVaried, assay_varied_free)

#endif
