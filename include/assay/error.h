#ifndef ASSAY_ERROR_H
#define ASSAY_ERROR_H

#include <assay/api.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * ASSAY_ERROR:
 *
 * The error domain of every function of assay that takes a GError. A verdict is never an error: an error says that
 * something could not be done, and leaves what it spoke of undecided.
 */
#define ASSAY_ERROR (assay_error_quark ())
ASSAY_API GQuark assay_error_quark (void);

/**
 * AssayErrorCode:
 * @ASSAY_ERROR_FAILED: no narrower code fits
 * @ASSAY_ERROR_USAGE: an option, a recipe or a policy is invalid, or a named file is missing; the only code that ends
 *   in exit code 64
 * @ASSAY_ERROR_PIN: a pinned digest is not that of the input
 * @ASSAY_ERROR_IO: the operating system refused a read or a write
 * @ASSAY_ERROR_CHANGED: a file changed while it was read
 * @ASSAY_ERROR_MALFORMED: bytes break the rules of their format
 * @ASSAY_ERROR_UNSUPPORTED: the format is known, but this variant of it cannot be read
 * @ASSAY_ERROR_LIMIT: a limit was hit; the message names it
 * @ASSAY_ERROR_NOT_FOUND: there is no such thing
 * @ASSAY_ERROR_NO_CONTENT: the thing exists but stores no bytes
 * @ASSAY_ERROR_STEP: a step of a rebuild failed
 * @ASSAY_ERROR_SANDBOX: the sandbox could not be set up or did not hold
 * @ASSAY_ERROR_CANCELLED: a signal ended the work
 * @ASSAY_ERROR_INTERNAL: assay contradicts itself; the only code that ends in exit code 70
 */
typedef enum
{
  ASSAY_ERROR_FAILED = 0,
  ASSAY_ERROR_USAGE,
  ASSAY_ERROR_PIN,
  ASSAY_ERROR_IO,
  ASSAY_ERROR_CHANGED,
  ASSAY_ERROR_MALFORMED,
  ASSAY_ERROR_UNSUPPORTED,
  ASSAY_ERROR_LIMIT,
  ASSAY_ERROR_NOT_FOUND,
  ASSAY_ERROR_NO_CONTENT,
  ASSAY_ERROR_STEP,
  ASSAY_ERROR_SANDBOX,
  ASSAY_ERROR_CANCELLED,
  ASSAY_ERROR_INTERNAL,
} AssayErrorCode;

G_END_DECLS

#endif
