#ifndef ASSAY_ACCOUNT_VISIBLE_TEXT_H
#define ASSAY_ACCOUNT_VISIBLE_TEXT_H

#include "util/blob.h"

/** AssayBlobRange: bytes of a blob from @offset on, @length of them. */
typedef struct
{
  AssayBlob *blob;
  guint64 offset;
  guint64 length;
} AssayBlobRange;

/**
 * assay_visible_text_differs:
 * @first: @second: encoded bytes, of a codec that writes no letter as it is but in blocks that are not compressed
 * @out_differs: whether one of them has a line of a text, or code of PHP, as it stands, that the other has not
 *
 * Who reads each file of a directory by lines, whatever it is called, meets these. A line is of twelve bytes or more
 * that are printable ASCII, blanks or tabs, three quarters of them letters, digits and blanks, between ends of lines,
 * or at an end of the range: in coded bytes none stands by chance. PHP, which a server may ask by any suffix of a name
 * (`index.php.gz`), copies all but what stands between `<?`, without an x behind it, and `?>`: that, and printable
 * bytes up to that end, or thirteen of them, of which the first 64 are compared. Of more than 16 KiB both must be
 * longer: by one byte for each 2.5 times as many, so that none stands by chance in a stream of any length. Errors:
 * those of reading; ASSAY_ERROR_CANCELLED.
 */
gboolean assay_visible_text_differs (const AssayBlobRange *first, const AssayBlobRange *second, gboolean *out_differs,
                                     GError **error);

#endif
