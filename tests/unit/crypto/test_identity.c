#include "../util/scratch.h"

#include "crypto/scheme.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

static EVP_PKEY *
make (const char *type, const char *group, gsize bits)
{
  EVP_PKEY *key = group != NULL ? EVP_PKEY_Q_keygen (NULL, NULL, type, group)
                  : bits != 0   ? EVP_PKEY_Q_keygen (NULL, NULL, type, bits)
                                : EVP_PKEY_Q_keygen (NULL, NULL, type);
  assert_non_null (key);
  return key;
}

static GBytes *
encode (EVP_PKEY *key)
{
  guint8 *der = NULL;
  int length = i2d_PUBKEY (key, &der);
  assert_true (length > 0);
  GBytes *bytes = g_bytes_new (der, (gsize)length);
  OPENSSL_free (der);
  return bytes;
}

static EVP_PKEY *
decode (GBytes *der)
{
  const guint8 *position = g_bytes_get_data (der, NULL);
  EVP_PKEY *key = d2i_PUBKEY (NULL, &position, (long)g_bytes_get_size (der));
  assert_non_null (key);
  return key;
}

/* The public half as it is written with @parameter. */
static GBytes *
encode_with (EVP_PKEY *key, const char *parameter, const char *value)
{
  g_autoptr (GBytes) plain = encode (key);
  EVP_PKEY *copy = decode (plain);
  assert_int_equal (EVP_PKEY_set_utf8_string_param (copy, parameter, value), 1);
  GBytes *bytes = encode (copy);
  EVP_PKEY_free (copy);
  return bytes;
}

static AssayDigest
identity_of (GBytes *der)
{
  EVP_PKEY *key = decode (der);
  AssayDigest digest;
  assert_true (assay_key_get_identity (key, &digest));
  EVP_PKEY_free (key);
  return digest;
}

static void
assert_one (GBytes *first, GBytes *second)
{
  AssayDigest one = identity_of (first);
  AssayDigest other = identity_of (second);
  assert_false (g_bytes_equal (first, second));
  assert_true (assay_digest_equal (&one, &other));
}

/* A point is one, whether its second half is written or can be worked out (SEC 1, 2.3.3). */
static void
test_points (void **state)
{
  static const char *const groups[] = { "P-256", "P-384", "P-521", "secp256k1" };
  static const char *const forms[] = { "compressed", "hybrid" };
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      EVP_PKEY *key = make ("EC", groups[i], 0);
      g_autoptr (GBytes) plain = encode (key);
      for (gsize j = 0; j < G_N_ELEMENTS (forms); j++)
        {
          g_autoptr (GBytes) other = encode_with (key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, forms[j]);
          assert_one (plain, other);
        }
      EVP_PKEY_free (key);
    }
}

