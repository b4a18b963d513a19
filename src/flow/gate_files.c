#include "flow/gate_files.h"

#include "crypto/sha256.h"

#include <string.h>

static const AssayNodeAccount *
find_said (const AssayGateImage *image, const char *path)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (image->said, path));
  return index == 0 ? NULL : g_ptr_array_index (image->stored->account->nodes, index - 1);
}

/* Whether the report says that it could not read the node, or that a layout divides it. */
static gboolean
is_divided_otherwise (const AssayGateImage *image, const char *path)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (image->said, path));
  const json_t *file = index == 0 ? NULL : json_array_get (json_object_get (image->stored->json, "files"), index - 1);
  return file != NULL
         && (json_object_get (file, "trouble") != NULL
             || g_strcmp0 (json_string_value (json_object_get (file, "format")), "layout") == 0);
}

gboolean
assay_gate_may_hide (const AssayGateImage *image, const char *path)
{
  g_autofree char *above = g_strdup (path);
  for (char *slash = strrchr (above, '/');; slash = strrchr (above, '/'))
    {
      const char *at = ".";
      if (slash != NULL)
        {
          *slash = '\0';
          at = above;
        }
      const AssayNodeAccount *said = find_said (image, at);
      const AssayNode *node = g_hash_table_lookup (image->nodes, at);
      if ((said != NULL && strcmp (said->node->format, "layout") == 0) || (node != NULL && node->trouble != NULL))
        return TRUE;
      if (slash == NULL)
        return FALSE;
    }
}

static const AssayDigest *
digest_of (const AssayGateImage *image, const AssayNode *node)
{
  const AssayDigest *known = g_hash_table_lookup (image->digests, node);
  AssayDigest digest;
  g_autoptr (GError) ignored = NULL;
  if (known != NULL)
    return known;
  if (node->blob == NULL || !assay_sha256_blob (node->blob, 0, node->size, &digest, &ignored))
    return NULL;
  AssayDigest *made = g_memdup2 (&digest, sizeof digest);
  g_hash_table_insert (image->digests, (gpointer)node, made);
  return made;
}

static char *
blame (const char *path, const char *what)
{
  return g_strdup_printf ("the report says of %s %s", strcmp (path, ".") == 0 ? "the image" : path, what);
}

static char *
check_said (const AssayGateImage *image, const AssayNodeAccount *said)
{
  const char *path = said->node->path;
  const AssayNode *node = g_hash_table_lookup (image->nodes, path);
  gboolean in_unopened = !image->opened && strstr (path, "//") != NULL;
  if (node == NULL)
    return in_unopened || assay_gate_may_hide (image, path)
               ? NULL
               : g_strdup_printf ("the report speaks of %s, which the image does not have", path);
  if (node->type != said->node->type)
    return blame (path, "that it is of another type than it is");
  if (node->size != said->node->size)
    return blame (path, "that it is of another size than it is");
  /* What is called no program has no headers, and nothing in them that a policy forbids. */
  if (image->opened && strcmp (node->format, said->node->format) != 0 && !is_divided_otherwise (image, path)
      && node->trouble == NULL)
    return blame (path, "that it is of another format than it is");
  if (image->opened && !said->unclaimed && !said->flat && !is_divided_otherwise (image, path)
      && assay_node_holds_unclaimed (node))
    return blame (path, "nothing of the bytes that belong to no part of it");
  if (!said->has_digest)
    return NULL;
  const AssayDigest *digest = digest_of (image, node);
  return digest != NULL && assay_digest_equal (digest, &said->digest)
             ? NULL
             : blame (path, "that its content has another digest than it has");
}

/* Containers of which the report names something that they hold. */
static GHashTable *
find_divided (const AssayGateImage *image)
{
  GHashTable *divided = g_hash_table_new (NULL, NULL);
  GHashTableIter iterator;
  gpointer value = NULL;
  g_hash_table_iter_init (&iterator, image->nodes);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const AssayNode *node = value;
      if (node->parent != NULL && find_said (image, node->path) != NULL)
        g_hash_table_add (divided, node->parent);
    }
  return divided;
}

/* A container that counts as one run of bytes, and one that the report could not read, names nothing that is in it. */
static gboolean
may_be_left_out (const AssayGateImage *image, GHashTable *divided, const AssayNode *node)
{
  const AssayNode *above = node->parent;
  while (above != NULL && find_said (image, above->path) == NULL)
    above = above->parent;
  if (above == NULL)
    return FALSE;
  gboolean is_whole = !g_hash_table_contains (divided, above) && !(image->is_directory && above == image->root);
  return is_whole || is_divided_otherwise (image, above->path);
}

/** A search for what the report does not name. */
typedef struct
{
  const AssayGateImage *image;
  GHashTable *divided;
  const AssayNode *found;
} Unsaid;

static gboolean
is_said (AssayNode *node, gpointer data)
{
  Unsaid *unsaid = data;
  if (find_said (unsaid->image, node->path) == NULL && !may_be_left_out (unsaid->image, unsaid->divided, node))
    unsaid->found = node;
  return unsaid->found == NULL;
}

/* What an entry of a directory says beside its name, as filesystem.h has it. */
static gboolean
is_of_file_system (const char *fact)
{
  static const char *const names[] = { "mode", "uid", "gid", "link", "device", NULL };
  return g_strv_contains (names, fact) || g_str_has_prefix (fact, "xattr.");
}

static char *
check_facts (const AssayGateImage *image)
{
  const GPtrArray *facts = image->stored->account->facts;
  for (guint i = 0; image->is_directory && i < facts->len; i++)
    {
      const AssayFactAccount *fact = g_ptr_array_index (facts, i);
      const AssayNode *node = g_hash_table_lookup (image->nodes, fact->node->path);
      gboolean is_entry = node != NULL && (node == image->root || node->parent == image->root);
      if (is_entry && is_of_file_system (fact->fact)
          && g_strcmp0 (assay_node_get_fact (node, fact->fact), fact->shipped) != 0)
        return blame (fact->node->path, "a fact that it does not have");
    }
  return NULL;
}

char *
assay_gate_check_files (const AssayGateImage *image)
{
  const GPtrArray *files = image->stored->account->nodes;
  if (image->root == NULL)
    return NULL;
  for (guint i = 0; i < files->len; i++)
    {
      char *fault = check_said (image, g_ptr_array_index (files, i));
      if (fault != NULL)
        return fault;
    }
  g_autoptr (GHashTable) divided = find_divided (image);
  Unsaid unsaid = { .image = image, .divided = divided };
  assay_node_visit ((AssayNode *)image->root, is_said, &unsaid);
  if (unsaid.found != NULL)
    return g_strdup_printf ("the image has %s, of which the report says nothing", unsaid.found->path);
  return check_facts (image);
}
