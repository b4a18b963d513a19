#include "unpack/unpack.h"

#include "unpack/filesystem.h"
#include "unpack/formats.h"
#include "unpack/layout.h"
#include "unpack/readers.h"
#include "unpack/spans.h"
#include "util/cancel.h"
#include "util/checked.h"
#include "util/snapshot.h"

/* A node that waits to be looked into, and how many containers lie around it. */
typedef struct
{
  AssayNode *node;
  guint64 depth;
} Pending;

static void
set_trouble (AssayNode *node, const GError *failure)
{
  assay_node_reset (node);
  g_free (node->trouble);
  node->trouble = g_strdup (failure->message);
  node->trouble_code = (AssayErrorCode)failure->code;
}

/* What merely looked like a format of weak magic is raw; a limit that was hit while it read well is no proof of that.
 */
static gboolean
is_no_such_format (const AssayFormat *format, const GError *failure)
{
  return format->weak && (failure->code == ASSAY_ERROR_MALFORMED || failure->code == ASSAY_ERROR_UNSUPPORTED);
}

static void
open_node (AssayUnpackContext *context, AssayNode *node, guint64 depth, const AssayFormat *format)
{
  g_autoptr (GError) failure = NULL;
  node->format = format->name;
  if (format->open == NULL)
    return;
  if (assay_limits_check (context->limits, ASSAY_LIMIT_DEPTH, depth + 1, "a container deeper inside", &failure)
      && assay_readers_open (context->readers, context, node, format, &failure))
    {
      node->stream = format->stream;
      return;
    }
  set_trouble (node, failure);
  if (!is_no_such_format (format, failure))
    return;
  node->format = "raw";
  g_clear_pointer (&node->trouble, g_free);
  node->trouble_code = ASSAY_ERROR_FAILED;
  if (format->otherwise != NULL)
    open_node (context, node, depth, assay_format_named (format->otherwise));
}

static void
divide (AssayUnpackContext *context, AssayNode *node, const GPtrArray *layout)
{
  g_auto (AssayContainer) container = { 0 };
  g_autoptr (GError) failure = NULL;
  assay_container_init (&container, context, node);
  node->format = "layout";
  if (!assay_layout_open (&container, layout, &failure) || !assay_spans_complete (node->spans, node->size, &failure)
      || !assay_node_validate (node, &failure))
    set_trouble (node, failure);
}

/* A file of a directory of the file system may change while it is read, and a container is read several times. */
static gboolean
may_change (const AssayNode *node)
{
  return node->parent != NULL && node->parent->blob == NULL && !node->decoded;
}

/* What the node is, and how it is looked into: @out_layout, or @out_format, or neither. */
static gboolean
recognise (AssayUnpackContext *context, AssayNode *node, GPtrArray **out_layout, const AssayFormat **out_format,
           GError **error)
{
  *out_layout = assay_layout_of (context, node);
  if (*out_layout != NULL)
    return TRUE;
  /* A table over a fixed number of bytes: no reader's work. */
  return (may_change (node) && node->source == NULL ? assay_format_probe_first
                                                    : assay_format_probe) (node->blob, out_format, error);
}

/* Holds a private copy in the place of the file from here on. */
static gboolean
take_snapshot (AssayNode *node, GError **error)
{
  g_autoptr (AssayBlob) snapshot = assay_snapshot_new (node->blob, error);
  if (snapshot == NULL || !assay_blob_hold (snapshot, error))
    return FALSE;
  assay_blob_release (node->blob);
  assay_node_replace_blob (node, snapshot);
  return TRUE;
}

static void
look_into_held (AssayUnpackContext *context, AssayNode *node, guint64 depth)
{
  const AssayFormat *format = NULL;
  g_autoptr (GPtrArray) layout = NULL;
  g_autoptr (GError) failure = NULL;
  gboolean known = recognise (context, node, &layout, &format, &failure);
  if (known && may_change (node) && (layout != NULL || (format != NULL && format->open != NULL)))
    {
      g_clear_pointer (&layout, g_ptr_array_unref);
      known = take_snapshot (node, &failure) && recognise (context, node, &layout, &format, &failure);
    }
  if (!known)
    set_trouble (node, failure);
  else if (layout != NULL)
    divide (context, node, layout);
  else if (format != NULL)
    open_node (context, node, depth, format);
}

