#ifndef ASSAY_COMPARE_AREAS_H
#define ASSAY_COMPARE_AREAS_H

#include "compare/drift.h"
#include "inventory/elf.h"
#include "inventory/operand.h"
#include "util/blob.h"

/** Bytes of one area that are aligned; a larger one is left as it is, and its differences have no known cause. */
#define ASSAY_AREA_BYTES (48u * 1024u * 1024u)

/**
 * AssayArea: one section of both sides, or a flat image, with its objects placed. One of a section that has no bytes in
 * the file has no length, but an object.
 *
 * @expected_offset: @shipped_offset: bytes from the start of the files
 * @expected_address: @shipped_address: of the first byte
 * @code: its bytes are instructions
 * @equal: both sides are byte for byte the same; one object stands for all
 * @name: of the section, borrowed from the expected side; NULL for a flat image
 */
typedef struct
{
  AssayDrift drift;
  guint64 expected_offset;
  guint64 shipped_offset;
  guint64 expected_address;
  guint64 shipped_address;
  gboolean code;
  gboolean equal;
  const char *name;
  guint8 *expected_bytes;
  guint8 *shipped_bytes;
  guint8 *mask;
} AssayArea;

/**
 * AssayAreasInput: two files that differ.
 *
 * @shipped_elf: with symbols loaded where it has any (they are claims, T14); NULL for a flat image
 * @expected_elf: NULL for a flat image
 * @symbols_elf: ELF file of the rebuild that names the expected one; may be @expected_elf; never NULL
 * @shipped_imports: @expected_imports: (element-type AssaySymbol) (nullable): of assay_elf_imports_new()
 * @load_ranges: (nullable): where the bytes of @symbols_elf stand in a flat image (assay_elf_load_image())
 */
typedef struct
{
  AssayBlob *shipped;
  const AssayElf *shipped_elf;
  AssayBlob *expected;
  const AssayElf *expected_elf;
  const AssayElf *symbols_elf;
  const GArray *load_ranges;
  const GArray *shipped_imports;
  const GArray *expected_imports;
} AssayAreasInput;

/**
 * assay_areas_new:
 *
 * Divides both files into areas, each into objects by the symbols of the rebuild, strings and pieces of no name, masks
 * the operands that hold addresses, and places every object (drift.h).
 *
 * Returns: (transfer full) (element-type AssayArea): in the order of the expected file. Errors: of reading.
 */
GPtrArray *assay_areas_new (const AssayAreasInput *input, GError **error);

#endif
