#ifndef ASSAY_INPUT_MTREE_H
#define ASSAY_INPUT_MTREE_H

#include "util/limits.h"

#include <glib.h>

/*
 * Facts of the entries of a tree, as mtree(5) of FreeBSD and NetBSD and libarchive write them (`bsdtar
 * --format=mtree`). libarchive has a reader too, which takes unknown keywords and contradictions without a word and
 * knows of no lines.
 */

/** Bytes of one file: a limit full of entries, each with all the digests that there are. */
#define ASSAY_MTREE_MAX_BYTES (256u * 1024u * 1024u)

/** Bytes of one line with those that continue it: a path and a target of 4096 bytes, all of them octal escapes, and
 * digests. */
#define ASSAY_MTREE_MAX_LINE_BYTES (64u * 1024u)

/** Bytes of all paths together: 300 for each of a limit full of entries. A short text has long ones, where it names the
 * directories that lie in each other once. */
#define ASSAY_MTREE_MAX_PATHS_BYTES (64u * 1024u * 1024u)

/**
 * AssayMtreeEntry:
 * @path: relative, any bytes but NUL, without `.`, `..` and empty components; "" for the tree's own directory
 * @type_bits: bits S_IFMT; 0: not said
 * @is_optional: it need not be there
 * @facts: (element-type utf8 utf8): as AssayRecipeEntry has them; may be empty; shared with others that say the same
 * @line: from 1; of several lines that are one the first
 */
typedef struct
{
  char *path;
  guint type_bits;
  gboolean is_optional;
  GHashTable *facts;
  guint line;
} AssayMtreeEntry;

void assay_mtree_entry_free (gpointer entry);

/**
 * assay_mtree_parse:
 * @file: how messages call it; escaped already
 * @bytes: the text; borrowed
 * @limits: `entries` and `name-bytes` hold
 *
 * Each path stands there once; of two lines that say the same of one the second is left out. A name is a name: no
 * character of it is a pattern.
 *
 * Errors: ASSAY_ERROR_USAGE "FILE:LINE: …" for what is no mtree(5), for keywords that are not known, values that are
 * none, two lines that say different things of one entry, paths that leave the tree, and what exceeds a limit above;
 * ASSAY_ERROR_LIMIT.
 *
 * Returns: (transfer full) (element-type AssayMtreeEntry): in the order of the text
 */
GPtrArray *assay_mtree_parse (const char *file, GBytes *bytes, const AssayLimits *limits, GError **error);

#endif
