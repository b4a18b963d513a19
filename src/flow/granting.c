#include "account/rules/rule.h"
#include "flow/judging.h"
#include "flow/slots.h"
#include "util/output.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>

gboolean
assay_flow_check_rule_names (const AssayPolicy *policy, GError **error)
{
  char *const *rules = policy->require.rules;
  for (guint i = 0; rules != NULL && rules[i] != NULL; i++)
    {
      const AssayPolicyPlace *place = &g_array_index (policy->require.rule_places, AssayPolicyPlace, i);
      if (assay_rules_find (rules[i]) != NULL)
        continue;
      g_autofree char *name = assay_text_escape_line (rules[i], -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s:%d:%d: there is no rule `%s`", policy->file, place->line,
                   place->column, name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_keys_apart (const AssayFlowResult *result, GError **error)
{
  for (guint i = 0; i < result->policy->signatures->len; i++)
    {
      const AssayPolicySignature *signature = g_ptr_array_index (result->policy->signatures, i);
      for (char **key = signature->keys; *key != NULL; key++)
        if (!assay_flow_options_check_apart (result->options, *key, error))
          return FALSE;
    }
  return TRUE;
}

gboolean
assay_flow_load_policy (AssayFlowResult *result, GError **error)
{
  if (result->options->policy == NULL)
    return TRUE;
  result->policy = assay_policy_load (result->options->policy, error);
  if (result->policy == NULL || !assay_flow_check_rule_names (result->policy, error))
    return FALSE;
  if (!check_keys_apart (result, error))
    return FALSE;
  g_clear_pointer (&result->slots, g_ptr_array_unref);
  result->slots = assay_flow_load_slots (result->policy, error);
  if (result->slots == NULL)
    return FALSE;
  if (result->policy->scope != NULL && result->options->scope != NULL)
    {
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                   "%s grants a scope: --scope beside it would leave open which of the two holds",
                   result->policy->file);
      return FALSE;
    }
  if (result->policy->scope != NULL)
    result->scope = result->policy->scope;
  return TRUE;
}

static GArray *
digests_of_role (const AssayComponent *component, const char *role)
{
  GArray *digests = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  for (guint i = 0; component->digests != NULL && i < component->digests->len; i++)
    {
      const AssayInputDigest *digest = &g_array_index (component->digests, AssayInputDigest, i);
      if (strcmp (digest->role, role) == 0)
        g_array_append_val (digests, digest->sha256);
    }
  return digests;
}

static GArray *
list_layers (const AssayComponent *component)
{
  static const struct
  {
    const char *role;
    AssayPolicyPin pin;
  } pins[] = { { "source", ASSAY_POLICY_PIN_SOURCE },
               { "patch", ASSAY_POLICY_PIN_PATCHES },
               { "input", ASSAY_POLICY_PIN_INPUTS },
               { "toolchain", ASSAY_POLICY_PIN_TOOLCHAIN },
               { "mtree", ASSAY_POLICY_PIN_ENTRIES } };
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (AssayPolicyLayer));
  for (guint i = 0; component->digests != NULL && i < component->digests->len; i++)
    {
      const AssayInputDigest *digest = &g_array_index (component->digests, AssayInputDigest, i);
      for (gsize j = 0; j < G_N_ELEMENTS (pins); j++)
        if (strcmp (digest->role, pins[j].role) == 0)
          {
            AssayPolicyLayer layer
                = { pins[j].pin, digest->layer->given, digest->layer->has_sha256, digest->layer->commit != NULL };
            g_array_append_val (layers, layer);
          }
    }
  return layers;
}

static GArray *
list_unread (const AssayComponent *component)
{
  const GPtrArray *const lists[]
      = { assay_flow_unread_of_delivery (component), assay_flow_unread_of_toolchain (component) };
  GArray *files = g_array_new (FALSE, FALSE, sizeof (AssayPolicyUnread));
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; lists[list] != NULL && i < lists[list]->len; i++)
      {
        const AssayUnread *file = g_ptr_array_index (lists[list], i);
        AssayPolicyUnread named = { file->path, file->sha256 };
        g_array_append_val (files, named);
      }
  return files;
}

