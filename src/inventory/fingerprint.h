#ifndef ASSAY_INVENTORY_FINGERPRINT_H
#define ASSAY_INVENTORY_FINGERPRINT_H

#include "util/blob.h"
#include "util/limits.h"

/**
 * AssayFingerprint:
 *
 * Machine code that is looked for in other files, wherever it was moved to: of each unit (an executable section, or a
 * whole file of unknown nature) the runs of bytes that a linker does not change, in blocks of 16.
 *
 * A unit is found where so many of its blocks stand at the distances from each other that they have in the unit that no
 * other program would have them by chance: 96 bytes of an object or a file of unknown nature, 512 bytes of a program,
 * which also holds what the linker puts into every program (crt1.o and its like, up to 300 bytes); or all of a unit
 * that has fewer, but at least 32. Where a linker shortens code (RISC-V), half of the unit's blocks in any place do, if
 * they are that many. So a part of a large unit is found too. What has fewer than 32 bytes between its relocations is
 * not found: two compilers may well have written it alike. Code that was changed, encoded or compiled again is not
 * found either. Programs that were linked statically with one libc hold each other's code.
 */
typedef struct _AssayFingerprint AssayFingerprint;

AssayFingerprint *assay_fingerprint_new (const AssayLimits *limits);
void assay_fingerprint_free (AssayFingerprint *fingerprint);

/**
 * assay_fingerprint_add_elf:
 * @source: number that the caller knows the file by
 *
 * Adds the executable sections of an ELF file, or where it has none its executable segments. A file that cannot be read
 * as ELF, or not whole, is added as by assay_fingerprint_add_raw().
 *
 * Errors: ASSAY_ERROR_LIMIT "delivered-code"; those of assay_blob_read().
 */
gboolean assay_fingerprint_add_elf (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

/**
 * assay_fingerprint_add_data:
 *
 * Adds what else of a relocatable object is loaded, whatever its sections are called: code may stand there too, under
 * flags that say otherwise. Texts are left out, as every program may have them, and so are tables for linkers. Of
 * constants that linkers merge, unwind information and notes, which compilers write alike, less than 96 bytes are not
 * found. Any other file than a relocatable object has none.
 *
 * Errors: as of assay_fingerprint_add_elf().
 */
gboolean assay_fingerprint_add_data (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

/** assay_fingerprint_add_passive: adds what is no code by its own account: the sections of an ELF file that are not
 * loaded, or a whole file of another kind. In a place that is executable it is code all the same. */
gboolean assay_fingerprint_add_passive (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

/** assay_fingerprint_add_raw: adds a whole file as one unit. */
gboolean assay_fingerprint_add_raw (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

/**
 * assay_fingerprint_add_encoded:
 *
 * Adds bytes that stand for machine code: compressed, or written as digits. They are found as they stand, from 128
 * bytes on, and of more than 4 KiB from some 512 on. What was encoded anew is not found.
 */
gboolean assay_fingerprint_add_encoded (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

/** assay_fingerprint_add_header: adds fields of a container, in which code may stand too; texts are left out, and less
 * than 96 bytes are not found. */
gboolean assay_fingerprint_add_header (AssayFingerprint *fingerprint, AssayBlob *blob, guint32 source, GError **error);

/** assay_fingerprint_settle: after the last unit was added and before the first search. */
void assay_fingerprint_settle (AssayFingerprint *fingerprint);

/** assay_fingerprint_is_empty: whether no search finds anything. */
gboolean assay_fingerprint_is_empty (const AssayFingerprint *fingerprint);

/** AssayFingerprintHit: [@offset, @offset + @length) of the file that was searched holds code of @source; @is_data: or
 * what assay_fingerprint_add_data() added of it. */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint32 source;
  gboolean is_data;
} AssayFingerprintHit;

/** Bytes of data that two programs do not share by chance. */
#define ASSAY_FINGERPRINT_DATA_BYTES 96u

/**
 * assay_fingerprint_search:
 * @out_hits: (element-type AssayFingerprintHit) (transfer full): by offset; may overlap
 *
 * Errors: ASSAY_ERROR_LIMIT: the file repeats so much of the units that no more can be counted; those of
 * assay_blob_read().
 */
gboolean assay_fingerprint_search (const AssayFingerprint *fingerprint, AssayBlob *blob, GArray **out_hits,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayFingerprint, assay_fingerprint_free)

#endif
