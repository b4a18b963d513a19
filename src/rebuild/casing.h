#ifndef ASSAY_REBUILD_CASING_H
#define ASSAY_REBUILD_CASING_H

#include "inventory/fingerprint.h"
#include "unpack/node.h"

/**
 * AssayCasing:
 *
 * What a delivered container is made of beside the files in it: the bytes that ready-made code is encoded in, which an
 * image may hold as they stand behind any header, and those that are no file at all, in which code may stand too. Of a
 * container in which there is no code its encoded bytes do not count: they are texts and data.
 */
typedef struct _AssayCasing AssayCasing;

AssayCasing *assay_casing_new (void);
void assay_casing_free (AssayCasing *casing);

/** assay_casing_note_code: a leaf of the tree is code, or may be: so all that it is packed in holds code. */
void assay_casing_note_code (AssayCasing *casing, const AssayNode *leaf);

/**
 * assay_casing_add:
 * @node: of the tree that the noted leaves are of; nothing is added of a leaf
 * @source: number that the caller knows the whole file by
 *
 * Adds what one container is made of. What it holds as it stands are other nodes, to be added by themselves. Header
 * fields count unless the reader wrote them again from names and facts: these have no room for code.
 *
 * Errors: those of assay_fingerprint_add_encoded().
 */
gboolean assay_casing_add (const AssayCasing *casing, AssayNode *node, AssayFingerprint *fingerprint, guint32 source,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayCasing, assay_casing_free)

#endif
