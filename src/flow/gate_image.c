#include "flow/gate_image.h"

#include "flow/digests.h"
#include "flow/gate_program.h"
#include "report/form.h"
#include "unpack/settling.h"

#include <assay/error.h>

#include <string.h>

/** An image at the gate, by the paths of what it holds. */
typedef struct
{
  const AssayStored *stored;
  GHashTable *nodes;   /* path to AssayNode */
  GHashTable *formats; /* path to the format that the report has for it */
} Held;

static gboolean
note_node (AssayNode *node, gpointer data)
{
  g_hash_table_insert (data, node->path, node);
  return TRUE;
}

static gboolean
needs_inside (const AssayStored *stored)
{
  for (guint i = 0; i < stored->account->findings->len; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (stored->account->findings, i);
      if (finding->shipped_length > 0 && strcmp (finding->node->path, ".") != 0)
        return TRUE;
    }
  return FALSE;
}

/* The files of which the report says something that the image must bear out. */
static GHashTable *
find_held (const AssayStored *stored)
{
  GHashTable *held = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < stored->account->findings->len; i++)
    g_hash_table_add (held, ((const AssayFinding *)g_ptr_array_index (stored->account->findings, i))->node->path);
  for (guint i = 0; i < stored->account->nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (stored->account->nodes, i);
      if (node_account->totals[ASSAY_CLASS_IDENTICAL] + node_account->payload != node_account->node->size)
        g_hash_table_add (held, node_account->node->path);
    }
  return held;
}

static gboolean
settle (const AssayStored *stored, const AssayNode *root, GError **error)
{
  g_autoptr (AssaySettling) settling = assay_settling_new ();
  g_autoptr (GHashTable) held = find_held (stored);
  for (guint i = 0; i < root->children->len; i++)
    {
      AssayNode *node = g_ptr_array_index (root->children, i);
      if (assay_settling_is_open (node) && g_hash_table_contains (held, node->path)
          && !assay_settling_copy (settling, node, error))
        return FALSE;
    }
  assay_settling_close (settling);
  const char *reason = assay_settling_get_failure (settling, NULL);
  if (reason != NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_CHANGED, reason);
  return reason == NULL;
}

static gboolean
unpack_settled (const AssayStored *stored, AssayImage *image, const AssayUnpackOptions *options, GError **error)
{
  if (!assay_image_unpack (image, options, error))
    return FALSE;
  if (image->root->trouble == NULL)
    return settle (stored, image->root, error);
  g_set_error_literal (error, ASSAY_ERROR, (int)image->root->trouble_code, image->root->trouble);
  return FALSE;
}

gboolean
assay_gate_digest_directory (const AssayStored *stored, AssayImage *image, const AssayUnpackOptions *options,
                             AssayDigest *out, GError **error)
{
  g_autoptr (AssayNode) listed = NULL;
  if (needs_inside (stored))
    return unpack_settled (stored, image, options, error)
           && assay_tree_digest (image->root, NULL, ASSAY_TREE_FACTS_ALL, out, error);
  listed = assay_unpack_entries (image->directory, options, error);
  return listed != NULL && assay_tree_digest (listed, NULL, ASSAY_TREE_FACTS_ALL, out, error);
}

/* Whether the image could hold something of that path that is not seen here: beneath a layout, or what was not opened.
 */
static gboolean
may_be_hidden (const Held *held, const char *path)
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
      const char *format = g_hash_table_lookup (held->formats, at);
      const AssayNode *node = g_hash_table_lookup (held->nodes, at);
      if (g_strcmp0 (format, "layout") == 0 || (node != NULL && node->trouble != NULL))
        return TRUE;
      if (slash == NULL)
        return FALSE;
    }
}

static gboolean
stands_there (const Held *held, const AssayFinding *finding)
{
  guint8 bytes[ASSAY_FINDING_HEX_BYTES];
  g_autoptr (GError) ignored = NULL;
  const AssayNode *node = g_hash_table_lookup (held->nodes, finding->node->path);
  if (node == NULL)
    return may_be_hidden (held, finding->node->path);
  return node->blob != NULL && node->size == finding->node->size
         && assay_blob_read (node->blob, finding->offset, bytes, finding->shipped_length, &ignored)
         && memcmp (bytes, finding->shipped, finding->shipped_length) == 0;
}

static char *
check_findings (const Held *held)
{
  const GPtrArray *findings = held->stored->account->findings;
  for (guint i = 0; i < findings->len; i++)
    {
      const AssayFinding *finding = g_ptr_array_index (findings, i);
      if (finding->shipped_length > 0 && !stands_there (held, finding))
        return g_strdup ("the report shows bytes of the image that do not stand there");
    }
  return NULL;
}

/* What the report says of the headers of a program decides which bytes a line for a section speaks of. */
static char *
check_programs (const Held *held)
{
  const GPtrArray *nodes = held->stored->account->nodes;
  const json_t *files = json_object_get (held->stored->json, "files");
  const json_t *said = json_object_get (json_object_get (held->stored->json, "options"), "limits");
  AssayLimits limits;
  assay_limits_init (&limits);
  if (!assay_form_count (said, "limits", assay_limit_name (ASSAY_LIMIT_SECTIONS), &limits.value[ASSAY_LIMIT_SECTIONS],
                         NULL))
    return g_strdup ("the report does not say how many headers were read");
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (nodes, i);
      const AssayNode *node = g_hash_table_lookup (held->nodes, node_account->node->path);
      if (node != NULL && node->blob != NULL
          && !assay_gate_program_agrees (json_array_get (files, i), node_account, node->blob, &limits))
        return g_strdup ("the report names sections or segments that the image does not have");
    }
  return NULL;
}

char *
assay_gate_check_image (const AssayStored *stored, AssayImage *image)
{
  AssayLimits limits;
  AssayUnpackOptions reading = { .limits = &limits };
  AssayNode whole = { .path = (char *)".", .blob = image->blob, .size = image->size };
  g_autoptr (GHashTable) nodes = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) formats = g_hash_table_new (g_str_hash, g_str_equal);
  Held held = { stored, nodes, formats };
  g_autoptr (GError) error = NULL;
  assay_limits_init (&limits);
  if (!needs_inside (stored))
    note_node (&whole, nodes);
  else if (image->root == NULL && !assay_image_unpack (image, &reading, &error))
    return g_strdup_printf ("the image cannot be looked into: %s", error->message);
  else
    assay_node_visit (image->root, note_node, nodes);
  for (guint i = 0; i < stored->account->nodes->len; i++)
    {
      const AssayNode *node = ((const AssayNodeAccount *)g_ptr_array_index (stored->account->nodes, i))->node;
      g_hash_table_insert (formats, node->path, (gpointer)node->format);
    }
  char *fault = check_findings (&held);
  return fault != NULL ? fault : check_programs (&held);
}
