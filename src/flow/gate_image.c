#include "flow/gate_image.h"

#include "crypto/sha256.h"
#include "flow/digests.h"
#include "flow/gate_files.h"
#include "flow/gate_program.h"
#include "flow/gate_scope.h"
#include "report/form.h"
#include "unpack/settling.h"
#include "util/prefix.h"

#include <assay/error.h>

#include <string.h>

/* What decides how far containers are read, and is the same on each machine. */
static const AssayLimit reading_limits[] = {
  ASSAY_LIMIT_TOTAL_BYTES,   ASSAY_LIMIT_RATIO,          ASSAY_LIMIT_DEPTH,          ASSAY_LIMIT_ENTRIES,
  ASSAY_LIMIT_NAME_BYTES,    ASSAY_LIMIT_PATH_BYTES,     ASSAY_LIMIT_DECODER_MEMORY, ASSAY_LIMIT_STREAM_MEMBERS,
  ASSAY_LIMIT_WORKER_MEMORY, ASSAY_LIMIT_METADATA_BYTES,
};

void
assay_gate_read_limits (const AssayStored *stored, AssayLimits *out)
{
  const json_t *said = json_object_get (json_object_get (stored->json, "options"), "limits");
  assay_limits_init (out);
  for (gsize i = 0; i < G_N_ELEMENTS (reading_limits); i++)
    {
      guint64 value = 0;
      guint64 *limit = &out->value[reading_limits[i]];
      if (assay_form_count (said, "limits", assay_limit_name (reading_limits[i]), &value, NULL))
        *limit = MIN (*limit, value);
    }
}

static gboolean
needs_inside (const AssayStored *stored, gboolean open_all)
{
  if (open_all)
    return TRUE;
  for (guint i = 0; i < assay_findings_length (stored->account->findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (stored->account->findings, i);
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
  for (guint i = 0; i < assay_findings_length (stored->account->findings); i++)
    g_hash_table_add (held, assay_findings_get (stored->account->findings, i)->node->path);
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

/* The files of the directory, each digested once, for all that is said of it. */
static gboolean
digest_files (const AssayNode *root, GHashTable *digests, GError **error)
{
  for (guint i = 0; i < root->children->len; i++)
    {
      AssayNode *node = g_ptr_array_index (root->children, i);
      AssayDigest digest;
      if (node->blob == NULL)
        continue;
      if (!assay_sha256_blob (node->blob, 0, node->size, &digest, error))
        return FALSE;
      g_hash_table_insert (digests, node, g_memdup2 (&digest, sizeof digest));
    }
  return TRUE;
}

gboolean
assay_gate_digest_directory (const AssayStored *stored, AssayImage *image, const AssayUnpackOptions *options,
                             GHashTable *digests, gboolean open_all, AssayDigest *out, GError **error)
{
  if (!needs_inside (stored, open_all))
    image->root = assay_unpack_entries (image->directory, options, error);
  else if (!unpack_settled (stored, image, options, error))
    return FALSE;
  return image->root != NULL && digest_files (image->root, digests, error)
         && assay_tree_digest (image->root, digests, ASSAY_TREE_FACTS_ALL, out, error);
}

static gboolean
stands_there (const AssayGateImage *held, const AssayFinding *finding)
{
  guint8 bytes[ASSAY_FINDING_HEX_BYTES];
  g_autoptr (GError) ignored = NULL;
  const AssayNode *node = assay_prefix_lookup (held->nodes, finding->node->path);
  if (node == NULL)
    return assay_gate_may_hide (held, finding->node->path);
  return node->blob != NULL && node->size == finding->node->size
         && assay_blob_read (node->blob, finding->offset, bytes, finding->shipped_length, &ignored)
         && memcmp (bytes, finding->shipped, finding->shipped_length) == 0;
}

static char *
check_findings (const AssayGateImage *held)
{
  AssayFindings *findings = held->stored->account->findings;
  for (guint i = 0; i < assay_findings_length (findings); i++)
    {
      const AssayFinding *finding = assay_findings_get (findings, i);
      if (finding->shipped_length > 0 && !stands_there (held, finding))
        return g_strdup ("the report shows bytes of the image that do not stand there");
    }
  return NULL;
}

/* What the report says of the headers of a program decides which bytes a line for a section speaks of. */
static char *
check_programs (const AssayGateImage *held)
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
      const AssayNode *node = assay_prefix_lookup (held->nodes, node_account->node->path);
      if (node != NULL && node->blob != NULL
          && !assay_gate_program_agrees (json_array_get (files, i), node_account, node->blob, &limits))
        return g_strdup ("the report names sections or segments that the image does not have");
    }
  return NULL;
}

/* A right that the report keeps silent about is one that no policy forbids. */
static char *
check_rights (const AssayGateImage *held)
{
  const GPtrArray *nodes = held->stored->account->nodes;
  g_autoptr (GHashTable) packages = assay_rights_new ();
  for (guint i = 0; i < nodes->len; i++)
    {
      const AssayNodeAccount *node_account = g_ptr_array_index (nodes, i);
      const AssayNode *node = assay_prefix_lookup (held->nodes, node_account->node->path);
      if (node != NULL && assay_node_rights (packages, node) != node_account->rights)
        return g_strdup_printf ("the report names other rights than the mode and attributes of %s give",
                                node_account->node->path);
    }
  return NULL;
}

char *
assay_gate_check_image (const AssayStored *stored, AssayImage *image, GHashTable *digests, AssayGateTrust trust)
{
  AssayLimits limits;
  AssayUnpackOptions reading = { .limits = &limits };
  AssayNode whole = { .path = (char *)".", .blob = image->blob, .size = image->size };
  g_autoptr (GHashTable) said = assay_prefix_table_new ();
  g_autoptr (GError) error = NULL;
  assay_gate_read_limits (stored, &limits);
  if (needs_inside (stored, trust.opens_all) && image->root == NULL && !assay_image_unpack (image, &reading, &error))
    return g_strdup_printf ("the image cannot be looked into: %s", error->message);
  g_autoptr (GHashTable) nodes = assay_gate_nodes_by_path (image->root == NULL ? &whole : image->root);
  AssayGateImage held = { .stored = stored,
                          .root = image->root,
                          .opened = needs_inside (stored, trust.opens_all),
                          .trust = trust,
                          .is_directory = image->directory != NULL,
                          .nodes = nodes,
                          .said = said,
                          .digests = digests };
  for (guint i = 0; i < stored->account->nodes->len; i++)
    {
      const AssayNode *node = ((const AssayNodeAccount *)g_ptr_array_index (stored->account->nodes, i))->node;
      g_hash_table_insert (said, assay_prefix_new (node->path), GUINT_TO_POINTER (i + 1));
    }
  char *fault = check_findings (&held);
  if (fault == NULL)
    fault = check_programs (&held);
  if (fault == NULL)
    fault = check_rights (&held);
  if (fault == NULL)
    fault = assay_gate_check_files (&held);
  return fault != NULL ? fault : assay_gate_check_scope_of_image (&held);
}
