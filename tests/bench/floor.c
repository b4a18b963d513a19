/*
 * What cannot be spared, with nothing beside it: no account, no names, no report. Prints nothing; the time that it
 * takes is the floor of a workload.
 *
 *   floor plain|zstd|gzip FILE...   each file is decoded by its library alone, in one stream, and what it decodes to is
 *                                   digested by SHA-256 of OpenSSL's EVP
 *   floor one TREE                  each file is read once and digested twice, as a whole and in its pieces, in the two
 *                                   lanes of assay itself
 *   floor pair TREE TREE            the same, and the file of that name in the other tree is read and compared
 *   floor report TREE TREE OUT BYTES
 *                                   the same, and so many bytes are written to OUT
 *   floor told OUT TREE [TREE]      as one or pair; but of an ELF file each section and gap is digested by itself, by
 *                                   the headers that libelf reads, and OUT has a line for each
 *   floor apart zstd|gzip FILE FILE each is copied to a private file and digested, then decoded by a process of its
 *                                   own, which hands over what it decodes, and that is kept in a private file; of the
 *                                   first it is digested twice, and both are compared
 *   floor private FILE FILE         both are copied to a private file and digested on the way, the first twice; then
 *                                   the copies are compared
 *
 * Exits with 0, or 99 on trouble.
 */
#include "crypto/sha256_lanes.h"

#include <fcntl.h>
#include <fts.h>
#include <gelf.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
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
  for (size_t got = 0; (got = fread (in, 1, WINDOW, file)) > 0;)
    take (data, in, got);
}

static void
decode_zstd (FILE *file, Taker take, void *data)
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
        take (data, out, made.pos);
      }
  if (left != 0)
    fail ("the stream ends early");
  ZSTD_freeDCtx (decoder);
}

static void
decode_gzip (FILE *file, Taker take, void *data)
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
          take (data, out, WINDOW - decoder.avail_out);
        }
    }
  inflateEnd (&decoder);
  if (state != Z_STREAM_END)
    fail ("not one whole stream");
}

static unsigned char other[WINDOW];

/* One file as a whole and in its pieces. What is not supported costs what EVP costs, twice. */
typedef struct
{
  AssaySha256Lane lanes[2];
  EVP_MD_CTX *whole;
  EVP_MD_CTX *pieces;
} Twice;

static EVP_MD_CTX *
begin (EVP_MD_CTX *digest)
{
  if (digest == NULL)
    digest = EVP_MD_CTX_new ();
  if (digest == NULL || EVP_DigestInit_ex (digest, EVP_sha256 (), NULL) != 1)
    fail ("SHA-256");
  return digest;
}

static void
twice_begin (Twice *twice)
{
  if (assay_sha256_lanes_supported ())
    {
      assay_sha256_lane_begin (&twice->lanes[0]);
      assay_sha256_lane_begin (&twice->lanes[1]);
      return;
    }
  twice->whole = begin (twice->whole);
  twice->pieces = begin (twice->pieces);
}

static void
twice_update (Twice *twice, const unsigned char *bytes, size_t length)
{
  if (assay_sha256_lanes_supported ())
    {
      assay_sha256_lanes_update (&twice->lanes[0], bytes, length, &twice->lanes[1], bytes, length);
      return;
    }
  EVP_DigestUpdate (twice->whole, bytes, length);
  EVP_DigestUpdate (twice->pieces, bytes, length);
}

static void
twice_finish (Twice *twice)
{
  AssayDigest digest;
  unsigned char sha256[EVP_MAX_MD_SIZE];
  if (assay_sha256_lanes_supported ())
    {
      assay_sha256_lane_finish (&twice->lanes[0], &digest);
      assay_sha256_lane_finish (&twice->lanes[1], &digest);
      return;
    }
  EVP_DigestFinal_ex (twice->whole, sha256, NULL);
  EVP_DigestFinal_ex (twice->pieces, sha256, NULL);
}

/** What is told of pieces; NULL: nothing, and each file is one. */
static FILE *told;

/** Where the pieces of a file end, ascending. */
static struct
{
  uint64_t *ends;
  size_t count;
  size_t room;
  size_t at;     /* the piece at hand */
  uint64_t from; /* where it begins */
} pieces;

static void
add_end (uint64_t end)
{
  if (pieces.count == pieces.room)
    {
      pieces.room = pieces.room * 2 + 64;
      pieces.ends = realloc (pieces.ends, pieces.room * sizeof *pieces.ends);
      if (pieces.ends == NULL)
        fail ("memory");
    }
  pieces.ends[pieces.count++] = end;
}

static int
by_number (const void *a, const void *b)
{
  uint64_t first = *(const uint64_t *)a;
  uint64_t second = *(const uint64_t *)b;
  return first < second ? -1 : first > second;
}

