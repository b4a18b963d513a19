#ifndef ASSAY_FLOW_GATE_IMAGE_H
#define ASSAY_FLOW_GATE_IMAGE_H

#include "flow/gate_files.h"
#include "flow/image.h"
#include "report/stored.h"

/** assay_gate_read_limits: what the gate reads an image within: what the report was made within, and no more than the
 * default, so that both readings end in the same places. */
void assay_gate_read_limits (const AssayStored *stored, AssayLimits *out);

/**
 * assay_gate_digest_directory:
 * @image: a directory; listed here, and unpacked where the report finds something inside of it
 * @digests: (element-type AssayNode AssayDigest): gets those of its files; frees them
 * @open_all: whether it is unpacked in any case, because of what only its files can say
 *
 * Which directory is at the gate. What the report says of its files is held against the bytes that are digested here:
 * of such a file a private copy is made first (T19).
 *
 * Errors: of reading; ASSAY_ERROR_CHANGED; ASSAY_ERROR_LIMIT more entries than the default limits let in.
 */
gboolean assay_gate_digest_directory (const AssayStored *stored, AssayImage *image, const AssayUnpackOptions *options,
                                      GHashTable *digests, gboolean open_all, AssayDigest *out, GError **error);

/**
 * assay_gate_check_image:
 * @image: at the gate, whose digest the report has; a file is unpacked here where the report finds something inside of
 * it
 * @digests: of assay_gate_digest_directory(); empty for a file
 * @trust: what is asked of it
 *
 * A report says how many bytes of a file are of which class, and each finding where they stand: where there are, nobody
 * but the image can say. Holds each finding to the bytes that it shows, and what it
 * says of its files, of rights that they give and of headers of programs to these, as far as the image was opened
 * (gate_files.h). Ranges that only a layout divides are left out, since the gate has none; so is what cannot be
 * unpacked within the default limits, unless @trust is strict.
 *
 * Returns: (transfer full) (nullable): what is wrong, as the end of a sentence
 */
char *assay_gate_check_image (const AssayStored *stored, AssayImage *image, GHashTable *digests, AssayGateTrust trust);

#endif
