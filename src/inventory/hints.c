#include "inventory/hints_private.h"

#include "inventory/dates.h"
#include "inventory/debian.h"
#include "inventory/nature.h"

#include <string.h>

struct _AssayHints
{
  GPtrArray *list;  /* AssayHint */
  GHashTable *seen; /* the same, by what they say; the value is the path of who said so last */
  GStringChunk *chunk;
  guint counts[ASSAY_HINT_KINDS];
  gboolean cut;
  gboolean missed;
};

static guint
hash_hint (gconstpointer data)
{
  const AssayHint *hint = data;
  return g_str_hash (hint->text) * 31 + (guint)hint->kind + g_int64_hash (&hint->seconds);
}

static gboolean
equal_hints (gconstpointer a, gconstpointer b)
{
  const AssayHint *left = a;
  const AssayHint *right = b;
  return left->kind == right->kind && left->seconds == right->seconds && strcmp (left->text, right->text) == 0;
}

AssayHints *
assay_hints_new (void)
{
  AssayHints *hints = g_new0 (AssayHints, 1);
  hints->list = g_ptr_array_new_with_free_func (g_free);
  hints->seen = g_hash_table_new (hash_hint, equal_hints);
  hints->chunk = g_string_chunk_new (4096);
  return hints;
}

void
assay_hints_free (AssayHints *hints)
{
  if (hints == NULL)
    return;
  g_hash_table_unref (hints->seen);
  g_ptr_array_unref (hints->list);
  g_string_chunk_free (hints->chunk);
  g_free (hints);
}

void
assay_hints_cut (AssayHints *hints)
{
  hints->cut = TRUE;
}

void
assay_hints_miss (AssayHints *hints)
{
  hints->missed = TRUE;
}

gboolean
assay_hints_is_cut (const AssayHints *hints)
{
  return hints->cut;
}

gboolean
assay_hints_is_complete (const AssayHints *hints)
{
  return !hints->missed;
}

/* Counts a file once, however often it says the same. */
static void
count (AssayHints *hints, AssayHint *hint, const AssayHintFile *file)
{
  if (g_hash_table_lookup (hints->seen, hint) == file->path)
    return;
  g_hash_table_replace (hints->seen, hint, (gpointer)file->path);
  hint->files++;
  hint->bytes += file->size;
}

void
assay_hints_add (const AssayHintReading *reading, AssayHintKind kind, const char *text, const char *detail,
                 gint64 seconds, const char *where, guint64 offset)
{
  AssayHints *hints = reading->hints;
  const AssayHint wanted = { .kind = kind, .text = text, .seconds = seconds };
  gpointer known = NULL;
  if (*text == '\0')
    return;
  if (g_hash_table_lookup_extended (hints->seen, &wanted, &known, NULL))
    {
      count (hints, known, reading->file);
      return;
    }
  if (hints->counts[kind] >= ASSAY_HINTS_MAX)
    {
      hints->cut = TRUE;
      return;
    }
  hints->counts[kind]++;
  AssayHint *hint = g_new0 (AssayHint, 1);
  hint->kind = kind;
  hint->text = g_string_chunk_insert_const (hints->chunk, text);
  hint->detail = detail != NULL ? g_string_chunk_insert_const (hints->chunk, detail) : NULL;
  hint->seconds = seconds;
  hint->path = g_string_chunk_insert_const (hints->chunk, reading->file->path);
  hint->where = g_string_chunk_insert_const (hints->chunk, where);
  hint->has_offset = offset != G_MAXUINT64;
  hint->offset = hint->has_offset ? offset : 0;
  g_ptr_array_add (hints->list, hint);
  count (hints, hint, reading->file);
}

void
assay_hints_add_tool (const AssayHintReading *reading, const char *text, const char *where, guint64 offset)
{
  g_auto (AssayTool) tool = { NULL };
  const char *triplet = reading->elf != NULL ? assay_debian_triplet (reading->elf) : NULL;
  if (!assay_tool_read (text, &tool) || tool.options == NULL)
    {
      assay_hints_add (reading, ASSAY_HINT_TOOL, text, triplet, 0, where, offset);
      return;
    }
  g_autofree char *head = g_strndup (text, strlen (text) - strlen (tool.options));
  assay_hints_add (reading, ASSAY_HINT_TOOL, g_strchomp (head), triplet, 0, where, offset);
  assay_hints_add (reading, ASSAY_HINT_OPTIONS, tool.options, tool.language, 0, where, offset);
}

