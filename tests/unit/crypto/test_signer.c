#define OPENSSL_SUPPRESS_DEPRECATED /* the only way to write two halves of different keys */
#include "../util/scratch.h"

#include "crypto/scheme.h"
#include "crypto/signer.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PASSPHRASE "correct horse"

static const guint8 message[] = "what is signed";

static EVP_PKEY *
make_key (const char *kind)
{
  EVP_PKEY *key = NULL;
  if (g_str_has_prefix (kind, "rsa"))
    key = EVP_RSA_gen ((guint)atoi (kind + 3));
  else if (strcmp (kind, "ED25519") == 0 || strcmp (kind, "X25519") == 0)
    key = EVP_PKEY_Q_keygen (NULL, NULL, kind);
  else
    key = EVP_EC_gen (kind);
  assert_non_null (key);
  return key;
}

typedef struct
{
  char *secret;
  char *shared;
} Files;

static void
files_clear (Files *files)
{
  g_free (files->secret);
  g_free (files->shared);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Files, files_clear)

/* Both halves as files; the private one encrypted where there is a passphrase. */
static Files
write_key (const Scratch *scratch, const char *kind, const char *passphrase)
{
  EVP_PKEY *key = make_key (kind);
  Files files = { g_build_filename (scratch->path, "key", NULL), g_build_filename (scratch->path, "pub", NULL) };
  g_unlink (files.secret);
  umask (077);
  BIO *bio = BIO_new_file (files.secret, "w");
  assert_int_equal (PEM_write_bio_PKCS8PrivateKey (bio, key, passphrase == NULL ? NULL : EVP_aes_256_cbc (), NULL, 0,
                                                   NULL, (void *)(gsize)passphrase),
                    1);
  BIO_free (bio);
  bio = BIO_new_file (files.shared, "w");
  assert_int_equal (PEM_write_bio_PUBKEY (bio, key), 1);
  BIO_free (bio);
  EVP_PKEY_free (key);
  return files;
}

static AssaySigner *
load (const char *path, GError **error)
{
  const AssayPassphrase passphrase = { ASSAY_PASSPHRASE_ENVIRONMENT, -1, "ASSAY_TEST_PASSPHRASE" };
  return assay_signer_load (path, &passphrase, NULL, error);
}

static const struct
{
  const char *kind;
  const char *scheme;
  AssaySignatureEncoding encoding;
} kinds[] = {
  { "P-256", "ecdsa-p256-sha256", ASSAY_SIGNATURE_DER },
  { "P-384", "ecdsa-p384-sha384", ASSAY_SIGNATURE_DER },
  { "ED25519", "ed25519", ASSAY_SIGNATURE_RAW },
  { "rsa2048", "rsa-pss-sha256", ASSAY_SIGNATURE_RAW },
};

static gboolean
verifies (const AssayPublicKey *key, const void *data, gsize length, GBytes *signature,
          AssaySignatureEncoding *out_encoding)
{
  const char *problem = NULL;
  assert_true (assay_public_key_verify_message (key, data, length, signature, out_encoding, &problem, NULL));
  return problem == NULL;
}

static void
test_kinds (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (Files) files = write_key (*state, kinds[i].kind, NULL);
      g_autoptr (AssaySigner) signer = load (files.secret, &error);
      g_autoptr (AssayPublicKey) key = assay_public_key_load_any (files.shared, &error);
      AssaySignatureEncoding encoding = ASSAY_SIGNATURE_RAW_LITTLE;
      AssayDigest secret, shared;
      assert_null (error);
      assert_string_equal (assay_signer_get_scheme (signer), kinds[i].scheme);
      assay_signer_get_public_sha256 (signer, &secret);
      assert_true (assay_public_key_get_sha256 (key, &shared));
      assert_true (assay_digest_equal (&secret, &shared));
      g_autoptr (GBytes) signature = assay_signer_sign (signer, message, sizeof message, &error);
      assert_non_null (signature);
      assert_true (verifies (key, message, sizeof message, signature, &encoding));
      assert_int_equal (encoding, kinds[i].encoding);
      assert_false (verifies (key, message, sizeof message - 1, signature, &encoding));
    }
}

