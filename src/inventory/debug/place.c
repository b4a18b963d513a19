#include "inventory/debug/place.h"

#include "inventory/source_path.h"

#include <dwarf.h>
#include <string.h>

/* Entries that one after another leave the name to the next: a call, its function, the declaration in a class. */
#define ORIGINS_MAX 8u
/* What nobody names. */
#define UNNAMED "(unnamed)"

static char *
cut (const char *raw)
{
  return g_strndup (raw, strnlen (raw, ASSAY_SOURCE_TEXT_MAX));
}

/* The name of the function that a scope is of. */
static char *
name_scope (const AssayDebugPlaceParts *parts, const AssayDebugScope *scope)
{
  Dwarf_Die die;
  const char *linkage = NULL;
  if (dwarf_offdie (parts->context.file->dwarf, scope->die_offset, &die) == NULL)
    return NULL;
  for (guint i = 0; i < ORIGINS_MAX; i++)
    {
      Dwarf_Die origin;
      const char *name = assay_debug_get_text (&die, DW_AT_name);
      if (name != NULL)
        return cut (name);
      if (linkage == NULL)
        linkage = assay_debug_get_text (&die, DW_AT_linkage_name);
      if (!assay_debug_get_origin (&die, &origin))
        break;
      die = origin;
    }
  /* What the compiler made up has this one alone. */
  return linkage != NULL ? cut (linkage) : NULL;
}

/* Where the call stood that was inlined: "file:line", as far as it is known. */
static char *
place_call (const AssayDebugPlaceParts *parts, const AssayDebugScope *scope)
{
  Dwarf_Die die;
  guint64 file = 0;
  guint64 line = 0;
  g_autofree char *path = NULL;
  if (dwarf_offdie (parts->context.file->dwarf, scope->die_offset, &die) == NULL)
    return g_strdup ("?");
  if (parts->files != NULL && assay_debug_get_number (&parts->context, &die, DW_AT_call_file, &file))
    path = assay_line_table_file_path (parts->files, file, parts->compilation_directory);
  assay_debug_get_number (&parts->context, &die, DW_AT_call_line, &line);
  return g_strdup_printf ("%s:%" G_GUINT64_FORMAT, path != NULL ? path : "?", line);
}

/* Names the innermost function, and the calls that brought it where it is. */
static void
tell_functions (const AssayDebugPlaceParts *parts, guint32 innermost, AssaySourcePlace *out)
{
  const AssayDebugScope *scope = assay_debug_scopes_get (parts->scopes, innermost);
  out->function = name_scope (parts, scope);
  while (scope->is_inlined && scope->parent != ASSAY_DEBUG_NO_SCOPE)
    {
      const AssayDebugScope *caller = assay_debug_scopes_get (parts->scopes, scope->parent);
      g_autofree char *name = name_scope (parts, caller);
      g_autofree char *call = place_call (parts, scope);
      g_ptr_array_add (out->inlined_by, g_strdup_printf ("%s at %s", name != NULL ? name : UNNAMED, call));
      scope = caller;
    }
}

gboolean
assay_debug_place_find (const AssayDebugPlaceParts *parts, guint64 address, AssaySourcePlace *out, guint64 *out_end)
{
  guint32 file = 0;
  guint32 line = 0;
  guint64 rows_end = G_MAXUINT64;
  guint64 scope_end = G_MAXUINT64;
  guint32 scope = ASSAY_DEBUG_NO_SCOPE;
  AssaySourcePlace place = { .inlined_by = g_ptr_array_new_with_free_func (g_free) };
  if (parts->rows != NULL && assay_line_table_find (parts->rows, address, &file, &line, &rows_end))
    {
      g_autofree char *path = assay_line_table_file_path (parts->rows, file, parts->compilation_directory);
      place.line = path != NULL ? line : 0;
      place.file = g_steal_pointer (&path);
    }
  if (parts->scopes != NULL)
    scope = assay_debug_scopes_find (parts->scopes, address, &scope_end);
  *out_end = MIN (rows_end, scope_end);
  if (scope != ASSAY_DEBUG_NO_SCOPE)
    tell_functions (parts, scope, &place);
  if (place.file == NULL && place.function == NULL)
    {
      assay_source_place_clear (&place);
      return FALSE;
    }
  *out = place;
  return TRUE;
}

void
assay_source_place_clear (AssaySourcePlace *place)
{
  g_clear_pointer (&place->file, g_free);
  g_clear_pointer (&place->function, g_free);
  g_clear_pointer (&place->inlined_by, g_ptr_array_unref);
  place->line = 0;
}