static void
look_into (AssayUnpackContext *context, AssayNode *node, guint64 depth)
{
  g_autoptr (GError) failure = NULL;
  if (node->blob == NULL || node->size == 0 || node->type != ASSAY_NODE_FILE || node->trouble != NULL)
    return;
  if (!assay_blob_hold (node->blob, &failure))
    {
      set_trouble (node, failure);
      return;
    }
  look_into_held (context, node, depth);
  assay_blob_release (node->blob);
}

static void
push_children (GArray *stack, AssayNode *node, guint64 depth)
{
  for (guint i = node->children->len; i > 0; i--)
    {
      Pending pending = { g_ptr_array_index (node->children, i - 1), depth };
      g_array_append_val (stack, pending);
    }
}

/* Depth first and in order, so that limits are always hit at the same node. */
static gboolean
unpack_pending (AssayUnpackContext *context, GArray *stack, GError **error)
{
  while (stack->len > 0)
    {
      Pending next = g_array_index (stack, Pending, stack->len - 1);
      g_array_set_size (stack, stack->len - 1);
      if (assay_cancelled (error))
        return FALSE;
      look_into (context, next.node, next.depth);
      if (next.node->trouble != NULL && next.node->trouble_code == ASSAY_ERROR_CANCELLED)
        {
          if (!assay_cancelled (error))
            assay_unpack_fail (error, ASSAY_ERROR_CANCELLED, "cancelled");
          return FALSE;
        }
      assay_progress_add (context->progress, 1);
      push_children (stack, next.node, next.depth + 1);
    }
  return TRUE;
}

static gboolean
unpack_all (AssayUnpackContext *context, GArray *stack, GError **error)
{
  g_autoptr (AssayReaders) own = context->readers == NULL ? assay_readers_new () : NULL;
  if (own != NULL)
    context->readers = own;
  gboolean done = unpack_pending (context, stack, error);
  if (own != NULL)
    context->readers = NULL;
  return done;
}

AssayNode *
assay_unpack_blob (AssayBlob *blob, const AssayUnpackOptions *options, GError **error)
{
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Pending));
  g_autoptr (AssayNode) root = assay_node_new (NULL, g_strdup ("."));
  assay_context_init (&context, options);
  root->blob = assay_blob_ref (blob);
  root->size = assay_blob_get_size (blob);
  context.image_bytes = root->size;
  if (!assay_blob_hold (blob, error))
    return NULL;
  Pending first = { root, 0 };
  g_array_append_val (stack, first);
  gboolean ok = unpack_all (&context, stack, error);
  assay_blob_release (blob);
  if (!ok)
    return NULL;
  if (root->trouble != NULL && (root->trouble_code == ASSAY_ERROR_IO || root->trouble_code == ASSAY_ERROR_CHANGED))
    {
      assay_unpack_fail (error, root->trouble_code, "%s", root->trouble);
      return NULL;
    }
  return g_steal_pointer (&root);
}

static AssayNode *
directory_node (void)
{
  AssayNode *root = assay_node_new (NULL, g_strdup ("."));
  root->type = ASSAY_NODE_DIRECTORY;
  root->format = "directory";
  return root;
}

AssayNode *
assay_unpack_entries (AssayDirectory *directory, const AssayUnpackOptions *options, GError **error)
{
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (AssayNode) root = directory_node ();
  assay_context_init (&context, options);
  return assay_filesystem_list (&context, root, directory, error) ? g_steal_pointer (&root) : NULL;
}

/* Files may claim any size for the holes in them, and all of them are read. */
static gboolean
sum_files (AssayUnpackContext *context, const AssayNode *root, GError **error)
{
  for (guint i = 0; i < root->children->len; i++)
    if (!assay_u64_add (context->image_bytes, ((const AssayNode *)g_ptr_array_index (root->children, i))->size,
                        &context->image_bytes))
      context->image_bytes = G_MAXUINT64;
  return assay_limits_check (context->limits, ASSAY_LIMIT_IMAGE_BYTES, context->image_bytes, "a directory of more",
                             error);
}

AssayNode *
assay_unpack_directory (AssayDirectory *directory, const AssayUnpackOptions *options, GError **error)
{
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Pending));
  g_autoptr (AssayNode) root = directory_node ();
  assay_context_init (&context, options);
  g_autoptr (GError) failure = NULL;
  if (!assay_filesystem_list (&context, root, directory, &failure) || !sum_files (&context, root, &failure))
    {
      if (failure->code != ASSAY_ERROR_LIMIT)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return NULL;
        }
      set_trouble (root, failure);
    }
  push_children (stack, root, 1);
  if (!unpack_all (&context, stack, error))
    return NULL;
  return g_steal_pointer (&root);
}
