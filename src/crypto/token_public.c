#include "crypto/token_parts.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

/** Bytes of an Ed25519 key (RFC 8032). */
#define ED25519_KEY_BYTES 32

static EVP_PKEY *
make_key (const char *type, OSSL_PARAM_BLD *builder)
{
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param (builder);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, type, NULL);
  if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init (context) != 1
      || EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    key = NULL;
  EVP_PKEY_CTX_free (context);
  OSSL_PARAM_free (parameters);
  return key;
}

static EVP_PKEY *
make_rsa (GBytes *modulus, GBytes *exponent)
{
  gsize length[2] = { 0, 0 };
  const guint8 *n = g_bytes_get_data (modulus, &length[0]);
  const guint8 *e = g_bytes_get_data (exponent, &length[1]);
  BIGNUM *numbers[2] = { BN_bin2bn (n, (int)length[0], NULL), BN_bin2bn (e, (int)length[1], NULL) };
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  EVP_PKEY *key = NULL;
  if (builder != NULL && numbers[0] != NULL && numbers[1] != NULL
      && OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, numbers[0]) == 1
      && OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, numbers[1]) == 1)
    key = make_key ("RSA", builder);
  OSSL_PARAM_BLD_free (builder);
  BN_free (numbers[0]);
  BN_free (numbers[1]);
  return key;
}

/* A curve that has a name, and a point as it stands. */
static EVP_PKEY *
make_ec (GBytes *curve, const guint8 *point, gsize length)
{
  gsize size = 0;
  const guint8 *position = g_bytes_get_data (curve, &size);
  ASN1_OBJECT *name = d2i_ASN1_OBJECT (NULL, &position, (long)size);
  const char *group = name == NULL ? NULL : OBJ_nid2sn (OBJ_obj2nid (name));
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  EVP_PKEY *key = NULL;
  if (group != NULL && builder != NULL
      && OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1
      && OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, point, length) == 1)
    key = make_key ("EC", builder);
  OSSL_PARAM_BLD_free (builder);
  ASN1_OBJECT_free (name);
  return key;
}

static EVP_PKEY *
make_point (CK_KEY_TYPE kind, GBytes *curve, const guint8 *point, gsize length)
{
  if (kind == CKK_EC)
    return curve == NULL ? NULL : make_ec (curve, point, length);
  return length == ED25519_KEY_BYTES ? EVP_PKEY_new_raw_public_key (EVP_PKEY_ED25519, NULL, point, length) : NULL;
}

/* CKA_EC_POINT is an OCTET STRING in DER (PKCS #11 2.40), and on some tokens the point itself. */
static EVP_PKEY *
read_point (const AssayToken *token, CK_OBJECT_HANDLE object)
{
  g_autoptr (GBytes) curve = assay_token_read (token, object, CKA_EC_PARAMS);
  g_autoptr (GBytes) point = assay_token_read (token, object, CKA_EC_POINT);
  gsize length = 0;
  const guint8 *bytes = point == NULL ? NULL : g_bytes_get_data (point, &length);
  if (bytes == NULL)
    return NULL;
  const guint8 *position = bytes;
  ASN1_OCTET_STRING *text = d2i_ASN1_OCTET_STRING (NULL, &position, (long)length);
  EVP_PKEY *key = NULL;
  if (text != NULL && position == bytes + length)
    key = make_point (token->kind, curve, ASN1_STRING_get0_data (text), (gsize)ASN1_STRING_length (text));
  ASN1_OCTET_STRING_free (text);
  return key != NULL ? key : make_point (token->kind, curve, bytes, length);
}

static EVP_PKEY *
read_rsa (const AssayToken *token, CK_OBJECT_HANDLE object)
{
  g_autoptr (GBytes) modulus = assay_token_read (token, object, CKA_MODULUS);
  g_autoptr (GBytes) exponent = assay_token_read (token, object, CKA_PUBLIC_EXPONENT);
  return modulus == NULL || exponent == NULL ? NULL : make_rsa (modulus, exponent);
}

/* By its own attributes, else by its SubjectPublicKeyInfo, which newer tokens have. */
static EVP_PKEY *
read_key (const AssayToken *token, CK_OBJECT_HANDLE object)
{
  EVP_PKEY *key = token->kind == CKK_RSA ? read_rsa (token, object) : read_point (token, object);
  if (key != NULL)
    return key;
  g_autoptr (GBytes) info = assay_token_read (token, object, CKA_PUBLIC_KEY_INFO);
  gsize length = 0;
  const guint8 *bytes = info == NULL ? NULL : g_bytes_get_data (info, &length);
  return bytes == NULL ? NULL : d2i_PUBKEY (NULL, &bytes, (long)length);
}

static EVP_PKEY *
read_certificate (const AssayToken *token, CK_OBJECT_HANDLE object)
{
  g_autoptr (GBytes) value = assay_token_read (token, object, CKA_VALUE);
  gsize length = 0;
  const guint8 *bytes = value == NULL ? NULL : g_bytes_get_data (value, &length);
  X509 *certificate = bytes == NULL ? NULL : d2i_X509 (NULL, &bytes, (long)length);
  EVP_PKEY *key = certificate == NULL ? NULL : X509_get_pubkey (certificate);
  X509_free (certificate);
  return key;
}

/* What has the name of the private key: its ID, or its label where it has none. */
static EVP_PKEY *
read_partner (const AssayToken *token, CK_OBJECT_CLASS class)
{
  CK_ATTRIBUTE_TYPE type = CKA_ID;
  g_autoptr (GBytes) name = assay_token_read (token, token->key, CKA_ID);
  if (name == NULL)
    {
      type = CKA_LABEL;
      name = assay_token_read (token, token->key, CKA_LABEL);
    }
  if (name == NULL)
    return NULL;
  gsize length = 0;
  const void *bytes = g_bytes_get_data (name, &length);
  CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof class }, { type, (void *)(gsize)bytes, length } };
  g_autoptr (GArray) found = assay_token_list (token, wanted, G_N_ELEMENTS (wanted));
  EVP_PKEY *key = NULL;
  for (guint i = 0; found != NULL && i < found->len && key == NULL; i++)
    {
      CK_OBJECT_HANDLE object = g_array_index (found, CK_OBJECT_HANDLE, i);
      key = class == CKO_CERTIFICATE ? read_certificate (token, object) : read_key (token, object);
    }
  return key;
}

EVP_PKEY *
assay_token_get_public_key (const AssayToken *token)
{
  EVP_PKEY *key = read_partner (token, CKO_PUBLIC_KEY);
  if (key == NULL)
    key = read_partner (token, CKO_CERTIFICATE);
  if (key == NULL)
    key = read_key (token, token->key);
  ERR_clear_error ();
  return key;
}
