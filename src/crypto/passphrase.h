#ifndef ASSAY_CRYPTO_PASSPHRASE_H
#define ASSAY_CRYPTO_PASSPHRASE_H

#include <glib.h>
#include <sys/stat.h>

/** AssayPassphraseFrom: where the passphrase of an encrypted key, or the PIN of a token, comes from. */
typedef enum
{
  ASSAY_PASSPHRASE_TERMINAL = 0,
  ASSAY_PASSPHRASE_FD,
  ASSAY_PASSPHRASE_ENVIRONMENT,
  ASSAY_PASSPHRASE_FILE,
} AssayPassphraseFrom;

/**
 * AssayPassphrase: never one that stands on a command line, which everybody on a machine can read.
 *
 * @fd: of ASSAY_PASSPHRASE_FD: its first line, or all of it; closed once it was read
 * @variable: of ASSAY_PASSPHRASE_ENVIRONMENT; wiped out of the environment once it was read. Borrowed
 * @file: of ASSAY_PASSPHRASE_FILE: as @fd; nobody but its owner, and his group to read it, may use it. Borrowed
 */
typedef struct
{
  AssayPassphraseFrom from;
  int fd;
  const char *variable;
  const char *file;
} AssayPassphrase;

/** Who may do more with a secret of a file than its owner, and his group read it, lets nobody know whose it is. */
#define ASSAY_PASSPHRASE_FOR_OTHERS (S_IRWXO | S_IWGRP)

/** Bytes of the longest passphrase, and the zero behind it; what OpenSSL asks for at most (PEM_BUFSIZE). */
#define ASSAY_PASSPHRASE_SIZE 1024

/**
 * assay_passphrase_read:
 * @what: as the terminal and messages call it, as "passphrase of the key lab.pem"; escaped
 * @out: the passphrase and a zero; the caller wipes it, with OPENSSL_cleanse(). All zeros on failure
 *
 * Asks at the terminal of the process without showing what is typed, or reads it where it is. Once: there is nothing
 * left to be read afterwards, so that no process that is started later finds it.
 *
 * Errors: ASSAY_ERROR_USAGE there is none, it is empty, too long or holds a NUL, or there is no terminal.
 */
gboolean assay_passphrase_read (const AssayPassphrase *passphrase, const char *what, char out[ASSAY_PASSPHRASE_SIZE],
                                GError **error);

#endif
