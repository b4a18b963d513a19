#include "compare/repeat.h"

#include <string.h>

/* What is shown of bytes; as much as of a finding. */
#define SHOWN_BYTES 32u

/** Two trees on the way. */
typedef struct
{
  const AssayLimits *limits;
  GHashTable *others; /* utf8 to AssayNode: of the second, what was not met yet */
  GHashTable *done;   /* AssayNode: of the first; all beneath was found equal */
  GPtrArray *list;
  GError **error;
  gboolean failed;
} Repeat;

static void
difference_free (gpointer data)
{
  AssayRepeatDifference *difference = data;
  g_free (difference->path);
  g_free (difference->first);
  g_free (difference->second);
  g_free (difference);
}

static AssayRepeatDifference *
add (Repeat *repeat, const AssayNode *first, const char *path)
{
  AssayRepeatDifference *difference = g_new0 (AssayRepeatDifference, 1);
  difference->path = g_strdup (path);
  difference->node = first;
  g_ptr_array_add (repeat->list, difference);
  return difference;
}

static void
add_fact (Repeat *repeat, const AssayNode *node, const char *fact, const char *first, const char *second)
{
  AssayRepeatDifference *difference = add (repeat, node, node->path);
  difference->fact = g_intern_string (fact);
  difference->first = g_strdup (first);
  difference->second = g_strdup (second);
}

