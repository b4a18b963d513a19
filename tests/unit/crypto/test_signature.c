#include "../util/scratch.h"

#include "crypto/cms.h"
#include "crypto/scheme.h"

#include <openssl/cms.h>
#include <openssl/pem.h>

/* What is signed, in two parts with something between them that is not. */
static const char message[] = "first part, between, second part";
#define FIRST_BYTES 10
#define SECOND_OFFSET 21
#define SECOND_BYTES 11

/** A key pair of which the public half lies in a file. */
typedef struct
{
  EVP_PKEY *pair;
  char *path;
} Pair;

static Pair
pair_new (const Scratch *scratch, const char *name, EVP_PKEY *pair)
{
  Pair made = { pair, g_build_filename (scratch->path, name, NULL) };
  assert_non_null (pair);
  BIO *bio = BIO_new_file (made.path, "w");
  assert_int_equal (PEM_write_bio_PUBKEY (bio, pair), 1);
  BIO_free (bio);
  return made;
}

static void
pair_clear (Pair *pair)
{
  EVP_PKEY_free (pair->pair);
  g_free (pair->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static GArray *
ranges_of (AssayBlob *blob)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (AssaySignedRange));
  const AssaySignedRange parts[] = { { blob, 0, FIRST_BYTES, FALSE }, { blob, SECOND_OFFSET, SECOND_BYTES, FALSE } };
  g_array_append_vals (ranges, parts, G_N_ELEMENTS (parts));
  return ranges;
}

static AssayBlob *
message_blob (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (message, sizeof message - 1);
  return assay_blob_new_for_bytes (bytes);
}

/* The signed parts in one piece. */
static GByteArray *
signed_text (void)
{
  GByteArray *text = g_byte_array_new ();
  g_byte_array_append (text, (const guint8 *)message, FIRST_BYTES);
  g_byte_array_append (text, (const guint8 *)message + SECOND_OFFSET, SECOND_BYTES);
  return text;
}

static GByteArray *
sign (EVP_PKEY *pair, const char *digest)
{
  g_autoptr (GByteArray) text = signed_text ();
  GByteArray *out = g_byte_array_new ();
  size_t length = 0;
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  assert_int_equal (EVP_DigestSignInit_ex (context, NULL, digest, NULL, NULL, pair, NULL), 1);
  assert_int_equal (EVP_DigestSign (context, NULL, &length, text->data, text->len), 1);
  g_byte_array_set_size (out, (guint)length);
  assert_int_equal (EVP_DigestSign (context, out->data, &length, text->data, text->len), 1);
  g_byte_array_set_size (out, (guint)length);
  EVP_MD_CTX_free (context);
  return out;
}

static const char *
problem_of (const AssayPublicKey *key, const GArray *ranges, const guint8 *slot, gsize length, gsize *taken)
{
  const char *problem = "was not looked at";
  g_autoptr (GError) error = NULL;
  assert_true (assay_public_key_verify (key, ranges, slot, length, taken, &problem, &error));
  return problem;
}

/* Each bit of the signature changed, and each shorter slot: none of them is a signature. */
static void
assert_only_this (const AssayPublicKey *key, const GArray *ranges, const GByteArray *signature)
{
  gsize taken = 0;
  assert_null (problem_of (key, ranges, signature->data, signature->len, &taken));
  assert_int_equal (taken, signature->len);
  for (guint bit = 0; bit < signature->len * 8; bit++)
    {
      signature->data[bit / 8] ^= (guint8)(1u << bit % 8);
      assert_non_null (problem_of (key, ranges, signature->data, signature->len, &taken));
      signature->data[bit / 8] ^= (guint8)(1u << bit % 8);
    }
  for (guint length = 0; length < signature->len; length++)
    assert_non_null (problem_of (key, ranges, signature->data, length, &taken));
}

