#include "crypto/secret.h"

#include "util/lock.h"
#include "util/own.h"
#include "util/system.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 32

struct _AssaySecret
{
  char *path;
  AssayDirectory *directory;
  int fd;
};

/* Held while a key is in memory, and while a process is forked. */
static AssayLock in_memory = PTHREAD_MUTEX_INITIALIZER;

static void
hold (void)
{
  assay_lock_take (&in_memory);
}

static void
let_go (void)
{
  assay_lock_give (&in_memory);
}

static void
keep_out_of_forks (void)
{
  static gsize once;
  if (!g_once_init_enter (&once))
    return;
  if (pthread_atfork (hold, let_go, let_go) != 0)
    g_error ("no memory for a handler of fork()");
  g_once_init_leave (&once, 1);
}

/* Never over another one. */
static gboolean
put_in_place (int directory, const char *from, const char *to)
{
  if (renameat2 (directory, from, directory, to, RENAME_NOREPLACE) == 0 || errno == EEXIST)
    return TRUE;
  /* EINVAL: a file system that cannot say "unless it is there" */
  return errno == EINVAL && (linkat (directory, from, directory, to, 0) == 0 || errno == EEXIST);
}

/* In a file of its own first, so that nobody sees half a key; where another process was faster its key stays. */
static gboolean
make_key (const AssaySecret *secret, const char *name, GError **error)
{
  int directory = assay_directory_get_fd (secret->directory);
  /* forked processes may go on with the same random numbers */
  g_autofree char *beside = g_strdup_printf (".%s-%d-%08x", name, (int)getpid (), g_random_int ());
  guint8 key[KEY_BYTES];
  assay_autofd fd = openat (directory, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return assay_system_error (error, errno, "make", secret->path);
  hold ();
  gboolean written = RAND_priv_bytes (key, sizeof key) == 1 && assay_system_write_all (fd, key, sizeof key);
  OPENSSL_cleanse (key, sizeof key);
  let_go ();
  written = written && fsync (fd) == 0 && put_in_place (directory, beside, name) && fsync (directory) == 0;
  int number = errno;
  unlinkat (directory, beside, 0);
  return written || assay_system_error (error, number, "write", secret->path);
}

static gboolean
open_key (AssaySecret *secret, GError **error)
{
  g_autofree char *name = g_path_get_basename (secret->path);
  g_autofree char *parent = g_path_get_dirname (secret->path);
  struct stat status;
  if (!assay_own_make_way (secret->path, error))
    return FALSE;
  secret->directory = assay_directory_open (parent, error);
  if (secret->directory == NULL)
    return FALSE;
  if (fstatat (assay_directory_get_fd (secret->directory), name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT
      && !make_key (secret, name, error))
    return FALSE;
  secret->fd = assay_directory_open_file (secret->directory, name, error);
  if (secret->fd < 0 || !assay_own_check_file (secret->fd, secret->path, error))
    return FALSE;
  if (fstat (secret->fd, &status) == 0 && status.st_size == KEY_BYTES)
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (secret->path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_UNSUPPORTED, "%s is no key: expected %d bytes", shown, KEY_BYTES);
  return FALSE;
}

AssaySecret *
assay_secret_open (const char *path, GError **error)
{
  g_autoptr (AssaySecret) secret = g_new0 (AssaySecret, 1);
  secret->path = g_canonicalize_filename (path, NULL);
  secret->fd = -1;
  keep_out_of_forks ();
  return open_key (secret, error) ? g_steal_pointer (&secret) : NULL;
}

void
assay_secret_free (AssaySecret *secret)
{
  if (secret == NULL)
    return;
  assay_fd_close (&secret->fd);
  g_clear_pointer (&secret->directory, assay_directory_unref);
  g_free (secret->path);
  g_free (secret);
}

const char *
assay_secret_get_path (const AssaySecret *secret)
{
  return secret->path;
}

int
assay_secret_get_fd (const AssaySecret *secret)
{
  return secret->fd;
}

static gboolean
authenticate (const AssaySecret *secret, const GByteArray *message, AssayDigest *out_code)
{
  guint8 key[KEY_BYTES];
  gsize length = 0;
  hold ();
  gboolean done = assay_system_read_at (secret->fd, key, sizeof key, 0) == KEY_BYTES
                  && EVP_Q_mac (NULL, "HMAC", NULL, "SHA256", NULL, key, sizeof key, message->data, message->len,
                                out_code->bytes, sizeof out_code->bytes, &length)
                         != NULL
                  && length == ASSAY_DIGEST_SIZE;
  OPENSSL_cleanse (key, sizeof key);
  let_go ();
  return done;
}

gboolean
assay_secret_authenticate (AssaySecret *secret, const char *purpose, const char *name, const AssayDigest *content,
                           AssayDigest *out_code, GError **error)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  g_byte_array_append (message, (const guint8 *)purpose, (guint)strlen (purpose) + 1);
  g_byte_array_append (message, (const guint8 *)name, (guint)strlen (name) + 1);
  g_byte_array_append (message, content->bytes, ASSAY_DIGEST_SIZE);
  if (authenticate (secret, message, out_code))
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (secret->path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_IO, "cannot use the key %s", shown);
  return FALSE;
}

gboolean
assay_secret_verify (AssaySecret *secret, const char *purpose, const char *name, const AssayDigest *content,
                     const AssayDigest *code, GError **error)
{
  AssayDigest right;
  if (!assay_secret_authenticate (secret, purpose, name, content, &right, error))
    return FALSE;
  if (CRYPTO_memcmp (right.bytes, code->bytes, ASSAY_DIGEST_SIZE) == 0)
    return TRUE;
  g_autofree char *shown = assay_text_escape_line (secret->path, -1);
  g_set_error (error, ASSAY_ERROR, ASSAY_ERROR_PIN, "it was not made with the key %s, or is another now", shown);
  return FALSE;
}
