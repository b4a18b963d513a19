#ifndef ASSAY_INVENTORY_STENCIL_H
#define ASSAY_INVENTORY_STENCIL_H

#include "inventory/fingerprint.h"

/**
 * AssayStencils:
 *
 * The executable sections of relocatable objects with holes where a linker writes. A linker takes a section whole, so
 * that it is found again as one, however short it is or however close its relocations stand; AssayFingerprint needs
 * runs of bytes that are left alone, and finds parts of a section as well.
 *
 * A section of at least 8 bytes beside the holes is found where all of them stand. One of fewer may be anybody's: it is
 * found where a function of its name stands, or else where all executable sections of its object are found and have 4
 * such bytes together (in a file that is no ELF file: 6). A function of fewer, as one that only returns or only calls
 * another, is found by its name alone. Not found is what a linker shortened (RISC-V, LoongArch), and what it makes only
 * then (link-time optimisation).
 */
typedef struct _AssayStencils AssayStencils;

AssayStencils *assay_stencils_new (const AssayLimits *limits);
void assay_stencils_free (AssayStencils *stencils);

/**
 * assay_stencils_add:
 * @source: number that the caller knows the object by
 *
 * Adds the executable sections of a relocatable object; any other file has none. Errors: ASSAY_ERROR_LIMIT
 * "delivered-code"; those of assay_blob_read().
 */
gboolean assay_stencils_add (AssayStencils *stencils, AssayBlob *object, guint32 source, GError **error);

/**
 * assay_stencils_add_data: adds what else of a relocatable object is loaded, but for constants that linkers merge and
 * unwind information: where it is executed it may be code under flags of data. A section with fewer than 24 bytes that
 * no text has, holes not counted, is left out. Errors as of assay_stencils_add().
 *
 * Not into the same stencils as code: an object's code is found whole without its data.
 */
gboolean assay_stencils_add_data (AssayStencils *stencils, AssayBlob *object, guint32 source, GError **error);

/** assay_stencils_settle: after the last object was added and before the first search. */
void assay_stencils_settle (AssayStencils *stencils);

/** assay_stencils_is_empty: whether no object has added anything, so that no search finds anything. */
gboolean assay_stencils_is_empty (const AssayStencils *stencils);

/**
 * assay_stencils_search:
 * @hits: (element-type AssayFingerprintHit): what is found is appended, at most 16 places of each section; of an ELF
 * file only what can be executed is looked at
 *
 * Errors: ASSAY_ERROR_LIMIT "delivered-code-places": too much looks nearly alike; those of assay_blob_read().
 */
gboolean assay_stencils_search (const AssayStencils *stencils, AssayBlob *blob, GArray *hits, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayStencils, assay_stencils_free)

#endif
