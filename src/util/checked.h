#ifndef ASSAY_UTIL_CHECKED_H
#define ASSAY_UTIL_CHECKED_H

#include <glib.h>

/*
 * Sums and products of numbers that an attacker chose. Each returns FALSE when the result does not fit in 64 bits, and
 * then leaves *out untouched.
 */

static inline gboolean
assay_u64_add (guint64 a, guint64 b, guint64 *out)
{
  guint64 sum;
  if (__builtin_add_overflow (a, b, &sum))
    return FALSE;
  *out = sum;
  return TRUE;
}

static inline gboolean
assay_u64_multiply (guint64 a, guint64 b, guint64 *out)
{
  guint64 product;
  if (__builtin_mul_overflow (a, b, &product))
    return FALSE;
  *out = product;
  return TRUE;
}

/** assay_range_fits: whether [offset, offset + length) lies in [0, size). An empty range may lie at size itself. */
static inline gboolean
assay_range_fits (guint64 offset, guint64 length, guint64 size)
{
  return offset <= size && length <= size - offset;
}

/** assay_u64_align: rounds up to a multiple of alignment, which is a power of two. */
static inline gboolean
assay_u64_align (guint64 value, guint64 alignment, guint64 *out)
{
  guint64 sum;
  if (!assay_u64_add (value, alignment - 1, &sum))
    return FALSE;
  *out = sum & ~(alignment - 1);
  return TRUE;
}

#endif
