#ifndef ASSAY_BENCH_FLOOR_H
#define ASSAY_BENCH_FLOOR_H

#include "crypto/sha256_lanes.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdio.h>

/* What floor.c, floor_trees.c and floor_streams.c share. */

#define FLOOR_WINDOW (128u * 1024u)

_Noreturn void floor_fail (const char *what);

/** floor_begin: a new digest, or @digest anew. */
EVP_MD_CTX *floor_begin (EVP_MD_CTX *digest);

/* One file as a whole and in its pieces. What is not supported costs what EVP costs, twice. */
typedef struct
{
  AssaySha256Lane lanes[2];
  EVP_MD_CTX *whole;
  EVP_MD_CTX *pieces;
} FloorTwice;

void floor_twice_begin (FloorTwice *twice);
void floor_twice_update (FloorTwice *twice, const unsigned char *bytes, size_t length);
void floor_twice_finish (FloorTwice *twice);

int floor_open (const char *path);

/** floor_read: the next bytes, at most FLOOR_WINDOW; 0 at the end. */
size_t floor_read (int fd, unsigned char *window, const char *path);

/** floor_tell: from here on a line for each piece goes to @out. */
void floor_tell (FILE *out);

/** floor_trees: returns how many files differ. @second: NULL: one tree. */
size_t floor_trees (char *tree, const char *second);

/** floor_report: writes so many bytes. */
void floor_report (const char *path, const char *size);

/** floor_decode: all files in turn; @kind: "plain", "zstd" or "gzip". */
void floor_decode (const char *kind, char **paths);

/** floor_private: floor_apart: return whether a byte differs. */
int floor_private (const char *first, const char *second);
int floor_apart (const char *kind, const char *first, const char *second);

#endif
