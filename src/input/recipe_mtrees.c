#include "input/mtree.h"
#include "input/path.h"
#include "input/recipe_parts.h"

#include "crypto/sha256.h"
#include "util/stream.h"
#include "util/text.h"

#include <assay/error.h>

#include <string.h>
#include <sys/stat.h>

char *
assay_recipe_tree_prefix (const char *at)
{
  if (at == NULL || strcmp (at, ".") == 0 || strcmp (at, "./") == 0)
    return g_strdup ("");
  return g_str_has_suffix (at, "/") ? g_strdup (at) : g_strconcat (at, "//", NULL);
}

/** What all files of a recipe say. @by_path: (element-type utf8 AssayRecipeEntry): what is in @entries; @lines: what
 * the recipe says itself; @count: entries of all files */
typedef struct
{
  const AssayRecipe *recipe;
  const GArray *digests;
  const AssayLimits *limits;
  GPtrArray *entries;
  GHashTable *by_path;
  AssayRecipeLines *lines;
  guint64 count;
} Reading;

static void
reading_clear (Reading *reading)
{
  g_clear_pointer (&reading->entries, g_ptr_array_unref);
  g_clear_pointer (&reading->by_path, g_hash_table_unref);
  g_clear_pointer (&reading->lines, assay_recipe_lines_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

/* As it is called from where the recipe's own name is one, for messages. */
static char *
name_of (const AssayRecipe *recipe, const AssayRecipeLayer *layer)
{
  g_autofree char *given = assay_text_escape_line (layer->given, -1);
  g_autofree char *directory = g_path_get_dirname (assay_recipe_file_of_layer (recipe, layer));
  return strcmp (directory, ".") == 0 ? g_steal_pointer (&given) : assay_path_from_file (directory, given);
}

/* The bytes that were digested. */
static GBytes *
read_file (const Reading *reading, const AssayRecipeLayer *layer, GError **error)
{
  AssayDigest digest;
  g_autoptr (GBytes) bytes = assay_stream_read_file (layer->path, "mtree", ASSAY_MTREE_MAX_BYTES, error);
  gboolean known = FALSE;
  if (bytes == NULL)
    return NULL;
  assay_sha256_bytes (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &digest);
  for (guint i = 0; i < reading->digests->len; i++)
    {
      const AssayInputDigest *checked = &g_array_index (reading->digests, AssayInputDigest, i);
      known = known || (checked->layer == layer && assay_digest_equal (&checked->sha256, &digest));
    }
  if (known)
    return g_steal_pointer (&bytes);
  g_autofree char *name = name_of (reading->recipe, layer);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, "%s changed since it was checked", name);
  return NULL;
}

static gboolean
facts_equal (GHashTable *one, GHashTable *other)
{
  GHashTableIter iterator;
  gpointer name, value;
  if (one == other)
    return TRUE;
  g_hash_table_iter_init (&iterator, one);
  while (g_hash_table_iter_next (&iterator, &name, &value))
    if (g_strcmp0 (g_hash_table_lookup (other, name), value) != 0)
      return FALSE;
  return g_hash_table_size (one) == g_hash_table_size (other);
}

static gboolean
entries_equal (const AssayRecipeEntry *one, const AssayRecipeEntry *other)
{
  return one->type_bits == other->type_bits && one->is_optional == other->is_optional && one->is_tree == other->is_tree
         && facts_equal (one->facts, other->facts);
}

static gboolean
fail (const AssayRecipe *recipe, const AssayRecipeEntry *entry, const char *problem, GError **error)
{
  g_autofree char *name = name_of (recipe, entry->mtree);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s:%d: %s", name, entry->line, problem);
  return FALSE;
}

/* Takes @entry. */
static gboolean
add_entry (Reading *reading, AssayRecipeEntry *entry, GError **error)
{
  const AssayRecipe *recipe = reading->recipe;
  const AssayRecipeEntry *before = g_hash_table_lookup (reading->by_path, entry->at);
  const char *file = assay_recipe_file_of_layer (recipe, entry->mtree);
  g_ptr_array_add (reading->entries, entry);
  if (before != NULL && entries_equal (before, entry))
    {
      g_ptr_array_set_size (reading->entries, (int)reading->entries->len - 1);
      return TRUE;
    }
  if (before != NULL)
    {
      g_autofree char *other = name_of (recipe, before->mtree);
      g_autofree char *problem = g_strdup_printf ("of this entry %s:%d says something else", other, before->line);
      return fail (recipe, entry, problem, error);
    }
  g_hash_table_insert (reading->by_path, entry->at, entry);
  g_autofree char *problem = assay_recipe_lines_check (reading->lines, file, entry);
  return problem == NULL || fail (recipe, entry, problem, error);
}

static AssayRecipeEntry *
new_entry (const AssayRecipeLayer *layer, const AssayMtreeEntry *read, char *at)
{
  AssayRecipeEntry *entry = g_new0 (AssayRecipeEntry, 1);
  entry->at = at;
  entry->facts = g_hash_table_ref (read->facts);
  entry->line = (int)read->line;
  entry->mtree = layer;
  entry->type_bits = read->type_bits;
  entry->is_optional = read->is_optional;
  return entry;
}

/* The tree's own directory is an entry of the container around it, or `./` of an archive, or the image itself; other
 * containers have none for it. */
static gboolean
add_tree (Reading *reading, const AssayRecipeLayer *layer, const AssayMtreeEntry *read, GError **error)
{
  const char *prefix = layer->into;
  gsize length = strlen (prefix);
  if (length > 0 && !g_str_has_suffix (prefix, "//"))
    return add_entry (reading, new_entry (layer, read, g_strndup (prefix, length - 1)), error);
  AssayRecipeEntry *inside = new_entry (layer, read, g_strconcat (prefix, "%2E", NULL));
  inside->is_tree = TRUE;
  if (!add_entry (reading, inside, error))
    return FALSE;
  if (length > 0)
    return TRUE;
  AssayRecipeEntry *image = new_entry (layer, read, g_strdup ("."));
  image->is_tree = TRUE;
  return add_entry (reading, image, error);
}

static gboolean
add_read (Reading *reading, const AssayRecipeLayer *layer, const AssayMtreeEntry *read, GError **error)
{
  if (*read->path == '\0')
    return add_tree (reading, layer, read, error);
  g_autofree char *name = assay_text_escape_name (read->path, strlen (read->path));
  return add_entry (reading, new_entry (layer, read, g_strconcat (layer->into, name, NULL)), error);
}

static gboolean
read_layer (Reading *reading, const AssayRecipeLayer *layer, GError **error)
{
  g_autofree char *name = name_of (reading->recipe, layer);
  g_autoptr (GBytes) bytes = read_file (reading, layer, error);
  g_autoptr (GPtrArray) read = bytes == NULL ? NULL : assay_mtree_parse (name, bytes, reading->limits, error);
  for (guint i = 0; read != NULL && i < read->len; i++)
    if (!add_read (reading, layer, g_ptr_array_index (read, i), error))
      return FALSE;
  reading->count += read == NULL ? 0 : read->len;
  return read != NULL && assay_limits_check (reading->limits, ASSAY_LIMIT_ENTRIES, reading->count, name, error);
}

gboolean
assay_recipe_read_mtrees (AssayRecipe *recipe, const GArray *digests, const AssayLimits *limits, GError **error)
{
  g_auto (Reading) reading = { .recipe = recipe,
                               .digests = digests,
                               .limits = limits,
                               .entries = g_ptr_array_new_with_free_func (assay_recipe_entry_free),
                               .by_path = g_hash_table_new (g_str_hash, g_str_equal),
                               .lines = assay_recipe_lines_new () };
  for (guint i = 0; i < recipe->entries->len; i++)
    assay_recipe_lines_add (reading.lines, g_ptr_array_index (recipe->entries, i));
  for (guint i = 0; i < recipe->mtrees->len; i++)
    if (!read_layer (&reading, g_ptr_array_index (recipe->mtrees, i), error))
      return FALSE;
  g_ptr_array_extend_and_steal (recipe->entries, g_steal_pointer (&reading.entries));
  return TRUE;
}
