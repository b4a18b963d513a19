#ifndef ASSAY_FLOW_STAMPING_H
#define ASSAY_FLOW_STAMPING_H

#include "crypto/stamp.h"

/* Time stamps for signed statements. Nothing here talks to a time-stamping authority (TSA): whoever is in a laboratory
 * without a network carries the request out and the response in. */

/**
 * AssayStamping: which response is put beside which signature. All borrowed.
 *
 * @file: signed statements, or `-`; @response: a file
 * @request: the one that was kept, whose nonce must come back; or NULL
 * @authorities: NULL-terminated files with roots of TSAs
 */
typedef struct
{
  const char *file;
  const char *response;
  const char *request;
  char *const *authorities;
} AssayStamping;

/**
 * assay_flow_stamp_request:
 * @signature: which of the file's signatures, from 1 on; 0: the only one
 *
 * Returns: (transfer full): a TimeStampReq in DER. Errors: ASSAY_ERROR_USAGE the file is none, or there are several
 * signatures, or not as many.
 */
GBytes *assay_flow_stamp_request (const char *file, guint64 signature, GError **error);

/**
 * assay_flow_stamp_attach:
 * @out_stamp: what the response proves
 * @out_problem: (transfer full) (nullable): why the response is none for any signature of the file, as what follows
 *   "the time stamp"
 *
 * Returns: (transfer full) (nullable): the file with the time stamp in it; NULL with a problem, and with an error:
 * ASSAY_ERROR_USAGE a file is missing, or no signed statements; the signature has this time stamp already.
 */
GBytes *assay_flow_stamp_attach (const AssayStamping *stamping, AssayStamp *out_stamp, char **out_problem,
                                 GError **error);

#endif
