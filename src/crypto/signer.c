#include "crypto/signer.h"

#include "crypto/pem.h"
#include "crypto/scheme.h"
#include "crypto/token.h"
#include "util/stream.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/stat.h>

/** A file with one key in it is not longer: whole MiB, as assay_stream_read_limited() wants it. */
#define KEY_MOST_BYTES (1u << 20)

struct _AssaySigner
{
  EVP_PKEY *key; /* or NULL, and */
  AssayToken *token;
  const AssayScheme *scheme;
  AssayPublicKey *public_half;
};

void
assay_signer_free (AssaySigner *signer)
{
  if (signer == NULL)
    return;
  assay_public_key_free (signer->public_half);
  EVP_PKEY_free (signer->key);
  assay_token_free (signer->token);
  g_free (signer);
}

const char *
assay_signer_get_scheme (const AssaySigner *signer)
{
  return signer->scheme->name;
}

void
assay_signer_get_public_sha256 (const AssaySigner *signer, AssayDigest *out_sha256)
{
  /* its DER was written once already: assay_signer_load() */
  if (!assay_public_key_get_sha256 (signer->public_half, out_sha256))
    g_error ("a public key that cannot be written any more");
}

gboolean
assay_signer_get_identity (const AssaySigner *signer, AssayDigest *out_identity)
{
  return assay_public_key_get_identity (signer->public_half, out_identity);
}

static gboolean
refuse (GError **error, const char *shown, const char *why)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s", shown, why);
  return FALSE;
}

static void
wipe (gpointer bytes)
{
  OPENSSL_cleanse (bytes, KEY_MOST_BYTES + 1);
  g_free (bytes);
}

/* Reads the file into memory that is wiped when it goes. */
static GBytes *
read_key (const char *path, const char *shown, mode_t *out_mode, GError **error)
{
  struct stat status;
  /* O_NONBLOCK: a FIFO must not hold us; it is refused right after */
  assay_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat (fd, &status) != 0)
    {
      refuse (error, shown, g_strerror (errno));
      return NULL;
    }
  if (!S_ISREG (status.st_mode))
    {
      refuse (error, shown, "expected a private key, which is a regular file");
      return NULL;
    }
  *out_mode = status.st_mode;
  guint8 *bytes = g_malloc0 (KEY_MOST_BYTES + 1);
  gssize length = assay_system_read_at (fd, bytes, KEY_MOST_BYTES + 1, 0);
  g_autoptr (GBytes) text = g_bytes_new_with_free_func (bytes, (gsize)MAX (length, 0), wipe, bytes);
  if (length >= 0 && length <= (gssize)KEY_MOST_BYTES)
    return g_steal_pointer (&text);
  refuse (error, shown, length < 0 ? g_strerror (errno) : "larger than 1 MiB, which no key is");
  return NULL;
}

/* What it is comes before who may read it: a public key may be anybody's. */
static gboolean
check_file (GBytes *text, mode_t mode, const char *shown, GError **error)
{
  if (!assay_pem_check (text, ASSAY_PEM_PRIVATE, shown, error))
    return FALSE;
  if ((mode & ASSAY_PASSPHRASE_FOR_OTHERS) != 0)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                 "%s: a private key that others may use (mode %04o); expected mode 0600", shown, mode & 07777u);
  return (mode & ASSAY_PASSPHRASE_FOR_OTHERS) == 0;
}

/** What OpenSSL's question for a passphrase leads to. */
typedef struct
{
  const AssayPassphrase *passphrase;
  const char *what;
  gboolean asked;
  GError *trouble;
} Question;

static int
answer (char *out, int size, int encrypting, void *data)
{
  Question *question = data;
  char read[ASSAY_PASSPHRASE_SIZE];
  /* OpenSSL may ask more than once; where it was, there is no more */
  if (question->asked)
    return -1;
  question->asked = TRUE;
  if (!assay_passphrase_read (question->passphrase, question->what, read, &question->trouble))
    return -1;
  int length = (int)strlen (read);
  gboolean fits = length <= size;
  if (fits)
    memcpy (out, read, (gsize)length);
  OPENSSL_cleanse (read, sizeof read);
  return fits ? length : -1;
}

static EVP_PKEY *
decode (GBytes *text, const char *shown, const AssayPassphrase *passphrase, GError **error)
{
  gsize length = 0;
  const void *bytes = g_bytes_get_data (text, &length);
  g_autofree char *what = g_strdup_printf ("passphrase of the key %s", shown);
  Question question = { passphrase, what, FALSE, NULL };
  BIO *bio = BIO_new_mem_buf (bytes, (int)length);
  EVP_PKEY *pkey = bio == NULL ? NULL : PEM_read_bio_PrivateKey (bio, NULL, answer, &question);
  BIO_free (bio);
  ERR_clear_error ();
  if (pkey == NULL && question.trouble != NULL)
    g_propagate_error (error, g_steal_pointer (&question.trouble));
  else if (pkey == NULL)
    refuse (error, shown,
            question.asked ? "the passphrase is wrong, or the key is damaged"
                           : "expected one private key in PEM form; this one cannot be read");
  g_clear_error (&question.trouble);
  return pkey;
}

