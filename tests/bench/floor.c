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
 *                                   own, which hands over what it decodes; of the first that is digested twice, and
 *                                   both are compared in step. Nothing of it is kept
 *   floor private FILE FILE         both are copied to a private file and digested on the way, the first twice; then
 *                                   the copies are compared
 *
 * Exits with 0, or 99 on trouble.
 */
#include "floor.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void
floor_fail (const char *what)
{
  fprintf (stderr, "floor: %s\n", what);
  exit (99);
}

EVP_MD_CTX *
floor_begin (EVP_MD_CTX *digest)
{
  if (digest == NULL)
    digest = EVP_MD_CTX_new ();
  if (digest == NULL || EVP_DigestInit_ex (digest, EVP_sha256 (), NULL) != 1)
    floor_fail ("SHA-256");
  return digest;
}

void
floor_twice_begin (FloorTwice *twice)
{
  if (assay_sha256_lanes_supported ())
    {
      assay_sha256_lane_begin (&twice->lanes[0]);
      assay_sha256_lane_begin (&twice->lanes[1]);
      return;
    }
  twice->whole = floor_begin (twice->whole);
  twice->pieces = floor_begin (twice->pieces);
}

void
floor_twice_update (FloorTwice *twice, const unsigned char *bytes, size_t length)
{
  if (assay_sha256_lanes_supported ())
    {
      assay_sha256_lanes_update (&twice->lanes[0], bytes, length, &twice->lanes[1], bytes, length);
      return;
    }
  EVP_DigestUpdate (twice->whole, bytes, length);
  EVP_DigestUpdate (twice->pieces, bytes, length);
}

void
floor_twice_finish (FloorTwice *twice)
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

int
floor_open (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    floor_fail (path);
  return fd;
}

size_t
floor_read (int fd, unsigned char *window, const char *path)
{
  ssize_t got = read (fd, window, FLOOR_WINDOW);
  if (got < 0)
    floor_fail (path);
  return (size_t)got;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "one") == 0)
    floor_trees (argv[2], NULL);
  else if (argc == 4 && strcmp (argv[1], "pair") == 0)
    return floor_trees (argv[2], argv[3]) == 0 ? 0 : 1;
  else if ((argc == 4 || argc == 5) && strcmp (argv[1], "told") == 0)
    {
      FILE *told = fopen (argv[2], "w");
      if (told == NULL || elf_version (EV_CURRENT) == EV_NONE)
        floor_fail (argv[2]);
      floor_tell (told);
      size_t differ = floor_trees (argv[3], argv[4]);
      if (fclose (told) != 0)
        floor_fail (argv[2]);
      return differ == 0 ? 0 : 1;
    }
  else if (argc == 6 && strcmp (argv[1], "report") == 0)
    {
      floor_report (argv[4], argv[5]);
      return floor_trees (argv[2], argv[3]) == 0 ? 0 : 1;
    }
  else if (argc == 4 && strcmp (argv[1], "private") == 0)
    return floor_private (argv[2], argv[3]);
  else if (argc == 5 && strcmp (argv[1], "apart") == 0)
    return floor_apart (argv[2], argv[3], argv[4]);
  else if (argc > 2)
    floor_decode (argv[1], argv + 2);
  else
    floor_fail ("expected a kind, and files");
  return 0;
}
