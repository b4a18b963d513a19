#include "flow/judging.h"

#include "crypto/sha256.h"
#include "flow/again.h"
#include "flow/allowance.h"
#include "flow/building.h"
#include "flow/digests.h"
#include "flow/slots.h"
#include "util/json.h"

#include <fcntl.h>
#include <string.h>

static json_t *
digest_json (const AssayDigest *digest)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  assay_digest_to_hex (digest, hex);
  return json_string (hex);
}

json_t *
assay_flow_describe_image (const AssayFlowResult *result)
{
  json_t *image = json_object ();
  if (result->image == NULL)
    return image;
  json_object_set_new (image, "path", assay_json_text (result->image->path));
  if (result->image->has_sha256)
    json_object_set_new (image, "sha256", digest_json (&result->image->sha256));
  if (result->image->has_sha256 && result->image->directory != NULL)
    json_object_set_new (image, "digest_form", json_string (ASSAY_TREE_DIGEST_FORM));
  if (result->image->root == NULL)
    return image;
  guint64 size = result->image->root->size;
  const GPtrArray *children = result->image->root->children;
  for (guint i = 0; result->image->directory != NULL && i < children->len; i++)
    size += ((const AssayNode *)g_ptr_array_index (children, i))->size;
  json_object_set_new (image, "size", assay_json_count (size));
  json_object_set_new (image, "format", json_string (result->image->root->format));
  return image;
}

/* One digest for several inputs: of the lines `ROLE SP SHA256 LF` in the order of the recipe. A single one is itself.
 */
static json_t *
combined_digest (const GArray *digests, const char *role)
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  const AssayInputDigest *only = NULL;
  guint count = 0;
  for (guint i = 0; digests != NULL && i < digests->len; i++)
    {
      const AssayInputDigest *digest = &g_array_index (digests, AssayInputDigest, i);
      if (strcmp (digest->role, role) != 0)
        continue;
      char hex[ASSAY_DIGEST_HEX_SIZE];
      assay_digest_to_hex (&digest->sha256, hex);
      g_autofree char *line = g_strdup_printf ("%s %s\n", role, hex);
      assay_sha256_update (sha256, line, strlen (line));
      only = digest;
      count++;
    }
  if (count == 0)
    return NULL;
  AssayDigest combined;
  assay_sha256_finish (sha256, &combined);
  return digest_json (count == 1 ? &only->sha256 : &combined);
}

/* The inputs of one role, each with its digest. */
static json_t *
list_inputs (const GArray *digests, const char *role)
{
  json_t *list = json_array ();
  for (guint i = 0; digests != NULL && i < digests->len; i++)
    {
      const AssayInputDigest *digest = &g_array_index (digests, AssayInputDigest, i);
      if (strcmp (digest->role, role) != 0)
        continue;
      json_t *input = json_object ();
      json_object_set_new (input, "name", assay_json_text (digest->layer->given));
      json_object_set_new (input, "sha256", digest_json (&digest->sha256));
      json_object_set_new (input, "in_recipe", json_boolean (digest->layer->has_sha256));
      if (digest->layer->commit != NULL)
        json_object_set_new (input, "commit", assay_json_text (digest->layer->commit));
      json_array_append_new (list, input);
    }
  return list;
}

static json_t *
authenticated (const AssayFlowResult *result, const AssayComponent *component, AssayPolicyPin what)
{
  guint index = G_MAXUINT;
  const AssayPolicyHeld held = assay_policy_hold_pins (result->policy, result->policy_inputs);
  gboolean found = g_ptr_array_find (result->components, component, &index) && index < result->policy_inputs->len;
  return json_boolean (
      assay_policy_authenticates (&held, found ? g_ptr_array_index (result->policy_inputs, index) : NULL, what));
}

static json_t *
list_unread (const GPtrArray *unread)
{
  json_t *list = json_array ();
  for (guint i = 0; unread != NULL && i < unread->len; i++)
    {
      const AssayUnread *file = g_ptr_array_index (unread, i);
      json_t *named = json_object ();
      json_object_set_new (named, "path", assay_json_text (file->path));
      json_object_set_new (named, "sha256", digest_json (&file->sha256));
      json_object_set_new (named, "why", assay_json_text (file->why));
      json_array_append_new (list, named);
    }
  return list;
}

