#include "unpack/iso/record.h"

#include "unpack/pieces.h"

#define BLOCK ASSAY_ISO_BLOCK_BYTES

static gboolean
is_executable (const AssayNode *child)
{
  const char *mode = assay_facts_get (child->facts, "mode");
  return mode != NULL && (g_ascii_strtoull (mode, NULL, 8) & 0111) != 0;
}

/* What is inside of a file that somebody may run by another of its names counts as it is. */
static gboolean
add_name (AssayNode *child, AssayNode *first, GError **error)
{
  if (first->size != child->size)
    return assay_iso_fail ("two files of one beginning and two sizes", error);
  child->type = ASSAY_NODE_HARDLINK;
  child->size = 0;
  assay_facts_add_raw (child->facts, "link", first->path, strlen (first->path));
  if (is_executable (child))
    first->loaded_from = "none";
  return TRUE;
}

/* A file in several pieces. */
static gboolean
add_pieces (AssayIso *iso, AssayNode *child, const GArray *runs, GError **error)
{
  child->size = 0;
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayIsoRun *run = &g_array_index (runs, AssayIsoRun, i);
      if (!assay_pieces_add_stored (iso->container, child, run->offset, run->length, "iso piece of a file", error))
        return FALSE;
    }
  return TRUE;
}

/* What stands behind the end of a file in its last block. */
static void
add_slack (AssayIso *iso, const AssayNode *child, guint64 end)
{
  guint64 rest = MIN ((BLOCK - end % BLOCK) % BLOCK, iso->container->node->size - end);
  assay_container_add_span (iso->container,
                            (AssaySpan){ end, rest, ASSAY_SPAN_SLACK, child->index, FALSE, "iso file slack" });
}

gboolean
assay_iso_content_add (AssayIso *iso, AssayNode *child, const GArray *runs, GError **error)
{
  gboolean in_one = TRUE;
  const AssayIsoRun *first = &g_array_index (runs, AssayIsoRun, 0);
  guint64 end = first->offset;
  child->size = 0;
  for (guint i = 0; i < runs->len; i++)
    {
      const AssayIsoRun *run = &g_array_index (runs, AssayIsoRun, i);
      in_one = in_one && run->offset == end;
      end = run->offset + run->length;
      child->size += run->length;
      if (run->length > 0 && !assay_iso_check_run (iso, (guint32)(run->offset / BLOCK), run->length, error))
        return FALSE;
      if (i + 1 < runs->len && (run->length == 0 || run->length % BLOCK != 0))
        return assay_iso_fail ("a piece of a file that is no whole blocks", error);
    }
  if (child->size == 0)
    return assay_container_add_payload (iso->container, child, 0, 0, "iso file", error);
  gpointer key = GUINT_TO_POINTER (first->offset / BLOCK);
  AssayNode *other = g_hash_table_lookup (iso->files, key);
  if (other != NULL)
    return add_name (child, other, error);
  g_hash_table_insert (iso->files, key, child);
  add_slack (iso, child, end);
  return in_one ? assay_container_add_payload (iso->container, child, first->offset, child->size, "iso file", error)
                : add_pieces (iso, child, runs, error);
}
