#include "judge/policy_parts.h"

#include "util/text.h"

#include <string.h>

static gboolean
holds_digest (const GArray *digests, const AssayDigest *wanted)
{
  for (guint i = 0; digests != NULL && i < digests->len; i++)
    if (assay_digest_equal (&g_array_index (digests, AssayDigest, i), wanted))
      return TRUE;
  return FALSE;
}

static const GArray *
digests_of (const AssayPolicyInput *input, AssayPolicyPin pin)
{
  switch (pin)
    {
    case ASSAY_POLICY_PIN_SOURCE:
      return input->source;
    case ASSAY_POLICY_PIN_RECIPE:
      return input->recipe;
    case ASSAY_POLICY_PIN_PATCHES:
      return input->patches;
    case ASSAY_POLICY_PIN_INPUTS:
      return input->inputs;
    case ASSAY_POLICY_PIN_TOOLCHAIN:
      return input->toolchain;
    case ASSAY_POLICY_PIN_ENTRIES:
    case ASSAY_POLICY_PIN_COUNT:
      return NULL;
    }
  return NULL;
}

static gboolean
every_is_in (const GArray *digests, const GArray *set)
{
  for (guint i = 0; digests != NULL && i < digests->len; i++)
    if (!holds_digest (set, &g_array_index (digests, AssayDigest, i)))
      return FALSE;
  return digests != NULL;
}

/* The digests of what a recipe names and says what it must hold, or without saying it, in its order. */
static GArray *
list_digests (const AssayPolicyInput *input, AssayPolicyPin pin, gboolean in_recipe)
{
  const GArray *digests = digests_of (input, pin);
  GArray *open = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  guint place = 0;
  for (guint i = 0; input->layers != NULL && i < input->layers->len; i++)
    {
      const AssayPolicyLayer *layer = &g_array_index (input->layers, AssayPolicyLayer, i);
      if (layer->pin != pin || digests == NULL || place >= digests->len)
        continue;
      const AssayDigest *digest = &g_array_index (digests, AssayDigest, place++);
      if (!layer->in_recipe == !in_recipe)
        g_array_append_val (open, *digest);
    }
  return open;
}

static gboolean
digests_equal (const GArray *one, const GArray *other)
{
  for (guint i = 0; i < one->len && one->len == other->len; i++)
    if (!assay_digest_equal (&g_array_index (one, AssayDigest, i), &g_array_index (other, AssayDigest, i)))
      return FALSE;
  return one->len == other->len;
}

/* Which digest is whose: a recipe says it by digest, and where it does not the pins must, by standing in the order in
 * which the recipe names them. Two layers that change places are another source, and so are those of two recipes: a
 * list does not say which of them is whose, so all that leave something open must leave open the same. */
static gboolean
is_in_order (const GArray *pinned, const GPtrArray *inputs, AssayPolicyPin pin)
{
  g_autoptr (GArray) first = NULL;
  for (guint i = 0; i < inputs->len; i++)
    {
      g_autoptr (GArray) open = list_digests (g_ptr_array_index (inputs, i), pin, FALSE);
      guint next = 0;
      for (guint j = 0; j < open->len; j++)
        {
          while (next < pinned->len
                 && !assay_digest_equal (&g_array_index (pinned, AssayDigest, next),
                                         &g_array_index (open, AssayDigest, j)))
            next++;
          /* the next one stands behind it: of a digest that stands here twice the list, which has each once, does not
           * say where */
          if (next++ == pinned->len)
            return FALSE;
        }
      if (first != NULL && open->len > 0 && !digests_equal (first, open))
        return FALSE;
      if (first == NULL && open->len > 0)
        first = g_steal_pointer (&open);
    }
  return TRUE;
}

/* Whether some recipe says by digest that this is what something must hold. */
static gboolean
is_given (const GPtrArray *inputs, AssayPolicyPin pin, const AssayDigest *digest)
{
  gboolean given = FALSE;
  for (guint i = 0; !given && i < inputs->len; i++)
    {
      g_autoptr (GArray) digests = list_digests (g_ptr_array_index (inputs, i), pin, TRUE);
      given = holds_digest (digests, digest);
    }
  return given;
}

/* Whether the list says what must stand where a recipe leaves it open: in its order, each once, all that no recipe
 * gives itself. Of those that one gives as well some may stand there, so that it must be all of them or none. */
static gboolean
is_certain (const GArray *pinned, const GPtrArray *inputs, AssayPolicyPin pin)
{
  guint needed = 0;
  for (guint i = 0; i < pinned->len; i++)
    needed += !is_given (inputs, pin, &g_array_index (pinned, AssayDigest, i));
  for (guint i = 0; i < inputs->len; i++)
    {
      g_autoptr (GArray) open = list_digests (g_ptr_array_index (inputs, i), pin, FALSE);
      if (open->len > 0 && open->len != needed && open->len != pinned->len)
        return FALSE;
    }
  return TRUE;
}

