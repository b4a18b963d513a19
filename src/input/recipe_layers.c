#include "input/path.h"
#include "input/recipe_parts.h"

#include <string.h>
#include <sys/stat.h>

/** More components than a path of PATH_MAX bytes can have. */
#define MAX_STRIP 2048

void
assay_recipe_layer_free (gpointer data)
{
  AssayRecipeLayer *layer = data;
  g_free (layer->given);
  g_free (layer->path);
  g_free (layer->commit);
  g_free (layer->into);
  g_free (layer);
}

/* The key that names what a layer is made of; each is a reader of its own, whose target is the layer. */
static gboolean
read_place (const AssayYaml *yaml, const AssayYamlNode *node, AssaySourceKind kind, AssayRecipeLayer *layer,
            GError **error)
{
  if (layer->given != NULL)
    {
      g_autofree char *shown = assay_yaml_quote (layer->given);
      return assay_yaml_error (yaml, node->line, node->column, error,
                               "one entry names one thing, and %s is named already", shown);
    }
  layer->kind = kind;
  layer->line = node->line;
  layer->column = node->column;
  return assay_schema_read_text (yaml, node, &layer->given, error);
}

static gboolean
read_archive (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_place (yaml, node, ASSAY_SOURCE_ARCHIVE, out, error);
}

static gboolean
read_directory (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_place (yaml, node, ASSAY_SOURCE_DIRECTORY, out, error);
}

static gboolean
read_git (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_place (yaml, node, ASSAY_SOURCE_GIT, out, error);
}

gboolean
assay_recipe_read_layer_file (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return read_place (yaml, node, ASSAY_SOURCE_FILE, out, error);
}

gboolean
assay_recipe_read_layer_sha256 (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  AssayRecipeLayer *layer = out;
  layer->digest_line = node->line;
  layer->digest_column = node->column;
  layer->has_sha256 = assay_schema_read_digest (yaml, node, &layer->sha256, error);
  return layer->has_sha256;
}

static gboolean
read_commit (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *text = NULL;
  if (!assay_schema_read_text (yaml, node, &text, error))
    return FALSE;
  gsize length = strlen (text);
  /* An abbreviated id names another commit once the repository has grown; a branch does so tomorrow. */
  if ((length != 40 && length != 64) || strspn (text, "0123456789abcdefABCDEF") != length)
    return assay_schema_fail (yaml, node, "a full commit id, which has 40 or 64 hexadecimal digits", error);
  *(char **)out = g_ascii_strdown (text, -1);
  return TRUE;
}

static gboolean
read_strip (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  guint64 value = 0;
  if (!assay_schema_read_count (yaml, node, &value, error))
    return FALSE;
  if (value > MAX_STRIP)
    return assay_schema_fail (yaml, node, "a count of path components", error);
  *(guint *)out = (guint)value;
  return TRUE;
}

/* Beneath /inputs alone: an input laid over the toolchain would be a toolchain that no pin speaks of. */
static gboolean
read_input_at (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  g_autofree char *at = NULL;
  if (!assay_schema_read_absolute (yaml, node, &at, error))
    return FALSE;
  if (!assay_path_is_beneath (at, "/inputs"))
    return assay_schema_fail (yaml, node, "a path beneath /inputs", error);
  *(char **)out = g_steal_pointer (&at);
  return TRUE;
}

