#include "crypto/token_parts.h"

#include "util/text.h"

#include <assay/error.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#define SCHEME P11_KIT_URI_SCHEME ":"

/** Bytes of the longest signature: of an RSA key of 65536 bits. */
#define SIGNATURE_MOST_BYTES 8192

gboolean
assay_token_is_uri (const char *name)
{
  return g_ascii_strncasecmp (name, SCHEME, strlen (SCHEME)) == 0;
}

char *
assay_token_show_uri (const char *uri)
{
  return assay_text_escape_line (uri, (gssize)strcspn (uri, "?"));
}

gboolean
assay_token_refuse (const AssayToken *token, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: %s", token->shown, why);
  return FALSE;
}

void
assay_token_free (AssayToken *token)
{
  if (token == NULL)
    return;
  OPENSSL_cleanse (token->pin, sizeof token->pin);
  /* the session goes with its module */
  assay_token_release (token);
  p11_kit_uri_free (token->uri);
  g_free (token->shown);
  g_free (token->label);
  g_free (token);
}

/* --- the URI --- */

static gboolean
check_uri (AssayToken *token, GError **error)
{
  const CK_ATTRIBUTE *class = p11_kit_uri_get_attribute (token->uri, CKA_CLASS);
  if (p11_kit_uri_get_pin_value (token->uri) != NULL)
    return assay_token_refuse (token, error,
                               "a PIN in the URI (pin-value) is on the command line, where everybody can read it; give "
                               "pin-source, --passphrase-fd or --passphrase-env, or wait to be asked");
  if (p11_kit_uri_any_unrecognized (token->uri))
    return assay_token_refuse (token, error,
                               "it has attributes that nobody knows, so that it names nothing (RFC 7512)");
  if (class != NULL
      && (class->ulValueLen != sizeof (CK_OBJECT_CLASS) || class->pValue == NULL
          || *(const CK_OBJECT_CLASS *)class->pValue != CKO_PRIVATE_KEY))
    return assay_token_refuse (token, error, "expected a private key: type=private, or no type");
  return TRUE;
}

/* A place in the URI is one place, and an option is another. */
static gboolean
place_pin (const AssayToken *token, const AssayPassphrase *passphrase, AssayPassphrase *out, GError **error)
{
  const char *source = p11_kit_uri_get_pin_source (token->uri);
  *out = *passphrase;
  if (source == NULL)
    return TRUE;
  if (passphrase->from != ASSAY_PASSPHRASE_TERMINAL)
    return assay_token_refuse (token, error, "one PIN, and two places to read it: pin-source and an option");
  if (*source == '|')
    return assay_token_refuse (token, error, "pin-source names a program, and assay starts none for a PIN");
  if (g_str_has_prefix (source, "file:///"))
    source += strlen ("file://");
  else if (g_str_has_prefix (source, "file:/") && source[strlen ("file:/")] != '/')
    source += strlen ("file:");
  if (*source != '/')
    return assay_token_refuse (token, error, "expected an absolute path in pin-source, as file:/PATH");
  *out = (AssayPassphrase){ .from = ASSAY_PASSPHRASE_FILE, .fd = -1, .file = source };
  return TRUE;
}

/* --- the session --- */

/* What is left after a PIN that was none. */
static const char *
tries_left (const AssayToken *token)
{
  CK_TOKEN_INFO info = { 0 };
  CK_FLAGS flags = token->functions->C_GetTokenInfo (token->slot, &info) == CKR_OK ? info.flags : 0;
  return (flags & CKF_USER_PIN_LOCKED) != 0      ? ", and it is locked now"
         : (flags & CKF_USER_PIN_FINAL_TRY) != 0 ? "; the next wrong one locks it"
                                                 : "";
}

