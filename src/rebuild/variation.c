#include "rebuild/variation.h"

#include "cage/deviation.h"
#include "rebuild/sandbox.h"

#include <string.h>

static const char *const names[ASSAY_VARIATION_COUNT] = {
  [ASSAY_VARIATION_PATH] = "path",
  [ASSAY_VARIATION_TIME] = "time",
  [ASSAY_VARIATION_ORDER] = "order",
  [ASSAY_VARIATION_PARALLELISM] = "parallelism",
  [ASSAY_VARIATION_HOST] = "host",
  [ASSAY_VARIATION_USER] = "user",
  [ASSAY_VARIATION_LOCALE] = "locale",
  [ASSAY_VARIATION_TIME_ZONE] = "time-zone",
  [ASSAY_VARIATION_UMASK] = "umask",
  [ASSAY_VARIATION_TEMPORARY] = "temporary-directory",
  [ASSAY_VARIATION_ADDRESS_SPACE] = "address-space",
};

/* Variables of the environment that a variation sets: where the recipe sets one, it means what it says. */
static const struct
{
  AssayVariation variation;
  const char *variable;
} variables[] = {
  { ASSAY_VARIATION_TIME, "LD_PRELOAD" }, { ASSAY_VARIATION_TIME, "FAKETIME" },    { ASSAY_VARIATION_USER, "USER" },
  { ASSAY_VARIATION_USER, "LOGNAME" },    { ASSAY_VARIATION_USER, "HOME" },        { ASSAY_VARIATION_LOCALE, "LC_ALL" },
  { ASSAY_VARIATION_TIME_ZONE, "TZ" },    { ASSAY_VARIATION_TEMPORARY, "TMPDIR" },
};

const char *
assay_variation_name (AssayVariation variation)
{
  return names[variation];
}

static void
outcome_free (gpointer data)
{
  AssayVariationOutcome *outcome = data;
  g_free (outcome->detail);
  g_free (outcome);
}

static AssayVariationOutcome *
find_outcome (const AssayVaried *varied, AssayVariation variation)
{
  for (guint i = 0; i < varied->outcomes->len; i++)
    {
      AssayVariationOutcome *outcome = g_ptr_array_index (varied->outcomes, i);
      if (outcome->variation == variation)
        return outcome;
    }
  return NULL;
}

gboolean
assay_varied_is (const AssayVaried *varied, AssayVariation variation)
{
  return (varied->set & ASSAY_VARIATION_BIT (variation)) != 0;
}

static void
say (AssayVaried *varied, AssayVariation variation, gboolean is, char *detail)
{
  AssayVariationOutcome *outcome = find_outcome (varied, variation);
  guint bit = ASSAY_VARIATION_BIT (variation);
  g_autofree char *text = detail;
  varied->set = is ? varied->set | bit : varied->set & ~bit;
  if (outcome == NULL)
    return;
  outcome->varied = is;
  g_free (outcome->detail);
  outcome->detail = g_steal_pointer (&text);
}

void
assay_varied_drop (AssayVaried *varied, AssayVariation variation, char *why)
{
  say (varied, variation, FALSE, why);
}

void
assay_varied_settle (AssayVaried *varied, AssayVariation variation, char *detail)
{
  say (varied, variation, TRUE, detail);
}

/* A step or variable that names where the source lies means that place, and would not find it at another. */
static gboolean
names_the_path (const AssayRecipe *recipe)
{
  GHashTableIter iterator;
  gpointer value;
  for (guint i = 0; i < recipe->steps->len; i++)
    if (strstr (g_ptr_array_index (recipe->steps, i), recipe->path) != NULL)
      return TRUE;
  g_hash_table_iter_init (&iterator, recipe->environment);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    if (strstr (value, recipe->path) != NULL)
      return TRUE;
  return FALSE;
}

/* A layer of the toolchain that lies in the build tree stays where it is, and would not be found either. */
static gboolean
has_layer_in_build (const AssayRecipe *recipe)
{
  for (guint i = 0; i < recipe->toolchain->len; i++)
    {
      const AssayRecipeLayer *layer = g_ptr_array_index (recipe->toolchain, i);
      if (layer->into != NULL && g_str_has_prefix (layer->into, "/build"))
        return TRUE;
    }
  return FALSE;
}

static void
vary_path (AssayVaried *varied)
{
  const AssayRecipe *original = varied->original;
  if (has_layer_in_build (original))
    {
      assay_varied_drop (varied, ASSAY_VARIATION_PATH, g_strdup ("a layer of the toolchain lies beneath /build"));
      return;
    }
  if (names_the_path (original))
    {
      assay_varied_drop (varied, ASSAY_VARIATION_PATH,
                         g_strdup_printf ("a step or variable of the recipe names %s", original->path));
      return;
    }
  varied->recipe.path = g_strconcat (ASSAY_SANDBOX_OTHER_ROOT, original->path + strlen ("/build"), NULL);
  assay_varied_settle (varied, ASSAY_VARIATION_PATH,
                       g_strdup_printf ("%s and %s", original->path, varied->recipe.path));
}