static void
a_signature_is_that_one_alone (void **state)
{
  g_autoptr (AssayBlob) blob = message_blob ();
  g_autoptr (GArray) ranges = ranges_of (blob);
  g_auto (Pair) curve = pair_new (*state, "curve", EVP_EC_gen ("P-256"));
  g_auto (Pair) rsa = pair_new (*state, "rsa", EVP_RSA_gen (2048));
  g_auto (Pair) edwards = pair_new (*state, "edwards", EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"));
  const struct
  {
    const Pair *pair;
    const char *scheme;
    const char *digest;
    AssaySignatureEncoding encoding;
  } cases[] = {
    { &curve, "ecdsa-p256-sha256", "SHA256", ASSAY_SIGNATURE_DER },
    { &rsa, "rsa-pkcs1-sha512", "SHA512", ASSAY_SIGNATURE_RAW },
    { &edwards, "ed25519", NULL, ASSAY_SIGNATURE_RAW },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AssayPublicKey) key
          = assay_public_key_load (cases[i].pair->path, cases[i].scheme, cases[i].encoding, NULL);
      g_autoptr (GByteArray) signature = sign (cases[i].pair->pair, cases[i].digest);
      assert_non_null (key);
      assert_only_this (key, ranges, signature);
    }
}

static void
what_is_covered_is_what_the_ranges_say (void **state)
{
  g_autoptr (AssayBlob) blob = message_blob ();
  g_autoptr (GArray) ranges = ranges_of (blob);
  g_auto (Pair) edwards = pair_new (*state, "edwards", EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"));
  g_autoptr (AssayPublicKey) key = assay_public_key_load (edwards.path, "ed25519", ASSAY_SIGNATURE_RAW, NULL);
  g_autoptr (GByteArray) signature = sign (edwards.pair, NULL);
  gsize taken = 0;
  AssaySignedRange *second = &g_array_index (ranges, AssaySignedRange, 1);
  second->length--;
  assert_non_null (problem_of (key, ranges, signature->data, signature->len, &taken));
  second->length++;
  second->zeroed = TRUE;
  assert_non_null (problem_of (key, ranges, signature->data, signature->len, &taken));
  second->zeroed = FALSE;
  assert_null (problem_of (key, ranges, signature->data, signature->len, &taken));
  /* What cannot be read is no answer. */
  second->offset = sizeof message;
  const char *problem = NULL;
  g_autoptr (GError) error = NULL;
  assert_false (assay_public_key_verify (key, ranges, signature->data, signature->len, &taken, &problem, &error));
  assert_non_null (error);
}

static void
points_add_as_in_a_group (void **state)
{
  guint8 points[3][32];
  guint8 left[32];
  guint8 right[32];
  /* y = 1 is the neutral element. */
  const guint8 neutral[32] = { 1 };
  for (int i = 0; i < 3; i++)
    {
      size_t length = 32;
      EVP_PKEY *pair = EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
      assert_int_equal (EVP_PKEY_get_raw_public_key (pair, points[i], &length), 1);
      EVP_PKEY_free (pair);
    }
  assert_true (assay_point_add (points[0], points[1], left));
  assert_true (assay_point_add (points[1], points[0], right));
  assert_memory_equal (left, right, 32);
  assert_true (assay_point_add (left, points[2], left));
  assert_true (assay_point_add (points[1], points[2], right));
  assert_true (assay_point_add (points[0], right, right));
  assert_memory_equal (left, right, 32);
  assert_true (assay_point_add (points[0], neutral, left));
  assert_memory_equal (left, points[0], 32);
  memcpy (right, points[0], 32);
  right[31] ^= 0x80;
  assert_true (assay_point_add (points[0], right, left));
  assert_memory_equal (left, neutral, 32);
}

static void
what_is_no_point_is_refused (void **state)
{
  guint8 out[32];
  const guint8 neutral[32] = { 1 };
  guint8 number[32] = { 2 };
  /* y = 2 belongs to no x; y = p + 1 is y = 1 again, which has one encoding; nor has x = 0 two signs. */
  assert_false (assay_point_add (number, neutral, out));
  memset (number, 0xff, sizeof number);
  number[0] = 0xee;
  number[31] = 0x7f;
  assert_false (assay_point_add (number, neutral, out));
  memcpy (number, neutral, sizeof number);
  number[31] = 0x80;
  assert_false (assay_point_add (number, neutral, out));
}

static void
keys_join_only_where_they_are (void **state)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_public_key_free);
  for (int i = 0; i < 2; i++)
    {
      g_auto (Pair) pair = pair_new (*state, "pair", EVP_PKEY_Q_keygen (NULL, NULL, "ED25519"));
      g_ptr_array_add (keys, assay_public_key_load (pair.path, "ed25519-cosi-blake2s", ASSAY_SIGNATURE_RAW, NULL));
    }
  assert_null (assay_public_key_join (keys, 0));
  assert_null (assay_public_key_join (keys, 4));
  assert_null (assay_public_key_join (keys, G_MAXUINT64));
  g_autoptr (AssayPublicKey) one = assay_public_key_join (keys, 2);
  g_autoptr (AssayPublicKey) both = assay_public_key_join (keys, 3);
  assert_true (assay_public_key_equal (one, g_ptr_array_index (keys, 1)));
  assert_false (assay_public_key_equal (both, g_ptr_array_index (keys, 0)));
  assert_false (assay_public_key_equal (both, g_ptr_array_index (keys, 1)));
}

