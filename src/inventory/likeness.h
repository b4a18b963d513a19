#ifndef ASSAY_INVENTORY_LIKENESS_H
#define ASSAY_INVENTORY_LIKENESS_H

#include "util/blob.h"

/** Hashes that stand for all blocks of some bytes: the share that two files have in common is known within some percent
 * (A. Broder, "On the resemblance and containment of documents", 1997, the sketch of the least hashes). */
#define ASSAY_LIKENESS_HASHES 64u

/** AssaySketch: the least different hashes of blocks of 16 bytes, ascending; @blocks: of how many. */
typedef struct
{
  guint64 blocks;
  guint count;
  guint64 hashes[ASSAY_LIKENESS_HASHES];
} AssaySketch;

/** AssayLikenessSize: @code_bytes: of its executable segments; @loaded_bytes: of all loaded ones. */
typedef struct
{
  guint64 code_bytes;
  guint64 loaded_bytes;
} AssayLikenessSize;

/**
 * AssayLikeness: what a linked program, a shared library or a raw image is known by when it was copied and then changed
 * a little.
 *
 * @is_program: an ELF file of these two types that has a segment with code; else a raw image
 * @size: of a raw image both numbers are its size
 * @code: of the executable segments, each block with its place in the segment: another program that was linked with the
 * same static libraries has them in other places. Not of a raw image
 * @loaded: the same of all loaded segments; of a raw image all blocks, wherever they stand
 */
typedef struct
{
  gboolean is_program;
  AssayLikenessSize size;
  AssaySketch code;
  AssaySketch loaded;
} AssayLikeness;

/**
 * assay_likeness_measure:
 * @out_size: zeros where the file is no linked program with code
 *
 * Reads the headers alone. Errors: those of assay_blob_read().
 */
gboolean assay_likeness_measure (AssayBlob *blob, AssayLikenessSize *out_size, GError **error);

/**
 * assay_likeness_new:
 *
 * What is no ELF file at all is a raw image. Of an object, and of an ELF file without code or with a table of segments
 * that leaves it, nothing is known: both sizes are 0, and nothing is like it.
 *
 * Returns: (transfer full) (nullable): free with g_free(); NULL on an error, one of assay_blob_read()
 */
AssayLikeness *assay_likeness_new (AssayBlob *blob, GError **error);

/** assay_likeness_may_match: FALSE where two sizes are so different that one file is no copy of the other. */
gboolean assay_likeness_may_match (const AssayLikenessSize *a, const AssayLikenessSize *b);

/**
 * assay_likeness_match:
 *
 * Whether one is a copy of the other with up to about a tenth of it changed: four in five of the blocks of both
 * together are in both. That of their code is enough where it is 2 KiB at least: less may be what every program is
 * linked with. Else it must be so of all that is loaded.
 */
gboolean assay_likeness_match (const AssayLikeness *a, const AssayLikeness *b);

#endif