static gint
by_weight (gconstpointer a, gconstpointer b)
{
  const AssayHint *left = *(const AssayHint *const *)a;
  const AssayHint *right = *(const AssayHint *const *)b;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  if (left->files != right->files)
    return left->files > right->files ? -1 : 1;
  int order = strcmp (left->text, right->text);
  return order != 0 ? order : (left->seconds > right->seconds) - (left->seconds < right->seconds);
}

GPtrArray *
assay_hints_list (const AssayHints *hints, AssayHintKind kind)
{
  GPtrArray *list = g_ptr_array_new ();
  for (guint i = 0; i < hints->list->len; i++)
    {
      AssayHint *hint = g_ptr_array_index (hints->list, i);
      if (hint->kind == kind)
        g_ptr_array_add (list, hint);
    }
  g_ptr_array_sort (list, by_weight);
  return list;
}

void
assay_hints_add_time (AssayHints *hints, const AssayHintFile *file, AssayHintKind kind, gint64 seconds,
                      const char *detail, const char *where)
{
  const AssayHintReading reading = { .hints = hints, .file = file };
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, seconds);
  if (seconds >= ASSAY_DATES_EARLIEST && seconds <= ASSAY_DATES_LATEST)
    assay_hints_add (&reading, kind, text, detail, seconds, where, G_MAXUINT64);
}

/* --- tools --- */

static void
free_tool (gpointer data)
{
  AssayHintTool *tool = data;
  assay_tool_clear (&tool->tool);
  g_ptr_array_unref (tool->hints);
  g_free (tool);
}

static void
add_to (AssayHintTool *group, const AssayHint *hint)
{
  g_ptr_array_add (group->hints, (gpointer)hint);
  group->files += hint->files;
  group->bytes += hint->bytes;
}

/* The one tool that a text without a vendor can be of: with two of one version from two vendors it is of neither. */
static AssayHintTool *
find_group (const GPtrArray *groups, const AssayTool *tool)
{
  AssayHintTool *found = NULL;
  for (guint i = 0; i < groups->len; i++)
    {
      AssayHintTool *group = g_ptr_array_index (groups, i);
      gboolean exact = g_strcmp0 (group->tool.vendor, tool->vendor) == 0;
      if (!assay_tool_may_be (&group->tool, tool))
        continue;
      if (exact)
        return group;
      if (found != NULL || tool->vendor != NULL)
        return NULL;
      found = group;
    }
  return found;
}

/* Texts with a vendor are looked at first: those without one belong to them. */
static void
group_hints (const GPtrArray *hints, GPtrArray *groups, gboolean with_vendor)
{
  for (guint i = 0; i < hints->len; i++)
    {
      const AssayHint *hint = g_ptr_array_index (hints, i);
      g_auto (AssayTool) tool = { NULL };
      if (!assay_tool_read (hint->text, &tool) || (tool.vendor != NULL) != with_vendor)
        continue;
      AssayHintTool *group = find_group (groups, &tool);
      if (group == NULL)
        {
          group = g_new0 (AssayHintTool, 1);
          group->hints = g_ptr_array_new ();
          group->tool = tool;
          tool = (AssayTool){ NULL };
          g_ptr_array_add (groups, group);
        }
      add_to (group, hint);
    }
}

static gint
by_rank (gconstpointer a, gconstpointer b)
{
  const AssayHintTool *left = *(const AssayHintTool *const *)a;
  const AssayHintTool *right = *(const AssayHintTool *const *)b;
  gboolean compiles = assay_tool_is_compiler (&left->tool);
  if (compiles != assay_tool_is_compiler (&right->tool))
    return compiles ? -1 : 1;
  if (left->bytes != right->bytes)
    return left->bytes > right->bytes ? -1 : 1;
  int order = strcmp (left->tool.family, right->tool.family);
  order = order != 0 ? order : strcmp (left->tool.version, right->tool.version);
  return order != 0 ? order : g_strcmp0 (left->tool.vendor, right->tool.vendor);
}

GPtrArray *
assay_hints_tools (const AssayHints *hints)
{
  g_autoptr (GPtrArray) list = assay_hints_list (hints, ASSAY_HINT_TOOL);
  GPtrArray *groups = g_ptr_array_new_with_free_func (free_tool);
  group_hints (list, groups, TRUE);
  group_hints (list, groups, FALSE);
  g_ptr_array_sort (groups, by_rank);
  return groups;
}
