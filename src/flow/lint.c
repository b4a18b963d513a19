#include "flow/lint.h"

#include "flow/judging.h"
#include "flow/slots.h"
#include "util/text.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

void
assay_lint_warning_free (AssayLintWarning *warning)
{
  g_free (warning->text);
  g_free (warning);
}

/** A policy that is looked through. */
typedef struct
{
  const AssayPolicy *policy;
  gboolean has_time;
  gint64 time_s;
  gboolean keys_missing;
  GPtrArray *warnings;
} Lint;

static void warn (Lint *lint, const char *key, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
warn (Lint *lint, const char *key, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  AssayLintWarning *warning = g_new0 (AssayLintWarning, 1);
  warning->place = assay_policy_place (lint->policy, key);
  warning->text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (lint->warnings, warning);
}

static void
check_pins (Lint *lint)
{
  const AssayPolicy *policy = lint->policy;
  const AssayPolicyPins *pins = &policy->pin;
  gboolean any = pins->source != NULL || pins->recipe != NULL || pins->patches != NULL || pins->inputs != NULL
                 || pins->toolchain != NULL;
  if (policy->require.expected == ASSAY_POLICY_EXPECTED_PATH)
    {
      if (any || pins->product != NULL)
        warn (lint, "pin", "a comparison has no recipe: with `expected: path` no pin ever holds");
      return;
    }
  if (!any)
    warn (lint, "pin", "nothing is pinned: whoever delivers recipe and source says what the image should be");
  else if (pins->recipe == NULL)
    warn (lint, "pin",
          "the recipe is not pinned: its steps can carry the whole program, so that these pins never hold");
}

static void
check_scope (Lint *lint)
{
  char *const *scope = lint->policy->scope;
  for (; scope != NULL && *scope != NULL; scope++)
    {
      gsize length = strlen (*scope);
      g_autofree char *above = length > 3 && g_str_has_suffix (*scope, "/**") ? g_strndup (*scope, length - 3) : NULL;
      g_autofree char *shown = above == NULL ? NULL : assay_text_escape_line (above, -1);
      if (above != NULL && !g_str_has_suffix (above, "/") && !g_str_has_suffix (above, "*")
          && !assay_text_any_glob_matches (lint->policy->scope, above))
        warn (lint, "scope",
              "`%s/**` leaves out the owner and mode of `%s` itself: grant `%s` beside it, or whoever "
              "may write there replaces what lies in it",
              shown, shown, shown);
    }
}

static void
check_expected (Lint *lint)
{
  const AssayPolicyRequire *require = &lint->policy->require;
  static const char *const of_rebuilds[] = { "require.rebuilds", "require.origin", "require.cached", NULL };
  if (require->expected == ASSAY_POLICY_EXPECTED_PATH && require->rebuilds > 0)
    warn (lint, of_rebuilds[0], "a comparison rebuilds nothing: with `expected: path` this never holds");
  if (require->expected == ASSAY_POLICY_EXPECTED_PATH && require->origin_known)
    warn (lint, of_rebuilds[1], "a comparison records nothing: with `expected: path` this never holds");
  if (require->expected == ASSAY_POLICY_EXPECTED_REFERENCE)
    warn (lint, "require.expected", "this program makes and reads no references: this never holds");
}

/* What says what holds without it: whoever reads the policy takes it for a demand. */
static void
check_idle (Lint *lint)
{
  const AssayPolicy *policy = lint->policy;
  const AssayPolicyRequire *require = &policy->require;
  const struct
  {
    const char *key;
    gboolean idle;
    const char *why;
  } keys[] = {
    { "require.unexplained", require->unexplained.is_set,
      "it changes nothing: one unexplained byte is a mismatch, whatever number stands here" },
    { "require.unreproducible", require->unreproducible.is_set && require->unreproducible.maximum > 0,
      "it lets nothing pass: one unreproducible byte is a mismatch, unless a waiver names it" },
    { "require.recompressed", require->allow_recompressed, "it changes nothing: `true` holds without it" },
    { "require.cached", require->allow_cached, "it changes nothing: `true` holds without it" },
    { "require.unseen", require->allow_unseen, "it changes nothing: `true` holds without it" },
    { "attestations.imported", !policy->attestations.imported, "it changes nothing: `false` holds without it" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].idle && assay_policy_says (policy, keys[i].key))
      warn (lint, keys[i].key, "%s", keys[i].why);
  for (guint i = 0; i < ASSAY_FORBIDDEN_COUNT; i++)
    {
      const AssayPolicyForbid *forbid = &policy->forbid[i];
      g_autofree char *key = g_strconcat ("forbid.", assay_forbidden_name ((AssayForbidden)i), NULL);
      if (!forbid->is_set && assay_policy_says (policy, key))
        warn (lint, key, "it changes nothing: `false` holds without it");
      for (char **glob = forbid->except; glob != NULL && *glob != NULL; glob++)
        if (assay_policy_glob_is_broad (*glob))
          warn (lint, key, "its exceptions name no file by name: it forbids nothing, or hardly anything");
    }
  static const char *const lists[] = { "waive", "blobs", "signatures" };
  const GPtrArray *const entries[] = { policy->waive, policy->blobs, policy->signatures };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    if (entries[i]->len == 0 && assay_policy_says (policy, lists[i]))
      warn (lint, lists[i], "it changes nothing: the list is empty");
}

static void
check_waiver (Lint *lint, guint index)
{
  const AssayPolicyWaiver *waiver = g_ptr_array_index (lint->policy->waive, index);
  g_autofree char *key = g_strdup_printf ("waive[%u]", index);
  g_autofree char *path = g_strconcat (key, ".path", NULL);
  g_autofree char *expires = g_strconcat (key, ".expires", NULL);
  if (!waiver->has_expires)
    warn (lint, key, "the waiver has no `expires`: it holds for ever");
  else if (lint->has_time && lint->time_s >= waiver->expires)
    warn (lint, expires, "the waiver has expired: it waives nothing any more");
  if (assay_policy_waiver_is_broad (waiver))
    warn (lint, path, "the path names no file by name: whatever is like this anywhere is waived");
  if (waiver->kind == ASSAY_WAIVER_SYMBOL && waiver->max_size == 0)
    warn (lint, key, "the waiver of a symbol has no `max-size`: how long it is says the source");
}

static void
check_grants (Lint *lint)
{
  const AssayPolicy *policy = lint->policy;
  gboolean refused = policy->require.verdict > ASSAY_VERDICT_WAIVED;
  for (guint i = 0; i < policy->waive->len; i++)
    check_waiver (lint, i);
  if (refused && policy->waive->len > 0)
    warn (lint, "waive", "what is waived never passes: `require` wants the verdict `%s`, and not `waived`",
          assay_verdict_name (policy->require.verdict));
  if (refused && policy->blobs->len > 0)
    warn (lint, "blobs", "what is accepted as a blob never passes: `require` wants the verdict `%s`, and not `waived`",
          assay_verdict_name (policy->require.verdict));
}

static void
check_files (Lint *lint, const char *key, const char *what, char *const *given, char *const *paths)
{
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autofree char *shown = assay_text_escape_line (given[i], -1);
      if (access (paths[i], R_OK) == 0)
        continue;
      lint->keys_missing = TRUE;
      warn (lint, key, "the %s file `%s` is not there, or cannot be read", what, shown);
    }
}

