#include "report/recount_inputs.h"

#include "crypto/sha256.h"
#include "report/form.h"
#include "util/checked.h"

#include <string.h>

static gboolean
is_pass (AssayVerdict verdict)
{
  return verdict == ASSAY_VERDICT_IDENTICAL || verdict == ASSAY_VERDICT_EQUIVALENT || verdict == ASSAY_VERDICT_WAIVED;
}

/* The size and the format are those of the file that stands first, which is the image; a directory is digested in a
 * form of ours. */
static char *
check_image (const AssayStored *stored)
{
  const json_t *image = json_object_get (stored->json, "image");
  const char *format = json_string_value (json_object_get (image, "format"));
  gboolean sized = json_object_get (image, "size") != NULL;
  gboolean formed = json_object_get (image, "digest_form") != NULL;
  if (sized != (format != NULL))
    return g_strdup ("the image has a size without a format, or a format without a size");
  if (stored->account->nodes->len > 0)
    {
      const AssayNodeAccount *root = g_ptr_array_index (stored->account->nodes, 0);
      if (format != NULL && strcmp (format, root->node->format) != 0)
        return g_strdup ("the image is of another format than its first file");
    }
  return formed && g_strcmp0 (format, "directory") != 0 ? g_strdup ("the image is digested as a directory, and is none")
                                                        : NULL;
}

/* One digest for several layers: of the lines `ROLE SP SHA256 LF` in their order. A single one is itself. */
static gboolean
digest_layers (const json_t *layers, const char *role, AssayDigest *out)
{
  g_autoptr (AssaySha256) sha256 = assay_sha256_new ();
  const json_t *layer;
  size_t index;
  if (json_array_size (layers) == 1)
    return assay_form_digest (json_array_get (layers, 0), "", "sha256", out, NULL);
  json_array_foreach (layers, index, layer)
  {
    g_autofree char *line = g_strdup_printf ("%s %s\n", role, json_string_value (json_object_get (layer, "sha256")));
    assay_sha256_update (sha256, line, strlen (line));
  }
  assay_sha256_finish (sha256, out);
  return TRUE;
}

/* Without layers there is nothing to digest. */
static gboolean
is_of_layers (const json_t *from, const char *role)
{
  const json_t *layers = json_object_get (from, "layers");
  AssayDigest said;
  AssayDigest found;
  if (json_array_size (layers) == 0)
    return json_object_get (from, "sha256") == NULL;
  return assay_form_digest (from, "", "sha256", &said, NULL) && digest_layers (layers, role, &found)
         && assay_digest_equal (&said, &found);
}

/* Of a recipe with defaults the digest is of both texts (input/recipe.h). */
static gboolean
is_recipe_bound (const json_t *entry)
{
  const json_t *recipe = json_object_get (entry, "recipe");
  const char *file = json_string_value (json_object_get (recipe, "file_sha256"));
  const char *defaults = json_string_value (json_object_get (recipe, "defaults_sha256"));
  AssayDigest said;
  AssayDigest found;
  if (file == NULL || defaults == NULL)
    return file == defaults;
  g_autofree char *lines = g_strdup_printf ("recipe %s\ndefaults %s\n", file, defaults);
  assay_sha256_bytes (lines, strlen (lines), &found);
  return assay_form_digest (recipe, "", "sha256", &said, NULL) && assay_digest_equal (&said, &found);
}

/* What a recipe gets that nobody pins is not the recipe's to say. */
static gboolean
is_allowed (const AssayStored *stored, const json_t *entry)
{
  const json_t *most = json_object_get (json_object_get (stored->json, "options"), "limits");
  const char *name;
  json_t *value;
  if (json_is_true (json_object_get (json_object_get (entry, "recipe"), "authenticated")))
    return TRUE;
  json_object_foreach ((json_t *)json_object_get (entry, "limits"), name, value)
  {
    guint64 had = 0;
    guint64 limit = 0;
    if (!assay_form_count (json_object_get (entry, "limits"), "", name, &had, NULL)
        || !assay_form_count (most, "", name, &limit, NULL) || had > limit)
      return FALSE;
  }
  return TRUE;
}

