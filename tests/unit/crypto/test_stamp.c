#include "../util/scratch.h"

#include "crypto/stamp.h"

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

static const char content[] = "a signature";

/** A TSA of a root, and what it says of the time. */
typedef struct
{
  char *path; /* of the root */
  EVP_PKEY *key;
  X509 *root;
  X509 *own;
  GPtrArray *authorities;
  glong seconds;
  glong micros;
} Tsa;

static void
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  assert_non_null (extension);
  assert_int_equal (X509_add_ext (certificate, extension, -1), 1);
  X509_EXTENSION_free (extension);
}

/* Valid from 2020 to 2030. */
static X509 *
make_certificate (EVP_PKEY *key, X509 *issuer, const char *name, gboolean ca)
{
  X509 *certificate = X509_new ();
  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), ca ? 1 : 2);
  ASN1_TIME_set_string_X509 (X509_getm_notBefore (certificate), "20200101000000Z");
  ASN1_TIME_set_string_X509 (X509_getm_notAfter (certificate), "20300101000000Z");
  X509_set_pubkey (certificate, key);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (certificate), "CN", MBSTRING_ASC, (const guint8 *)name, -1, -1, 0);
  X509_set_issuer_name (certificate, X509_get_subject_name (issuer == NULL ? certificate : issuer));
  issuer = issuer == NULL ? certificate : issuer;
  add_extension (certificate, issuer, NID_basic_constraints, ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension (certificate, issuer, NID_key_usage, ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  add_extension (certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension (certificate, issuer, NID_authority_key_identifier, "keyid:always");
  if (!ca)
    add_extension (certificate, issuer, NID_ext_key_usage, "critical,timeStamping");
  assert_true (X509_sign (certificate, key, EVP_sha256 ()) > 0);
  return certificate;
}

static int
setup (void **state)
{
  Tsa *tsa = g_new0 (Tsa, 1);
  g_autoptr (GError) error = NULL;
  /* one key for both, which nobody minds */
  tsa->key = EVP_EC_gen ("P-256");
  tsa->root = make_certificate (tsa->key, NULL, "root", TRUE);
  tsa->own = make_certificate (tsa->key, tsa->root, "tsa", FALSE);
  tsa->path = g_build_filename (g_get_tmp_dir (), "assay-test-stamp.XXXXXX", NULL);
  int fd = g_mkstemp (tsa->path);
  FILE *file = fdopen (fd, "w");
  assert_non_null (file);
  assert_int_equal (PEM_write_X509 (file, tsa->root), 1);
  fclose (file);
  tsa->authorities = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_authority_free);
  char *const roots[] = { tsa->path, NULL };
  g_ptr_array_add (tsa->authorities, assay_authority_load (roots, NULL, &error));
  assert_null (error);
  *state = tsa;
  return 0;
}

static int
teardown (void **state)
{
  Tsa *tsa = *state;
  g_unlink (tsa->path);
  g_ptr_array_unref (tsa->authorities);
  X509_free (tsa->own);
  X509_free (tsa->root);
  EVP_PKEY_free (tsa->key);
  g_free (tsa->path);
  g_free (tsa);
  return 0;
}

static int
tell_time (TS_RESP_CTX *context, void *data, long *out_seconds, long *out_micros)
{
  const Tsa *tsa = data;
  *out_seconds = tsa->seconds;
  *out_micros = tsa->micros;
  return 1;
}

static ASN1_INTEGER *
tell_serial (TS_RESP_CTX *context, void *data)
{
  ASN1_INTEGER *serial = ASN1_INTEGER_new ();
  ASN1_INTEGER_set (serial, 7);
  return serial;
}

static int
allow_extension (TS_RESP_CTX *context, X509_EXTENSION *extension, void *data)
{
  return TS_TST_INFO_add_ext (TS_RESP_CTX_get_tst_info (context), extension, -1);
}

/* @accuracy: seconds, milliseconds and microseconds; none: 0 */
static GBytes *
reply (Tsa *tsa, GBytes *request, const int accuracy[3])
{
  gsize length = 0;
  const void *bytes = g_bytes_get_data (request, &length);
  BIO *bio = BIO_new_mem_buf (bytes, (int)length);
  TS_RESP_CTX *context = TS_RESP_CTX_new ();
  ASN1_OBJECT *policy = OBJ_txt2obj ("1.2.3", 1);
  assert_int_equal (TS_RESP_CTX_set_signer_cert (context, tsa->own), 1);
  TS_RESP_CTX_set_signer_key (context, tsa->key);
  TS_RESP_CTX_set_signer_digest (context, EVP_sha256 ());
  TS_RESP_CTX_set_def_policy (context, policy);
  TS_RESP_CTX_add_md (context, EVP_sha256 ());
  TS_RESP_CTX_set_clock_precision_digits (context, 6);
  TS_RESP_CTX_set_accuracy (context, accuracy[0], accuracy[1], accuracy[2]);
  TS_RESP_CTX_set_time_cb (context, tell_time, tsa);
  TS_RESP_CTX_set_serial_cb (context, tell_serial, NULL);
  TS_RESP_CTX_set_extension_cb (context, allow_extension, NULL);
  TS_RESP *response = TS_RESP_create_response (context, bio);
  guint8 *der = NULL;
  int size = i2d_TS_RESP (response, &der);
  assert_true (size > 0);
  GBytes *made = g_bytes_new (der, (gsize)size);
  OPENSSL_free (der);
  TS_RESP_free (response);
  TS_RESP_CTX_free (context);
  ASN1_OBJECT_free (policy);
  BIO_free (bio);
  return made;
}

static GBytes *
ask (void)
{
  g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
  GBytes *request = assay_stamp_request_new (signature, NULL);
  assert_non_null (request);
  return request;
}

/* Time and accuracy: what is stated, and the latest moment that they allow. */
static void
test_moments (void **state)
{
  static const struct
  {
    glong seconds;
    glong micros;
    int accuracy[3];
    gint64 latest_s;
  } cases[] = {
    { 1600000000, 0, { 0, 0, 0 }, 1600000000 },        { 1600000000, 0, { 5, 0, 0 }, 1600000005 },
    { 1600000000, 1, { 0, 0, 0 }, 1600000001 },        { 1600000000, 500000, { 0, 500, 0 }, 1600000001 },
    { 1600000000, 500000, { 0, 500, 1 }, 1600000002 }, { 1600000000, 999999, { 1, 999, 999 }, 1600000003 },
    { 1600000000, 0, { 86400, 0, 0 }, 1600086400 },
  };
  Tsa *tsa = *state;
  g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (AssayStamp) stamp = { 0, 0, NULL };
      g_autoptr (GBytes) request = ask ();
      tsa->seconds = cases[i].seconds;
      tsa->micros = cases[i].micros;
      g_autoptr (GBytes) response = reply (tsa, request, cases[i].accuracy);
      g_autofree char *problem = assay_stamp_verify (response, signature, tsa->authorities, 0, &stamp);
      assert_null (problem);
      assert_int_equal (stamp.time_s, cases[i].seconds);
      assert_int_equal (stamp.latest_s, cases[i].latest_s);
      assert_string_equal (stamp.by, "CN=tsa");
      g_autofree char *answer = assay_stamp_request_check (request, response);
      assert_null (answer);
    }
}