/* A curve whose parameters are written out is the same curve, and is told apart where that matters (CVE-2020-0601). */
static void
test_explicit (void **state)
{
  EVP_PKEY *key = make ("EC", "P-256", 0);
  g_autoptr (GBytes) plain = encode (key);
  g_autoptr (GBytes) written_out = encode_with (key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
  EVP_PKEY *named = decode (plain);
  EVP_PKEY *open = decode (written_out);
  EVP_PKEY *edwards = make ("ED25519", NULL, 0);
  assert_one (plain, written_out);
  assert_false (assay_key_is_explicit (named));
  assert_true (assay_key_is_explicit (open));
  assert_false (assay_key_is_explicit (edwards));
  EVP_PKEY_free (edwards);
  EVP_PKEY_free (open);
  EVP_PKEY_free (named);
  EVP_PKEY_free (key);
}

/* An RSA key is one, whether it says that it is for PSS alone (RFC 4055, 1.2) or not. */
static void
test_pss (void **state)
{
  EVP_PKEY *key = make ("RSA", NULL, 2048);
  g_autoptr (GBytes) plain = encode (key);
  const guint8 *position = g_bytes_get_data (plain, NULL);
  X509_PUBKEY *info = d2i_X509_PUBKEY (NULL, &position, (long)g_bytes_get_size (plain));
  const guint8 *inner = NULL;
  int length = 0;
  assert_int_equal (X509_PUBKEY_get0_param (NULL, &inner, &length, NULL, info), 1);
  guint8 *copy = OPENSSL_memdup (inner, (gsize)length);
  assert_int_equal (X509_PUBKEY_set0_param (info, OBJ_nid2obj (NID_rsassaPss), V_ASN1_UNDEF, NULL, copy, length), 1);
  guint8 *der = NULL;
  int size = i2d_X509_PUBKEY (info, &der);
  assert_true (size > 0);
  g_autoptr (GBytes) narrow = g_bytes_new (der, (gsize)size);
  EVP_PKEY *decoded = decode (narrow);
  assert_int_equal (EVP_PKEY_is_a (decoded, "RSA-PSS"), 1);
  assert_one (plain, narrow);
  EVP_PKEY_free (decoded);
  OPENSSL_free (der);
  X509_PUBKEY_free (info);
  EVP_PKEY_free (key);
}

/* A private key is its public half, and no two keys are one: of each kind, and of two kinds. */
static void
test_apart (void **state)
{
  static const struct
  {
    const char *type;
    const char *group;
    gsize bits;
  } kinds[] = { { "EC", "P-256", 0 },   { "EC", "P-384", 0 }, { "EC", "secp256k1", 0 },
                { "ED25519", NULL, 0 }, { "ED448", NULL, 0 }, { "RSA", NULL, 2048 } };
  AssayDigest seen[2 * G_N_ELEMENTS (kinds)];
  for (gsize i = 0; i < G_N_ELEMENTS (seen); i++)
    {
      EVP_PKEY *key = make (kinds[i / 2].type, kinds[i / 2].group, kinds[i / 2].bits);
      g_autoptr (GBytes) public = encode (key);
      AssayDigest own = identity_of (public);
      assert_true (assay_key_get_identity (key, &seen[i]));
      assert_true (assay_digest_equal (&own, &seen[i]));
      for (gsize j = 0; j < i; j++)
        assert_false (assay_digest_equal (&seen[i], &seen[j]));
      EVP_PKEY_free (key);
    }
}

static EVP_PKEY *
make_rsa (const char *modulus, const char *exponent)
{
  BIGNUM *n = NULL, *e = NULL;
  EVP_PKEY *key = NULL;
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new ();
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, "RSA", NULL);
  assert_true (BN_hex2bn (&n, modulus) > 0 && BN_hex2bn (&e, exponent) > 0);
  assert_int_equal (OSSL_PARAM_BLD_push_BN (build, OSSL_PKEY_PARAM_RSA_N, n), 1);
  assert_int_equal (OSSL_PARAM_BLD_push_BN (build, OSSL_PKEY_PARAM_RSA_E, e), 1);
  OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param (build);
  assert_int_equal (EVP_PKEY_fromdata_init (context), 1);
  assert_int_equal (EVP_PKEY_fromdata (context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  OSSL_PARAM_free (parameters);
  EVP_PKEY_CTX_free (context);
  OSSL_PARAM_BLD_free (build);
  BN_free (e);
  BN_free (n);
  return key;
}

/* Where one number ends and the next begins is part of it. */
static void
test_numbers (void **state)
{
  g_autofree char *digits = g_strnfill (512, 'A');
  g_autofree char *longer = g_strconcat (digits, "03", NULL);
  EVP_PKEY *first = make_rsa (longer, "010001");
  EVP_PKEY *second = make_rsa (digits, "03010001");
  AssayDigest one, other;
  assert_true (assay_key_get_identity (first, &one));
  assert_true (assay_key_get_identity (second, &other));
  assert_false (assay_digest_equal (&one, &other));
  EVP_PKEY_free (second);
  EVP_PKEY_free (first);
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_points), cmocka_unit_test (test_explicit), cmocka_unit_test (test_pss),
    cmocka_unit_test (test_apart),  cmocka_unit_test (test_numbers),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