static json_t *
describe_source (const AssayFlowResult *result, const AssayComponent *component)
{
  json_t *source = json_object ();
  json_t *digest = combined_digest (component->digests, "source");
  const char *swhid = component->rebuild == NULL ? NULL : assay_rebuild_get_source_swhid (component->rebuild);
  if (digest != NULL)
    json_object_set_new (source, "sha256", digest);
  if (swhid != NULL)
    json_object_set_new (source, "swhid", json_string (swhid));
  json_object_set_new (source, "layers", list_inputs (component->digests, "source"));
  json_object_set_new (source, "patches", list_inputs (component->digests, "patch"));
  json_object_set_new (source, "inputs", list_inputs (component->digests, "input"));
  json_object_set_new (source, "unread", list_unread (assay_flow_unread_of_delivery (component)));
  json_object_set_new (source, "authenticated", authenticated (result, component, ASSAY_POLICY_PIN_SOURCE));
  return source;
}

static json_t *
describe_toolchain (const AssayFlowResult *result, const AssayComponent *component)
{
  json_t *toolchain = json_object ();
  json_t *digest = combined_digest (component->digests, "toolchain");
  json_object_set_new (toolchain, "kind", json_string (digest == NULL ? "host" : "layers"));
  if (digest != NULL)
    json_object_set_new (toolchain, "sha256", digest);
  json_object_set_new (toolchain, "authenticated", authenticated (result, component, ASSAY_POLICY_PIN_TOOLCHAIN));
  json_object_set_new (toolchain, "layers", list_inputs (component->digests, "toolchain"));
  json_object_set_new (toolchain, "unread", list_unread (assay_flow_unread_of_toolchain (component)));
  return toolchain;
}

static json_t *
describe_recipe (const AssayFlowResult *result, const AssayComponent *component)
{
  const AssayRecipe *recipe = component->recipe;
  json_t *described = json_object ();
  json_object_set_new (described, "authenticated", json_boolean (assay_flow_recipe_is_pinned (result)));
  json_object_set_new (described, "sha256", digest_json (&recipe->sha256));
  if (recipe->defaults != NULL)
    {
      json_object_set_new (described, "file_sha256", digest_json (&recipe->file_sha256));
      json_object_set_new (described, "defaults_sha256", digest_json (&recipe->defaults->sha256));
    }
  json_object_set_new (described, "product", assay_json_text (recipe->product));
  if (recipe->licence != NULL)
    json_object_set_new (described, "licence", assay_json_text (recipe->licence));
  if (recipe->mtrees->len > 0)
    json_object_set_new (described, "mtrees", list_inputs (component->digests, "mtree"));
  if (recipe->scope != NULL)
    {
      json_t *scope = json_array ();
      for (char **glob = recipe->scope; *glob != NULL; glob++)
        json_array_append_new (scope, assay_json_text (*glob));
      json_object_set_new (described, "proposed_scope", scope);
    }
  return described;
}

/* The time that the rebuild was given out of the image, or the times that were of no use. */
static void
describe_time (json_t *described, const AssayFlowResult *result, const AssayComponent *component)
{
  if (result->times_tried->len > 0)
    {
      json_t *tried = json_array ();
      for (guint i = 0; i < result->times_tried->len; i++)
        json_array_append_new (tried, assay_json_text (g_ptr_array_index (result->times_tried, i)));
      json_object_set_new (described, "times_tried", tried);
    }
  if (component->time == NULL)
    return;
  json_t *time = json_object ();
  json_object_set_new (time, "variable", json_string ("SOURCE_DATE_EPOCH"));
  json_object_set_new (time, "value", assay_json_text (component->time));
  json_object_set_new (time, "source", assay_json_text (component->time_source));
  json_object_set_new (time, "replaced",
                       component->replaced_time == NULL ? json_null () : assay_json_text (component->replaced_time));
  json_object_set_new (described, "time", time);
}

/* Beside what is looked at from outside, which is always in force. */
static json_t *
describe_groups (const AssayRebuild *rebuild)
{
  json_t *described = json_array ();
  const char *const *names = rebuild == NULL ? NULL : assay_rebuild_get_control_groups (rebuild);
  for (; names != NULL && *names != NULL; names++)
    json_array_append_new (described, json_string (*names));
  return described;
}

static json_t *
describe_second (const AssayComponent *component)
{
  json_t *second = json_object ();
  gboolean same = assay_digest_equal (&component->outputs_sha256, &component->second_sha256);
  json_object_set_new (second, "reproducible", json_boolean (same));
  json_object_set_new (second, "sha256", digest_json (&component->second_sha256));
  json_object_set_new (second, "variations",
                       assay_flow_describe_variations (assay_rebuild_get_varied (component->second)));
  return second;
}

