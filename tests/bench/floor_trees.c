#include "floor.h"

#include <fcntl.h>
#include <fts.h>
#include <gelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Trees of files, read once. */

static unsigned char in[FLOOR_WINDOW];
static unsigned char other[FLOOR_WINDOW];
static unsigned char out[FLOOR_WINDOW];

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
        floor_fail ("memory");
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
    floor_fail (path);
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
end_piece (FloorTwice *twice, uint64_t end)
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
      twice->pieces = floor_begin (twice->pieces);
    }
  pieces.from = end;
}

/* The bytes of a window, piece by piece. */
static void
update_pieces (FloorTwice *twice, const unsigned char *bytes, size_t length, uint64_t offset)
{
  for (size_t done = 0; done < length;)
    {
      while (pieces.ends[pieces.at] <= offset + done)
        pieces.at++;
      uint64_t left = pieces.ends[pieces.at] - (offset + done);
      size_t part = left < length - done ? (size_t)left : length - done;
      floor_twice_update (twice, bytes + done, part);
      done += part;
      if (part == left)
        end_piece (twice, offset + done);
    }
}

void
floor_tell (FILE *out)
{
  told = out;
}

/* Returns whether a byte differs. */
static int
take_pair (FloorTwice *twice, const char *path, const char *second)
{
  int differs = 0;
  int fd = floor_open (path);
  int second_fd = second == NULL ? -1 : floor_open (second);
  uint64_t offset = 0;
  floor_twice_begin (twice);
  if (told != NULL)
    find_pieces (fd, path);
  for (size_t got = 0; (got = floor_read (fd, in, path)) > 0; offset += got)
    {
      if (second != NULL)
        differs |= floor_read (second_fd, other, second) != got || memcmp (in, other, got) != 0;
      if (told != NULL)
        update_pieces (twice, in, got, offset);
      else
        floor_twice_update (twice, in, got);
    }
  if (told != NULL && offset > pieces.from)
    end_piece (twice, offset);
  floor_twice_finish (twice);
  close (fd);
  if (second != NULL)
    close (second_fd);
  return differs;
}

/* Returns how many files differ. */
size_t
floor_trees (char *tree, const char *second)
{
  static FloorTwice twice;
  char *const roots[] = { tree, NULL };
  size_t count = 0;
  FTS *walk = fts_open (roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (walk == NULL)
    floor_fail (tree);
  for (FTSENT *entry = NULL; (entry = fts_read (walk)) != NULL;)
    if (entry->fts_info == FTS_F)
      {
        char path[PATH_MAX];
        int length
            = snprintf (path, sizeof path, "%s%s", second == NULL ? "" : second, entry->fts_path + strlen (tree));
        if (length < 0 || (size_t)length >= sizeof path)
          floor_fail (entry->fts_path);
        count += take_pair (&twice, entry->fts_path, second == NULL ? NULL : path) != 0;
      }
  fts_close (walk);
  return count;
}

void
floor_report (const char *path, const char *size)
{
  char *end = NULL;
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  unsigned long long left = strtoull (size, &end, 10);
  if (fd < 0 || *end != '\0')
    floor_fail (path);
  memset (out, ' ', FLOOR_WINDOW);
  for (ssize_t done = 0; left > 0; left -= (unsigned long long)done)
    if ((done = write (fd, out, left < FLOOR_WINDOW ? left : FLOOR_WINDOW)) <= 0)
      floor_fail (path);
  if (close (fd) != 0)
    floor_fail (path);
}
