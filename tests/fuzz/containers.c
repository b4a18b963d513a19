/* Readers of containers (src/unpack), and the process that asks them. */
#include "fuzz.h"

#include "unpack/readers.h"
#include "unpack/reading.h"

#include <stdio.h>
#include <string.h>

/* A node of a tree, or its root: paths are made in two ways. */
static AssayNode *
new_node (AssayBlob *blob, gboolean is_root)
{
  AssayNode *parent = is_root ? NULL : assay_node_new (NULL, g_strdup ("."));
  AssayNode *node = assay_node_new (parent, g_strdup (is_root ? "." : "at/some place"));
  if (parent != NULL)
    {
      parent->type = ASSAY_NODE_DIRECTORY;
      parent->format = "directory";
    }
  node->type = ASSAY_NODE_FILE;
  node->blob = assay_blob_ref (blob);
  node->size = assay_blob_get_size (blob);
  return node;
}

static AssayNode *
top_of (AssayNode *node)
{
  return node->parent != NULL ? node->parent : node;
}

static void
begin (AssayUnpackContext *context, const AssayLimits *limits, const AssayBlob *blob)
{
  const AssayUnpackOptions options = { .limits = limits };
  assay_context_init (context, &options);
  context->image_bytes = assay_blob_get_size (blob);
}

/* The seeds of the liar: which format, a root or not, and how long the container is; then what was said. */
static void
record_head (const AssayFormat *format, const AssayNode *node)
{
  const char *path = g_getenv ("ASSAY_FUZZ_RECORD");
  if (path == NULL || node->size > G_MAXUINT16)
    return;
  const guint8 head[]
      = { (guint8)assay_format_index (format), node->parent == NULL, (guint8)node->size, (guint8)(node->size >> 8) };
  FILE *file = fopen (path, "wb");
  fuzz_check (file != NULL && fwrite (head, 1, sizeof head, file) == sizeof head, "a record");
  fclose (file);
}

/* What the reader found in this process, told through the wire by one that reads it again. */
static void
check_told (const AssayFormat *format, const AssayNode *read, const AssayLimits *limits)
{
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (GError) error = NULL;
  AssayNode *node = new_node (read->blob, read->parent == NULL);
  g_autoptr (AssayNode) top = top_of (node);
  g_autoptr (AssayReaders) readers = assay_readers_new ();
  begin (&context, limits, read->blob);
  context.readers = readers;
  record_head (format, node);
  node->format = format->name;
  if (!assay_readers_open (readers, &context, node, format, &error))
    fuzz_check (FALSE, error->message);
  fuzz_check_inside (node);
  fuzz_check_equal (read, node);
}

void
fuzz_container (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (AssayBlob) blob = fuzz_blob (bytes, length);
  const AssayFormat *format = NULL;
  g_autoptr (GError) error = NULL;
  /* A reader is asked only for what its probe says yes to. */
  fuzz_check (assay_format_probe (blob, &format, NULL), "probing");
  if (length == 0 || format == NULL || strcmp (format->name, target->name) != 0)
    return;
  fuzz_limits_init (&limits);
  begin (&context, &limits, blob);
  AssayNode *node = new_node (blob, length % 2 == 0);
  g_autoptr (AssayNode) top = top_of (node);
  node->format = format->name;
  if (!assay_reading_open (&context, node, format, &error))
    {
      fuzz_check (error != NULL && error->code != ASSAY_ERROR_INTERNAL, error == NULL ? "no reason" : error->message);
      if (g_getenv ("ASSAY_FUZZ_SAY") != NULL)
        fprintf (stderr, "%s: %s\n", target->name, error->message);
      assay_node_reset (node);
      fuzz_check (node->children->len == 0 && node->spans == NULL, "what failed is no leaf");
      return;
    }
  fuzz_check (context.entries <= limits.value[ASSAY_LIMIT_ENTRIES], "more entries than there may be");
  fuzz_check (context.decoded_bytes <= limits.value[ASSAY_LIMIT_TOTAL_BYTES], "more bytes than there may be");
  fuzz_check_inside (node);
  check_told (format, node, &limits);
}

static gboolean
check_node (AssayNode *node, gpointer data)
{
  guint *nodes = data;
  (*nodes)++;
  fuzz_check (node->trouble == NULL || (node->spans == NULL && node->children->len == 0), "in trouble and no leaf");
  fuzz_check_inside (node);
  return TRUE;
}

/* A whole image, to any depth. */
void
fuzz_image (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  guint nodes = 0;
  fuzz_limits_init (&limits);
  const AssayUnpackOptions options = { .limits = &limits };
  g_autoptr (AssayBlob) blob = fuzz_blob (bytes, length);
  g_autoptr (AssayNode) root = assay_unpack_blob (blob, &options, NULL);
  fuzz_check (root != NULL, "nothing at all was said");
  assay_node_visit (root, check_node, &nodes);
  fuzz_check (nodes <= limits.value[ASSAY_LIMIT_ENTRIES] + 1, "more nodes than there may be");
}

/* What is a byte of the container that a liar speaks of. */
static gboolean
read_pattern (gpointer data, guint64 offset, void *out, gsize length, GError **error)
{
  for (gsize i = 0; i < length; i++)
    ((guint8 *)out)[i] = (guint8)((offset + i) * 31 >> 3);
  return TRUE;
}

/* A process that was taken over by what it read says whatever it likes. */
void
fuzz_talk (const FuzzTarget *target, const guint8 *bytes, gsize length)
{
  AssayLimits limits;
  g_auto (AssayUnpackContext) context = { .spool = ASSAY_SPOOL_INIT };
  g_autoptr (GError) error = NULL;
  const AssayFormat *format = assay_format_at (fuzz_take (&bytes, &length, 1));
  gboolean is_root = fuzz_take (&bytes, &length, 1) % 2 != 0;
  guint64 size = fuzz_take (&bytes, &length, 2);
  if (format == NULL || format->open == NULL || size == 0)
    return;
  const FuzzLies lies = { bytes, length };
  fuzz_limits_init (&limits);
  g_autoptr (AssayBlob) blob = assay_blob_new_for_reader (size, read_pattern, NULL);
  begin (&context, &limits, blob);
  AssayNode *node = new_node (blob, is_root);
  g_autoptr (AssayNode) top = top_of (node);
  fuzz_workers_lie (&lies);
  g_autoptr (AssayReaders) readers = assay_readers_new ();
  node->format = format->name;
  gboolean ok = assay_readers_open (readers, &context, node, format, &error);
  fuzz_check (ok == (error == NULL), "a failure without a reason, or a reason without a failure");
  fuzz_check (context.entries <= limits.value[ASSAY_LIMIT_ENTRIES], "more entries than there may be");
  fuzz_check (context.decoded_bytes <= limits.value[ASSAY_LIMIT_TOTAL_BYTES], "more bytes than there may be");
  if (ok)
    fuzz_check_inside (node);
  else
    assay_node_reset (node);
}