json_t *
assay_flow_describe_component (const AssayFlowResult *result, const AssayComponent *component)
{
  json_t *described = json_object ();
  json_object_set_new (described, "kind", json_string ("rebuild"));
  json_object_set_new (described, "cached", json_boolean (assay_component_is_cached (component)));
  if (component->rebuild != NULL && !component->failed)
    json_object_set_new (described, "sha256", digest_json (&component->outputs_sha256));
  if (component->recipe != NULL)
    {
      json_object_set_new (described, "recipe", describe_recipe (result, component));
      json_object_set_new (described, "limits", assay_flow_describe_allowance (result, component->recipe));
    }
  json_object_set_new (described, "control_groups", describe_groups (component->rebuild));
  json_object_set_new (described, "rebuilds", json_integer (assay_component_count_rebuilds (component)));
  if (component->has_second && !component->failed)
    json_object_set_new (described, "second", describe_second (component));
  describe_time (described, result, component);
  json_object_set_new (described, "source", describe_source (result, component));
  json_object_set_new (described, "toolchain", describe_toolchain (result, component));
  const AssayRecording *recording
      = component->rebuild == NULL ? NULL : assay_rebuild_get_recording (component->rebuild);
  if (recording != NULL)
    json_object_set_new (described, "recording", assay_recording_to_json (recording));
  return described;
}

/* The digest of the expected file of a comparison: known already where it was equal or one run of bytes. */
static gboolean
expected_digest (const AssayFlowResult *result, AssayDigest *out)
{
  if (result->expected->has_sha256)
    {
      *out = result->expected->sha256;
      return TRUE;
    }
  if (result->expectations->len == 0 || result->account == NULL)
    return FALSE;
  const AssayExpectation *expectation = g_ptr_array_index (result->expectations, 0);
  g_autoptr (GError) ignored = NULL;
  return expectation->root != NULL && expectation->root->trouble == NULL
         && assay_tree_digest_judged (expectation->root, result->account, out, &ignored);
}

static json_t *
describe_path (const AssayFlowResult *result)
{
  json_t *described = json_object ();
  AssayDigest digest;
  json_object_set_new (described, "kind", json_string ("path"));
  json_object_set_new (described, "cached", json_false ());
  json_object_set_new (described, "path", assay_json_text (result->expected->path));
  if (!expected_digest (result, &digest))
    return described;
  json_object_set_new (described, "sha256", digest_json (&digest));
  if (result->expected->directory != NULL)
    json_object_set_new (described, "digest_form", json_string (ASSAY_TREE_DIGEST_FORM));
  return described;
}

json_t *
assay_flow_describe_expected (const AssayFlowResult *result)
{
  json_t *expected = json_array ();
  if (result->expected != NULL)
    json_array_append_new (expected, describe_path (result));
  for (guint i = 0; i < result->components->len; i++)
    json_array_append_new (expected, assay_flow_describe_component (result, g_ptr_array_index (result->components, i)));
  return expected;
}

static json_t *
describe_texts (const GPtrArray *texts)
{
  json_t *list = json_array ();
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    json_array_append_new (list, assay_json_text (g_ptr_array_index (texts, i)));
  return list;
}

/* The lines of the policy that made something `waived`. */
static json_t *
describe_grants (const AssayAccount *account)
{
  json_t *list = json_array ();
  for (guint i = 0; account != NULL && i < account->grants->len; i++)
    {
      const AssayGrant *grant = g_ptr_array_index (account->grants, i);
      if (grant->bytes == 0 && grant->facts == 0)
        continue;
      json_t *used = json_object ();
      json_object_set_new (used, "kind", json_string (grant->blob != NULL ? "blob" : "waiver"));
      json_object_set_new (used, "line", json_integer (grant->line));
      json_object_set_new (used, "path", assay_json_text (grant->path));
      json_object_set_new (used, "reason", assay_json_text (grant->reason));
      if (grant->owner != NULL)
        json_object_set_new (used, "owner", assay_json_text (grant->owner));
      json_object_set_new (used, "bytes", assay_json_count (grant->bytes));
      json_object_set_new (used, "facts", assay_json_count (grant->facts));
      json_array_append_new (list, used);
    }
  return list;
}

/* A policy names its keys by file: what was in it changes the verdict as the policy's own text does. */
static json_t *
describe_keys (const GPtrArray *slots)
{
  json_t *list = json_array ();
  g_autoptr (GArray) digests = assay_flow_key_digests (slots);
  for (guint i = 0; i < digests->len; i++)
    {
      const AssayKeyDigest *digest = &g_array_index (digests, AssayKeyDigest, i);
      json_t *key = json_object ();
      json_object_set_new (key, "slot", assay_json_text (digest->slot));
      json_object_set_new (key, "sha256", digest_json (&digest->sha256));
      json_array_append_new (list, key);
    }
  return list;
}

