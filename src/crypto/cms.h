#ifndef ASSAY_CRYPTO_CMS_H
#define ASSAY_CRYPTO_CMS_H

#include "crypto/signature.h"

/**
 * AssayCmsSigner:
 *
 * A certificate whose owner may sign, and the scheme of the signatures: detached CMS SignedData (RFC 5652), as Linux
 * appends it to modules and SWUpdate puts it beside sw-description. The certificate is believed because the policy
 * gives it: its dates, issuer and extensions are not looked at.
 */
typedef struct _AssayCmsSigner AssayCmsSigner;

/**
 * AssayCmsUse: who checks a signature, and so what must stand in it. Certificates and the signer's name are not signed:
 * anybody can cut a certificate out of a signature or put one in.
 */
typedef enum
{
  ASSAY_CMS_COMPLETE
  = 0,              /* by CMS_verify() and a store of authorities (RAUC, SWUpdate): with the signer's certificate */
  ASSAY_CMS_MODULE, /* Linux knows the keys: with the certificate or without it (sign-file leaves it out), and without
                       signed attributes, which it refuses (crypto/asymmetric_keys/pkcs7_verify.c) */
} AssayCmsUse;

/** assay_cms_scheme_names: "cms-rsa-sha256", …; NULL-terminated, static. */
const char *const *assay_cms_scheme_names (void);

/** assay_cms_scheme_has: whether there is a scheme of that name. */
gboolean assay_cms_scheme_has (const char *name);

/**
 * assay_cms_signer_load:
 * @path: one certificate in PEM form, and nothing else in PEM form
 *
 * Errors: ASSAY_ERROR_USAGE, as assay_public_key_load().
 */
AssayCmsSigner *assay_cms_signer_load (const char *path, const char *scheme, GError **error);

/** assay_cms_signer_get_sha256: of the certificate's DER; FALSE where it has none. */
gboolean assay_cms_signer_get_sha256 (const AssayCmsSigner *signer, AssayDigest *out_sha256);

void assay_cms_signer_free (AssayCmsSigner *signer);

/**
 * assay_cms_verify:
 * @ranges: (element-type AssaySignedRange): the content
 * @der: all bytes that are said to be the signature
 * @out_problem: NULL if @der is the one DER encoding of a SignedData without content, with this signer's signature
 * alone, which is valid, in a form that @use takes; else what is wrong, a static text that goes on after "the
 * signature"
 *
 * Everything but the signature value is written again and must be the same bytes: there is no certificate but the
 * signer's own, there are no CRLs and no unsigned attributes, and the signed attributes are none or content type,
 * message digest and perhaps signing time. Errors: of reading the ranges.
 */
gboolean assay_cms_verify (const AssayCmsSigner *signer, AssayCmsUse use, const GArray *ranges, const guint8 *der,
                           gsize length, const char **out_problem, GError **error);

/**
 * assay_cms_verify_with_content:
 * @content: what must be signed
 *
 * The same, ASSAY_CMS_COMPLETE, for a SignedData that has its content in it, which must be @content. Errors: none of
 * reading.
 */
gboolean assay_cms_verify_with_content (const AssayCmsSigner *signer, GBytes *content, const guint8 *der, gsize length,
                                        const char **out_problem, GError **error);

/** assay_cms_get_content: (transfer full): what a SignedData has in it, whoever signed it; NULL where @der begins with
 * no such thing, or with one without content. */
GBytes *assay_cms_get_content (const guint8 *der, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AssayCmsSigner, assay_cms_signer_free)

#endif
