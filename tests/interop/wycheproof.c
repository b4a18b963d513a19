/*
 * Whether the published signature vectors of Wycheproof (C2SP, schema v1) agree with ours in every case, through the
 * function by which statements are verified. They are not ours to hand on:
 *
 *   ASSAY_WYCHEPROOF=DIRECTORY wycheproof    without it the test is skipped: exit 77
 *
 * Exit: 0 all agree; 1 one does not, which is named, or a file is missing.
 */
#include "crypto/signature.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** One file of vectors. @scheme: NULL: the one of statements for a key of this kind. */
typedef struct
{
  const char *name;
  const char *scheme;
  AssaySignatureEncoding encoding;
} Vectors;

static const Vectors files[] = {
  { "ecdsa_secp256r1_sha256_test.json", NULL, ASSAY_SIGNATURE_DER },
  { "ecdsa_secp256r1_sha256_p1363_test.json", NULL, ASSAY_SIGNATURE_RAW },
  { "ecdsa_secp384r1_sha384_test.json", NULL, ASSAY_SIGNATURE_DER },
  { "ed25519_test.json", NULL, ASSAY_SIGNATURE_RAW },
  { "rsa_pss_2048_sha256_mgf1_32_test.json", NULL, ASSAY_SIGNATURE_RAW },
  { "rsa_pss_3072_sha256_mgf1_32_test.json", NULL, ASSAY_SIGNATURE_RAW },
  { "rsa_pss_4096_sha512_mgf1_64_test.json", "rsa-pss-sha512", ASSAY_SIGNATURE_RAW },
};

static guint8 *
from_hex (const char *hex, gsize *out_length)
{
  *out_length = strlen (hex) / 2;
  guint8 *bytes = g_malloc0 (*out_length + 1);
  for (gsize i = 0; i < *out_length; i++)
    bytes[i] = (guint8)(g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return bytes;
}

static const char *
text_of (const json_t *object, const char *member)
{
  const char *text = json_string_value (json_object_get (object, member));
  if (text == NULL)
    {
      fprintf (stderr, "FAIL: no member %s\n", member);
      exit (1);
    }
  return text;
}

static gboolean
agrees (const AssayPublicKey *key, const json_t *test, AssaySignatureEncoding encoding)
{
  gsize message_length = 0, signature_length = 0;
  g_autofree guint8 *message = from_hex (text_of (test, "msg"), &message_length);
  g_autofree guint8 *bytes = from_hex (text_of (test, "sig"), &signature_length);
  g_autoptr (GBytes) signature = g_bytes_new_static (bytes, signature_length);
  AssaySignatureEncoding found = ASSAY_SIGNATURE_RAW_LITTLE;
  const char *problem = NULL;
  gboolean asked = assay_public_key_verify_message (key, message, message_length, signature, &found, &problem, NULL);
  gboolean valid = asked && problem == NULL;
  return asked && valid == (strcmp (text_of (test, "result"), "valid") == 0) && (!valid || found == encoding);
}

static AssayPublicKey *
load (const Vectors *vectors, const char *pem)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("assay-wycheproof-XXXXXX", &path, NULL);
  FILE *file = fd < 0 ? NULL : fdopen (fd, "w");
  if (file == NULL || fputs (pem, file) < 0 || fclose (file) != 0)
    exit (70);
  AssayPublicKey *key = vectors->scheme == NULL
                            ? assay_public_key_load_any (path, &error)
                            : assay_public_key_load (path, vectors->scheme, ASSAY_SIGNATURE_RAW, &error);
  g_unlink (path);
  if (key == NULL)
    fprintf (stderr, "FAIL: %s: %s\n", vectors->name, error->message);
  return key;
}

static guint
run_file (const Vectors *vectors, const json_t *file)
{
  const json_t *group, *test;
  size_t i, j;
  guint wrong = 0, valid = 0, total = 0;
  json_array_foreach (json_object_get (file, "testGroups"), i, group)
  {
    g_autoptr (AssayPublicKey) key = load (vectors, text_of (group, "publicKeyPem"));
    json_array_foreach (json_object_get (group, "tests"), j, test)
    {
      total++;
      valid += strcmp (text_of (test, "result"), "valid") == 0;
      if (key != NULL && agrees (key, test, vectors->encoding))
        continue;
      wrong++;
      fprintf (stderr, "FAIL: %s: case %lld is %s: %s\n", vectors->name,
               (long long)json_integer_value (json_object_get (test, "tcId")), text_of (test, "result"),
               text_of (test, "comment"));
    }
  }
  if (total == 0 || valid == 0 || valid == total)
    wrong++;
  printf ("%s: %s: %u cases, %u of them valid\n", wrong == 0 ? "ok" : "FAIL", vectors->name, total, valid);
  return wrong;
}

int
main (void)
{
  const char *directory = g_getenv ("ASSAY_WYCHEPROOF");
  guint wrong = 0;
  if (directory == NULL || *directory == '\0')
    {
      fputs ("SKIP: ASSAY_WYCHEPROOF names no directory with the vectors\n", stderr);
      return 77;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (directory, files[i].name, NULL);
      json_t *file = json_load_file (path, 0, NULL);
      if (file == NULL)
        fprintf (stderr, "FAIL: %s cannot be read\n", path);
      wrong += file == NULL ? 1 : run_file (&files[i], file);
      json_decref (file);
    }
  return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