static void
find_pieces (int fd, const char *path)
{
  Elf *elf = elf_begin (fd, ELF_C_READ, NULL);
  pieces.count = pieces.at = 0;
  pieces.from = 0;
  for (Elf_Scn *section = NULL; elf != NULL && (section = elf_nextscn (elf, section)) != NULL;)
    {
      GElf_Shdr header;
      if (gelf_getshdr (section, &header) == NULL || header.sh_type == SHT_NOBITS)
        continue;
      add_end (header.sh_offset);
      add_end (header.sh_offset + header.sh_size);
    }
  add_end (UINT64_MAX);
  qsort (pieces.ends, pieces.count, sizeof *pieces.ends, by_number);
  elf_end (elf);
  if (lseek (fd, 0, SEEK_SET) != 0)
    fail (path);
}

static void
tell (const unsigned char *digest, uint64_t end)
{
  static const char digits[] = "0123456789abcdef";
  char hex[65] = "";
  for (size_t i = 0; i < 32; i++)
    {
      hex[2 * i] = digits[digest[i] >> 4];
      hex[2 * i + 1] = digits[digest[i] & 15];
    }
  fprintf (told, "{\"length\":%llu,\"offset\":%llu,\"sha256\":\"%s\"},\n", (unsigned long long)(end - pieces.from),
           (unsigned long long)pieces.from, hex);
}

static void
end_piece (Twice *twice, uint64_t end)
{
  unsigned char sha256[EVP_MAX_MD_SIZE];
  AssayDigest digest;
  if (assay_sha256_lanes_supported ())
    {
      assay_sha256_lane_finish (&twice->lanes[1], &digest);
      tell (digest.bytes, end);
      assay_sha256_lane_begin (&twice->lanes[1]);
    }
  else
    {
      EVP_DigestFinal_ex (twice->pieces, sha256, NULL);
      tell (sha256, end);
      twice->pieces = begin (twice->pieces);
    }
  pieces.from = end;
}

/* The bytes of a window, piece by piece. */
static void
update_pieces (Twice *twice, const unsigned char *bytes, size_t length, uint64_t offset)
{
  for (size_t done = 0; done < length;)
    {
      while (pieces.ends[pieces.at] <= offset + done)
        pieces.at++;
      uint64_t left = pieces.ends[pieces.at] - (offset + done);
      size_t part = left < length - done ? (size_t)left : length - done;
      twice_update (twice, bytes + done, part);
      done += part;
      if (part == left)
        end_piece (twice, offset + done);
    }
}

static int
open_file (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    fail (path);
  return fd;
}

static size_t
read_window (int fd, unsigned char *window, const char *path)
{
  ssize_t got = read (fd, window, WINDOW);
  if (got < 0)
    fail (path);
  return (size_t)got;
}

/* Returns whether a byte differs. */
static int
take_pair (Twice *twice, const char *path, const char *second)
{
  int differs = 0;
  int fd = open_file (path);
  int second_fd = second == NULL ? -1 : open_file (second);
  uint64_t offset = 0;
  twice_begin (twice);
  if (told != NULL)
    find_pieces (fd, path);
  for (size_t got = 0; (got = read_window (fd, in, path)) > 0; offset += got)
    {
      if (second != NULL)
        differs |= read_window (second_fd, other, second) != got || memcmp (in, other, got) != 0;
      if (told != NULL)
        update_pieces (twice, in, got, offset);
      else
        twice_update (twice, in, got);
    }
  if (told != NULL && offset > pieces.from)
    end_piece (twice, offset);
  twice_finish (twice);
  close (fd);
  if (second != NULL)
    close (second_fd);
  return differs;
}

