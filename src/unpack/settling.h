#ifndef ASSAY_UNPACK_SETTLING_H
#define ASSAY_UNPACK_SETTLING_H

#include "unpack/formats.h"
#include "unpack/node.h"

/**
 * AssaySettling: puts bytes that nobody else can change in the place of files of a directory, so that all that is said
 * of such a file, and its digest, is said of the same bytes (T19). Whoever has written to a shared mapping of a file
 * changes it again without a trace in its times, so that to read it twice, and to find its status the same, proves
 * nothing.
 *
 * Copies lie one behind the other in a private file, so that thousands of them take one descriptor. The file itself
 * stays the node's @source. It says nothing of whether the image is well: a file that could not be settled is left as
 * it is, with a reason why nothing may be believed of it.
 */
typedef struct _AssaySettling AssaySettling;

AssaySettling *assay_settling_new (void);
void assay_settling_free (AssaySettling *settling);

/** assay_settling_is_open: whether a node is a leaf with bytes in a file that others may be writing to. */
gboolean assay_settling_is_open (const AssayNode *node);

/**
 * assay_settling_copy:
 * @node: a leaf; its new bytes are there only after assay_settling_close()
 *
 * What cannot be copied is a failure of that node. Errors: ASSAY_ERROR_CANCELLED alone.
 */
gboolean assay_settling_copy (AssaySettling *settling, AssayNode *node, GError **error);

/** assay_settling_replace: @blob: the same bytes, found equal in one pass; a reference is taken. @format: (nullable):
 * what these are, which must be what the node was taken for. */
void assay_settling_replace (AssaySettling *settling, AssayNode *node, AssayBlob *blob, const AssayFormat *format);

/** assay_settling_fail: notes why nothing may be believed of a node; the first reason stays. */
void assay_settling_fail (AssaySettling *settling, const AssayNode *node, const char *reason);

/** assay_settling_close: puts the copies in their places. */
void assay_settling_close (AssaySettling *settling);

/** assay_settling_get_failure: why @node is not settled although it was asked for; or NULL. @node NULL: of any. */
const char *assay_settling_get_failure (const AssaySettling *settling, const AssayNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssaySettling, assay_settling_free)

#endif