/* Where the image is signed as lines of the policy say. */
static json_t *
describe_holds (const AssayAccount *account)
{
  json_t *list = json_array ();
  for (guint i = 0; account != NULL && account->holds != NULL && i < account->holds->len; i++)
    {
      const AssaySignatureHold *hold = &g_array_index (account->holds, AssaySignatureHold, i);
      json_t *signature = json_object ();
      json_object_set_new (signature, "number", assay_json_count (hold->number));
      json_object_set_new (signature, "path", assay_json_text (hold->node->path));
      json_object_set_new (signature, "slot", assay_json_text (hold->slot));
      json_array_append_new (list, signature);
    }
  return list;
}

json_t *
assay_flow_describe_policy (const AssayFlowResult *result)
{
  json_t *policy = json_object ();
  json_t *failures = describe_texts (result->policy_failures);
  const char *word = result->policy == NULL ? "none" : json_array_size (failures) == 0 ? "pass" : "fail";
  json_object_set_new (policy, "result", json_string (word));
  json_object_set_new (policy, "failures", failures);
  if (result->policy == NULL)
    return policy;
  json_object_set_new (policy, "sha256", digest_json (&result->policy->sha256));
  json_object_set_new (policy, "keys", describe_keys (result->slots));
  json_object_set_new (policy, "notes", describe_texts (result->policy_notes));
  if (result->policy->signatures->len > 0)
    json_object_set_new (policy, "signatures", describe_holds (result->account));
  json_object_set_new (policy, "used", describe_grants (result->account));
  return policy;
}

/** What this program's own file digests to. */
typedef struct
{
  gboolean known;
  AssayDigest digest;
} Program;

/* The file itself, whatever lies at its name by now: an update may have replaced it while it runs. */
static void
digest_program (Program *program)
{
  g_autoptr (GError) ignored = NULL;
  int fd = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  g_autoptr (AssayBlob) blob = fd < 0 ? NULL : assay_blob_new_for_fd (fd, &ignored);
  program->known = blob != NULL && assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &program->digest, &ignored);
}

/* T19: which program judged. It stays the same while it runs, so that one digest serves any number of runs. */
static json_t *
describe_program (void)
{
  static Program program;
  static gsize once = 0;
  if (g_once_init_enter (&once))
    {
      digest_program (&program);
      g_once_init_leave (&once, 1);
    }
  return program.known ? digest_json (&program.digest) : json_null ();
}

static const char *
digests_name (AssayDigestScope digests)
{
  return digests == ASSAY_DIGESTS_FILES ? "files" : digests == ASSAY_DIGESTS_SECTIONS ? "sections" : "all";
}

json_t *
assay_flow_describe_options (const AssayFlowResult *result)
{
  const AssayFlowOptions *given = result->options;
  json_t *options = json_object ();
  json_t *limits = json_object ();
  for (guint limit = ASSAY_LIMIT_NONE + 1; limit < ASSAY_LIMIT_COUNT; limit++)
    json_object_set_new (limits, assay_limit_name (limit), assay_json_count (given->limits.value[limit]));
  json_t *scope = json_array ();
  for (char **glob = result->scope; glob != NULL && *glob != NULL; glob++)
    json_array_append_new (scope, assay_json_text (*glob));
  if (result->layout_file != NULL)
    json_object_set_new (options, "layout_sha256", digest_json (&result->layout_file->sha256));
  json_object_set_new (options, "mode", json_string (result->components->len > 0 ? "verify" : "compare"));
  if (result->components->len > 0)
    json_object_set_new (options, "jobs", json_integer (assay_flow_count_jobs (given, result->components->len)));
  json_object_set_new (options, "limits", limits);
  json_object_set_new (options, "scope", result->scope == NULL ? (json_decref (scope), json_null ()) : scope);
  if (given->record)
    json_object_set_new (options, "record", json_true ());
  json_object_set_new (options, "rebuild_at_shipped_time", json_boolean (given->rebuild_at_shipped_time));
  if (given->twice)
    json_object_set_new (options, "twice", json_true ());
  json_object_set_new (options, "digests", json_string (digests_name (given->digests)));
  json_object_set_new (options, "time", given->has_time ? assay_json_count ((guint64)given->time_s) : json_null ());
  const char *unseen = assay_flow_find_unseen (result);
  if (unseen != NULL)
    json_object_set_new (options, "not_seen", json_pack ("[s]", unseen));
  json_object_set_new (options, "program_sha256", describe_program ());
  return options;
}