/* Two rebuilds are two, and equal where their outputs are. */
static gboolean
is_second_sound (const AssayStored *stored, const json_t *entry, guint64 rebuilds)
{
  const json_t *second = json_object_get (entry, "second");
  gboolean twice = json_is_true (json_object_get (json_object_get (stored->json, "options"), "twice"));
  AssayDigest first_sha256;
  AssayDigest second_sha256;
  if (rebuilds > 2 || (rebuilds == 2) != (second != NULL) || (second != NULL && !twice))
    return FALSE;
  if (twice && rebuilds < 2 && is_pass (stored->verdict))
    return FALSE;
  if (second == NULL)
    return TRUE;
  return assay_form_digest (entry, "", "sha256", &first_sha256, NULL)
         && assay_form_digest (second, "", "sha256", &second_sha256, NULL)
         && json_is_true (json_object_get (second, "reproducible"))
                == assay_digest_equal (&first_sha256, &second_sha256);
}

/* T16: without reasons a recording is known, and with one it is not; what is known is whole. */
static gboolean
is_recording (const json_t *recording)
{
  gboolean known = json_is_true (json_object_get (recording, "known"));
  gboolean whole = json_is_true (json_object_get (recording, "whole"));
  return known == (json_array_size (json_object_get (recording, "why")) == 0) && (whole || !known);
}

static char *
check_rebuild (const AssayStored *stored, const json_t *entry)
{
  const json_t *source = json_object_get (entry, "source");
  const json_t *toolchain = json_object_get (entry, "toolchain");
  gboolean host = g_strcmp0 (json_string_value (json_object_get (toolchain, "kind")), "host") == 0;
  guint64 rebuilds = 0;
  if (!is_recipe_bound (entry))
    return g_strdup ("the digest of a recipe is not the one of its text and its defaults");
  if (!is_allowed (stored, entry))
    return g_strdup ("a rebuild took more than the limits of the report allow a recipe that nobody pins");
  if (!is_of_layers (source, "source"))
    return g_strdup ("the digest of a source is not the one of its layers");
  if (!is_of_layers (toolchain, "toolchain") || host != (json_array_size (json_object_get (toolchain, "layers")) == 0))
    return g_strdup ("the digest of a toolchain is not the one of its layers");
  if (host && json_is_true (json_object_get (toolchain, "authenticated")))
    return g_strdup ("a toolchain without layers is called authenticated");
  if (!assay_form_count (entry, "", "rebuilds", &rebuilds, NULL)
      || (rebuilds > 0) != (json_object_get (entry, "sha256") != NULL))
    return g_strdup ("a rebuild was made and has no digest, or has one and was not made");
  if (!is_second_sound (stored, entry, rebuilds))
    return g_strdup ("a second rebuild was made and is not described, or is said of the first what it was not");
  const json_t *recording = json_object_get (entry, "recording");
  const json_t *asked = json_object_get (json_object_get (stored->json, "options"), "record");
  if (recording != NULL && (!json_is_true (asked) || !is_recording (recording)))
    return g_strdup ("what a recording says of itself does not fit together");
  return rebuilds == 0 && is_pass (stored->verdict) ? g_strdup ("it passes, and a rebuild was not made") : NULL;
}

/* A file that was compared with the image is digested as the counterpart of the first file, which is the image. */
static char *
check_path (const AssayStored *stored, const json_t *entry)
{
  AssayDigest said;
  if (stored->account->nodes->len == 0)
    return NULL;
  const AssayNodeAccount *root = g_ptr_array_index (stored->account->nodes, 0);
  if (!root->has_expected_digest || json_object_get (entry, "digest_form") != NULL)
    return NULL;
  return assay_form_digest (entry, "", "sha256", &said, NULL) && assay_digest_equal (&said, &root->expected_digest)
             ? NULL
             : g_strdup ("the digest of the expected file is not the one that its first file was compared with");
}

static char *
check_expected (const AssayStored *stored)
{
  const json_t *entry;
  size_t index;
  json_array_foreach (json_object_get (stored->json, "expected"), index, entry)
  {
    const char *kind = json_string_value (json_object_get (entry, "kind"));
    char *fault = g_strcmp0 (kind, "rebuild") == 0 ? check_rebuild (stored, entry)
                  : g_strcmp0 (kind, "path") == 0  ? check_path (stored, entry)
                                                   : NULL;
    if (fault != NULL)
      return fault;
  }
  return NULL;
}