static char *
hex_of (const AssayNode *node, guint64 offset, guint64 length)
{
  guint8 bytes[SHOWN_BYTES];
  g_autoptr (GError) ignored = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  if (offset >= node->size)
    return NULL;
  gsize take = MIN (MIN (length, SHOWN_BYTES), node->size - offset);
  if (!assay_blob_read (node->blob, offset, bytes, take, &ignored))
    return NULL;
  for (gsize i = 0; i < take; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_bytes (Repeat *repeat, const AssayNode *first, const AssayNode *second, const GArray *differences)
{
  for (guint i = 0; i < differences->len; i++)
    {
      const AssayDifference *bytes = &g_array_index (differences, AssayDifference, i);
      AssayRepeatDifference *difference = add (repeat, first, first->path);
      difference->offset = bytes->offset;
      difference->length = bytes->length;
      difference->first = hex_of (first, bytes->offset, bytes->length);
      if (bytes->expected_offset != ASSAY_NO_COUNTERPART)
        difference->second = hex_of (second, bytes->expected_offset, bytes->length);
    }
}

static AssayElf *
read_elf (const AssayNode *node, const AssayLimits *limits)
{
  g_autoptr (GError) ignored = NULL;
  return node->format != NULL && strcmp (node->format, "elf") == 0 ? assay_elf_new (node->blob, limits, &ignored)
                                                                   : NULL;
}

GArray *
assay_repeat_bytes (const AssayNode *first, const AssayNode *second, const AssayLimits *limits, GError **error)
{
  const AssayPass pass = { .whole = NULL };
  GArray *differences = NULL;
  g_autoptr (AssayElf) first_elf = first->size == second->size ? NULL : read_elf (first, limits);
  g_autoptr (AssayElf) second_elf = first_elf == NULL ? NULL : read_elf (second, limits);
  g_autoptr (GArray) pairs
      = assay_align (first->blob, second_elf == NULL ? NULL : first_elf, second->blob, second_elf, error);
  return pairs != NULL && assay_blob_compare (first->blob, second->blob, pairs, &pass, &differences, error)
             ? differences
             : NULL;
}

/* The own bytes of containers of one size: what belongs to no child. */
static GArray *
compare_own (const AssayNode *first, const AssayNode *second, GError **error)
{
  const AssayPass pass = { .whole = NULL };
  const AssayCorrespondence all = { 0, 0, first->size };
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (AssayCorrespondence));
  g_autoptr (GArray) differences = NULL;
  GArray *own = g_array_new (FALSE, FALSE, sizeof (AssayDifference));
  g_array_append_val (pairs, all);
  if (first->size != second->size)
    return own;
  if (!assay_blob_compare (first->blob, second->blob, pairs, &pass, &differences, error))
    {
      g_array_unref (own);
      return NULL;
    }
  for (guint i = 0, span = 0; i < differences->len; i++)
    {
      AssayDifference left = g_array_index (differences, AssayDifference, i);
      while (left.length > 0)
        {
          const AssaySpan *at = &g_array_index (first->spans, AssaySpan, span);
          if (at->offset + at->length <= left.offset)
            {
              span++;
              continue;
            }
          AssayDifference part = left;
          part.length = MIN (left.length, at->offset + at->length - left.offset);
          if (at->kind != ASSAY_SPAN_PAYLOAD && at->kind != ASSAY_SPAN_ENCODED)
            g_array_append_val (own, part);
          left.offset += part.length;
          left.expected_offset += part.length;
          left.length -= part.length;
        }
    }
  return own;
}

static const char *
find_fact (const GArray *facts, const char *name)
{
  for (guint i = 0; facts != NULL && i < facts->len; i++)
    if (strcmp (g_array_index (facts, AssayFact, i).name, name) == 0)
      return g_array_index (facts, AssayFact, i).value;
  return NULL;
}

/* @owners: whether it is known who these belong to */
static void
compare_facts (Repeat *repeat, const AssayNode *node, const GArray *first, const GArray *second, gboolean owners)
{
  for (guint i = 0; first != NULL && i < first->len; i++)
    {
      const AssayFact *fact = &g_array_index (first, AssayFact, i);
      const char *other = find_fact (second, fact->name);
      gboolean counts = owners || (strcmp (fact->name, "uid") != 0 && strcmp (fact->name, "gid") != 0);
      if (counts && g_strcmp0 (fact->value, other) != 0)
        add_fact (repeat, node, fact->name, fact->value, other);
    }
  for (guint i = 0; second != NULL && i < second->len; i++)
    {
      const AssayFact *fact = &g_array_index (second, AssayFact, i);
      if (find_fact (first, fact->name) == NULL)
        add_fact (repeat, node, fact->name, NULL, fact->value);
    }
}

static gboolean
is_directory (const AssayNode *node)
{
  return node != NULL && node->format != NULL && strcmp (node->format, "directory") == 0;
}

/* FALSE on error. *out_equal: nothing beneath can differ either. */
static gboolean
compare_content (Repeat *repeat, AssayNode *first, AssayNode *second, gboolean *out_equal)
{
  g_autoptr (GArray) differences = NULL;
  *out_equal = FALSE;
  if (first->blob == NULL || second->blob == NULL)
    return TRUE;
  if (!assay_blob_equal (first->blob, second->blob, out_equal, repeat->error))
    return FALSE;
  if (*out_equal)
    return TRUE;
  gboolean leaf = first->spans == NULL || second->spans == NULL;
  if (first->size != second->size && leaf)
    {
      g_autofree char *ours = g_strdup_printf ("%" G_GUINT64_FORMAT, first->size);
      g_autofree char *theirs = g_strdup_printf ("%" G_GUINT64_FORMAT, second->size);
      add_fact (repeat, first, "size", ours, theirs);
    }
  differences = leaf ? assay_repeat_bytes (first, second, repeat->limits, repeat->error)
                     : compare_own (first, second, repeat->error);
  if (differences == NULL)
    return FALSE;
  add_bytes (repeat, first, second, differences);
  return TRUE;
}

static gboolean
visit (AssayNode *first, gpointer data)
{
  Repeat *repeat = data;
  gboolean equal = FALSE;
  AssayNode *second = g_hash_table_lookup (repeat->others, first->path);
  g_hash_table_remove (repeat->others, first->path);
  if (first->parent != NULL && g_hash_table_contains (repeat->done, first->parent))
    {
      g_hash_table_add (repeat->done, first);
      return TRUE;
    }
  if (second == NULL)
    {
      add_fact (repeat, first, "missing", assay_node_type_name (first->type), NULL);
      return TRUE;
    }
  if (first->type != second->type)
    add_fact (repeat, first, "type", assay_node_type_name (first->type), assay_node_type_name (second->type));
  gboolean owners = !is_directory (first) && !is_directory (first->parent);
  compare_facts (repeat, first, first->facts, second->facts, owners);
  if (!compare_content (repeat, first, second, &equal))
    {
      repeat->failed = TRUE;
      return FALSE;
    }
  if (equal)
    g_hash_table_add (repeat->done, first);
  else
    compare_facts (repeat, first, first->own_facts, second->own_facts, owners);
  return TRUE;
}

static gboolean
note (AssayNode *node, gpointer data)
{
  g_hash_table_insert (data, node->path, node);
  return TRUE;
}

static gint
by_path (gconstpointer a, gconstpointer b)
{
  return strcmp (((const AssayNode *)a)->path, ((const AssayNode *)b)->path);
}

static void
add_others (Repeat *repeat)
{
  g_autoptr (GList) left = g_list_sort (g_hash_table_get_values (repeat->others), by_path);
  for (const GList *node = left; node != NULL; node = node->next)
    {
      const AssayNode *second = node->data;
      AssayRepeatDifference *difference = add (repeat, NULL, second->path);
      difference->fact = "added";
      difference->second = g_strdup (assay_node_type_name (second->type));
    }
}

/* The last word: roots whose bytes differ do, whatever their parts say. */
static gboolean
compare_whole (Repeat *repeat, AssayNode *first, AssayNode *second)
{
  gboolean equal = FALSE;
  if (repeat->list->len > 0 || first->blob == NULL || second->blob == NULL)
    return TRUE;
  if (!assay_blob_equal (first->blob, second->blob, &equal, repeat->error))
    return FALSE;
  if (equal)
    return TRUE;
  g_autoptr (GArray) differences = assay_repeat_bytes (first, second, repeat->limits, repeat->error);
  if (differences == NULL)
    return FALSE;
  if (differences->len == 0)
    add_fact (repeat, first, "size", "others", "others");
  add_bytes (repeat, first, second, differences);
  return TRUE;
}

GPtrArray *
assay_repeat_compare (AssayNode *first, AssayNode *second, const AssayLimits *limits, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (difference_free);
  g_autoptr (GHashTable) others = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) done = g_hash_table_new (NULL, NULL);
  Repeat repeat = { limits, others, done, list, error, FALSE };
  assay_node_visit (second, note, others);
  assay_node_visit (first, visit, &repeat);
  if (repeat.failed)
    return NULL;
  add_others (&repeat);
  return compare_whole (&repeat, first, second) ? g_steal_pointer (&list) : NULL;
}