/* Every changed, cut or appended byte. */
static void
test_no_other_signature (void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_auto (Files) files = write_key (*state, kinds[i].kind, NULL);
      g_autoptr (AssaySigner) signer = load (files.secret, NULL);
      g_autoptr (AssayPublicKey) key = assay_public_key_load_any (files.shared, NULL);
      g_autoptr (GBytes) signature = assay_signer_sign (signer, message, sizeof message, NULL);
      AssaySignatureEncoding encoding;
      gsize length = 0;
      const guint8 *bytes = g_bytes_get_data (signature, &length);
      for (gsize at = 0; at < length; at++)
        {
          g_autofree guint8 *changed = g_memdup2 (bytes, length);
          changed[at] ^= (guint8)(1u << (at % 8));
          g_autoptr (GBytes) other = g_bytes_new_static (changed, length);
          assert_false (verifies (key, message, sizeof message, other, &encoding));
          g_autoptr (GBytes) cut = g_bytes_new_static (bytes, at);
          assert_false (verifies (key, message, sizeof message, cut, &encoding));
        }
      g_autofree guint8 *longer = g_malloc0 (length + 1);
      memcpy (longer, bytes, length);
      g_autoptr (GBytes) appended = g_bytes_new_static (longer, length + 1);
      assert_false (verifies (key, message, sizeof message, appended, &encoding));
    }
}

/* r || s of the same numbers verifies too, and is said to be that. */
static void
test_raw (void **state)
{
  g_auto (Files) files = write_key (*state, "P-256", NULL);
  g_autoptr (AssaySigner) signer = load (files.secret, NULL);
  g_autoptr (AssayPublicKey) key = assay_public_key_load_any (files.shared, NULL);
  g_autoptr (GBytes) signature = assay_signer_sign (signer, message, sizeof message, NULL);
  gsize length = 0;
  const guint8 *der = g_bytes_get_data (signature, &length);
  ECDSA_SIG *numbers = d2i_ECDSA_SIG (NULL, &der, (long)length);
  guint8 raw[64];
  AssaySignatureEncoding encoding = ASSAY_SIGNATURE_DER;
  assert_int_equal (BN_bn2binpad (ECDSA_SIG_get0_r (numbers), raw, 32), 32);
  assert_int_equal (BN_bn2binpad (ECDSA_SIG_get0_s (numbers), raw + 32, 32), 32);
  ECDSA_SIG_free (numbers);
  g_autoptr (GBytes) other = g_bytes_new_static (raw, sizeof raw);
  assert_true (verifies (key, message, sizeof message, other, &encoding));
  assert_int_equal (encoding, ASSAY_SIGNATURE_RAW);
}

static void
refused (const char *path, const char *why)
{
  g_autoptr (GError) error = NULL;
  assert_null (load (path, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE));
  if (strstr (error->message, why) == NULL)
    fail_msg ("%s: expected: %s", error->message, why);
}

static void
refused_public (const char *path, const char *why)
{
  g_autoptr (GError) error = NULL;
  assert_null (assay_public_key_load_any (path, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE));
  if (strstr (error->message, why) == NULL)
    fail_msg ("%s: expected: %s", error->message, why);
}

static void
test_wrong_kinds (void **state)
{
  static const struct
  {
    const char *kind;
    const char *why;
  } wrong[] = { { "rsa1024", "1024 bits is too weak" },
                { "P-521", "of the kind EC (secp521r1)" },
                { "secp256k1", "of the kind EC (secp256k1)" },
                { "X25519", "of the kind X25519" } };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_auto (Files) files = write_key (*state, wrong[i].kind, NULL);
      refused (files.secret, wrong[i].why);
      refused_public (files.shared, wrong[i].why);
    }
}

static void
put (const Scratch *scratch, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (scratch->path, name, NULL);
  g_unlink (path);
  umask (077);
  scratch_write (scratch, name, text);
}

