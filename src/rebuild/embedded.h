#ifndef ASSAY_REBUILD_EMBEDDED_H
#define ASSAY_REBUILD_EMBEDDED_H

#include "util/blob.h"
#include "util/limits.h"

/** Objects and programs that are cut out of one file; a file of firmware holds a few. */
#define ASSAY_EMBEDDED_MOST 1024u

/** What all that is cut out of one file may come to, as a multiple of the file: these may lie in each other, and a
 * relocation of COFF has five times its bytes in ELF. */
#define ASSAY_EMBEDDED_TIMES 8u

/** The same for a small file, of which the tables of an ELF file are a large part. */
#define ASSAY_EMBEDDED_LEAST (1u << 20)

/** Headers of sections of COFF that are looked at in one file: two bytes are its magic, and stand everywhere. */
#define ASSAY_EMBEDDED_SECTIONS (G_GUINT64_CONSTANT (1) << 22)

/** AssayEmbeddedKind: what was found. */
typedef enum
{
  ASSAY_EMBEDDED_ELF = 0,
  ASSAY_EMBEDDED_COFF,
  ASSAY_EMBEDDED_PLAIN, /* an object of COFF, or an image of PE, without relocations: its bytes are linked as they are
                         */
} AssayEmbeddedKind;

/** @object: from the magic to the end of what its headers claim; of COFF what assay_coff_write_elf() makes of it. */
typedef gboolean (*AssayEmbeddedFound) (AssayBlob *object, AssayEmbeddedKind kind, guint64 offset_bytes, gpointer data,
                                        GError **error);

/**
 * assay_embedded_visit:
 * @blob: any bytes
 * @out_all: whether all was looked at: FALSE where there is more than the constants above allow
 *
 * Finds the ELF files, objects of COFF and images of PE that begin at any place, the first byte as well. A magic whose
 * header does not hold up (gABI, "ELF Header": identification, version, sizes of the header and of the entries of its
 * tables; assay_coff_read()) is none; tables of ELF that leave the file are no reason, as a linker may not need them.
 *
 * Errors: those of assay_blob_read() and of @found, which ends the visit.
 */
gboolean assay_embedded_visit (AssayBlob *blob, const AssayLimits *limits, AssayEmbeddedFound found, gpointer data,
                               gboolean *out_all, GError **error);

/** assay_embedded_visit_first: the same for an object of COFF or an image of PE at the first byte alone. */
gboolean assay_embedded_visit_first (AssayBlob *blob, const AssayLimits *limits, AssayEmbeddedFound found,
                                     gpointer data, gboolean *out_all, GError **error);

#endif
