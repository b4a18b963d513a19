#ifndef ASSAY_REBUILD_DELIVERY_H
#define ASSAY_REBUILD_DELIVERY_H

#include "inventory/fingerprint.h"
#include "inventory/line_control.h"
#include "inventory/nature.h"
#include "rebuild/unread.h"
#include "util/directory.h"
#include "util/known_files.h"

/**
 * AssayDelivered: a file that came with the source, its patches or its inputs, or that one of these holds.
 *
 * @path: as in the build tree; behind `//` what was unpacked from it
 */
typedef struct
{
  char *path;
  AssayNature nature;
  AssayDigest sha256;
} AssayDelivered;

/**
 * AssayPlaced: a file of the delivery where it lay before the first step ran.
 *
 * @name: raw bytes: what assay_delivery_add_tree() was given and the path behind it
 * @nature: @sha256: of the file as it lies there, archives not opened
 * @status: from lstat
 * @line_control: (nullable): of which other files it says that its lines are
 */
typedef struct
{
  char *name;
  AssayNature nature;
  AssayDigest sha256;
  struct stat status;
  AssayLineControl *line_control;
} AssayPlaced;

/**
 * AssayDelivery:
 *
 * What was there before the first step ran (T16): every file by its digest, archives opened, and the machine code among
 * them, to be recognised in what was built. It speaks of what lay there, not of what the build read: that is
 * recording.h.
 */
typedef struct _AssayDelivery AssayDelivery;

AssayDelivery *assay_delivery_new (const AssayLimits *limits);
void assay_delivery_free (AssayDelivery *delivery);

/**
 * assay_delivery_add_tree:
 * @name: what stands before the paths, as "/build/"
 *
 * Adds all regular files beneath a directory. Errors: those of assay_directory_walk(), assay_blob_read(),
 * assay_fingerprint_add_elf().
 */
gboolean assay_delivery_add_tree (AssayDelivery *delivery, AssayDirectory *directory, const char *name, GError **error);

/** assay_delivery_add_file: adds one file of a directory. */
gboolean assay_delivery_add_file (AssayDelivery *delivery, AssayDirectory *directory, const char *path,
                                  const char *name, GError **error);

/**
 * assay_delivery_add_said:
 * @words: @what: of the recipe: a step, or a value of its environment, and what that is
 *
 * A step may bring code in its own text, and nobody opens a file for it. Errors: those of assay_blob_read().
 */
gboolean assay_delivery_add_said (AssayDelivery *delivery, const char *words, const char *what, GError **error);

/** assay_delivery_use_known: while @known is there, files are not digested that it knows, and it gets the others; NULL
 * ends that. */
void assay_delivery_use_known (AssayDelivery *delivery, AssayKnownFiles *known);

/** assay_delivery_keep_places: before the first file is added: keeps of each where it lay. */
void assay_delivery_keep_places (AssayDelivery *delivery);

/** assay_delivery_get_places: (transfer none) (nullable) (element-type AssayPlaced): in the order in which they were
 * added; NULL unless they were to be kept. */
const GPtrArray *assay_delivery_get_places (const AssayDelivery *delivery);

/** assay_delivery_settle: after the last file was added and before anything is asked. */
void assay_delivery_settle (AssayDelivery *delivery);

/** assay_delivery_get_odd_words: (transfer none) (nullable): the first name of a file, or target of a link, that is no
 * text, or words of the recipe that ready-made code is in: a build reads these without opening anything. */
const char *assay_delivery_get_odd_words (const AssayDelivery *delivery);

/** assay_delivery_find: the first file that has this digest, or NULL. */
const AssayDelivered *assay_delivery_find (const AssayDelivery *delivery, const AssayDigest *sha256);

/** assay_delivery_get_unread: (transfer none) (element-type AssayUnread): in what nobody knows ready-made code may lie.
 */
const GPtrArray *assay_delivery_get_unread (const AssayDelivery *delivery);

/**
 * assay_delivery_search:
 *
 * Of an object that came ready-made its data count too, as code may stand there under flags that say otherwise: in
 * executable segments as code does, in others from 96 bytes on.
 *
 * @nature: by assay_nature_find(), of the same bytes: who asks several deliveries has them read for it once
 * @out_hits: (element-type AssayFingerprintHit) (transfer full): where the file holds delivered machine code,
 *   or data of an object
 *
 * Errors: those of assay_fingerprint_search() and assay_stencils_search().
 */
gboolean assay_delivery_search (const AssayDelivery *delivery, AssayBlob *blob, AssayNature nature, GArray **out_hits,
                                GError **error);

/** assay_delivery_get: the file that a hit speaks of. */
const AssayDelivered *assay_delivery_get (const AssayDelivery *delivery, guint32 source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDelivery, assay_delivery_free)

#endif