gboolean
assay_policy_pin_holds (const GArray *pinned, const GPtrArray *inputs, AssayPolicyPin pin)
{
  if (pinned == NULL || inputs->len == 0)
    return FALSE;
  for (guint i = 0; i < inputs->len; i++)
    if (!every_is_in (digests_of (g_ptr_array_index (inputs, i), pin), pinned))
      return FALSE;
  if (!is_in_order (pinned, inputs, pin) || !is_certain (pinned, inputs, pin))
    return FALSE;
  for (guint i = 0; i < pinned->len; i++)
    {
      gboolean used = FALSE;
      for (guint j = 0; !used && j < inputs->len; j++)
        used = holds_digest (digests_of (g_ptr_array_index (inputs, j), pin), &g_array_index (pinned, AssayDigest, i));
      if (!used)
        return FALSE;
    }
  return TRUE;
}

static const GArray *
pinned_of (const AssayPolicyPins *pins, AssayPolicyPin pin)
{
  switch (pin)
    {
    case ASSAY_POLICY_PIN_SOURCE:
      return pins->source;
    case ASSAY_POLICY_PIN_RECIPE:
      return pins->recipe;
    case ASSAY_POLICY_PIN_PATCHES:
      return pins->patches;
    case ASSAY_POLICY_PIN_INPUTS:
      return pins->inputs;
    case ASSAY_POLICY_PIN_TOOLCHAIN:
      return pins->toolchain;
    case ASSAY_POLICY_PIN_ENTRIES:
    case ASSAY_POLICY_PIN_COUNT:
      return NULL;
    }
  return NULL;
}

AssayPolicyHeld
assay_policy_hold_pins (const AssayPolicy *policy, const GPtrArray *inputs)
{
  AssayPolicyHeld held = { { FALSE } };
  for (guint pin = 0; policy != NULL && pin < ASSAY_POLICY_PIN_COUNT; pin++)
    held.pin[pin] = assay_policy_pin_holds (pinned_of (&policy->pin, (AssayPolicyPin)pin), inputs, (AssayPolicyPin)pin);
  return held;
}

gboolean
assay_policy_binds (const AssayPolicyHeld *held, const AssayPolicyLayer *layer)
{
  return held->pin[layer->pin] || (layer->in_recipe && held->pin[ASSAY_POLICY_PIN_RECIPE]);
}

gboolean
assay_policy_authenticates (const AssayPolicyHeld *held, const AssayPolicyInput *input, AssayPolicyPin what)
{
  gboolean toolchain = what == ASSAY_POLICY_PIN_TOOLCHAIN;
  gboolean recipe = held->pin[ASSAY_POLICY_PIN_RECIPE];
  if (what == ASSAY_POLICY_PIN_RECIPE || (!toolchain && !recipe) || input == NULL)
    return what == ASSAY_POLICY_PIN_RECIPE && recipe;
  const GArray *layers = input->layers;
  guint bound = 0;
  for (guint i = 0; layers != NULL && i < layers->len; i++)
    {
      const AssayPolicyLayer *layer = &g_array_index (layers, AssayPolicyLayer, i);
      if ((layer->pin == ASSAY_POLICY_PIN_TOOLCHAIN) != toolchain || layer->pin == ASSAY_POLICY_PIN_ENTRIES)
        continue;
      if (!assay_policy_binds (held, layer))
        return FALSE;
      bound++;
    }
  return bound > 0;
}

/* Whoever pins the recipe means what it builds, and not what somebody put into a place that it names: a source, a
 * patch, an input, a layer whose compiler writes what it likes, or a file that says who owns what. This machine's own
 * toolchain the report calls unauthenticated. */
static void
check_bound (const AssayPolicyCase *policy_case, AssayPolicyRule *rule)
{
  static const struct
  {
    const char *word;
    const char *key;
  } must_be_bound[] = { [ASSAY_POLICY_PIN_SOURCE] = { "source", "source" },
                        [ASSAY_POLICY_PIN_PATCHES] = { "patch", "patches" },
                        [ASSAY_POLICY_PIN_INPUTS] = { "input", "inputs" },
                        [ASSAY_POLICY_PIN_TOOLCHAIN] = { "layer of the toolchain", "toolchain" },
                        [ASSAY_POLICY_PIN_ENTRIES] = { "file of entries", NULL } };
  const GPtrArray *inputs = policy_case->inputs;
  const AssayPolicyHeld held = assay_policy_hold_pins (policy_case->policy, inputs);
  if (!held.pin[ASSAY_POLICY_PIN_RECIPE])
    return;
  for (guint i = 0; i < inputs->len; i++)
    {
      const GArray *layers = ((const AssayPolicyInput *)g_ptr_array_index (inputs, i))->layers;
      for (guint j = 0; layers != NULL && j < layers->len; j++)
        {
          const AssayPolicyLayer *layer = &g_array_index (layers, AssayPolicyLayer, j);
          gboolean is_commit = layer->pin == ASSAY_POLICY_PIN_SOURCE && layer->is_commit;
          if (is_commit || assay_policy_binds (&held, layer))
            continue;
          g_autofree char *name = assay_text_escape_line (layer->name, -1);
          const char *key = must_be_bound[layer->pin].key;
          g_autofree char *list = key == NULL ? g_strdup ("") : g_strdup_printf (", or pin `%s`", key);
          assay_policy_rule_fail (rule,
                                  "the recipe is pinned, but nothing says what its %s %s must hold: give its sha256 "
                                  "in the recipe%s",
                                  must_be_bound[layer->pin].word, name, list);
        }
    }
}

