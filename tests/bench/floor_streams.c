#include "floor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/* Compressed streams, and files that are copied first. */

static unsigned char in[FLOOR_WINDOW];
static unsigned char out[FLOOR_WINDOW];

static unsigned char other[FLOOR_WINDOW];

/* Takes what was decoded. */
typedef void (*Taker) (void *data, const unsigned char *bytes, size_t length);

static void
take_digest (void *data, const unsigned char *bytes, size_t length)
{
  EVP_DigestUpdate (data, bytes, length);
}

static void
decode_plain (FILE *file, Taker take, void *data)
{
  for (size_t got = 0; (got = fread (in, 1, FLOOR_WINDOW, file)) > 0;)
    take (data, in, got);
}

static void
decode_zstd (FILE *file, Taker take, void *data)
{
  ZSTD_DCtx *decoder = ZSTD_createDCtx ();
  size_t left = 0;
  for (size_t got = 0; (got = fread (in, 1, FLOOR_WINDOW, file)) > 0;)
    for (ZSTD_inBuffer source = { in, got, 0 }; source.pos < source.size;)
      {
        ZSTD_outBuffer made = { out, FLOOR_WINDOW, 0 };
        left = ZSTD_decompressStream (decoder, &made, &source);
        if (ZSTD_isError (left))
          floor_fail (ZSTD_getErrorName (left));
        take (data, out, made.pos);
      }
  if (left != 0)
    floor_fail ("the stream ends early");
  ZSTD_freeDCtx (decoder);
}

static void
decode_gzip (FILE *file, Taker take, void *data)
{
  z_stream decoder = { 0 };
  int state = inflateInit2 (&decoder, 16 + MAX_WBITS);
  for (size_t got = 0; state == Z_OK && (got = fread (in, 1, FLOOR_WINDOW, file)) > 0;)
    {
      decoder.next_in = in;
      decoder.avail_in = (unsigned)got;
      while (state == Z_OK && decoder.avail_in > 0)
        {
          decoder.next_out = out;
          decoder.avail_out = FLOOR_WINDOW;
          state = inflate (&decoder, Z_NO_FLUSH);
          take (data, out, FLOOR_WINDOW - decoder.avail_out);
        }
    }
  inflateEnd (&decoder);
  if (state != Z_STREAM_END)
    floor_fail ("not one whole stream");
}

static int
private_file (void)
{
  const char *directory = getenv ("TMPDIR");
  int fd = open (directory == NULL ? "/tmp" : directory, O_TMPFILE | O_RDWR, 0600);
  if (fd < 0)
    floor_fail ("a private file");
  return fd;
}

/* A copy that nobody else has; @digest: NULL: digested twice. */
static int
copy_private (const char *path, EVP_MD_CTX *digest)
{
  static FloorTwice twice;
  int fd = floor_open (path);
  int copy = private_file ();
  floor_twice_begin (&twice);
  for (size_t got = 0; (got = floor_read (fd, in, path)) > 0;)
    {
      if (digest != NULL)
        EVP_DigestUpdate (digest, in, got);
      else
        floor_twice_update (&twice, in, got);
      if (write (copy, in, got) != (ssize_t)got)
        floor_fail ("a private file");
    }
  floor_twice_finish (&twice);
  close (fd);
  if (lseek (copy, 0, SEEK_SET) != 0)
    floor_fail ("a private file");
  return copy;
}

int
floor_private (const char *first, const char *second)
{
  EVP_MD_CTX *digest = floor_begin (NULL);
  unsigned char sha256[EVP_MAX_MD_SIZE];
  int differs = 0;
  int a = copy_private (first, NULL);
  int b = copy_private (second, digest);
  EVP_DigestFinal_ex (digest, sha256, NULL);
  EVP_MD_CTX_free (digest);
  for (size_t got = 0; (got = floor_read (a, in, first)) > 0;)
    differs |= floor_read (b, other, second) != got || memcmp (in, other, got) != 0;
  close (a);
  close (b);
  return differs;
}

