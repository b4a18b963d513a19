#ifndef ASSAY_CLI_ATTEST_H
#define ASSAY_CLI_ATTEST_H

#include "flow/attesting.h"

/**
 * AssayAttestLine: what the command line says of how something is attested.
 *
 * @key: @output: the private key, and where the envelope goes
 */
typedef struct
{
  char *key;
  char *output;
  char *predicate;
  char *envelope;
  char *certificate;
  char *resource_uri;
  char *passphrase_fd;
  char *passphrase_env;
  AssaySigner *signer;
  GPtrArray *chain;
  AssayAttesting attesting;
} AssayAttestLine;

void assay_attest_line_clear (AssayAttestLine *line);

/** ASSAY_OPTION: an entry of GLib for an option with a value of @kind, STRING or FILENAME. */
#define ASSAY_OPTION(name, kind, place, help, value)                                                                   \
  {                                                                                                                    \
    name, 0, 0, G_OPTION_ARG_##kind, place, help, value                                                                \
  }

/** ASSAY_ATTEST_ENTRIES: GLib's entries for all options but key and output, whose names differ. */
#define ASSAY_ATTEST_ENTRIES(line)                                                                                     \
  ASSAY_OPTION ("predicate", STRING, &(line)->predicate, "What is signed: comparison (left out), vsa or provenance",   \
                "NAME"),                                                                                               \
      ASSAY_OPTION ("envelope", STRING, &(line)->envelope, "How it is written: dsse (left out), jsonl or sigstore",    \
                    "FORM"),                                                                                           \
      ASSAY_OPTION (                                                                                                   \
          "certificate", FILENAME, &(line)->certificate,                                                               \
          "The key's certificate, which a Sigstore bundle then has with it; or for a token that has no public key",    \
          "FILE"),                                                                                                     \
      ASSAY_OPTION ("resource-uri", STRING, &(line)->resource_uri,                                                     \
                    "What a summary (vsa) calls the image; left out: its digest as a URI", "URI"),                     \
      ASSAY_OPTION ("passphrase-fd", STRING, &(line)->passphrase_fd,                                                   \
                    "Read the key's passphrase, or the token's PIN, from this file descriptor", "N"),                  \
      ASSAY_OPTION ("passphrase-env", STRING, &(line)->passphrase_env,                                                 \
                    "Read it from this environment variable; else it is asked for at the terminal", "NAME")

/**
 * assay_attest_line_open:
 *
 * Checks the options and loads the key, before anything is judged. Errors: ASSAY_ERROR_USAGE.
 */
gboolean assay_attest_line_open (AssayAttestLine *line, GError **error);

/** assay_attest_line_is_used: whether any of the options was given. */
gboolean assay_attest_line_is_used (const AssayAttestLine *line);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AssayAttestLine, assay_attest_line_clear)

#endif
