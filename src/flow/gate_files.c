#include "flow/gate_files.h"

#include "crypto/sha256.h"
#include "util/prefix.h"
#include "util/text.h"

#include <string.h>

static gboolean
note_node (AssayNode *node, gpointer data)
{
  g_hash_table_insert (data, assay_prefix_new (node->path), node);
  return TRUE;
}

GHashTable *
assay_gate_nodes_by_path (const AssayNode *root)
{
  GHashTable *nodes = assay_prefix_table_new ();
  assay_node_visit ((AssayNode *)root, note_node, nodes);
  return nodes;
}

static const AssayNodeAccount *
find_said (const AssayGateImage *image, const char *path)
{
  guint index = GPOINTER_TO_UINT (assay_prefix_lookup (image->said, path));
  return index == 0 ? NULL : g_ptr_array_index (image->stored->account->nodes, index - 1);
}

static gboolean
is_layout (const AssayNodeAccount *said)
{
  return strcmp (said->node->format, "layout") == 0;
}

static gboolean
hides_parts (const AssayGateImage *image, const AssayPrefix *path)
{
  guint index = GPOINTER_TO_UINT (g_hash_table_lookup (image->said, path));
  const AssayNode *node = g_hash_table_lookup (image->nodes, path);
  const AssayNodeAccount *said = index == 0 ? NULL : g_ptr_array_index (image->stored->account->nodes, index - 1);
  if (said != NULL && is_layout (said))
    return TRUE;
  return node != NULL && node->trouble != NULL && (said == NULL || said->node->trouble == NULL);
}

gboolean
assay_gate_may_hide (const AssayGateImage *image, const char *path)
{
  const AssayPrefix root = assay_prefix_begin (".", 1);
  AssayPrefix above = assay_prefix_begin (path, 0);
  gboolean may = hides_parts (image, &root);
  while (!may && assay_prefix_next (&above))
    may = hides_parts (image, &above);
  return may;
}

const AssayDigest *
assay_gate_digest (GHashTable *digests, const AssayNode *node)
{
  const AssayDigest *known = g_hash_table_lookup (digests, node);
  AssayDigest digest;
  g_autoptr (GError) ignored = NULL;
  if (known != NULL)
    return known;
  if (node->blob == NULL || !assay_sha256_blob (node->blob, 0, node->size, &digest, &ignored))
    return NULL;
  AssayDigest *made = g_memdup2 (&digest, sizeof digest);
  g_hash_table_insert (digests, (gpointer)node, made);
  return made;
}

static char *
blame (const char *path, const char *what)
{
  return g_strdup_printf ("the report says of %s %s", strcmp (path, ".") == 0 ? "the image" : path, what);
}

/* Both readings end in the same places, but where the report was made within wider limits or on a quicker machine: what
 * stands there nobody but a party of the policy can answer for. */
static char *
check_trouble (const AssayGateImage *image, const AssayNodeAccount *said, const AssayNode *node)
{
  const char *path = node->path;
  if (image->trust.is_signed || !image->opened || is_layout (said))
    return NULL;
  if (node->trouble == NULL)
    return said->node->trouble != NULL && image->trust.is_strict
               ? blame (path, "that it could not be read to its end, as it can")
               : NULL;
  if (said->node->trouble != NULL || (node->trouble_code == ASSAY_ERROR_LIMIT && !image->trust.is_strict))
    return NULL;
  g_autofree char *why = assay_text_escape_line (node->trouble, -1);
  g_autofree char *what = g_strdup_printf ("nothing of what keeps the gate from reading it to its end: %s", why);
  return blame (path, what);
}

static char *
check_said (const AssayGateImage *image, const AssayNodeAccount *said)
{
  const char *path = said->node->path;
  const AssayNode *node = assay_prefix_lookup (image->nodes, path);
  gboolean in_unopened = !image->opened && strstr (path, "//") != NULL;
  if (node == NULL)
    return in_unopened || assay_gate_may_hide (image, path)
               ? NULL
               : g_strdup_printf ("the report speaks of %s, which the image does not have", path);
  if (node->type != said->node->type)
    return blame (path, "that it is of another type than it is");
  if (node->size != said->node->size)
    return blame (path, "that it is of another size than it is");
  char *fault = check_trouble (image, said, node);
  if (fault != NULL)
    return fault;
  gboolean same_end = (node->trouble != NULL) == (said->node->trouble != NULL);
  /* What is called no program has no headers, and nothing in them that a policy forbids. */
  if (image->opened && strcmp (node->format, said->node->format) != 0 && !is_layout (said) && same_end)
    return blame (path, "that it is of another format than it is");
  if (image->opened && !said->unclaimed && !said->flat && !is_layout (said) && same_end
      && assay_node_holds_unclaimed (node))
    return blame (path, "nothing of the bytes that belong to no part of it");
  if (!said->has_digest)
    return NULL;
  const AssayDigest *digest = assay_gate_digest (image->digests, node);
  return digest != NULL && assay_digest_equal (digest, &said->digest)
             ? NULL
             : blame (path, "that its content has another digest than it has");
}

/* A container that counts as one run of bytes, and says so, and one that the report could not read, names nothing that
 * is in it. */
static gboolean
may_be_left_out (const AssayGateImage *image, const AssayNode *node)
{
  const AssayNode *above = node->parent;
  while (above != NULL && find_said (image, above->path) == NULL)
    above = above->parent;
  const AssayNodeAccount *said = above == NULL ? NULL : find_said (image, above->path);
  return said != NULL && (said->flat || said->node->trouble != NULL || is_layout (said));
}

/** A search for what the report does not name. */
typedef struct
{
  const AssayGateImage *image;
  const AssayNode *found;
} Unsaid;

static gboolean
is_said (AssayNode *node, gpointer data)
{
  Unsaid *unsaid = data;
  if (find_said (unsaid->image, node->path) == NULL && !may_be_left_out (unsaid->image, node))
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
      const AssayNode *node = assay_prefix_lookup (image->nodes, fact->node->path);
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
  Unsaid unsaid = { .image = image };
  assay_node_visit ((AssayNode *)image->root, is_said, &unsaid);
  if (unsaid.found != NULL)
    return g_strdup_printf ("the image has %s, of which the report says nothing", unsaid.found->path);
  return check_facts (image);
}