static void
assert_refused (Tsa *tsa, GBytes *response, const char *why)
{
  g_auto (AssayStamp) stamp = { 0, 0, NULL };
  g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
  g_autofree char *problem = assay_stamp_verify (response, signature, tsa->authorities, 0, &stamp);
  assert_null (stamp.by);
  if (problem == NULL || strstr (problem, why) == NULL)
    fail_msg ("%s: expected: %s", problem == NULL ? "it holds" : problem, why);
}

/* The edges of the TSA's certificate, whose last second is none of OpenSSL's, and an accuracy of more than a day. */
static void
test_edges (void **state)
{
  static const int exact[3] = { 0, 0, 0 }, vague[3] = { 86401, 0, 0 };
  static const struct
  {
    glong seconds;
    const char *why;
  } cases[] = { { 1577836799, "certificate is not yet valid" },
                { 1577836800, NULL },
                { 1893455999, NULL },
                { 1893456000, "certificate has expired" } };
  Tsa *tsa = *state;
  g_autoptr (GBytes) request = ask ();
  tsa->micros = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      tsa->seconds = cases[i].seconds;
      g_autoptr (GBytes) response = reply (tsa, request, exact);
      g_auto (AssayStamp) stamp = { 0, 0, NULL };
      g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
      g_autofree char *problem = assay_stamp_verify (response, signature, tsa->authorities, 0, &stamp);
      if (cases[i].why == NULL)
        assert_null (problem);
      else
        assert_refused (tsa, response, cases[i].why);
    }
  tsa->seconds = 1600000000;
  g_autoptr (GBytes) response = reply (tsa, request, vague);
  assert_refused (tsa, response, "has an accuracy that is none, or of more than a day");
}

