#ifndef ASSAY_INVENTORY_DEBUG_SCOPES_H
#define ASSAY_INVENTORY_DEBUG_SCOPES_H

#include "inventory/debug/unit.h"

/** Where a scope has none around it. */
#define ASSAY_DEBUG_NO_SCOPE G_MAXUINT32

/**
 * AssayDebugScope: a function with code, or the code of one that was inlined.
 * @die_offset: of its entry in .debug_info
 * @parent: the scope around it, or ASSAY_DEBUG_NO_SCOPE
 */
typedef struct
{
  guint64 die_offset;
  guint32 parent;
  guint16 depth;
  gboolean is_inlined;
} AssayDebugScope;

/** AssayDebugScopes: all of one unit, and which is the innermost at an address. */
typedef struct _AssayDebugScopes AssayDebugScopes;

/**
 * assay_debug_scopes_new:
 *
 * Walks the entries of a unit, without recursion. What is nested deeper than compilers nest, or goes backwards, is left
 * out.
 */
AssayDebugScopes *assay_debug_scopes_new (const AssayDebugContext *context);
void assay_debug_scopes_free (AssayDebugScopes *scopes);

/** assay_debug_scopes_find: the innermost scope at an address, or ASSAY_DEBUG_NO_SCOPE; the same up to *out_end. */
guint32 assay_debug_scopes_find (const AssayDebugScopes *scopes, guint64 address, guint64 *out_end);

const AssayDebugScope *assay_debug_scopes_get (const AssayDebugScopes *scopes, guint32 index);

/** assay_debug_scopes_weight: bytes of memory that it takes, roughly. */
gsize assay_debug_scopes_weight (const AssayDebugScopes *scopes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDebugScopes, assay_debug_scopes_free)

#endif
