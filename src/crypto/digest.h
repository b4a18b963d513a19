#ifndef ASSAY_CRYPTO_DIGEST_H
#define ASSAY_CRYPTO_DIGEST_H

#include <assay/error.h>

#include <glib.h>

/**
 * assay_digest_bytes:
 * @name: OpenSSL's name of a digest, as "SHA1" or "MD5": what formats carry as a check, never what we rely on
 * @out: @out_length_bytes, exactly that digest's length
 *
 * Returns: FALSE when there is no such digest or it is not of that length
 */
gboolean assay_digest_bytes (const char *name, const void *data, gsize length_bytes, guint8 *out,
                             gsize out_length_bytes);

/** Kinds of digests by which others know a file (assay_digest_kind_name()), and bytes of the longest. */
#define ASSAY_DIGEST_KINDS 16
#define ASSAY_DIGEST_LONGEST 64u

/** assay_digest_kind_name: @kind: below ASSAY_DIGEST_KINDS; as people write it, "SHA-256". */
const char *assay_digest_kind_name (guint kind);

/** AssayDigester: takes all of these digests of some bytes at once. */
typedef struct _AssayDigester AssayDigester;

/** assay_digester_new: Errors: ASSAY_ERROR_UNSUPPORTED OpenSSL has one of them not; SM3 alone may be missing. */
AssayDigester *assay_digester_new (GError **error);
void assay_digester_free (AssayDigester *digester);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayDigester, assay_digester_free)

/** assay_digester_copy: one that goes on from what was taken so far. */
AssayDigester *assay_digester_copy (const AssayDigester *digester);

void assay_digester_update (AssayDigester *digester, const void *data, gsize length_bytes);

/**
 * assay_digester_finish:
 * @out: ASSAY_DIGEST_LONGEST bytes
 *
 * The digest of one kind, which can be asked for once.
 *
 * Returns: its length in bytes; 0 for a kind that is missing
 */
gsize assay_digester_finish (AssayDigester *digester, guint kind, guint8 *out);

#endif
