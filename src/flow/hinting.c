#include "flow/hinting.h"

#include "unpack/fact.h"
#include "util/cancel.h"

#include <string.h>

/** The newest of a container's entries, and how many have that time. */
typedef struct
{
  gint64 seconds;
  guint entries;
} Newest;

typedef struct
{
  AssayHints *hints;
  AssayInterpreter *interpreter;
  GHashTable *newest;    /* AssayNode to Newest */
  GPtrArray *containers; /* its keys, in their order */
} Reading;

static gint64
time_of (const GArray *facts)
{
  const char *value = facts != NULL ? assay_facts_get (facts, "mtime") : NULL;
  return value != NULL ? g_ascii_strtoll (value, NULL, 10) : 0;
}

/* The container whose entry a node is, through directories. */
static const AssayNode *
container_of (const AssayNode *node)
{
  const AssayNode *container = node->parent;
  while (container != NULL && container->parent != NULL && container->spans == NULL)
    container = container->parent;
  return container;
}

static void
note_entry (Reading *reading, const AssayNode *node)
{
  gint64 seconds = time_of (node->facts);
  const AssayNode *container = container_of (node);
  if (container == NULL || seconds <= 0)
    return;
  Newest *newest = g_hash_table_lookup (reading->newest, container);
  if (newest == NULL)
    {
      newest = g_new0 (Newest, 1);
      g_hash_table_insert (reading->newest, (gpointer)container, newest);
      g_ptr_array_add (reading->containers, (gpointer)container);
    }
  if (seconds > newest->seconds)
    *newest = (Newest){ seconds, 0 };
  newest->entries += seconds == newest->seconds;
}

static void
add_newest (Reading *reading)
{
  for (guint i = 0; i < reading->containers->len; i++)
    {
      const AssayNode *container = g_ptr_array_index (reading->containers, i);
      const Newest *newest = g_hash_table_lookup (reading->newest, container);
      const AssayHintFile file = { container->path, NULL, container->size };
      char entries[16];
      g_snprintf (entries, sizeof entries, "%u", newest->entries);
      assay_hints_add_time (reading->hints, &file, ASSAY_HINT_ENTRY_TIME, newest->seconds, entries, "entries");
    }
}

static gboolean
read_node (AssayNode *node, gpointer data)
{
  Reading *reading = data;
  const AssayHintFile file = { node->path, node->blob, node->size };
  AssayHintForm form = strcmp (node->format, "elf") == 0 ? ASSAY_HINT_FORM_ELF : ASSAY_HINT_FORM_ANY;
  assay_hints_add_time (reading->hints, &file, ASSAY_HINT_HEADER_TIME, time_of (node->own_facts), node->format,
                        "header");
  note_entry (reading, node);
  if (node->trouble != NULL)
    assay_hints_miss (reading->hints);
  if (node->blob != NULL && !assay_node_is_container (node) && node->size > 0)
    assay_hints_read_file (reading->hints, &file, form, reading->interpreter);
  return !assay_cancelled (NULL);
}

gboolean
assay_flow_read_hints (AssayHints *hints, AssayNode *root, const AssayLimits *limits, GError **error)
{
  g_autoptr (AssayInterpreter) interpreter = assay_interpreter_new (limits);
  g_autoptr (GHashTable) newest = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GPtrArray) containers = g_ptr_array_new ();
  Reading reading = { hints, interpreter, newest, containers };
  assay_node_visit (root, read_node, &reading);
  if (assay_cancelled (error))
    return FALSE;
  add_newest (&reading);
  return TRUE;
}
