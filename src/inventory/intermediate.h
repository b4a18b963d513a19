#ifndef ASSAY_INVENTORY_INTERMEDIATE_H
#define ASSAY_INVENTORY_INTERMEDIATE_H

#include "util/blob.h"
#include "util/limits.h"

/** AssayIntermediate: what a compiler left for a linker to make the machine code of. */
typedef enum
{
  ASSAY_INTERMEDIATE_NONE = 0,
  ASSAY_INTERMEDIATE_GO,
  ASSAY_INTERMEDIATE_LLVM,
  ASSAY_INTERMEDIATE_ELF,
} AssayIntermediate;

/**
 * assay_intermediate_find:
 * @out: ASSAY_INTERMEDIATE_NONE where it is, or holds, none of these
 *
 * Objects of Go's own format, and bitcode of LLVM with a wrapper or without, also behind other bytes; and relocatable
 * ELF objects of which there is nothing but what GCC or LLVM wrote for link-time optimisation. One that has code as
 * well is none. What the sections of an ELF file hold is not looked through.
 *
 * Source: cmd/internal/goobj; LLVM Bitcode File Format, "Magic Numbers", "Bitcode Wrapper Format"; lto-streamer.h of
 * GCC. Errors: those of assay_blob_read().
 */
gboolean assay_intermediate_find (AssayBlob *blob, const AssayLimits *limits, AssayIntermediate *out, GError **error);

/** assay_intermediate_why: a sentence without full stop for what is none of NONE: why no code of it is known; static.
 */
const char *assay_intermediate_why (AssayIntermediate kind);

#endif
