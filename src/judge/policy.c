#include "judge/policy.h"

#include "util/text.h"

#include <stdarg.h>
#include <string.h>

void
assay_policy_input_free (AssayPolicyInput *input)
{
  g_clear_pointer (&input->recipe, g_array_unref);
  g_clear_pointer (&input->source, g_array_unref);
  g_clear_pointer (&input->patches, g_array_unref);
  g_clear_pointer (&input->inputs, g_array_unref);
  g_clear_pointer (&input->toolchain, g_array_unref);
  g_clear_pointer (&input->layers, g_array_unref);
  g_clear_pointer (&input->unread, g_array_unref);
  g_free (input);
}

/** The failures that are found. */
typedef struct
{
  const AssayPolicyCase *policy_case;
  GPtrArray *failures;
} Check;

static void fail (const Check *check, int line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
fail (const Check *check, int line, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  const char *file = check->policy_case->policy->file;
  g_ptr_array_add (check->failures, line > 0 ? g_strdup_printf ("%s:%d: %s", file, line, message)
                                             : g_strdup_printf ("%s: %s", file, message));
}

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

/* The digests of what a recipe names without saying what it must hold, in its order. */
static GArray *
left_open (const AssayPolicyInput *input, AssayPolicyPin pin)
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
      if (!layer->in_recipe)
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
      g_autoptr (GArray) open = left_open (g_ptr_array_index (inputs, i), pin);
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

gboolean
assay_policy_pin_holds (const GArray *pinned, const GPtrArray *inputs, AssayPolicyPin pin)
{
  if (pinned == NULL || inputs->len == 0)
    return FALSE;
  for (guint i = 0; i < inputs->len; i++)
    if (!every_is_in (digests_of (g_ptr_array_index (inputs, i), pin), pinned))
      return FALSE;
  if (!is_in_order (pinned, inputs, pin))
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
    }
  return NULL;
}

gboolean
assay_policy_binds (const AssayPolicy *policy, const GPtrArray *inputs, const AssayPolicyLayer *layer)
{
  return assay_policy_pin_holds (pinned_of (&policy->pin, layer->pin), inputs, layer->pin)
         || (layer->in_recipe && assay_policy_pin_holds (policy->pin.recipe, inputs, ASSAY_POLICY_PIN_RECIPE));
}

gboolean
assay_policy_authenticates (const AssayPolicy *policy, const GPtrArray *inputs, guint index, AssayPolicyPin what)
{
  gboolean toolchain = what == ASSAY_POLICY_PIN_TOOLCHAIN;
  gboolean recipe = policy != NULL && assay_policy_pin_holds (policy->pin.recipe, inputs, ASSAY_POLICY_PIN_RECIPE);
  if (policy == NULL || what == ASSAY_POLICY_PIN_RECIPE || (!toolchain && !recipe) || index >= inputs->len)
    return what == ASSAY_POLICY_PIN_RECIPE && recipe;
  const GArray *layers = ((const AssayPolicyInput *)g_ptr_array_index (inputs, index))->layers;
  guint bound = 0;
  for (guint i = 0; layers != NULL && i < layers->len; i++)
    {
      const AssayPolicyLayer *layer = &g_array_index (layers, AssayPolicyLayer, i);
      if ((layer->pin == ASSAY_POLICY_PIN_TOOLCHAIN) != toolchain)
        continue;
      if (!assay_policy_binds (policy, inputs, layer))
        return FALSE;
      bound++;
    }
  return bound > 0;
}

/* Whoever pins the recipe means what it builds, and not what somebody put into a place that it names: a source, a
 * patch, an input, or a layer whose compiler writes what it likes. This machine's own toolchain the report calls
 * unauthenticated. */
static void
check_bound (const Check *check)
{
  static const struct
  {
    const char *word;
    const char *key;
  } must_be_bound[] = { [ASSAY_POLICY_PIN_SOURCE] = { "source", "source" },
                        [ASSAY_POLICY_PIN_PATCHES] = { "patch", "patches" },
                        [ASSAY_POLICY_PIN_INPUTS] = { "input", "inputs" },
                        [ASSAY_POLICY_PIN_TOOLCHAIN] = { "layer of the toolchain", "toolchain" } };
  const AssayPolicy *policy = check->policy_case->policy;
  const GPtrArray *inputs = check->policy_case->inputs;
  if (!assay_policy_pin_holds (policy->pin.recipe, inputs, ASSAY_POLICY_PIN_RECIPE))
    return;
  for (guint i = 0; i < inputs->len; i++)
    {
      const GArray *layers = ((const AssayPolicyInput *)g_ptr_array_index (inputs, i))->layers;
      for (guint j = 0; layers != NULL && j < layers->len; j++)
        {
          const AssayPolicyLayer *layer = &g_array_index (layers, AssayPolicyLayer, j);
          gboolean is_commit = layer->pin == ASSAY_POLICY_PIN_SOURCE && layer->is_commit;
          if (is_commit || assay_policy_binds (policy, inputs, layer))
            continue;
          g_autofree char *name = assay_text_escape_line (layer->name, -1);
          fail (check, policy->pin.line,
                "the recipe is pinned, but nothing says what its %s %s must hold: give its sha256 in the recipe, or "
                "pin `%s`",
                must_be_bound[layer->pin].word, name, must_be_bound[layer->pin].key);
        }
    }
}