/* Whatever the TSA takes over from a request. */
static void
test_critical_extension (void **state)
{
  static const int exact[3] = { 0, 0, 0 };
  Tsa *tsa = *state;
  tsa->seconds = 1600000000;
  tsa->micros = 0;
  for (int critical = 0; critical <= 1; critical++)
    {
      g_autoptr (GBytes) plain = ask ();
      const guint8 *position = g_bytes_get_data (plain, NULL);
      TS_REQ *request = d2i_TS_REQ (NULL, &position, (long)g_bytes_get_size (plain));
      X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, NID_netscape_comment, "a comment");
      X509_EXTENSION_set_critical (extension, critical);
      assert_int_equal (TS_REQ_add_ext (request, extension, -1) != 0, 1);
      guint8 *der = NULL;
      int length = i2d_TS_REQ (request, &der);
      g_autoptr (GBytes) extended = g_bytes_new (der, (gsize)length);
      OPENSSL_free (der);
      X509_EXTENSION_free (extension);
      TS_REQ_free (request);
      g_autoptr (GBytes) response = reply (tsa, extended, exact);
      g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
      g_auto (AssayStamp) stamp = { 0, 0, NULL };
      g_autofree char *problem
          = critical ? NULL : assay_stamp_verify (response, signature, tsa->authorities, 0, &stamp);
      assert_null (problem);
      if (critical)
        assert_refused (tsa, response, "has a critical extension");
    }
}

/* No byte of a response can be another, and none can be missing. */
static void
test_every_byte (void **state)
{
  static const int exact[3] = { 1, 0, 0 };
  Tsa *tsa = *state;
  tsa->seconds = 1600000000;
  tsa->micros = 0;
  g_autoptr (GBytes) request = ask ();
  g_autoptr (GBytes) response = reply (tsa, request, exact);
  gsize length = 0;
  const guint8 *bytes = g_bytes_get_data (response, &length);
  guint held = 0;
  for (gsize i = 0; i < length; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (bytes, length);
      copy[i] ^= 1;
      g_autoptr (GBytes) changed = g_bytes_new_static (copy, length);
      g_autoptr (GBytes) cut = g_bytes_new_static (bytes, i);
      g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
      g_auto (AssayStamp) stamp = { 0, 0, NULL };
      g_auto (AssayStamp) other = { 0, 0, NULL };
      g_autofree char *problem = assay_stamp_verify (changed, signature, tsa->authorities, 0, &stamp);
      g_autofree char *short_of = assay_stamp_verify (cut, signature, tsa->authorities, 0, &other);
      assert_non_null (short_of);
      /* whatever is not signed says nothing else */
      if (problem == NULL)
        assert_true (stamp.time_s == 1600000000 && stamp.latest_s == 1600000001 && ++held < 32);
    }
  /* beneath an envelope of its own, longer than there is, or with a length that is written in another way */
  static const guint8 wrong[][6] = { { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff },
                                     { 0x30, 0x80, 0x00, 0x00, 0, 0 },
                                     { 0x30, 0x82, 0x00, 0x02, 0x05, 0 },
                                     { 0x30, 0x88, 1, 2, 3, 4 },
                                     { 0x30, 0x04, 0x30, 0x02, 0x02, 0 } };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GBytes) der = g_bytes_new_static (wrong[i], sizeof wrong[i]);
      assert_refused (tsa, der, "");
    }
}

/** An entry of a list: of the TSA's certificate. */
typedef struct
{
  const char *date;
  int reason;           /* -1: none */
  const char *invalid;  /* invalidityDate; or NULL */
  gboolean is_critical; /* with an extension that nobody knows */
} Entry;

static void
add_entry (X509_CRL *list, const Entry *given, X509 *certificate)
{
  X509_REVOKED *entry = X509_REVOKED_new ();
  ASN1_TIME *date = ASN1_TIME_new ();
  ASN1_TIME_set_string_X509 (date, given->date);
  X509_REVOKED_set_revocationDate (entry, date);
  X509_REVOKED_set_serialNumber (entry, X509_get_serialNumber (certificate));
  if (given->reason >= 0)
    {
      ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new ();
      ASN1_ENUMERATED_set (reason, given->reason);
      assert_int_equal (X509_REVOKED_add1_ext_i2d (entry, NID_crl_reason, reason, 0, 0), 1);
      ASN1_ENUMERATED_free (reason);
    }
  if (given->invalid != NULL)
    {
      ASN1_GENERALIZEDTIME *since = ASN1_GENERALIZEDTIME_new ();
      ASN1_GENERALIZEDTIME_set_string (since, given->invalid);
      assert_int_equal (X509_REVOKED_add1_ext_i2d (entry, NID_invalidity_date, since, 0, 0), 1);
      ASN1_GENERALIZEDTIME_free (since);
    }
  if (given->is_critical)
    {
      X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, NID_netscape_comment, "a comment");
      X509_EXTENSION_set_critical (extension, 1);
      assert_int_equal (X509_REVOKED_add_ext (entry, extension, -1), 1);
      X509_EXTENSION_free (extension);
    }
  assert_int_equal (X509_CRL_add0_revoked (list, entry), 1);
  ASN1_TIME_free (date);
}