static const struct
{
  const char *name;
  void (*decode) (FILE *, Taker, void *);
} kinds[] = { { "plain", decode_plain }, { "zstd", decode_zstd }, { "gzip", decode_gzip } };

static size_t
find_kind (const char *name)
{
  size_t i = 0;
  while (i < 3 && strcmp (name, kinds[i].name) != 0)
    i++;
  if (i == 3)
    floor_fail ("expected plain, zstd, gzip, one, pair, told, report, apart or private");
  return i;
}

static FILE *
open_stream (const char *path)
{
  FILE *file = fopen (path, "rb");
  if (file == NULL)
    floor_fail (path);
  return file;
}

void
floor_decode (const char *kind, char **paths)
{
  size_t i = find_kind (kind);
  EVP_MD_CTX *digest = NULL;
  for (; *paths != NULL; paths++)
    {
      unsigned char sha256[EVP_MAX_MD_SIZE];
      FILE *file = open_stream (*paths);
      digest = floor_begin (digest);
      kinds[i].decode (file, take_digest, digest);
      if (ferror (file) || EVP_DigestFinal_ex (digest, sha256, NULL) != 1)
        floor_fail (*paths);
      fclose (file);
    }
  EVP_MD_CTX_free (digest);
}

static void
hand_over (void *data, const unsigned char *bytes, size_t length)
{
  if (length > 0 && send (*(const int *)data, bytes, length, 0) != (ssize_t)length)
    floor_fail ("a socket");
}

/** A stream that a process of its own decodes. */
typedef struct
{
  pid_t child;
  int socket;
  unsigned char window[FLOOR_WINDOW];
  size_t at;
  size_t length; /* 0 behind the end */
} Apart;

static void
begin_apart (Apart *apart, size_t kind, int compressed)
{
  int ends[2];
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    floor_fail ("a socket");
  apart->child = fork ();
  if (apart->child == 0)
    {
      close (ends[0]);
      kinds[kind].decode (fdopen (compressed, "rb"), hand_over, &ends[1]);
      _exit (0);
    }
  close (ends[1]);
  close (compressed);
  apart->socket = ends[0];
}

/* Has at least a byte that nobody has taken yet, unless it is at its end. Returns whether they are new. */
static int
fill (Apart *apart)
{
  if (apart->at < apart->length)
    return 0;
  ssize_t got = recv (apart->socket, apart->window, FLOOR_WINDOW, 0);
  if (got < 0)
    floor_fail ("what was decoded");
  apart->at = 0;
  apart->length = (size_t)got;
  return got > 0;
}

static void
end_apart (Apart *apart)
{
  int status = 1;
  close (apart->socket);
  if (apart->child < 0 || waitpid (apart->child, &status, 0) != apart->child || status != 0)
    floor_fail ("a decoder");
}

int
floor_apart (const char *kind, const char *first, const char *second)
{
  static FloorTwice twice;
  static Apart a, b;
  EVP_MD_CTX *digest = floor_begin (NULL);
  int differs = 0;
  size_t found = find_kind (kind);
  begin_apart (&a, found, copy_private (first, digest));
  begin_apart (&b, found, copy_private (second, digest));
  EVP_MD_CTX_free (digest);
  floor_twice_begin (&twice);
  for (;;)
    {
      if (fill (&a))
        floor_twice_update (&twice, a.window, a.length);
      fill (&b);
      size_t length = a.length - a.at < b.length - b.at ? a.length - a.at : b.length - b.at;
      if (length == 0)
        break;
      differs |= memcmp (a.window + a.at, b.window + b.at, length) != 0;
      a.at += length;
      b.at += length;
    }
  differs |= a.length != b.length;
  floor_twice_finish (&twice);
  end_apart (&a);
  end_apart (&b);
  return differs;
}
