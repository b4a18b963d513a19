#include "report/stored_head.h"

#include "report/form.h"

#include <string.h>

static gboolean
read_verdict (AssayStored *stored, GError **error)
{
  const char *name = NULL;
  if (!assay_form_text (stored->json, "the report", "verdict", &name, error))
    return FALSE;
  for (int verdict = ASSAY_VERDICT_UNDECIDED; verdict <= ASSAY_VERDICT_IDENTICAL; verdict++)
    if (strcmp (name, assay_verdict_name ((AssayVerdict)verdict)) == 0)
      {
        stored->verdict = (AssayVerdict)verdict;
        return TRUE;
      }
  return assay_form_fail ("the report", "verdict", error);
}

static gboolean
read_image (AssayStored *stored, GError **error)
{
  const json_t *image = assay_form_object (stored->json, "the report", "image", error);
  if (image == NULL)
    return FALSE;
  stored->has_image = json_object_get (image, "sha256") != NULL && json_object_get (image, "size") != NULL;
  return !stored->has_image
         || (assay_form_digest (image, "image", "sha256", &stored->image, error)
             && assay_form_count (image, "image", "size", &stored->image_size, error));
}

/* The digests of a list of inputs, as they were pinned. */
static GArray *
read_digests (const json_t *object, const char *key, GError **error)
{
  const json_t *list = assay_form_array (object, "expected", key, error);
  g_autoptr (GArray) digests = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  const json_t *entry;
  size_t index;
  if (list == NULL)
    return NULL;
  json_array_foreach (list, index, entry)
  {
    AssayDigest digest;
    if (!assay_form_digest (entry, "expected", "sha256", &digest, error))
      return NULL;
    g_array_append_val (digests, digest);
  }
  return g_steal_pointer (&digests);
}

/* Whether each was bound by its recipe; a pin of the recipe binds it then. */
static gboolean
read_layers (const json_t *from, const char *member, AssayPolicyPin pin, GArray *layers, GError **error)
{
  const json_t *list = assay_form_array (from, "expected", member, error);
  const json_t *entry;
  size_t index;
  json_array_foreach (list, index, entry)
  {
    AssayPolicyLayer layer = { .pin = pin, .is_commit = json_object_get (entry, "commit") != NULL };
    if (!assay_form_text (entry, "expected", "name", &layer.name, error)
        || !assay_form_boolean (entry, "expected", "in_recipe", &layer.in_recipe, error))
      return FALSE;
    g_array_append_val (layers, layer);
  }
  return list != NULL;
}

static gboolean
read_unread (const json_t *from, GArray *files, GError **error)
{
  const json_t *list = assay_form_array (from, "expected", "unread", error);
  const json_t *entry;
  size_t index;
  json_array_foreach (list, index, entry)
  {
    AssayPolicyUnread file;
    if (!assay_form_text (entry, "expected", "path", &file.path, error)
        || !assay_form_digest (entry, "expected", "sha256", &file.sha256, error))
      return FALSE;
    g_array_append_val (files, file);
  }
  return list != NULL;
}

static gboolean
read_rebuild (AssayStored *stored, const json_t *entry, GError **error)
{
  const json_t *recipe = assay_form_object (entry, "expected", "recipe", error);
  const json_t *source = recipe == NULL ? NULL : assay_form_object (entry, "expected", "source", error);
  const json_t *toolchain = source == NULL ? NULL : assay_form_object (entry, "expected", "toolchain", error);
  guint64 rebuilds = 0;
  AssayDigest digest;
  AssayPolicyInput *input = g_new0 (AssayPolicyInput, 1);
  g_ptr_array_add (stored->inputs, input);
  if (toolchain == NULL || !assay_form_text (recipe, "recipe", "product", &input->product, error)
      || !assay_form_digest (recipe, "recipe", "sha256", &digest, error)
      || !assay_form_count (entry, "expected", "rebuilds", &rebuilds, error))
    return FALSE;
  input->recipe = g_array_new (FALSE, FALSE, sizeof (AssayDigest));
  g_array_append_val (input->recipe, digest);
  input->source = read_digests (source, "layers", error);
  input->patches = input->source == NULL ? NULL : read_digests (source, "patches", error);
  input->inputs = input->patches == NULL ? NULL : read_digests (source, "inputs", error);
  input->toolchain = input->inputs == NULL ? NULL : read_digests (toolchain, "layers", error);
  input->unread = g_array_new (FALSE, FALSE, sizeof (AssayPolicyUnread));
  input->layers = g_array_new (FALSE, FALSE, sizeof (AssayPolicyLayer));
  stored->rebuilds = stored->inputs->len == 1 ? rebuilds : MIN (stored->rebuilds, rebuilds);
  return input->toolchain != NULL && read_unread (source, input->unread, error)
         && read_unread (toolchain, input->unread, error)
         && read_layers (source, "layers", ASSAY_POLICY_PIN_SOURCE, input->layers, error)
         && read_layers (source, "patches", ASSAY_POLICY_PIN_PATCHES, input->layers, error)
         && read_layers (source, "inputs", ASSAY_POLICY_PIN_INPUTS, input->layers, error)
         && read_layers (toolchain, "layers", ASSAY_POLICY_PIN_TOOLCHAIN, input->layers, error)
         && (json_object_get (recipe, "mtrees") == NULL
             || read_layers (recipe, "mtrees", ASSAY_POLICY_PIN_ENTRIES, input->layers, error));
}

