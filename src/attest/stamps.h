#ifndef ASSAY_ATTEST_STAMPS_H
#define ASSAY_ATTEST_STAMPS_H

#include "attest/envelope.h"
#include "crypto/stamp.h"

/* Where time stamps stand: in a DSSE signature `timestamps[] {type, data}`; in a Sigstore bundle
 * `verificationMaterial.timestampVerificationData.rfc3161Timestamps[] {signedTimestamp}`. */
#define ASSAY_STAMPS_DSSE "timestamps"
#define ASSAY_STAMP_DSSE "data"
#define ASSAY_STAMP_TYPE "tsp"
#define ASSAY_STAMPS_MATERIAL "timestampVerificationData"
#define ASSAY_STAMPS_BUNDLE "rfc3161Timestamps"
#define ASSAY_STAMP_BUNDLE "signedTimestamp"

/**
 * AssayStampsWanted: what is asked of time stamps.
 *
 * @authorities: (element-type AssayAuthority): whose are believed; none: nobody's, and none is looked at
 * @listed_s: the moment of assay_stamp_verify()
 * @until_s: (where @has_until) the moment that a stamp must not be later than
 * @required: every signature that counts must have one
 */
typedef struct
{
  const GPtrArray *authorities;
  gint64 listed_s;
  gboolean has_until;
  gint64 until_s;
  gboolean required;
} AssayStampsWanted;

/**
 * AssayStamped: what the time stamps of one signature prove.
 *
 * @holds: one holds; @stamp: the earliest that does, with a @by of NULL where none does
 * @problem: (nullable): why the signature does not count, as a sentence without an end
 */
typedef struct
{
  gboolean holds;
  AssayStamp stamp;
  char *problem;
} AssayStamped;

void assay_stamped_clear (AssayStamped *stamped);

/**
 * assay_stamps_judge:
 * @signature: which of the envelope's signatures, from 0
 *
 * A signature whose stamps all prove nothing does not count, and one without any where one is required: then @out has
 * the problem. One stamp that holds is enough, whatever others there are.
 */
void assay_stamps_judge (const AssayStampsWanted *wanted, const AssayEnvelope *envelope, guint signature,
                         AssayStamped *out);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayStamped, assay_stamped_clear)

#endif
