#ifndef ASSAY_COMPARE_SCATTER_H
#define ASSAY_COMPARE_SCATTER_H

#include "compare/areas.h"

/**
 * assay_scatter_is_throughout:
 * @input: two files of one size
 *
 * Whether the code of a program is damaged throughout and in its place: in most of the stretches that are looked at,
 * spread over all of it, some bytes differ that are no operands, and most do not. What grew, shrank or moved looks
 * otherwise: behind it nearly all bytes differ, or operands alone do. In such a file nothing is to be found in another
 * place, and to look for it takes a hundred times as long as to compare it. The time that this takes does not depend on
 * the size of the files.
 *
 * For the reader alone, as drift.h. FALSE where nobody knows: little code, a machine whose operands are not known, or
 * bytes that cannot be read.
 */
gboolean assay_scatter_is_throughout (const AssayAreasInput *input);

#endif