static void
note_input (AssayFlowResult *result, const AssayComponent *component)
{
  AssayPolicyInput *input = g_new0 (AssayPolicyInput, 1);
  input->product = component->recipe->product;
  input->recipe = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  g_array_append_val (input->recipe, component->recipe->sha256);
  input->source = digests_of_role (component, "source");
  input->patches = digests_of_role (component, "patch");
  input->inputs = digests_of_role (component, "input");
  input->toolchain = digests_of_role (component, "toolchain");
  input->layers = list_layers (component);
  input->unread = list_unread (component);
  g_ptr_array_add (result->policy_inputs, input);
}

void
assay_flow_note_inputs (AssayFlowResult *result)
{
  g_ptr_array_set_size (result->policy_inputs, 0);
  for (guint i = 0; i < result->components->len; i++)
    note_input (result, g_ptr_array_index (result->components, i));
}

void
assay_flow_layout_add (GArray *layout, const GPtrArray *ranges)
{
  for (guint i = 0; i < ranges->len; i++)
    {
      const AssayRecipeLayout *range = g_ptr_array_index (ranges, i);
      AssayUnpackLayout added = { .in = range->in,
                                  .name = range->name,
                                  .offset = range->offset,
                                  .size = range->size,
                                  .kind = range->kind,
                                  .byte_swap = range->byte_swap };
      g_array_append_val (layout, added);
    }
}

gboolean
assay_flow_load_layout (AssayFlowResult *result, GError **error)
{
  if (result->options->layout == NULL)
    return TRUE;
  result->layout_file = assay_layout_file_load (result->options->layout, error);
  if (result->layout_file == NULL)
    return FALSE;
  assay_flow_layout_add (result->layout, result->layout_file->layout);
  result->layout_granted = TRUE;
  return TRUE;
}

/* What a file says counts where the recipe says which file it is (T5). */
static void
note_entries (AssayFlowResult *result, const AssayRecipe *recipe)
{
  for (guint i = 0; i < recipe->entries->len; i++)
    {
      const AssayRecipeEntry *entry = g_ptr_array_index (recipe->entries, i);
      if (entry->mtree != NULL && !entry->mtree->has_sha256)
        continue;
      AssayFactSupply *supply = g_new0 (AssayFactSupply, 1);
      supply->at = entry->at;
      supply->facts = entry->facts;
      supply->is_path = entry->mtree != NULL;
      supply->type = assay_node_type_of_mode (entry->type_bits);
      supply->is_optional = entry->is_optional || entry->is_tree;
      supply->of_directory = entry->is_tree;
      g_ptr_array_add (result->entries, supply);
    }
}

/* T12: that the image's words are reversed is a recipe's word, which only a policy that pins the recipe believes. The
 * payload then stays as it is, and the reader learns that it would fit in reverse. */
static void
refuse_swaps (AssayFlowResult *result)
{
  for (guint i = 0; i < result->layout->len; i++)
    g_array_index (result->layout, AssayUnpackLayout, i).byte_swap = 0;
}

/* T11: the range that a signature covers is the policy's to state. A recipe that nobody pinned would state it by its
 * layout, which says where the slot and what it covers lie. What a reader finds by itself, as `#module`, needs no
 * layout. */
static void
refuse_slots (AssayFlowResult *result)
{
  for (guint i = 0; i < result->slots->len; i++)
    {
      const AssaySlot *slot = g_ptr_array_index (result->slots, i);
      if (*slot->covers[0] != '#')
        result->slots_refused = TRUE;
    }
}

