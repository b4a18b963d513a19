#ifndef ASSAY_UTIL_NEAREST_H
#define ASSAY_UTIL_NEAREST_H

#include <glib.h>

/** The longest word that a suggestion is sought for; commands, options, limits and keys have at most 25 characters. */
#define ASSAY_NEAREST_MAX_BYTES 32

/**
 * assay_nearest_distance:
 *
 * How many bytes must be put in, left out, replaced or exchanged with their neighbour to make one word of the other.
 * No place is changed twice.
 *
 * Returns: G_MAXUINT where a word is longer than ASSAY_NEAREST_MAX_BYTES
 * Source: F. J. Damerau, "A technique for computer detection and correction of spelling errors" (1964), as optimal
 * string alignment.
 */
guint assay_nearest_distance (const char *a, const char *b);

/**
 * assay_nearest_find:
 * @given: what somebody typed; may hold anything
 * @words: NULL-terminated: what there is
 *
 * Which of @words was meant: the nearest one, if it is near, which is two slips at most, and fewer than half of its
 * letters; the first of several. It is for the reader alone: nothing goes on as if that had been typed.
 *
 * Returns: (nullable) (transfer none): one of @words
 */
const char *assay_nearest_find (const char *given, const char *const *words);

#endif