static X509 *
certificate_of (const Scratch *scratch, EVP_PKEY *pair, const char *name)
{
  X509 *certificate = X509_new ();
  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), 4711);
  X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
  X509_set_pubkey (certificate, pair);
  X509_NAME *subject = X509_get_subject_name (certificate);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (const guint8 *)name, -1, -1, 0);
  X509_set_issuer_name (certificate, subject);
  assert_true (X509_sign (certificate, pair, EVP_sha256 ()) > 0);
  g_autofree char *path = g_build_filename (scratch->path, name, NULL);
  BIO *bio = BIO_new_file (path, "w");
  assert_int_equal (PEM_write_bio_X509 (bio, certificate), 1);
  BIO_free (bio);
  return certificate;
}

/* As Linux's sign-file does, but for what @without leaves out. */
static GByteArray *
sign_cms (X509 *certificate, EVP_PKEY *pair, unsigned int without)
{
  g_autoptr (GByteArray) text = signed_text ();
  const unsigned int flags = without | CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP;
  GByteArray *out = g_byte_array_new ();
  guint8 *der = NULL;
  BIO *bio = BIO_new_mem_buf (text->data, (int)text->len);
  CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, flags | CMS_PARTIAL | CMS_STREAM);
  assert_non_null (CMS_add1_signer (cms, certificate, pair, EVP_sha256 (), flags));
  assert_int_equal (CMS_final (cms, bio, NULL, flags), 1);
  int length = i2d_CMS_ContentInfo (cms, &der);
  assert_true (length > 0);
  g_byte_array_append (out, der, (guint)length);
  OPENSSL_free (der);
  CMS_ContentInfo_free (cms);
  BIO_free (bio);
  return out;
}

static const char *
problem_of_cms (const AssayCmsSigner *signer, AssayCmsUse use, const GArray *ranges, const guint8 *der, gsize length)
{
  const char *problem = "was not looked at";
  g_autoptr (GError) error = NULL;
  assert_true (assay_cms_verify (signer, use, ranges, der, length, &problem, &error));
  return problem;
}

static void
a_cms_is_that_one_alone (void **state)
{
  g_autoptr (AssayBlob) blob = message_blob ();
  g_autoptr (GArray) ranges = ranges_of (blob);
  const Scratch *scratch = *state;
  EVP_PKEY *pair = EVP_RSA_gen (2048);
  X509 *certificate = certificate_of (scratch, pair, "good");
  g_autoptr (GByteArray) der = sign_cms (certificate, pair, CMS_NOCERTS | CMS_NOATTR);
  g_autofree char *path = g_build_filename (scratch->path, "good", NULL);
  g_autoptr (AssayCmsSigner) signer = assay_cms_signer_load (path, "cms-rsa-sha256", NULL);
  assert_non_null (signer);
  assert_null (problem_of_cms (signer, ASSAY_CMS_MODULE, ranges, der->data, der->len));
  for (guint bit = 0; bit < der->len * 8; bit++)
    {
      der->data[bit / 8] ^= (guint8)(1u << bit % 8);
      assert_non_null (problem_of_cms (signer, ASSAY_CMS_MODULE, ranges, der->data, der->len));
      der->data[bit / 8] ^= (guint8)(1u << bit % 8);
    }
  for (guint length = 0; length < der->len; length++)
    assert_non_null (problem_of_cms (signer, ASSAY_CMS_MODULE, ranges, der->data, length));
  g_byte_array_append (der, (const guint8 *)"x", 1);
  assert_non_null (problem_of_cms (signer, ASSAY_CMS_MODULE, ranges, der->data, der->len));
  X509_free (certificate);
  EVP_PKEY_free (pair);
}

