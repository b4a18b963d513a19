#ifndef ASSAY_ACCOUNT_NEEDLES_H
#define ASSAY_ACCOUNT_NEEDLES_H

#include <glib.h>

/**
 * AssayNeedles:
 *
 * Digests that are looked for in any bytes, in each way in which one is written: as it is; as words of 32 or 64 bits in
 * the other order of bytes; in hexadecimal digits of either case, without separators or in pairs with a colon, dash or
 * blank between, and in a text with any white space and punctuation between (digits.h); in base 64 of both alphabets
 * (RFC 4648), also amid other bytes that are encoded with it, and of 32 bytes or more where a line ends within it. What
 * stands around it does not matter: no other bytes are equal to a digest by chance.
 *
 * Every one is so long that wherever it stands eight bytes of it begin at a multiple of eight: one look at each of
 * these, into a table of all such words, finds all.
 */
typedef struct _AssayNeedles AssayNeedles;

/** Bytes of the longest form of a digest. */
#define ASSAY_NEEDLE_LONGEST 192u

/** Bytes that one takes up in a text, with what may stand between its digits: an array of C in indented lines. */
#define ASSAY_NEEDLE_SPREAD 2048u

AssayNeedles *assay_needles_new (void);
void assay_needles_free (AssayNeedles *needles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayNeedles, assay_needles_free)

/** assay_needles_add: @length: of 16 to 64 bytes; @owner: @kind: what a find says of it. Only before the first search.
 */
void assay_needles_add (AssayNeedles *needles, const guint8 *digest, gsize length, guint owner, guint kind);

/** AssayNeedleFound: a digest stands there. */
typedef void (*AssayNeedleFound) (guint owner, guint kind, gpointer data);

/** assay_needles_search: calls @found for all that stand wholly in @bytes, for one perhaps more than once. */
void assay_needles_search (AssayNeedles *needles, const guint8 *bytes, gsize length, AssayNeedleFound found,
                           gpointer data);

#endif
