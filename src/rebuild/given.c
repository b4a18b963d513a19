#include "rebuild/given.h"

#include "util/json.h"

/** One output, a file. */
typedef struct
{
  char *path;
  guint64 size;
  AssayDigest sha256;
  AssayBlob *blob;
} Output;

struct _AssayGiven
{
  GHashTable *outputs; /* `from` in the recipe to Output */
};

static void
output_free (gpointer data)
{
  Output *output = data;
  if (output == NULL)
    return;
  g_clear_pointer (&output->blob, assay_blob_unref);
  g_free (output->path);
  g_free (output);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Output, output_free)

/* NULL: it is no file, or more than one. */
static json_t *
write_output (AssayRebuild *rebuild, const char *from, GHashTable *digests)
{
  char hex[ASSAY_DIGEST_HEX_SIZE];
  g_autoptr (GPtrArray) paths = assay_rebuild_find (rebuild, from, NULL);
  const char *path = paths == NULL || paths->len != 1 ? NULL : g_ptr_array_index (paths, 0);
  const AssayDigest *sha256 = path == NULL ? NULL : g_hash_table_lookup (digests, path);
  g_autoptr (AssayBlob) blob
      = sha256 == NULL ? NULL : assay_blob_new_for_file (assay_rebuild_get_root (rebuild), path, NULL);
  if (blob == NULL || !g_utf8_validate (from, -1, NULL) || !g_utf8_validate (path, -1, NULL))
    return NULL;
  assay_digest_to_hex (sha256, hex);
  return json_pack ("{s:s,s:s,s:o,s:s}", "from", from, "path", path, "size",
                    assay_json_count (assay_blob_get_size (blob)), "sha256", hex);
}

json_t *
assay_given_write (AssayRebuild *rebuild, const AssayRecipe *recipe, GHashTable *digests)
{
  json_t *files = json_array ();
  for (guint i = 0; i < recipe->outputs->len; i++)
    {
      json_t *file
          = write_output (rebuild, ((AssayRecipeOutput *)g_ptr_array_index (recipe->outputs, i))->from, digests);
      if (file != NULL)
        json_array_append_new (files, file);
    }
  return files;
}

static Output *
parse_output (const json_t *file)
{
  g_autoptr (Output) output = g_new0 (Output, 1);
  const char *hex = NULL;
  const char *from = NULL;
  const char *path = NULL;
  json_int_t size = -1;
  if (json_unpack_ex ((json_t *)file, NULL, JSON_STRICT, "{s:s,s:s,s:I,s:s}", "from", &from, "path", &path, "size",
                      &size, "sha256", &hex)
          != 0
      || size < 0 || !assay_digest_from_hex (hex, &output->sha256))
    return NULL;
  output->path = g_strdup (path);
  output->size = (guint64)size;
  return g_steal_pointer (&output);
}

static Output *
find_output (const json_t *files, const char *from)
{
  for (gsize i = 0; i < json_array_size (files); i++)
    {
      const json_t *file = json_array_get (files, i);
      if (g_strcmp0 (json_string_value (json_object_get (file, "from")), from) == 0)
        return parse_output (file);
    }
  return NULL;
}

AssayGiven *
assay_given_new (const json_t *files, const AssayRecipe *recipe, AssayContentFinder find, gpointer data)
{
  g_autoptr (AssayGiven) given = g_new0 (AssayGiven, 1);
  given->outputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, output_free);
  for (guint i = 0; i < recipe->outputs->len; i++)
    {
      const AssayRecipeOutput *wanted = g_ptr_array_index (recipe->outputs, i);
      if (g_hash_table_contains (given->outputs, wanted->from))
        continue;
      g_autoptr (Output) output = wanted->symbols == NULL ? find_output (files, wanted->from) : NULL;
      if (output != NULL)
        output->blob = find (wanted, output->size, &output->sha256, data);
      if (output == NULL || output->blob == NULL)
        return NULL;
      g_hash_table_insert (given->outputs, g_strdup (wanted->from), g_steal_pointer (&output));
    }
  return g_steal_pointer (&given);
}

void
assay_given_free (AssayGiven *given)
{
  if (given == NULL)
    return;
  g_hash_table_unref (given->outputs);
  g_free (given);
}

GPtrArray *
assay_given_find (const AssayGiven *given, const char *from)
{
  const Output *output = g_hash_table_lookup (given->outputs, from);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  if (output != NULL)
    g_ptr_array_add (paths, g_strdup (output->path));
  return paths;
}

AssayBlob *
assay_given_get (const AssayGiven *given, const char *from, AssayDigest *out_sha256)
{
  const Output *output = g_hash_table_lookup (given->outputs, from);
  if (output == NULL)
    return NULL;
  *out_sha256 = output->sha256;
  return output->blob;
}