/* The root, with a list that is in force from 2020 to 2030. */
static GPtrArray *
vouch (const Tsa *tsa, const Entry *entries, gsize count)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (tsa->path, ".crl", NULL);
  X509_CRL *list = X509_CRL_new ();
  ASN1_TIME *time = ASN1_TIME_new ();
  X509_CRL_set_version (list, 1);
  X509_CRL_set_issuer_name (list, X509_get_subject_name (tsa->root));
  ASN1_TIME_set_string_X509 (time, "20200101000000Z");
  X509_CRL_set1_lastUpdate (list, time);
  ASN1_TIME_set_string_X509 (time, "20300101000000Z");
  X509_CRL_set1_nextUpdate (list, time);
  for (gsize i = 0; i < count; i++)
    add_entry (list, &entries[i], tsa->own);
  X509_CRL_sort (list);
  assert_true (X509_CRL_sign (list, tsa->key, EVP_sha256 ()) > 0);
  FILE *file = fopen (path, "w");
  assert_non_null (file);
  assert_int_equal (PEM_write_X509_CRL (file, list), 1);
  fclose (file);
  char *const roots[] = { tsa->path, NULL }, *const crls[] = { path, NULL };
  GPtrArray *authorities = g_ptr_array_new_with_free_func ((GDestroyNotify)assay_authority_free);
  g_ptr_array_add (authorities, assay_authority_load (roots, crls, &error));
  assert_null (error);
  g_unlink (path);
  ASN1_TIME_free (time);
  X509_CRL_free (list);
  return authorities;
}

/* Superseded within the second of the time stamps, and the next one. */
#define BEFORE                                                                                                         \
  {                                                                                                                    \
    "20200913122641Z", 4, NULL, FALSE                                                                                  \
  }
#define AFTER                                                                                                          \
  {                                                                                                                    \
    "20200913122642Z", 4, NULL, FALSE                                                                                  \
  }

/* RFC 3161, 4: what a TSA stamped before it was retired holds, where all that is said of it allows that. The time
 * stamps are of 2020-09-13T12:26:40Z and a second. */
static void
test_retired (void **state)
{
  static const struct
  {
    Entry entries[2];
    gsize count;
    gboolean holds;
  } cases[] = {
    { { { NULL } }, 0, TRUE },
    { { AFTER }, 1, TRUE },
    { { BEFORE }, 1, FALSE },
    { { { "20201001000000Z", 0, NULL, FALSE } }, 1, TRUE },
    { { { "20201001000000Z", 1, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 2, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 3, NULL, FALSE } }, 1, TRUE },
    { { { "20201001000000Z", 5, NULL, FALSE } }, 1, TRUE },
    { { { "20201001000000Z", 6, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 7, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 9, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 10, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 260, NULL, FALSE } }, 1, FALSE },
    { { { "20201001000000Z", -1, NULL, FALSE } }, 1, FALSE },
    /* since when the key may have been another's */
    { { { "20201001000000Z", 4, "20200913122642Z", FALSE } }, 1, TRUE },
    { { { "20201001000000Z", 4, "20200913122641Z", FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 4, "20200101000000Z", FALSE } }, 1, FALSE },
    { { { "20201001000000Z", 4, NULL, TRUE } }, 1, FALSE },
    /* twice in one list: the worse of them */
    { { AFTER, { "20201001000000Z", 1, NULL, FALSE } }, 2, FALSE },
    { { { "20201001000000Z", 1, NULL, FALSE }, AFTER }, 2, FALSE },
    { { AFTER, BEFORE }, 2, FALSE },
    { { AFTER, { "20201001000000Z", 5, NULL, FALSE } }, 2, TRUE },
  };
  static const int exact[3] = { 1, 0, 0 };
  Tsa *tsa = *state;
  tsa->seconds = 1600000000;
  tsa->micros = 0;
  g_autoptr (GBytes) request = ask ();
  g_autoptr (GBytes) response = reply (tsa, request, exact);
  g_autoptr (GBytes) signature = g_bytes_new_static (content, strlen (content));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (AssayStamp) stamp = { 0, 0, NULL };
      g_autoptr (GPtrArray) authorities = vouch (tsa, cases[i].entries, cases[i].count);
      g_autofree char *problem = assay_stamp_verify (response, signature, authorities, 1700000000, &stamp);
      g_autofree char *late = assay_stamp_verify (response, signature, authorities, 1893456001, &stamp);
      if ((problem == NULL) != cases[i].holds || (!cases[i].holds && strstr (problem, "certificate revoked") == NULL))
        fail_msg ("list %u: %s", (guint)i, problem == NULL ? "it holds" : problem);
      assert_non_null (late);
    }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (test_moments),    cmocka_unit_test (test_edges),   cmocka_unit_test (test_critical_extension),
    cmocka_unit_test (test_every_byte), cmocka_unit_test (test_retired),
  };
  return cmocka_run_group_tests (tests, setup, teardown);
}
