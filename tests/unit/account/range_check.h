#ifndef ASSAY_TEST_RANGE_CHECK_H
#define ASSAY_TEST_RANGE_CHECK_H

#include "account/findings/finding.h"

/** check_range: that a range that was read has all that was put in. */
static inline void
check_range (const AssayRange *range, const AssayRange *wanted)
{
  assert_true (range->offset == wanted->offset && range->length == wanted->length);
  assert_true (range->expected_offset == wanted->expected_offset && range->class_ == wanted->class_);
  assert_true (range->payload == wanted->payload && range->rule == wanted->rule && range->grant == wanted->grant);
  assert_true (range->detail == wanted->detail && range->label == wanted->label);
}

#endif