/* Bytes are unreproducible where two rebuilds differ, and nowhere else. */
static char *
check_unreproducible (const AssayStored *stored)
{
  const json_t *entry;
  size_t index;
  gboolean differ = FALSE;
  json_array_foreach (json_object_get (stored->json, "expected"), index, entry)
  {
    const json_t *second = json_object_get (entry, "second");
    differ = differ || (second != NULL && json_is_false (json_object_get (second, "reproducible")));
  }
  for (guint i = 0; i < assay_findings_length (stored->account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (stored->account->findings, i);
      gboolean rule = strcmp (finding->rule, "unreproducible") == 0;
      if (rule != (finding->class_ == ASSAY_CLASS_UNREPRODUCIBLE) || (rule && !differ))
        return g_strdup ("bytes are unreproducible, and no two rebuilds differ");
    }
  return NULL;
}

/* T16: that a part was compiled is said by the recordings of all rebuilds, or by nobody. */
static char *
check_origins (const AssayStored *stored)
{
  const json_t *expected = json_object_get (stored->json, "expected");
  const json_t *entry;
  size_t index;
  gboolean known = json_array_size (expected) > 0;
  json_array_foreach (expected, index, entry)
  {
    known = known && json_is_true (json_object_get (json_object_get (entry, "recording"), "known"));
  }
  for (guint i = 0; !known && i < stored->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (stored->account->nodes, i);
      if (node_account->has_origin
          && (node_account->origin == ASSAY_ORIGIN_COMPILED || node_account->origin == ASSAY_ORIGIN_TOOLCHAIN))
        return g_strdup ("something was compiled, and no recording says so");
    }
  return NULL;
}

static char *
check_options (const AssayStored *stored)
{
  const json_t *options = json_object_get (stored->json, "options");
  gboolean verify = g_strcmp0 (json_string_value (json_object_get (options, "mode")), "verify") == 0;
  if (verify != (json_object_get (options, "jobs") != NULL))
    return g_strdup ("it has jobs and built nothing, or built something without");
  /* A recipe may have a layout of its own; it is bound with the recipe. */
  gboolean bound = verify || json_object_get (options, "layout_sha256") != NULL;
  for (guint i = 0; !bound && i < stored->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (stored->account->nodes, i);
      if (strcmp (node_account->node->format, "layout") == 0)
        return g_strdup ("it divides something by a layout that it does not name");
    }
  return NULL;
}

/** What a line of the policy waives: as it is summed up, and as it is said of each finding and fact. */
typedef struct
{
  guint64 said_bytes;
  guint64 said_facts;
  guint64 bytes;
  guint64 facts;
} LineSum;

static LineSum *
line_sum (GHashTable *lines, const char *kind, guint64 line)
{
  g_autofree char *key = g_strdup_printf ("%s %" G_GUINT64_FORMAT, kind, line);
  LineSum *sum = g_hash_table_lookup (lines, key);
  if (sum == NULL)
    {
      sum = g_new0 (LineSum, 1);
      g_hash_table_insert (lines, g_steal_pointer (&key), sum);
    }
  return sum;
}

static gboolean
add_said (GHashTable *lines, const json_t *used)
{
  guint64 line = 0;
  guint64 bytes = 0;
  guint64 facts = 0;
  if (!assay_form_count (used, "", "line", &line, NULL) || !assay_form_count (used, "", "bytes", &bytes, NULL)
      || !assay_form_count (used, "", "facts", &facts, NULL))
    return FALSE;
  LineSum *sum = line_sum (lines, json_string_value (json_object_get (used, "kind")), line);
  return assay_u64_add (sum->said_bytes, bytes, &sum->said_bytes)
         && assay_u64_add (sum->said_facts, facts, &sum->said_facts);
}

/* The sums over all lines were compared before, so that none of these can pass 2^64. */
static char *
check_lines (const AssayStored *stored)
{
  g_autoptr (GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const json_t *used;
  size_t index;
  gboolean same = TRUE;
  json_array_foreach (json_object_get (json_object_get (stored->json, "policy"), "used"), index, used)
  {
    same = same && add_said (lines, used);
  }
  for (guint i = 0; i < stored->used->len; i++)
    {
      const AssayStoredLine *line = g_ptr_array_index (stored->used, i);
      LineSum *sum = line_sum (lines, line->is_blob ? "blob" : "waiver", (guint64)line->line);
      sum->facts += line->fact != NULL;
      sum->bytes += line->has_finding ? assay_findings_get (stored->account->findings, line->finding)->length : 0;
    }
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, lines);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const LineSum *sum = value;
      same = same && sum->said_bytes == sum->bytes && sum->said_facts == sum->facts;
    }
  return same ? NULL : g_strdup ("what a line of the policy waives is not what is waived by it");
}

char *
assay_stored_audit_inputs (const AssayStored *stored)
{
  char *fault = check_image (stored);
  if (fault == NULL)
    fault = check_expected (stored);
  if (fault == NULL)
    fault = check_unreproducible (stored);
  if (fault == NULL)
    fault = check_origins (stored);
  if (fault == NULL)
    fault = check_options (stored);
  return fault != NULL ? fault : check_lines (stored);
}
