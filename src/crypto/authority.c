#include "crypto/chain.h"

#include "crypto/revoked.h"
#include "crypto/scheme.h"
#include "crypto/sha256.h"
#include "util/stream.h"
#include "util/text.h"

#include <assay/error.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/** A file with certificates or lists of them in it is not longer: whole MiB. */
#define FILE_MOST_BYTES (4u << 20)

struct _AssayAuthority
{
  char *name;
  X509_STORE *store;
  STACK_OF (X509_CRL) * crls; /* all of them: OpenSSL takes one of each issuer */
  GHashTable *sound;          /* (element-type GBytes): SubjectPublicKeyInfos that were looked into, which takes long */
  GHashTable *through;        /* (element-type GBytes): identities of keys of CAs in chains that were certified */
  GHashTable *foreign;        /* (element-type GBytes): of keys through which none may lead */
};

void
assay_authority_free (AssayAuthority *authority)
{
  if (authority == NULL)
    return;
  X509_STORE_free (authority->store);
  sk_X509_CRL_pop_free (authority->crls, X509_CRL_free);
  g_clear_pointer (&authority->sound, g_hash_table_unref);
  g_clear_pointer (&authority->through, g_hash_table_unref);
  g_clear_pointer (&authority->foreign, g_hash_table_unref);
  g_free (authority->name);
  g_free (authority);
}

const char *
assay_authority_get_name (const AssayAuthority *authority)
{
  return authority->name;
}

X509_STORE *
assay_authority_get_store (const AssayAuthority *authority)
{
  return authority->store;
}

/* How many parts a text seems to begin; none where it is no text, in which anything may stand. Base 64 has no blanks.
 */
static int
count_begins (const char *text, gsize length)
{
  static const char word[] = "BEGIN";
  int count = 0;
  if (memchr (text, '\0', length) != NULL || !g_utf8_validate_len (text, length, NULL))
    return -1;
  for (gsize i = 0; i + sizeof word <= length; i++)
    count += g_ascii_strncasecmp (text + i, word, sizeof word - 1) == 0
             && strchr (" \t", text[i + sizeof word - 1]) != NULL;
  return count;
}

/* What a PEM file holds, whatever it is. @out_begins: (optional): how many parts there seem to be, also such as are
 * passed over for their form; -1: it is no text */
static STACK_OF (X509_INFO) * read_parts (const char *path, const char *what, int *out_begins, GError **error)
{
  gsize length = 0;
  g_autoptr (GBytes) text = assay_stream_read_file (path, what, FILE_MOST_BYTES, error);
  const void *bytes = text == NULL ? NULL : g_bytes_get_data (text, &length);
  if (text == NULL)
    return NULL;
  if (out_begins != NULL)
    *out_begins = bytes == NULL ? 0 : count_begins (bytes, length);
  BIO *bio = BIO_new_mem_buf (bytes == NULL ? "" : bytes, (int)length);
  STACK_OF (X509_INFO) *parts = bio == NULL ? NULL : PEM_X509_INFO_read_bio (bio, NULL, NULL, NULL);
  BIO_free (bio);
  ERR_clear_error ();
  if (parts == NULL)
    {
      g_autofree char *shown = assay_text_escape_line (path, -1);
      g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: the %s cannot be read as PEM", shown, what);
    }
  return parts;
}

static int
add_list (AssayAuthority *authority, X509_CRL *list)
{
  if (X509_STORE_add_crl (authority->store, list) != 1 || X509_CRL_up_ref (list) != 1)
    return 0;
  if (sk_X509_CRL_push (authority->crls, list) > 0)
    return 1;
  X509_CRL_free (list);
  return 0;
}

/* Puts them into the store: certificates, or lists. A list that is passed over revokes nobody, so that all must be
 * read. */