static void
a_cms_has_in_it_what_those_want_who_check_it (void **state)
{
  static const struct
  {
    unsigned int without;
    AssayCmsUse use;
    const char *problem;
  } cases[] = {
    { 0, ASSAY_CMS_COMPLETE, NULL },
    { CMS_NOATTR, ASSAY_CMS_COMPLETE, NULL },
    { CMS_NOCERTS, ASSAY_CMS_COMPLETE, "has no certificate" },
    { CMS_NOCERTS | CMS_NOATTR, ASSAY_CMS_COMPLETE, "has no certificate" },
    { CMS_NOCERTS | CMS_NOATTR, ASSAY_CMS_MODULE, NULL },
    { CMS_NOATTR, ASSAY_CMS_MODULE, NULL },
    { CMS_NOCERTS, ASSAY_CMS_MODULE, "has signed attributes" },
    { 0, ASSAY_CMS_MODULE, "has signed attributes" },
  };
  g_autoptr (AssayBlob) blob = message_blob ();
  g_autoptr (GArray) ranges = ranges_of (blob);
  const Scratch *scratch = *state;
  EVP_PKEY *pair = EVP_RSA_gen (2048);
  X509 *certificate = certificate_of (scratch, pair, "complete");
  g_autofree char *path = g_build_filename (scratch->path, "complete", NULL);
  g_autoptr (AssayCmsSigner) signer = assay_cms_signer_load (path, "cms-rsa-sha256", NULL);
  assert_non_null (signer);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) der = sign_cms (certificate, pair, cases[i].without);
      const char *problem = problem_of_cms (signer, cases[i].use, ranges, der->data, der->len);
      if (cases[i].problem == NULL)
        assert_null (problem);
      else
        assert_true (problem != NULL && strstr (problem, cases[i].problem) != NULL);
    }
  X509_free (certificate);
  EVP_PKEY_free (pair);
}

static void
files_that_are_no_key_are_refused (void **state)
{
  const Scratch *scratch = *state;
  g_autoptr (GError) error = NULL;
  g_auto (Pair) weak = pair_new (*state, "weak", EVP_RSA_gen (1024));
  g_auto (Pair) curve = pair_new (*state, "curve", EVP_EC_gen ("secp256k1"));
  g_autofree char *absent = g_build_filename (scratch->path, "absent", NULL);
  assert_fails (assay_public_key_load (weak.path, "rsa-pss-sha256", ASSAY_SIGNATURE_RAW, &error) != NULL,
                ASSAY_ERROR_USAGE, error);
  assert_fails (assay_public_key_load (curve.path, "ecdsa-p256-sha256", ASSAY_SIGNATURE_RAW, &error) != NULL,
                ASSAY_ERROR_USAGE, error);
  assert_fails (assay_public_key_load (absent, "ed25519", ASSAY_SIGNATURE_RAW, &error) != NULL, ASSAY_ERROR_USAGE,
                error);
  assert_fails (assay_public_key_load (curve.path, "none", ASSAY_SIGNATURE_RAW, &error) != NULL, ASSAY_ERROR_USAGE,
                error);
  assert_fails (assay_cms_signer_load (curve.path, "cms-rsa-sha256", &error) != NULL, ASSAY_ERROR_USAGE, error);
}

static void
every_scheme_has_a_name_of_its_own (void **state)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (const char *const *name = assay_signature_scheme_names (); *name != NULL; name++)
    {
      assert_true (g_hash_table_add (seen, (gpointer)*name));
      assert_true (assay_signature_scheme_has (*name));
      assert_false (assay_cms_scheme_has (*name));
    }
  for (const char *const *name = assay_cms_scheme_names (); *name != NULL; name++)
    {
      assert_true (g_hash_table_add (seen, (gpointer)*name));
      assert_true (assay_cms_scheme_has (*name));
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (a_signature_is_that_one_alone, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (what_is_covered_is_what_the_ranges_say, scratch_setup, scratch_teardown),
    cmocka_unit_test (points_add_as_in_a_group),
    cmocka_unit_test (what_is_no_point_is_refused),
    cmocka_unit_test_setup_teardown (keys_join_only_where_they_are, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (a_cms_is_that_one_alone, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (a_cms_has_in_it_what_those_want_who_check_it, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (files_that_are_no_key_are_refused, scratch_setup, scratch_teardown),
    cmocka_unit_test (every_scheme_has_a_name_of_its_own),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