/* A recipe is untrusted input, and its steps can carry the whole program: a source that is pinned and lies unused
 * beside proves nothing. So pins of what is built from mean nothing while nobody pins what builds. */
static void
check_recipe_named (const AssayPolicyPins *pins, AssayPolicyRule *rule)
{
  if (pins->recipe == NULL
      && (pins->source != NULL || pins->patches != NULL || pins->inputs != NULL || pins->toolchain != NULL))
    assay_policy_rule_fail (rule, "`pin` must name the recipe as well: its steps can carry the whole program, and "
                                  "leave aside all else that is pinned");
}

/* How many digests all recipes together used, for whoever asks what was found. */
static guint
count_used (const GPtrArray *inputs, AssayPolicyPin pin)
{
  guint used = 0;
  for (guint i = 0; i < inputs->len; i++)
    {
      const GArray *digests = digests_of (g_ptr_array_index (inputs, i), pin);
      used += digests == NULL ? 0 : digests->len;
    }
  return used;
}

static void
check_list (AssayPolicyRules *rules, const AssayPolicyCase *policy_case, const char *name, AssayPolicyPin pin)
{
  const GArray *pinned = pinned_of (&policy_case->policy->pin, pin);
  g_autofree char *key = g_strconcat ("pin.", name, NULL);
  if (pinned == NULL)
    {
      assay_policy_rule_skip (rules, key, NULL);
      return;
    }
  AssayPolicyRule *rule = assay_policy_rule_ask (rules, key);
  assay_policy_rule_found (rule, "%u %s pinned, %u used, and these are the same", pinned->len,
                           pinned->len == 1 ? "digest is" : "digests are", count_used (policy_case->inputs, pin));
  if (!assay_policy_pin_holds (pinned, policy_case->inputs, pin))
    assay_policy_rule_fail (rule,
                            "the %s that was used is not the one that is pinned, or stands in another order, or in "
                            "several recipes none of which says by digest which is whose",
                            name);
}

static void
check_product (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  const char *pinned = policy_case->policy->pin.product;
  const GPtrArray *inputs = policy_case->inputs;
  gboolean same = inputs->len > 0;
  if (pinned == NULL)
    {
      assay_policy_rule_skip (rules, "pin.product", NULL);
      return;
    }
  AssayPolicyRule *rule = assay_policy_rule_ask (rules, "pin.product");
  for (guint i = 0; i < inputs->len; i++)
    same = same && strcmp (((const AssayPolicyInput *)g_ptr_array_index (inputs, i))->product, pinned) == 0;
  assay_policy_rule_found (rule, "the product is `%s`", pinned);
  if (!same)
    assay_policy_rule_fail (rule, "the product is not `%s`", pinned);
}

void
assay_policy_check_pins (AssayPolicyRules *rules, const AssayPolicyCase *policy_case)
{
  check_product (rules, policy_case);
  check_list (rules, policy_case, "source", ASSAY_POLICY_PIN_SOURCE);
  check_list (rules, policy_case, "recipe", ASSAY_POLICY_PIN_RECIPE);
  check_list (rules, policy_case, "patches", ASSAY_POLICY_PIN_PATCHES);
  check_list (rules, policy_case, "inputs", ASSAY_POLICY_PIN_INPUTS);
  check_list (rules, policy_case, "toolchain", ASSAY_POLICY_PIN_TOOLCHAIN);
  if (!assay_policy_says (policy_case->policy, "pin"))
    {
      assay_policy_rule_skip (rules, "pin", "nothing is pinned: the report calls its inputs unauthenticated");
      return;
    }
  AssayPolicyRule *rule = assay_policy_rule_ask (rules, "pin");
  assay_policy_rule_found (rule, "nothing that goes into the build is left to whoever delivers it");
  check_recipe_named (&policy_case->policy->pin, rule);
  check_bound (policy_case, rule);
  if (policy_case->policy->pin.recipe == NULL && rule->outcome == ASSAY_RULE_HELD)
    assay_policy_rule_found (rule, "no recipe is pinned, and nothing else that goes into the build");
}
