#include "crypto/passphrase.h"

#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static gboolean
refuse (GError **error, const char *what, const char *why)
{
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_USAGE, "the %s: %s", what, why);
  return FALSE;
}

/* OpenSSL would ask on standard input where there is no terminal, which may be an image. */
static gboolean
read_terminal (const char *what, char *out, GError **error)
{
  assay_autofd terminal = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0)
    return refuse (error, what, "there is no terminal to ask at; give --passphrase-fd or --passphrase-env");
  g_autofree char *prompt = g_strdup_printf ("%c%s: ", g_ascii_toupper (*what), what + 1);
  return EVP_read_pw_string (out, ASSAY_PASSPHRASE_SIZE, prompt, 0) == 0
         || refuse (error, what, "nothing was typed at the terminal");
}

/* Standard input stays open, or the next file that is opened would be it. */
static void
close_read (const int *fd)
{
  assay_autofd null = *fd == STDIN_FILENO ? open ("/dev/null", O_RDONLY | O_CLOEXEC) : -1;
  if (null < 0 || dup2 (null, *fd) < 0)
    close (*fd);
}

static gboolean
read_fd (int fd, const char *what, char *out, GError **error)
{
  gsize length = 0;
  __attribute__ ((cleanup (close_read))) const int own = fd;
  if (fcntl (fd, F_GETFD) < 0)
    return refuse (error, what, "--passphrase-fd names no open file descriptor");
  while (length < ASSAY_PASSPHRASE_SIZE)
    {
      ssize_t got = TEMP_FAILURE_RETRY (read (own, out + length, 1));
      if (got < 0)
        return refuse (error, what, g_strerror (errno));
      if (got == 0 || out[length] == '\n')
        break;
      if (out[length] == '\0')
        return refuse (error, what, "it holds a NUL");
      length++;
    }
  if (length == ASSAY_PASSPHRASE_SIZE)
    return refuse (error, what, "it is longer than 1023 bytes");
  out[length] = '\0';
  return TRUE;
}

static gboolean
read_file (const char *path, const char *what, char *out, GError **error)
{
  struct stat status;
  g_autofree char *shown = assay_text_escape_line (path, -1);
  /* O_NONBLOCK: a FIFO must not hold us; it is refused right after */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gboolean right = fd >= 0 && fstat (fd, &status) == 0;
  g_autofree char *why = right ? NULL : g_strdup_printf ("%s: %s", shown, g_strerror (errno));
  if (right && !S_ISREG (status.st_mode))
    why = g_strdup_printf ("%s: expected a regular file", shown);
  else if (right && (status.st_mode & ASSAY_PASSPHRASE_FOR_OTHERS) != 0)
    why = g_strdup_printf ("%s: a file that others may use (mode %04o); expected mode 0600", shown,
                           status.st_mode & 07777u);
  if (why == NULL)
    return read_fd (fd, what, out, error);
  if (fd >= 0)
    close (fd);
  return refuse (error, what, why);
}

static gboolean
read_variable (const char *variable, const char *what, char *out, GError **error)
{
  char *value = getenv (variable);
  if (value == NULL)
    return refuse (error, what, "there is no such environment variable as --passphrase-env names");
  gsize length = strlen (value);
  gboolean fits = length < ASSAY_PASSPHRASE_SIZE;
  if (fits)
    memcpy (out, value, length + 1);
  /* where the process found it, and where /proc shows it */
  OPENSSL_cleanse (value, length);
  unsetenv (variable);
  return fits || refuse (error, what, "it is longer than 1023 bytes");
}

static gboolean
read_from (const AssayPassphrase *passphrase, const char *what, char *out, GError **error)
{
  switch (passphrase->from)
    {
    case ASSAY_PASSPHRASE_TERMINAL:
      return read_terminal (what, out, error);
    case ASSAY_PASSPHRASE_FD:
      return read_fd (passphrase->fd, what, out, error);
    case ASSAY_PASSPHRASE_ENVIRONMENT:
      return read_variable (passphrase->variable, what, out, error);
    case ASSAY_PASSPHRASE_FILE:
      return read_file (passphrase->file, what, out, error);
    }
  return refuse (error, what, "nobody says where it is");
}

gboolean
assay_passphrase_read (const AssayPassphrase *passphrase, const char *what, char out[ASSAY_PASSPHRASE_SIZE],
                       GError **error)
{
  memset (out, 0, ASSAY_PASSPHRASE_SIZE);
  if (read_from (passphrase, what, out, error) && (*out != '\0' || refuse (error, what, "it is empty")))
    return TRUE;
  OPENSSL_cleanse (out, ASSAY_PASSPHRASE_SIZE);
  return FALSE;
}