static gboolean
add_file (AssayAuthority *authority, const char *path, gboolean lists, GError **error)
{
  const char *what = lists ? "CRL" : "certificate";
  int added = 0;
  int begins = 0;
  const char *weak = NULL;
  STACK_OF (X509_INFO) *parts = read_parts (path, what, &begins, error);
  if (parts == NULL)
    return FALSE;
  for (int i = 0; i < sk_X509_INFO_num (parts); i++)
    {
      const X509_INFO *part = sk_X509_INFO_value (parts, i);
      if (lists && part->crl != NULL && weak == NULL)
        weak = assay_crl_find_weak_digest (part->crl);
      if (lists ? part->crl != NULL : part->x509 != NULL)
        added += lists ? add_list (authority, part->crl) : X509_STORE_add_cert (authority->store, part->x509);
    }
  sk_X509_INFO_pop_free (parts, X509_INFO_free);
  if (added > 0 && weak == NULL && (!lists || added == begins))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (path, -1);
  if (weak != NULL)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                 "%s: a CRL is signed over a digest by %s; expected SHA-256 or what is as strong, since a list that "
                 "somebody else could have written revokes nobody",
                 shown, weak);
  else if (added > 0)
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE,
                 begins < 0 ? "%s: expected CRLs in PEM form and text alone, behind %d of them stands something else"
                            : "%s: expected CRLs in PEM form alone, %d of %d parts are such",
                 shown, added, begins);
  else
    g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: expected at least one %s in PEM form", shown, what);
  return FALSE;
}

static GHashTable *
bytes_set_new (void)
{
  return g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
}

AssayAuthority *
assay_authority_load (char *const *paths, char *const *crls, GError **error)
{
  g_autoptr (AssayAuthority) authority = g_new0 (AssayAuthority, 1);
  authority->name = assay_text_escape_line (*paths, -1);
  authority->store = X509_STORE_new ();
  authority->crls = sk_X509_CRL_new_null ();
  authority->sound = bytes_set_new ();
  authority->through = bytes_set_new ();
  authority->foreign = bytes_set_new ();
  if (authority->store == NULL || authority->crls == NULL)
    {
      g_set_error_literal (error, ASSAY_ERROR, ASSAY_ERROR_FAILED, "no memory for certificates");
      return NULL;
    }
  for (; *paths != NULL; paths++)
    if (!add_file (authority, *paths, FALSE, error))
      return NULL;
  for (; crls != NULL && *crls != NULL; crls++)
    if (!add_file (authority, *crls, TRUE, error))
      return NULL;
  return g_steal_pointer (&authority);
}

/* (transfer full) (nullable): NULL where it cannot be read */
static GBytes *
identity_of (X509 *certificate)
{
  AssayDigest identity;
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  return key != NULL && assay_key_get_identity (key, &identity) ? g_bytes_new (&identity, sizeof identity) : NULL;
}

static void
add_identity (GHashTable *set, X509 *certificate)
{
  GBytes *identity = identity_of (certificate);
  if (identity != NULL)
    g_hash_table_add (set, identity);
}

void
assay_authority_exclude (AssayAuthority *authority, const AssayAuthority *other)
{
  STACK_OF (X509) *theirs = X509_STORE_get1_all_certs (other->store);
  GHashTableIter iter;
  gpointer identity = NULL;
  for (int i = 0; i < sk_X509_num (theirs); i++)
    add_identity (authority->foreign, sk_X509_value (theirs, i));
  sk_X509_pop_free (theirs, X509_free);
  ERR_clear_error ();
  g_hash_table_iter_init (&iter, other->through);
  while (g_hash_table_iter_next (&iter, &identity, NULL))
    g_hash_table_add (authority->foreign, g_bytes_ref (identity));
}

void
assay_authority_exclude_key (AssayAuthority *authority, const AssayDigest *identity)
{
  g_hash_table_add (authority->foreign, g_bytes_new (identity, sizeof *identity));
}

static gboolean
has_same_key (X509 *one, X509 *other)
{
  AssayDigest mine, theirs;
  EVP_PKEY *first = X509_get0_pubkey (one);
  EVP_PKEY *second = X509_get0_pubkey (other);
  return first != NULL && second != NULL && assay_key_get_identity (first, &mine)
         && assay_key_get_identity (second, &theirs) && assay_digest_equal (&mine, &theirs);
}