gboolean
assay_flow_recipe_is_pinned (const AssayFlowResult *result)
{
  return result->policy != NULL
         && assay_policy_pin_holds (result->policy->pin.recipe, result->policy_inputs, ASSAY_POLICY_PIN_RECIPE);
}

void
assay_flow_grant (AssayFlowResult *result)
{
  assay_flow_note_inputs (result);
  for (guint i = 0; i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      assay_flow_layout_add (result->layout, component->recipe->layout);
    }
  if (!assay_flow_recipe_is_pinned (result))
    {
      refuse_slots (result);
      refuse_swaps (result);
      return;
    }
  result->layout_granted = TRUE;
  for (guint i = 0; i < result->components->len; i++)
    note_entries (result, ((const AssayComponent *)g_ptr_array_index (result->components, i))->recipe);
}

/* The layout of a recipe is untrusted: it may call code the header of a compressed stream, or give the name that a
 * scope grants to other bytes. What it divides is shown, and passes only where somebody with authority says so. */
void
assay_flow_doubt_layout (AssayFlowResult *result)
{
  for (guint i = 0; !result->layout_granted && i < result->components->len; i++)
    {
      const AssayComponent *component = g_ptr_array_index (result->components, i);
      if (component->recipe->layout->len == 0)
        continue;
      char hex[ASSAY_DIGEST_HEX_SIZE];
      assay_digest_to_hex (&component->recipe->sha256, hex);
      g_autofree char *product = assay_text_escape_line (component->recipe->product, -1);
      g_ptr_array_add (
          result->failures,
          g_strdup_printf ("how the image is divided says the `layout` of the recipe of %s, which no policy "
                           "pins: `pin: {recipe: [%s]}` in a policy believes it",
                           product, hex));
    }
}

/* As many as stand behind each part. */
static guint
count_rebuilds (const AssayFlowResult *result)
{
  guint least = 0;
  for (guint i = 0; i < result->components->len; i++)
    {
      guint count = assay_component_count_rebuilds (g_ptr_array_index (result->components, i));
      least = i == 0 ? count : MIN (least, count);
    }
  return least;
}

static gboolean
is_any_cached (const AssayFlowResult *result)
{
  gboolean any = FALSE;
  for (guint i = 0; i < result->components->len; i++)
    any = any || assay_component_is_cached (g_ptr_array_index (result->components, i));
  return any;
}

void
assay_flow_hold_policy (AssayFlowResult *result)
{
  if (result->policy == NULL)
    return;
  AssayPolicyCase policy_case
      = { .policy = result->policy,
          .account = result->account,
          .scope = result->scope,
          .judgement = result->judgement,
          .inputs = result->policy_inputs,
          .expected = result->components->len > 0 ? ASSAY_POLICY_EXPECTED_REBUILD : ASSAY_POLICY_EXPECTED_PATH,
          .rebuilds = result->expected_incomplete ? 0 : count_rebuilds (result),
          .cached = is_any_cached (result),
          .unseen = assay_flow_find_unseen (result) != NULL,
          .has_time = result->options->has_time,
          .time_s = result->options->time_s,
          .was_timed = result->options->has_time,
          .judged_s = result->options->time_s };
  g_clear_pointer (&result->rules, assay_policy_rules_free);
  g_clear_pointer (&result->policy_failures, g_ptr_array_unref);
  g_clear_pointer (&result->policy_notes, g_ptr_array_unref);
  result->rules = assay_policy_rules_new (result->policy);
  assay_policy_judge (&policy_case, result->rules);
  if (result->slots_refused)
    assay_policy_rule_fail (assay_policy_rule_ask (result->rules, "signatures"),
                            "`signatures` is not granted: `pin` must name the recipe, whose layout says where the "
                            "slots and what they cover lie");
  assay_policy_rules_sort (result->rules);
  result->policy_failures = assay_policy_rules_list_failures (result->rules);
  result->policy_notes = assay_policy_notes (result->policy, result->account);
}