static gboolean
login (AssayToken *token, const AssayPassphrase *passphrase, char pin[ASSAY_PASSPHRASE_SIZE], GError **error)
{
  AssayPassphrase place;
  g_autofree char *what = g_strdup_printf ("PIN of the token %s", token->label);
  gboolean at_token = (token->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
  if ((token->flags & CKF_USER_PIN_LOCKED) != 0)
    return assay_token_refuse (token, error, "the PIN of the token %s is locked: it was wrong too often", token->label);
  if (!place_pin (token, passphrase, &place, error) || (!at_token && !assay_passphrase_read (&place, what, pin, error)))
    return FALSE;
  CK_RV result = token->functions->C_Login (token->session, CKU_USER, at_token ? NULL : (CK_UTF8CHAR *)pin,
                                            at_token ? 0 : strlen (pin));
  if (result == CKR_OK || result == CKR_USER_ALREADY_LOGGED_IN)
    return TRUE;
  if (result == CKR_PIN_INCORRECT || result == CKR_PIN_LEN_RANGE || result == CKR_PIN_INVALID)
    return assay_token_refuse (token, error, "the PIN of the token %s is wrong%s", token->label, tries_left (token));
  return assay_token_refuse (token, error, "no login to the token %s: %s", token->label, p11_kit_strerror (result));
}

static gboolean
check_key (AssayToken *token, GError **error)
{
  CK_ULONG kind = 0;
  if (!assay_token_read_number (token, token->key, CKA_KEY_TYPE, &kind)
      || (kind != CKK_EC && kind != CKK_EC_EDWARDS && kind != CKK_RSA))
    return assay_token_refuse (token, error, "a key of the kind 0x%lx; expected ECDSA P-256 or P-384, Ed25519 or RSA",
                               kind);
  token->kind = kind;
  if (!assay_token_read_flag (token, token->key, CKA_SIGN, TRUE))
    return assay_token_refuse (token, error, "the key may not sign (CKA_SIGN)");
  token->asks_again = assay_token_read_flag (token, token->key, CKA_ALWAYS_AUTHENTICATE, FALSE);
  return TRUE;
}

/* The PIN is kept only for a key that asks for it again. */
static gboolean
find_key (AssayToken *token, const AssayPassphrase *passphrase, char pin[ASSAY_PASSPHRASE_SIZE], GError **error)
{
  if (((token->flags & CKF_LOGIN_REQUIRED) != 0 && !login (token, passphrase, pin, error))
      || !assay_token_find_key (token, error) || !check_key (token, error))
    return FALSE;
  if (token->asks_again)
    memcpy (token->pin, pin, ASSAY_PASSPHRASE_SIZE);
  return TRUE;
}

static gboolean
begin (AssayToken *token, const AssayPassphrase *passphrase, GError **error)
{
  char pin[ASSAY_PASSPHRASE_SIZE] = "";
  if (!check_uri (token, error) || !assay_token_find_slot (token, error))
    return FALSE;
  CK_RV result = token->functions->C_OpenSession (token->slot, CKF_SERIAL_SESSION, NULL, NULL, &token->session);
  if (result != CKR_OK)
    return assay_token_refuse (token, error, "no session with the token %s: %s", token->label,
                               p11_kit_strerror (result));
  token->has_session = TRUE;
  gboolean found = find_key (token, passphrase, pin, error);
  OPENSSL_cleanse (pin, sizeof pin);
  return found;
}

AssayToken *
assay_token_open (const char *uri, const AssayPassphrase *passphrase, GError **error)
{
  g_autoptr (AssayToken) token = g_new0 (AssayToken, 1);
  token->shown = assay_token_show_uri (uri);
  token->uri = p11_kit_uri_new ();
  int result = token->uri == NULL ? P11_KIT_URI_UNEXPECTED : p11_kit_uri_parse (uri, P11_KIT_URI_FOR_ANY, token->uri);
  if (result != P11_KIT_URI_OK)
    {
      assay_token_refuse (token, error, "no URI of PKCS #11 (RFC 7512): %s", p11_kit_uri_message (result));
      return NULL;
    }
  return begin (token, passphrase, error) ? g_steal_pointer (&token) : NULL;
}

/* --- signatures --- */

static GBytes *
fail (const AssayToken *token, const char *what, CK_RV result, GError **error)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "%s: the token %s: %s: %s", token->shown, token->label, what,
               p11_kit_strerror (result));
  return NULL;
}

/* With a PIN once more, where the key wants that. */
static GBytes *
sign (const AssayToken *token, CK_MECHANISM *mechanism, const guint8 *data, gsize length, GError **error)
{
  CK_FUNCTION_LIST *functions = token->functions;
  gboolean at_token = *token->pin == '\0';
  g_autofree guint8 *signature = g_malloc0 (SIGNATURE_MOST_BYTES);
  CK_ULONG size = SIGNATURE_MOST_BYTES;
  CK_RV result = functions->C_SignInit (token->session, mechanism, token->key);
  if (result != CKR_OK)
    return fail (token, "C_SignInit", result, error);
  if (token->asks_again)
    result
        = functions->C_Login (token->session, CKU_CONTEXT_SPECIFIC, at_token ? NULL : (CK_UTF8CHAR *)(gsize)token->pin,
                              at_token ? 0 : strlen (token->pin));
  if (result != CKR_OK)
    return fail (token, "C_Login for one signature", result, error);
  result = functions->C_Sign (token->session, (CK_BYTE *)(gsize)data, length, signature, &size);
  if (result != CKR_OK || size > SIGNATURE_MOST_BYTES)
    return fail (token, "C_Sign", result == CKR_OK ? CKR_FUNCTION_FAILED : result, error);
  return g_bytes_new (signature, size);
}

GBytes *
assay_token_sign (const AssayToken *token, const AssayScheme *scheme, const guint8 *message, gsize length_bytes,
                  GError **error)
{
  CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, ASSAY_DIGEST_SIZE };
  CK_MECHANISM mechanism = { .mechanism = CKM_ECDSA };
  guint8 digest[EVP_MAX_MD_SIZE];
  gsize digest_length = 0;
  if (scheme->message == ASSAY_MESSAGE_WHOLE)
    {
      mechanism.mechanism = CKM_EDDSA;
      return sign (token, &mechanism, message, length_bytes, error);
    }
  if (scheme->padding == RSA_PKCS1_PSS_PADDING)
    mechanism = (CK_MECHANISM){ CKM_RSA_PKCS_PSS, &pss, sizeof pss };
  if (EVP_Q_digest (NULL, scheme->digest, NULL, message, length_bytes, digest, &digest_length) != 1)
    return fail (token, "the digest of what is signed", CKR_FUNCTION_FAILED, error);
  return sign (token, &mechanism, digest, digest_length, error);
}