/* A recipe is untrusted input, and its steps can carry the whole program: a source that is pinned and lies unused
 * beside proves nothing. So pins of what is built from mean nothing while nobody pins what builds. */
static void
check_recipe_named (const Check *check)
{
  const AssayPolicyPins *pins = &check->policy_case->policy->pin;
  if (pins->recipe == NULL
      && (pins->source != NULL || pins->patches != NULL || pins->inputs != NULL || pins->toolchain != NULL))
    fail (check, pins->line,
          "`pin` must name the recipe as well: its steps can carry the whole program, and leave aside all else that is "
          "pinned");
}

static void
check_pins (const Check *check)
{
  const AssayPolicyPins *pins = &check->policy_case->policy->pin;
  const GPtrArray *inputs = check->policy_case->inputs;
  const struct
  {
    const GArray *pinned;
    AssayPolicyPin pin;
    const char *name;
  } lists[] = {
    { pins->source, ASSAY_POLICY_PIN_SOURCE, "source" },          { pins->recipe, ASSAY_POLICY_PIN_RECIPE, "recipe" },
    { pins->patches, ASSAY_POLICY_PIN_PATCHES, "patches" },       { pins->inputs, ASSAY_POLICY_PIN_INPUTS, "inputs" },
    { pins->toolchain, ASSAY_POLICY_PIN_TOOLCHAIN, "toolchain" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i].pinned != NULL && !assay_policy_pin_holds (lists[i].pinned, inputs, lists[i].pin))
      fail (check, pins->line,
            "the %s that was used is not the one that is pinned, or stands in another order, or in several recipes "
            "none of which says by digest which is whose",
            lists[i].name);
  gboolean product = pins->product == NULL || inputs->len > 0;
  for (guint i = 0; pins->product != NULL && i < inputs->len; i++)
    product
        = product && strcmp (((const AssayPolicyInput *)g_ptr_array_index (inputs, i))->product, pins->product) == 0;
  if (!product)
    fail (check, pins->line, "the product is not `%s`", pins->product);
}

static void
check_count (const Check *check, const AssayPolicyCount *count, AssayClass class_)
{
  guint64 bytes = check->policy_case->account == NULL ? G_MAXUINT64 : check->policy_case->account->totals[class_];
  if (count->is_set && bytes > count->maximum)
    fail (check, check->policy_case->policy->require.line,
          "more bytes are %s than the %" G_GUINT64_FORMAT " that are allowed", assay_class_name (class_),
          count->maximum);
}

/* Links, devices and empty files have no bytes that could be counted: where nothing may lie outside, none of them does.
 */
static void
check_outside (const Check *check)
{
  const AssayPolicyCount *count = &check->policy_case->policy->require.outside;
  const AssayAccount *account = check->policy_case->account;
  guint entries = 0;
  check_count (check, count, ASSAY_CLASS_OUTSIDE);
  if (!count->is_set || count->maximum > 0 || account == NULL || account->totals[ASSAY_CLASS_OUTSIDE] > 0)
    return;
  for (guint i = 0; i < account->nodes->len; i++)
    entries += !((const AssayNodeAccount *)g_ptr_array_index (account->nodes, i))->in_scope;
  if (entries > 0)
    fail (check, check->policy_case->policy->require.line, "%u %s without bytes %s outside, and none may", entries,
          entries == 1 ? "entry" : "entries", entries == 1 ? "lies" : "lie");
}

static gboolean
is_allowed (char *const *rules, const char *rule)
{
  for (; *rules != NULL; rules++)
    if (strcmp (*rules, rule) == 0)
      return TRUE;
  return FALSE;
}

static void
check_rule (const Check *check, GHashTable *said, AssayClass class_, const char *rule)
{
  char **rules = check->policy_case->policy->require.rules;
  gboolean explains = class_ == ASSAY_CLASS_EXPLAINED || class_ == ASSAY_CLASS_STRUCTURE;
  if (rules != NULL && explains && !is_allowed (rules, rule) && g_hash_table_add (said, (gpointer)rule))
    fail (check, check->policy_case->policy->require.line, "the rule `%s` explains something and is not allowed", rule);
}

