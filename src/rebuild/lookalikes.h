#ifndef ASSAY_REBUILD_LOOKALIKES_H
#define ASSAY_REBUILD_LOOKALIKES_H

#include "rebuild/host.h"
#include "util/blob.h"

/**
 * AssayLookalikes:
 *
 * The programs, shared libraries and raw images of a toolchain, to recognise a copy that was changed a little: in its
 * headers, behind its end, in some bytes (T16). Objects and archives are not among them: to be linked is what they are
 * there for.
 */
typedef struct _AssayLookalikes AssayLookalikes;

AssayLookalikes *assay_lookalikes_new (void);
void assay_lookalikes_free (AssayLookalikes *lookalikes);

/** assay_lookalikes_add: a file that is no text and no passive data; @path: escaped, for people. Errors: those of
 * assay_likeness_new(). */
gboolean assay_lookalikes_add (AssayLookalikes *lookalikes, AssayBlob *blob, const char *path, GError **error);

/**
 * assay_lookalikes_add_host:
 * @listed: may go away afterwards
 *
 * Takes note of a file that is looked into only when something of its size is asked for. By its name and mode alone, as
 * its distributor gave them, it counts as a program (executable, or a shared library by name) or as a raw image (a
 * suffix that images have, or a folder of firmware), or is left out.
 */
void assay_lookalikes_add_host (AssayLookalikes *lookalikes, const AssayHostFile *listed);

/**
 * assay_lookalikes_find:
 * @out_path: (transfer none) (nullable): the first of which the file is nearly a copy, see assay_likeness_match()
 *
 * Errors: those of assay_likeness_new(), and of opening files of this machine.
 */
gboolean assay_lookalikes_find (AssayLookalikes *lookalikes, AssayBlob *blob, const char **out_path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayLookalikes, assay_lookalikes_free)

#endif
