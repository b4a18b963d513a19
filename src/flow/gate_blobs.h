#ifndef ASSAY_FLOW_GATE_BLOBS_H
#define ASSAY_FLOW_GATE_BLOBS_H

#include "input/policy.h"
#include "report/stored.h"

/** AssayGateBlobs: which files of a stored report the lines of `blobs` speak of. */
typedef struct _AssayGateBlobs AssayGateBlobs;

/**
 * assay_gate_blobs_new:
 * @stored: borrowed
 * @root: (nullable): of the image at the gate, as far as it was opened; borrowed
 * @digests: of its files, as AssayGateImage has them; others are added
 */
AssayGateBlobs *assay_gate_blobs_new (const AssayStored *stored, const AssayNode *root, GHashTable *digests);
void assay_gate_blobs_free (AssayGateBlobs *blobs);

/** assay_gate_blobs_has_digest: whether a file has the digest that a line wants: by the report, or else by the image at
 * the gate. TRUE where neither says one, as of a container by its digest alone: then the line is all there is. */
gboolean assay_gate_blobs_has_digest (AssayGateBlobs *blobs, const AssayNodeAccount *where, const AssayDigest *wanted);

/** assay_gate_blobs_cover: whether a file is a blob of the line, by path and digest, or was unpacked from one. In all
 * calls for one line together it takes no longer than reading the paths of all files once. */
gboolean assay_gate_blobs_cover (AssayGateBlobs *blobs, const AssayPolicyBlob *blob, const AssayNodeAccount *where);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayGateBlobs, assay_gate_blobs_free)

#endif
