#ifndef ASSAY_COMPARE_BYTES_H
#define ASSAY_COMPARE_BYTES_H

#include "compare/align.h"
#include "util/progress.h"

#include <assay/digest.h>

/**
 * AssayDifference:
 * @offset: in the shipped blob
 * @length: bytes; never 0; differences that touch and are of one kind are one
 * @expected_offset: where the expected bytes stand, or ASSAY_NO_COUNTERPART
 */
typedef struct
{
  guint64 offset;
  guint64 length;
  guint64 expected_offset;
} AssayDifference;

/** Stands for "no expected byte corresponds". */
#define ASSAY_NO_COUNTERPART G_MAXUINT64

/** AssayShown: the first bytes of differences, for whoever shows them without reading them again: of each up to @most
 * of either side, a shipped and an expected one in turns; of one without counterpart those of the shipped side alone.
 */
typedef struct
{
  gsize most;
  GByteArray *bytes;
} AssayShown;

/** AssayPieceDigest: a range of the shipped blob that is digested while it is compared. */
typedef AssayBlobPart AssayPieceDigest;

/**
 * AssayPass:
 *
 * What one pass over a shipped blob does beside comparing.
 *
 * @whole: where the SHA-256 of the whole goes, or NULL
 * @pieces: (element-type AssayPieceDigest) (nullable): ascending, not overlapping; digests are filled in, of what was
 * noted of the blob where that is of just these (assay_blob_note_parts())
 * @progress: nullable
 * @shown: (nullable): where the first bytes of differences go, in their order
 */
typedef struct
{
  AssayDigest *whole;
  GArray *pieces;
  AssayProgress *progress;
  AssayShown *shown;
} AssayPass;

/**
 * assay_blob_compare:
 * @expected: NULL when nothing corresponds and only digests are wanted
 * @correspondences: (element-type AssayCorrespondence): ascending in shipped offsets, not overlapping there
 * @out_differences: (element-type AssayDifference) (transfer full): bytes that are not equal, and bytes outside all
 * correspondences
 *
 * Reads the shipped blob once from 0 to its end, in windows, so that what is digested is what was compared. Equal bytes
 * are never reported, and a byte that is not equal always is.
 */
gboolean assay_blob_compare (AssayBlob *shipped, AssayBlob *expected, const GArray *correspondences,
                             const AssayPass *pass, GArray **out_differences, GError **error);

/** AssayShownWalk: a look at what was shown of differences, from the first on. */
typedef struct
{
  const GArray *differences;
  const AssayShown *shown;
  guint index;
  gsize at;
} AssayShownWalk;

/**
 * assay_shown_take:
 * @offset: of the shipped side; not before one that was asked for already
 * @expected_offset: what stands there on the other side, or ASSAY_NO_COUNTERPART
 * @length: bytes of either side
 * @out_expected: untouched without a counterpart
 *
 * Returns: FALSE where these bytes of these two places were not shown
 */
gboolean assay_shown_take (AssayShownWalk *walk, guint64 offset, guint64 expected_offset, gsize length,
                           guint8 *out_shipped, guint8 *out_expected);

/** assay_blob_equal: whether two blobs hold the same bytes; ends at the first that differs. */
gboolean assay_blob_equal (AssayBlob *a, AssayBlob *b, gboolean *out_equal, GError **error);

/** assay_blob_equal_digested: the same, and digests of the bytes that were compared, in the same pass; @pass is filled
 * in where both are equal, and holds nothing of use else. */
gboolean assay_blob_equal_digested (AssayBlob *a, AssayBlob *b, const AssayPass *pass, gboolean *out_equal,
                                    GError **error);

#endif