/* Names of ranges say something only where a recipe that is pinned, or a layout of the command line, has them. */
static gboolean
needs_layout (const AssayPolicySignature *signature)
{
  for (char **name = signature->covers; *name != NULL; name++)
    if (**name != '#')
      return TRUE;
  return FALSE;
}

static void
check_signatures (Lint *lint)
{
  const AssayPolicy *policy = lint->policy;
  char *const *rules = policy->require.rules;
  for (guint i = 0; i < policy->signatures->len; i++)
    {
      const AssayPolicySignature *signature = g_ptr_array_index (policy->signatures, i);
      g_autofree char *key = g_strdup_printf ("signatures[%u]", i);
      check_files (lint, key, "key", signature->given, signature->keys);
      if (policy->pin.recipe == NULL && policy->require.expected == ASSAY_POLICY_EXPECTED_REBUILD
          && needs_layout (signature))
        warn (lint, key, "it is not granted: `pin` must name the recipe, whose layout says where the slot lies");
      if (rules != NULL && !g_strv_contains ((const char *const *)rules, "signature"))
        warn (lint, key, "what it explains never passes: `require.rules` does not list `signature`");
    }
}

static void
check_attestations (Lint *lint)
{
  const AssayPolicyAttestations *attestations = &lint->policy->attestations;
  for (guint i = 0; i < attestations->parties->len; i++)
    {
      const AssayPolicyParty *party = g_ptr_array_index (attestations->parties, i);
      check_files (lint, "attestations.parties", "key", party->given, party->keys);
      check_files (lint, "attestations.parties", "certificate", party->given_roots, party->roots);
      check_files (lint, "attestations.parties", "CRL", party->given_crls, party->crls);
    }
  const AssayPolicyTimeStamps *stamps = &attestations->time_stamps;
  check_files (lint, "attestations.time-stamps", "certificate", stamps->given, stamps->authorities);
  check_files (lint, "attestations.time-stamps", "CRL", stamps->given_crls, stamps->crls);
}

static gint
by_place (gconstpointer a, gconstpointer b)
{
  const AssayLintWarning *one = *(AssayLintWarning *const *)a, *other = *(AssayLintWarning *const *)b;
  if (one->place.line != other->place.line)
    return one->place.line < other->place.line ? -1 : 1;
  if (one->place.column != other->place.column)
    return one->place.column < other->place.column ? -1 : 1;
  return strcmp (one->text, other->text);
}

GPtrArray *
assay_flow_lint_policy (const AssayPolicy *policy, gboolean has_time, gint64 time_s, GError **error)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_lint_warning_free);
  Lint lint = { .policy = policy, .has_time = has_time, .time_s = time_s, .warnings = warnings };
  if (!assay_flow_check_rule_names (policy, error))
    return NULL;
  if (policy->has_expires && has_time && time_s >= policy->expires)
    warn (&lint, "expires", "the policy has expired: it holds no more");
  check_pins (&lint);
  check_scope (&lint);
  check_expected (&lint);
  check_idle (&lint);
  check_grants (&lint);
  check_signatures (&lint);
  check_attestations (&lint);
  g_autoptr (GPtrArray) slots = lint.keys_missing ? NULL : assay_flow_load_slots (policy, error);
  if (slots == NULL && !lint.keys_missing)
    return NULL;
  g_ptr_array_sort (warnings, by_place);
  return g_steal_pointer (&warnings);
}