/* Whether one of the certificates has this key. */
static gboolean
has_key (STACK_OF (X509) * certificates, X509 *wanted)
{
  for (int i = 0; i < sk_X509_num (certificates); i++)
    if (has_same_key (sk_X509_value (certificates, i), wanted))
      return TRUE;
  return FALSE;
}

gboolean
assay_authority_shares (const AssayAuthority *one, const AssayAuthority *other)
{
  STACK_OF (X509) *mine = X509_STORE_get1_all_certs (one->store);
  STACK_OF (X509) *theirs = X509_STORE_get1_all_certs (other->store);
  gboolean shares = FALSE;
  for (int i = 0; i < sk_X509_num (mine) && !shares; i++)
    shares = has_key (theirs, sk_X509_value (mine, i));
  sk_X509_pop_free (mine, X509_free);
  sk_X509_pop_free (theirs, X509_free);
  ERR_clear_error ();
  return shares;
}

GPtrArray *
assay_chain_load (const char *path, GError **error)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  STACK_OF (X509_INFO) *parts = read_parts (path, "certificate", NULL, error);
  if (parts == NULL)
    return NULL;
  for (int i = 0; i < sk_X509_INFO_num (parts); i++)
    {
      guint8 *der = NULL;
      X509 *certificate = sk_X509_INFO_value (parts, i)->x509;
      int length = certificate == NULL ? 0 : i2d_X509 (certificate, &der);
      if (length > 0)
        g_ptr_array_add (chain, g_bytes_new (der, (gsize)length));
      OPENSSL_free (der);
    }
  sk_X509_INFO_pop_free (parts, X509_INFO_free);
  if (chain->len > 0)
    return g_steal_pointer (&chain);
  g_autofree char *shown = assay_text_escape_line (path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "%s: expected at least one certificate in PEM form", shown);
  return NULL;
}

/* The certificates in the order of the chain; NULL where one of them is none, or has something behind it. */
static STACK_OF (X509) * parse_chain (const GPtrArray *chain)
{
  STACK_OF (X509) *parsed = sk_X509_new_null ();
  for (guint i = 0; parsed != NULL && i < chain->len; i++)
    {
      gsize length = 0;
      const guint8 *bytes = g_bytes_get_data (g_ptr_array_index (chain, i), &length);
      const guint8 *position = bytes;
      X509 *certificate = length > G_MAXINT ? NULL : d2i_X509 (NULL, &position, (long)length);
      if (certificate == NULL || position != bytes + length || sk_X509_push (parsed, certificate) <= 0)
        {
          X509_free (certificate);
          sk_X509_pop_free (parsed, X509_free);
          ERR_clear_error ();
          return NULL;
        }
    }
  return parsed;
}

EVP_PKEY *
assay_chain_get_key (const GPtrArray *chain)
{
  STACK_OF (X509) *parsed = parse_chain (chain);
  EVP_PKEY *key = parsed == NULL ? NULL : X509_get_pubkey (sk_X509_value (parsed, 0));
  sk_X509_pop_free (parsed, X509_free);
  ERR_clear_error ();
  return key;
}

gboolean
assay_chain_get_key_identity (const GPtrArray *chain, AssayDigest *out_identity)
{
  EVP_PKEY *key = assay_chain_get_key (chain);
  gboolean known = key != NULL && assay_key_get_identity (key, out_identity);
  EVP_PKEY_free (key);
  return known;
}

/* What the signer's own certificate is for. */
static const char *
check_purpose (X509 *certificate)
{
  guint32 flags = X509_get_extension_flags (certificate);
  if ((flags & EXFLAG_INVALID) != 0)
    return "has extensions that cannot be read";
  if ((flags & EXFLAG_CA) != 0)
    return "is that of a CA";
  if ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage (certificate) & XKU_CODE_SIGN) == 0)
    return "is not for the signing of code (extendedKeyUsage codeSigning)";
  /* without the extension all bits are set */
  return (X509_get_key_usage (certificate) & KU_DIGITAL_SIGNATURE) == 0
             ? "is not for signatures (keyUsage digitalSignature)"
             : NULL;
}

