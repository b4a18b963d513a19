#ifndef ASSAY_INVENTORY_FINGERPRINT_PRIVATE_H
#define ASSAY_INVENTORY_FINGERPRINT_PRIVATE_H

#include "inventory/fingerprint.h"

/** Bytes of a block: four instructions of a RISC, and more than two compilers agree on by chance in a row of them. */
#define ASSAY_FINGERPRINT_BLOCK 16u

/** AssayFingerprintBlock: 16 bytes of a unit. */
typedef struct
{
  guint64 hash;
  guint32 unit;
  guint32 offset; /* in the unit */
} AssayFingerprintBlock;

/** AssayFingerprintUnit: @blocks: how many of it there are; @enough: bytes at one place that say that it is there;
 * @least: what a smaller unit must have as a whole; @step: bytes from one block to the next, 0 for blocks without gap;
 * @is_data: no code by its flags, of which texts are left out. */
typedef struct
{
  guint32 source;
  guint32 blocks;
  guint32 enough;
  guint32 least;
  guint32 step;
  gboolean is_data;
} AssayFingerprintUnit;

/** Of less than this nobody can say where it comes from. */
#define ASSAY_FINGERPRINT_LEAST 32u

/** @enough of an object, which holds nothing but its own; and of a program, which holds what every program does. */
#define ASSAY_FINGERPRINT_ENOUGH_OBJECT 96u
#define ASSAY_FINGERPRINT_ENOUGH_PROGRAM 512u

/** Encoded bytes are all telling, and delivered archives are large: of more than ASSAY_FINGERPRINT_SMALL_ENCODED bytes
 * one block in four will do, which are as many blocks to be found in a place. */
#define ASSAY_FINGERPRINT_SMALL_ENCODED 4096u
#define ASSAY_FINGERPRINT_STEP_ENCODED 64u
#define ASSAY_FINGERPRINT_ENOUGH_ENCODED 128u

/** Bits of the filter that answers for most places of a file that no block begins there. */
#define ASSAY_FINGERPRINT_FILTER_BITS 24u

struct _AssayFingerprint
{
  AssayLimits limits;
  guint64 code_bytes; /* of all units */
  GArray *units;      /* AssayFingerprintUnit */
  GArray *blocks;     /* AssayFingerprintBlock; by hash once settled */
  guint64 *filter;    /* NULL until settled */
};

/** Values that a block has at least, to tell anything. */
#define ASSAY_FINGERPRINT_DISTINCT 6u

/** assay_fingerprint_hash: of 16 bytes. */
guint64 assay_fingerprint_hash (const guint8 *bytes);

/** assay_fingerprint_is_telling: FALSE for a block of fill, or of a table that any program may have. */
gboolean assay_fingerprint_is_telling (const guint8 *bytes);

/** assay_fingerprint_may_hold: FALSE where no block has the hash. */
gboolean assay_fingerprint_may_hold (const AssayFingerprint *fingerprint, guint64 hash);

/** AssayFingerprintGap: bytes [start, end) of a unit that a linker changes. */
typedef struct
{
  guint64 start;
  guint64 end;
} AssayFingerprintGap;

/**
 * assay_fingerprint_add_unit:
 * @gaps: (element-type AssayFingerprintGap) (nullable): what a linker changes, in offsets of the unit, ascending
 * @kind: its source, how much of it is enough, and what it is
 */
gboolean assay_fingerprint_add_unit (AssayFingerprint *fingerprint, AssayBlob *unit, const GArray *gaps,
                                     const AssayFingerprintUnit *kind, GError **error);

#endif
