#include "cli/attest.h"

#include "cli/cli.h"
#include "crypto/authority.h"
#include "crypto/token.h"
#include "util/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void
assay_attest_line_clear (AssayAttestLine *line)
{
  g_clear_pointer (&line->key, g_free);
  g_clear_pointer (&line->output, g_free);
  g_clear_pointer (&line->predicate, g_free);
  g_clear_pointer (&line->envelope, g_free);
  g_clear_pointer (&line->certificate, g_free);
  g_clear_pointer (&line->chain, g_ptr_array_unref);
  g_clear_pointer (&line->resource_uri, g_free);
  g_clear_pointer (&line->passphrase_fd, g_free);
  g_clear_pointer (&line->passphrase_env, g_free);
  g_clear_pointer (&line->signer, assay_signer_free);
}

gboolean
assay_attest_line_is_used (const AssayAttestLine *line)
{
  return line->key != NULL || line->output != NULL || line->predicate != NULL || line->envelope != NULL
         || line->certificate != NULL || line->resource_uri != NULL || line->passphrase_fd != NULL
         || line->passphrase_env != NULL;
}

static gboolean
read_passphrase (const AssayAttestLine *line, AssayPassphrase *out, GError **error)
{
  guint64 fd = 0;
  *out = (AssayPassphrase){ .from = ASSAY_PASSPHRASE_TERMINAL, .fd = -1 };
  if (line->passphrase_fd != NULL && line->passphrase_env != NULL)
    return assay_usage_error (error, "--passphrase-fd and --passphrase-env: one passphrase, and two places to read it");
  if (line->passphrase_fd != NULL)
    {
      if (!g_ascii_string_to_unsigned (line->passphrase_fd, 10, 0, G_MAXINT, &fd, NULL) || fd == 1 || fd == 2)
        return assay_usage_error (error, "--passphrase-fd %s: expected the number of a file descriptor to read from",
                                  line->passphrase_fd);
      *out = (AssayPassphrase){ .from = ASSAY_PASSPHRASE_FD, .fd = (int)fd };
    }
  if (line->passphrase_env != NULL)
    *out = (AssayPassphrase){ .from = ASSAY_PASSPHRASE_ENVIRONMENT, .fd = -1, .variable = line->passphrase_env };
  return TRUE;
}

/* A scheme, a colon and what no URI may lack (RFC 3986): nothing that a reader would resolve is looked at. */
static gboolean
is_uri (const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if (*c <= ' ' || *c >= 0x7f || strchr ("\"<>\\^`{|}", *c) != NULL)
      return FALSE;
  return g_uri_peek_scheme (text) != NULL;
}

/* Without a bundle it is only of use to a token that has no public half of its key. */
static gboolean
read_certificate (AssayAttestLine *line, GError **error)
{
  if (line->certificate == NULL)
    return TRUE;
  if (line->attesting.form != ASSAY_ENVELOPE_SIGSTORE && !assay_token_is_uri (line->key))
    return assay_usage_error (error, "--certificate: only a bundle has one; it goes with --envelope sigstore");
  line->chain = assay_chain_load (line->certificate, error);
  return line->chain != NULL;
}

/* A certificate of another key would lead every reader astray. */
static gboolean
check_certificate (AssayAttestLine *line, GError **error)
{
  AssayDigest key, certified;
  if (line->chain == NULL)
    return TRUE;
  if (!assay_signer_get_identity (line->signer, &key) || !assay_chain_get_key_identity (line->chain, &certified)
      || !assay_digest_equal (&key, &certified))
    return assay_usage_error (error, "--certificate %s: the first certificate is of another key", line->certificate);
  if (line->attesting.form == ASSAY_ENVELOPE_SIGSTORE)
    line->attesting.certificate = g_ptr_array_index (line->chain, 0);
  return TRUE;
}

gboolean
assay_attest_line_open (AssayAttestLine *line, GError **error)
{
  AssayPassphrase passphrase;
  g_autofree const char **predicates = assay_predicate_list_names ();
  if (!assay_words_check ("--predicate", line->predicate, predicates, error)
      || !assay_words_check ("--envelope", line->envelope, assay_envelope_form_names (), error))
    return FALSE;
  line->attesting.predicate = assay_predicate_find (line->predicate == NULL ? "comparison" : line->predicate);
  line->attesting.resource_uri = line->resource_uri;
  if (line->envelope != NULL)
    assay_envelope_form_find (line->envelope, &line->attesting.form);
  if (line->resource_uri != NULL && strcmp (line->attesting.predicate->name, "vsa") != 0)
    return assay_usage_error (error, "--resource-uri: only a summary has one; it goes with --predicate vsa");
  if (line->resource_uri != NULL && !is_uri (line->resource_uri))
    return assay_usage_error (error, "--resource-uri %s: expected a URI", line->resource_uri);
  if (!read_passphrase (line, &passphrase, error) || !assay_output_check_apart (line->output, line->key, error)
      || !read_certificate (line, error))
    return FALSE;
  line->signer = assay_signer_load (line->key, &passphrase, line->chain, error);
  line->attesting.signer = line->signer;
  return line->signer != NULL && check_certificate (line, error);
}