static void
test_other_files (void **state)
{
  Scratch *scratch = *state;
  g_auto (Files) files = write_key (*state, "P-256", NULL);
  g_autofree char *secret = scratch_read (scratch, "key");
  g_autofree char *shared = scratch_read (scratch, "pub");
  g_autofree char *twice = g_strconcat (secret, secret, NULL);
  g_autofree char *other = g_build_filename (scratch->path, "other", NULL);
  g_autofree char *none = g_build_filename (scratch->path, "none", NULL);
  refused (files.shared, "found a public key; expected one private key");
  refused_public (files.secret, "found a private key; expected one public key");
  put (scratch, "other", twice);
  refused (other, "found more than one key");
  put (scratch, "other", "");
  refused (other, "found no such key");
  refused_public (other, "found no such key");
  put (scratch, "other", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  refused (other, "a key of OpenSSH");
  put (scratch, "other", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n");
  refused (other, "cosign");
  put (scratch, "other", "-----BEGIN CERTIFICATE-----\n");
  refused_public (other, "found a certificate");
  put (scratch, "other", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  refused (other, "cannot be read");
  put (scratch, "other", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  refused_public (other, "cannot be read");
  put (scratch, "other", "-----BEGIN PRIVATE KEY");
  refused (other, "something else");
  refused (none, "No such file");
  refused (scratch->path, "a regular file");
}

/* Half of one key beside half of another, as RFC 5915 lets a file have both. */
static void
test_halves (void **state)
{
  Scratch *scratch = *state;
  EVP_PKEY *one = make_key ("P-256"), *two = make_key ("P-256");
  g_autofree char *path = g_build_filename (scratch->path, "mixed", NULL);
  EC_KEY *mixed = EC_KEY_dup (EVP_PKEY_get0_EC_KEY (one));
  assert_int_equal (EC_KEY_set_public_key (mixed, EC_KEY_get0_public_key (EVP_PKEY_get0_EC_KEY (two))), 1);
  umask (077);
  BIO *bio = BIO_new_file (path, "w");
  assert_int_equal (PEM_write_bio_ECPrivateKey (bio, mixed, NULL, NULL, 0, NULL, NULL), 1);
  BIO_free (bio);
  EC_KEY_free (mixed);
  EVP_PKEY_free (one);
  EVP_PKEY_free (two);
  refused (path, "do not belong together");
}

static void
test_modes (void **state)
{
  g_auto (Files) files = write_key (*state, "P-256", NULL);
  for (guint mode = 0600; mode <= 0677; mode++)
    {
      gboolean open = (mode & 07) != 0 || (mode & 020) != 0;
      assert_int_equal (chmod (files.secret, mode), 0);
      if (open)
        refused (files.secret, "that others may use");
      else
        {
          g_autoptr (AssaySigner) signer = load (files.secret, NULL);
          assert_non_null (signer);
        }
    }
}

static AssaySigner *
load_from (const char *path, const void *text, gsize length, GError **error)
{
  int fds[2];
  assert_int_equal (pipe (fds), 0);
  assert_int_equal (write (fds[1], text, length), (gssize)length);
  close (fds[1]);
  const AssayPassphrase passphrase = { ASSAY_PASSPHRASE_FD, fds[0], NULL };
  AssaySigner *signer = assay_signer_load (path, &passphrase, NULL, error);
  assert_int_equal (fcntl (fds[0], F_GETFD), -1); /* nobody else reads it */
  return signer;
}

static void
refused_from (const char *path, const void *text, gsize length, const char *why)
{
  g_autoptr (GError) error = NULL;
  assert_null (load_from (path, text, length, &error));
  assert_true (g_error_matches (error, ASSAY_ERROR, ASSAY_ERROR_USAGE));
  if (strstr (error->message, why) == NULL)
    fail_msg ("%s: expected: %s", error->message, why);
}

static void
test_passphrases (void **state)
{
  g_auto (Files) files = write_key (*state, "ED25519", PASSPHRASE);
  g_autofree char *long_one = g_strnfill (ASSAY_PASSPHRASE_SIZE, 'x');
  g_unsetenv ("ASSAY_TEST_PASSPHRASE");
  refused (files.secret, "no such environment variable");
  g_setenv ("ASSAY_TEST_PASSPHRASE", "wrong", TRUE);
  refused (files.secret, "the passphrase is wrong");
  g_setenv ("ASSAY_TEST_PASSPHRASE", "", TRUE);
  refused (files.secret, "it is empty");
  g_setenv ("ASSAY_TEST_PASSPHRASE", long_one, TRUE);
  refused (files.secret, "longer than 1023");
  g_setenv ("ASSAY_TEST_PASSPHRASE", PASSPHRASE, TRUE);
  g_autoptr (AssaySigner) one = load (files.secret, NULL);
  assert_non_null (one);
  assert_null (g_getenv ("ASSAY_TEST_PASSPHRASE"));
  g_autoptr (AssaySigner) two = load_from (files.secret, PASSPHRASE "\nmore", strlen (PASSPHRASE) + 5, NULL);
  assert_non_null (two);
  g_autoptr (AssaySigner) three = load_from (files.secret, PASSPHRASE, strlen (PASSPHRASE), NULL);
  assert_non_null (three);
  refused_from (files.secret, "", 0, "it is empty");
  refused_from (files.secret, "\n" PASSPHRASE, 5, "it is empty");
  refused_from (files.secret, PASSPHRASE "\0", strlen (PASSPHRASE) + 1, "holds a NUL");
  refused_from (files.secret, long_one, ASSAY_PASSPHRASE_SIZE, "longer than 1023");
  const AssayPassphrase nowhere = { ASSAY_PASSPHRASE_FD, 987, NULL };
  g_autoptr (GError) error = NULL;
  assert_null (assay_signer_load (files.secret, &nowhere, NULL, &error));
  assert_non_null (strstr (error->message, "no open file descriptor"));
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown (test_kinds, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_no_other_signature, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_raw, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_wrong_kinds, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_other_files, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_halves, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_modes, scratch_setup, scratch_teardown),
    cmocka_unit_test_setup_teardown (test_passphrases, scratch_setup, scratch_teardown),
  };
  return cmocka_run_group_tests (tests, NULL, NULL);
}
