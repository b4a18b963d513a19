#ifndef ASSAY_ACCOUNT_WAIVABLE_H
#define ASSAY_ACCOUNT_WAIVABLE_H

#include "account/account.h"
#include "account/extents.h"

/**
 * AssayWaivable:
 *
 * Which bytes of a leaf a waiver may cover without `allow-code` (T13): bytes that were proven to be data, on both
 * sides.
 *
 * @open: (element-type AssayExtent): in offsets of the shipped file
 * @placed: the shipped file is no ELF file but the segments of the expected one, at their load addresses (T12);
 * @load_ranges is then how they lie, else NULL
 * @fixed: the place of every byte that a waiver may cover follows from the expected side alone: both files have one
 * size, or equal program headers, where only loaded bytes count (one of them is stripped), or @placed. Where it does
 * not, a waiver of a part has nothing to resolve on
 */
typedef struct
{
  GArray *open;
  gboolean placed;
  GArray *load_ranges;
  gboolean fixed;
} AssayWaivable;

void assay_waivable_clear (AssayWaivable *waivable);

/**
 * assay_waivable_find:
 * @out: zero-initialised
 * @run: whether somebody may run the shipped file, by whichever of its entries (assay_account_is_executable())
 *
 * What cannot be read, or is of a nature that is not known, is not data: code may lie anywhere in it. Data is:
 * - of ELF files on both sides, sound ones: sections of type PROGBITS or NOTE, and those that no segment loads, as far
 *   as no executable segment, no section marked executable, no header, no dynamic section, no interpreter and no region
 *   that the loader writes and then protects (PT_GNU_RELRO: pointers to functions) reaches into them, and none of those
 *   that steer the unwinder (`.eh_frame` and its kin);
 * - of a raw image that is placed on the segments of the rebuilt ELF file, the same of that file;
 * - of other files, text (UTF-8 without controls) of at most 1 MiB on both sides, which names no interpreter (`#!`,
 * also behind a byte-order mark or blanks), which nobody may run, and whose entries have a mode without any execute
 * bit. A script that is
 * sourced looks the same, which is why the line must name the file (waive.h).
 */
void assay_waivable_find (AssayWaivable *out, const AssayNodeAccount *node_account, gboolean run,
                          const AssayLimits *limits);

/** assay_waivable_place: turns offsets of the expected file into those of the shipped one. Transfer full. */
GArray *assay_waivable_place (const AssayWaivable *waivable, const GArray *expected);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayWaivable, assay_waivable_clear)

#endif