gboolean
assay_chain_params_set (X509_VERIFY_PARAM *params, gint64 time_s, gulong flags)
{
  X509_VERIFY_PARAM_set_time (params, (time_t)time_s);
  X509_VERIFY_PARAM_set_depth (params, ASSAY_CHAIN_MOST);
  /* at least 112 bits: no RSA key below 2048 bits, no SHA-1 */
  X509_VERIFY_PARAM_set_auth_level (params, 2);
  /* any policy, where a CA demands one (RFC 5280, 4.2.1.11, 6.1.1) */
  ASN1_OBJECT *any = OBJ_dup (OBJ_nid2obj (NID_any_policy));
  if (any == NULL || X509_VERIFY_PARAM_add0_policy (params, any) != 1)
    {
      ASN1_OBJECT_free (any);
      return FALSE;
    }
  return X509_VERIFY_PARAM_set_flags (params, X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | flags) == 1;
}

/** What is asked of a chain. */
typedef struct
{
  X509 *own;
  STACK_OF (X509) * others;
  const gint64 *stamped_s; /* of a TSA: the moment that it states; else NULL */
} Question;

/* That a certificate was valid at its own time was asked before. */
static int
let_expired_pass (int holds, X509_STORE_CTX *context)
{
  return holds == 1 || X509_STORE_CTX_get_error (context) == X509_V_ERR_CERT_HAS_EXPIRED;
}

/* As let_expired_pass(), for a TSA's own certificate. */
static int
let_retired_pass (int holds, X509_STORE_CTX *context)
{
  const Question *question = X509_STORE_CTX_get_app_data (context);
  X509_CRL *list = X509_STORE_CTX_get0_current_crl (context);
  if (let_expired_pass (holds, context))
    return 1;
  return X509_STORE_CTX_get_error (context) == X509_V_ERR_CERT_REVOKED && X509_STORE_CTX_get_error_depth (context) == 0
         && list != NULL && !assay_crl_revokes (list, X509_STORE_CTX_get_current_cert (context), question->stamped_s);
}

static gboolean
is_foreign (const AssayAuthority *authority, X509 *certificate)
{
  g_autoptr (GBytes) identity = identity_of (certificate);
  return identity == NULL || g_hash_table_contains (authority->foreign, identity);
}

static const char *
find_weakness (const AssayAuthority *authority, X509 *certificate)
{
  guint8 *der = NULL;
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  int length = key == NULL ? 0 : i2d_PUBKEY (key, &der);
  g_autoptr (GBytes) spki = g_bytes_new (der, (gsize)MAX (length, 0));
  OPENSSL_free (der);
  if (length <= 0)
    return "a key that cannot be read";
  if (g_hash_table_contains (authority->sound, spki))
    return NULL;
  const char *weakness = assay_key_find_weakness (key);
  if (weakness == NULL)
    g_hash_table_add (authority->sound, g_steal_pointer (&spki));
  return weakness;
}

/* What OpenSSL does not ask. Whoever has a key under which anybody can sign lets everybody issue certificates; and a CA
 * that says what it is for issues none for something else. */
static char *
find_unfit (const AssayAuthority *authority, STACK_OF (X509) * chain, gboolean stamps)
{
  const guint32 needed = stamps ? XKU_TIMESTAMP : XKU_CODE_SIGN;
  for (int i = 0; i < sk_X509_num (chain); i++)
    {
      X509 *certificate = sk_X509_value (chain, i);
      guint32 usage = X509_get_extended_key_usage (certificate);
      const char *problem = find_weakness (authority, certificate);
      /* of the signer's own certificate more is asked, and a root is believed because it was named; without the
       * extension all bits are set */
      if (problem == NULL && i > 0 && i + 1 < sk_X509_num (chain) && (usage & (needed | XKU_ANYEKU)) == 0)
        problem = stamps ? "a CA that is not for time stamps (extendedKeyUsage timeStamping)"
                         : "a CA that is not for the signing of code (extendedKeyUsage codeSigning)";
      if (problem == NULL && i > 0 && !stamps && is_foreign (authority, certificate))
        problem = "a CA by which another party signs";
      if (problem != NULL)
        return g_strdup_printf ("does not hold: %s, at number %d of its chain", problem, i);
    }
  for (int i = 1; !stamps && i + 1 < sk_X509_num (chain); i++)
    add_identity (authority->through, sk_X509_value (chain, i));
  return NULL;
}

