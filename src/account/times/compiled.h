#ifndef ASSAY_ACCOUNT_COMPILED_H
#define ASSAY_ACCOUNT_COMPILED_H

#include "util/blob.h"

/*
 * Which files are made from which, where a loader takes one of the two by their times. All names here are last
 * components in small letters (g_ascii_strdown), for disks of DOS have them in capitals.
 */

/**
 * AssayFreshness: when what is compiled is taken in place of its source.
 * @ASSAY_FRESHNESS_ANY: it is not known which, or versions differ: older, equal and newer are three cases
 * @ASSAY_FRESHNESS_NOT_OLDER: where it is as new or newer
 * @ASSAY_FRESHNESS_NEWER: where it is newer
 * @ASSAY_FRESHNESS_RECORDED: where it records the time of the source
 */
typedef enum
{
  ASSAY_FRESHNESS_ANY = 0,
  ASSAY_FRESHNESS_NOT_OLDER,
  ASSAY_FRESHNESS_NEWER,
  ASSAY_FRESHNESS_RECORDED,
} AssayFreshness;

typedef struct _AssayCompiledKind AssayCompiledKind;

/** AssayCompiledUse: called for each kind of which something is. @key: what its source and it have in common; @data */
typedef void (*AssayCompiledUse) (const AssayCompiledKind *kind, const char *key, gpointer data);

/** assay_compiled_may_be: FALSE of a name, in whatever letters, of nothing that is compiled: of few others it is TRUE.
 * @directory: the name of that in which it stands, in small letters */
gboolean assay_compiled_may_be (const char *name, const char *directory);

/** assay_compiled_find: the keys of a file of that name in a directory of that name, if it may be compiled. */
void assay_compiled_find (const char *name, const char *directory, AssayCompiledUse use, gpointer data);

/** assay_compiled_find_source: the keys of a source of that name in a directory of that name; @is_directory: of a
 * directory. Of which kind it may be says assay_compiled_is_of(): here @kind is NULL. */
void assay_compiled_find_source (const char *name, const char *directory, gboolean is_directory, AssayCompiledUse use,
                                 gpointer data);

/** assay_compiled_find_in_directory: of those the key that all files in a directory of that name have. */
void assay_compiled_find_in_directory (const char *directory, AssayCompiledUse use, gpointer data);

/** assay_compiled_is_of: whether a source that is called @name may be that of a @kind with @key, which is one of the
 * source's keys too. */
gboolean assay_compiled_is_of (const AssayCompiledKind *kind, const char *key, const char *name);

/** assay_compiled_begins: FALSE of a file that does not begin as all of the kind do. @blob: (nullable): what it holds
 */
gboolean assay_compiled_begins (const AssayCompiledKind *kind, AssayBlob *blob);

/** assay_compiled_is_of_directory: whether a file of that name describes the directory that it stands in. */
gboolean assay_compiled_is_of_directory (const char *name);

AssayFreshness assay_compiled_freshness (const AssayCompiledKind *kind);

#endif