static gboolean
read_expected_entry (AssayStored *stored, const json_t *entry, gboolean first, GError **error)
{
  static const char *const kinds[] = { "", "rebuild", "reference", "path" };
  const char *kind = NULL;
  gboolean cached = FALSE;
  AssayPolicyExpected found = ASSAY_POLICY_EXPECTED_UNKNOWN;
  if (!assay_form_text (entry, "expected", "kind", &kind, error)
      || !assay_form_boolean (entry, "expected", "cached", &cached, error))
    return FALSE;
  for (guint i = 1; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kind, kinds[i]) == 0)
      found = (AssayPolicyExpected)i;
  if (found == ASSAY_POLICY_EXPECTED_UNKNOWN)
    return assay_form_fail ("expected", "kind", error);
  stored->expected = first || stored->expected == found ? found : ASSAY_POLICY_EXPECTED_UNKNOWN;
  stored->cached = stored->cached || cached;
  return found != ASSAY_POLICY_EXPECTED_REBUILD || read_rebuild (stored, entry, error);
}

static gboolean
read_expected (AssayStored *stored, GError **error)
{
  const json_t *expected = assay_form_array (stored->json, "the report", "expected", error);
  const json_t *entry;
  size_t index;
  json_array_foreach (expected, index, entry) if (!read_expected_entry (stored, entry, index == 0, error)) return FALSE;
  return expected != NULL;
}

static gboolean
read_keys (AssayStored *stored, const json_t *policy, GError **error)
{
  const json_t *keys = assay_form_array (policy, "policy", "keys", error);
  const json_t *entry;
  size_t index;
  json_array_foreach (keys, index, entry)
  {
    AssayDigest digest;
    if (!assay_form_digest (entry, "policy", "sha256", &digest, error))
      return FALSE;
    g_array_append_val (stored->keys, digest);
  }
  return keys != NULL;
}

static gboolean
read_policy (AssayStored *stored, GError **error)
{
  const json_t *policy = assay_form_object (stored->json, "the report", "policy", error);
  const char *result = NULL;
  if (policy == NULL || !assay_form_text (policy, "policy", "result", &result, error))
    return FALSE;
  g_autoptr (GPtrArray) failures = assay_form_texts (policy, "policy", "failures", error);
  if (failures == NULL)
    return FALSE;
  stored->has_policy = strcmp (result, "none") != 0;
  stored->policy_passed = strcmp (result, "pass") == 0;
  if (stored->has_policy && !stored->policy_passed && strcmp (result, "fail") != 0)
    return assay_form_fail ("policy", "result", error);
  if ((failures->len > 0) != (stored->has_policy && !stored->policy_passed))
    return assay_form_fail ("policy", "failures", error);
  if (!stored->has_policy)
    return json_object_get (policy, "sha256") == NULL || assay_form_fail ("policy", "sha256", error);
  return assay_form_digest (policy, "policy", "sha256", &stored->policy, error) && read_keys (stored, policy, error);
}

/* T19: without these nobody knows what was judged by what. */
static gboolean
read_options (AssayStored *stored, GError **error)
{
  static const char where[] = "options";
  const json_t *options = assay_form_object (stored->json, "the report", "options", error);
  const json_t *limits = options == NULL ? NULL : assay_form_object (options, where, "limits", error);
  const char *mode = NULL;
  guint64 time_s = 0;
  AssayDigest program;
  if (limits == NULL || !assay_form_text (options, where, "mode", &mode, error)
      || !assay_form_digest (options, where, "program_sha256", &program, error))
    return FALSE;
  gboolean verify = strcmp (mode, "verify") == 0;
  gboolean rebuilt = stored->expected == ASSAY_POLICY_EXPECTED_REBUILD;
  gboolean nothing = json_array_size (json_object_get (stored->json, "expected")) == 0;
  if ((!verify && strcmp (mode, "compare") != 0) || (!nothing && rebuilt != verify))
    return assay_form_fail (where, "mode", error);
  stored->unseen = json_object_get (options, "not_seen") != NULL;
  stored->was_timed = !json_is_null (json_object_get (options, "time"));
  if (stored->was_timed && !assay_form_count (options, where, "time", &time_s, error))
    return FALSE;
  stored->judged_s = (gint64)MIN (time_s, G_MAXINT64);
  if (json_is_null (json_object_get (options, "scope")))
    return TRUE;
  g_autoptr (GPtrArray) scope = assay_form_texts (options, where, "scope", error);
  if (scope == NULL)
    return FALSE;
  g_ptr_array_set_free_func (scope, NULL);
  g_ptr_array_add (scope, NULL);
  stored->scope = (char **)g_ptr_array_steal (scope, NULL);
  return TRUE;
}

gboolean
assay_stored_read_head (AssayStored *stored, GError **error)
{
  stored->failures = assay_form_texts (stored->json, "the report", "undecided", error);
  if (stored->failures == NULL)
    return FALSE;
  stored->pairing->ambiguous = assay_form_texts (stored->json, "the report", "ambiguous", error);
  if (stored->pairing->ambiguous == NULL)
    return FALSE;
  stored->reasons = assay_form_texts (stored->json, "the report", "reasons", error);
  return stored->reasons != NULL && read_verdict (stored, error) && read_image (stored, error)
         && read_expected (stored, error) && read_policy (stored, error) && read_options (stored, error);
}