static void
check_rules (const Check *check)
{
  const AssayAccount *account = check->policy_case->account;
  const AssayPolicyRequire *require = &check->policy_case->policy->require;
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean recompressed = FALSE;
  for (guint i = 0; account != NULL && i < account->findings->len; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (account->findings, i);
      check_rule (check, said, finding->class_, finding->rule);
    }
  for (guint i = 0; account != NULL && i < account->facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (account->facts, i);
      check_rule (check, said, fact->class_, fact->rule);
      recompressed = recompressed || strcmp (fact->rule, "recompressed") == 0;
    }
  if (recompressed && !require->allow_recompressed)
    fail (check, require->line, "something was compressed in another way, which is not allowed");
}

/* T16: `unknown` is what nobody can say anything of. */
static void
check_origins (const Check *check)
{
  const AssayAccount *account = check->policy_case->account;
  const AssayNode *first = NULL;
  guint64 count = 0;
  for (guint i = 0; account != NULL && i < account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (account->nodes, i);
      if (!node_account->has_origin || node_account->origin != ASSAY_ORIGIN_UNKNOWN)
        continue;
      if (first == NULL)
        first = node_account->node;
      count++;
    }
  if (account == NULL || count > 0)
    fail (check, check->policy_case->policy->require.line,
          "the origin of the parts is unknown: what the build read was not recorded, or not all of it is known "
          "(%" G_GUINT64_FORMAT " file(s), the first is %s)",
          count, first == NULL ? "the image" : first->path);
}

gboolean
assay_policy_lets_unread (const AssayPolicy *policy, const AssayDigest *sha256)
{
  for (guint i = 0; policy != NULL && policy->unread != NULL && i < policy->unread->len; i++)
    if (assay_digest_equal (&g_array_index (policy->unread, AssayDigest, i), sha256))
      return TRUE;
  return FALSE;
}

/* What nobody could look into may hold anything, unless the policy knows the file. */
static void
check_unread (const Check *check)
{
  const GPtrArray *inputs = check->policy_case->inputs;
  for (guint i = 0; i < inputs->len; i++)
    {
      const GArray *files = ((const AssayPolicyInput *)g_ptr_array_index (inputs, i))->unread;
      for (guint j = 0; files != NULL && j < files->len; j++)
        {
          const AssayPolicyUnread *file = &g_array_index (files, AssayPolicyUnread, j);
          if (assay_policy_lets_unread (check->policy_case->policy, &file->sha256))
            continue;
          char hex[ASSAY_DIGEST_HEX_SIZE];
          assay_digest_to_hex (&file->sha256, hex);
          fail (check, 0, "%s was not looked into for ready-made code, and `unread` does not list %s", file->path, hex);
        }
    }
}

GPtrArray *
assay_policy_judge (const AssayPolicyCase *policy_case)
{
  static const char *const expected_names[] = { "unknown", "rebuild", "reference", "path" };
  const AssayPolicyRequire *require = &policy_case->policy->require;
  Check check = { policy_case, g_ptr_array_new_with_free_func (g_free) };
  check_recipe_named (&check);
  check_pins (&check);
  check_bound (&check);
  check_unread (&check);
  if (policy_case->judgement->verdict < require->verdict)
    fail (&check, require->line, "the verdict is %s, at least %s is required",
          assay_verdict_name (policy_case->judgement->verdict), assay_verdict_name (require->verdict));
  if (policy_case->expected != require->expected)
    fail (&check, require->line, "the expected side is a %s, a %s is required", expected_names[policy_case->expected],
          expected_names[require->expected]);
  if (policy_case->rebuilds < require->rebuilds)
    fail (&check, require->line, "%" G_GUINT64_FORMAT " rebuild(s) were made, %" G_GUINT64_FORMAT " are required",
          policy_case->rebuilds, require->rebuilds);
  if (require->origin_known)
    check_origins (&check);
  if (policy_case->cached && !require->allow_cached)
    fail (&check, require->line, "the expected side came from a cache, which is not allowed");
  if (policy_case->unseen && !require->allow_unseen)
    fail (&check, require->line, "whoever judged may not see all of a directory, which is not allowed");
  check_count (&check, &require->unexplained, ASSAY_CLASS_UNEXPLAINED);
  check_outside (&check);
  check_count (&check, &require->unreproducible, ASSAY_CLASS_UNREPRODUCIBLE);
  check_rules (&check);
  return check.failures;
}
