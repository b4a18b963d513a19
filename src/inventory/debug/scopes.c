#include "inventory/debug/scopes.h"

#include "inventory/range_map.h"

#include <dwarf.h>

/* Blocks in blocks of inlined calls; the deepest that a compiler of ours wrote is 40. */
#define NESTING_MAX 200u
/* Ranges of one unit; a list may be named by any number of entries. */
#define RANGES_MAX (1u << 20)
/* Scopes of one unit. */
#define SCOPES_MAX (1u << 20)
/*
 * Where entries do not say where their next sibling is, libdw reads over all that lies between, at every level again.
 * So often may it read the whole unit; honest units come to 3 to 8.
 */
#define READINGS_MAX 32u

struct _AssayDebugScopes
{
  GArray *scopes; /* AssayDebugScope */
  AssayRangeMap *map;
};

typedef struct
{
  Dwarf_Die die;
  guint32 scope; /* of what lies in it */
} Level;

typedef struct
{
  const AssayDebugContext *context;
  AssayDebugScopes *result;
  AssayDebugRangeSink sink;
  Level stack[NESTING_MAX];
  guint depth;
  guint64 bytes_left; /* that siblings may still be looked for in */
} Walk;

static gboolean
is_function (int tag)
{
  return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_entry_point;
}

/* Entries in which functions with code can lie. */
static gboolean
may_hold_functions (int tag)
{
  static const int tags[] = { DW_TAG_compile_unit,  DW_TAG_skeleton_unit, DW_TAG_namespace,     DW_TAG_module,
                              DW_TAG_lexical_block, DW_TAG_try_block,     DW_TAG_catch_block,   DW_TAG_with_stmt,
                              DW_TAG_class_type,    DW_TAG_union_type,    DW_TAG_structure_type };
  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
    if (tags[i] == tag)
      return TRUE;
  return is_function (tag);
}

/* Makes a scope of the entry on top where it is a function with code; what lies in the entry lies in that then. */
static void
visit (Walk *walk, int tag)
{
  Level *top = &walk->stack[walk->depth - 1];
  GArray *scopes = walk->result->scopes;
  top->scope = walk->depth > 1 ? walk->stack[walk->depth - 2].scope : ASSAY_DEBUG_NO_SCOPE;
  if (!is_function (tag) || scopes->len >= SCOPES_MAX)
    return;
  guint before = walk->sink.claims->len;
  walk->sink.value = scopes->len;
  assay_debug_add_ranges (walk->context, &top->die, &walk->sink);
  if (walk->sink.claims->len == before)
    return;
  const AssayDebugScope scope = { .die_offset = dwarf_dieoffset (&top->die),
                                  .parent = top->scope,
                                  .depth = (guint16)walk->depth,
                                  .is_inlined = tag == DW_TAG_inlined_subroutine };
  top->scope = scopes->len;
  g_array_append_val (scopes, scope);
}

static gboolean
enter (Walk *walk)
{
  Dwarf_Die child;
  Level *top = &walk->stack[walk->depth - 1];
  if (walk->depth == NESTING_MAX || dwarf_child (&top->die, &child) != 0)
    return FALSE;
  walk->stack[walk->depth++] = (Level){ .die = child };
  return TRUE;
}

/* Goes on to the next entry, up where a level ends. FALSE at the end of the unit, and where something is wrong. */
static gboolean
proceed (Walk *walk)
{
  for (; walk->depth > 1; walk->depth--)
    {
      Dwarf_Die next;
      Dwarf_Die *die = &walk->stack[walk->depth - 1].die;
      Dwarf_Off before = dwarf_dieoffset (die);
      int result = dwarf_siblingof (die, &next);
      if (result < 0)
        return FALSE;
      if (result > 0)
        continue;
      Dwarf_Off after = dwarf_dieoffset (&next);
      /* DW_AT_sibling is whatever the file says. */
      if (next.cu != die->cu || after <= before || after - before > walk->bytes_left)
        return FALSE;
      walk->bytes_left -= after - before;
      *die = next;
      return TRUE;
    }
  return FALSE;
}

/* Innermost first, so that they win. The sort keeps the order of equals. */
static int
compare_depth (const void *left, const void *right, void *data)
{
  const GArray *scopes = data;
  const AssayRangeClaim *a = left;
  const AssayRangeClaim *b = right;
  int depth_of_a = g_array_index (scopes, AssayDebugScope, a->value).depth;
  int depth_of_b = g_array_index (scopes, AssayDebugScope, b->value).depth;
  return depth_of_b - depth_of_a;
}

static void
walk_unit (const AssayDebugContext *context, AssayDebugScopes *result, GArray *claims)
{
  const AssayDebugUnit *unit = context->unit;
  g_autofree Walk *walk = g_new0 (Walk, 1);
  walk->context = context;
  walk->result = result;
  walk->sink = (AssayDebugRangeSink){ .claims = claims, .room = RANGES_MAX };
  walk->bytes_left = (unit->end - unit->offset) * READINGS_MAX;
  if (!assay_debug_unit_is_sane (context->file, unit)
      || dwarf_offdie (context->file->dwarf, unit->die_offset, &walk->stack[0].die) == NULL)
    return;
  walk->depth = 1;
  for (gboolean more = TRUE; more;)
    {
      int tag = dwarf_tag (&walk->stack[walk->depth - 1].die);
      visit (walk, tag);
      more = (may_hold_functions (tag) && enter (walk)) || proceed (walk);
    }
}

AssayDebugScopes *
assay_debug_scopes_new (const AssayDebugContext *context)
{
  g_autoptr (GArray) claims = g_array_new (FALSE, FALSE, sizeof (AssayRangeClaim));
  g_autoptr (AssayDebugScopes) result = g_new0 (AssayDebugScopes, 1);
  result->scopes = g_array_new (FALSE, FALSE, sizeof (AssayDebugScope));
  walk_unit (context, result, claims);
  g_array_sort_with_data (claims, compare_depth, result->scopes);
  assay_debug_settle_zeros (context->skeleton_file, claims);
  result->map = assay_range_map_new (claims, NULL);
  return result->map != NULL ? g_steal_pointer (&result) : NULL;
}

void
assay_debug_scopes_free (AssayDebugScopes *scopes)
{
  if (scopes == NULL)
    return;
  g_array_unref (scopes->scopes);
  assay_range_map_free (scopes->map);
  g_free (scopes);
}

guint32
assay_debug_scopes_find (const AssayDebugScopes *scopes, guint64 address, guint64 *out_end)
{
  guint32 index = ASSAY_DEBUG_NO_SCOPE;
  assay_range_map_find_end (scopes->map, 0, address, &index, out_end);
  return index;
}

const AssayDebugScope *
assay_debug_scopes_get (const AssayDebugScopes *scopes, guint32 index)
{
  return &g_array_index (scopes->scopes, AssayDebugScope, index);
}

gsize
assay_debug_scopes_weight (const AssayDebugScopes *scopes)
{
  /* A scope has about two claims, each of which becomes up to two runs of 16 bytes. */
  return sizeof *scopes + scopes->scopes->len * (sizeof (AssayDebugScope) + 64);
}
