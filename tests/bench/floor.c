/*
 * What cannot be spared: each file is decoded by its library alone, in one stream, and what it decodes to is digested
 * by SHA-256 of OpenSSL's EVP. Prints nothing; the time that it takes is the floor of a workload.
 *
 *   floor plain|zstd|gzip FILE...
 *
 * Exits with 0, or 99 on trouble.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define WINDOW (128u * 1024u)

static unsigned char in[WINDOW];
static unsigned char out[WINDOW];

static _Noreturn void
fail (const char *what)
{
  fprintf (stderr, "floor: %s\n", what);
  exit (99);
}

static void
digest_plain (FILE *file, EVP_MD_CTX *digest)
{
  for (size_t got = 0; (got = fread (in, 1, WINDOW, file)) > 0;)
    EVP_DigestUpdate (digest, in, got);
}

static void
digest_zstd (FILE *file, EVP_MD_CTX *digest)
{
  ZSTD_DCtx *decoder = ZSTD_createDCtx ();
  size_t left = 0;
  for (size_t got = 0; (got = fread (in, 1, WINDOW, file)) > 0;)
    for (ZSTD_inBuffer source = { in, got, 0 }; source.pos < source.size;)
      {
        ZSTD_outBuffer made = { out, WINDOW, 0 };
        left = ZSTD_decompressStream (decoder, &made, &source);
        if (ZSTD_isError (left))
          fail (ZSTD_getErrorName (left));
        EVP_DigestUpdate (digest, out, made.pos);
      }
  if (left != 0)
    fail ("the stream ends early");
  ZSTD_freeDCtx (decoder);
}

static void
digest_gzip (FILE *file, EVP_MD_CTX *digest)
{
  z_stream decoder = { 0 };
  int state = inflateInit2 (&decoder, 16 + MAX_WBITS);
  for (size_t got = 0; state == Z_OK && (got = fread (in, 1, WINDOW, file)) > 0;)
    {
      decoder.next_in = in;
      decoder.avail_in = (unsigned)got;
      while (state == Z_OK && decoder.avail_in > 0)
        {
          decoder.next_out = out;
          decoder.avail_out = WINDOW;
          state = inflate (&decoder, Z_NO_FLUSH);
          EVP_DigestUpdate (digest, out, WINDOW - decoder.avail_out);
        }
    }
  inflateEnd (&decoder);
  if (state != Z_STREAM_END)
    fail ("not one whole stream");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*digest) (FILE *, EVP_MD_CTX *);
  } kinds[] = { { "plain", digest_plain }, { "zstd", digest_zstd }, { "gzip", digest_gzip } };
  size_t kind = 0;
  while (argc > 2 && kind < 3 && strcmp (argv[1], kinds[kind].name) != 0)
    kind++;
  if (argc < 3 || kind == 3)
    fail ("expected plain, zstd or gzip, and files");
  EVP_MD_CTX *digest = EVP_MD_CTX_new ();
  for (int i = 2; i < argc; i++)
    {
      unsigned char sha256[EVP_MAX_MD_SIZE];
      FILE *file = fopen (argv[i], "rb");
      if (file == NULL || EVP_DigestInit_ex (digest, EVP_sha256 (), NULL) != 1)
        fail (argv[i]);
      kinds[kind].digest (file, digest);
      if (ferror (file) || EVP_DigestFinal_ex (digest, sha256, NULL) != 1)
        fail (argv[i]);
      fclose (file);
    }
  EVP_MD_CTX_free (digest);
  return 0;
}