/* What the sandbox makes itself is no place for a toolchain, and what lies beneath /build would count as source. */
static gboolean
read_toolchain_at (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  static const char *const taken[] = { "/build", "/inputs", "/proc", "/dev", "/sys", "/tmp", "/run" };
  g_autofree char *at = NULL;
  if (!assay_schema_read_absolute (yaml, node, &at, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    if (strcmp (at, taken[i]) == 0 || assay_path_is_beneath (at, taken[i]))
      return assay_schema_fail (yaml, node, "a place for a toolchain: the sandbox has its own use for it", error);
  *(char **)out = g_steal_pointer (&at);
  return TRUE;
}

static gboolean
fail_layer (const AssayYaml *yaml, const AssayYamlNode *node, const char *key, GError **error, const char *message)
{
  const AssayYamlMember *member = assay_yaml_find (node, key);
  return assay_yaml_error (yaml, member != NULL ? member->line : node->line,
                           member != NULL ? member->column : node->column, error, "%s", message);
}

static gboolean
check_git (const AssayYaml *yaml, const AssayYamlNode *node, const AssayRecipeLayer *layer, GError **error)
{
  gboolean is_git = layer->kind == ASSAY_SOURCE_GIT;
  if (is_git && layer->commit == NULL)
    return fail_layer (yaml, node, "git", error, "the key `commit` is missing in a git source");
  if (is_git && layer->has_sha256)
    return fail_layer (yaml, node, "sha256", error, "a git source is pinned by its `commit`, and has no `sha256`");
  if (!is_git && layer->commit != NULL)
    return fail_layer (yaml, node, "commit", error, "only a git source has a `commit`");
  return TRUE;
}

static gboolean
check_source (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  AssayRecipeLayer *layer = target;
  if (layer->given == NULL)
    return fail_layer (yaml, node, "", error, "expected one of the keys `archive`, `directory`, `git` in a source");
  if (layer->strip != 0 && layer->kind != ASSAY_SOURCE_ARCHIVE)
    return fail_layer (yaml, node, "strip", error, "only an archive has leading components to `strip`");
  if (layer->into == NULL)
    layer->into = g_strdup (".");
  return check_git (yaml, node, layer, error);
}

static gboolean
check_patch (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  AssayRecipeLayer *layer = target;
  if (assay_yaml_find (node, "strip") == NULL)
    layer->strip = 1; /* what git and quilt write */
  if (layer->into == NULL)
    layer->into = g_strdup (".");
  return TRUE;
}

static gboolean
check_toolchain (const AssayYaml *yaml, const AssayYamlNode *node, gpointer target, GError **error)
{
  AssayRecipeLayer *layer = target;
  if (layer->given == NULL)
    return fail_layer (yaml, node, "", error, "expected one of the keys `archive`, `directory` in a toolchain layer");
  if (layer->into == NULL)
    layer->into = g_strdup ("/");
  return TRUE;
}

#define AT(member) G_STRUCT_OFFSET (AssayRecipeLayer, member)
#define LAYER_SCHEMA(name, title, table, checker)                                                                      \
  static const AssaySchema name = { .what = title,                                                                     \
                                    .fields = table,                                                                   \
                                    .n_fields = G_N_ELEMENTS (table),                                                  \
                                    .check = checker,                                                                  \
                                    .item_size = sizeof (AssayRecipeLayer),                                            \
                                    .line_offset = AT (line) }

static const AssaySchemaField source_fields[] = {
  { "archive", read_archive, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "directory", read_directory, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "git", read_git, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "commit", read_commit, ASSAY_SCHEMA_OPTIONAL, AT (commit) },
  { "sha256", assay_recipe_read_layer_sha256, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "strip", read_strip, ASSAY_SCHEMA_OPTIONAL, AT (strip) },
  { "into", assay_schema_read_relative, ASSAY_SCHEMA_OPTIONAL, AT (into) },
};
LAYER_SCHEMA (source_schema, "a source", source_fields, check_source);

static const AssaySchemaField patch_fields[] = {
  { "file", assay_recipe_read_layer_file, ASSAY_SCHEMA_REQUIRED, 0 },
  { "sha256", assay_recipe_read_layer_sha256, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "strip", read_strip, ASSAY_SCHEMA_OPTIONAL, AT (strip) },
  { "in", assay_schema_read_relative, ASSAY_SCHEMA_OPTIONAL, AT (into) },
};
LAYER_SCHEMA (patch_schema, "a patch", patch_fields, check_patch);

static const AssaySchemaField input_fields[] = {
  { "path", assay_recipe_read_layer_file, ASSAY_SCHEMA_REQUIRED, 0 },
  { "sha256", assay_recipe_read_layer_sha256, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "at", read_input_at, ASSAY_SCHEMA_REQUIRED, AT (into) },
};
LAYER_SCHEMA (input_schema, "an input", input_fields, NULL);

static const AssaySchemaField toolchain_fields[] = {
  { "archive", read_archive, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "directory", read_directory, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "sha256", assay_recipe_read_layer_sha256, ASSAY_SCHEMA_OPTIONAL, 0 },
  { "at", read_toolchain_at, ASSAY_SCHEMA_OPTIONAL, AT (into) },
};
LAYER_SCHEMA (toolchain_schema, "a toolchain layer", toolchain_fields, check_toolchain);

gboolean
assay_recipe_read_source (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_require_items (yaml, node, error)
         && assay_schema_read_entries (yaml, node, &source_schema, *(GPtrArray **)out, error);
}

gboolean
assay_recipe_read_patches (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read_entries (yaml, node, &patch_schema, *(GPtrArray **)out, error);
}

/* By path, `/` before every other byte: a directory stands right before what lies in it. */
static int
compare_places (gconstpointer a, gconstpointer b)
{
  const char *first = (*(const AssayRecipeLayer *const *)a)->into;
  const char *second = (*(const AssayRecipeLayer *const *)b)->into;
  while (*first != '\0' && *first == *second)
    {
      first++;
      second++;
    }
  guint rank = *first == '/' ? 1 : (guint8)*first;
  guint other = *second == '/' ? 1 : (guint8)*second;
  return (rank > other) - (rank < other);
}

/* Two inputs at one place, or one inside the other, would hide each other. */
static gboolean
check_input_places (const AssayYaml *yaml, const AssayYamlNode *node, GPtrArray *inputs, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  guint index = 0;
  g_ptr_array_extend (sorted, inputs, NULL, NULL);
  g_ptr_array_sort (sorted, compare_places);
  for (guint i = 1; i < sorted->len; i++)
    {
      const AssayRecipeLayer *outer = g_ptr_array_index (sorted, i - 1);
      const AssayRecipeLayer *inner = g_ptr_array_index (sorted, i);
      if ((strcmp (outer->into, inner->into) == 0 || assay_path_is_beneath (inner->into, outer->into))
          && g_ptr_array_find (inputs, inner, &index))
        {
          g_autofree char *message
              = g_strdup_printf ("this place is or lies in that of the input at line %d", outer->line);
          return fail_layer (yaml, g_ptr_array_index (node->items, index), "at", error, message);
        }
    }
  return TRUE;
}

gboolean
assay_recipe_read_inputs (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  GPtrArray *inputs = *(GPtrArray **)out;
  return assay_schema_read_entries (yaml, node, &input_schema, inputs, error)
         && check_input_places (yaml, node, inputs, error);
}

gboolean
assay_recipe_read_toolchain (const AssayYaml *yaml, const AssayYamlNode *node, gpointer out, GError **error)
{
  return assay_schema_read_entries (yaml, node, &toolchain_schema, *(GPtrArray **)out, error);
}

void
assay_recipe_resolve_layers (const AssayRecipe *recipe)
{
  const GPtrArray *const lists[]
      = { recipe->source, recipe->patches, recipe->inputs, recipe->toolchain, recipe->mtrees };
  for (gsize list = 0; list < G_N_ELEMENTS (lists); list++)
    for (guint i = 0; i < lists[list]->len; i++)
      {
        AssayRecipeLayer *layer = g_ptr_array_index (lists[list], i);
        struct stat status;
        const char *directory = layer->is_default ? recipe->defaults->directory : recipe->directory;
        layer->path = assay_path_from_file (directory, layer->given);
        if (lists[list] == recipe->inputs && stat (layer->path, &status) == 0 && S_ISDIR (status.st_mode))
          layer->kind = ASSAY_SOURCE_DIRECTORY;
      }
}
