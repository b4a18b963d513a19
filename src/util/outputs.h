#ifndef ASSAY_UTIL_OUTPUTS_H
#define ASSAY_UTIL_OUTPUTS_H

#include "util/output.h"

/**
 * AssayOutputPlan: one of several outputs of a run.
 *
 * @path: as of assay_output_new()
 * @write: writes all of it; returns FALSE with an error
 * @data: for @write; borrowed
 */
typedef struct
{
  const char *path;
  gboolean (*write) (gconstpointer data, AssayOutput *output, GError **error);
  gconstpointer data;
} AssayOutputPlan;

/**
 * AssayOutputOrder:
 * @ASSAY_OUTPUTS_ALL_OR_NONE: no file appears unless every output was written, so that none says that a run was well
 * whose exit code says that it was not
 * @ASSAY_OUTPUTS_EACH: each file that could be written appears, before anything goes to where it cannot be taken back
 */
typedef enum
{
  ASSAY_OUTPUTS_ALL_OR_NONE = 0,
  ASSAY_OUTPUTS_EACH,
} AssayOutputOrder;

/**
 * assay_outputs_write:
 *
 * Writes all of them. Files are whole and synced, beside their targets, before the first is renamed into its place;
 * what cannot be taken back (standard output, a device, a pipe) is written and closed one at a time, in the order
 * of @plans: with ASSAY_OUTPUTS_ALL_OR_NONE between the two, with ASSAY_OUTPUTS_EACH after them. Only a rename that
 * fails leaves some in place and some not.
 *
 * Errors: the first there was; of assay_output_new(), assay_output_commit() and @write.
 */
gboolean assay_outputs_write (const AssayOutputPlan *plans, gsize count, AssayOutputOrder order, GError **error);

#endif
