#include "flow/offering.h"

#include "crypto/sha256.h"
#include "inventory/nature.h"
#include "util/lock.h"
#include "util/text.h"

#include <string.h>

/** What was found out of a node. */
typedef struct
{
  AssayBlob *blob; /* borrowed */
  AssayDigest sha256;
} Found;

struct _AssayOffering
{
  AssayFlowResult *result;
  AssayLock lock;    /* guards what follows */
  GHashTable *nodes; /* node path to AssayNode; NULL until somebody asks */
  GArray *found;     /* Found */
  gboolean has_nature;
  AssayNature nature; /* of the whole image */
};

AssayOffering *
assay_offering_new (AssayFlowResult *result)
{
  AssayOffering *offering = g_new0 (AssayOffering, 1);
  offering->result = result;
  assay_lock_init (&offering->lock);
  offering->found = g_array_new (FALSE, FALSE, sizeof (Found));
  return offering;
}

void
assay_offering_free (AssayOffering *offering)
{
  if (offering == NULL)
    return;
  for (guint i = 0; i < offering->found->len; i++)
    {
      const Found *found = &g_array_index (offering->found, Found, i);
      if (assay_blob_get_noted_sha256 (found->blob) == NULL)
        assay_blob_note_sha256 (found->blob, &found->sha256);
    }
  if (offering->has_nature)
    g_hash_table_insert (offering->result->natures, g_memdup2 (&offering->result->image->sha256, sizeof (AssayDigest)),
                         GINT_TO_POINTER (offering->nature));
  g_clear_pointer (&offering->nodes, g_hash_table_unref);
  g_array_unref (offering->found);
  assay_lock_clear (&offering->lock);
  g_free (offering);
}

static gboolean
enter_node (AssayNode *node, gpointer data)
{
  g_hash_table_insert (data, node->path, node);
  return TRUE;
}

/* What is wrong with the image is said by whoever unpacks it to judge it. */
static void
unpack (AssayOffering *offering)
{
  const AssayFlowResult *result = offering->result;
  AssayImage *image = result->image;
  AssayUnpackOptions options = { .limits = &result->options->limits, .layout = result->layout };
  g_autoptr (GError) ignored = NULL;
  ASSAY_TIMED (result->options->timings, ASSAY_STAGE_UNPACKING);
  offering->nodes = g_hash_table_new (g_str_hash, g_str_equal);
  if (image->root != NULL || assay_image_unpack (image, &options, &ignored))
    assay_node_visit (image->root, enter_node, offering->nodes);
}

static const AssayNode *
find_node (AssayOffering *offering, const char *at)
{
  assay_lock_take (&offering->lock);
  if (offering->nodes == NULL)
    unpack (offering);
  const AssayNode *node = g_hash_table_lookup (offering->nodes, at);
  assay_lock_give (&offering->lock);
  return node;
}

/* A file that others may write to could be another thing when it is compared. */
static AssayBlob *
find_blob (AssayOffering *offering, const char *at, guint64 size)
{
  const AssayNode *node = find_node (offering, at);
  AssayBlob *blob = node == NULL ? NULL : node->blob;
  return blob == NULL || assay_blob_get_size (blob) != size || assay_blob_is_shared (blob) ? NULL : blob;
}

static gboolean
digest (AssayOffering *offering, AssayBlob *blob, AssayDigest *out)
{
  Found found = { .blob = blob };
  if (!assay_sha256_blob (blob, 0, assay_blob_get_size (blob), &found.sha256, NULL))
    return FALSE;
  assay_lock_take (&offering->lock);
  g_array_append_val (offering->found, found);
  assay_lock_give (&offering->lock);
  *out = found.sha256;
  return TRUE;
}

AssayBlob *
assay_offering_find (const AssayRecipeOutput *output, guint64 size_bytes, const AssayDigest *sha256, gpointer data)
{
  AssayOffering *offering = data;
  const char *at = output->at == NULL ? "." : output->at;
  AssayDigest there;
  const AssayImage *image = offering->result->image;
  if (image == NULL || image->blob == NULL || assay_text_has_glob (at))
    return NULL;
  AssayBlob *blob = find_blob (offering, at, size_bytes);
  if (blob == NULL || !digest (offering, blob, &there) || !assay_digest_equal (&there, sha256))
    return NULL;
  AssayBlob *whole = assay_blob_new_slice (blob, 0, size_bytes, NULL);
  if (whole != NULL && assay_blob_get_noted_sha256 (whole) == NULL)
    assay_blob_note_sha256 (whole, sha256);
  return whole;
}

void
assay_offering_look_ahead (gpointer data)
{
  AssayOffering *offering = data;
  const AssayImage *image = offering->result->image;
  if (image == NULL || image->blob == NULL || !image->has_sha256 || offering->result->layout->len == 0)
    return;
  const AssayNode *root = find_node (offering, ".");
  if (root == NULL || root->spans == NULL || strcmp (root->format, "layout") != 0)
    return;
  offering->has_nature = assay_nature_find (image->blob, &offering->nature, NULL, NULL);
}