static char *
verify (const AssayAuthority *authority, Question *question, gint64 time_s, gulong flags,
        X509_STORE_CTX_verify_cb callback)
{
  char *problem = NULL;
  X509_STORE_CTX *context = X509_STORE_CTX_new ();
  if (context == NULL || X509_STORE_CTX_init (context, authority->store, question->own, question->others) != 1
      || X509_STORE_CTX_set_app_data (context, question) != 1
      || !assay_chain_params_set (X509_STORE_CTX_get0_param (context), time_s, flags))
    problem = g_strdup ("cannot be verified");
  else
    {
      if (callback != NULL)
        X509_STORE_CTX_set_verify_cb (context, callback);
      if (X509_verify_cert (context) != 1)
        problem = g_strdup_printf ("does not hold: %s, at number %d of its chain",
                                   X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)),
                                   X509_STORE_CTX_get_error_depth (context));
      else
        problem = find_unfit (authority, X509_STORE_CTX_get0_chain (context), question->stamped_s != NULL);
      if (problem == NULL)
        problem = assay_crls_find (authority->crls, X509_STORE_CTX_get0_chain (context), question->stamped_s);
    }
  X509_STORE_CTX_free (context);
  ERR_clear_error ();
  return problem;
}

static gulong
flags_of_lists (const AssayAuthority *authority)
{
  return sk_X509_CRL_num (authority->crls) > 0 ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0ul;
}

char *
assay_authority_check (const AssayAuthority *authority, X509 *own, STACK_OF (X509) * others, gint64 time_s,
                       gint64 listed_s)
{
  Question question = { own, others, NULL };
  gulong lists = flags_of_lists (authority);
  gboolean at_once = lists == 0 || time_s == listed_s;
  char *problem = verify (authority, &question, time_s, at_once ? lists : 0ul, NULL);
  return problem != NULL || at_once ? problem : verify (authority, &question, listed_s, lists, let_expired_pass);
}

char *
assay_authority_check_stamper (const AssayAuthority *authority, X509 *own, STACK_OF (X509) * others,
                               const AssayStamp *stamp, gint64 listed_s)
{
  Question question = { own, others, &stamp->latest_s };
  gulong lists = flags_of_lists (authority);
  char *problem = verify (authority, &question, stamp->time_s, 0ul, NULL);
  return problem != NULL || lists == 0 ? problem : verify (authority, &question, listed_s, lists, let_retired_pass);
}

AssayPublicKey *
assay_authority_certify (const AssayAuthority *authority, const GPtrArray *chain, gint64 time_s, gint64 listed_s,
                         char **out_problem)
{
  g_autoptr (GError) local = NULL;
  AssayPublicKey *key = NULL;
  *out_problem = NULL;
  STACK_OF (X509) *parsed = chain->len == 0 || chain->len > ASSAY_CHAIN_MOST ? NULL : parse_chain (chain);
  if (parsed == NULL)
    {
      *out_problem = g_strdup ("cannot be read");
      return NULL;
    }
  X509 *own = sk_X509_value (parsed, 0);
  *out_problem = assay_authority_check (authority, own, parsed, time_s, listed_s);
  if (*out_problem == NULL)
    *out_problem = g_strdup (check_purpose (own));
  EVP_PKEY *pkey = *out_problem == NULL ? X509_get0_pubkey (own) : NULL;
  const char *scheme = pkey == NULL ? NULL : assay_key_kind_scheme (pkey, "its key", &local);
  if (scheme != NULL && EVP_PKEY_up_ref (pkey) == 1)
    key = assay_public_key_new (pkey, "its key", scheme, ASSAY_SIGNATURE_RAW, &local);
  sk_X509_pop_free (parsed, X509_free);
  if (key == NULL && *out_problem == NULL)
    *out_problem = g_strdup_printf ("is of no use: %s", local == NULL ? "its key cannot be read" : local->message);
  return key;
}