/* Returns how many files differ. */
static size_t
take_tree (char *tree, const char *second)
{
  static Twice twice;
  char *const roots[] = { tree, NULL };
  size_t count = 0;
  FTS *walk = fts_open (roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (walk == NULL)
    fail (tree);
  for (FTSENT *entry = NULL; (entry = fts_read (walk)) != NULL;)
    if (entry->fts_info == FTS_F)
      {
        char path[PATH_MAX];
        int length
            = snprintf (path, sizeof path, "%s%s", second == NULL ? "" : second, entry->fts_path + strlen (tree));
        if (length < 0 || (size_t)length >= sizeof path)
          fail (entry->fts_path);
        count += take_pair (&twice, entry->fts_path, second == NULL ? NULL : path) != 0;
      }
  fts_close (walk);
  return count;
}

static void
write_report (const char *path, const char *size)
{
  char *end = NULL;
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  unsigned long long left = strtoull (size, &end, 10);
  if (fd < 0 || *end != '\0')
    fail (path);
  memset (out, ' ', WINDOW);
  for (ssize_t done = 0; left > 0; left -= (unsigned long long)done)
    if ((done = write (fd, out, left < WINDOW ? left : WINDOW)) <= 0)
      fail (path);
  if (close (fd) != 0)
    fail (path);
}

static int
private_file (void)
{
  const char *directory = getenv ("TMPDIR");
  int fd = open (directory == NULL ? "/tmp" : directory, O_TMPFILE | O_RDWR, 0600);
  if (fd < 0)
    fail ("a private file");
  return fd;
}

/* A copy that nobody else has; @digest: NULL: digested twice. */
static int
copy_private (const char *path, EVP_MD_CTX *digest)
{
  static Twice twice;
  int fd = open_file (path);
  int copy = private_file ();
  twice_begin (&twice);
  for (size_t got = 0; (got = read_window (fd, in, path)) > 0;)
    {
      if (digest != NULL)
        EVP_DigestUpdate (digest, in, got);
      else
        twice_update (&twice, in, got);
      if (write (copy, in, got) != (ssize_t)got)
        fail ("a private file");
    }
  twice_finish (&twice);
  close (fd);
  if (lseek (copy, 0, SEEK_SET) != 0)
    fail ("a private file");
  return copy;
}

static int
take_private (const char *first, const char *second)
{
  EVP_MD_CTX *digest = begin (NULL);
  unsigned char sha256[EVP_MAX_MD_SIZE];
  int differs = 0;
  int a = copy_private (first, NULL);
  int b = copy_private (second, digest);
  EVP_DigestFinal_ex (digest, sha256, NULL);
  EVP_MD_CTX_free (digest);
  for (size_t got = 0; (got = read_window (a, in, first)) > 0;)
    differs |= read_window (b, other, second) != got || memcmp (in, other, got) != 0;
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
    fail ("expected plain, zstd, gzip, one, pair, told, report, apart or private");
  return i;
}

static FILE *
open_stream (const char *path)
{
  FILE *file = fopen (path, "rb");
  if (file == NULL)
    fail (path);
  return file;
}

static void
decode_all (const char *kind, char **paths)
{
  size_t i = find_kind (kind);
  EVP_MD_CTX *digest = NULL;
  for (; *paths != NULL; paths++)
    {
      unsigned char sha256[EVP_MAX_MD_SIZE];
      FILE *file = open_stream (*paths);
      digest = begin (digest);
      kinds[i].decode (file, take_digest, digest);
      if (ferror (file) || EVP_DigestFinal_ex (digest, sha256, NULL) != 1)
        fail (*paths);
      fclose (file);
    }
  EVP_MD_CTX_free (digest);
}

static void
hand_over (void *data, const unsigned char *bytes, size_t length)
{
  if (length > 0 && send (*(const int *)data, bytes, length, 0) != (ssize_t)length)
    fail ("a socket");
}

/* The decoded bytes, in a private file. */
static int
decode_apart (size_t kind, int compressed)
{
  int ends[2];
  int kept = private_file ();
  if (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0)
    fail ("a socket");
  pid_t child = fork ();
  if (child == 0)
    {
      close (ends[0]);
      kinds[kind].decode (fdopen (compressed, "rb"), hand_over, &ends[1]);
      _exit (0);
    }
  close (ends[1]);
  for (ssize_t got = 0; (got = recv (ends[0], in, WINDOW, 0)) != 0;)
    if (got < 0 || write (kept, in, (size_t)got) != got)
      fail ("what was decoded");
  close (ends[0]);
  int status = 1;
  if (child < 0 || waitpid (child, &status, 0) != child || status != 0 || lseek (kept, 0, SEEK_SET) != 0)
    fail ("a decoder");
  return kept;
}

/* Returns whether a byte differs. */
static int
take_apart (const char *kind, const char *first, const char *second)
{
  static Twice twice;
  EVP_MD_CTX *digest = begin (NULL);
  int differs = 0;
  size_t found = find_kind (kind);
  int a = decode_apart (found, copy_private (first, digest));
  int b = decode_apart (found, copy_private (second, digest));
  EVP_MD_CTX_free (digest);
  twice_begin (&twice);
  for (size_t got = 0; (got = read_window (a, in, first)) > 0;)
    {
      differs |= read_window (b, other, second) != got || memcmp (in, other, got) != 0;
      twice_update (&twice, in, got);
    }
  twice_finish (&twice);
  return differs;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "one") == 0)
    take_tree (argv[2], NULL);
  else if (argc == 4 && strcmp (argv[1], "pair") == 0)
    return take_tree (argv[2], argv[3]) == 0 ? 0 : 1;
  else if ((argc == 4 || argc == 5) && strcmp (argv[1], "told") == 0)
    {
      told = fopen (argv[2], "w");
      if (told == NULL || elf_version (EV_CURRENT) == EV_NONE)
        fail (argv[2]);
      size_t differ = take_tree (argv[3], argv[4]);
      if (fclose (told) != 0)
        fail (argv[2]);
      return differ == 0 ? 0 : 1;
    }
  else if (argc == 6 && strcmp (argv[1], "report") == 0)
    {
      write_report (argv[4], argv[5]);
      return take_tree (argv[2], argv[3]) == 0 ? 0 : 1;
    }
  else if (argc == 4 && strcmp (argv[1], "private") == 0)
    return take_private (argv[2], argv[3]);
  else if (argc == 5 && strcmp (argv[1], "apart") == 0)
    return take_apart (argv[2], argv[3], argv[4]);
  else if (argc > 2)
    decode_all (argv[1], argv + 2);
  else
    fail ("expected a kind, and files");
  return 0;
}