static void
vary_parallelism (AssayVaried *varied, guint jobs)
{
  guint processors = assay_cage_count_processors ();
  varied->jobs = jobs > 1 ? jobs - 1 : 2;
  assay_varied_settle (varied, ASSAY_VARIATION_PARALLELISM,
                       processors > 1 ? g_strdup_printf ("%u jobs on %u processors, and %u on %u", jobs, processors,
                                                         varied->jobs, processors - 1)
                                      : g_strdup_printf ("%u and %u jobs; there is one processor", jobs, varied->jobs));
}

/* What needs no look at the sandbox. */
static void
vary_rest (AssayVaried *varied)
{
  const char *disorder = assay_cage_why_not_disordered ();
  if (varied->original->run_as_root)
    assay_varied_drop (varied, ASSAY_VARIATION_USER, g_strdup ("the recipe runs as root, who is one"));
  else
    assay_varied_settle (varied, ASSAY_VARIATION_USER,
                         g_strdup_printf ("%s (%u) and %s (%u)", ASSAY_CAGE_USER_NAME, ASSAY_CAGE_USER_NUMBER,
                                          ASSAY_SANDBOX_OTHER_USER, ASSAY_SANDBOX_OTHER_NUMBER));
  if (disorder != NULL)
    assay_varied_drop (varied, ASSAY_VARIATION_ORDER, g_strdup (disorder));
  else
    assay_varied_settle (varied, ASSAY_VARIATION_ORDER, g_strdup ("as the file system has it, and in reverse"));
  if (assay_cage_has_plain_addresses ())
    assay_varied_settle (varied, ASSAY_VARIATION_ADDRESS_SPACE, g_strdup ("at random, and always the same"));
  else
    assay_varied_drop (varied, ASSAY_VARIATION_ADDRESS_SPACE, g_strdup ("this machine does not let us fix addresses"));
  assay_varied_settle (varied, ASSAY_VARIATION_HOST,
                       g_strdup_printf ("%s and %s", ASSAY_CAGE_HOST_NAME, ASSAY_SANDBOX_OTHER_HOST));
  assay_varied_settle (varied, ASSAY_VARIATION_UMASK,
                       g_strdup_printf ("%03o and %03o", (guint)ASSAY_CAGE_UMASK, (guint)ASSAY_SANDBOX_OTHER_UMASK));
  assay_varied_settle (varied, ASSAY_VARIATION_TIME_ZONE, g_strdup_printf ("UTC and %s", ASSAY_SANDBOX_OTHER_ZONE));
  assay_varied_settle (varied, ASSAY_VARIATION_TEMPORARY,
                       g_strdup_printf ("/tmp and %s", ASSAY_SANDBOX_OTHER_TEMPORARY));
}

AssayVaried *
assay_varied_new (const AssayRecipe *recipe, guint wanted, guint jobs)
{
  AssayVaried *varied = g_new0 (AssayVaried, 1);
  varied->original = recipe;
  varied->recipe = *recipe;
  varied->jobs = jobs;
  varied->outcomes = g_ptr_array_new_with_free_func (outcome_free);
  for (guint i = 0; i < ASSAY_VARIATION_COUNT; i++)
    if ((wanted & ASSAY_VARIATION_BIT (i)) != 0)
      {
        AssayVariationOutcome *outcome = g_new0 (AssayVariationOutcome, 1);
        outcome->variation = (AssayVariation)i;
        g_ptr_array_add (varied->outcomes, outcome);
      }
  if ((wanted & ASSAY_VARIATION_BIT (ASSAY_VARIATION_PATH)) != 0)
    vary_path (varied);
  if ((wanted & ASSAY_VARIATION_BIT (ASSAY_VARIATION_PARALLELISM)) != 0)
    vary_parallelism (varied, jobs);
  vary_rest (varied);
  varied->set |= wanted & (ASSAY_VARIATION_BIT (ASSAY_VARIATION_LOCALE) | ASSAY_VARIATION_BIT (ASSAY_VARIATION_TIME));
  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++)
    if (g_hash_table_contains (recipe->environment, variables[i].variable))
      assay_varied_drop (varied, variables[i].variation, g_strdup_printf ("the recipe sets %s", variables[i].variable));
  varied->set &= wanted;
  return varied;
}

void
assay_varied_free (AssayVaried *varied)
{
  if (varied == NULL)
    return;
  if (varied->recipe.path != varied->original->path)
    g_free (varied->recipe.path);
  g_ptr_array_unref (varied->outcomes);
  g_free (varied->locale);
  g_free (varied->time_library);
  g_free (varied);
}

char *
assay_varied_outside (const AssayVaried *varied, const char *path)
{
  const char *added = ASSAY_SANDBOX_OTHER_ROOT + strlen ("/build/");
  gsize length = strlen (added);
  if (varied->recipe.path == varied->original->path || strncmp (path, added, length) != 0)
    return g_strdup (path);
  if (path[length] == '\0')
    return g_strdup (".");
  return g_strdup (path[length] == '/' ? path + length + 1 : path);
}