static gboolean
begin (const AssaySigner *signer, EVP_MD_CTX *context)
{
  EVP_PKEY_CTX *options = NULL;
  if (EVP_DigestSignInit_ex (context, &options, signer->scheme->digest, NULL, NULL, signer->key, NULL) != 1)
    return FALSE;
  return signer->scheme->padding == 0
         || (EVP_PKEY_CTX_set_rsa_padding (options, signer->scheme->padding) == 1
             && EVP_PKEY_CTX_set_rsa_pss_saltlen (options, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static GBytes *
sign (const AssaySigner *signer, const guint8 *message, gsize length)
{
  EVP_MD_CTX *context = EVP_MD_CTX_new ();
  gsize size = 0;
  g_autofree guint8 *bytes = NULL;
  gboolean done
      = context != NULL && begin (signer, context) && EVP_DigestSign (context, NULL, &size, message, length) == 1;
  if (done)
    {
      bytes = g_malloc0 (size);
      done = EVP_DigestSign (context, bytes, &size, message, length) == 1;
    }
  EVP_MD_CTX_free (context);
  return done ? g_bytes_new (bytes, size) : NULL;
}

/* A token writes r and s of ECDSA one behind the other. */
static GBytes *
sign_by_token (const AssaySigner *signer, const guint8 *message, gsize length, GError **error)
{
  g_autoptr (GBytes) raw = assay_token_sign (signer->token, signer->scheme, message, length, error);
  return raw == NULL || signer->scheme->order_bytes == 0 ? g_steal_pointer (&raw)
                                                         : assay_public_key_encode (signer->public_half, raw);
}

/* A fault of the machine while it signs can give the key away, and a signature that does not verify is of no use.
 * NULL without an error: it does not. */
static GBytes *
sign_and_verify (const AssaySigner *signer, const guint8 *message, gsize length, GError **error)
{
  const AssaySignatureEncoding wanted = signer->scheme->order_bytes > 0 ? ASSAY_SIGNATURE_DER : ASSAY_SIGNATURE_RAW;
  AssaySignatureEncoding encoding = ASSAY_SIGNATURE_RAW;
  const char *problem = NULL;
  g_autoptr (GBytes) signature
      = signer->token != NULL ? sign_by_token (signer, message, length, error) : sign (signer, message, length);
  ERR_clear_error ();
  if (signature != NULL
      && assay_public_key_verify_message (signer->public_half, message, length, signature, &encoding, &problem, error)
      && problem == NULL && encoding == wanted)
    return g_steal_pointer (&signature);
  return NULL;
}

GBytes *
assay_signer_sign (const AssaySigner *signer, const guint8 *message, gsize length_bytes, GError **error)
{
  g_autoptr (GError) local = NULL;
  GBytes *signature = sign_and_verify (signer, message, length_bytes, &local);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else if (signature == NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "the key cannot sign, or what it signed does not verify");
  return signature;
}

/* What stands beside the private key, and what a statement is verified by later, is one key. */
static gboolean
check_halves (const AssaySigner *signer, const char *shown, GError **error)
{
  static const guint8 probe[] = "assay";
  AssayDigest ignored;
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) signature = sign_and_verify (signer, probe, sizeof probe, &local);
  if (signature != NULL && assay_public_key_get_sha256 (signer->public_half, &ignored))
    return TRUE;
  /* the token's own words, which begin with its name */
  if (local != NULL && signer->token != NULL)
    g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, local->message);
  else
    refuse (error, shown,
            signer->token == NULL ? "the two halves of the key do not belong together"
                                  : "the public key or certificate beside the private key is that of another");
  return FALSE;
}

/* The public half of it, and what it signs with. */
static gboolean
complete (AssaySigner *signer, EVP_PKEY *public_half, const char *shown, GError **error)
{
  const char *scheme = assay_key_kind_scheme (public_half, shown, error);
  const char *weakness = scheme == NULL ? NULL : assay_key_find_weakness (public_half);
  if (weakness != NULL)
    return refuse (error, shown, weakness);
  if (scheme == NULL || EVP_PKEY_up_ref (public_half) != 1)
    return FALSE;
  signer->scheme = assay_scheme_find (scheme);
  signer->public_half = assay_public_key_new (public_half, shown, scheme, ASSAY_SIGNATURE_RAW, error);
  return signer->public_half != NULL && check_halves (signer, shown, error);
}

static AssaySigner *
load_from_token (const char *uri, const AssayPassphrase *passphrase, const GPtrArray *chain, GError **error)
{
  g_autofree char *shown = assay_token_show_uri (uri);
  g_autoptr (AssaySigner) signer = g_new0 (AssaySigner, 1);
  signer->token = assay_token_open (uri, passphrase, error);
  if (signer->token == NULL)
    return NULL;
  EVP_PKEY *public_half = assay_token_get_public_key (signer->token);
  if (public_half == NULL && chain != NULL)
    public_half = assay_chain_get_key (chain);
  gboolean done = public_half == NULL
                      ? refuse (error, shown,
                                "the token has neither a public key nor a certificate beside the private key (with "
                                "its ID); give its certificate by --certificate")
                      : complete (signer, public_half, shown, error);
  EVP_PKEY_free (public_half);
  return done ? g_steal_pointer (&signer) : NULL;
}

AssaySigner *
assay_signer_load (const char *path, const AssayPassphrase *passphrase, const GPtrArray *chain, GError **error)
{
  if (assay_token_is_uri (path))
    return load_from_token (path, passphrase, chain, error);
  g_autofree char *shown = assay_text_escape_line (path, -1);
  mode_t mode = 0;
  g_autoptr (GBytes) text = read_key (path, shown, &mode, error);
  if (text == NULL || !check_file (text, mode, shown, error))
    return NULL;
  g_autoptr (AssaySigner) signer = g_new0 (AssaySigner, 1);
  signer->key = decode (text, shown, passphrase, error);
  return signer->key != NULL && complete (signer, signer->key, shown, error) ? g_steal_pointer (&signer) : NULL;
}
